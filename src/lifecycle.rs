//! The states of a version, the steps between them, and the tags of each state.
//!
//! Pure rules: what a step sets and removes. Who carries it out, and where, is `ops::promote`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Classify, Kind};
use crate::name::{Tag, Version};

/// A state of a version, in the order of its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As packed.
    Draft,
    /// Under test.
    Testing,
    /// Released; its content never changes.
    Published,
    /// Still there, not recommended.
    Deprecated,
    /// Known by its digest only.
    Archived,
}

/// Why a state or a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not the name of a state.
    #[error("`{0}` is not a state: expected draft, testing, published, deprecated or archived")]
    UnknownState(String),
    /// A step that skips a state, goes back or stays.
    #[error("cannot promote from {from} to {to}: {}", rule(*.from))]
    Step {
        /// The state at hand.
        from: State,
        /// The state that was asked for.
        to: State,
    },
}

fn rule(from: State) -> String {
    match from.next() {
        Some(next) => format!("the next state after {from} is {next}"),
        None => format!("{from} is the last state"),
    }
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::UnknownState(_) => Kind::Invalid,
            Self::Step { .. } => Kind::Conflict,
        }
    }
}

impl State {
    /// All states, in order.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Testing, Self::Published, Self::Deprecated, Self::Archived];

    /// The name, as in the status annotation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Testing => "testing",
            Self::Published => "published",
            Self::Deprecated => "deprecated",
            Self::Archived => "archived",
        }
    }

    /// The state that follows.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state > self)
    }

    /// The state before.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|state| *state < self)
    }

    /// The tag that shows this state of `version`; none for archived, which has its digest only.
    #[must_use]
    pub fn tag(self, version: &Version) -> Option<Tag> {
        let text = match self {
            Self::Draft | Self::Testing => format!("{version}-{self}"),
            Self::Published | Self::Deprecated => version.to_string(),
            Self::Archived => return None,
        };
        Some(text.parse().expect("a version of at most 100 characters and a state make a tag"))
    }

    /// The version that `tag` shows in this state: the reverse of [`State::tag`].
    #[must_use]
    pub fn version_of(self, tag: &Tag) -> Option<Version> {
        let version = match self {
            Self::Draft | Self::Testing => tag.as_str().strip_suffix(self.as_str())?.strip_suffix('-')?,
            Self::Published | Self::Deprecated => tag.as_str(),
            Self::Archived => return None,
        };
        version.parse().ok()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for State {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| Error::UnknownState(text.to_owned()))
    }
}

/// Checks that `to` is the step after `from`.
///
/// # Errors
/// [`Error::Step`] for every other pair.
pub fn step(from: State, to: State) -> Result<(), Error> {
    if from.next() == Some(to) { Ok(()) } else { Err(Error::Step { from, to }) }
}

/// The tag that moves to the new manifest when a version enters `state`.
///
/// An archived version keeps no tag, but its last one is moved before it goes, so that a registry
/// without deletion shows the version as archived.
#[must_use]
pub fn tag_to_set(state: State, version: &Version) -> Tag {
    let shown = if state == State::Archived { State::Deprecated } else { state };
    shown.tag(version).expect("every state but archived has a tag")
}

/// The tag that is removed after a version entered `state`.
#[must_use]
pub fn tag_to_remove(state: State, version: &Version) -> Option<Tag> {
    match state {
        State::Draft | State::Deprecated => None,
        State::Testing | State::Published => state.previous()?.tag(version),
        State::Archived => State::Deprecated.tag(version),
    }
}

/// The version whose release tag `tag` is: published or deprecated, not draft or testing.
#[must_use]
pub fn released_version(tag: &Tag) -> Option<Version> {
    State::Published.version_of(tag)
}

/// The version that `tag` shows, in whatever state.
#[must_use]
pub fn version_of(tag: &Tag) -> Option<Version> {
    State::ALL.into_iter().find_map(|state| state.version_of(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version() -> Version {
        "1.2.0".parse().unwrap()
    }

    #[test]
    fn only_the_next_state_is_a_step() {
        for from in State::ALL {
            for to in State::ALL {
                assert_eq!(step(from, to).is_ok(), from as usize + 1 == to as usize, "{from} {to}");
            }
        }
    }

    #[test]
    fn messages_name_the_way_out() {
        let text = |from, to| step(from, to).unwrap_err().to_string();
        assert_eq!(
            text(State::Draft, State::Published),
            "cannot promote from draft to published: the next state after draft is testing"
        );
        assert_eq!(
            text(State::Archived, State::Draft),
            "cannot promote from archived to draft: archived is the last state"
        );
    }

    #[test]
    fn each_step_sets_and_removes_the_tags_of_the_table() {
        let row = |state| {
            (tag_to_set(state, &version()).to_string(), tag_to_remove(state, &version()).map(|t| t.to_string()))
        };
        assert_eq!(row(State::Testing), ("1.2.0-testing".into(), Some("1.2.0-draft".into())));
        assert_eq!(row(State::Published), ("1.2.0".into(), Some("1.2.0-testing".into())));
        assert_eq!(row(State::Deprecated), ("1.2.0".into(), None));
        assert_eq!(row(State::Archived), ("1.2.0".into(), Some("1.2.0".into())));
    }

    #[test]
    fn a_tag_belongs_to_a_version_in_each_of_its_states() {
        for state in [State::Draft, State::Testing, State::Published, State::Deprecated] {
            let tag = state.tag(&version()).unwrap();
            assert_eq!((version_of(&tag), state.version_of(&tag)), (Some(version()), Some(version())));
        }
        for tag in ["latest", "draft", "-draft", "1.2-draft", "v1.2.0", "1.2.0-draft-draft"] {
            assert_eq!(tag.parse().ok().and_then(|tag| version_of(&tag)), None, "{tag}");
        }
    }

    #[test]
    fn state_tags_are_not_released_versions() {
        let released = |tag: &str| released_version(&tag.parse().unwrap()).map(|v| v.to_string());
        assert_eq!(released("1.2.0"), Some("1.2.0".into()));
        assert_eq!(released("1.2.0-rc.1"), Some("1.2.0-rc.1".into()));
        for tag in ["1.2.0-draft", "1.2.0-testing", "latest", "v1.2.0", "1.2"] {
            assert_eq!(released(tag), None, "{tag}");
        }
    }
}
