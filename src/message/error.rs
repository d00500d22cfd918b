//! Why something is no address, or no message.

use crate::unsubscribe::UnsubscribeError;

/// Why a text is no address or mailbox.
///
/// # Examples
///
/// ```
/// use mailmethod::message::Address;
///
/// let error = "ada".parse::<Address>().unwrap_err();
/// assert_eq!(error.to_string(), r#""ada" is no address: it has no `@`"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{:?} is no address: {reason}", shortened(text))]
#[non_exhaustive]
pub struct AddressError {
    /// The text that was refused.
    pub text: String,
    /// What is wrong with it, as half a sentence.
    pub reason: &'static str,
}

/// Why a mail cannot be made or sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// No To, no Cc and no Bcc is left.
    #[error("the mail has no recipient")]
    NoRecipient,
    /// There is no `From:`.
    #[error("the mail has no sender: the header `from` is missing")]
    NoSender,
    /// There is neither a text nor an HTML body.
    #[error("the mail has no body: neither text nor HTML")]
    NoBody,
    /// A header name, value, file name, content type or content id would break the message.
    #[error("{what} {:?} {reason}", shortened(text))]
    Unsafe {
        /// What it would have been: `header name`, `file name`, `content id`, ….
        what: &'static str,
        /// The text that was refused.
        text: String,
        /// What is wrong with it, as half a sentence: `holds a line break`.
        reason: &'static str,
    },
    /// A header that stands once at most stands twice (RFC 5322 §3.6).
    #[error("the header {name} stands twice")]
    RepeatedHeader {
        /// The header's name.
        name: String,
    },
    /// A header that this crate writes itself was set by hand.
    #[error("the header {name} is written by mailmethod itself")]
    ReservedHeader {
        /// The header's name.
        name: String,
    },
    /// An attachment has neither a content type nor a file name to guess one from.
    #[error("an attachment has neither a file name nor a content type")]
    UntypedAttachment,
    /// An address does not parse.
    #[error("the header {name} has a wrong address")]
    Address {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// The recipient cannot unsubscribe in one click.
    #[error("one-click unsubscribing is not possible")]
    Unsubscribe {
        /// Why.
        source: UnsubscribeError,
    },
    /// A limit was passed.
    #[error("{what}: {found} where at most {limit} are allowed")]
    Limit {
        /// What is limited: `recipients`, `octets of attachments`, `octets of the message`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
}

/// The first 80 characters of a text, so that an error stays one line.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
