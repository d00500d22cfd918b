//! The numbered cases that this crate was asked to hold, and that each has a test that is named so:
//! `grep -rn 'fn .*t42_' tests` finds case T42.
//!
//! T are what the tests of Zope's mail and transaction packages pin, B what was found broken there,
//! L the faults of lettre's transport, G the goals of the queue.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Definitions, calls and messages; the adapter and its faults; transactions; queue and mailer.
const CASES: [&str; 69] = [
    "t01", "t02", "t03", "t04", "t05", "t06", "t07", "t08", "t09", "t11", "t12", "t14", "t20",
    "t21", "t22", "t23", "t25", "t27", "t28", "t29", "t30", "t31", "t34", "t35",
    "t37", // T39 on
    "t39", "t40", "t41", "t42", "t44", "t49", "t50", "t51", "t52", "t53", "t56",
    "t58", // T76 on
    "t76", "t77", "t78", "t80", "t81", "b1", "b2", "b5", "b6", "b7", "b9", "b10", "l1", "l2", "l3",
    "l4", "l5", "l6", "l7", "l8", // The queue
    "t45", "t64", "t65", "t66", "t67", "t68", "t69", "t71", "t75", "b8", "b11", "b12",
];

/// The goals of the queue that tests hold, scaled to seconds or in full.
const GOALS: [&str; 14] =
    ["g3", "g4", "g5", "g6", "g7", "g8", "g9", "g10", "g11", "g13", "g15", "g18", "g19", "g20"];

/// The cases with which the name of a test begins.
fn cases(name: &str) -> impl Iterator<Item = &str> {
    let is_case = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|kind| "tblg".contains(kind))
            && !letters.as_str().is_empty()
            && letters.all(|c| c.is_ascii_digit())
    };
    name.split('_').take_while(move |word| is_case(word) || *word == "and").filter(|w| *w != "and")
}

/// The functions of a file that stand behind a `#[test]`, or in a list of those that run on both
/// stores.
fn tests_of(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_test, mut is_list) = (false, false);
    text.lines().filter_map(move |whole| {
        let line = whole.trim();
        is_list = line == "on_both! {" || (is_list && whole != "}");
        if is_list && line.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Some(line);
        }
        if let Some((name, _)) = line.split_once(": |shop| {").filter(|_| is_list) {
            return Some(name);
        }
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let (_, name) = line.split_once("fn ").filter(|_| is_test)?;
        is_test = false;
        name.split(['(', '<']).next()
    })
}

/// The files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_case_is_a_test_that_is_named_so() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut held = BTreeSet::new();
    for file in files(&folder) {
        if file.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(file).unwrap();
            held.extend(tests_of(&text).flat_map(cases).map(str::to_owned));
        }
    }
    let listed: Vec<&str> = CASES.into_iter().chain(GOALS).collect();
    let missing: Vec<&&str> = listed.iter().filter(|case| !held.contains(**case)).collect();
    assert!(missing.is_empty(), "no test is named after {missing:?}");
    let unknown: Vec<&String> = held.iter().filter(|case| !listed.contains(&&***case)).collect();
    assert!(unknown.is_empty(), "{unknown:?} are not in the list of cases");
}
