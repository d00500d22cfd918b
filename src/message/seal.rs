//! Sealing: from a mail and a stamp to the bytes of a message.
//!
//! The same mail and stamp give the same bytes, on every machine. mail-builder
//! writes the MIME; this file gives it an order, ids and boundaries, and keeps
//! `Bcc` out of it.
//!
//! RFC 5322 §3.6.4 (Message-ID), RFC 2606 (`.invalid`).

use sha2::{Digest, Sha256};

use super::draft::within;
use super::output::Output;
use super::{HeaderValue, Limits, Mail, Message, MessageError, Stamp, body, head};

/// The domain of ids in previews: it never resolves.
const PREVIEW_DOMAIN: &str = "preview.invalid";

impl Mail {
    /// Makes the message: RFC 5322 bytes in CRLF lines, a Message-ID and the envelope.
    ///
    /// # Errors
    ///
    /// [`MessageError::Limit`] if the message is larger than `limits.message` octets;
    /// [`MessageError::Unsubscribe`] if its unsubscribe token cannot be signed.
    pub fn seal(&self, stamp: &Stamp, limits: &Limits) -> Result<Message, MessageError> {
        self.stamped(stamp)?.sealed(stamp, limits)
    }

    fn sealed(&self, stamp: &Stamp, limits: &Limits) -> Result<Message, MessageError> {
        let content = self.content_len();
        within("octets of the message", content, limits.message)?;
        let ids = Ids::of(self, stamp);
        let tree = body::tree(self, &ids.unique);
        let mut output = Output::of(&tree);
        for field in head::fields(self, stamp.date(), &ids.message) {
            field.write(&mut output.bytes);
        }
        tree.write_part(&mut output);
        let (bytes, shared) = output.into_parts();
        within("octets of the message", bytes.len(), limits.message)?;
        Ok(Message::sealed(ids.message, self.envelope(), bytes, shared))
    }

    /// All headers of the message that [`seal`](Self::seal) makes, as it orders and spells them,
    /// with decoded values. The token of unsubscribing is that of [`stamped`](Self::stamped).
    #[must_use]
    pub fn sealed_headers(&self, stamp: &Stamp) -> Vec<(String, String)> {
        let ids = Ids::of(self, stamp);
        let mut shown: Vec<_> = head::fields(self, stamp.date(), &ids.message)
            .iter()
            .map(head::HeadField::shown)
            .collect();
        shown.extend(body::shown_headers(&body::tree(self, &ids.unique)));
        shown
    }

    /// Octets of bodies and attachments, not encoded.
    fn content_len(&self) -> usize {
        let bodies = self.text().map_or(0, str::len) + self.html().map_or(0, str::len);
        self.attachments().iter().map(|part| part.content().len()).sum::<usize>() + bodies
    }

    /// The first 32 hexadecimal digits of a hash over all that sealing writes.
    ///
    /// Every piece goes in behind its length, so that no two mails look alike by concatenation.
    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |piece: &[u8]| {
            hash.update(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(piece);
        };
        for header in self.headers().iter().filter(|header| !header.name().is("Bcc")) {
            add(header.name().as_str().as_bytes());
            add(header.value().to_string().as_bytes());
        }
        for body in [self.text(), self.html()] {
            // A body that is not there is told from all others by its label.
            add(if body.is_some() { b"body" } else { b"none" });
            add(body.unwrap_or_default().as_bytes());
        }
        for part in self.attachments() {
            for label in [part.filename(), part.content_id()] {
                add(if label.is_some() { b"label" } else { b"none" });
                add(label.unwrap_or_default().as_bytes());
            }
            add(part.content_type().to_string().as_bytes());
            add(part.content());
        }
        let digest = hash.finalize();
        let first = digest.first_chunk().copied().unwrap_or_default();
        format!("{:032x}", u128::from_be_bytes(first))
    }
}

/// What is unique in one message.
struct Ids {
    /// 32 hexadecimal digits, of which boundaries are made.
    unique: String,
    /// The Message-ID in angle brackets.
    message: String,
}

impl Ids {
    fn of(mail: &Mail, stamp: &Stamp) -> Self {
        let (unique, domain) = match stamp.id() {
            Some(id) => {
                let digits = &mut uuid::Uuid::encode_buffer();
                let unique = id.simple().encode_lower(digits).to_owned();
                (unique, mail.from().address().domain())
            }
            None => (mail.fingerprint(), PREVIEW_DOMAIN),
        };
        let given = match mail.value("Message-ID") {
            Some(HeaderValue::Ids(ids)) => ids.first().cloned(),
            _ => None,
        };
        let message = given.unwrap_or_else(|| ["<", &unique, "@", domain, ">"].concat());
        Self { unique, message }
    }
}
