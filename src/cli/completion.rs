//! `skillctl completion`: a completion script for a shell.

use clap_complete::Shell;

use super::error::Error;
use super::output;

/// Print a completion script for a shell
///
/// For bash, put `source <(skillctl completion bash)` into ~/.bashrc; for fish, run
/// `skillctl completion fish > ~/.config/fish/completions/skillctl.fish`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: Args) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "skillctl", &mut script);
    Ok(output::print(&String::from_utf8_lossy(&script))?)
}
