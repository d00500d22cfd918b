//! The one-line test: it compares, or accepts if it is told to, and fails with all diffs.

use std::path::Path;

use super::{Golden, GoldenReport};
use crate::host::{DEFAULT_FILE, Settings, Variables};
use crate::method::MailMethods;
use crate::testing::failure::fail;

/// Compares every method × sample × locale with the goldens of a folder.
///
/// Both folders are relative to the current one, which is the package's in `cargo test`; a
/// `mailmethod.yaml` there sets base URL, time zone, locale and limits, as it does for the
/// program. With the variable `MAILMETHOD_GOLDEN=accept` it writes the goldens instead, except
/// where `CI` is set: there nobody looks at them.
///
/// # Panics
///
/// If a golden is missing, differs or is stale, if a method does not load or a sample does not
/// render, or if the goldens cannot be written. The text has each diff and the command that
/// accepts them.
///
/// # Examples
///
/// ```no_run
/// #[test]
/// fn every_mail_is_as_it_was_reviewed() {
///     mailmethod::testing::golden("templates", "tests/golden");
/// }
/// ```
#[track_caller]
pub fn golden(templates: impl AsRef<Path>, dir: impl AsRef<Path>) {
    let variables = |name: &str| std::env::var(name).ok();
    if let Err(failure) = run(templates.as_ref(), dir.as_ref(), &variables) {
        fail(&failure);
    }
}

/// Compares or accepts, as the variables say; gives the text of the failure.
fn run(templates: &Path, dir: &Path, variables: Variables<'_>) -> Result<(), String> {
    let settings =
        Settings::read_with(DEFAULT_FILE, variables).map_err(|findings| findings.to_string())?;
    let methods = MailMethods::inspect(templates, settings.rendering, settings.limits);
    let golden = Golden::new(&methods, dir);
    let set = |name| variables(name).filter(|value| !value.is_empty());
    match set("MAILMETHOD_GOLDEN").as_deref() {
        None | Some("check") => {
            let report = golden.check();
            if report.findings.is_empty() { Ok(()) } else { Err(failure(templates, dir, &report)) }
        }
        Some("accept") if set("CI").is_some_and(|value| value != "false") => {
            Err("MAILMETHOD_GOLDEN=accept is refused because the variable CI is set: goldens are \
             accepted by a person who reads the diff, and committed"
                .to_owned())
        }
        Some("accept") => {
            let accepted = golden
                .accept()
                .map_err(|error| format!("the goldens cannot be accepted: {error}"))?;
            if accepted.findings.is_empty() {
                return Ok(());
            }
            let shown: Vec<String> = accepted.findings.iter().map(ToString::to_string).collect();
            Err(format!("not everything can be accepted:\n\n{}", shown.join("\n\n")))
        }
        Some(other) => {
            Err(format!("MAILMETHOD_GOLDEN is {other:?}: write `accept`, or leave it unset"))
        }
    }
}

/// All that was found, and once how to accept it.
fn failure(templates: &Path, dir: &Path, report: &GoldenReport) -> String {
    let count = |code: &str| report.findings.iter().filter(|finding| finding.code == code).count();
    let kinds = [
        (count("golden-changed"), "changed"),
        (count("golden-missing"), "missing"),
        (count("golden-stale"), "stale"),
    ];
    let goldens: usize = kinds.iter().map(|(count, _)| count).sum();
    let mut words: Vec<String> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    let others = report.findings.len() - goldens;
    if others > 0 {
        words.push(format!("{others} other {}", if others == 1 { "error" } else { "errors" }));
    }
    let mut text = format!(
        "the mails of {} are not as their goldens in {}: {}\n",
        templates.display(),
        dir.display(),
        words.join(", ")
    );
    for finding in &report.findings {
        let mut finding = finding.clone();
        if finding.code.starts_with("golden-") && finding.code != "golden-clash" {
            finding.help = None;
        }
        text.push_str(&format!("\n{finding}\n"));
    }
    if goldens > 0 {
        text.push_str(&format!(
            "\nIf that is meant, accept it and commit the files:\n    {}\nor\n    MAILMETHOD_GOLDEN=accept cargo test\n",
            command(templates, dir)
        ));
    }
    text
}

/// The command of the program that accepts these goldens.
fn command(templates: &Path, dir: &Path) -> String {
    let mut command = "mailmethod".to_owned();
    if templates != Path::new("templates") {
        command.push_str(&format!(" --templates {}", templates.display()));
    }
    command.push_str(" golden --accept");
    if dir != Path::new(super::DEFAULT_DIR) {
        command.push_str(&format!(" --dir {}", dir.display()));
    }
    command
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::run;

    /// Runs in a folder of templates with one method, with these variables.
    fn run_with(dir: &Path, variables: &[(&str, &str)]) -> Result<(), String> {
        let templates = dir.join("mails");
        std::fs::create_dir_all(&templates).unwrap();
        let method = "headers: {from: a@example.test, to: b@example.test}\ntext: Hello\nsamples: {first: {}}";
        std::fs::write(templates.join("hello.yaml"), method).unwrap();
        run(&templates, &dir.join("golden"), &|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn goldens_are_accepted_where_the_variable_says_so_and_then_they_hold() {
        let dir = tempfile::tempdir().unwrap();
        assert!(run_with(dir.path(), &[]).is_err());
        run_with(dir.path(), &[("MAILMETHOD_GOLDEN", "accept"), ("CI", "false")]).unwrap();
        run_with(dir.path(), &[("CI", "true")]).unwrap();
    }

    #[test]
    fn where_ci_is_set_nothing_is_accepted() {
        let dir = tempfile::tempdir().unwrap();
        let refused = run_with(dir.path(), &[("MAILMETHOD_GOLDEN", "accept"), ("CI", "true")]);
        assert!(refused.unwrap_err().starts_with("MAILMETHOD_GOLDEN=accept is refused because"));
        assert!(!dir.path().join("golden").exists());
    }

    #[test]
    fn another_value_of_the_variable_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let told = run_with(dir.path(), &[("MAILMETHOD_GOLDEN", "yes")]).unwrap_err();
        assert_eq!(told, "MAILMETHOD_GOLDEN is \"yes\": write `accept`, or leave it unset");
    }

    #[test]
    fn a_failure_has_every_diff_and_the_commands_that_accept_them() {
        let dir = tempfile::tempdir().unwrap();
        run_with(dir.path(), &[("MAILMETHOD_GOLDEN", "accept")]).unwrap();
        let file = dir.path().join("golden/hello/first.en.txt");
        let golden = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, golden.replace("Hello", "Hello\u{a0}you")).unwrap();
        let stale = golden.replace("sample first", "sample second");
        std::fs::write(dir.path().join("golden/hello/second.en.txt"), stale).unwrap();
        let failure = run_with(dir.path(), &[]).unwrap_err();
        assert_eq!(
            failure.replace(&dir.path().display().to_string(), "DIR"),
            "the mails of DIR/mails are not as their goldens in DIR/golden: 1 changed, 1 stale\n\n\
             error[golden-changed]: hello, sample first, locale en: the mail differs from its golden\n\
             --- accepted\n+++ rendered\n@@ -12,4 +12,4 @@\n text/plain\n \n ~~~ text/plain\n\
             -Hello\\u{a0}you\n+Hello\n  --> DIR/golden/hello/first.en.txt:15\n\n\
             error[golden-stale]: hello, sample second, locale en: there is no such mail any more\n \
             --> DIR/golden/hello/second.en.txt\n\n\
             If that is meant, accept it and commit the files:\n    \
             mailmethod --templates DIR/mails golden --accept --dir DIR/golden\nor\n    \
             MAILMETHOD_GOLDEN=accept cargo test\n"
        );
    }
}
