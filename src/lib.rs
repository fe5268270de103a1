//! Ship AI-agent skills as OCI images.

pub mod card;
pub mod digest;
pub mod error;
pub mod name;
pub mod spool;
