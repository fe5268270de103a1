//! The order in which credential files are searched, as a function of plain values.
//!
//! podman's order, then Docker's file: `$REGISTRY_AUTH_FILE`, `containers/auth.json` in the runtime
//! directory, then in the configuration directory, then Docker's `config.json`.

use std::path::PathBuf;

/// What the order depends on; the command line fills it from the environment.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `REGISTRY_AUTH_FILE`
    pub registry_auth_file: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`
    pub runtime_dir: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`
    pub config_home: Option<PathBuf>,
    /// `DOCKER_CONFIG`, a directory
    pub docker_config: Option<PathBuf>,
    /// `HOME`
    pub home: Option<PathBuf>,
    /// The user's number: without `XDG_RUNTIME_DIR`, podman writes below `/run/containers/<uid>`.
    pub uid: Option<u32>,
}

/// The files to search, first one first, each once. Empty variables count as unset.
#[must_use]
pub fn search_order(surroundings: &Surroundings) -> Vec<PathBuf> {
    let Surroundings { registry_auth_file, runtime_dir, config_home, docker_config, home, uid } = surroundings;
    let below_home = |name: &str| set(home.as_ref()).map(|home| home.join(name));
    let runtime = set(runtime_dir.as_ref())
        .map(|directory| directory.join("containers"))
        .or_else(|| uid.map(|uid| format!("/run/containers/{uid}").into()));
    let config =
        set(config_home.as_ref()).or_else(|| below_home(".config")).map(|directory| directory.join("containers"));
    let docker = set(docker_config.as_ref()).or_else(|| below_home(".docker"));
    let candidates = [
        set(registry_auth_file.as_ref()),
        runtime.map(|directory| directory.join("auth.json")),
        config.map(|directory| directory.join("auth.json")),
        docker.map(|directory| directory.join("config.json")),
    ];
    let mut files = Vec::new();
    for file in candidates.into_iter().flatten() {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn set(path: Option<&PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(surroundings: &Surroundings) -> Vec<String> {
        search_order(surroundings).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn podmans_files_come_first_and_dockers_last() {
        let everything = Surroundings {
            registry_auth_file: Some("/a.json".into()),
            runtime_dir: Some("/run/user/7".into()),
            config_home: Some("/config".into()),
            docker_config: Some("/docker".into()),
            home: Some("/home/me".into()),
            uid: Some(7),
        };
        assert_eq!(
            names(&everything),
            ["/a.json", "/run/user/7/containers/auth.json", "/config/containers/auth.json", "/docker/config.json"]
        );
    }

    #[test]
    fn unset_variables_fall_back_to_home_and_user() {
        let bare = Surroundings {
            runtime_dir: Some(PathBuf::new()),
            home: Some("/home/me".into()),
            uid: Some(7),
            ..Surroundings::default()
        };
        assert_eq!(
            names(&bare),
            ["/run/containers/7/auth.json", "/home/me/.config/containers/auth.json", "/home/me/.docker/config.json"]
        );
        assert!(names(&Surroundings::default()).is_empty());
    }

    #[test]
    fn a_file_named_twice_is_read_once() {
        let twice = Surroundings {
            registry_auth_file: Some("/c/containers/auth.json".into()),
            config_home: Some("/c".into()),
            ..Surroundings::default()
        };
        assert_eq!(names(&twice), ["/c/containers/auth.json"]);
    }
}
