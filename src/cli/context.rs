//! From flags and environment to stores: the only file that reads the environment.

use std::env;
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use super::args::{self, Global};
use super::error::Error;
use super::output::{Output, Verbosity};
use crate::fs::{Fs, RealFs};
use crate::name::{LayoutName, Location, Reference, Repository, Tag, Target};
use crate::ops;
use crate::ops::find::{Matching, find};
use crate::store::archive::Archive;
use crate::store::credential::{Credential, Found, Secret, Sources, Surroundings, search_order};
use crate::store::layout::{Entry, Layout};
use crate::store::remote::{self, Session};
use crate::store::{self, Store};

pub(super) use crate::store::remote::Access;

/// What one run works with.
pub(super) struct Context {
    pub(super) output: Output,
    /// None where nobody says where images are kept.
    store: Option<PathBuf>,
    fs: Arc<dyn Fs>,
}

/// A repository, what to look up in it, and how to wait for it.
pub(super) struct Place {
    pub(super) store: Box<dyn Store>,
    pub(super) target: Target,
    runtime: Option<tokio::runtime::Runtime>,
    /// An unpacked archive lives as long as its place.
    _archive: Option<Archive>,
}

impl Place {
    fn local(store: impl Store + 'static, target: Target) -> Self {
        Self { store: Box::new(store), target, runtime: None, _archive: None }
    }

    /// Waits for a verb: on a runtime where a network is involved, else right here.
    pub(super) fn run<F: Future>(&self, verb: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(verb),
            None => futures::executor::block_on(verb),
        }
    }
}

impl Context {
    pub(super) fn new(global: Global) -> Self {
        let verbosity = if global.quiet { Verbosity::Quiet } else { Verbosity::Normal };
        Self {
            output: Output { format: global.format, verbosity },
            store: global.store.or_else(default_store),
            fs: Arc::new(RealFs),
        }
    }

    pub(super) fn fs(&self) -> &Arc<dyn Fs> {
        &self.fs
    }

    /// The local store.
    pub(super) fn layout(&self) -> Result<Layout, Error> {
        let nowhere = || Error::Usage("there is no home directory to keep images in; set SKILLCTL_STORE".to_owned());
        Ok(Layout::new(Arc::clone(&self.fs), self.store.as_ref().ok_or_else(nowhere)?))
    }

    /// The image of this name on this machine, whatever host the name has.
    pub(super) fn open_local(&self, location: &Location, matching: Matching) -> Result<Place, Error> {
        match location {
            Location::Image(reference) => {
                let layout = self.layout()?;
                let found = find(&layout, reference, matching)?;
                Ok(Place::local(layout.repository(found.repository()), found.target()))
            }
            Location::Layout(name) => open_layout(Layout::new(Arc::clone(&self.fs), &name.path), name),
            Location::Archive(name) => {
                let archive = Archive::open(&self.fs, &name.path)?;
                let place = open_layout(archive.layout(), name)?;
                Ok(Place { _archive: Some(archive), ..place })
            }
        }
    }

    /// The image of this name on this machine, or where it would be: for verbs that know what it
    /// means when it is gone.
    pub(super) fn open_local_or_gone(&self, location: &Location, matching: Matching) -> Result<Place, Error> {
        match (self.open_local(location, matching), location) {
            (Err(Error::Ops(crate::ops::Error::NotLocal { .. })), Location::Image(reference)) => {
                Ok(Place::local(self.layout()?.repository(reference.repository()), reference.target()))
            }
            (found, _) => found,
        }
    }

    /// The image where its reference says: in its registry, or on this machine.
    pub(super) fn open(&self, location: &Location, access: Access, registry: &args::Registry) -> Result<Place, Error> {
        match location {
            Location::Image(reference) if !reference.is_local() => self.open_remote(reference, access, registry),
            _ => self.open_local(location, Matching::ByName),
        }
    }

    /// The image on this machine, else in its registry.
    pub(super) fn open_local_first(&self, location: &Location, registry: &args::Registry) -> Result<Place, Error> {
        let Location::Image(reference) = location else {
            return self.open_local(location, Matching::Exact);
        };
        if reference.is_local() {
            return self.open_local(location, Matching::ByName);
        }
        match self.open_local(location, Matching::Exact) {
            Err(Error::Ops(ops::Error::NotLocal { .. })) => self.open_remote(reference, Access::Pull, registry),
            found => found,
        }
    }

    /// A repository where its name says.
    pub(super) fn open_repository(
        &self,
        repository: &Repository,
        access: Access,
        registry: &args::Registry,
    ) -> Result<Place, Error> {
        let target = Target::Tag(Tag::latest());
        if repository.host().is_none() {
            return Ok(Place::local(self.layout()?.repository(repository), target));
        }
        let runtime = runtime()?;
        let store = Box::new(session(registry)?.open(repository, access).map_err(store::Error::from)?);
        Ok(Place { store, target, runtime: Some(runtime), _archive: None })
    }

    fn open_remote(&self, reference: &Reference, access: Access, registry: &args::Registry) -> Result<Place, Error> {
        let place = self.open_repository(reference.repository(), access, registry)?;
        Ok(Place { target: reference.target(), ..place })
    }
}

fn open_layout(layout: Layout, name: &LayoutName) -> Result<Place, Error> {
    let name = match &name.name {
        Some(name) => name.clone(),
        None => match only_image(&layout, name)? {
            Entry { name: Some(name), .. } => name,
            Entry { descriptor, .. } => return Ok(Place::local(layout.bare(), Target::Digest(descriptor.digest))),
        },
    };
    if let Ok(tag) = name.parse::<Tag>() {
        return Ok(Place::local(layout.bare(), Target::Tag(tag)));
    }
    let reference: Reference = name.parse()?;
    Ok(Place::local(layout.repository(reference.repository()), reference.target()))
}

/// The only image in a layout, or the only one with a name: other tools leave the name out.
fn only_image(layout: &Layout, place: &LayoutName) -> Result<Entry, Error> {
    let (named, unnamed): (Vec<_>, Vec<_>) = layout.entries()?.into_iter().partition(|entry| entry.name.is_some());
    let path = place.path.display();
    match (named.as_slice(), unnamed.as_slice()) {
        ([image], _) | ([], [image]) => Ok(image.clone()),
        ([], []) => Err(Error::Usage(format!("`{path}` holds no image"))),
        ([], _) => Err(Error::Usage(format!("`{path}` holds several images and none has a name"))),
        (images, _) => {
            let list: Vec<String> = images.iter().filter_map(|image| image.name.clone()).collect();
            Err(Error::Usage(format!("`{path}` holds several images, name one of `{}`", list.join("`, `"))))
        }
    }
}

/// The runtime for verbs that use a network.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Ok(runtime.map_err(|source| ops::Error::Io { action: "start threads for", path: "skillctl".into(), source })?)
}

/// A client for registries, with the credentials and the trust of this run.
pub(super) fn session(args: &args::Registry) -> Result<Session, Error> {
    let options = remote::Options {
        credentials: credentials(args)?,
        plain_http: if args.plain_http { remote::PlainHttp::Always } else { remote::PlainHttp::Auto },
        trust: trust(args)?,
        realms: args.auth_realm.clone(),
        ..remote::Options::default()
    };
    Ok(Session::new(options))
}

fn trust(args: &args::Registry) -> Result<remote::Trust, Error> {
    match (&args.ca_file, args.tls_verify) {
        (_, false) => Ok(remote::Trust::Anything),
        (None, true) => Ok(remote::Trust::System),
        (Some(path), true) => {
            let pem = fs::read(path);
            let pem = pem.map_err(|source| ops::Error::Io { action: "read", path: path.clone(), source })?;
            Ok(remote::Trust::SystemAnd(pem))
        }
    }
}

fn credentials(args: &args::Registry) -> Result<Sources, Error> {
    let surroundings = Surroundings {
        registry_auth_file: args.authfile.clone(),
        runtime_dir: path_of("XDG_RUNTIME_DIR"),
        config_home: path_of("XDG_CONFIG_HOME"),
        docker_config: path_of("DOCKER_CONFIG"),
        home: path_of("HOME"),
        uid: Some(rustix::process::getuid().as_raw()),
    };
    Ok(Sources { given: given_credential(args)?, files: search_order(&surroundings) })
}

/// `--creds` or its variable, else user and password from two variables.
fn given_credential(args: &args::Registry) -> Result<Option<Found>, Error> {
    if let Some(pair) = &args.creds {
        let credential = Credential::from_pair(pair).map_err(|error| Error::Usage(format!("--creds: {error}")))?;
        return Ok(Some(Found { credential, source: "--creds".to_owned() }));
    }
    let (user, password) = (text_of("SKILLCTL_USERNAME"), text_of("SKILLCTL_PASSWORD"));
    let login = |user, password| Credential::Login { user, password: Secret::new(password) };
    let found = |credential| Found { credential, source: "SKILLCTL_USERNAME".to_owned() };
    Ok(user.zip(password).map(|(user, password)| found(login(user, password))))
}

/// The text of an environment variable that is set and not empty.
pub(super) fn text_of(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn path_of(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `command` without the variables that are set and empty: they count as unset, as scripts expect.
pub(super) fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| arg.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
    let unset = |arg: clap::Arg| if is_empty(&arg) { arg.env(clap::builder::Resettable::Reset) } else { arg };
    command.mut_args(unset).mut_subcommands(without_empty_variables)
}

/// `$XDG_DATA_HOME/skillctl/store`, below `~/.local/share` where that is not set; none without a
/// home. A relative path would make a store in every directory.
fn default_store() -> Option<PathBuf> {
    let absolute = |name: &str| path_of(name).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
    Some(data?.join("skillctl/store"))
}
