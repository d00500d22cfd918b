//! The fix: a change of a file that mends a finding and nothing else.
//!
//! Only what cannot change what readers get is mended: a comment that silences
//! nothing goes, a method without a sample gets one. The rest of the file stays
//! as it is, to the octet.

use std::ops::Range;

use crate::method::MailMethod;
use crate::source::Finding;

/// A change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    code: &'static str,
    file: String,
    what: String,
    edit: Edit,
}

/// The octets that are replaced, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Fix {
    pub(super) fn new(code: &'static str, file: &str, what: String, edit: Edit) -> Self {
        Self { code, file: file.to_owned(), what, edit }
    }

    /// The rule whose finding it mends.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The file that it changes, as findings name it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it does, as half a sentence: `adds the sample first`.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Applies all fixes of one file to its text, as it was when it was checked.
    ///
    /// Line ends and a byte order mark stay as they are.
    #[must_use]
    pub fn apply(fixes: &[Self], text: &str) -> String {
        let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
        let crlf = text.contains("\r\n");
        // A check reads line feeds alone, so its places count them alone.
        let mut text = text.strip_prefix(mark).unwrap_or(text).replace("\r\n", "\n");
        let mut edits: Vec<&Edit> = fixes.iter().map(|fix| &fix.edit).collect();
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        edits.dedup();
        let mut before = usize::MAX;
        for edit in edits.into_iter().rev() {
            let is_there = text.get(edit.range.clone()).is_some();
            if is_there && edit.range.end <= before {
                text.replace_range(edit.range.clone(), &edit.text);
                before = edit.range.start;
            }
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        format!("{mark}{text}")
    }
}

/// The fix of a method without a sample: one whose mail renders, at the end of its file.
pub(super) fn sample(method: &MailMethod, text: &str, finding: &Finding) -> Option<Fix> {
    if text.lines().any(|line| line.starts_with("samples:")) {
        return None;
    }
    let lines = method.sample_skeleton()?;
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    let edit = Edit { range: text.len()..text.len(), text: format!("{newline}{lines}") };
    let what = "adds the sample `first`".to_owned();
    Some(Fix::new("no-sample", &finding.location.as_ref()?.file, what, edit))
}

#[cfg(test)]
mod tests {
    use super::{Edit, Fix};

    fn fix(range: std::ops::Range<usize>, text: &str) -> Fix {
        Fix::new("x", "a", String::new(), Edit { range, text: text.to_owned() })
    }

    #[test]
    fn several_fixes_of_a_file_do_not_move_each_other() {
        let fixes = [fix(0..1, ""), fix(4..5, "EE"), fix(7..7, "!")];
        assert_eq!(Fix::apply(&fixes, "abcdefg"), "bcdEEfg!");
    }

    #[test]
    fn two_that_overlap_are_one_and_one_beyond_the_end_is_none() {
        assert_eq!(Fix::apply(&[fix(0..3, ""), fix(1..2, "x"), fix(90..99, "y")], "abcd"), "axcd");
        assert_eq!(Fix::apply(&[fix(0..1, ""), fix(0..1, "")], "ab"), "b");
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_stay() {
        assert_eq!(Fix::apply(&[fix(2..4, "")], "\u{feff}a\r\nb\r\nc"), "\u{feff}a\r\nc");
    }
}
