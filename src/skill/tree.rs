//! The files of a skill, sorted, each path once.
//!
//! A [`Tree`] can only hold paths that get along (see `names`), so whoever writes one need not
//! check again. It has no limits of its own: those are kept by whoever reads.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::fs::Fs;
use crate::skill::names::{self, Names};
use crate::skill::path::SkillPath;
use crate::spool::Spooled;

/// One file of a skill.
#[derive(Debug, Clone)]
pub struct File {
    /// Path from the skill's root.
    pub path: SkillPath,
    /// Whether the owner may execute it.
    pub executable: bool,
    /// Size in bytes.
    pub size: u64,
    /// Where the bytes are.
    pub content: Content,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory, or in a part of an archive that was unpacked to a temporary file.
    Spooled(Spooled),
    /// In a file of a directory, at a path without links. It is opened only when it is read, so
    /// whatever has taken its place by then must not lead out of the skill.
    Disk(Arc<dyn Fs>, PathBuf),
}

impl File {
    /// A file of bytes in memory that nobody may execute.
    #[must_use]
    pub fn of_bytes(path: SkillPath, bytes: Bytes) -> Self {
        let content = Spooled::from(bytes);
        Self { path, executable: false, size: content.len(), content: Content::Spooled(content) }
    }

    /// Opens the content for reading.
    ///
    /// # Errors
    /// When a file on disk cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.content {
            Content::Spooled(spooled) => Box::new(spooled.reader()),
            Content::Disk(fs, path) => Box::new(fs.open_in_place(path)?),
        })
    }

    /// The content as bytes, unless it is longer than `limit` or changed since its size was taken.
    ///
    /// # Errors
    /// `FileTooLarge` over the limit, `InvalidData` when the size is no longer what it was, else
    /// what reading says.
    pub fn read(&self, limit: u64) -> io::Result<Bytes> {
        if self.size > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::new();
        self.open()?.take(self.size + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == self.size { Ok(bytes.into()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// The files of a skill, sorted bytewise by path, each path once.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: Vec<File>,
    names: Names,
}

impl Tree {
    /// A tree of `files`, which may come in any order.
    ///
    /// # Errors
    /// When two names do not get along.
    pub fn new(mut files: Vec<File>) -> Result<Self, names::Error> {
        let mut names = Names::default();
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        files.iter().try_for_each(|file| names.take_file(&file.path))?;
        Ok(Self { files, names })
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When its name does not get along with one that is there.
    pub fn insert(&mut self, file: File) -> Result<(), names::Error> {
        self.names.take_file(&file.path)?;
        let index = self.files.partition_point(|other| other.path < file.path);
        self.files.insert(index, file);
        Ok(())
    }

    /// The file at `path`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        let index = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(index)
    }

    /// Reads the file at `path` and keeps what was read: the tree has these bytes from now on,
    /// whatever becomes of the file they came from. As [`File::read`]; `None` where there is none.
    ///
    /// # Errors
    /// As [`File::read`].
    pub fn load(&mut self, path: &str, limit: u64) -> io::Result<Option<Bytes>> {
        let Ok(index) = self.files.binary_search_by(|file| file.path.as_str().cmp(path)) else {
            return Ok(None);
        };
        let file = &mut self.files[index];
        let bytes = file.read(limit)?;
        file.content = Content::Spooled(bytes.clone().into());
        Ok(Some(bytes))
    }

    /// All files, sorted bytewise by path.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The directories that the files are in, each once and before those below it.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        let mut previous = "";
        self.files.iter().flat_map(move |file| {
            let new = new_ancestors(previous, &file.path);
            previous = file.path.as_str();
            new
        })
    }
}

/// The directories above `path` that the file before it, in the order of a tree, is not in.
pub(crate) fn new_ancestors<'a>(before: &str, path: &'a SkillPath) -> impl Iterator<Item = &'a str> + use<'a> {
    let shared = before.bytes().zip(path.as_str().bytes()).take_while(|(one, other)| one == other).count();
    path.ancestors().filter(move |directory| directory.len() >= shared)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn file(path: &str) -> File {
        File::of_bytes(path.parse().unwrap(), path.to_owned().into())
    }

    fn tree(paths: &[&str]) -> Tree {
        Tree::new(paths.iter().map(|path| file(path)).collect()).unwrap()
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.files().iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn files_are_sorted_bytewise_however_they_came() {
        let mut one = tree(&["b", "a/b", "a.b"]);
        one.insert(file("a-b")).unwrap();
        assert_eq!(paths(&one), ["a-b", "a.b", "a/b", "b"]);
    }

    #[test]
    fn files_are_found_by_path() {
        let tree = tree(&["b", "a/b"]);
        assert_eq!(tree.get("a/b").unwrap().read(100).unwrap(), "a/b");
        assert!(tree.get("a").is_none());
    }

    #[test]
    fn names_that_do_not_get_along_are_refused() {
        let mut one = tree(&["a/b"]);
        for name in ["a/b", "a", "A/c", "a/B", "a/b/c"] {
            assert!(one.insert(file(name)).is_err(), "{name}");
        }
        assert_eq!(paths(&one), ["a/b"]);
    }

    #[test]
    fn reading_keeps_its_limit() {
        let error = file("abc").read(2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    proptest! {
        #[test]
        fn directories_come_once_and_before_those_below(
            paths in proptest::collection::btree_set("[ab](/[ab.]?[ab]){0,4}", 0..12)
        ) {
            let mut names = Names::default();
            let paths: Vec<SkillPath> = paths.iter().map(|path| path.parse().unwrap()).collect();
            let kept = paths.into_iter().filter(|path| names.take_file(path).is_ok());
            let tree = Tree::new(kept.map(|path| File::of_bytes(path, Bytes::new())).collect());
            prop_assume!(tree.is_ok());
            let tree = tree.unwrap();
            let expected: BTreeSet<String> =
                tree.files().iter().flat_map(|file| file.path.ancestors().map(|name| format!("{name}/"))).collect();
            let found: Vec<String> = tree.directories().map(|name| format!("{name}/")).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_was_loaded_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let content = Content::Disk(Arc::new(crate::fs::RealFs), path.clone());
        let file = File { path: "a".parse().unwrap(), executable: false, size: 3, content };
        let mut tree = Tree::new(vec![file]).unwrap();
        assert_eq!(tree.load("a", 10).unwrap().unwrap(), "one");
        std::fs::write(&path, "two").unwrap();
        assert_eq!(tree.get("a").unwrap().read(10).unwrap(), "one");
        assert!(tree.load("b", 10).unwrap().is_none());
    }
}
