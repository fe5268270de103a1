//! A document that was read: its value, what was found, and where things stand in it.

use super::diagnostics::{Diagnostic, Invalid, Report};
use super::source::{Position, Source};
use super::tree::Node;

/// What came of reading a document.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    /// The document, if there is no error.
    pub value: Option<T>,
    /// Everything that was found.
    pub report: Report,
    source: Source,
    root: Option<Node>,
}

/// The value, the tree it came from, and what was found in it.
pub(super) type Reading<T> = (Option<T>, Node, Vec<Diagnostic>);

impl<T> Parsed<T> {
    /// Decodes `bytes` and lets `read` make something of them.
    pub(super) fn read(
        bytes: &[u8],
        file: &str,
        read: impl FnOnce(&Source) -> Result<Reading<T>, Box<Diagnostic>>,
    ) -> Self {
        let source = match Source::decode(file, bytes) {
            Ok(source) => source,
            Err(error) => return Self::failed(Source::new(file, ""), *error),
        };
        match read(&source) {
            Ok((value, root, found)) => {
                let report: Report = found.into_iter().collect();
                let value = value.filter(|_| report.is_valid());
                Self { value, report, source, root: Some(root) }
            }
            Err(error) => Self::failed(source, *error),
        }
    }

    fn failed(source: Source, error: Diagnostic) -> Self {
        Self { value: None, report: Report::from_iter([error]), source, root: None }
    }

    /// The value, or everything that was found where there is an error.
    pub fn into_result(self) -> Result<T, Invalid> {
        self.value.ok_or(Invalid(self.report))
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Where what a JSON pointer names stands.
    pub(super) fn locate(&self, pointer: &str) -> Position {
        self.root.as_ref().map_or(Position::START, |root| root.locate(pointer))
    }

    /// The text of a key of the document or of a mapping in it, whether or not the document is valid.
    pub(super) fn text(&self, keys: &[&str]) -> Option<&str> {
        let root = self.root.as_ref()?;
        keys.iter().try_fold(root, |node, key| node.get(key))?.text()
    }
}
