//! The finding: one thing to mend, with its place.

use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The mail can be sent, but somebody should look.
    Warning,
    /// The mail cannot be sent.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, as the user named its folder.
    pub file: String,
    /// The line, from 1; 0 means the whole file.
    pub line: usize,
    /// The column, from 1, in characters; 0 means the whole line.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => f.write_str(&self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// The line that a finding points into, and how many characters of it are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Snippet {
    line: String,
    /// How many characters of the line were left out before it.
    cut: usize,
    width: usize,
}

/// The longest part of a line that is shown, in characters.
const SHOWN: usize = 120;

/// One thing that a person should mend.
///
/// # Examples
///
/// ```
/// use mailmethod::source::{Finding, Location};
///
/// let place = Location { file: "a.yaml".into(), line: 2, column: 1 };
/// let finding = Finding::error("unknown-key", "unknown key `subjct`")
///     .at(place, "headers: {}\nsubjct: Hi\n", 6)
///     .help("did you mean `subject`?");
/// assert_eq!(
///     finding.to_string(),
///     "error[unknown-key]: unknown key `subjct`\n --> a.yaml:2:1\n  |\n2 | subjct: Hi\n  | ^^^^^^\n  = help: did you mean `subject`?"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Its name, for scripts and for looking it up: `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub location: Option<Location>,
    /// Which argument, key or header, as a path: `lines[2].price`.
    pub path: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    snippet: Option<Snippet>,
}

impl Finding {
    /// A finding of severity error.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            severity: Severity::Error,
            code,
            message,
            location: None,
            path: None,
            help: None,
            snippet: None,
        }
    }

    /// A finding of severity warning.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Places the finding in a file of the given text; the caret marks `width` characters.
    #[must_use]
    pub fn at(mut self, location: Location, text: &str, width: usize) -> Self {
        self.snippet = text.lines().nth(location.line.wrapping_sub(1)).map(|line| {
            let before = location.column.saturating_sub(1);
            let cut = before.saturating_sub(SHOWN / 2);
            Snippet { line: line.chars().skip(cut).take(SHOWN).collect(), cut, width }
        });
        self.location = Some(location);
        self
    }

    /// Places the finding in a file as a whole.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.location = Some(Location { file: file.into(), line: 0, column: 0 });
        self
    }

    /// Names the argument, key or header, as a path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which word was probably meant, if one is near.
    #[must_use]
    pub fn did_you_mean<'a>(
        self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match super::nearest(word, candidates) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

impl fmt::Display for Finding {
    /// Draws the finding as rustc does; no line feed at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity.as_str(), self.code, self.message)?;
        let mut margin = 1;
        if let Some(location) = &self.location {
            let number = location.line.to_string();
            margin = number.len();
            write!(f, "\n{:margin$}--> {location}", "")?;
            if let Some(snippet) = &self.snippet {
                let line = snippet.line.replace('\t', " ");
                write!(f, "\n{:margin$} |\n{number} | {line}", "")?;
                if location.column > 0 {
                    let before = location.column.saturating_sub(1).saturating_sub(snippet.cut);
                    let room = line.chars().count().saturating_sub(before).max(1);
                    let carets = "^".repeat(snippet.width.clamp(1, room));
                    write!(f, "\n{:margin$} | {:before$}{carets}", "", "")?;
                }
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\n{:margin$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// Findings as an error: at least one, all of them shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", joined(.0))]
pub struct Findings(pub Vec<Finding>);

fn joined(findings: &[Finding]) -> String {
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    shown.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::{Finding, Location};

    #[test]
    fn a_caret_stays_under_its_word_in_a_very_long_line() {
        let text = format!("{}wrong{}", "x".repeat(5_000), "y".repeat(5_000));
        let place = Location { file: "a.yaml".into(), line: 1, column: 5_001 };
        let shown = Finding::error("e", "m").at(place, &text, 5).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        let (source, carets) = (lines[3], lines[4]);
        let from = carets.find('^').unwrap();
        assert_eq!(source.get(from..from + 5), Some("wrong"));
        assert!(source.len() < 140);
    }

    #[test]
    fn a_place_beyond_the_text_is_shown_without_a_line() {
        let place = Location { file: "a.yaml".into(), line: 9, column: 1 };
        let shown = Finding::error("e", "m").at(place, "one line", 5).to_string();
        assert_eq!(shown, "error[e]: m\n --> a.yaml:9:1");
    }
}
