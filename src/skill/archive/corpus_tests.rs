//! Archives that others collected, judged. The data is not part of the repository: `SKILLCTL_CORPUS`
//! names a directory that holds it, and without the variable there is nothing to judge. What the
//! rules refuse is also shown by archives of our own, in `read_tests`.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::{Crc, Decompress, FlushDecompress};

use super::{Mode, read};
use crate::fs::RealFs;
use crate::skill::Limits;
use crate::skill::dir::{self, Existing};
use crate::spool::Spooled;

/// What strict mode does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Read,
    Refused,
}
use Verdict::{Read, Refused};

/// Files whose folder does not decide, or where our rules differ from the collection's on purpose.
const DECIDED: [(&str, Verdict, &str); 20] = [
    ("accept/symlink.tar", Refused, "a skill has no links, and this one dangles"),
    ("malicious/pax_dotslash_path.tar", Read, "`./` in front is what `tar -C dir .` writes; it is taken off"),
    ("iffy/backslash_name.tar", Refused, "a backslash separates segments on Windows"),
    ("iffy/empty_name.tar", Refused, "an entry has a name"),
    ("iffy/gnu_magic.tar", Read, "GNU tar's default; the same to everybody while its prefix bytes are zero"),
    ("iffy/name_no_nul.tar", Read, "a name of exactly 100 bytes has no NUL"),
    ("iffy/no_magic.tar", Read, "old tars have no magic; the same to everybody while the prefix bytes are zero"),
    ("iffy/pax_empty_path.tar", Refused, "some readers delete the name, others keep the header's"),
    ("iffy/pax_path_nonzero_fixed.tar", Read, "a PAX path over a header's name is how PAX works"),
    ("iffy/pax_path_second_block.tar", Refused, "no key comes twice, and `comment` does"),
    ("iffy/pax_record_leading_zero_length.tar", Refused, "a length has no leading zero"),
    ("iffy/pax_sparse_basic.tar", Refused, "sparse files are stored whole"),
    ("iffy/pax_utf16_hdrcharset_UTF16.tar", Refused, "names are UTF-8"),
    ("iffy/pax_utf16_hdrcharset_utf16.tar", Refused, "names are UTF-8"),
    ("iffy/pax_utf16_name.tar", Refused, "a name has no NUL"),
    ("iffy/regular_nul.tar", Read, "old tars mark files with NUL"),
    ("iffy/sparse_no_chunks_nonzero.tar", Refused, "sparse files are stored whole"),
    ("iffy/sparse_no_chunks_zero.tar", Refused, "sparse files are stored whole"),
    ("iffy/sparse_zero_chunk.tar", Refused, "sparse files are stored whole"),
    ("iffy/unknown_A", Refused, "an unknown type has an unknown meaning"),
];

fn corpus() -> Option<PathBuf> {
    std::env::var_os("SKILLCTL_CORPUS").map(PathBuf::from)
}

/// The files of a collection with the name `folder/file`.
fn collected(collection: &Path, end: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in ["accept", "iffy", "malicious", "reject"] {
        for entry in fs::read_dir(collection.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(end) {
                let bytes = fs::read(collection.join(folder).join(&name)).unwrap();
                found.push((format!("{folder}/{name}"), bytes));
            }
        }
    }
    found.sort();
    found
}

fn expected(name: &str) -> Verdict {
    let decided = DECIDED.iter().find(|(known, ..)| name.starts_with(known));
    match decided {
        Some((_, verdict, _)) => *verdict,
        None if name.starts_with("accept/") => Read,
        None => {
            assert!(!name.starts_with("iffy/"), "{name} is not decided");
            Refused
        }
    }
}

#[test]
fn strict_mode_judges_the_collection_as_decided() {
    let Some(corpus) = corpus() else { return };
    let tars = collected(&corpus.join("malo/tar"), ".tar");
    assert!(tars.len() > 90, "only {} archives", tars.len());
    let mut wrong = Vec::new();
    for (name, bytes) in tars {
        let result = read(&Spooled::from(bytes::Bytes::from(bytes)), &Limits::default(), Mode::Strict);
        let verdict = if result.is_ok() { Read } else { Refused };
        if verdict != expected(&name) {
            wrong.push((name, result.map(|unpacked| unpacked.tree).map_err(|error| error.to_string())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tolerant_mode_writes_nothing_outside() {
    let Some(corpus) = corpus() else { return };
    let mut written = 0;
    for (name, bytes) in collected(&corpus.join("malo/tar"), ".tar") {
        let Ok(unpacked) = read(&Spooled::from(bytes::Bytes::from(bytes)), &Limits::default(), Mode::Tolerant) else {
            continue;
        };
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("a/b/c/target");
        dir::write(&RealFs, &unpacked.tree, &target, Existing::Refuse).unwrap();
        for parent in target.ancestors().skip(1).take(4) {
            assert_eq!(fs::read_dir(parent).unwrap().count(), 1, "{name}");
        }
        written += 1;
    }
    assert!(written > 10, "only {written} archives were read");
}

/// The deflate stream as the one gzip member that it would be if its output were right.
fn gzip_of(deflate: &[u8]) -> Vec<u8> {
    let mut output = vec![0; 1 << 20];
    let mut decoder = Decompress::new(false);
    let _ = decoder.decompress(deflate, &mut output, FlushDecompress::Finish);
    output.truncate(usize::try_from(decoder.total_out()).unwrap());
    let mut crc = Crc::new();
    crc.update(&output);
    [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], deflate, &crc.sum().to_le_bytes(), &crc.amount().to_le_bytes()].concat()
}

/// The streams do not hold tars: what is judged is whether decompression is what fails.
#[test]
fn broken_deflate_streams_are_refused() {
    let Some(corpus) = corpus() else { return };
    let mut judged = 0;
    for (name, bytes) in collected(&corpus.join("malo/deflate"), ".deflate") {
        let archive = Spooled::from(bytes::Bytes::from(gzip_of(&bytes)));
        let source = super::source::drain(&archive, &Limits::default());
        let is_read = source.is_ok();
        let should = name.starts_with("accept/") || name == "iffy/nonzero_padding.deflate";
        assert_eq!(is_read, should, "{name}: {source:?}");
        judged += 1;
    }
    assert!(judged > 20, "only {judged} streams");
}
