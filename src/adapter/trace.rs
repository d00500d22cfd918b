//! The trace: the dialogue with a server, line by line, for people to read.

use std::fmt;
use std::sync::Arc;

/// Receives each line of a dialogue, with the prefixes that people know from swaks.
///
/// `===` is what we do, `->` and `<-` are what is sent and received, `~>` and
/// `<~` are the same inside TLS, `***` is what went wrong. Logins and bodies are
/// left out. It is called while a mail is sent: it should be quick.
#[derive(Clone)]
#[cfg_attr(not(feature = "smtp"), expect(dead_code, reason = "only SMTP has a dialogue"))]
pub struct Trace(Arc<dyn Fn(&str) + Send + Sync>);

impl Trace {
    /// A trace that hands each line, without a line break, to `observer`.
    pub fn new(observer: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observer))
    }

    #[cfg(feature = "smtp")]
    pub(super) fn line(&self, line: &str) {
        (self.0)(line);
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}
