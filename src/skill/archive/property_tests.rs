//! What holds for all trees and all bytes.

use proptest::prelude::*;

use super::header::BLOCK;
use super::tar_write::put_sum;
use super::testing::{BOTH, gzip, read_bytes};
use super::{read, tar_of, write};
use crate::skill::{File, Limits, SkillPath, Tree};

/// Trees of up to eight small files.
fn trees() -> impl Strategy<Value = Tree> {
    let file = ("[a-cé]{1,3}(/[a-c]{1,60}){0,3}", any::<bool>(), proptest::collection::vec(any::<u8>(), 0..1500));
    proptest::collection::vec(file, 0..8).prop_map(|files| {
        let mut tree = Tree::default();
        for (path, executable, content) in files {
            let file = File::of_bytes(path.parse::<SkillPath>().unwrap(), content.into());
            // Names that do not get along with earlier ones are not of interest here.
            let _ = tree.insert(File { executable, ..file });
        }
        tree
    })
}

fn summary(tree: &Tree) -> Vec<(SkillPath, bool, bytes::Bytes)> {
    tree.files().iter().map(|file| (file.path.clone(), file.executable, file.read(1 << 20).unwrap())).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(tree in trees()) {
        let packed = write(&tree, &Limits::default()).unwrap();
        for mode in BOTH {
            let unpacked = read(&packed.content, &Limits::default(), mode).unwrap();
            prop_assert_eq!(summary(&unpacked.tree), summary(&tree));
            prop_assert_eq!(&unpacked.diff_id, &packed.diff_id);
        }
    }

    #[test]
    fn changed_archives_neither_panic_nor_escape(
        tree in trees(),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6),
        sums in any::<bool>(),
    ) {
        let mut tar = tar_of(&tree);
        for (at, byte) in changes {
            let at = at % tar.len();
            tar[at] = byte;
            if sums {
                let block = at / BLOCK * BLOCK;
                put_sum((&mut tar[block..block + BLOCK]).try_into().unwrap());
            }
        }
        for (mode, bytes) in [(BOTH[0], tar.clone()), (BOTH[1], tar.clone()), (BOTH[1], gzip(&tar))] {
            if let Ok(unpacked) = read_bytes(&bytes, mode) {
                for file in unpacked.tree.files() {
                    prop_assert!(file.path.as_str().parse::<SkillPath>().is_ok());
                    prop_assert_eq!(file.read(1 << 20).unwrap().len() as u64, file.size);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..3000), gzipped in any::<bool>()) {
        if gzipped && bytes.len() > 3 {
            bytes[..3].copy_from_slice(&[0x1f, 0x8b, 8]);
        }
        for mode in BOTH {
            let _ = read_bytes(&bytes, mode);
        }
    }
}
