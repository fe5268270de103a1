//! Where an image is: a reference, or an image layout behind a transport.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Error, Reference, grammar};

/// Where an image is, as typed by a user: a reference, or an image layout with its transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `[docker://]REFERENCE`
    Image(Reference),
    /// `oci:DIR[:NAME]`: an image layout in a directory.
    Layout(LayoutName),
    /// `oci-archive:FILE[:NAME]`: an image layout in a tar file.
    Archive(LayoutName),
}

/// An image in a layout: a path, and the name in its index where one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutName {
    /// The directory or the file.
    pub path: PathBuf,
    /// The `org.opencontainers.image.ref.name` in the index.
    pub name: Option<String>,
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(rest) = text.strip_prefix("oci:") {
            return Ok(Self::Layout(layout_name(text, rest)?));
        }
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            return Ok(Self::Archive(layout_name(text, rest)?));
        }
        Ok(Self::Image(text.parse()?))
    }
}

fn layout_name(text: &str, rest: &str) -> Result<LayoutName, Error> {
    let (path, name) = match rest.split_once(':') {
        Some((path, name)) => (path, Some(name)),
        None => (rest, None),
    };
    if path.is_empty() || name.is_some_and(str::is_empty) {
        return Err(grammar("layout reference", text, "expected `oci:DIR[:NAME]` or `oci-archive:FILE[:NAME]`"));
    }
    Ok(LayoutName { path: path.into(), name: name.map(ToOwned::to_owned) })
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (transport, layout) = match self {
            Self::Image(reference) => return reference.fmt(f),
            Self::Layout(layout) => ("oci", layout),
            Self::Archive(layout) => ("oci-archive", layout),
        };
        write!(f, "{transport}:{}", layout.path.display())?;
        layout.name.iter().try_for_each(|name| write!(f, ":{name}"))
    }
}
