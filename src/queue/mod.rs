//! The queue: mails that are committed and not delivered yet, in a database.
//!
//! A [`Store`] is on SQLite or PostgreSQL. Mails go in as [`NewEntry`], one by
//! one, many at once, or within a caller's own transaction; a mailer claims them
//! as [`Lease`]s, lets them pass the gate, and writes down what has become of
//! them. People list, filter and manage them. Nothing here knows how a mail is
//! delivered, or what a mail method is.
//!
//! What holds: an entry that was committed is never lost; its body leaves only
//! after its gate was committed; and whoever lost a lease changes nothing.

mod adopt;
mod bell;
mod call;
mod changes;
mod clock;
mod copy;
mod database;
mod entry;
mod error;
mod existing;
mod explain;
mod filter;
mod frontier;
mod history;
mod hours;
mod insert;
mod lease;
mod listing;
mod loader;
mod location;
mod lock;
mod mailer;
mod manage;
mod meaning;
mod news;
mod open;
mod outbox;
mod pack;
mod prepared;
mod readers;
mod recovery;
mod route;
mod schema;
mod shape;
mod source;
mod store;
mod sweep;
mod writer;

pub use call::{Intake, PendingCall};
pub use changes::Changes;
pub use entry::{Delivery, Due, EntryId, Key, NewEntry, RecipientKind, Shown, State, View};
pub use error::QueueError;
pub use explain::Explanation;
pub use filter::{Filter, FilterError};
pub use history::AttemptRecord;
pub use hours::HourCount;
pub(crate) use insert::own_of;
pub(crate) use lease::plain;
pub use lease::{Claim, Lease, Next, Said, Settlement, Ticket, Unsendable};
pub use listing::{
    AGED, Cursor, Detail, Event, LastReply, Order, RecipientState, RouteAge, Summary,
};
pub use location::Location;
pub use lock::MailerLock;
pub use mailer::{MailerInfo, Usage};
pub use manage::{Action, Actor, AuditRow};
pub use meaning::{Meaning, meaning};
pub use news::{Changed, Look, News};
pub use outbox::CallerConnection;
pub use prepared::Prepared;
pub use route::{Agenda, Breaker, Route};
pub use source::StoreSource;
pub use store::Store;
pub use writer::Passed;

/// Why an entry is held whose call gives no mail.
pub const RENDER_REASON: &str = "render";
/// Why an entry is held that took its mailer down with it.
pub const POISON_REASON: &str = "poison";

/// The statement that names the database of a connection: the same for all connections to it.
pub(crate) const fn database_name(postgres: bool) -> &'static str {
    if postgres {
        "SELECT 'postgres:' || current_database() || '@' || (extract(epoch FROM pg_postmaster_start_time()) \
           * 1000000)::bigint"
    } else {
        "SELECT 'sqlite:' || file FROM pragma_database_list WHERE name = 'main'"
    }
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}
