//! The test registry as a program, for `make bench`: prints its address and serves until its
//! standard input ends.
#![expect(dead_code, unused_imports, reason = "what the tests need of the registry is not all needed here")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot start has failed")]

use std::io::Read;

#[path = "../it/support/registry/mod.rs"]
mod registry;

fn main() {
    let registry = registry::Registry::start(registry::Options::default());
    println!("{}", registry.host());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
