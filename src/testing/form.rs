//! The golden form: one mail as a text that people read and compare.
//!
//! It is decoded and complete. What a send alone determines is left out: Date,
//! the Message-ID that it makes, boundaries and encodings. The HTML stands as
//! it is sent and is not pretty-printed: its lines are those of the templates,
//! so that a diff leads to the line to mend; white space between tags can be
//! seen by a reader of the mail, so it must be seen in the diff; and the form
//! shows exactly what leaves, with no second reading of HTML in between.

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use crate::message::{Attachment, Disposition, Field, Mail, Stamp};

/// The headers that a send determines, or that only say how the parts are written.
const LEFT_OUT: [&str; 4] = ["Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];

/// Writes the golden form of a mail, with a line feed at its end.
pub(super) fn write(mail: &Mail, out: &mut impl fmt::Write) -> fmt::Result {
    envelope(mail, out)?;
    headers(mail, out)?;
    writeln!(out, "\n~~~ parts\n{}", mail.outline())?;
    for (essence, body) in [("text/plain", mail.text()), ("text/html", mail.html())] {
        if let Some(body) = body {
            write!(out, "\n~~~ {essence}\n{body}")?;
        }
    }
    mail.attachments().iter().try_for_each(|part| attachment(part, out))
}

/// The golden form of a mail.
pub(super) fn form(mail: &Mail) -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    write(mail, &mut text).unwrap_or_default();
    text
}

fn envelope(mail: &Mail, out: &mut impl fmt::Write) -> fmt::Result {
    let envelope = mail.envelope();
    let sender = envelope.sender().map_or("<>", |sender| sender.as_str());
    writeln!(out, "~~~ envelope\nfrom {sender}")?;
    for recipient in envelope.recipients() {
        let field = match recipient.field {
            Field::To => "to",
            Field::Cc => "cc",
            Field::Bcc => "bcc",
        };
        writeln!(out, "{field:4} {}", recipient.address)?;
    }
    Ok(())
}

fn headers(mail: &Mail, out: &mut impl fmt::Write) -> fmt::Result {
    writeln!(out, "\n~~~ headers")?;
    let has_id = mail.header("Message-ID").is_some();
    for (name, value) in mail.sealed_headers(&Stamp::preview()) {
        let kept = !LEFT_OUT.contains(&name.as_str()) && (has_id || name != "Message-ID");
        if kept {
            writeln!(out, "{name}: {value}")?;
        }
    }
    Ok(())
}

fn attachment(part: &Attachment, out: &mut impl fmt::Write) -> fmt::Result {
    writeln!(out, "\n~~~ {}", part_line(part))?;
    writeln!(out, "{} octets, sha256 {}", part.content().len(), sha256(part.content()))?;
    // A text is worth reading, and its diff says more than its hash.
    match std::str::from_utf8(part.content()) {
        Ok(text) if part.content_type().essence().starts_with("text/") => {
            let text = text.replace("\r\n", "\n");
            writeln!(out, "\n{}", text.trim_end_matches('\n'))
        }
        _ => Ok(()),
    }
}

/// What a part is, in one line: `application/pdf, attachment terms.pdf`.
pub(super) fn part_line(part: &Attachment) -> String {
    let mut line = format!("{}, {}", part.content_type(), part.disposition().as_str());
    if let Some(name) = part.filename() {
        line.push(' ');
        line.push_str(name);
    }
    if let (Disposition::Inline, Some(id)) = (part.disposition(), part.content_id()) {
        line.push_str(", cid:");
        line.push_str(id);
    }
    line
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::with_capacity(64), |mut hex, octet| {
        // Writing into a string does not fail.
        write!(hex, "{octet:02x}").unwrap_or_default();
        hex
    })
}

/// A text in which nothing hides: a no-break space is `\u{a0}`.
pub(super) fn visible(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}
