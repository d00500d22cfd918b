//! The metrics: what a mailer counts, for Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::adapter::Verdict;

/// Counters of all mailers of a host, from its start on.
#[derive(Debug, Default)]
pub struct Metrics {
    sent: AtomicU64,
    partial: AtomicU64,
    refused: AtomicU64,
    deferred: AtomicU64,
    unknown: AtomicU64,
    gates: AtomicU64,
    gates_refused: AtomicU64,
    leases_lost: AtomicU64,
    recovered: AtomicU64,
    trips: AtomicU64,
    calls: AtomicU64,
    micros: AtomicU64,
}

/// What else is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    Gate,
    GateRefused,
    LeaseLost,
    Recovered,
    Trip,
    Call,
}

impl Metrics {
    pub(super) fn attempt(&self, verdict: Verdict, micros: u64) {
        let counter = match verdict {
            Verdict::Sent => &self.sent,
            Verdict::Partial => &self.partial,
            Verdict::Refused => &self.refused,
            Verdict::Deferred => &self.deferred,
            Verdict::Unknown => &self.unknown,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn count(&self, what: Count, by: usize) {
        let counter = match what {
            Count::Gate => &self.gates,
            Count::GateRefused => &self.gates_refused,
            Count::LeaseLost => &self.leases_lost,
            Count::Recovered => &self.recovered,
            Count::Trip => &self.trips,
            Count::Call => &self.calls,
        };
        counter.fetch_add(u64::try_from(by).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The counters in the text format of Prometheus.
    #[must_use]
    pub fn exposition(&self) -> String {
        let mut text = String::new();
        let attempts = "mailmethod_attempts_total";
        text.push_str(&format!(
            "# HELP {attempts} Deliveries that were tried, by what came of them.\n# TYPE {attempts} counter\n"
        ));
        let verdicts = [
            ("sent", &self.sent),
            ("partial", &self.partial),
            ("refused", &self.refused),
            ("deferred", &self.deferred),
            ("unknown", &self.unknown),
        ];
        for (verdict, counter) in verdicts {
            line(&mut text, &format!("{attempts}{{verdict=\"{verdict}\"}}"), counter);
        }
        let others = [
            ("mailmethod_gates_total", "Mails that passed the gate.", &self.gates),
            (
                "mailmethod_gates_refused_total",
                "Mails that were cancelled, expired or lost at the gate.",
                &self.gates_refused,
            ),
            (
                "mailmethod_leases_lost_total",
                "Outcomes that came after the lease was lost.",
                &self.leases_lost,
            ),
            (
                "mailmethod_recovered_total",
                "Mails taken out of the hands of dead mailers.",
                &self.recovered,
            ),
            (
                "mailmethod_route_trips_total",
                "Times that a route was given up for a while.",
                &self.trips,
            ),
            ("mailmethod_calls_total", "Calls of other programs that were looked at.", &self.calls),
            ("mailmethod_attempt_microseconds_total", "Time that deliveries took.", &self.micros),
        ];
        for (name, help, counter) in others {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} counter\n"));
            line(&mut text, name, counter);
        }
        text
    }
}

fn line(text: &mut String, name: &str, counter: &AtomicU64) {
    // Writing into a string does not fail.
    writeln!(text, "{name} {}", counter.load(Ordering::Relaxed)).unwrap_or_default();
}
