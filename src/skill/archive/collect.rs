//! Collects the entries of an archive into a tree, whatever the archive's format.
//!
//! Paths, names and limits are checked before the content of an entry is read. All content goes
//! into one spool, so memory stays flat.

use std::collections::{BTreeMap, HashMap};

use super::Error;
use crate::skill::limits::Account;
use crate::skill::names::Names;
use crate::skill::{Content, File, Limits, SkillPath, Tree};
use crate::spool::{Spool, Spooled};

pub(super) struct Collector<'a> {
    account: Account<'a>,
    names: Names,
    spool: Spool,
    spooled: u64,
    files: Vec<Found>,
    links: BTreeMap<SkillPath, SkillPath>,
}

/// A file whose content is a part of the spool.
struct Found {
    path: SkillPath,
    executable: bool,
    offset: u64,
    size: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            account: Account::new(limits),
            names: Names::default(),
            spool: Spool::new(),
            spooled: 0,
            files: Vec::new(),
            links: BTreeMap::new(),
        }
    }

    pub(super) fn directory(&mut self, path: &SkillPath) -> Result<(), Error> {
        self.names.take_directory(path)?;
        Ok(self.account.set_directories(path.as_str(), self.names.directories())?)
    }

    /// Takes a file, whose content of exactly `size` bytes must then be written to the spool that
    /// is given back.
    pub(super) fn file(&mut self, path: SkillPath, executable: bool, size: u64) -> Result<&mut Spool, Error> {
        self.account.add_file(path.as_str(), size)?;
        self.take_name(&path)?;
        self.files.push(Found { path, executable, offset: self.spooled, size });
        self.spooled += size;
        Ok(&mut self.spool)
    }

    /// Takes a link, which becomes a copy of the file that it leads to.
    pub(super) fn link(&mut self, path: SkillPath, target: SkillPath) -> Result<(), Error> {
        self.account.add_file(path.as_str(), 0)?;
        self.take_name(&path)?;
        self.links.insert(path, target);
        Ok(())
    }

    /// Takes the name of a file, and counts the directories that it implies.
    fn take_name(&mut self, path: &SkillPath) -> Result<(), Error> {
        self.names.take_file(path)?;
        Ok(self.account.set_directories(path.as_str(), self.names.directories())?)
    }

    /// The tree of everything that was taken.
    pub(super) fn finish(mut self) -> Result<Tree, Error> {
        let copies = self.copies()?;
        self.files.extend(copies);
        let content = self.spool.finish();
        let files = self.files.into_iter().map(|found| found.into_file(&content));
        Ok(Tree::new(files.collect())?)
    }

    /// A file for every link; their sizes count like those of any file.
    fn copies(&mut self) -> Result<Vec<Found>, Error> {
        let files: HashMap<&SkillPath, &Found> = self.files.iter().map(|found| (&found.path, found)).collect();
        let mut copies = Vec::with_capacity(self.links.len());
        for path in self.links.keys() {
            let target = files.get(self.follow(path)?).copied().ok_or_else(|| self.leads_nowhere(path))?;
            self.account.add_bytes(path.as_str(), target.size)?;
            copies.push(Found { path: path.clone(), ..*target });
        }
        Ok(copies)
    }

    /// Where a chain of links ends.
    fn follow<'b>(&'b self, path: &'b SkillPath) -> Result<&'b SkillPath, Error> {
        const LONGEST: usize = 8;
        let mut at = path;
        for _ in 0..=LONGEST {
            let Some(next) = self.links.get(at) else {
                return Ok(at);
            };
            at = next;
        }
        Err(Error::Entry { entry: path.to_string(), rule: "is a link that leads to links without end".into() })
    }

    fn leads_nowhere(&self, path: &SkillPath) -> Error {
        let is_directory = self.follow(path).is_ok_and(|target| self.names.is_directory(target.as_str()));
        let rule = if is_directory {
            "is a link to a directory; only links to files are read"
        } else {
            "is a link to a file that is not in the archive"
        };
        Error::Entry { entry: path.to_string(), rule: rule.into() }
    }
}

impl Found {
    fn into_file(self, content: &Spooled) -> File {
        let Self { path, executable, offset, size } = self;
        File { path, executable, size, content: Content::Spooled(content.slice(offset, size)) }
    }
}
