//! The body of a message: the tree of MIME parts.
//!
//! The full tree, of which only what is needed is made:
//!
//! ```text
//! multipart/mixed
//! ├ multipart/alternative
//! │ ├ text/plain
//! │ └ multipart/related
//! │   ├ text/html
//! │   └ inline parts
//! └ attachments
//! ```
//!
//! Inline parts stand beside the HTML alone and not around the alternative: they
//! are part of that one rendering (RFC 2046 §5.1.4, RFC 2387), who reads text
//! sees no stray images, and it is what Thunderbird and Apple Mail send. Bodies
//! are quoted-printable, so that a person can read them in the source, messages
//! travel unencoded (RFC 2046 §5.2.1), everything else is base64.

use std::borrow::Cow;

use mail_builder::headers::HeaderType;
use mail_builder::headers::content_type::ContentType as TypeWriter;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};

use super::content_type::write_parameter;
use super::output::Encoding;
use super::{Attachment, Disposition, Mail};

/// The longest line that need not fold (RFC 5322 §2.1.1).
const LINE_TARGET: usize = 78;
/// The octets of an ASCII parameter in one of its sections.
const SECTION: usize = 30;

/// The tree of a mail; `id` makes its boundaries, which no part contains. Its contents are those of
/// the mail: they are encoded as their heads say when they are written.
pub(super) fn tree<'m>(mail: &'m Mail, id: &str) -> MimePart<'m> {
    let mark = mark(mail, id);
    let multipart = |content_type: TypeWriter<'m>, number: &str, parts| {
        let content_type = content_type.attribute("boundary", [&mark, "_", number].concat());
        MimePart::new(content_type, BodyPart::Multipart(parts))
    };
    let (inline, attached): (Vec<_>, Vec<_>) = mail
        .attachments()
        .iter()
        .partition(|part| mail.html().is_some() && part.disposition() == Disposition::Inline);

    let text = mail.text().map(|text| text_part("text/plain", text));
    let mut html = mail.html().map(|html| text_part("text/html", html));
    if !inline.is_empty() {
        let parts = html.into_iter().chain(inline.into_iter().map(attachment_part)).collect();
        let related = TypeWriter::new("multipart/related").attribute("type", "text/html");
        html = Some(multipart(related, "3", parts));
    }
    let mut parts = Vec::with_capacity(1 + attached.len());
    match (text, html) {
        (Some(text), Some(html)) => {
            let alternative = TypeWriter::new("multipart/alternative");
            parts.push(multipart(alternative, "2", vec![text, html]));
        }
        (text, html) => parts.extend(text.or(html)),
    }
    parts.extend(attached.into_iter().map(attachment_part));
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            multipart(TypeWriter::new("multipart/mixed"), "1", parts)
        }
    }
}

/// The headers that the outermost part adds to the message's own, decoded.
pub(super) fn shown_headers(part: &MimePart<'_>) -> Vec<(String, String)> {
    part.headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect()
}

/// Starts all boundaries. Encoded parts never contain `=_`; in a message that travels unencoded it
/// is looked for.
fn mark(mail: &Mail, id: &str) -> String {
    let mut mark = ["=_", id].concat();
    let mut round = 0_usize;
    let taken = |mark: &str| {
        mail.attachments()
            .iter()
            .filter(|part| part.is_message())
            .any(|part| part.content().windows(mark.len()).any(|octets| octets == mark.as_bytes()))
    };
    while taken(&mark) {
        round += 1;
        mark = format!("=_{id}.{round}");
    }
    mark
}

fn text_part<'m>(essence: &'static str, text: &'m str) -> MimePart<'m> {
    MimePart::new(
        TypeWriter::new(essence).attribute("charset", "utf-8"),
        BodyPart::Binary(Cow::Borrowed(text.as_bytes())),
    )
    .transfer_encoding(Encoding::QuotedPrintable.as_str())
}

fn attachment_part(part: &Attachment) -> MimePart<'_> {
    let content_type = part.content_type();
    let mut writer = TypeWriter::new(content_type.essence());
    for (name, value) in content_type.parameters() {
        add_parameter(&mut writer, name, value);
    }
    let mut disposition = TypeWriter::new(part.disposition().as_str());
    if let Some(name) = part.filename() {
        if content_type.parameter("name").is_none() {
            add_parameter(&mut writer, "name", name);
        }
        add_parameter(&mut disposition, "filename", name);
    }
    let (encoding, content) = if part.is_message() {
        (Encoding::SevenBit, with_crlf(part.content()))
    } else {
        (Encoding::Base64, Cow::Borrowed(part.content()))
    };
    let mut written =
        MimePart::new(writer, BodyPart::Binary(content)).header("Content-Disposition", disposition);
    if let Some(id) = part.content_id() {
        written = written.header("Content-ID", MessageId::new(id));
    }
    written.transfer_encoding(encoding.as_str())
}

/// Adds a parameter, in the sections of RFC 2231 §3 where one line cannot hold it.
///
/// The writer would fold it within its quotes, and not every reader takes that line end out again.
fn add_parameter<'p>(writer: &mut TypeWriter<'p>, name: &'p str, value: &'p str) {
    let escaped = value.len() + value.bytes().filter(|b| b"\"\\".contains(b)).count();
    // A space before; `="`, the closing quote and `;` after.
    if !value.is_ascii() || name.len() + escaped + 5 <= LINE_TARGET {
        writer.attributes.push((name.into(), value.into()));
        return;
    }
    // A section is so short that it fits with any name of our own and all its octets escaped.
    for (number, section) in value.as_bytes().chunks(SECTION).enumerate() {
        let section = String::from_utf8_lossy(section);
        writer.attributes.push((format!("{name}*{number}").into(), section));
    }
}

/// The content with a CR before every LF.
fn with_crlf(content: &[u8]) -> Cow<'_, [u8]> {
    let lone = |(at, &b): (usize, &u8)| {
        b == b'\n' && at.checked_sub(1).and_then(|at| content.get(at)) != Some(&b'\r')
    };
    if !content.iter().enumerate().any(lone) {
        return Cow::Borrowed(content);
    }
    let mut lines = Vec::with_capacity(content.len() + content.len() / 16);
    for line in content.split_inclusive(|&b| b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                lines.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                lines.extend_from_slice(b"\r\n");
            }
            None => lines.extend_from_slice(line),
        }
    }
    Cow::Owned(lines)
}

fn shown(value: &HeaderType<'_>) -> String {
    match value {
        HeaderType::ContentType(writer) => {
            let mut shown = writer.c_type.to_string();
            for (name, value) in &writer.attributes {
                // Writing into a string does not fail.
                write_parameter(&mut shown, name, value).unwrap_or_default();
            }
            shown
        }
        HeaderType::Raw(Raw { raw }) => raw.to_string(),
        // Content-ID stands on inner parts only.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{TypeWriter, add_parameter, with_crlf};
    use mail_builder::headers::Header as _;

    #[test]
    fn every_line_ends_in_crlf() {
        assert_eq!(with_crlf(b"a\r\nb"), &b"a\r\nb"[..]);
        assert_eq!(with_crlf(b"\na\n\r\nb\n"), &b"\r\na\r\n\r\nb\r\n"[..]);
        assert_eq!(with_crlf(b""), &b""[..]);
    }

    #[track_caller]
    fn check(value: &str, expected: &str) {
        let mut writer = TypeWriter::new("attachment");
        add_parameter(&mut writer, "filename", value);
        let mut written = Vec::new();
        writer.write_header(&mut written, "Content-Disposition: ".len());
        assert_eq!(String::from_utf8(written).unwrap(), expected.replace('\n', "\r\n"));
    }

    #[test]
    fn a_parameter_stands_on_one_line_or_in_sections() {
        check("a b.pdf", "attachment; filename=\"a b.pdf\"\n");
        let longest = "x ".repeat(32) + "x";
        check(&longest, &format!("attachment;\n filename=\"{longest}\"\n"));
        let longer = "x\"".repeat(30);
        let section = r#"x\""#.repeat(15);
        check(
            &longer,
            &format!("attachment; filename*0=\"{section}\";\n filename*1=\"{section}\"\n")
                .replace("attachment; ", "attachment;\n "),
        );
        check("Grüße.pdf", "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf\n");
    }
}
