//! The time of creation of an image: a flag, `SOURCE_DATE_EPOCH`, the commit, else now.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};

use super::context;
use super::error::Error;
use super::git;

/// Where times of creation come from in this run.
pub(super) enum Created {
    /// One time for every image.
    Fixed(String),
    /// That of each directory's commit, else this.
    Commit(String),
}

impl Created {
    /// `flag` as [`parse`] gave it, else the environment, else git.
    pub(super) fn new(flag: Option<String>) -> Result<Self, Error> {
        if let Some(time) = flag {
            return Ok(Self::Fixed(time));
        }
        if let Some(epoch) = context::text_of("SOURCE_DATE_EPOCH") {
            let time = parse(&epoch).map_err(|rule| Error::Usage(format!("SOURCE_DATE_EPOCH `{epoch}`: {rule}")))?;
            return Ok(Self::Fixed(time));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let now = i64::try_from(now).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        Ok(Self::Commit(format(now.unwrap_or_default())))
    }

    /// The time for the skill in `dir`.
    pub(super) fn of(&self, dir: &Path) -> String {
        match self {
            Self::Fixed(time) => time.clone(),
            Self::Commit(now) => {
                let commit = git::clean_commit_time(dir).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
                commit.map_or_else(|| now.clone(), format)
            }
        }
    }
}

/// RFC 3339 or seconds since 1970, as RFC 3339 in UTC with whole seconds.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let seconds = text.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let time = seconds.or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc)));
    let time = time.filter(|time| (0..=253_402_300_799).contains(&time.timestamp()));
    time.map(format).ok_or_else(|| "expected RFC 3339, as in `2026-01-31T12:00:00Z`, or seconds since 1970".to_owned())
}

fn format(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_become_utc_with_whole_seconds() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05.999+01:00", "1767323045"] {
            assert_eq!(parse(text).unwrap(), "2026-01-02T03:04:05Z");
        }
        for text in ["", "yesterday", "2026-01-02", "-1", "99999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
