//! Why a filter cannot be read: where, what was expected, and the nearest right word.

use std::fmt;

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The whole filter.
    pub filter: String,
    /// Which character of it is wrong, from 0.
    pub at: usize,
    /// How many characters are wrong, 1 or more.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl fmt::Display for FilterError {
    /// What is wrong and what would be right in one line; [`shown`](Self::shown) has the caret too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.help)
    }
}

impl std::error::Error for FilterError {}

impl FilterError {
    /// The filter with a caret below what is wrong: two lines.
    #[must_use]
    pub fn shown(&self) -> String {
        let filter: String =
            self.filter.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("{filter}\n{}{}", " ".repeat(self.at), "^".repeat(self.length.max(1)))
    }
}
