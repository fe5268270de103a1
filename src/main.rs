//! The `skillctl` binary: hands the arguments to [`skillctl::cli`] and exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    skillctl::cli::run(std::env::args_os())
}
