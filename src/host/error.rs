//! Why a host does not open, and why a mail was not sent.

use crate::adapter::{AdapterUrlError, Receipt};
use crate::message::{Message, MessageError};
use crate::method::{CallError, LoadError};
use crate::source::Findings;

/// Why a host does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The settings are wrong.
    #[error("{0}")]
    Settings(Findings),
    /// A mail method is wrong.
    #[error("{0}")]
    Methods(LoadError),
    /// The URL of an adapter is wrong.
    #[error("the adapter {name:?} has a wrong URL: {}", crate::host::error::with_help(error))]
    Adapter {
        /// The adapter's name.
        name: String,
        /// What is wrong with its URL.
        error: AdapterUrlError,
    },
    /// The store cannot be opened.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[error("the store cannot be opened")]
    Store(#[source] crate::queue::QueueError),
}

/// Why an adapter cannot be had.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterError {
    /// There is no adapter of that name.
    #[error("there is no adapter {name:?}: {}", defined_ones(defined))]
    Undefined {
        /// The name that a method or a caller gave.
        name: String,
        /// The adapters that there are.
        defined: Vec<String>,
    },
    /// A variable in its URL is not set.
    #[error("{0}")]
    Variable(Findings),
    /// Its URL is wrong.
    #[error("the adapter {name:?} has a wrong URL: {}", with_help(error))]
    Url {
        /// The adapter's name.
        name: String,
        /// What is wrong with its URL.
        error: AdapterUrlError,
    },
}

/// What became of a mail that was handed to an adapter.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message as it was sent; its [`Message::id`] finds it in the relay's log.
    pub message: Message,
    /// Each recipient's outcome.
    pub receipt: Receipt,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The call gives no mail.
    #[error("{0}")]
    Call(CallError),
    /// The mail gives no message.
    #[error("the mail cannot be sealed: {0}")]
    Message(MessageError),
    /// The method's adapter cannot be had.
    #[error("{0}")]
    Adapter(AdapterError),
    /// No recipient was accepted; the outcome of each is in the receipt.
    #[error("the mail was not accepted: {}", reason(&.0.receipt))]
    NotAccepted(Box<Sent>),
}

/// Why a mail was not queued.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// The call gives no mail.
    #[error("{0}")]
    Call(CallError),
    /// The mail gives no message.
    #[error("the mail cannot be sealed: {0}")]
    Message(MessageError),
    /// The queue did not take it.
    #[error("the mail was not queued")]
    Queue(#[from] crate::queue::QueueError),
}

fn reason(receipt: &Receipt) -> String {
    if let Some(error) = &receipt.error {
        return match error.help {
            Some(help) => format!("{error} ({help})"),
            None => error.to_string(),
        };
    }
    receipt
        .recipients
        .iter()
        .map(|recipient| {
            let reply = recipient.reply.as_ref().map(|reply| format!(" {reply}"));
            format!("{} {}{}", recipient.address, recipient.outcome, reply.unwrap_or_default())
        })
        .collect::<Vec<_>>()
        .join("; ")
}

fn defined_ones(defined: &[String]) -> String {
    if defined.is_empty() {
        return "none is defined: set MAILMETHOD_SMTP_URL, or `adapters: { default: URL }` in \
                mailmethod.yaml"
            .to_owned();
    }
    format!("defined are {}", defined.join(", "))
}

pub(crate) fn with_help(error: &AdapterUrlError) -> String {
    error.to_string()
}
