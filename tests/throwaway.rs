//! The throwaway servers of tests: they leave nothing behind, however the tests end, and a test
//! that does without one says so.
//!
//! Some of these tests run this binary once more, with one of its tests alone as the child.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "support/guard.rs"]
mod guard;
#[path = "support/require.rs"]
mod require;

use guard::{Guard, Recipe};

/// Tells the tests that are children to do their part.
const CHILD: &str = "MAILMETHOD_TEST_CHILD";

/// A server that writes down its process, and ends by TERM alone.
fn sleeper() -> Guard {
    let recipe = Recipe {
        name: "sleeper",
        programs: Path::new("/bin"),
        first: r#"echo first >"$FOLDER/first""#,
        server: r#"sh -c 'echo $$ >"$FOLDER/new" && mv "$FOLDER/new" "$FOLDER/pid" && exec sleep 600'"#,
        signal: "TERM",
        users: &["nobody"],
    };
    let guard = Guard::start(&recipe).unwrap();
    guard.wait(|guard| guard.folder().join("pid").exists()).unwrap();
    guard
}

/// Whether the process still runs, as `kill -0` tells.
fn runs(pid: &str) -> bool {
    Command::new("sh").args(["-c", "kill -0 $0 2>&1", pid]).output().unwrap().status.success()
}

fn pid(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("pid")).unwrap().trim().to_owned()
}

fn child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env(CHILD, "1").env_remove("MAILMETHOD_REQUIRE");
    command
}

#[test]
fn a_dropped_server_is_stopped_and_its_folder_deleted() {
    let guard = sleeper();
    let (folder, pid) = (guard.folder().to_owned(), pid(guard.folder()));
    assert!(runs(&pid) && folder.join("first").exists());
    drop(guard);
    assert!(!runs(&pid) && !folder.exists());
}

#[test]
fn a_test_binary_that_is_killed_leaves_no_process_and_no_folder() {
    let mut command = child("child_that_starts_a_server_and_waits");
    let mut child = command.arg("--nocapture").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut folders = lines
        .map_while(Result::ok)
        .filter_map(|line| line.split_once("folder ").map(|(_, folder)| PathBuf::from(folder)));
    let folder = folders.next().unwrap();
    let pid = pid(&folder);
    assert!(runs(&pid));
    child.kill().unwrap();
    child.wait().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while folder.exists() || runs(&pid) {
        assert!(Instant::now() < end, "{} or its process {pid} is left", folder.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn child_that_starts_a_server_and_waits() {
    if std::env::var_os(CHILD).is_some() {
        let guard = sleeper();
        println!("folder {}", guard.folder().display());
        // Its parent never closes this, but kills.
        std::thread::sleep(Duration::from_secs(600));
        drop(guard);
    }
}

#[test]
fn a_server_that_is_dropped_before_it_is_ready_is_stopped_too() {
    let recipe = Recipe {
        name: "deaf",
        programs: Path::new("/bin"),
        first: "true",
        server: r#"sh -c 'trap "" TERM; echo $$ >"$FOLDER/pid"; sleep 0.3; trap - TERM; exec sleep 600'"#,
        signal: "TERM",
        users: &["nobody"],
    };
    let guard = Guard::start(&recipe).unwrap();
    guard.wait(|guard| guard.folder().join("pid").exists()).unwrap();
    let (folder, pid) = (guard.folder().to_owned(), pid(guard.folder()));
    drop(guard);
    assert!(!runs(&pid) && !folder.exists());
}

#[test]
fn a_server_that_fails_at_once_tells_its_log() {
    let recipe = Recipe {
        name: "failing",
        programs: Path::new("/bin"),
        first: "echo 'cook: error: no salt' >&2; false",
        server: "sleep 600",
        signal: "TERM",
        users: &["nobody"],
    };
    let guard = Guard::start(&recipe).unwrap();
    assert_eq!(guard.wait(|_guard| false).unwrap_err(), "cook: error: no salt\n");
}

#[test]
fn a_missing_program_is_told_once_past_the_capture_and_fails_only_where_it_is_required() {
    let test = "child_that_needs_what_is_not_there";
    let mut passed = child(test).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    passed.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(passed.wait().unwrap().success());
    assert_eq!(told, "skipped: what needs salt, because there is no salt or pepper in PATH\n");

    let others = child(test).env("MAILMETHOD_REQUIRE", "saltpetre,postgres").output().unwrap();
    assert!(others.status.success());
    let required = child(test).env("MAILMETHOD_REQUIRE", "postgres, salt").output().unwrap();
    assert!(!required.status.success());
    let output = String::from_utf8(required.stdout).unwrap();
    assert!(output.contains("salt is required by MAILMETHOD_REQUIRE, but there is no salt or"));
}

#[test]
fn child_that_needs_what_is_not_there() {
    if std::env::var_os(CHILD).is_some() {
        for _ in 0..2 {
            assert!(require::program("salt", &["salt", "pepper"], &["/".into()]).is_none());
        }
    }
}
