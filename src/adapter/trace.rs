//! The trace: the dialogue with a server, line by line, for people to read.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// The most lines that are kept of one dialogue.
#[cfg(feature = "smtp")]
const MOST_LINES: usize = 200;

tokio::task_local! {
    /// The lines of the dialogue that this task has, where somebody wants them.
    static CAPTURED: RefCell<Vec<String>>;
}

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

/// Runs deliveries and gives the lines of their dialogues besides, 200 at most.
///
/// Only what happens in this task is seen; that is all that an offer does.
pub async fn captured<F: Future>(deliveries: F) -> (F::Output, Vec<String>) {
    CAPTURED
        .scope(RefCell::default(), async {
            let done = deliveries.await;
            (done, CAPTURED.with(RefCell::take))
        })
        .await
}

/// Whether somebody wants the lines of this task.
#[cfg(feature = "smtp")]
pub(super) fn is_capturing() -> bool {
    CAPTURED.try_with(|_lines| ()).is_ok()
}

/// Keeps a line, if somebody wants it.
#[cfg(feature = "smtp")]
pub(super) fn capture(line: String) {
    let keep = |lines: &RefCell<Vec<String>>| {
        let mut lines = lines.borrow_mut();
        if lines.len() < MOST_LINES {
            lines.push(line);
        }
    };
    // That nobody wants the lines is no error.
    CAPTURED.try_with(keep).unwrap_or_default();
}
