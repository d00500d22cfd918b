//! The SMTP adapter: persistent, checked connections that tell the truth about each recipient.
//!
//! Sockets, TLS, deadlines and reading replies are ours; lettre gives commands,
//! parameters, EHLO names and login mechanisms. A session that did not end clean
//! is never used again.
//!
//! RFC 5321, RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 4954 (AUTH).

mod auth;
mod authority;
mod body;
mod connect;
mod deadlines;
mod flight;
mod helps;
mod keywords;
mod link;
mod offer;
mod pool;
mod reply;
mod session;
mod settings;
mod tls;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub use settings::SmtpSettings;

use crate::message::{Address, Message};

use super::{Adapter, AdapterId, DeliveryError, Depth, Offer, Probe, Trace};

use offer::SmtpOffer;
use pool::Pool;

/// Sends mail to an SMTP server over connections that stay open. Clones share the connections.
///
/// It may be built outside a runtime and dropped after it. A connection is used
/// again only if the last exchange on it ended clean and nothing unread is left.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::{SmtpAdapter, SmtpSettings};
///
/// let adapter = SmtpAdapter::new(SmtpSettings::from_url("smtp://relay.test:2525?timeout=10s")?);
/// adapter.replace(SmtpSettings::from_url("smtp://other.test:2525")?);
/// assert_eq!(adapter.settings().host(), "other.test:2525");
/// # Ok::<(), mailmethod::adapter::AdapterUrlError>(())
/// ```
#[derive(Clone)]
pub struct SmtpAdapter {
    id: AdapterId,
    pool: Arc<Pool>,
}

impl SmtpAdapter {
    /// An adapter with no connection yet.
    #[must_use]
    pub fn new(settings: SmtpSettings) -> Self {
        Self { id: AdapterId::new(), pool: Arc::new(Pool::new(settings)) }
    }

    /// Hands each line of the dialogues on new connections to `trace`.
    #[must_use]
    pub fn with_trace(self, trace: Trace) -> Self {
        self.pool.trace(trace);
        self
    }

    /// The settings that the next mail meets.
    #[must_use]
    pub fn settings(&self) -> Arc<SmtpSettings> {
        self.pool.settings()
    }

    /// Changes the settings while the adapter is in use.
    ///
    /// The next mail opens a connection with the new ones; mail under way ends under the old
    /// ones. Idle connections are closed.
    pub fn replace(&self, settings: SmtpSettings) {
        self.pool.replace(settings);
    }
}

impl fmt::Debug for SmtpAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmtpAdapter").field(&self.pool.settings().host()).finish()
    }
}

#[async_trait]
impl Adapter for SmtpAdapter {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        SmtpOffer::make(self.id, &self.pool, message, recipients, depth).await
    }

    fn id(&self) -> Option<AdapterId> {
        Some(self.id)
    }

    fn max_offers(&self) -> usize {
        usize::try_from(self.pool.settings().limits.connections).unwrap_or(usize::MAX)
    }

    /// Connects as a mail would, logs in, and says goodbye.
    async fn probe(&self) -> Probe {
        let mut probe = Probe::default();
        if let Err(error) = self.pool.probe(&mut probe).await {
            probe.error = Some(error);
        }
        probe
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
