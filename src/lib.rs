//! Ship AI-agent skills as OCI images.
//!
//! A skill is a directory with a `SKILL.md`. It is [packed](pack) into an [image](image::Image),
//! which is [copied](store::copy) between [stores](store::Store); every verb of the command line is
//! one function in [`ops`]. `docs/architecture.md` says which module may use which.
//!
//! - words: [`error`], [`digest`], [`name`], [`lifecycle`]
//! - ground: [`spool`] (content that may be large), [`parallel`] (work on all cores), [`printable`]
//!   (text of others on a terminal), [`fs`] (file operations)
//! - documents: [`card`] (`skill.yaml`, `SKILL.md`), [`image`] (manifests, descriptors, blobs)
//! - a skill as a value: [`skill`]; [`annotation`] and [`pack`] make it an image
//! - places: [`store`] (the layout on disk, registries, credentials)
//! - verbs: [`ops`]
//! - edges: [`cli`]
//!
//! On disk, [`store::layout`] owns the image layouts, [`skill::dir`] the skill directories, and
//! [`store::credential`] reads, and never writes, the files of Docker and podman.

pub mod annotation;
pub mod card;
pub mod cli;
pub mod digest;
pub mod error;
pub mod fs;
pub mod image;
pub mod lifecycle;
pub mod name;
pub mod ops;
pub mod pack;
pub mod parallel;
pub mod printable;
pub mod skill;
pub mod spool;
pub mod store;
