//! The library's own fault and crash models, compiled into these tests too.

#[path = "../../../src/fs/faulty.rs"]
pub(crate) mod faulty;
#[path = "../../../src/fs/journal/mod.rs"]
pub(crate) mod journal;

// What the models find one level above them, here and in the library.
pub(crate) use skillctl::fs::{EntryKind, Fs, LockMode, RealFs, Status};
