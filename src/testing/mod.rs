//! The testing room: what tests of this crate and of its users need.

mod conformance;
mod form;
mod golden;
mod server;

pub use conformance::{Subject, adapter_conforms};
pub use golden::{DEFAULT_DIR, Golden, GoldenAccepted, GoldenReport, golden};
pub use server::{FaultServer, Rule, Taken, Verb};
