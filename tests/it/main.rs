//! The integration tests: the library and the built binary against real files and servers.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod faults;
mod git;
mod hostile;
mod messages;
mod pack;
mod processes;
mod promote;
mod reference;
mod remote;
mod support;
mod transfer;
mod usage;
