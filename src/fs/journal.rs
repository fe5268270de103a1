//! File operations that are written down, and the directories that a crash may leave of them.
//!
//! The model is as hard as POSIX allows: what was not synced may be there, in part or not at
//! all. A name is safe once its directory was synced after it changed, content once its file was.
//! Names that were not synced may be lost each for itself, so later ones may survive earlier ones.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::{EntryKind, Fs, LockMode, RealFs, Status};

/// One operation that changed something or made it durable.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    CreateDir(PathBuf),
    Write(PathBuf, Vec<u8>),
    Sync(Vec<PathBuf>),
    SyncDir(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// Real file operations with a log.
#[derive(Debug, Default)]
pub(crate) struct JournalFs(Mutex<Vec<Op>>);

impl JournalFs {
    pub(crate) fn ops(&self) -> Vec<Op> {
        self.log().clone()
    }

    fn log(&self) -> MutexGuard<'_, Vec<Op>> {
        self.0.lock().unwrap()
    }
}

impl Fs for JournalFs {
    fn open(&self, path: &Path) -> io::Result<File> {
        RealFs.open(path)
    }

    fn open_in_place(&self, path: &Path) -> io::Result<File> {
        RealFs.open_in_place(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        RealFs.list(directory)
    }

    fn status(&self, path: &Path) -> io::Result<Status> {
        RealFs.status(path)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        RealFs.resolve(path)
    }

    fn create_dir(&self, directory: &Path) -> io::Result<()> {
        let missing: Vec<_> = directory.ancestors().take_while(|path| !path.exists()).collect();
        self.log().extend(missing.iter().rev().map(|path| Op::CreateDir(path.to_path_buf())));
        RealFs.create_dir(directory)
    }

    fn create_private_dir(&self, directory: &Path) -> io::Result<()> {
        self.log().push(Op::CreateDir(directory.to_owned()));
        RealFs.create_private_dir(directory)
    }

    fn write_new(&self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<u64> {
        let size = RealFs.write_new(path, mode, content)?;
        self.log().push(Op::Write(path.to_owned(), fs::read(path)?));
        Ok(size)
    }

    fn sync(&self, files: &[PathBuf]) -> io::Result<()> {
        self.log().push(Op::Sync(files.to_vec()));
        Ok(())
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        self.log().push(Op::SyncDir(directory.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.log().push(Op::Rename(from.to_owned(), to.to_owned()));
        RealFs.rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        RealFs.exchange(one, other)?;
        unimplemented!("the model does not know exchanges")
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealFs.remove_file(path)?;
        self.log().push(Op::Remove(path.to_owned()));
        Ok(())
    }

    fn remove_tree(&self, directory: &Path) -> io::Result<()> {
        RealFs.remove_tree(directory)?;
        unimplemented!("the model does not know trees")
    }

    fn lock(&self, path: &Path, mode: LockMode) -> io::Result<File> {
        RealFs.lock(path, mode)
    }

    fn lock_dir(&self, directory: &Path, mode: LockMode) -> io::Result<Option<File>> {
        RealFs.lock_dir(directory, mode)
    }
}

/// What a path is: a directory, or the number of a file.
#[derive(Debug, Clone, Copy)]
enum Node {
    Directory,
    File(usize),
}

/// A name that came to be, or went, and whether it is safe.
#[derive(Debug)]
struct Change {
    path: PathBuf,
    node: Option<Node>,
    durable: bool,
}

#[derive(Debug)]
struct Content {
    bytes: Vec<u8>,
    durable: bool,
}

/// The disk at one moment: what is safe, and what a crash may take.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    live: BTreeMap<PathBuf, Node>,
    files: Vec<Content>,
    changes: Vec<Change>,
}

impl Disk {
    /// A directory whose whole content is safe.
    pub(crate) fn of(root: &Path) -> Self {
        let mut disk = Self::default();
        disk.load(root);
        disk.changes.iter_mut().for_each(|change| change.durable = true);
        disk.files.iter_mut().for_each(|file| file.durable = true);
        disk
    }

    fn load(&mut self, directory: &Path) {
        for (name, kind) in RealFs.list(directory).unwrap() {
            let path = directory.join(name);
            match kind {
                EntryKind::Directory => {
                    self.apply(&Op::CreateDir(path.clone()));
                    self.load(&path);
                }
                _ => self.apply(&Op::Write(path.clone(), fs::read(&path).unwrap())),
            }
        }
    }

    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::CreateDir(path) => self.change(path, Some(Node::Directory)),
            Op::Write(path, bytes) => {
                self.files.push(Content { bytes: bytes.clone(), durable: false });
                self.change(path, Some(Node::File(self.files.len() - 1)));
            }
            Op::Sync(paths) => paths.iter().for_each(|path| {
                let Some(Node::File(file)) = self.live.get(path) else { panic!("sync of no file") };
                self.files[*file].durable = true;
            }),
            Op::SyncDir(directory) => {
                let inside = self.changes.iter_mut().filter(|change| change.path.parent() == Some(directory));
                inside.for_each(|change| change.durable = true);
            }
            Op::Rename(from, to) => {
                let node = self.live.get(from).copied();
                self.change(to, node);
                self.change(from, None);
            }
            Op::Remove(path) => self.change(path, None),
        }
    }

    fn change(&mut self, path: &Path, node: Option<Node>) {
        match node {
            Some(node) => self.live.insert(path.to_owned(), node),
            None => self.live.remove(path),
        };
        self.changes.push(Change { path: path.to_owned(), node, durable: false });
    }

    /// The number of things that a crash may take.
    pub(crate) fn at_risk(&self) -> usize {
        self.changes.iter().filter(|change| !change.durable).count()
            + self.files.iter().filter(|file| !file.durable).count()
    }

    /// Writes what a crash leaves of everything below `root` to `target`. `survives` decides for
    /// each thing at risk, by its number; content that does not survive is cut in half.
    pub(crate) fn crash(&self, root: &Path, target: &Path, survives: &dyn Fn(usize) -> bool) {
        let mut at_risk = 0..;
        let mut kept = |durable: bool| durable || at_risk.next().is_some_and(survives);
        let mut names: BTreeMap<&Path, Node> = BTreeMap::new();
        for change in self.changes.iter().filter(|change| kept(change.durable)) {
            match change.node {
                Some(node) => names.insert(&change.path, node),
                None => names.remove(change.path.as_path()),
            };
        }
        let whole: Vec<bool> = self.files.iter().map(|file| kept(file.durable)).collect();
        for (path, node) in names {
            let path = target.join(path.strip_prefix(root).unwrap());
            if !path.parent().unwrap().is_dir() {
                continue;
            }
            match node {
                Node::Directory => fs::create_dir(path).unwrap(),
                Node::File(file) => {
                    let bytes = &self.files[file].bytes;
                    let length = if whole[file] { bytes.len() } else { bytes.len() / 2 };
                    fs::write(path, &bytes[..length]).unwrap();
                }
            }
        }
    }
}
