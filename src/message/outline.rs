//! The outline: the tree of MIME parts, drawn for people.

use mail_builder::headers::HeaderType;
use mail_builder::mime::{BodyPart, MimePart};

use super::{Mail, body};

impl Mail {
    /// The tree of MIME parts that sealing makes: one line for each part, in the order of the
    /// message, with its type, its disposition and its file name; no line feed at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mailmethod::message::{Draft, Header, Limits, Mail};
    /// let headers = vec![
    ///     Header::parse("from", "shop@example.test")?,
    ///     Header::parse("to", "ada@example.test")?,
    /// ];
    /// let (text, html) = (Some("Hello".to_owned()), Some("<p>Hello".to_owned()));
    /// let mail = Mail::new(Draft { headers, text, html, ..Draft::default() }, &Limits::default())?;
    /// assert_eq!(mail.outline(), "multipart/alternative\n├ text/plain\n└ text/html");
    /// # Ok::<(), mailmethod::message::MessageError>(())
    /// ```
    #[must_use]
    pub fn outline(&self) -> String {
        let mut lines = Vec::new();
        draw(&body::tree(self, ""), "", "", &mut lines);
        lines.join("\n")
    }
}

/// Draws a part behind `first`, and what is in it behind `rest`.
fn draw(part: &MimePart<'_>, first: &str, rest: &str, lines: &mut Vec<String>) {
    lines.push(format!("{first}{}", described(part)));
    let BodyPart::Multipart(parts) = &part.contents else { return };
    for (number, inner) in parts.iter().enumerate() {
        let (branch, below) =
            if number + 1 == parts.len() { ("└ ", "  ") } else { ("├ ", "│ ") };
        draw(inner, &format!("{rest}{branch}"), &format!("{rest}{below}"), lines);
    }
}

fn described(part: &MimePart<'_>) -> String {
    let typed = |wanted: &str| {
        part.headers.iter().find_map(|(name, value)| match value {
            HeaderType::ContentType(value) if name == wanted => Some(value),
            _ => None,
        })
    };
    let mut words =
        typed("Content-Type").map_or_else(String::new, |value| value.c_type.to_string());
    if let Some(disposition) = typed("Content-Disposition") {
        words.push_str(", ");
        words.push_str(&disposition.c_type);
        // A long name comes in numbered sections (RFC 2231 §3).
        let mut sections =
            disposition.attributes.iter().filter(|(key, _)| key.starts_with("filename")).peekable();
        if sections.peek().is_some() {
            words.push(' ');
        }
        words.extend(sections.map(|(_, section)| section.as_ref()));
    }
    words
}
