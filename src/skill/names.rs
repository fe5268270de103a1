//! Whether the names of a skill get along on every file system.
//!
//! Refused are: one name twice, two names that are equal after case folding or Unicode NFC (they
//! would be one file on macOS and Windows), and an entry below a name that is also a file.

use std::collections::HashMap;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::error::{Classify, Kind};
use crate::printable::Escaped;
use crate::skill::path::SkillPath;

/// Two names that cannot stand in one skill.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The same name again.
    #[error("`{}` is there twice", Escaped(.0))]
    Twice(String),
    /// Names that some file systems cannot tell apart.
    #[error("`{}` and `{}` differ only in case or Unicode form, which some file systems cannot tell apart",
        Escaped(.0), Escaped(.1))]
    Alike(String, String),
    /// A file where a directory is needed, or the reverse.
    #[error("`{}` is a file and also a directory", Escaped(.0))]
    FileAndDirectory(String),
}

impl Classify for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// The names taken so far, directories that were only implied included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    by_folded: HashMap<Box<str>, Taken>,
    directories: usize,
}

#[derive(Debug, Clone)]
struct Taken {
    name: Box<str>,
    kind: Kept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    File,
    /// A directory that has no entry of its own yet.
    Implied,
    Directory,
}

impl Names {
    /// Takes the name of a file.
    pub(crate) fn take_file(&mut self, path: &SkillPath) -> Result<(), Error> {
        self.take_ancestors(path)?;
        self.take(path.as_str(), Kept::File)
    }

    /// Takes the name of a directory that has an entry of its own.
    pub(crate) fn take_directory(&mut self, path: &SkillPath) -> Result<(), Error> {
        self.take_ancestors(path)?;
        self.take(path.as_str(), Kept::Directory)
    }

    /// The number of directories so far.
    pub(crate) fn directories(&self) -> usize {
        self.directories
    }

    /// Whether `name` is a directory.
    pub(crate) fn is_directory(&self, name: &str) -> bool {
        self.by_folded.get(&*folded(name)).is_some_and(|taken| taken.kind != Kept::File && &*taken.name == name)
    }

    fn take_ancestors(&mut self, path: &SkillPath) -> Result<(), Error> {
        path.ancestors().try_for_each(|name| self.take(name, Kept::Implied))
    }

    fn take(&mut self, name: &str, kind: Kept) -> Result<(), Error> {
        let key = folded(name);
        let Some(taken) = self.by_folded.get_mut(&*key) else {
            self.directories += usize::from(kind != Kept::File);
            self.by_folded.insert(key, Taken { name: name.into(), kind });
            return Ok(());
        };
        if *taken.name != *name {
            return Err(Error::Alike(taken.name.to_string(), name.to_owned()));
        }
        match (taken.kind, kind) {
            (Kept::Implied | Kept::Directory, Kept::Implied) => Ok(()),
            (Kept::Implied, Kept::Directory) => {
                taken.kind = Kept::Directory;
                Ok(())
            }
            (Kept::File, Kept::File) | (Kept::Directory, Kept::Directory) => Err(Error::Twice(name.to_owned())),
            _ => Err(Error::FileAndDirectory(name.to_owned())),
        }
    }
}

/// `name` as a file system sees it that ignores case and Unicode form. Upper case first, so that
/// `ß` meets `SS` and `ſ` meets `s`.
fn folded(name: &str) -> Box<str> {
    if name.is_ascii() {
        return name.to_ascii_lowercase().into();
    }
    let cased: String = name.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    match is_nfc_quick(cased.chars()) {
        IsNormalized::Yes => cased.into(),
        _ => cased.nfc().collect::<String>().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(names: &[&str]) -> Result<(), Error> {
        let mut taken = Names::default();
        names.iter().try_for_each(|name| match name.strip_suffix('/') {
            Some(directory) => taken.take_directory(&directory.parse().unwrap()),
            None => taken.take_file(&name.parse().unwrap()),
        })
    }

    #[test]
    fn different_names_get_along() {
        let names = ["a", "b/", "b/a", "c/d/e", "c/", "c/d/f", "b.md", "grüße", "grusse"];
        assert_eq!(take(&names), Ok(()));
    }

    #[test]
    fn one_name_twice_is_refused() {
        for names in [["a", "a"], ["b/", "b/"]] {
            assert!(matches!(take(&names), Err(Error::Twice(_))), "{names:?}");
        }
    }

    #[test]
    fn names_that_look_alike_are_refused() {
        let cases = [
            ["readme.md", "README.md"],
            ["caf\u{e9}", "cafe\u{301}"],
            ["CAF\u{c9}", "cafe\u{301}"],
            ["straße", "STRASSE"],
            ["ΟΔΟΣ", "οδος"],
            ["\u{17f}", "S"],
            ["\u{212a}", "k"],
            ["a/x", "A/y"],
            ["a/", "A/"],
            ["a", "A/b"],
            ["ﬁ", "FI"],
        ];
        for names in cases {
            assert!(matches!(take(&names), Err(Error::Alike(..))), "{names:?}");
            let [one, other] = names;
            assert!(take(&[other, one]).is_err(), "{names:?}");
        }
    }

    #[test]
    fn a_file_is_no_directory() {
        for names in [["a", "a/b"], ["a/b", "a"], ["a", "a/"], ["a/", "a"], ["a", "a/b/c/d"]] {
            assert!(matches!(take(&names), Err(Error::FileAndDirectory(_))), "{names:?}");
        }
    }
}
