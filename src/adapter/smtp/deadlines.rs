//! The deadlines of a client, stage by stage; `timeout=` caps each of them.
//!
//! RFC 5321 §4.5.3.2, but shorter before the body: a relay that is slow there is down.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadlines {
    pub(super) dns: Duration,
    pub(super) connect: Duration,
    pub(super) greeting: Duration,
    pub(super) tls: Duration,
    /// EHLO, AUTH, MAIL, RCPT, RSET.
    pub(super) command: Duration,
    /// Is an idle connection alive?
    pub(super) noop: Duration,
    pub(super) data: Duration,
    /// One block of the body.
    pub(super) block: Duration,
    /// The reply to the final dot.
    pub(super) dot: Duration,
    pub(super) quit: Duration,
}

impl Deadlines {
    pub(super) fn capped(cap: Option<Duration>) -> Self {
        let stage = |seconds| {
            let usual = Duration::from_secs(seconds);
            cap.map_or(usual, |cap| usual.min(cap))
        };
        Self {
            dns: stage(30),
            connect: stage(30),
            greeting: stage(60),
            tls: stage(30),
            command: stage(60),
            noop: stage(10),
            data: stage(120),
            block: stage(180),
            dot: stage(600),
            quit: stage(5),
        }
    }
}
