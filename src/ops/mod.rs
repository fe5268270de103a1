//! The verbs: one file, one verb, one public function, one options struct, one report.
//!
//! A verb takes stores and values and returns a report that the edges print or serialise. It knows
//! no terminal, no environment, no home directory and no clock.
//!
//! What several verbs share: `documents` (the two files that describe a skill), `find` (what a
//! local reference means), `lookup` (manifests and files of an image), `guard` (a published
//! version never changes), `error`.

mod documents;
mod error;
pub mod find;
mod guard;
pub mod init;
pub mod inspect;
pub mod list;
mod lookup;
pub mod pack;
pub mod promote;
pub mod prune;
pub mod pull;
pub mod push;
pub mod rm;
pub mod tag;
pub mod tags;
pub mod validate;

pub use error::Error;
