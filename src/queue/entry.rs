//! The entry: one mail in the queue, and the words for what it is doing.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use crate::message::{Field, Message, OnConflict, OnUncertain};

/// Names one entry of a queue for ever. It is shown as a UUID; ids are in the order of queueing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub(super) Uuid);

impl EntryId {
    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for EntryId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for EntryId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

/// Declares an enum of words: each value has one, and each word one value.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The one word that it is written as.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// The value of a word; `None` if it is no such word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What an entry is doing, as it is stored.
    State {
        /// It waits until it is due, and for its turn.
        Queued = "queued",
        /// A mailer is at work on it.
        Sending = "sending",
        /// It was handed over, and nobody knows whether the relay has taken it.
        Uncertain = "uncertain",
        /// It waits for a person.
        Held = "held",
        /// Every recipient was accepted.
        Sent = "sent",
        /// Some recipients were accepted, the others refused.
        Partial = "partial",
        /// Every recipient was refused.
        Dead = "dead",
        /// It was not delivered in its time.
        Expired = "expired",
        /// A person, or a later mail with the same key, has cancelled it.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Whether nothing will happen to the entry any more, unless a person wants it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Partial | Self::Dead | Self::Expired | Self::Cancelled)
    }
}

words! {
    /// Under which heading people look for an entry.
    View {
        /// Queued and due.
        Outgoing = "outgoing",
        /// Queued for later, and never tried.
        Scheduled = "scheduled",
        /// Queued and tried; or due, and its route is down.
        Deferred = "deferred",
        /// In the hands of a mailer.
        Sending = "sending",
        /// Uncertain or held: somebody should look.
        Attention = "attention",
        /// Sent to everybody.
        Sent = "sent",
        /// Not delivered, or not to everybody: dead, partial, expired.
        Dead = "dead",
        /// Cancelled.
        Cancelled = "cancelled",
    }
}

words! {
    /// What has become of an entry for one recipient.
    Delivery {
        /// It has not been tried yet.
        Pending = "pending",
        /// The relay has taken it.
        Accepted = "accepted",
        /// It was refused for good.
        Refused = "refused",
        /// It was not taken for now.
        Deferred = "deferred",
        /// Nobody knows.
        Unknown = "unknown",
    }
}

words! {
    /// Which header named a recipient.
    RecipientKind {
        /// `To:`.
        To = "to",
        /// `Cc:`.
        Cc = "cc",
        /// A blind copy, in the envelope only.
        Bcc = "bcc",
    }
}

impl From<Field> for RecipientKind {
    fn from(field: Field) -> Self {
        match field {
            Field::To => Self::To,
            Field::Cc => Self::Cc,
            Field::Bcc => Self::Bcc,
        }
    }
}

impl From<RecipientKind> for Field {
    fn from(kind: RecipientKind) -> Self {
        match kind {
            RecipientKind::To => Self::To,
            RecipientKind::Cc => Self::Cc,
            RecipientKind::Bcc => Self::Bcc,
        }
    }
}

/// When an entry is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So many microseconds after it is queued.
    In(i64),
    /// At this time.
    At(Timestamp),
}

/// A key, which at most one entry has, and the content that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub key: String,
    /// What tells contents apart: equal for the same method, arguments, locale and overrides.
    pub content: Vec<u8>,
    /// What happens if the key is taken and the content another.
    pub on_conflict: OnConflict,
}

/// What a person may see of a mail whose content is secret: text in JSON.
pub type Shown = String;

/// A mail that is to be queued.
#[derive(Clone)]
pub struct NewEntry {
    /// Its id.
    pub id: EntryId,
    /// The name of its adapter.
    pub route: String,
    /// Whether it is one of many.
    pub bulk: bool,
    /// From 1 (first) to 5.
    pub priority: u8,
    /// When it is due.
    pub due: Due,
    /// For how many microseconds after it is due it is tried.
    pub expires_in: i64,
    /// What happens when nobody knows whether it was taken.
    pub on_uncertain: OnUncertain,
    /// Its key.
    pub key: Option<Key>,
    /// The mail method.
    pub method: String,
    /// The locale.
    pub locale: String,
    /// What names the state of the templates that it was rendered from.
    pub revision: Option<String>,
    /// The subject, for lists.
    pub subject: String,
    /// The arguments as JSON without secrets, for people.
    pub arguments: Option<String>,
    /// How many attachments it has.
    pub attachments: usize,
    /// `Some` if the content is secret, and what may be seen of it.
    pub secret: Option<Shown>,
    /// The entry that it was made from.
    pub origin: Option<EntryId>,
    /// Whether mailers are told at once.
    pub wake: bool,
    /// What is sent.
    pub message: Message,
}

impl fmt::Debug for NewEntry {
    /// Shows what is in no way secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEntry")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("route", &self.route)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
