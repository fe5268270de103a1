//! Several file operations that leave, after a crash, all of their work or none.

use std::io::{self, Read};
use std::path::Path;

use super::{Fs, LockMode};

/// Makes a directory and its parents where they are missing, so that they survive a crash.
pub fn create_dir_durably(fs: &dyn Fs, directory: &Path) -> io::Result<()> {
    let is_missing = |path: &&Path| {
        !path.as_os_str().is_empty() && matches!(fs.status(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
    };
    let missing: Vec<&Path> = directory.ancestors().take_while(is_missing).collect();
    fs.create_dir(directory)?;
    missing.iter().rev().try_for_each(|path| fs.sync_dir(parent(path)))
}

/// Makes or replaces a file: whole or not at all, and so that it survives a crash. Until then its
/// content has a hidden name beside it; what an interrupted run left there goes.
pub fn write_durably(fs: &dyn Fs, path: &Path, content: &mut dyn Read) -> io::Result<()> {
    let directory = parent(path);
    let _alone = fs.lock_dir(directory, LockMode::Exclusive)?;
    let temp = directory.join(format!(".{}.skillctl", path.file_name().unwrap_or_default().to_string_lossy()));
    match fs.remove_file(&temp) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = fs
        .write_new(&temp, 0o644, content)
        .and_then(|_| fs.sync(std::slice::from_ref(&temp)))
        .and_then(|()| fs.rename(&temp, path));
    if written.is_err() {
        // The error to report is the one above.
        let _ = fs.remove_file(&temp);
    }
    written?;
    fs.sync_dir(directory)
}

/// The directory that `path` is in, as it can be opened: `.` for a bare name.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}
