//! A skill as a value: its files, wherever they came from.
//!
//! A directory exists because of the files in it, as in git: an empty one is not kept. Files know
//! their size and are read when they are needed, so that memory stays flat whatever the skill's
//! size. Nothing here knows images or registries.

pub mod archive;
pub mod dir;
pub mod limits;
pub mod names;
pub mod path;
pub mod tree;

pub use limits::Limits;
pub use path::SkillPath;
pub use tree::{Content, File, Tree};
