//! The marks: what the keys `importance` and `auto_submitted` of a method say, as headers.
//!
//! A header of the same name, in the method or in a call, wins over its key.
//!
//! RFC 2156 (Importance), RFC 3834 (Auto-Submitted).

use crate::message::{Header, MessageError};

/// How important a mail says that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Importance {
    /// Read it before others.
    High,
    /// As any other mail: nothing is written.
    #[default]
    Normal,
    /// It can wait.
    Low,
}

impl Importance {
    /// `high`, `normal` or `low`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

/// Which part a person had in sending a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoSubmitted {
    /// None: a program sent it, and no holiday notice shall answer.
    Generated,
    /// None: it answers another mail.
    Replied,
    /// A person wrote it, for instance in a form.
    No,
}

impl AutoSubmitted {
    /// `auto-generated`, `auto-replied` or `no`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "auto-generated",
            Self::Replied => "auto-replied",
            Self::No => "no",
        }
    }
}

/// The words of the key `importance`.
pub(super) const IMPORTANCE: [(&str, Importance); 3] =
    [("high", Importance::High), ("normal", Importance::Normal), ("low", Importance::Low)];

/// The words of the key `auto_submitted`.
pub(super) const AUTO_SUBMITTED: [(&str, AutoSubmitted); 3] = [
    ("auto-generated", AutoSubmitted::Generated),
    ("auto-replied", AutoSubmitted::Replied),
    ("no", AutoSubmitted::No),
];

/// The headers of both keys.
///
/// X-Priority stands beside Importance, because some programs read only the one or the other;
/// X-Auto-Response-Suppress is what Exchange reads in the place of Auto-Submitted.
pub(super) fn headers(
    importance: Importance,
    auto_submitted: Option<AutoSubmitted>,
) -> Result<Vec<Header>, MessageError> {
    let mut pairs = Vec::new();
    let priority = match importance {
        Importance::High => Some("1"),
        Importance::Normal => None,
        Importance::Low => Some("5"),
    };
    if let Some(priority) = priority {
        pairs.extend([("Importance", importance.as_str()), ("X-Priority", priority)]);
    }
    if let Some(word) = auto_submitted {
        pairs.push(("Auto-Submitted", word.as_str()));
        if word != AutoSubmitted::No {
            pairs.push(("X-Auto-Response-Suppress", "All"));
        }
    }
    pairs.into_iter().map(|(name, value)| Header::parse(name, value)).collect()
}
