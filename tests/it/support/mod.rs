//! What the tests stand on.

pub(crate) mod fs;
pub(crate) mod image;
pub(crate) mod registry;
pub(crate) mod sandbox;
