//! A skill as a value: its card and its files, wherever they came from.
//!
//! Files know their size and are read when they are needed, so that memory stays flat whatever
//! the skill's size. Nothing here knows images or registries.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::fs::Fs;
use crate::spool::Spooled;

/// One file of a skill.
#[derive(Debug, Clone)]
pub struct File {
    /// Path from the skill's root, `/` between segments, checked by `skill::path`.
    pub path: String,
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
    /// In memory.
    Bytes(Bytes),
    /// In a file of a directory.
    Disk(Arc<dyn Fs>, PathBuf),
    /// In a part of an archive that was unpacked to memory or a temporary file.
    Spooled(Spooled),
}

impl File {
    /// Opens the content for reading.
    ///
    /// # Errors
    /// When a file on disk cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.content {
            Content::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
            Content::Disk(fs, path) => Box::new(fs.open(path)?),
            Content::Spooled(spooled) => Box::new(spooled.reader()),
        })
    }
}

/// The files of a skill, sorted bytewise by path, each path once.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: Vec<File>,
}
