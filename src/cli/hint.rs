//! What to do next, for the failures where somebody can do something.

use super::error::Error;
use crate::name::Reference;
use crate::skill::dir;
use crate::store::remote::{self, Problem, Refusal, Shown};
use crate::{ops, store};

/// The hint for a failure.
pub(super) fn of(error: &Error) -> Option<String> {
    match error {
        Error::Ops(error) => for_verb(error),
        Error::Store(error) => for_store(error),
        Error::Name(_) | Error::Output(_) | Error::Usage(_) | Error::Reported => None,
    }
}

fn for_verb(error: &ops::Error) -> Option<String> {
    let text = match error {
        ops::Error::Store(error) => return for_store(error),
        ops::Error::NoImage { name } => return for_missing(name),
        ops::Error::NotLocal { .. } => LOCAL,
        ops::Error::Ambiguous { .. } => "name one of them in full",
        ops::Error::NoSkill { .. } => "only images that `skillctl pack` or a compatible tool made have a state",
        ops::Error::Overtaken { .. } => {
            "a version's content never changes once it left draft: raise `metadata.version` and pack again"
        }
        ops::Error::NotReleased { .. } => "use a tag that ends in the state, or `skillctl promote` the image",
        ops::Error::Dir(dir::Error::Exists(_)) => "`--force` replaces it",
        ops::Error::Exists { .. } => "it is a skill already: `skillctl validate` checks it",
        ops::Error::Name(_) => "`--name NAME` gives a new skill another name than its directory's",
        _ => return None,
    };
    Some(text.to_owned())
}

const LOCAL: &str = "`skillctl list` shows what is there";

/// Where to look for an image that is not there.
fn for_missing(name: &str) -> Option<String> {
    let reference: Reference = name.parse().ok()?;
    if reference.is_local() {
        return Some(LOCAL.to_owned());
    }
    Some(format!("`skillctl tags {}` shows what is there", reference.repository()))
}

fn for_store(error: &store::Error) -> Option<String> {
    let text = match error {
        store::Error::Remote(error) => return for_registry(error),
        store::Error::NotFound { store, target } => return for_missing(&store::full_name(store, target)),
        store::Error::NoImage { .. } => LOCAL,
        store::Error::Conflict { .. } => "somebody else was faster: look at the tag, then try again",
        store::Error::Missing { .. } => {
            "the image is incomplete where it is: remove it there, then pack, push or pull it again"
        }
        store::Error::Damaged { .. } => "remove the images that use it, then pull or pack them again",
        store::Error::Unverified { .. } => {
            "nothing of it was kept; try again, and if that does not help, ask who runs the store"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn for_registry(error: &remote::Error) -> Option<String> {
    match error {
        remote::Error::Unreachable { asked, problem, .. } => for_connection(*problem, &asked.host),
        remote::Error::Refused(refusal) => for_refusal(refusal),
        remote::Error::Certificates { .. } => {
            Some("the file of `--ca-file` or SKILLCTL_CA_FILE must have lines `-----BEGIN CERTIFICATE-----`".to_owned())
        }
        _ => None,
    }
}

fn for_connection(problem: Problem, host: &str) -> Option<String> {
    match problem {
        Problem::Certificate => Some(
            "give its certificate authority with `--ca-file FILE`, or trust it blindly with `--tls-verify=false`"
                .to_owned(),
        ),
        Problem::NotTls => Some(format!("if `{host}` speaks plain HTTP, add `--plain-http`")),
        Problem::UnknownHost | Problem::Refused => Some(format!("is `{host}` the registry's host and port?")),
        Problem::NotHttp => Some(format!("if `{host}` speaks TLS, leave out `--plain-http`")),
        Problem::TimedOut | Problem::Broken => None,
    }
}

fn for_refusal(refusal: &Refusal) -> Option<String> {
    let host = &refusal.registry;
    match (&refusal.shown, refusal.status) {
        (Shown::Withheld { realm, .. }, _) => Some(format!("if `{realm}` may have them, add `--auth-realm {realm}`")),
        (Shown::Nothing, 401 | 403) => Some(format!(
            "log in with `podman login {host}`, or give `--creds USER:PASSWORD` or SKILLCTL_USERNAME and SKILLCTL_PASSWORD"
        )),
        (Shown::Credentials { .. }, 401) => Some("check user name and password, or log in again".to_owned()),
        (_, 429) => Some("wait a while, then try again".to_owned()),
        (_, 500..) => Some(format!("`{host}` itself has failed: try again later, or ask who runs it")),
        (_, 403) => Some(format!("ask for the right that scope `{}` needs", refusal.scope)),
        _ => None,
    }
}
