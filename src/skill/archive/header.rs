//! One tar header: 512 bytes, as POSIX (ustar) lays them out.
//!
//! Headers without magic (as old tars have) and with GNU's are read too, as far as they mean the
//! same to everybody. Owners, times, devices and all mode bits but the owner's `x` are ignored.

use super::Error;

/// Size of a block in bytes: headers are one, content is padded to whole ones.
pub(super) const BLOCK: usize = 512;

/// A block of a tar.
pub(super) type Block = [u8; BLOCK];

/// What a header announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Directory,
    Hardlink,
    Symlink,
    /// PAX records for the next entry.
    Extension,
    /// PAX records for all later entries.
    GlobalExtension,
    /// GNU: the next entry's name.
    LongName,
    /// GNU: the next entry's link target.
    LongLink,
}

/// A header as its fields say, before extensions.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: EntryKind,
    /// The whole name, prefix included.
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) executable: bool,
}

impl Header {
    pub(super) fn parse(block: &Block) -> Result<Self, Error> {
        let refuse = |rule| Error::Entry { entry: lossy(text(&block[..100])), rule };
        Self::parse_fields(block).map_err(|rule| refuse(rule.into()))
    }

    fn parse_fields(block: &Block) -> Result<Self, &'static str> {
        check_sum(block)?;
        let prefix = prefix(block)?;
        let kind = kind(block[156])?;
        let size = octal(&block[124..136]).ok_or("has a size that is not an octal number")?;
        let mode = octal(&block[100..108]).ok_or("has a mode that is not an octal number")?;
        let name = full_name(prefix, terminated(&block[..100])?)?;
        let link = terminated(&block[157..257])?.to_vec();
        Ok(Self { kind, name, link, size, executable: mode & 0o100 != 0 })
    }

    /// The name for messages.
    pub(super) fn shown(&self) -> String {
        lossy(&self.name)
    }
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn check_sum(block: &Block) -> Result<(), &'static str> {
    let field = 148..156;
    let sum = |bytes: &[u8]| bytes.iter().copied().map(u64::from).sum::<u64>();
    let spaces = 8 * u64::from(b' ');
    let expected = sum(&block[..field.start]) + spaces + sum(&block[field.end..]);
    if octal(&block[field]) == Some(expected) { Ok(()) } else { Err("has a header with a wrong checksum") }
}

/// The prefix field, which only ustar has. Others must leave its bytes zero, or they would mean
/// different names to different readers.
fn prefix(block: &Block) -> Result<&[u8], &'static str> {
    let field = &block[345..500];
    let is_zero = field.iter().all(|&byte| byte == 0);
    match &block[257..265] {
        b"ustar\x0000" => match terminated(field)? {
            b"." => Err("has `.` as its prefix"),
            prefix => Ok(prefix),
        },
        b"ustar  \0" | [0, 0, 0, 0, 0, 0, 0, 0] if is_zero => Ok(b""),
        // Old GNU sparse files carry their map here; `kind` names them.
        b"ustar  \0" if block[156] == b'S' => Ok(b""),
        b"ustar  \0" | [0, 0, 0, 0, 0, 0, 0, 0] => Err("has a prefix that not every reader sees"),
        _ => Err("has a header that is not tar: its magic is unknown"),
    }
}

fn kind(flag: u8) -> Result<EntryKind, &'static str> {
    match flag {
        b'0' | 0 => Ok(EntryKind::File),
        b'1' => Ok(EntryKind::Hardlink),
        b'2' => Ok(EntryKind::Symlink),
        b'5' => Ok(EntryKind::Directory),
        b'x' => Ok(EntryKind::Extension),
        b'g' => Ok(EntryKind::GlobalExtension),
        b'L' => Ok(EntryKind::LongName),
        b'K' => Ok(EntryKind::LongLink),
        b'3' | b'4' => Err("is a device; skills hold files and directories only"),
        b'6' => Err("is a FIFO; skills hold files and directories only"),
        b'7' => Err("is a contiguous file, which readers disagree about"),
        b'S' => Err("is a sparse file; store it whole"),
        b'D' | b'M' | b'N' | b'V' => Err("is of a type that only GNU tar knows"),
        _ => Err("is of an unknown type"),
    }
}

fn full_name(prefix: &[u8], name: &[u8]) -> Result<Vec<u8>, &'static str> {
    match (prefix, name) {
        (b"", name) => Ok(name.to_vec()),
        (_, b"") => Err("has a prefix but no name"),
        (prefix, name) => Ok([prefix, b"/", name].concat()),
    }
}

/// The text of a field up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or(b"")
}

/// As [`text`], with nothing hidden behind the NUL.
fn terminated(field: &[u8]) -> Result<&[u8], &'static str> {
    let text = text(field);
    let is_clean = field[text.len()..].iter().all(|&byte| byte == 0);
    if is_clean { Ok(text) } else { Err("has bytes after the end of its name") }
}

/// An octal number: spaces, at least one digit, then spaces or NULs. GNU's binary numbers are for
/// sizes beyond every limit and are no numbers here.
fn octal(field: &[u8]) -> Option<u64> {
    let end = field.iter().rposition(|byte| !b"\0 ".contains(byte))? + 1;
    let digits = field[..end].trim_ascii_start();
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_numbers_are_read_as_everybody_does() {
        let cases: [(&[u8], Option<u64>); 10] = [
            (b"00000000005\0", Some(5)),
            (b"00000000005 ", Some(5)),
            (b"  644 \0", Some(0o644)),
            (b"777777777777", Some(0o777_777_777_777)),
            (b"\0\0\0\0", None),
            (b"    ", None),
            (b"12 34\0", None),
            (b"-1\0", None),
            (b"8\0", None),
            (b"\x80\0\0\0\0\0\0\0\0\0\0\x05", None),
        ];
        for (field, expected) in cases {
            assert_eq!(octal(field), expected, "{field:?}");
        }
    }
}
