//! Why an adapter URL is wrong; it never holds a user name, a password or the whole URL.

use std::sync::Arc;

use crate::source::nearest;

/// Why a text is no adapter URL.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterUrlError {
    /// There is no `:`.
    #[error("the adapter URL has no scheme, such as `smtp://`")]
    NoScheme,
    /// There is no such scheme.
    #[error("unknown scheme `{scheme}`: {}", meant(.nearest.as_deref(), .known))]
    UnknownScheme {
        /// The scheme.
        scheme: String,
        /// The one that was likely meant.
        nearest: Option<String>,
        /// The schemes that there are, as a list.
        known: String,
    },
    /// An SMTP scheme, in a build without the feature `smtp`.
    #[error("this program was built without the feature `smtp`")]
    WithoutSmtp,
    /// A character that ends the user name or password stands in it unescaped.
    #[error("the user name or password holds a raw `{character}`: write it as {}", .escape)]
    RawCharacter {
        /// `#`, `@`, `/` or `?`.
        character: char,
        /// How it is written.
        escape: &'static str,
    },
    /// A `%` is not followed by two hexadecimal digits.
    #[error("a `%` is not followed by two hexadecimal digits: a plain one is written %25")]
    BadEscape,
    /// No server is named.
    #[error("the host is missing: {scheme}://HOST:PORT")]
    MissingHost {
        /// The scheme.
        scheme: &'static str,
    },
    /// What stands in the host's place is no name and no IP address.
    #[error("the host is no name and no IP address")]
    BadHost,
    /// What stands behind the host's `:` is no port.
    #[error("the port is no number from 1 to 65535")]
    BadPort,
    /// Something like a path stands behind the host.
    #[error("nothing may stand between the host and the `?`")]
    PathBehindHost,
    /// Port 465 speaks TLS from the first byte.
    #[error("port 465 speaks TLS from the first byte: use smtps:// instead of {scheme}://")]
    PortOfSmtps {
        /// The scheme.
        scheme: &'static str,
    },
    /// There is a user name without a password.
    #[error("there is a user name without a password: USER:PASSWORD@HOST")]
    NoPassword,
    /// There is a password without a user name.
    #[error("there is a password without a user name: USER:PASSWORD@HOST")]
    NoUser,
    /// `auth=` or `insecure_auth=` without a user name.
    #[error("`{key}` needs a user name: USER:PASSWORD@HOST")]
    KeyNeedsUser {
        /// The key.
        key: &'static str,
    },
    /// The password could cross the net in clear.
    #[error(
        "the password would be sent in clear: use smtp+starttls:// or smtps://, or add insecure_auth=true if the way is safe"
    )]
    PasswordInClear,
    /// There is no such key.
    #[error("unknown key `{key}`: {}", meant(.nearest.as_deref(), .known))]
    UnknownKey {
        /// The key.
        key: String,
        /// The one that was likely meant.
        nearest: Option<String>,
        /// The keys that there are, as a list.
        known: String,
    },
    /// A key stands twice.
    #[error("the key `{key}` stands twice")]
    RepeatedKey {
        /// The key.
        key: String,
    },
    /// The value of a key is wrong.
    #[error("`{key}` must be {expected}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// What it must be, with an example.
        expected: &'static str,
    },
    /// A key that does not fit to the scheme or to another key.
    #[error("`{key}` {reason}")]
    Misplaced {
        /// The key.
        key: &'static str,
        /// Why, as half a sentence.
        reason: &'static str,
    },
    /// A file that a key names cannot be read.
    #[error("`{key}`: the file cannot be read as PEM: {path}")]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: String,
        /// Why.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// `file:` without a folder.
    #[error("`file:` needs a folder: file:DIR")]
    MissingFolder,
    /// Something stands behind a scheme that takes nothing.
    #[error("`{scheme}:` takes nothing behind it")]
    NothingBehind {
        /// The scheme.
        scheme: &'static str,
    },
    /// A `failover(…)` is wrong.
    #[error("failover: {reason}")]
    Failover {
        /// What is wrong, as half a sentence.
        reason: &'static str,
    },
}

impl AdapterUrlError {
    pub(super) fn unknown_scheme(scheme: &str, known: &[&str]) -> Self {
        // What stands before the first `:` of a text that is no URL may be anything.
        let scheme = shortened(scheme);
        let nearest = nearest(&scheme, known.iter().copied()).map(str::to_owned);
        Self::UnknownScheme { scheme, nearest, known: known.join(", ") }
    }

    pub(super) fn unknown_key(key: &str, known: &[&str]) -> Self {
        let key = shortened(key);
        let nearest = nearest(&key, known.iter().copied()).map(str::to_owned);
        Self::UnknownKey { key, nearest, known: known.join(", ") }
    }
}

fn meant(nearest: Option<&str>, known: &str) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {known}"),
    }
}

/// The first 40 characters, without control characters.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
