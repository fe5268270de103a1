//! `skillctl version`: the versions of the program and of what it writes.

use serde::Serialize;

use super::context::Context;
use super::error::Error;
use crate::card::API_VERSION;

/// Print the version of skillctl and of the formats it writes
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    version: &'static str,
    card_api: &'static str,
    target: String,
}

pub(super) fn run(context: &Context, _args: Args) -> Result<(), Error> {
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        card_api: API_VERSION,
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
    };
    let text = |r: &Report| format!("skillctl {}\ncard      {}\ntarget    {}\n", r.version, r.card_api, r.target);
    Ok(context.output.report(&report, text)?)
}
