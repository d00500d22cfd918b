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

mod bell;
mod call;
mod changes;
mod clock;
mod database;
mod entry;
mod error;
mod filter;
mod insert;
mod lease;
mod listing;
mod location;
mod lock;
mod mailer;
mod manage;
mod open;
mod outbox;
mod recovery;
mod route;
mod schema;
mod store;
mod sweep;
mod writer;

pub use call::{Intake, PendingCall};
pub use changes::Changes;
pub use entry::{Delivery, Due, EntryId, Key, NewEntry, RecipientKind, Shown, State, View};
pub use error::QueueError;
pub use filter::{Filter, FilterError};
pub use lease::{Claim, Lease, Next, Said, Settlement, Ticket, Unsendable};
pub use listing::{Cursor, Detail, Event, LastReply, Order, RecipientState, RouteAge, Summary};
pub use location::Location;
pub use lock::MailerLock;
pub use mailer::{MailerInfo, Usage};
pub use manage::{Action, Actor, AuditRow};
pub use outbox::CallerConnection;
pub use route::{Agenda, Breaker, Route};
pub use store::Store;
pub use writer::Passed;

/// Why an entry is held whose call gives no mail.
pub const RENDER_REASON: &str = "render";
/// Why an entry is held that took its mailer down with it.
pub const POISON_REASON: &str = "poison";

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
