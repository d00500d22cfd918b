//! The header name: how it is spelled, and what kind of value stands behind it.
//!
//! Spelling is ours, so that a name that an author wrote in lower case leaves as
//! every other mailer writes it, and so that a header set twice in two
//! spellings is seen.
//!
//! RFC 5322 §2.2 and §3.6, RFC 2369 and 8058 (List-…), RFC 3834 (Auto-Submitted).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::MessageError;

/// The longest name that leaves room for `: ` on a line of 78 (RFC 5322 §2.1.1).
const NAME_LIMIT: usize = 76;

/// What kind of value a header has, and so how it is checked and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeaderKind {
    /// A list of mailboxes: From, To, Reply-To, ….
    Mailboxes,
    /// Text for people: encoded by RFC 2047 where it has to be.
    Text,
    /// Message ids in angle brackets: Message-ID, In-Reply-To, References.
    Ids,
    /// ASCII for machines: List-…, Auto-Submitted, …. Folded at spaces, never encoded.
    Structured,
}

/// The name of a header; two spellings of one name are equal. Cloning it copies nothing.
///
/// # Examples
///
/// ```
/// use mailmethod::message::{HeaderKind, HeaderName};
///
/// let name = HeaderName::new("list-unsubscribe")?;
/// assert_eq!(name.as_str(), "List-Unsubscribe");
/// assert_eq!(name.kind(), HeaderKind::Structured);
/// assert_eq!(name, HeaderName::new("LIST-UNSUBSCRIBE")?);
/// assert!(HeaderName::new("X: y").is_err());
/// # Ok::<(), mailmethod::message::MessageError>(())
/// ```
#[derive(Clone)]
pub struct HeaderName {
    spelling: Spelling,
    kind: HeaderKind,
    reserved: bool,
    singleton: bool,
}

#[derive(Clone)]
enum Spelling {
    Known(&'static str),
    Own(Arc<str>),
}

impl HeaderKind {
    /// Whether such a header holds any number of values.
    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::Mailboxes | Self::Ids)
    }
}

impl HeaderName {
    /// Reads a name: visible ASCII without `:`, at most 76 octets.
    ///
    /// A known name gets its usual spelling, also if it is written with `_` (`in_reply_to`), an
    /// unknown one in lower case capital letters (`x-order` is `X-Order`); any other spelling is
    /// kept.
    ///
    /// # Errors
    ///
    /// [`MessageError::Unsafe`] if it is no header name.
    pub fn new(name: &str) -> Result<Self, MessageError> {
        let refused = |reason| {
            Err(MessageError::Unsafe { what: "header name", text: name.to_owned(), reason })
        };
        if name.is_empty() {
            return refused("is empty");
        }
        if !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
            return refused("holds something other than visible ASCII without `:`");
        }
        if name.len() > NAME_LIMIT {
            return refused("is longer than 76 octets");
        }
        let known = |name: &str| KNOWN.iter().find(|row| row.0.eq_ignore_ascii_case(name));
        let found = match known(name) {
            None if name.contains('_') => known(&name.replace('_', "-")),
            found => found,
        };
        if let Some(&(spelling, kind)) = found {
            return Ok(Self::of(Spelling::Known(spelling), kind));
        }
        let list = name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("list-"));
        let kind = if list { HeaderKind::Structured } else { HeaderKind::Text };
        let spelling = if name.bytes().any(|b| b.is_ascii_uppercase()) {
            name.to_owned()
        } else {
            titled(name)
        };
        Ok(Self::of(Spelling::Own(spelling.into()), kind))
    }

    fn of(spelling: Spelling, kind: HeaderKind) -> Self {
        let mut name = Self { spelling, kind, reserved: false, singleton: false };
        let resent = |start: &str| start.eq_ignore_ascii_case("resent-");
        name.reserved = RESERVED.iter().any(|reserved| name.is(reserved))
            || name.as_str().get(..7).is_some_and(resent);
        name.singleton = SINGLETONS.iter().any(|singleton| name.is(singleton));
        name
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.spelling {
            Spelling::Known(spelling) => spelling,
            Spelling::Own(spelling) => spelling,
        }
    }

    /// What kind of value the header has.
    #[must_use]
    pub const fn kind(&self) -> HeaderKind {
        self.kind
    }

    /// Whether this is the header of that name, however it is spelled.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.as_str().eq_ignore_ascii_case(name)
    }

    /// Whether only sealing may write this header.
    pub(super) const fn is_reserved(&self) -> bool {
        self.reserved
    }

    /// Whether a message has this header once at most.
    pub(super) const fn is_singleton(&self) -> bool {
        self.singleton
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.as_str())
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for b in self.as_str().bytes() {
            state.write_u8(b.to_ascii_lowercase());
        }
        state.write_u8(b':');
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name with a capital letter at the start of each of its words.
fn titled(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let c = if start { c.to_ascii_uppercase() } else { c };
            start = c == '-';
            c
        })
        .collect()
}

/// Written by sealing alone. `Resent-…` belongs to who sends a message again (RFC 5322 §3.6.6).
const RESERVED: [&str; 7] = [
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "Date",
    "Received",
];

/// What stands once at most (RFC 5322 §3.6), and the return path.
const SINGLETONS: [&str; 11] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "Return-Path",
];

/// The usual spelling and the kind of the names that we know; the most used first.
const KNOWN: [(&str, HeaderKind); 50] = [
    ("Subject", HeaderKind::Text),
    ("From", HeaderKind::Mailboxes),
    ("To", HeaderKind::Mailboxes),
    ("Cc", HeaderKind::Mailboxes),
    ("Bcc", HeaderKind::Mailboxes),
    ("Reply-To", HeaderKind::Mailboxes),
    ("Sender", HeaderKind::Mailboxes),
    ("Return-Path", HeaderKind::Mailboxes),
    ("Message-ID", HeaderKind::Ids),
    ("In-Reply-To", HeaderKind::Ids),
    ("References", HeaderKind::Ids),
    ("Auto-Submitted", HeaderKind::Structured),
    ("Auto-Response-Suppress", HeaderKind::Structured),
    ("X-Auto-Response-Suppress", HeaderKind::Structured),
    ("Precedence", HeaderKind::Structured),
    ("Importance", HeaderKind::Structured),
    ("Priority", HeaderKind::Structured),
    ("Sensitivity", HeaderKind::Structured),
    ("X-Priority", HeaderKind::Structured),
    ("X-MSMail-Priority", HeaderKind::Structured),
    ("Expires", HeaderKind::Structured),
    ("Expiry-Date", HeaderKind::Structured),
    ("Feedback-ID", HeaderKind::Structured),
    ("List-ID", HeaderKind::Structured),
    ("List-Unsubscribe", HeaderKind::Structured),
    ("List-Unsubscribe-Post", HeaderKind::Structured),
    ("List-Subscribe", HeaderKind::Structured),
    ("List-Help", HeaderKind::Structured),
    ("List-Post", HeaderKind::Structured),
    ("List-Owner", HeaderKind::Structured),
    ("List-Archive", HeaderKind::Structured),
    ("Archived-At", HeaderKind::Structured),
    ("Content-Language", HeaderKind::Structured),
    ("Accept-Language", HeaderKind::Structured),
    ("DKIM-Signature", HeaderKind::Structured),
    ("Require-Recipient-Valid-Since", HeaderKind::Structured),
    ("TLS-Required", HeaderKind::Structured),
    ("X-SMTPAPI", HeaderKind::Structured),
    ("X-Mailgun-Variables", HeaderKind::Structured),
    ("Disposition-Notification-To", HeaderKind::Mailboxes),
    ("Errors-To", HeaderKind::Mailboxes),
    ("X-Original-To", HeaderKind::Mailboxes),
    ("Mail-Followup-To", HeaderKind::Mailboxes),
    ("Mail-Reply-To", HeaderKind::Mailboxes),
    ("Comments", HeaderKind::Text),
    ("Keywords", HeaderKind::Text),
    ("Organization", HeaderKind::Text),
    ("User-Agent", HeaderKind::Text),
    ("MIME-Version", HeaderKind::Structured),
    ("X-Entity-Ref-ID", HeaderKind::Structured),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{HeaderKind, HeaderName};
    use crate::message::MessageError;

    #[track_caller]
    fn check(name: &str, spelling: &str, kind: HeaderKind) {
        let name = HeaderName::new(name).unwrap();
        assert_eq!(name.as_str(), spelling);
        assert_eq!(name.kind(), kind);
    }

    #[test]
    fn a_known_name_has_one_spelling_and_its_kind() {
        check("SUBJECT", "Subject", HeaderKind::Text);
        check("message-id", "Message-ID", HeaderKind::Ids);
        check("Reply-to", "Reply-To", HeaderKind::Mailboxes);
        check("list-unsubscribe-POST", "List-Unsubscribe-Post", HeaderKind::Structured);
        check("in_reply_to", "In-Reply-To", HeaderKind::Ids);
        check("list-whatever", "List-Whatever", HeaderKind::Structured);
    }

    #[test]
    fn an_unknown_name_gets_capitals_only_if_it_has_none() {
        check("x-order", "X-Order", HeaderKind::Text);
        check("x-2fa--y", "X-2fa--Y", HeaderKind::Text);
        check("X-MyApp", "X-MyApp", HeaderKind::Text);
        check("x_my_app", "X_my_app", HeaderKind::Text);
    }

    #[test]
    fn two_spellings_of_one_name_are_equal_and_hash_alike() {
        let names: HashSet<HeaderName> =
            ["X-A", "x-a", "X-a", "X-B"].map(|name| HeaderName::new(name).unwrap()).into();
        assert_eq!(names.len(), 2);
    }

    #[test]
    fn what_would_break_a_line_is_no_name() {
        let long = "x".repeat(77);
        let names =
            ["", "A B", "A:", "A\r\nBcc", "A\0", "A\u{85}", "A\u{2028}", "Grüße", "\t", &long];
        for name in names {
            let error = HeaderName::new(name).expect_err("it is no name");
            assert!(matches!(error, MessageError::Unsafe { what: "header name", .. }), "{name:?}");
        }
        assert!(HeaderName::new(&"x".repeat(76)).is_ok());
    }

    #[test]
    fn what_sealing_writes_is_reserved() {
        for name in ["date", "content-TYPE", "mime-version", "Resent-Bcc"] {
            assert!(HeaderName::new(name).unwrap().is_reserved(), "{name}");
        }
        assert!(!HeaderName::new("Content-Language").unwrap().is_reserved());
    }
}
