//! Where the verbs run: a store with versions in every state, skill directories, a registry.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::executor::block_on;
use skillctl::digest::Digest;
use skillctl::lifecycle::State::{Deprecated, Published, Testing};
use skillctl::name::{Repository, Tag, Target};
use skillctl::ops::{Error, pack, promote, push};
use skillctl::store::Store;
use skillctl::store::layout::{Layout, LayoutStore, Prune};
use skillctl::store::remote::{Access, Options, Remote, Session};

use crate::support::fs::journal::JournalFs;
use crate::support::fs::{Fs, RealFs};
use crate::support::registry::{self, Registry};
use crate::support::sandbox::{CREATED, Sandbox, tree};

/// File operations that do not wait for the disk.
pub(super) fn fast() -> Arc<dyn Fs> {
    Arc::new(JournalFs::default())
}

/// What every scene of a verb begins with.
pub(super) struct Stage {
    sandbox: Sandbox,
    registry: Arc<Registry>,
    runtime: Arc<tokio::runtime::Runtime>,
}

/// The stage with a copy of its disk, in which a verb runs once.
pub(super) struct Scene {
    disk: tempfile::TempDir,
    skills: PathBuf,
    pub(super) registry: Arc<Registry>,
    runtime: Arc<tokio::runtime::Runtime>,
}

/// The tags of the store, and the files of one directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) tags: BTreeMap<String, Digest>,
    /// Content and executable bit by path; a missing directory has none.
    pub(super) files: BTreeMap<String, (String, bool)>,
}

impl Stage {
    /// - `examples/hello`: 0.9.0 deprecated, 1.0.0 and 2.0.0 published, 3.0.0 testing, 4.0.0 draft
    /// - `examples/only`: 1.0.0 published
    /// - manifests that nothing names any more, and the temporary file of a killed process
    /// - the skills `hello`, with a change in 4.0.0, `one`, `two` and `three`, never packed
    /// - on the disk: the store; `plain`, without a card; `out/hello`, other content
    /// - in the registry: `org/hello:4.0.0-draft`
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::new();
        let registry = Arc::new(Registry::start(registry::Options::default()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let stage = Self { sandbox, registry, runtime: Arc::new(runtime) };
        stage.version("hello", "0.9.0", 3);
        stage.version("hello", "1.0.0", 2);
        stage.version("hello", "2.0.0", 2);
        stage.version("hello", "3.0.0", 1);
        Layout::new(fast(), stage.sandbox.path("disk/store")).prune(Prune::Free).unwrap();
        stage.version("hello", "4.0.0", 0);
        stage.version("only", "1.0.0", 2);
        stage.push("examples/hello", "4.0.0-draft");
        stage.sandbox.write("hello/references/more.md", "More.");
        for name in ["one", "two", "three"] {
            stage.sandbox.skill(name, "1.0.0");
        }
        stage.sandbox.write("disk/plain/SKILL.md", "---\nname: plain\ndescription: Plain.\n---\nDo it.\n");
        stage.sandbox.write("disk/out/hello/SKILL.md", "old");
        stage.sandbox.write("disk/out/hello/mine.md", "old");
        stage.sandbox.write("disk/store/.skillctl/tmp/left", "half of a blob");
        stage
    }

    /// Packs a version and takes it `steps` states further.
    fn version(&self, name: &str, version: &str, steps: usize) {
        self.sandbox.skill(name, version);
        let layout = Layout::new(fast(), self.sandbox.path("disk/store"));
        pack_all(&fast(), &layout, &[self.sandbox.path(name)]).unwrap();
        let store = layout.repository(&repository(&format!("examples/{name}")));
        let tags = [format!("{version}-draft"), format!("{version}-testing"), version.to_owned()];
        for (tag, to) in tags.iter().zip([Testing, Published, Deprecated]).take(steps) {
            block_on(promote::promote(&store, &by_tag(tag), to, &promote::Options::default())).unwrap();
        }
    }

    fn push(&self, from: &str, tag: &str) {
        let scene = self.scene();
        let local = scene.store(&fast(), from);
        let image = push::Image { store: &local, target: &by_tag(tag) };
        let pushed = scene.wait(async { push::push(&image, &scene.remote(), &self::tag(tag), None).await });
        pushed.unwrap();
    }

    pub(super) fn scene(&self) -> Scene {
        let disk = tempfile::tempdir().unwrap();
        copy(&self.sandbox.path("disk"), disk.path());
        let skills = self.sandbox.path(".");
        Scene { disk, skills, registry: Arc::clone(&self.registry), runtime: Arc::clone(&self.runtime) }
    }
}

impl Scene {
    /// The skill directory of a name.
    pub(super) fn skill(&self, name: &str) -> PathBuf {
        self.skills.join(name)
    }

    /// The directory with all that verbs write.
    pub(super) fn disk(&self) -> &Path {
        self.disk.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.disk().join(name)
    }

    pub(super) fn layout(&self, fs: &Arc<dyn Fs>) -> Layout {
        Layout::new(Arc::clone(fs), self.path("store"))
    }

    pub(super) fn store(&self, fs: &Arc<dyn Fs>, name: &str) -> LayoutStore {
        self.layout(fs).repository(&repository(name))
    }

    /// The repository `org/hello` of the registry.
    pub(super) fn remote(&self) -> Remote {
        let name = repository(&format!("{}/org/hello", self.registry.host()));
        Session::new(Options::default()).open(&name, Access::Push).unwrap()
    }

    /// Waits for a verb that uses the network.
    pub(super) fn wait<F: Future>(&self, verb: F) -> F::Output {
        self.runtime.block_on(verb)
    }

    pub(super) fn state(&self, target: &str) -> State {
        state(self.disk(), target)
    }

    /// Hidden names, which interrupted runs leave, in every directory but the store's own.
    pub(super) fn rubbish(&self) -> Vec<String> {
        let hidden = |path: &String| !path.starts_with("store/") && path.split('/').any(|name| name.starts_with('.'));
        paths_below(self.disk(), self.disk()).into_iter().filter(hidden).collect()
    }
}

/// Opens the store on a disk and verifies every named image to its last byte.
pub(super) fn state(disk: &Path, target: &str) -> State {
    let layout = Layout::new(Arc::new(RealFs), disk.join("store"));
    let mut tags = BTreeMap::new();
    for entry in layout.entries().unwrap() {
        verify(&layout.bare(), &entry.descriptor.digest);
        tags.insert(entry.name.unwrap_or_default(), entry.descriptor.digest);
    }
    State { tags, files: files(&disk.join(target)) }
}

/// The files of a skill directory, which no hidden name is part of.
pub(super) fn files(dir: &Path) -> BTreeMap<String, (String, bool)> {
    if !dir.is_dir() {
        return BTreeMap::new();
    }
    let shown = tree(dir).into_iter().filter(|(path, ..)| !path.starts_with('.'));
    shown.map(|(path, content, runs)| (path, (String::from_utf8_lossy(&content).into_owned(), runs))).collect()
}

fn verify(store: &LayoutStore, digest: &Digest) {
    let manifest = block_on(store.manifest(&Target::Digest(digest.clone()))).unwrap();
    let manifest = manifest.expect("a named manifest is there");
    for child in manifest.children() {
        block_on(store.fetch(child)).unwrap();
    }
}

pub(super) fn pack_all(fs: &Arc<dyn Fs>, layout: &Layout, dirs: &[PathBuf]) -> Result<(), Error> {
    let source = |dir: &PathBuf| pack::Source { dir: dir.clone(), created: CREATED.to_owned(), owner: None };
    let sources: Vec<_> = dirs.iter().map(source).collect();
    pack::pack(fs, layout, &sources, &pack::Options::default())?.into_iter().try_for_each(|packed| packed.map(drop))
}

pub(super) fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

pub(super) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(super) fn by_tag(text: &str) -> Target {
    Target::Tag(tag(text))
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every path below a directory, relative to `root`.
fn paths_below(root: &Path, dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        if path.is_dir() {
            found.extend(paths_below(root, &path));
        }
    }
    found
}
