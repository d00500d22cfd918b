//! Why there is no token, and why a token does not hold.

use jiff::civil::Date;

/// What is wrong with the settings of unsubscribing, or why no token can be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsubscribeError {
    /// The URL cannot be the one that mail programs post to.
    #[error("{url:?} {reason}")]
    Url {
        /// The URL that was refused.
        url: String,
        /// What is wrong with it, as half a sentence.
        reason: &'static str,
    },
    /// A key has fewer than 16 octets.
    #[error("the key has {found} octets where 16 are the least")]
    Key {
        /// How many it has.
        found: usize,
    },
    /// The address for unsubscribing by mail is none, or one that a link cannot hold.
    #[error("{address:?} is no plain address")]
    Mailto {
        /// The text that was refused.
        address: String,
    },
    /// The name of a list holds what no such name holds.
    #[error("{list:?} is no name of a list: it has 1 to 64 letters, digits, `.`, `-`, `_` and `/`")]
    List {
        /// The text that was refused.
        list: String,
    },
    /// No key was given.
    #[error("there is no key for unsubscribe tokens: {reason}")]
    NoKey {
        /// Why, as far as it is known.
        reason: String,
    },
}

/// Why a token unsubscribes nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is no token, or a part of one.
    #[error("this is no unsubscribe token, or not the whole of one")]
    Malformed,
    /// It is signed by none of our keys, or something in it was changed.
    #[error("the token was not made by this application")]
    Forged,
    /// It is older than tokens may be.
    #[error("the token is of {issued} and holds no more")]
    Expired {
        /// The day of its mail.
        issued: Date,
    },
    /// There is no key to check it by.
    #[error("there is no key for unsubscribe tokens: {reason}")]
    NoKey {
        /// Why, as far as it is known.
        reason: String,
    },
}
