//! The terms: how the mail of one call is queued, the method's own words and the call's together.

use std::time::Duration;

use jiff::Timestamp;

use super::{Call, MailKind, MailMethod, Wake};
use crate::message::{OnConflict, OnUncertain};

/// For how long a mail is tried where nobody says: four days.
const LIFETIME: Duration = Duration::from_secs(4 * 86_400);
/// The priority where nobody says.
const PRIORITY: u8 = 3;

/// When a mail is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after it is queued.
    After(Duration),
    /// At this time.
    At(Timestamp),
}

/// What a call says about its delivery; `None` leaves it to the method.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wishes {
    pub(super) due: Option<Due>,
    pub(super) key: Option<String>,
    pub(super) on_conflict: Option<OnConflict>,
    pub(super) wake: Option<Wake>,
    pub(super) expires: Option<Duration>,
    pub(super) priority: Option<u8>,
}

/// How a mail is queued.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// When it is due; `None` is at once.
    pub due: Option<Due>,
    /// For how long after it is due it is tried.
    pub expires: Duration,
    /// What happens to another content with the same key.
    pub on_conflict: OnConflict,
    /// What happens if nobody knows whether it was taken.
    pub on_uncertain: OnUncertain,
    /// From 1 (first) to 5.
    pub priority: u8,
    /// When a mailer looks at it.
    pub wake: Wake,
}

impl Call {
    /// Sends the queued mail at this time and not before.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::Call;
    ///
    /// let monday: jiff::Zoned = "2026-12-07T08:00[Europe/Berlin]".parse()?;
    /// let call = Call::new("news/digest").at(&monday);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn at(mut self, time: impl Into<Timestamp>) -> Self {
        self.wishes.due = Some(Due::At(time.into()));
        self
    }

    /// Sends the queued mail so long after it is queued.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.wishes.due = Some(Due::After(delay));
        self
    }

    /// Gives the queued mail a key, in place of the method's: of two mails with the same key and
    /// content, one is queued.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.wishes.key = Some(key.into());
        self
    }

    /// What happens if the key is taken by another content.
    #[must_use]
    pub fn on_conflict(mut self, policy: OnConflict) -> Self {
        self.wishes.on_conflict = Some(policy);
        self
    }

    /// Wakes the mailer once the mail is committed.
    #[must_use]
    pub fn immediate(mut self) -> Self {
        self.wishes.wake = Some(Wake::Immediate);
        self
    }

    /// Leaves the mail to the mailer's next regular run.
    #[must_use]
    pub fn at_next_run(mut self) -> Self {
        self.wishes.wake = Some(Wake::NextRun);
        self
    }

    /// Tries the mail for so long after it is due.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.wishes.expires = Some(lifetime);
        self
    }

    /// Which mail goes first: 1 before all others, 5 last; other numbers are the nearest of these.
    #[must_use]
    pub fn priority(mut self, priority: u8) -> Self {
        self.wishes.priority = Some(priority.clamp(1, 5));
        self
    }
}

impl MailMethod {
    /// How the mail of a call is queued.
    #[must_use]
    pub fn terms(&self, call: &Call) -> Terms {
        let (own, wishes) = (self.delivery(), &call.wishes);
        let wake = match self.kind() {
            MailKind::Transactional => Wake::Immediate,
            MailKind::Bulk => Wake::NextRun,
        };
        Terms {
            due: wishes.due,
            expires: wishes.expires.or(own.expires).unwrap_or(LIFETIME),
            on_conflict: wishes.on_conflict.unwrap_or(own.on_conflict),
            on_uncertain: own.on_uncertain,
            priority: wishes.priority.or(own.priority).unwrap_or(PRIORITY),
            wake: wishes.wake.or(own.wake).unwrap_or(wake),
        }
    }
}
