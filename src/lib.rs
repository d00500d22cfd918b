//! A mail is a method: declared once as YAML plus Jinja files, called by name,
//! rendered safely, previewed, tested and sent.
//!
//! | step | type | what can go wrong is known after it |
//! |---|---|---|
//! | load a folder | [`MailMethods`] | unknown keys and types, template syntax, dangling files |
//! | call by name | [`Call`] | missing, unknown and ill-typed arguments |
//! | render | [`Mail`] | templates; a mail as a whole: sender, recipients, limits |
//! | seal with a [`Stamp`] | [`Message`] | nothing: these bytes are what is sent |
//! | send by an [adapter] | [`Receipt`](adapter::Receipt) | each recipient's outcome |
//! | or stage, and commit | [`Transaction`](host::Transaction) | whether nothing, all or a part of it has happened |
//!
//! [`MailHost`] pairs methods with adapters and does all of it. Calls can be generated, so that the
//! compiler checks them: see [`codegen`].
//!
//! ```
//! use mailmethod::{Call, MailMethods, Stamp};
//!
//! let methods = MailMethods::from_embedded([
//!     (
//!         "account/welcome.yaml",
//!         "arguments: { name: string, email: address }\n\
//!          headers:\n  from: Shop <shop@example.test>\n  to: '{{ name }} <{{ email }}>'\n  \
//!          subject: 'Welcome, {{ name }}'\n",
//!     ),
//!     ("account/welcome.html.j2", "<p>Hello <b>{{ name }}</b>!</p>"),
//! ])?;
//! let call = Call::new("account/welcome").arg("name", "Ada & Co")?.arg("email", "ada@example.test")?;
//! let mail = methods.call(&call)?;
//! assert_eq!(mail.subject(), "Welcome, Ada & Co");
//! assert_eq!(mail.html(), Some("<p>Hello <b>Ada &amp; Co</b>!</p>\n"));
//! assert_eq!(mail.text(), Some("Hello Ada & Co!\n"));
//!
//! let message = mail.seal(&Stamp::preview(), methods.limits())?;
//! assert!(message.as_bytes().starts_with(b"From: \"Shop\" <shop@example.test>\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    feature = "cli",
    doc = "\n[The guide](guide) begins at the beginning, and has a page for each of the larger questions."
)]

pub mod adapter;
pub mod codegen;
#[cfg(all(any(doc, doctest), feature = "cli"))]
pub mod guide;
pub mod host;
mod html;
pub mod lint;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod mailer;
#[cfg(all(feature = "manage", any(feature = "sqlite", feature = "postgres")))]
pub mod manage;
pub mod message;
pub mod method;
pub mod outbox;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod queue;
pub mod render;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transaction;
pub mod unsubscribe;

pub use host::MailHost;
pub use message::{Mail, Message, Stamp};
pub use method::{Call, CallError, File, LoadError, MailMethod, MailMethods};

/// The README's code, compiled by `cargo test`.
#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../README.md")]
mod readme {}
