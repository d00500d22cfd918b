//! The message: what a mail is, from its addresses to its sealed bytes.
//!
//! A [`Mail`] is rendered and still structured; [`seal`] turns it with a
//! [`Stamp`] into a [`Message`]: RFC 5322 bytes, a Message-ID and an envelope.
//! This room knows no template, no file and no network.
//!
//! RFC 5322 (message format), RFC 2045 to 2047, 2183, 2231, 2387 (MIME), RFC
//! 5321 §2.3.1 (envelope).

mod address;
mod envelope;
mod error;
mod mailbox;
mod sealed;
mod stamp;

pub use address::Address;
pub use envelope::{Envelope, Field, Recipient};
pub use error::{AddressError, MessageError};
pub use mailbox::{Mailbox, Piece};
pub use sealed::Message;
pub use stamp::Stamp;
