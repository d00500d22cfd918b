//! The message: what a relay is given, and what a queue stores.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::Envelope;

/// A sealed message: RFC 5322 bytes, Message-ID and envelope. Cloning it copies no bytes.
///
/// The bytes end in CRLF, hold no bare CR or LF, no line over 998 octets and no `Bcc`.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(Arc<Parts>);

#[derive(PartialEq, Eq)]
struct Parts {
    id: String,
    envelope: Envelope,
    bytes: Vec<u8>,
    shared: Vec<Range<usize>>,
}

impl Message {
    /// A message that was sealed before, for instance one that comes back from a store.
    ///
    /// Nothing is checked: `id` is its Message-ID with angle brackets and `bytes` are as sealing
    /// made them. A new message comes from [`Mail::seal`](super::Mail::seal).
    #[must_use]
    pub fn from_parts(id: String, envelope: Envelope, bytes: Vec<u8>) -> Self {
        Self::sealed(id, envelope, bytes, Vec::new())
    }

    pub(super) fn sealed(
        id: String,
        envelope: Envelope,
        bytes: Vec<u8>,
        shared: Vec<Range<usize>>,
    ) -> Self {
        Self(Arc::new(Parts { id, envelope, bytes, shared }))
    }

    /// The Message-ID, angle brackets included.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// From whom and to whom.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// The message as it is sent, before dot-stuffing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The ranges of the bytes that other messages are likely to hold as well, in order and apart:
    /// large attachments, as they are encoded. Whoever stores many messages stores these once.
    #[must_use]
    pub fn shared(&self) -> &[Range<usize>] {
        &self.0.shared
    }

    /// Whether only a server with SMTPUTF8 can take it (RFC 6531): a local part of its envelope
    /// or its headers is beyond ASCII.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        // Sealing encodes all else, so an octet beyond ASCII in the header is such a local part.
        let bytes = self.as_bytes();
        let end = bytes.windows(4).position(|octets| octets == b"\r\n\r\n").unwrap_or(bytes.len());
        self.0.envelope.needs_smtputf8() || !bytes.iter().take(end).all(u8::is_ascii)
    }
}

impl fmt::Debug for Message {
    /// Shows the Message-ID and the size; bodies and recipients are in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.0.id)
            .field("recipients", &self.0.envelope.recipients().len())
            .field("octets", &self.0.bytes.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Message;
    use crate::message::{Envelope, Field, Recipient};

    fn message(bytes: &str) -> Message {
        let recipient = Recipient { address: "a@x.test".parse().unwrap(), field: Field::To };
        let envelope = Envelope::new(None, vec![recipient]).unwrap();
        Message::from_parts("<1@x.test>".to_owned(), envelope, bytes.as_bytes().to_vec())
    }

    #[test]
    fn a_header_beyond_ascii_needs_smtputf8_and_a_body_does_not() {
        assert!(message("To: <ü@x.test>\r\n\r\nbody\r\n").needs_smtputf8());
        assert!(!message("To: <u@x.test>\r\n\r\nGrüße\r\n").needs_smtputf8());
        assert!(!message("").needs_smtputf8());
    }

    #[test]
    fn debug_shows_the_id_and_sizes_alone() {
        let shown = format!("{:?}", message("Subject: secret\r\n\r\nsecret\r\n"));
        assert_eq!(shown, r#"Message { id: "<1@x.test>", recipients: 1, octets: 27 }"#);
    }
}
