//! The stamp: the time and the ids of one message, made at one place.
//!
//! Nothing else in this crate asks a clock or a random source, so a message is
//! the same bytes for the same mail and stamp.

use jiff::Timestamp;
use uuid::Uuid;

/// What sealing needs and a mail does not determine: the date and a unique id.
///
/// # Examples
///
/// ```
/// use mailmethod::message::Stamp;
///
/// assert_eq!(Stamp::preview().date().to_string(), "2000-01-01T00:00:00Z");
/// assert_ne!(Stamp::now().id(), Stamp::now().id());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    date: Timestamp,
    id: Option<Uuid>,
}

impl Stamp {
    /// A stamp of this moment with an id of its own: the crate's one door to the clock.
    #[must_use]
    pub fn now() -> Self {
        Self { date: Self::time(), id: Some(Uuid::now_v7()) }
    }

    /// This moment alone, which costs less than an id.
    #[expect(clippy::disallowed_methods, reason = "this is the door that the lint points to")]
    pub(crate) fn time() -> Timestamp {
        Timestamp::now()
    }

    /// A stamp of the given date and id.
    #[must_use]
    pub const fn new(date: Timestamp, id: Uuid) -> Self {
        Self { date, id: Some(id) }
    }

    /// The fixed stamp of previews: 2000-01-01T00:00:00Z, ids from a hash of the content, domain
    /// `preview.invalid`.
    #[must_use]
    pub fn preview() -> Self {
        Self { date: Timestamp::constant(946_684_800, 0), id: None }
    }

    /// The date that the message carries.
    #[must_use]
    pub const fn date(&self) -> Timestamp {
        self.date
    }

    /// The id from which Message-ID and boundaries are made; `None` in a preview.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        self.id
    }
}
