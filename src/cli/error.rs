//! How a failure ends: its message, and the exit code of each kind.
//!
//! Exit codes: 0 done · 1 failed · 2 wrong usage · 3 refused by verification, scan or policy.

use std::io;
use std::process::ExitCode;

use super::{hint, output};
use crate::error::{Classify, Kind, chain};
use crate::{name, ops, store};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The verb failed.
    #[error(transparent)]
    Ops(#[from] ops::Error),
    /// A store failed before the verb began.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A name on the command line breaks its grammar.
    #[error(transparent)]
    Name(#[from] name::Error),
    /// Stdout or stdin failed.
    #[error("cannot write the output")]
    Output(#[from] io::Error),
    /// The flags contradict each other or the environment.
    #[error("{0}")]
    Usage(String),
    /// Everything was said already; only the code is left.
    #[error("failed")]
    Reported,
}

/// Prints a failure with its causes and a hint, and gives its exit code.
pub(super) fn report(error: &Error) -> ExitCode {
    match error {
        Error::Reported => return ExitCode::FAILURE,
        // The reader of stdout went away, as `head` does: nobody is left to tell.
        Error::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => return ExitCode::FAILURE,
        _ => {}
    }
    explain(error);
    ExitCode::from(code(error))
}

/// Prints a failure with its causes and a hint.
pub(super) fn explain(error: &Error) {
    output::say(&format!("error: {error}"));
    for cause in causes(error) {
        output::say(&format!("  caused by: {cause}"));
    }
    if let Some(hint) = hint::of(error) {
        output::say(&format!("hint: {hint}"));
    }
}

/// The sources of an error, outermost first, less those that only repeat their parent.
fn causes(error: &Error) -> Vec<String> {
    let mut last = error.to_string();
    let mut causes = Vec::new();
    for cause in chain(error).skip(1) {
        let text = cause.to_string();
        if text != last {
            causes.push(text.clone());
        }
        last = text;
    }
    causes
}

fn code(error: &Error) -> u8 {
    match error {
        Error::Usage(_) | Error::Name(_) => 2,
        Error::Ops(error) => code_of(error.kind()),
        Error::Store(error) => code_of(error.kind()),
        Error::Output(_) | Error::Reported => 1,
    }
}

fn code_of(kind: Kind) -> u8 {
    if kind == Kind::Unverified { 3 } else { 1 }
}
