//! Why the queue did not do what was asked of it.

use std::error::Error;

use uuid::Uuid;

/// Why the queue did not do what was asked of it. Nothing was changed then, but where a variant
/// says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The location of the store is wrong.
    #[error("the store {location:?} {problem}")]
    Location {
        /// The location, without a password.
        location: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The database does not answer, or the connection to it was lost.
    #[error("the store cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Somebody else has been writing to the database for longer than we wait.
    #[error(
        "the store is locked: another connection writes to it and did not end its transaction; \
         within an open transaction of your own use `queue_in`"
    )]
    Locked,
    /// The store has no tables yet, and somebody else writes to its database for longer than we wait.
    #[error(
        "the store has no tables yet, and they cannot be made while another transaction writes: \
         call `host.store()` once before your transactions, or run `mailmethod queue migrate`"
    )]
    NoTables,
    /// Another mailer works on this SQLite file.
    #[error("another mailer works on {file}: {holder}")]
    MailerRuns {
        /// The SQLite file.
        file: String,
        /// Who it is, as far as is known.
        holder: String,
    },
    /// The tables were made by a later version of mailmethod.
    #[error(
        "the store has the schema {found}, and this program knows {known}: use a newer mailmethod"
    )]
    Newer {
        /// The version of the tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The tables were made by an earlier version and must be migrated first.
    #[error(
        "the store has the schema {found}, and this program needs {known}: run `mailmethod queue migrate`"
    )]
    Older {
        /// The version of the tables.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// The caller's connection is to another database than the store.
    #[error(
        "this connection is not to the store of the host: name it by `MailHost::builder().store(…)`"
    )]
    OtherDatabase,
    /// The database may not be written.
    #[error("the store is read-only")]
    ReadOnly(#[source] Box<dyn Error + Send + Sync>),
    /// There is no room left on the disk, or in the database.
    #[error("the store is full")]
    Full(#[source] Box<dyn Error + Send + Sync>),
    /// What is stored cannot be read.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// A large part of a mail is not in the store any more.
    #[error("a part of the mail {id} is missing in the store")]
    MissingBlob {
        /// The entry.
        id: Uuid,
    },
    /// The database refused a statement.
    #[error("the store refused a statement")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// A mail with the same key and another content is in the queue.
    #[error("the key {key:?} belongs to the mail {id}, which says something else")]
    KeyConflict {
        /// The key.
        key: String,
        /// The entry that holds it.
        id: Uuid,
    },
    /// A key was taken by somebody else in this very moment; a second try sees by whom.
    #[error("a key was taken by somebody else in this moment: try again")]
    KeyRace,
    /// The database took the work back, because that of somebody else was in its way.
    #[error("somebody else was at work on the same mails: try again")]
    Conflict(#[source] Box<dyn Error + Send + Sync>),
    /// No entry has this id.
    #[error("there is no mail {id:?} in the queue")]
    UnknownEntry {
        /// The id, or the part of one, that was given.
        id: String,
    },
    /// Several entries have an id that begins so.
    #[error("{count} mails in the queue have an id that begins with {id:?}")]
    AmbiguousEntry {
        /// The part of an id that was given.
        id: String,
        /// How many there are.
        count: u64,
    },
    /// The entry is not in a state in which this can be done.
    #[error("{action} is not possible: the mail is {state}")]
    NotPossible {
        /// What was asked for.
        action: &'static str,
        /// The state of the entry, and what that means here.
        state: String,
    },
    /// The filter cannot be read.
    #[error("{0}")]
    Filter(super::FilterError),
    /// More, or fewer, entries match now than were expected.
    #[error("{found} mails match, and not {expected}: look again")]
    Unexpected {
        /// How many were expected.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The program's runtime has ended.
    #[error("the queue has been closed")]
    Closed,
}

impl QueueError {
    /// Whether the store may well answer a moment later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Locked
                | Self::NoTables
                | Self::Full(_)
                | Self::KeyRace
                | Self::Conflict(_)
                | Self::MailerRuns { .. }
        )
    }

    /// The same error for somebody else who meets it, if everybody does.
    pub(super) fn shared(&self) -> Option<Self> {
        match self {
            Self::Locked => Some(Self::Locked),
            Self::Unreachable(source) => Some(Self::Unreachable(source.to_string().into())),
            _ => None,
        }
    }

    /// Sorts an error of the database driver.
    pub(super) fn from_database(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                    Self::Damaged { what: error.to_string() }
                }
                sqlx::Error::Configuration(_)
                | sqlx::Error::Encode(_)
                | sqlx::Error::InvalidArgument(_) => Self::Refused(error.into()),
                error => Self::Unreachable(error.into()),
            };
        };
        let code = database.code().unwrap_or_default().into_owned();
        match code.parse::<u32>() {
            // PostgreSQL's codes have five characters, SQLite's extended codes four at most.
            Ok(number) if code.len() < 5 => Self::from_sqlite(number & 0xff, error.into()),
            _ => Self::from_postgres(&code, error),
        }
    }

    /// Sorts an error of SQLite itself.
    #[cfg(feature = "sqlite")]
    pub(super) fn from_direct(error: rusqlite::Error) -> Self {
        match error.sqlite_error().map(|error| error.extended_code & 0xff) {
            Some(code) => Self::from_sqlite(u32::try_from(code).unwrap_or_default(), error.into()),
            None => Self::Damaged { what: error.to_string() },
        }
    }

    /// SQLite's primary result codes.
    fn from_sqlite(code: u32, error: Box<dyn Error + Send + Sync>) -> Self {
        match code {
            5 | 6 => Self::Locked,
            8 => Self::ReadOnly(error),
            13 => Self::Full(error),
            11 | 26 => Self::Damaged { what: error.to_string() },
            3 | 10 | 14 => Self::Unreachable(error),
            _ => Self::Refused(error),
        }
    }

    /// PostgreSQL's classes of SQLSTATE.
    fn from_postgres(code: &str, error: sqlx::Error) -> Self {
        match code {
            "25006" => Self::ReadOnly(error.into()),
            "53100" | "53200" => Self::Full(error.into()),
            "55P03" => Self::Locked,
            "40001" | "40P01" => Self::Conflict(error.into()),
            _ if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
                Self::Unreachable(error.into())
            }
            _ if code.starts_with("XX") => Self::Damaged { what: error.to_string() },
            _ => Self::Refused(error.into()),
        }
    }
}
