//! The bell: what wakes the mailer of a store in this process.
//!
//! It rings once a mail is committed. What other processes queue is noticed by
//! the mailer itself; whatever is missed is found by its timer.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the mailer of one store. Clones ring the same bell.
#[derive(Clone, Debug, Default)]
pub(super) struct Bell(Arc<Notify>);

impl Bell {
    /// Wakes whoever waits, or the next who will.
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits for the next ring; one that came before counts.
    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}
