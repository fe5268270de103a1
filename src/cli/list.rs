//! `skillctl list`: flags to [`ops::list`] and its rows to a table.

use super::context::Context;
use super::error::Error;
use super::output;
use crate::lifecycle::State;
use crate::ops::list::{self, Row};

/// List the images of the local store
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
pub(super) struct Args {
    /// Show digests in full
    #[arg(long)]
    no_trunc: bool,

    /// Show images in this state only
    #[arg(long, value_name = "STATE")]
    status: Option<State>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<(), Error> {
    let rows = list::list(&context.layout()?, args.status)?;
    Ok(context.output.report(&rows, |rows: &Vec<Row>| text(rows, args.no_trunc))?)
}

fn text(rows: &[Row], no_trunc: bool) -> String {
    let digest = |row: &Row| if no_trunc { row.digest.to_string() } else { row.digest.short().to_owned() };
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let cells = |row: &Row| [shown(&row.name), shown(&row.tag), shown(&row.status), digest(row), shown(&row.created)];
    output::table(["NAME", "TAG", "STATUS", "DIGEST", "CREATED"], &rows.iter().map(cells).collect::<Vec<_>>())
}
