//! The attachment: a file that goes with a mail, or an image inside its HTML.
//!
//! Its content is shared and never copied; only sealing reads it, once.
//!
//! RFC 2183 (disposition), RFC 2392 (content ids), RFC 2046 §5.2 (messages).

use std::fmt;
use std::sync::Arc;

use super::header::breaks_lines;
use super::{ContentType, MessageError};

/// The longest file name, in octets, as file systems have it.
const FILENAME_LIMIT: usize = 255;
/// The longest content id, in octets.
const CONTENT_ID_LIMIT: usize = 200;
/// The longest line of a message, in octets, less its CRLF.
const LINE_LIMIT: usize = 998;

/// Where a reader's program shows a part (RFC 2183).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// As a file beside the body.
    Attachment,
    /// Inside the body, which names it as `cid:…`.
    Inline,
}

impl Disposition {
    /// The word of RFC 2183: `attachment` or `inline`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attachment => "attachment",
            Self::Inline => "inline",
        }
    }
}

/// A part beside the bodies. Cloning it copies no content.
///
/// # Examples
///
/// ```
/// use mailmethod::message::{Attachment, ContentType, Disposition};
///
/// let png = ContentType::guess("logo.png");
/// let logo = Attachment::new(Some("logo.png".to_owned()), png, (*b"\x89PNG").into())?;
/// assert_eq!(logo.disposition(), Disposition::Attachment);
/// assert_eq!(logo.inline("logo")?.content_id(), Some("logo"));
/// # Ok::<(), mailmethod::message::MessageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    filename: Option<Arc<str>>,
    content_type: ContentType,
    content_id: Option<Arc<str>>,
    content: Arc<[u8]>,
}

impl Attachment {
    /// A file with a name for its reader, a type and its content.
    ///
    /// # Errors
    ///
    /// [`MessageError::Unsafe`] if the name is blank, is longer than 255 octets, holds a slash, a
    /// backslash or a control character; if the type is `multipart/…`; or if it is `message/…`
    /// and the content cannot travel unencoded, as RFC 2046 §5.2 demands: ASCII, no NUL, no lone
    /// CR, no line over 998 octets.
    pub fn new(
        filename: Option<String>,
        content_type: ContentType,
        content: Arc<[u8]>,
    ) -> Result<Self, MessageError> {
        if let Some(name) = &filename {
            check_filename(name)?;
        }
        if content_type.essence().starts_with("multipart/") {
            return Err(MessageError::Unsafe {
                what: "content type",
                text: content_type.to_string(),
                reason: "is written by mailmethod itself",
            });
        }
        let attachment =
            Self { filename: filename.map(Arc::from), content_type, content_id: None, content };
        if attachment.is_message() && !is_7bit(&attachment.content) {
            return Err(MessageError::Unsafe {
                what: "content of",
                text: attachment.content_type.to_string(),
                reason: "is not ASCII in lines of at most 998 octets",
            });
        }
        Ok(attachment)
    }

    /// The same part inside the HTML, which names it `cid:` and this id.
    ///
    /// # Errors
    ///
    /// [`MessageError::Unsafe`] if the id is not of letters, digits, `.`, `_`, `-`, `+` and one
    /// `@` at most, or is longer than 200 octets.
    pub fn inline(mut self, content_id: &str) -> Result<Self, MessageError> {
        let refused = |reason| {
            Err(MessageError::Unsafe { what: "content id", text: content_id.to_owned(), reason })
        };
        let harmless = |b: u8| b.is_ascii_alphanumeric() || b"._-+@".contains(&b);
        let one =
            content_id.split('@').count() <= 2 && content_id.split('@').all(|s| !s.is_empty());
        if !one || !content_id.bytes().all(harmless) {
            return refused("is not of letters, digits, `.`, `_`, `-`, `+` and one `@` at most");
        }
        if content_id.len() > CONTENT_ID_LIMIT {
            return refused("is longer than 200 octets");
        }
        self.content_id = Some(Arc::from(content_id));
        Ok(self)
    }

    /// The name that the reader's program offers, if it has one.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_deref()
    }

    /// What the content is.
    #[must_use]
    pub const fn content_type(&self) -> &ContentType {
        &self.content_type
    }

    /// Inline if it has a content id, else an attachment.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        if self.content_id.is_some() { Disposition::Inline } else { Disposition::Attachment }
    }

    /// The content id without angle brackets, as `cid:` names it.
    #[must_use]
    pub fn content_id(&self) -> Option<&str> {
        self.content_id.as_deref()
    }

    /// The content, exactly as given.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Whether this is a message, which no encoding may wrap (RFC 2046 §5.2.1).
    pub(super) fn is_message(&self) -> bool {
        self.content_type.essence().starts_with("message/")
    }
}

impl fmt::Debug for Attachment {
    /// Shows the size in place of the content: bodies are in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("filename", &self.filename)
            .field("content_type", &self.content_type)
            .field("content_id", &self.content_id)
            .field("octets", &self.content.len())
            .finish()
    }
}

fn check_filename(name: &str) -> Result<(), MessageError> {
    let refused =
        |reason| Err(MessageError::Unsafe { what: "file name", text: name.to_owned(), reason });
    if breaks_lines(name) {
        return refused("holds a line break or another control character");
    }
    if name.contains(['/', '\\']) {
        return refused("holds a slash or a backslash");
    }
    if name.trim().is_empty() {
        return refused("is blank");
    }
    if name.len() > FILENAME_LIMIT {
        return refused("is longer than 255 octets");
    }
    Ok(())
}

/// Whether the content may be written as it is once its line ends are CRLF (RFC 2045 §2.7).
fn is_7bit(content: &[u8]) -> bool {
    content.split(|&b| b == b'\n').all(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() <= LINE_LIMIT && line.iter().all(|&b| b.is_ascii() && b != 0 && b != b'\r')
    }) && content.last() != Some(&b'\r')
}

#[cfg(test)]
mod tests {
    use super::{Attachment, ContentType, Disposition};
    use crate::message::MessageError;

    fn named(name: &str) -> Result<Attachment, MessageError> {
        Attachment::new(Some(name.to_owned()), ContentType::guess(name), (*b"x").into())
    }

    #[track_caller]
    fn refused(result: Result<Attachment, MessageError>, reason: &str) {
        match result {
            Err(MessageError::Unsafe { reason: found, .. }) => assert_eq!(found, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_name_is_a_name_and_no_path() {
        for name in ["../../etc/passwd", "a/b", "a\\b"] {
            refused(named(name), "holds a slash or a backslash");
        }
        for name in ["a\r\nb", "a\0", "a\u{85}", "a\u{2028}b", "\t"] {
            refused(named(name), "holds a line break or another control character");
        }
        refused(named(" "), "is blank");
        refused(named(&"x".repeat(256)), "is longer than 255 octets");
        assert_eq!(named("Grüße; \"1\".pdf").unwrap().filename(), Some("Grüße; \"1\".pdf"));
    }

    #[test]
    fn a_content_id_makes_a_part_inline() {
        let part = named("logo.png").unwrap();
        assert_eq!(part.disposition(), Disposition::Attachment);
        let inline = part.clone().inline("logo-1@mail").unwrap();
        assert_eq!(inline.disposition(), Disposition::Inline);
        assert!(std::ptr::eq(inline.content(), part.content()), "the content is shared");
        for id in ["", "a b", "<a>", "a\r\n", "a@", "a@b@c", "ä", "a\"", "a%"] {
            refused(
                part.clone().inline(id),
                "is not of letters, digits, `.`, `_`, `-`, `+` and one `@` at most",
            );
        }
        refused(part.inline(&"a".repeat(201)), "is longer than 200 octets");
    }

    #[test]
    fn a_message_travels_unencoded_or_not_at_all() {
        let message = |content: &[u8]| {
            Attachment::new(None, ContentType::parse("message/rfc822").unwrap(), content.into())
        };
        assert!(message(b"Subject: a\r\n\r\nb\r\n").is_ok());
        assert!(message(b"Subject: a\n\nb").is_ok());
        for content in [&b"a\0"[..], "Grüße".as_bytes(), b"a\rb", b"a\r\r\n", b"a\r", &[b'x'; 999]]
        {
            refused(message(content), "is not ASCII in lines of at most 998 octets");
        }
        let multipart = ContentType::parse("multipart/mixed; boundary=x").unwrap();
        let result = Attachment::new(None, multipart, (*b"x").into());
        refused(result, "is written by mailmethod itself");
    }

    #[test]
    fn debug_shows_no_content() {
        let shown = format!("{:?}", named("a.txt").unwrap());
        assert!(shown.contains("octets: 1"), "{shown}");
    }
}
