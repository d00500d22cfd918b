//! A folder of broken methods: every finding of it, as a user reads it, is in one golden.
//!
//! `MAILMETHOD_GOLDEN=accept cargo test --test broken` writes `tests/broken/expected.txt`.

#![cfg(feature = "testing")]

use std::fmt::Write as _;
use std::{env, fs};

use mailmethod::MailMethods;
use mailmethod::message::Limits;
use mailmethod::render::{self, Settings};
use mailmethod::source::Severity;

const FOLDER: &str = "tests/broken/templates";
const GOLDEN: &str = "tests/broken/expected.txt";

fn inspected() -> MailMethods {
    // Few steps, so that the endless template ends soon in a build without optimisation.
    let limits = render::Limits { fuel: 20_000, ..render::Limits::default() };
    MailMethods::inspect(FOLDER, Settings { limits, ..Settings::default() }, Limits::default())
}

/// The lines that differ, with two equal ones around them.
fn difference(expected: &str, found: &str) -> String {
    let diff = similar::TextDiff::from_lines(expected, found);
    diff.unified_diff().context_radius(2).header("expected", "found").to_string()
}

#[test]
fn every_finding_says_where_what_and_how_to_mend_it() {
    let methods = inspected();
    let report = methods.check(&[]).unwrap();
    let mut found = String::new();
    for finding in &report.findings {
        writeln!(found, "{finding}\n").unwrap();
    }
    writeln!(found, "{} methods, {} previews", report.methods, report.previews).unwrap();
    if env::var("MAILMETHOD_GOLDEN").as_deref() == Ok("accept") {
        fs::write(GOLDEN, &found).unwrap();
        return;
    }
    let expected = fs::read_to_string(GOLDEN).unwrap_or_default();
    if expected != found {
        let accept = "MAILMETHOD_GOLDEN=accept cargo test --test broken";
        panic!(
            "the findings changed; if that is right: {accept}\n\n{}",
            difference(&expected, &found)
        );
    }
}

#[test]
fn a_check_repeats_what_loading_found() {
    let methods = inspected();
    let report = methods.check(&[]).unwrap();
    assert!(report.findings.starts_with(methods.findings()));
    let errors = methods.findings().iter().filter(|f| f.severity == Severity::Error).count();
    let error = MailMethods::load(FOLDER).unwrap_err();
    assert_eq!(error.findings, methods.findings());
    assert_eq!(error.to_string().matches("error[").count(), errors);
    assert!(errors > 100, "{errors}");
}

#[test]
fn every_finding_is_in_a_file_and_most_are_at_a_word() {
    let methods = inspected();
    let report = methods.check(&[]).unwrap();
    for finding in &report.findings {
        let location = finding.location.as_ref().unwrap_or_else(|| panic!("no place:\n{finding}"));
        assert!(location.file.starts_with(FOLDER), "{finding}");
        assert!(!finding.message.contains('\n') && !finding.message.is_empty(), "{finding}");
    }
}
