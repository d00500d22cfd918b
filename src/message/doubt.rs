//! What is done with a message where nobody can tell: twice under one key, or sent without an answer.

/// What happens to a second mail with the same key and another content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// It is an error.
    #[default]
    Error,
    /// The first mail stays, the second is dropped.
    Skip,
    /// The second mail takes the first one's place, as long as that has not left.
    Replace,
}

impl OnConflict {
    /// The policy of a word: `error`, `skip`, `replace`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "error" => Self::Error,
            "skip" => Self::Skip,
            "replace" => Self::Replace,
            _ => return None,
        })
    }
}

/// What happens to a mail of which nobody knows whether it was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUncertain {
    /// It is sent once more, after a while: it may arrive twice.
    #[default]
    Retry,
    /// It waits for a person.
    Hold,
    /// It counts as sent: it may never arrive.
    AssumeSent,
}

impl OnUncertain {
    /// The policy in one word: `retry`, `hold`, `assume_sent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::AssumeSent => "assume_sent",
        }
    }

    /// The policy of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "retry" => Self::Retry,
            "hold" => Self::Hold,
            "assume_sent" => Self::AssumeSent,
            _ => return None,
        })
    }
}
