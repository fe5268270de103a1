//! Writes the tar of a tree, so that its bytes depend on names, contents and executable bits only.
//!
//! Order: bytewise by path, directories stored as `name/`, each before what is in it. Headers are
//! ustar without prefix; a PAX `path` record stands in front exactly when the name is over 100
//! bytes or not ASCII. Owners are 0 without names, times are 0, modes 0755 or 0644. (The `tar`
//! crate writes GNU long names and other times, so headers are made here.)

use std::io::{self, Read, Write};

use super::Error;
use super::header::{BLOCK, Block};
use crate::skill::tree::new_ancestors;
use crate::skill::{File, Tree};

const NAME_LENGTH: usize = 100;
const BUFFER: usize = 64 << 10;

pub(super) fn write(tree: &Tree, to: &mut dyn Write) -> Result<(), Error> {
    let mut buffer = vec![0; BUFFER];
    let mut before = "";
    for file in tree.files() {
        for directory in new_ancestors(before, &file.path) {
            write_header(to, &format!("{directory}/"), b'5', 0o755, 0)?;
        }
        let mode = if file.executable { 0o755 } else { 0o644 };
        write_header(to, file.path.as_str(), b'0', mode, file.size)?;
        write_content(to, file, &mut buffer)?;
        before = file.path.as_str();
    }
    to.write_all(&[0; 2 * BLOCK]).map_err(Error::Write)
}

fn write_header(to: &mut dyn Write, name: &str, kind: u8, mode: u64, size: u64) -> Result<(), Error> {
    let write = |to: &mut dyn Write| {
        if name.len() > NAME_LENGTH || !name.is_ascii() {
            let record = pax_record("path", name);
            to.write_all(&header("PaxHeader", b'x', 0o644, record.len() as u64))?;
            to.write_all(record.as_bytes())?;
            write_padding(to, record.len() as u64)?;
        }
        to.write_all(&header(name, kind, mode, size))
    };
    write(to).map_err(Error::Write)
}

/// Writes exactly as many bytes as the header says, or fails.
fn write_content(to: &mut dyn Write, file: &File, buffer: &mut [u8]) -> Result<(), Error> {
    let failed = |source| Error::File { path: file.path.to_string(), source };
    let mut content = file.open().map_err(failed)?.take(file.size.saturating_add(1));
    let mut left = file.size;
    loop {
        let count = read_some(&mut content, buffer).map_err(failed)?;
        match (count, left.checked_sub(count as u64)) {
            (0, Some(0)) => break,
            (0, _) | (_, None) => return Err(Error::Changed(file.path.to_string())),
            (_, Some(rest)) => left = rest,
        }
        to.write_all(&buffer[..count]).map_err(Error::Write)?;
    }
    write_padding(to, file.size).map_err(Error::Write)
}

fn read_some(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn write_padding(to: &mut dyn Write, size: u64) -> io::Result<()> {
    let used = usize::try_from(size % BLOCK as u64).expect("less than a block");
    if used == 0 { Ok(()) } else { to.write_all(&[0; BLOCK][used..]) }
}

/// A ustar header. Of a name that has a PAX record, what fits stands here, non-ASCII as `?`.
pub(super) fn header(name: &str, kind: u8, mode: u64, size: u64) -> Block {
    let mut block = [0; BLOCK];
    let ascii = name.chars().map(|char| u8::try_from(char).ok().filter(u8::is_ascii).unwrap_or(b'?'));
    block[..NAME_LENGTH].iter_mut().zip(ascii).for_each(|(place, byte)| *place = byte);
    put_octal(&mut block[100..108], mode);
    put_octal(&mut block[108..116], 0);
    put_octal(&mut block[116..124], 0);
    put_octal(&mut block[124..136], size);
    put_octal(&mut block[136..148], 0);
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    put_octal(&mut block[329..337], 0);
    put_octal(&mut block[337..345], 0);
    put_sum(&mut block);
    block
}

/// Digits in the whole field but its last byte, which stays NUL.
fn put_octal(field: &mut [u8], number: u64) {
    let width = field.len() - 1;
    let digits = format!("{number:0width$o}");
    field[..width].copy_from_slice(digits.as_bytes());
}

/// Six digits, NUL, space, as every tar has it.
pub(super) fn put_sum(block: &mut Block) {
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().copied().map(u64::from).sum();
    put_octal(&mut block[148..155], sum);
}

/// A record with its own length in front, the digits of that length included.
pub(super) fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length.to_string().len() + rest.len() != length {
        length = length.to_string().len() + rest.len();
    }
    format!("{length}{rest}")
}
