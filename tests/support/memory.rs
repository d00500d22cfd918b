//! Where tests put what they throw away: in memory, where that has room.

#![allow(
    dead_code,
    clippy::duplicate_mod,
    reason = "each test binary uses what it needs, and several of its helpers use this"
)]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A folder for folders: in memory where that has a gigabyte to spare, since no machine loses its
/// power in a test, and a disk takes longer to make and to delete files than what is tested takes.
pub(crate) fn place() -> &'static Path {
    static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = PathBuf::from("/dev/shm");
        let roomy = free_kilobytes(&memory).is_some_and(|kilobytes| kilobytes > 1_000_000);
        if roomy { memory } else { std::env::temp_dir() }
    });
    &PLACE
}

fn free_kilobytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let table = String::from_utf8(output.stdout).ok()?;
    table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// A folder that goes with this value.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(place()).unwrap()
}
