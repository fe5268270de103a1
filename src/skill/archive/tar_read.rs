//! Reads a tar block by block, and refuses what readers disagree about.
//!
//! A sequence of entries, each a header with padded content and maybe extensions in front, then at
//! least two zero blocks and nothing else. Accepted although we do not write it: names with `./`,
//! missing directory entries, directories without `/`, headers without magic.

use std::borrow::Cow;

use super::collect::Collector;
use super::header::{BLOCK, Block, EntryKind, Header};
use super::pax::{self, Scope};
use super::source::Source;
use super::{Error, Mode, Unpacked};
use crate::skill::limits::Exceeded;
use crate::skill::{Limits, SkillPath};
use crate::spool::Spooled;

/// The largest extension in bytes; the names in them are far shorter, extended attributes are not.
const EXTENSION_LIMIT: u64 = 64 << 10;

const ZERO: Block = [0; BLOCK];

pub(super) fn read(archive: &Spooled, limits: &Limits, mode: Mode) -> Result<Unpacked, Error> {
    let source = Source::open(archive, limits)?;
    let pending = Pending::default();
    let mut reader = Reader { source, collector: Collector::new(limits), limits, mode, headers: 0, pending };
    while let Some(header) = reader.header()? {
        reader.entry(&header)?;
    }
    let diff_id = reader.source.finish()?;
    Ok(Unpacked { tree: reader.collector.finish()?, diff_id })
}

struct Reader<'a> {
    source: Source<'a>,
    collector: Collector<'a>,
    limits: &'a Limits,
    mode: Mode,
    headers: usize,
    pending: Pending,
}

/// What extensions said about the next entry.
#[derive(Default)]
struct Pending {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    /// The kinds of the extensions; each may come once, and PAX only alone.
    kinds: Vec<EntryKind>,
}

impl Reader<'_> {
    /// The next header; `None` at the end marker.
    fn header(&mut self) -> Result<Option<Header>, Error> {
        let block = self.source.block()?.ok_or(Error::Archive("is truncated: it has no end marker"))?;
        if block == ZERO {
            return self.end();
        }
        self.headers += 1;
        if self.headers > self.limits.headers() {
            return Err(Exceeded::Headers { limit: self.limits.headers() }.into());
        }
        Header::parse(&block).map(Some)
    }

    fn end(&mut self) -> Result<Option<Header>, Error> {
        if !self.pending.kinds.is_empty() {
            return Err(Error::Archive("ends with an extended header that is for no entry"));
        }
        match self.source.block()? {
            Some(ZERO) => Ok(None),
            Some(_) => Err(Error::Archive("has a zero block between its entries")),
            None => Err(Error::Archive("is truncated: its end marker has one block only")),
        }
    }

    fn entry(&mut self, header: &Header) -> Result<(), Error> {
        match header.kind {
            EntryKind::GlobalExtension => self.global_extension(header),
            EntryKind::Extension => self.extension(header),
            EntryKind::LongName | EntryKind::LongLink => self.long_name(header),
            EntryKind::File => self.file(header),
            EntryKind::Directory => self.directory(header),
            EntryKind::Hardlink | EntryKind::Symlink => self.link(header),
        }
    }

    fn global_extension(&mut self, header: &Header) -> Result<(), Error> {
        if !self.pending.kinds.is_empty() {
            return refuse(header, "is a global header between an extended header and its entry");
        }
        let data = self.extension_data(header)?;
        match pax::parse(&data, Scope::AllLater, self.mode) {
            Ok(_) => Ok(()),
            Err(rule) => refuse(header, rule),
        }
    }

    fn extension(&mut self, header: &Header) -> Result<(), Error> {
        self.announce(header)?;
        let data = self.extension_data(header)?;
        let records = match pax::parse(&data, Scope::Next, self.mode) {
            Ok(records) => records,
            Err(rule) => return refuse(header, rule),
        };
        self.pending.name = records.path;
        self.pending.link = records.linkpath;
        self.pending.size = records.size;
        Ok(())
    }

    fn long_name(&mut self, header: &Header) -> Result<(), Error> {
        if self.mode == Mode::Strict {
            return refuse(header, "is a GNU long name; use the PAX format");
        }
        self.announce(header)?;
        let data = self.extension_data(header)?;
        let Some(name) = data.strip_suffix(b"\0").filter(|name| !name.contains(&0)) else {
            return refuse(header, "is a GNU long name that does not end where it says");
        };
        let slot = if header.kind == EntryKind::LongName { &mut self.pending.name } else { &mut self.pending.link };
        *slot = Some(name.to_vec());
        Ok(())
    }

    /// Notes an extension: of two that say the same, readers choose differently.
    fn announce(&mut self, header: &Header) -> Result<(), Error> {
        let kinds = &mut self.pending.kinds;
        let is_lone = header.kind == EntryKind::Extension || kinds.contains(&EntryKind::Extension);
        if kinds.contains(&header.kind) || is_lone && !kinds.is_empty() {
            return refuse(header, "is a second extended header for one entry");
        }
        kinds.push(header.kind);
        Ok(())
    }

    fn extension_data(&mut self, header: &Header) -> Result<Vec<u8>, Error> {
        if header.size > EXTENSION_LIMIT {
            return refuse(header, "is an extended header of more than 64 KiB");
        }
        let mut data = Vec::new();
        self.source.content(header.size, &mut data)?;
        Ok(data)
    }

    fn file(&mut self, header: &Header) -> Result<(), Error> {
        let entry = self.take_pending(header)?;
        if entry.name.ends_with(b"/") {
            return refuse(header, "is a file whose name ends in `/`");
        }
        let path = self.path(&entry.name)?;
        let spool = self.collector.file(path, header.executable, header.size)?;
        self.source.content(header.size, spool)
    }

    fn directory(&mut self, header: &Header) -> Result<(), Error> {
        let entry = self.take_pending(header)?;
        if header.size > 0 {
            return refuse(header, "is a directory with data, where an entry could hide");
        }
        // The root itself: most tars say `./`, umoci says `.`, and means a directory one can enter.
        if entry.name == b"./" || (entry.name == b"." && header.executable) {
            return Ok(());
        }
        let path = self.path(entry.name.strip_suffix(b"/").unwrap_or(&entry.name))?;
        self.collector.directory(&path)
    }

    fn link(&mut self, header: &Header) -> Result<(), Error> {
        let entry = self.take_pending(header)?;
        if header.size > 0 {
            return refuse(header, "is a link with data, where an entry could hide");
        }
        if self.mode == Mode::Strict {
            return refuse(header, "is a link; store the file itself");
        }
        let path = self.path(&entry.name)?;
        let target = match header.kind {
            EntryKind::Symlink => beside(&path, &entry.link),
            _ => Some(entry.link),
        };
        let Some(target) = target else {
            return refuse(header, "is a link that leaves the archive");
        };
        let target = self.path(&target)?;
        self.collector.link(path, target)
    }

    /// The name and link target of an entry, and the check that extensions hide nothing: what they
    /// replace must not be dangerous to readers that do not know them.
    fn take_pending(&mut self, header: &Header) -> Result<Entry, Error> {
        let pending = std::mem::take(&mut self.pending);
        if pending.size.is_some_and(|size| size != header.size) {
            return refuse(header, "has a PAX size that differs from its header's");
        }
        if pending.name.is_some() && leaves_root(&header.name) {
            return refuse(header, "has a name behind its PAX path that leaves the archive");
        }
        let name = pending.name.unwrap_or_else(|| header.name.clone());
        Ok(Entry { name, link: pending.link.unwrap_or_else(|| header.link.clone()) })
    }

    /// Checks a name; one `./` in front is taken off.
    fn path(&self, name: &[u8]) -> Result<SkillPath, Error> {
        let name = name.strip_prefix(b"./").unwrap_or(name);
        Ok(SkillPath::parse_bytes(name, self.limits)?)
    }
}

struct Entry {
    name: Vec<u8>,
    link: Vec<u8>,
}

fn refuse<T>(header: &Header, rule: impl Into<Cow<'static, str>>) -> Result<T, Error> {
    Err(Error::Entry { entry: header.shown(), rule: rule.into() })
}

fn leaves_root(name: &[u8]) -> bool {
    name.starts_with(b"/") || name.split(|&byte| byte == b'/').any(|segment| segment == b"..")
}

/// Where the symbolic link at `path` leads, from the root; `None` when it leaves it.
fn beside(path: &SkillPath, target: &[u8]) -> Option<Vec<u8>> {
    if target.starts_with(b"/") {
        return None;
    }
    let mut segments: Vec<&[u8]> = path.as_str().as_bytes().split(|&byte| byte == b'/').collect();
    segments.pop();
    for segment in target.split(|&byte| byte == b'/') {
        match segment {
            b".." => drop(segments.pop()?),
            b"." | b"" => {}
            name => segments.push(name),
        }
    }
    Some(segments.join(&b'/'))
}
