//! A directory of its own for each test, and the built `skillctl` run in it with a clean environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run of `skillctl` left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Stdout as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// A temporary directory with a home and a store.
pub(crate) struct Sandbox {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    /// A sandbox in memory where the system has a place for that, for many writes whose durability
    /// is not what is tested.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        Self::at(tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap())
    }

    fn at(dir: tempfile::TempDir) -> Self {
        fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir, env: Vec::new() }
    }

    /// A sandbox in which `examples/hello:1.0.0-draft` is packed from `hello`.
    pub(crate) fn packed() -> Self {
        let sandbox = Self::new();
        sandbox.skill("hello", "1.0.0");
        sandbox.pack(&["hello"]);
        sandbox
    }

    /// Adds a variable to the environment of every later run.
    pub(crate) fn env(mut self, key: &str, value: impl Into<String>) -> Self {
        self.env.push((key.to_owned(), value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// Writes a file, with its parents.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes an executable file.
    pub(crate) fn write_executable(&self, name: &str, content: &str) -> PathBuf {
        let path = self.write(name, content);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Writes a small skill `examples/NAME` of version VERSION, with a script.
    pub(crate) fn skill(&self, name: &str, version: &str) -> PathBuf {
        self.write(
            &format!("{name}/SKILL.md"),
            format!("---\nname: {name}\ndescription: Says hello.\n---\n\nSay hello.\n"),
        );
        self.write(
            &format!("{name}/skill.yaml"),
            format!(
                "apiVersion: skillimage.io/v1alpha1\nkind: SkillCard\nmetadata:\n  name: {name}\n  namespace: examples\n  version: {version}\n  description: Says hello.\nspec:\n  prompt: SKILL.md\n"
            ),
        );
        self.write_executable(&format!("{name}/scripts/run.sh"), "#!/bin/sh\necho hello\n");
        self.path(name)
    }

    /// The command, ready to run in the sandbox.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.inside(env!("CARGO_BIN_EXE_skillctl"));
        command.args(args);
        command
    }

    /// A program that runs in the sandbox.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home")).env("SKILLCTL_STORE", self.store());
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args))
    }

    /// Runs where no file may become larger than `blocks` of 512 bytes.
    pub(crate) fn run_limited(&self, blocks: u32, args: &[&str]) -> Run {
        let mut command = self.inside("sh");
        let script = format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$0" "$@""#);
        command.args(["-c", &script, env!("CARGO_BIN_EXE_skillctl")]).args(args);
        finish(command)
    }

    /// Runs and expects success.
    pub(crate) fn ok(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?}: {run:?}");
        run
    }

    /// Runs and expects a failure with exit code `code`.
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, code, "{args:?}: {run:?}");
        run
    }

    /// Packs with a fixed creation time and gives the digest.
    pub(crate) fn pack(&self, args: &[&str]) -> String {
        let run = self.ok(&[&["pack", "--created", CREATED, "--format", "json"], args].concat());
        run.json()[0]["digest"].as_str().unwrap().to_owned()
    }
}

fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A fixed time of creation.
pub(crate) const CREATED: &str = "2026-01-02T03:04:05Z";

/// All files below a directory with content and executable bit, sorted.
pub(crate) fn tree(dir: &Path) -> Vec<(String, Vec<u8>, bool)> {
    let mut files = Vec::new();
    walk(dir, dir, &mut files);
    files.sort();
    files
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, Vec<u8>, bool)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            walk(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read(&path).unwrap(), metadata.permissions().mode() & 0o100 != 0));
        }
    }
}
