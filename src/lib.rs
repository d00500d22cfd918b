//! A mail is a method: declared once as YAML plus Jinja files, called by name,
//! rendered safely, previewed, tested and sent.

pub mod adapter;
pub mod host;
pub mod message;
pub mod method;
pub mod outbox;
pub mod render;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transaction;

pub use host::MailHost;
pub use message::{Mail, Message, Stamp};
pub use method::{Call, CallError, File, LoadError, MailMethod, MailMethods};
