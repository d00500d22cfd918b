//! The delivery error: which phase, which host, what the server said, what to change.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Outcome, Phase, RecipientOutcome, Reply, Verdict};

use crate::message::Address;

/// What a failed delivery means for the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Nothing was delivered; a later try may go better.
    Transient,
    /// Nothing was delivered, and this mail will never be.
    Permanent,
    /// The link was lost after the end of the body: the mail may have been delivered.
    Unknown,
}

/// Why a mail could not be offered or handed over as a whole.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::{Class, DeliveryError, Phase, Reply};
///
/// let error = DeliveryError::new(Phase::Mail, Class::Permanent)
///     .with_host("relay.test:25")
///     .with_reply(Reply::new(553, "5.1.8 sender unknown"));
/// assert_eq!(error.to_string(), "mail: relay.test:25 answered 553 5.1.8 sender unknown");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeliveryError {
    /// Where it happened.
    pub phase: Phase,
    /// What it means for the mail.
    pub class: Class,
    /// The server (`host:port`), program or folder; never a password.
    pub host: Option<Arc<str>>,
    /// What the server said.
    pub reply: Option<Reply>,
    /// What to change, as a sentence.
    pub help: Option<&'static str>,
    fault: Fault,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What happened, where no reply says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "smtp"), expect(dead_code, reason = "the SMTP adapter makes them"))]
pub(crate) enum Fault {
    /// The reply says it, or the source does.
    Failed,
    /// Not contacted or not told: we knew before.
    Local,
    Closed,
    TimedOut {
        millis: u32,
    },
    Broken,
    Unresolved,
    Unreachable,
    Unreadable,
    OutOfStep,
    NoStarttls,
    Handshake,
    NoMechanism,
    NoToken,
    Busy {
        millis: u32,
    },
    Unwritable,
    NotStarted,
    Exited {
        status: i32,
    },
    Killed,
}

impl DeliveryError {
    /// An error that has happened in `phase` and means `class`.
    #[must_use]
    pub const fn new(phase: Phase, class: Class) -> Self {
        Self {
            phase,
            class,
            host: None,
            reply: None,
            help: None,
            fault: Fault::Failed,
            source: None,
        }
    }

    /// Names the server (`host:port`), program or folder.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<Arc<str>>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Adds what the server said.
    #[must_use]
    pub fn with_reply(mut self, reply: Reply) -> Self {
        self.reply = Some(reply);
        self
    }

    /// Adds what to change, as a sentence.
    #[must_use]
    pub const fn with_help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    #[cfg(feature = "smtp")]
    pub(crate) fn with_shared_source(mut self, source: Arc<dyn Error + Send + Sync>) -> Self {
        self.source = Some(source);
        self
    }

    pub(crate) const fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    #[cfg(feature = "smtp")]
    pub(crate) const fn fault(&self) -> Fault {
        self.fault
    }

    /// Whether the way out is at fault and not this mail: another mail would have met it too.
    ///
    /// True up to and including login, for 421 anywhere, and where the connection was lost.
    /// Such a failure says nothing about the mail; it belongs to the route.
    #[must_use]
    pub fn blames_route(&self) -> bool {
        if self.class != Class::Transient {
            return false;
        }
        self.phase <= Phase::Auth
            || self.reply.as_ref().is_none_or(|reply| reply.code == 421)
            || self.fault == Fault::OutOfStep
    }

    /// The whole in one word: permanent is refused, transient is deferred.
    #[must_use]
    pub const fn summary(&self) -> Verdict {
        match self.class {
            Class::Transient => Verdict::Deferred,
            Class::Permanent => Verdict::Refused,
            Class::Unknown => Verdict::Unknown,
        }
    }

    /// What the error means for one recipient of the mail.
    #[must_use]
    pub fn outcome_for(&self, address: &Address) -> RecipientOutcome {
        let outcome = match self.class {
            Class::Transient => Outcome::Deferred,
            Class::Permanent => Outcome::Refused,
            Class::Unknown => Outcome::Unknown,
        };
        let reply = self.reply.clone();
        RecipientOutcome { address: address.clone(), outcome, phase: self.phase, reply }
    }
}

/// Milliseconds for an error text; longer than 49 days is 49 days.
pub(crate) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn shown(millis: u32) -> String {
    if millis.is_multiple_of(1_000) {
        format!("{} s", millis / 1_000)
    } else {
        format!("{millis} ms")
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_deref().unwrap_or("the other side");
        write!(f, "{}: ", self.phase)?;
        match self.fault {
            Fault::Failed if self.reply.is_some() => write!(f, "{host} answered")?,
            Fault::Failed => write!(f, "handing over to {host} failed")?,
            Fault::Local => write!(f, "not offered to {host}:")?,
            Fault::Closed => write!(f, "{host} closed the connection")?,
            Fault::TimedOut { millis } => {
                write!(f, "{host} did not answer within {}", shown(millis))?;
            }
            Fault::Broken => write!(f, "the connection to {host} broke")?,
            Fault::Unresolved => write!(f, "the name of {host} does not resolve")?,
            Fault::Unreachable => write!(f, "{host} cannot be reached")?,
            Fault::Unreadable => write!(f, "{host} answered something that is no SMTP reply")?,
            Fault::OutOfStep => write!(f, "{host} answered out of step")?,
            Fault::NoStarttls => write!(f, "{host} does not offer STARTTLS")?,
            Fault::Handshake => write!(f, "{host} and we found no common TLS")?,
            Fault::NoMechanism => write!(f, "{host} offers no login mechanism that we may use")?,
            Fault::NoToken => write!(f, "there is no token for the login at {host}")?,
            Fault::Busy { millis } => {
                write!(f, "no connection to {host} became free within {}", shown(millis))?;
            }
            Fault::Unwritable => write!(f, "{host} cannot be written")?,
            Fault::NotStarted => write!(f, "{host} cannot be started")?,
            Fault::Exited { status } => write!(f, "{host} ended with exit code {status}")?,
            Fault::Killed => write!(f, "{host} was killed")?,
        }
        if let Some(reply) = &self.reply {
            write!(f, " {reply}")?;
        }
        if self.class == Class::Unknown {
            f.write_str("; whether the mail was taken is unknown")?;
        }
        Ok(())
    }
}

impl Error for DeliveryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| -> &(dyn Error + 'static) { source })
    }
}
