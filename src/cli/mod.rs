//! The command line: flags and environment in, one verb of [`crate::ops`], a report out.
//!
//! One file per command; `context` makes stores from flags and environment, `output` is the only
//! writer to the terminal, `error` the only place that knows exit codes, `hint` what to do after a failure.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

mod args;
mod completion;
mod context;
mod created;
mod error;
mod git;
mod hint;
mod init;
mod inspect;
mod list;
mod output;
mod pack;
mod progress;
mod promote;
mod prune;
mod pull;
mod push;
mod push_each;
mod rm;
mod tag;
mod tags;
mod validate;
mod version;

use context::Context;
use error::Error;

/// Ship AI-agent skills as OCI images.
///
/// A skill is a directory with a SKILL.md. skillctl validates it, packs it into an image, pushes
/// and pulls it through any OCI registry, and promotes it draft → testing → published → deprecated
/// → archived without touching its content.
#[derive(Debug, Parser)]
#[command(
    name = "skillctl",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    after_help = "A reference is [HOST[:PORT]/]PATH[:TAG][@DIGEST]. Without a host it is local, and no network is asked.\n\nStart here: skillctl init my-skill && skillctl pack my-skill --namespace me && skillctl list"
)]
struct Cli {
    #[command(flatten)]
    global: args::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Validate(validate::Args),
    Pack(pack::Args),
    List(list::Args),
    Inspect(inspect::Args),
    Tag(tag::Args),
    Rm(rm::Args),
    Prune(prune::Args),
    Push(push::Args),
    Pull(pull::Args),
    Tags(tags::Args),
    Promote(promote::Args),
    Completion(completion::Args),
    Version(version::Args),
}

/// Runs the command line `args`, the program's name first, and gives the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let context = Context::new(cli.global);
    match cli.command.run(&context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error::report(&error),
    }
}

fn parse(args: impl IntoIterator<Item = OsString>) -> clap::error::Result<Cli> {
    let mut command = context::without_empty_variables(command());
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

impl Command {
    fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Init(args) => init::run(context, args),
            Self::Validate(args) => validate::run(context, args),
            Self::Pack(args) => pack::run(context, args),
            Self::List(args) => list::run(context, args),
            Self::Inspect(args) => inspect::run(context, args),
            Self::Tag(args) => tag::run(context, args),
            Self::Rm(args) => rm::run(context, args),
            Self::Prune(args) => prune::run(context, args),
            Self::Push(args) => push::run(context, args),
            Self::Pull(args) => pull::run(context, args),
            Self::Tags(args) => tags::run(context, args),
            Self::Promote(args) => promote::run(context, args),
            Self::Completion(args) => completion::run(args),
            Self::Version(args) => version::run(context, args),
        }
    }
}

/// The command tree, for the generated reference and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Help and `--version` go to stdout with code 0, wrong usage to stderr with code 2. Who gives no
/// command is shown which there are.
fn usage(error: &clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::MissingSubcommand {
        output::say(command().render_help().to_string().trim_end());
        return ExitCode::from(2);
    }
    let code = if error.use_stderr() { 2 } else { 0 };
    match error.print() {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_tree_is_sound() {
        super::command().debug_assert();
    }
}
