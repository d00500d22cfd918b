//! The outbox of a test: what the host has queued, and what has become of it.

use std::fmt;

use super::failure::fail;
use crate::message::{Address, Mail};
use crate::queue::{EntryId, State, Summary, View};

/// What has become of a mail that a test has queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It was queued in a transaction that has not committed: it may still do so, or never.
    Uncommitted,
    /// It is in the queue and was not tried yet.
    Committed,
    /// It was tried, and will be again.
    Deferred,
    /// It was sent to everybody.
    Sent,
    /// It was refused, wholly or in part, or not delivered in its time.
    Dead,
    /// It waits for a person, or was cancelled by one.
    Stopped,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uncommitted => "not committed",
            Self::Committed => "committed",
            Self::Deferred => "deferred",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Stopped => "held, uncertain or cancelled",
        })
    }
}

/// A mail that a test has queued.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Its id.
    pub id: EntryId,
    /// What has become of it.
    pub fate: Fate,
    /// The mail as it was rendered.
    pub mail: Mail,
    /// What the queue says of it; `None` as long as it is not committed.
    pub entry: Option<Summary>,
}

/// All mails that the host of a test has queued, at one moment.
#[derive(Clone, Debug)]
pub struct Outbox {
    pub(super) mails: Vec<Queued>,
}

impl Outbox {
    /// The mails, in the order of queueing.
    #[must_use]
    pub fn all(&self) -> &[Queued] {
        &self.mails
    }

    /// The mails of a fate, in the order of queueing.
    #[must_use]
    pub fn with(&self, fate: Fate) -> Vec<&Queued> {
        self.mails.iter().filter(|mail| mail.fate == fate).collect()
    }

    /// The one mail of this method; `.` is as good as `/`.
    ///
    /// # Panics
    ///
    /// If there is none of it, or more than one; the text lists what there is.
    #[must_use]
    #[track_caller]
    pub fn one(&self, method: &str) -> &Queued {
        let method = method.replace('.', "/");
        let mut found = self.mails.iter().filter(|mail| mail.mail.method() == method);
        match (found.next(), found.next()) {
            (Some(one), None) => one,
            _ => fail(&format!("expected exactly one mail of {method}; {self}")),
        }
    }

    /// Asserts how many mails have a fate.
    ///
    /// # Panics
    ///
    /// If it is another number; the text lists what there is.
    #[track_caller]
    pub fn assert_count(&self, fate: Fate, count: usize) -> &Self {
        let found = self.with(fate).len();
        if found != count {
            fail(&format!("expected {count} mails that are {fate}, found {found}; {self}"));
        }
        self
    }
}

impl fmt::Display for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mails.is_empty() {
            return f.write_str("nothing was queued");
        }
        f.write_str("queued were:")?;
        for Queued { fate, mail, .. } in &self.mails {
            let envelope = mail.envelope();
            let to: Vec<&str> = envelope.addresses().map(Address::as_str).collect();
            write!(f, "\n  {fate}: {} → {}: {}", mail.method(), to.join(", "), mail.subject())?;
        }
        Ok(())
    }
}

/// What has become of an entry.
pub(super) fn fate(entry: &Summary) -> Fate {
    match (entry.state, entry.view) {
        (State::Sent, _) => Fate::Sent,
        (_, View::Dead) => Fate::Dead,
        (_, View::Deferred) => Fate::Deferred,
        (State::Queued | State::Sending, _) => Fate::Committed,
        _ => Fate::Stopped,
    }
}
