//! Reading: what is in the bytes of a message that was sealed before, for people to look at.
//!
//! Nobody who sends reads: what is sent is the bytes. Whatever is wrong with them
//! gives less to look at, and no error.

use std::fmt;

use mail_parser::{MessageParser, MimeHeaders, PartType};

/// A message taken apart: its headers decoded, its bodies and attachments.
///
/// # Examples
///
/// ```
/// use mailmethod::message::{Draft, Header, Limits, Mail, Reading, Stamp};
///
/// let headers = vec![
///     Header::parse("from", "shop@example.test")?,
///     Header::parse("to", "ada@example.test")?,
///     Header::parse("subject", "Grüße")?,
/// ];
/// let draft = Draft { headers, text: Some("Hello".to_owned()), ..Draft::default() };
/// let limits = Limits::default();
/// let message = Mail::new(draft, &limits)?.seal(&Stamp::preview(), &limits)?;
///
/// let reading = Reading::of(message.as_bytes());
/// assert_eq!(reading.header("Subject"), Some("Grüße"));
/// assert_eq!(reading.text.as_deref(), Some("Hello\n"));
/// # Ok::<(), mailmethod::message::MessageError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The headers of the message, in order, decoded and on one line each.
    pub headers: Vec<(String, String)>,
    /// The text body, with LF line ends.
    pub text: Option<String>,
    /// The HTML body, with LF line ends.
    pub html: Option<String>,
    /// The attachments, inline ones included, in order.
    pub attachments: Vec<ReadPart>,
}

/// An attachment of a message that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadPart {
    /// The name that the reader's program offers.
    pub filename: Option<String>,
    /// What it is: `application/pdf`.
    pub content_type: String,
    /// Whether it belongs into the HTML body.
    pub inline: bool,
    /// The content id without angle brackets.
    pub content_id: Option<String>,
    /// The content, decoded.
    pub content: Vec<u8>,
}

impl Reading {
    /// Takes the bytes of a message apart.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse(bytes) else { return Self::default() };
        let mut reading = Self::default();
        for header in message.headers() {
            let place = header.offset_start as usize..header.offset_end as usize;
            let raw = String::from_utf8_lossy(bytes.get(place).unwrap_or_default());
            reading.headers.push((header.name().to_owned(), decoded(&raw)));
        }
        let body = |text: &str| text.replace("\r\n", "\n");
        reading.text = message
            .text_body
            .iter()
            .filter_map(|id| match &message.part(*id)?.body {
                PartType::Text(text) => Some(body(text)),
                _ => None,
            })
            .next();
        reading.html = message
            .html_body
            .iter()
            .filter_map(|id| match &message.part(*id)?.body {
                PartType::Html(text) => Some(body(text)),
                _ => None,
            })
            .next();
        for part in message.attachments() {
            let content_type = part.content_type().map_or_else(
                || "application/octet-stream".to_owned(),
                |kind| match kind.subtype() {
                    Some(subtype) => format!("{}/{subtype}", kind.ctype()),
                    None => kind.ctype().to_owned(),
                },
            );
            reading.attachments.push(ReadPart {
                filename: part.attachment_name().map(str::to_owned),
                content_type,
                inline: part.content_id().is_some(),
                content_id: part.content_id().map(str::to_owned),
                content: part.contents().to_vec(),
            });
        }
        reading
    }

    /// The first header of that name, however spelled.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A header's value as a person reads it: unfolded, its encoded words decoded.
fn decoded(raw: &str) -> String {
    let unfolded: Vec<&str> = raw.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let unfolded = unfolded.join(" ");
    if !unfolded.contains("=?") {
        return unfolded;
    }
    // The parser decodes the words of a subject; what a header is called does not matter for that.
    let alone = format!("Subject: {unfolded}\r\n\r\n");
    let parsed = MessageParser::default().parse(alone.as_bytes());
    parsed.as_ref().and_then(mail_parser::Message::subject).map_or(unfolded, str::to_owned)
}

impl fmt::Debug for Reading {
    /// Shows names and sizes: bodies are in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("headers", &self.headers.len())
            .field("text_octets", &self.text.as_deref().map(str::len))
            .field("html_octets", &self.html.as_deref().map(str::len))
            .field("attachments", &self.attachments)
            .finish()
    }
}

impl fmt::Debug for ReadPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadPart")
            .field("filename", &self.filename)
            .field("content_type", &self.content_type)
            .field("octets", &self.content.len())
            .finish_non_exhaustive()
    }
}
