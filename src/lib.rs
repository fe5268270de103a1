//! Ship AI-agent skills as OCI images.

pub mod card;
pub mod digest;
pub mod error;
pub mod fs;
pub mod image;
pub mod lifecycle;
pub mod name;
pub mod skill;
pub mod spool;
pub mod store;
