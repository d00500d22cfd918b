//! The message: what a mail is, from its addresses to its sealed bytes.
//!
//! A [`Mail`] is rendered and still structured; [`Mail::seal`] turns it with a
//! [`Stamp`] into a [`Message`]: RFC 5322 bytes, a Message-ID and an envelope.
//! This room knows no template, no file and no network.
//!
//! RFC 5322 (message format), RFC 2045 to 2047, 2183, 2231, 2387 (MIME), RFC
//! 5321 §2.3.1 (envelope).

mod address;
mod attachment;
mod body;
mod content_type;
mod doubt;
mod draft;
mod envelope;
mod error;
mod head;
mod header;
mod header_name;
mod limits;
mod mail;
mod mailbox;
mod one_click;
mod outline;
mod output;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod reading;
mod seal;
mod sealed;
mod stamp;

pub use address::Address;
pub use attachment::{Attachment, Disposition};
pub use content_type::ContentType;
pub use doubt::{OnConflict, OnUncertain};
pub use draft::Draft;
pub use envelope::{Envelope, Field, Recipient};
pub use error::{AddressError, MessageError};
pub use header::{Header, HeaderValue};
pub use header_name::{HeaderKind, HeaderName};
pub use limits::Limits;
pub use mail::Mail;
pub use mailbox::{Mailbox, Piece};
pub use one_click::OneClick;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use reading::{ReadPart, Reading};
pub use sealed::Message;
pub use stamp::Stamp;
