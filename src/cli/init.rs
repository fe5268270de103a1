//! `skillctl init`: flags to [`ops::init`] and its report to text.

use std::path::PathBuf;

use super::context::Context;
use super::error::Error;
use super::git;
use crate::name::{Namespace, SkillName};
use crate::ops::init::{self, Options, Report};

/// Start a skill, or write the card of one that has a SKILL.md
///
/// In an empty or new directory, writes a SKILL.md and a skill.yaml to fill in. Beside a SKILL.md,
/// derives skill.yaml from its front matter. Overwrites nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The skill's directory
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,

    /// The name of a new skill [default: the directory's]
    #[arg(long)]
    name: Option<SkillName>,

    /// The namespace [default: `metadata.namespace` of SKILL.md, else the owner of the git remote]
    #[arg(long)]
    namespace: Option<Namespace>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let owner = git::remote_owner(&args.dir);
    let options = Options { name: args.name, namespace: args.namespace, owner };
    let report = init::init(&**context.fs(), &args.dir, &options)?;
    context
        .output
        .note(&format!("next: edit it, then `skillctl validate {0}` and `skillctl pack {0}`", args.dir.display()));
    let text = |report: &Report| report.written.iter().map(|path| format!("{}\n", path.display())).collect();
    Ok(context.output.report(&report, text)?)
}
