//! The header: a name and a value that cannot leave its line.
//!
//! A value is kept as a person reads it; encoding and folding come with sealing.
//! Whatever would end a line, here or in a careless reader, is refused and never
//! cut out in silence.
//!
//! RFC 5322 §2.2 (fields) and §3.6.4 (ids).

use std::fmt;

use super::{HeaderKind, HeaderName, Mailbox, MessageError};

/// The longest value of a text or machine header, in octets.
const TEXT_LIMIT: usize = 16 * 1024;
/// The longest list of mailboxes or ids that is read, in octets.
const LIST_LIMIT: usize = 64 * 1024;
/// The longest id, in octets: one line with the longest name (RFC 5322 §2.1.1).
const ID_LIMIT: usize = 900;
/// The longest line, in octets, less its CRLF (RFC 5322 §2.1.1).
const LINE_LIMIT: usize = 998;

/// The value of a header, decoded. [`Display`](fmt::Display) shows it as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// Text for people, of any characters but controls.
    Text(String),
    /// Mailboxes, in order.
    Mailboxes(Vec<Mailbox>),
    /// Message ids, each with its angle brackets.
    Ids(Vec<String>),
    /// ASCII for machines.
    Structured(String),
}

impl HeaderValue {
    /// Reads a value of that kind; space around it is not part of it.
    ///
    /// Ids may come with or without angle brackets, separated by spaces.
    ///
    /// # Errors
    ///
    /// [`MessageError::Unsafe`] if the text holds a control character, a line break of Unicode
    /// (U+0085, U+2028, U+2029), something beyond ASCII where machines read, or what is no id;
    /// [`MessageError::Limit`] if it is over 16 KiB (lists: 64 KiB); [`MessageError::Address`] if
    /// a mailbox does not parse.
    pub fn parse(kind: HeaderKind, text: &str) -> Result<Self, MessageError> {
        let text = checked(kind, text)?;
        Ok(match kind {
            HeaderKind::Text => Self::Text(text.to_owned()),
            HeaderKind::Structured => Self::Structured(text.to_owned()),
            HeaderKind::Ids => Self::Ids(
                text.split(' ')
                    .filter(|word| !word.is_empty())
                    .map(id)
                    .collect::<Result<_, _>>()?,
            ),
            HeaderKind::Mailboxes => Self::Mailboxes(
                Mailbox::parse_list(text)
                    .map_err(|source| MessageError::Address { name: "value".to_owned(), source })?,
            ),
        })
    }

    /// The kind of this value.
    #[must_use]
    pub const fn kind(&self) -> HeaderKind {
        match self {
            Self::Text(_) => HeaderKind::Text,
            Self::Mailboxes(_) => HeaderKind::Mailboxes,
            Self::Ids(_) => HeaderKind::Ids,
            Self::Structured(_) => HeaderKind::Structured,
        }
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Structured(text) => text.trim().is_empty(),
            Self::Mailboxes(mailboxes) => mailboxes.is_empty(),
            Self::Ids(ids) => ids.is_empty(),
        }
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Structured(text) => f.write_str(text),
            Self::Mailboxes(mailboxes) => joined(f, mailboxes, ", "),
            Self::Ids(ids) => joined(f, ids, " "),
        }
    }
}

/// A header that may stand in a message.
///
/// # Examples
///
/// ```
/// use mailmethod::message::Header;
///
/// let header = Header::parse("x-order", "2026-041")?;
/// assert_eq!(header.to_string(), "X-Order: 2026-041");
/// assert!(Header::parse("subject", "Hello\r\nBcc: eve@example.test").is_err());
/// assert!(Header::parse("date", "now").is_err(), "sealing writes the date");
/// # Ok::<(), mailmethod::message::MessageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    name: HeaderName,
    value: HeaderValue,
}

impl Header {
    /// Pairs a name with a value of its kind; the value is checked again, whoever made it.
    ///
    /// # Errors
    ///
    /// [`MessageError::ReservedHeader`] for what sealing writes itself; else as
    /// [`HeaderValue::parse`], and [`MessageError::Unsafe`] if the value is of another kind than
    /// the name or holds a word that fits no line of 998 octets.
    pub fn new(name: HeaderName, value: HeaderValue) -> Result<Self, MessageError> {
        if name.is_reserved() {
            return Err(MessageError::ReservedHeader { name: name.to_string() });
        }
        if value.kind() != name.kind() {
            let text = value.to_string();
            return Err(refused(&text, "is not of the kind that its header takes"));
        }
        let value = match value {
            HeaderValue::Text(text) => HeaderValue::Text(trimmed(HeaderKind::Text, text)?),
            HeaderValue::Structured(text) => {
                let text = trimmed(HeaderKind::Structured, text)?;
                let longest = text.split(' ').map(str::len).max().unwrap_or_default();
                if name.as_str().len() + 2 + longest > LINE_LIMIT {
                    return Err(refused(&text, "holds a word that fits no line of 998 octets"));
                }
                HeaderValue::Structured(text)
            }
            HeaderValue::Ids(ids) if ids.len() > 1 && name.is("Message-ID") => {
                let found = ids.len();
                return Err(MessageError::Limit { what: "message ids", found, limit: 1 });
            }
            HeaderValue::Ids(ids) => {
                HeaderValue::Ids(ids.iter().map(|text| id(text)).collect::<Result<_, _>>()?)
            }
            mailboxes @ HeaderValue::Mailboxes(_) => mailboxes,
        };
        Ok(Self { name, value })
    }

    /// Reads a name and a value of the kind that the name has.
    ///
    /// # Errors
    ///
    /// As [`HeaderName::new`], [`HeaderValue::parse`] and [`Header::new`].
    pub fn parse(name: &str, text: &str) -> Result<Self, MessageError> {
        Self::read(HeaderName::new(name)?, text.to_owned())
    }

    /// Reads a value of the kind that the name has; a text is kept without a copy.
    pub(crate) fn read(name: HeaderName, text: String) -> Result<Self, MessageError> {
        let value = match name.kind() {
            HeaderKind::Text => HeaderValue::Text(text),
            HeaderKind::Structured => HeaderValue::Structured(text),
            kind @ (HeaderKind::Ids | HeaderKind::Mailboxes) => HeaderValue::parse(kind, &text)
                .map_err(|error| match error {
                    MessageError::Address { source, .. } => {
                        MessageError::Address { name: name.to_string(), source }
                    }
                    error => error,
                })?,
        };
        Self::new(name, value)
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        &self.name
    }

    /// The value, decoded.
    #[must_use]
    pub const fn value(&self) -> &HeaderValue {
        &self.value
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

impl fmt::Debug for Header {
    /// Shows the size in place of the value, which may be secret; `Display` shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} octets)", self.name, self.value.to_string().len())
    }
}

/// Whether some reader ends a line within this text, or does worse.
pub(super) fn breaks_lines(text: &str) -> bool {
    // One pass without a branch in it, and nothing more for most texts.
    let plain = text.bytes().fold(true, |plain, octet| plain & matches!(octet, b' '..=b'~'));
    !plain && text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// The text of a value without the space around it, if it may stand in a header of that kind.
fn checked(kind: HeaderKind, text: &str) -> Result<&str, MessageError> {
    let limit = match kind {
        HeaderKind::Text | HeaderKind::Structured => TEXT_LIMIT,
        HeaderKind::Mailboxes | HeaderKind::Ids => LIST_LIMIT,
    };
    if text.len() > limit {
        let what = "octets of a header value";
        return Err(MessageError::Limit { what, found: text.len(), limit });
    }
    if breaks_lines(text) {
        return Err(refused(text, "holds a line break or another control character"));
    }
    let text = text.trim();
    if kind == HeaderKind::Structured && !text.is_ascii() {
        return Err(refused(text, "holds something beyond ASCII, where machines read"));
    }
    Ok(text)
}

/// The same for a text that is there already: most often it is kept as it is.
fn trimmed(kind: HeaderKind, text: String) -> Result<String, MessageError> {
    let checked = checked(kind, &text)?;
    Ok(if checked.len() == text.len() { text } else { checked.to_owned() })
}

/// Checks an id, given with or without its angle brackets, and puts them on.
fn id(text: &str) -> Result<String, MessageError> {
    let refused =
        |reason| Err(MessageError::Unsafe { what: "message id", text: text.to_owned(), reason });
    let bare = match text.strip_prefix('<') {
        Some(rest) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    if !bare.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>') {
        return refused("holds something other than visible ASCII");
    }
    if bare.len() > ID_LIMIT {
        return refused("is longer than 900 octets");
    }
    match bare.split_once('@') {
        Some((left, right)) if !left.is_empty() && !right.is_empty() => Ok(format!("<{bare}>")),
        _ => refused("is not `<left@right>`"),
    }
}

fn refused(text: &str, reason: &'static str) -> MessageError {
    MessageError::Unsafe { what: "header value", text: text.to_owned(), reason }
}

/// Shows a list with something between its items.
fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, list: &[T], between: &str) -> fmt::Result {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Header, HeaderValue};
    use crate::message::{HeaderKind, HeaderName, MessageError};

    #[track_caller]
    fn refused(name: &str, value: &str, reason: &str) {
        match Header::parse(name, value) {
            Err(MessageError::Unsafe { reason: found, .. }) => assert_eq!(found, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_value_that_ends_a_line_is_refused_and_never_cut() {
        let breaks = ["\r\n", "\r", "\n", "\0", "\u{85}", "\u{2028}", "\u{2029}", "\u{1b}", "\t"];
        for at_end in breaks {
            for name in ["subject", "to", "message-id", "list-unsubscribe", "x-any"] {
                for value in [format!("a@b.test{at_end}"), format!("a@b.test{at_end}Bcc: c@d.test")]
                {
                    refused(name, &value, "holds a line break or another control character");
                }
            }
        }
    }

    #[test]
    fn ids_are_kept_in_their_brackets() {
        let header = Header::parse("references", " <a@b.test>  c@d.test ").unwrap();
        assert_eq!(header.to_string(), "References: <a@b.test> <c@d.test>");
        refused("in-reply-to", "<ab>", "is not `<left@right>`");
        refused("in-reply-to", "<@b>", "is not `<left@right>`");
        refused("in-reply-to", "<a@b", "is not `<left@right>`");
        refused("in-reply-to", "<a@b>,<c@d>", "holds something other than visible ASCII");
        refused("in-reply-to", "<ä@b>", "holds something other than visible ASCII");
        refused("in-reply-to", &format!("{}@b", "a".repeat(900)), "is longer than 900 octets");
        assert_eq!(
            Header::parse("message-id", "a@b c@d").unwrap_err(),
            MessageError::Limit { what: "message ids", found: 2, limit: 1 },
        );
    }

    #[test]
    fn a_header_for_machines_is_ascii_of_words_that_fit_a_line() {
        refused("list-id", "Grüße", "holds something beyond ASCII, where machines read");
        let long = "x".repeat(990);
        refused("list-id", &long, "holds a word that fits no line of 998 octets");
        assert!(Header::parse("list-id", &"x".repeat(989)).is_ok());
    }

    #[test]
    fn a_value_has_a_limit() {
        let text = "x ".repeat(50_000);
        for name in ["subject", "to", "references", "list-id"] {
            let error = Header::parse(name, &text).unwrap_err();
            assert!(matches!(error, MessageError::Limit { found: 100_000, .. }), "{name}");
        }
    }

    #[test]
    fn a_value_made_by_hand_is_checked_too() {
        let subject = HeaderName::new("Subject").unwrap();
        let evil = HeaderValue::Text("a\r\nBcc: b@c.test".to_owned());
        assert!(Header::new(subject.clone(), evil).is_err());
        assert!(Header::new(subject, HeaderValue::Mailboxes(Vec::new())).is_err());
        let evil = HeaderValue::Ids(vec!["a@b>\r\nBcc: c@d.test".to_owned()]);
        assert!(Header::new(HeaderName::new("References").unwrap(), evil).is_err());
    }

    #[test]
    fn a_wrong_address_names_its_header() {
        let error = Header::parse("reply-to", "nobody").unwrap_err();
        assert_eq!(error.to_string(), "the header Reply-To has a wrong address");
    }

    #[test]
    fn space_around_a_value_is_not_part_of_it() {
        let value = HeaderValue::parse(HeaderKind::Text, "  two  words ").unwrap();
        assert_eq!(value, HeaderValue::Text("two  words".to_owned()));
        assert!(HeaderValue::parse(HeaderKind::Text, " ").unwrap().is_empty());
    }
}
