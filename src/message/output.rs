//! The output: the bytes of a message while they are written, and which of them others share.
//!
//! Bodies and attachments are encoded where they arrive, straight into the
//! message. Where a large attachment stands is noted on the way: a store keeps it
//! once, however many messages have it.
//!
//! RFC 2045 §6.7 and §6.8 (encodings).

use std::borrow::Cow;
use std::ops::Range;
use std::ptr;
use std::vec::IntoIter;

use encodify::{base64, qp};
use mail_builder::headers::HeaderType;
use mail_builder::mime::{BodyPart, MimePart};
use mail_builder::writer::Writer;

/// The smallest encoded attachment that is worth a place of its own, in octets.
const LEAST: usize = 4_096;

/// How the content of a part travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As it is.
    SevenBit,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// The word of RFC 2045 §6.1.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }
}

/// The bytes of a message, and the contents that its parts are still to hand over.
pub(super) struct Output<'m> {
    pub(super) bytes: Vec<u8>,
    shared: Vec<Range<usize>>,
    next: Option<Content<'m>>,
    others: IntoIter<Content<'m>>,
}

/// The content of a part that is borrowed from the mail, and what the part's head says of it.
type Content<'m> = (&'m [u8], Encoding);

impl<'m> Output<'m> {
    /// Room for the message of this tree, whose contents are not encoded yet.
    pub(super) fn of(tree: &MimePart<'m>) -> Self {
        let mut contents = Vec::with_capacity(8);
        collect(tree, &mut contents);
        let encoded = contents.iter().map(|(content, encoding)| match encoding {
            Encoding::SevenBit => content.len(),
            // What most bodies need; for others the encoder makes room itself.
            Encoding::QuotedPrintable => content.len() + content.len() / 4,
            Encoding::Base64 => base64::MIME.encoded_len(content.len()),
        });
        let bytes = Vec::with_capacity(encoded.map(|octets| octets + 512).sum::<usize>() + 1_024);
        let mut others = contents.into_iter();
        Self { bytes, shared: Vec::new(), next: others.next(), others }
    }

    /// The bytes, and the ranges of large attachments in them.
    pub(super) fn into_parts(self) -> (Vec<u8>, Vec<Range<usize>>) {
        (self.bytes, self.shared)
    }

    fn encode(&mut self, content: &[u8], encoding: Encoding) {
        let start = self.bytes.len();
        match encoding {
            Encoding::SevenBit => self.bytes.extend_from_slice(content),
            Encoding::QuotedPrintable => {
                qp::BODY.encode_append(content, &mut self.bytes);
            }
            Encoding::Base64 => {
                base64::MIME.encode_append(content, &mut self.bytes);
                if self.bytes.len() - start >= LEAST {
                    self.shared.push(start..self.bytes.len());
                }
            }
        }
    }
}

impl Writer for Output<'_> {
    fn write(&mut self, octets: &[u8]) {
        match self.next {
            // The very content and not one that equals it: what is written in between may be
            // anything that a name or an attached message holds.
            Some((content, encoding)) if ptr::eq(content, octets) => {
                self.next = self.others.next();
                self.encode(content, encoding);
            }
            _ => self.bytes.extend_from_slice(octets),
        }
    }

    fn reserve(&mut self, additional: usize) {
        self.bytes.reserve(additional);
    }

    fn append_with<T>(&mut self, _len: usize, append: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        append(&mut self.bytes)
    }

    fn append_limit(&self) -> usize {
        usize::MAX
    }
}

/// Collects the contents of a tree in the order in which they are written.
fn collect<'m>(part: &MimePart<'m>, contents: &mut Vec<Content<'m>>) {
    match &part.contents {
        BodyPart::Multipart(parts) => parts.iter().for_each(|part| collect(part, contents)),
        BodyPart::Binary(Cow::Borrowed(content)) => {
            contents.extend(encoding(part).map(|encoding| (*content, encoding)));
        }
        BodyPart::Binary(Cow::Owned(_)) | BodyPart::Text(_) => {}
    }
}

/// The encoding in the head of a part, which ends with it.
fn encoding(part: &MimePart<'_>) -> Option<Encoding> {
    let (_, HeaderType::Raw(word)) = part.headers.last()? else { return None };
    [Encoding::SevenBit, Encoding::QuotedPrintable, Encoding::Base64]
        .into_iter()
        .find(|encoding| encoding.as_str() == word.raw)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
    fn one_content_is_encoded_as_the_head_of_each_part_says() {
        // It ends as a head that promises base64 does, and is attached as a message and as a text.
        let head = b"Subject: a\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        let content: Arc<[u8]> = head.to_vec().into();
        let part = |name: &str| {
            let kind = ContentType::guess(name);
            Attachment::new(Some(name.to_owned()), kind, Arc::clone(&content)).unwrap()
        };
        let mut draft = mail(10).to_draft();
        draft.text = Some("=\u{20ac} \n".to_owned());
        draft.attachments = vec![part("a.eml"), part("b.txt"), part("c.eml"), part("d.bin")];
        let mail = Mail::new(draft, &Limits::default()).unwrap();
        let message = mail.seal(&Stamp::preview(), &Limits::default()).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(message.as_bytes()).unwrap();
        let text = String::from_utf8(message.as_bytes().to_vec()).unwrap();
        assert_eq!(text.matches("7bit\r\n\r\nSubject: a\r\n").count(), 2, "{text}");
        assert!(text.contains("quoted-printable\r\n\r\n=3D=E2=82=AC=20\r\n"), "{text}");
        assert_eq!(parsed.attachment_count(), 4);
        for number in [1, 3] {
            assert_eq!(parsed.attachment(number).unwrap().contents(), &*content);
        }
    }

    #[test]
    fn bodies_and_small_attachments_are_not_shared() {
        let message = mail(1_000).seal(&Stamp::now(), &Limits::default()).unwrap();
        assert!(message.shared().is_empty());
    }
}
