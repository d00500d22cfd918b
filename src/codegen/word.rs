//! A word that an enum does not have.

/// Why a text is no value of a generated enum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not one of {}", expected.join(", "))]
#[non_exhaustive]
pub struct UnknownWord {
    /// The beginning of the text.
    pub found: String,
    /// The words of the enum.
    pub expected: &'static [&'static str],
}

impl UnknownWord {
    /// For generated code: `found` is no word of `expected`.
    #[must_use]
    pub fn new(found: &str, expected: &'static [&'static str]) -> Self {
        Self { found: found.chars().take(80).collect(), expected }
    }
}
