//! What a test needs beyond Rust: a program that is found, missed aloud, or required.
//!
//! A test without its program passes after one line on stderr, for each program and test binary.
//! Where the variable `MAILMETHOD_REQUIRE` names what is missing (`postgres,chromium,smtp-sink`), the
//! test fails instead: so a machine that should have it all cannot skip in silence.

#![expect(clippy::expect_used, reason = "a helper of a test fails like the test")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The first of the programs that is in `PATH` or in one of the folders; `None` once it was said
/// that the tests of `what` are skipped.
///
/// # Panics
/// If there is none, and `what` is required.
#[track_caller]
pub(crate) fn program(what: &str, programs: &[&str], folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all: Vec<PathBuf> = std::env::split_paths(&path).chain(folders.iter().cloned()).collect();
    let candidates = programs.iter().flat_map(|name| all.iter().map(move |at| at.join(name)));
    let found = candidates.into_iter().find(|candidate| is_program(candidate));
    if found.is_none() {
        missed(what, &format!("there is no {} in PATH", programs.join(" or ")));
    }
    found
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[track_caller]
fn missed(what: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let required = std::env::var("MAILMETHOD_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|name| name.trim() == what);
    assert!(!required, "{what} is required by MAILMETHOD_REQUIRE, but {why}");
    if SAID.lock().is_ok_and(|mut said| said.insert(what.to_owned())) {
        let line = format!("skipped: what needs {what}, because {why}\n");
        // Written to the stream itself, which the harness of tests does not capture.
        std::io::stderr().write_all(line.as_bytes()).expect("stderr can be written");
    }
}
