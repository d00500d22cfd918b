//! The probe: what an adapter saw when it was tried without a mail.

use super::{DeliveryError, Phase};

/// What a way out looks like from here, step by step, up to the first that failed.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    /// What went well, in order.
    pub steps: Vec<ProbeStep>,
    /// What failed; `None` if mail could be offered now.
    pub error: Option<DeliveryError>,
}

/// One thing that was tried and went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeStep {
    /// Where in a delivery it stands.
    pub phase: Phase,
    /// What was seen, in plain words: `TLS 1.3`, `logged in with PLAIN`, ….
    pub seen: String,
}

impl Probe {
    pub(super) fn saw(&mut self, phase: Phase, seen: impl Into<String>) {
        self.steps.push(ProbeStep { phase, seen: seen.into() });
    }
}
