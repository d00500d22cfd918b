//! The settings of a mailer.

use std::time::Duration;

use super::judge::Retry;

/// What happens to mail that every recipient's relay has refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undeliverable {
    /// It is kept, for people to look at.
    #[default]
    Keep,
    /// It is deleted.
    Delete,
}

/// How a mailer works.
#[derive(Clone, Debug)]
pub struct MailerSettings {
    /// How often it looks for due mail by itself. Default: 1 minute.
    pub every: Duration,
    /// How many mails of a connection may be past the gate without a durable outcome: so many can
    /// arrive twice after a crash. `None`: 1, for bulk mail 8.
    pub window: Option<usize>,
    /// What happens to mail that is refused for good. Default: it is kept.
    pub undeliverable: Undeliverable,
    /// How long after its end the content of a mail is wiped. Default: 7 days.
    pub wipe_after: Duration,
    /// How long after its end a mail is forgotten. Default: 90 days.
    pub purge_after: Duration,
    /// How long a mail waits between attempts.
    pub retry: Retry,
    /// How many mails go out at the same time, on adapters that have no limit of their own.
    /// Default: 4.
    pub lanes: usize,
    /// How long mail that has passed the gate may take to end after the mailer was told to.
    /// Default: 60 s.
    pub grace: Duration,
}

impl Default for MailerSettings {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
            window: None,
            undeliverable: Undeliverable::default(),
            wipe_after: Duration::from_secs(7 * 86_400),
            purge_after: Duration::from_secs(90 * 86_400),
            retry: Retry::default(),
            lanes: 4,
            grace: Duration::from_secs(60),
        }
    }
}

impl MailerSettings {
    /// How many mails of a connection may be past the gate.
    pub(super) fn window(&self, bulk: bool) -> usize {
        self.window.unwrap_or(if bulk { 8 } else { 1 }).max(1)
    }
}
