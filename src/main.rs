//! The `skillctl` binary.
fn main() {}
