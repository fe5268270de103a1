//! A disk whose power may be cut: what is safe on it, and what a crash may take.
//!
//! The model is as hard as POSIX allows: what was not synced may be there, in part or not at
//! all. A name is safe once its directory was synced after it changed, content once its file was.
//! Names that were not synced may be lost each for itself, so later ones may survive earlier ones.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::Op;
use super::{EntryKind, Fs, RealFs};

/// The number of states that a crash may leave at each moment, one for each seed.
pub(crate) const SEEDS: u64 = 14;

/// The directory that everything is in.
const ROOT: usize = 0;

/// What a name stands for: the number of a directory or of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Directory(usize),
    File(usize),
}

/// A name in a directory that came to be, or went, and whether that is safe.
#[derive(Debug)]
struct Change {
    directory: usize,
    name: OsString,
    node: Option<Node>,
    durable: bool,
}

#[derive(Debug)]
struct Content {
    bytes: Vec<u8>,
    durable: bool,
}

/// The names in each directory, by its number.
type Names<'a> = Vec<BTreeMap<&'a OsStr, Node>>;

/// The disk at one moment.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
    directories: Vec<BTreeMap<OsString, Node>>,
    files: Vec<Content>,
    changes: Vec<Change>,
}

impl Disk {
    /// A directory whose whole content is safe.
    pub(crate) fn of(root: &Path) -> Self {
        let directories = vec![BTreeMap::new()];
        let mut disk = Self { root: root.to_owned(), directories, files: Vec::new(), changes: Vec::new() };
        disk.load(root);
        disk.changes.iter_mut().for_each(|change| change.durable = true);
        disk.files.iter_mut().for_each(|file| file.durable = true);
        disk
    }

    fn load(&mut self, directory: &Path) {
        for (name, kind) in RealFs.list(directory).unwrap() {
            let path = directory.join(name);
            if kind == EntryKind::Directory {
                self.apply(&Op::CreateDir(path.clone()));
                self.load(&path);
            } else {
                self.apply(&Op::Write(path.clone(), fs::read(&path).unwrap()));
            }
        }
    }

    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::CreateDir(path) => {
                self.directories.push(BTreeMap::new());
                self.change(path, Some(Node::Directory(self.directories.len() - 1)));
            }
            Op::Write(path, bytes) => {
                self.files.push(Content { bytes: bytes.clone(), durable: false });
                self.change(path, Some(Node::File(self.files.len() - 1)));
            }
            Op::Sync(paths) => paths.iter().for_each(|path| self.sync(path)),
            Op::SyncDir(path) => self.sync(path),
            Op::Rename(from, to) => {
                let node = self.node(from);
                self.change(to, node);
                self.change(from, None);
            }
            Op::Exchange(one, other) => {
                let (node, other_node) = (self.node(one), self.node(other));
                self.change(one, other_node);
                self.change(other, node);
            }
            Op::Remove(path) => self.change(path, None),
        }
    }

    /// What a path leads to; nothing where it leads out of the root.
    fn node(&self, path: &Path) -> Option<Node> {
        let step = |node, name: &OsStr| match node {
            Node::Directory(directory) => self.directories[directory].get(name).copied(),
            Node::File(_) => None,
        };
        path.strip_prefix(&self.root).ok()?.iter().try_fold(Node::Directory(ROOT), step)
    }

    fn sync(&mut self, path: &Path) {
        match self.node(path) {
            Some(Node::File(file)) => self.files[file].durable = true,
            Some(Node::Directory(number)) => {
                let inside = self.changes.iter_mut().filter(|change| change.directory == number);
                inside.for_each(|change| change.durable = true);
            }
            None => assert!(self.root.starts_with(path), "sync of nothing: {}", path.display()),
        }
    }

    fn change(&mut self, path: &Path, node: Option<Node>) {
        let (parent, name) = (path.parent().unwrap(), path.file_name().unwrap().to_owned());
        let Some(Node::Directory(directory)) = self.node(parent) else { panic!("no directory {}", parent.display()) };
        match node {
            Some(node) => self.directories[directory].insert(name.clone(), node),
            None => self.directories[directory].remove(&name),
        };
        self.changes.push(Change { directory, name, node, durable: false });
    }

    /// The number of things that a crash may take.
    fn at_risk(&self) -> usize {
        self.changes.iter().filter(|change| !change.durable).count()
            + self.files.iter().filter(|file| !file.durable).count()
    }

    /// What a crash leaves. `seed`, below [`SEEDS`], decides what survives of that which is at
    /// risk; content that does not survive is cut in half.
    pub(crate) fn crash(&self, seed: u64) -> Left {
        let count = self.at_risk();
        let mut things = 0..;
        let mut kept = |durable: bool| durable || things.next().is_some_and(|thing| survives(seed, count, thing));
        let mut names: Names<'_> = vec![BTreeMap::new(); self.directories.len()];
        for Change { directory, name, node, .. } in self.changes.iter().filter(|change| kept(change.durable)) {
            match node {
                Some(node) => names[*directory].insert(name, *node),
                None => names[*directory].remove(name.as_os_str()),
            };
        }
        let half = |file: &Content| if kept(file.durable) { file.bytes.len() } else { file.bytes.len() / 2 };
        let lengths: Vec<usize> = self.files.iter().map(half).collect();
        let mut left = Left::default();
        self.collect(&names, &lengths, (ROOT, Path::new("")), &mut left.0);
        left
    }

    fn collect(&self, names: &Names<'_>, lengths: &[usize], (number, path): (usize, &Path), left: &mut Paths) {
        for (name, node) in &names[number] {
            let path = path.join(name);
            match *node {
                Node::File(file) => {
                    left.insert(path, Some(self.files[file].bytes[..lengths[file]].to_owned()));
                }
                Node::Directory(inner) => {
                    left.insert(path.clone(), None);
                    self.collect(names, lengths, (inner, &path), left);
                }
            }
        }
    }
}

/// What a crash left: the content of files, and directories without any.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Left(Paths);

type Paths = BTreeMap<PathBuf, Option<Vec<u8>>>;

impl Left {
    /// Writes it to `target`, which takes the place of the root.
    pub(crate) fn write(&self, target: &Path) {
        for (path, content) in &self.0 {
            match content {
                Some(bytes) => fs::write(target.join(path), bytes).unwrap(),
                None => fs::create_dir(target.join(path)).unwrap(),
            }
        }
    }
}

/// Which things at risk survive: none, all, only one, all but one, or a random half.
fn survives(seed: u64, at_risk: usize, thing: usize) -> bool {
    let turn = usize::try_from(seed / 2).unwrap();
    match seed {
        0 => false,
        1 => true,
        _ if turn <= at_risk => (thing + 1 == turn) == seed.is_multiple_of(2),
        _ => {
            let mixed = (thing as u64 + 1).wrapping_mul(seed + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed >> 63 == 1
        }
    }
}
