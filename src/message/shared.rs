//! What a message shares with others: the large attachments in its bytes, as they are encoded.
//!
//! A store keeps these once, however many messages have them. Nothing is parsed
//! but what sealing has just written, by the boundary that it has chosen.

use std::ops::Range;

use memchr::memmem;

use super::Mail;

/// The smallest encoded attachment that is worth a place of its own, in octets.
const LEAST: usize = 4_096;

/// The ranges of large attachments in the bytes of a sealed mail; `mark` begins all boundaries.
pub(super) fn ranges(mail: &Mail, bytes: &[u8], mark: &str) -> Vec<Range<usize>> {
    if mail.attachments().iter().all(|part| part.content().len() < LEAST / 4 * 3) {
        return Vec::new();
    }
    let line = format!("\r\n--{mark}");
    let ends: Vec<usize> = memmem::find_iter(bytes, &line).collect();
    let parts = ends.iter().zip(ends.iter().skip(1));
    parts.filter_map(|(start, end)| attachment(bytes, *start..*end)).collect()
}

/// The encoded content of the part between two boundaries, if it is large and base64.
fn attachment(bytes: &[u8], part: Range<usize>) -> Option<Range<usize>> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let text = bytes.get(part.clone())?;
    let head = memmem::find(text, BLANK)?;
    memmem::find(text.get(..head)?, b"Content-Transfer-Encoding: base64")?;
    let start = part.start + head + BLANK.len();
    (part.end - start >= LEAST).then_some(start..part.end)
}

#[cfg(test)]
mod tests {
    use crate::message::{Attachment, ContentType, Draft, Header, Limits, Mail, Stamp};

    fn mail(octets: usize) -> Mail {
        let content: Vec<u8> = (0..octets).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
        let pdf = ContentType::guess("a.pdf");
        let part = Attachment::new(Some("a.pdf".to_owned()), pdf, content.into()).unwrap();
        let headers = [("from", "a@x.test"), ("to", "b@x.test")];
        let headers = headers.map(|(name, value)| Header::parse(name, value).unwrap()).to_vec();
        let (text, html) = (Some("Hi ".repeat(3_000)), Some("<p>Hi</p>".to_owned()));
        let attachments = vec![part];
        let draft = Draft { headers, text, html, attachments, ..Draft::default() };
        Mail::new(draft, &Limits::default()).unwrap()
    }

    #[test]
    fn a_large_attachment_has_the_same_octets_in_every_message() {
        let mail = mail(20_000);
        let shared = || {
            let message = mail.seal(&Stamp::now(), &Limits::default()).unwrap();
            let [range] = message.shared() else { panic!("{:?}", message.shared()) };
            message.as_bytes()[range.clone()].to_vec()
        };
        let one = shared();
        assert_eq!(one, shared());
        assert!(one.len() > 26_000 && one.iter().all(|b| *b != b'-'), "{}", one.len());
    }

    #[test]
    fn bodies_and_small_attachments_are_not_shared() {
        let message = mail(1_000).seal(&Stamp::now(), &Limits::default()).unwrap();
        assert!(message.shared().is_empty());
    }
}
