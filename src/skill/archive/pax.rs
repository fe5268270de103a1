//! PAX extended headers: records of `LENGTH KEY=VALUE` that change how an entry is read.
//!
//! Only `path`, `linkpath` and `size` have an effect. Keys that everybody ignores when unpacking
//! are ignored; all others are refused, because readers disagree about them.

use std::collections::BTreeSet;

use super::Mode;
use super::header::BLOCK;

/// The records that have an effect.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) linkpath: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

/// For which entries an extended header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Next,
    AllLater,
}

/// Keys without an effect on names and contents, as whole words or, with a dot, as beginnings.
const IGNORED: [&str; 20] = [
    "atime",
    "charset",
    "comment",
    "ctime",
    "gid",
    "gname",
    "mtime",
    "uid",
    "uname",
    "LIBARCHIVE.",
    "MSWINDOWS.",
    "RHT.",
    "SCHILY.acl.",
    "SCHILY.dev",
    "SCHILY.devmajor",
    "SCHILY.devminor",
    "SCHILY.fflags",
    "SCHILY.ino",
    "SCHILY.nlink",
    "SCHILY.xattr.",
];

/// Reads the records of one extended header; an error is the rule that is broken.
pub(super) fn parse(data: &[u8], scope: Scope, mode: Mode) -> Result<Records, String> {
    let mut records = Records::default();
    let mut keys = BTreeSet::new();
    let mut start = 0;
    while start < data.len() {
        let (length, key, value) = record(&data[start..])?;
        if !keys.insert(key) {
            return Err(format!("has the PAX record `{key}` twice"));
        }
        if mode == Mode::Strict && is_split(start, length) {
            return Err(format!("has a PAX record `{key}` across two blocks, which some readers lose"));
        }
        records.take(key, value, scope)?;
        start += length;
    }
    Ok(records)
}

/// The length of the record at the start of `data`, its key and its value.
fn record(data: &[u8]) -> Result<(usize, &str, &[u8]), String> {
    let malformed = || "has a malformed PAX record".to_owned();
    let space = data.iter().take(8).position(|&byte| byte == b' ').ok_or_else(malformed)?;
    let length = decimal(&data[..space]).and_then(|length| usize::try_from(length).ok()).ok_or_else(malformed)?;
    let body = data.get(space + 1..length).and_then(|body| body.strip_suffix(b"\n")).ok_or_else(malformed)?;
    let equals = body.iter().position(|&byte| byte == b'=').ok_or_else(malformed)?;
    let key = std::str::from_utf8(&body[..equals]).map_err(|_| malformed())?;
    if key.is_empty() || key.contains(char::is_control) {
        return Err(malformed());
    }
    Ok((length, key, &body[equals + 1..]))
}

/// A decimal number without sign or leading zero.
fn decimal(digits: &[u8]) -> Option<u64> {
    let is_plain = digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || !digits.starts_with(b"0"));
    std::str::from_utf8(digits).ok().filter(|_| is_plain)?.parse().ok()
}

/// Whether a record that would fit into one block lies in two: readers that work block by block
/// lose it. The first record of a header may be as long as it needs.
fn is_split(start: usize, length: usize) -> bool {
    start > 0 && start / BLOCK != (start + length - 1) / BLOCK
}

impl Records {
    fn take(&mut self, key: &str, value: &[u8], scope: Scope) -> Result<(), String> {
        let has_effect = matches!(key, "path" | "linkpath" | "size" | "hdrcharset");
        if has_effect && scope == Scope::AllLater {
            return Err(format!("is a global PAX header with `{key}`"));
        }
        match key {
            "path" => self.path = Some(not_empty(key, value)?),
            "linkpath" => self.linkpath = Some(not_empty(key, value)?),
            "size" => self.size = Some(decimal(value).ok_or("has a PAX size that is not a number")?),
            "hdrcharset" if value == b"ISO-IR 10646 2000 UTF-8" => {}
            "hdrcharset" => return Err("has a PAX `hdrcharset` other than UTF-8".to_owned()),
            _ if key.contains(".sparse.") || key == "SCHILY.realsize" => {
                return Err("is a sparse file; store it whole".to_owned());
            }
            _ if is_ignored(key) => {}
            _ => return Err(format!("has the unknown PAX record `{key}`")),
        }
        Ok(())
    }
}

fn is_ignored(key: &str) -> bool {
    IGNORED.iter().any(|known| key == *known || known.ends_with('.') && key.starts_with(known))
}

fn not_empty(key: &str, value: &[u8]) -> Result<Vec<u8>, String> {
    if value.is_empty() { Err(format!("has an empty PAX `{key}`")) } else { Ok(value.to_vec()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(data: &[u8]) -> Option<String> {
        parse(data, Scope::Next, Mode::Strict).err()
    }

    #[test]
    fn records_with_an_effect_are_read() {
        let data = b"12 path=a/b\n14 linkpath=x\n9 size=5\n11 mtime=0\n";
        let records = parse(data, Scope::Next, Mode::Strict).unwrap();
        assert_eq!(records.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(records.linkpath.as_deref(), Some(&b"x"[..]));
        assert_eq!(records.size, Some(5));
    }

    #[test]
    fn malformed_records_are_refused() {
        let cases: [&[u8]; 12] = [
            b"22 path=x\n",
            b"7 path\n",
            b"07 a=b\n",
            b"+7 a=b\n",
            b" 7 a=b\n",
            b"6 a=b",
            b"0 a=b\n",
            b"3 \n",
            b"6 =xx\n",
            b"8 a\0=xx\n",
            b"99999999999999999999 a=b\n",
            b"8 \xff\xff=x\n",
        ];
        for data in cases {
            assert!(refusal(data).is_some_and(|rule| rule.contains("malformed")), "{data:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(data in "[0-9a-z =\n\0\u{e9}]{0,60}") {
            for mode in [Mode::Strict, Mode::Tolerant] {
                let _ = parse(data.as_bytes(), Scope::Next, mode);
            }
        }
    }
}
