//! The testing room: what tests of this crate and of its users need.

mod conformance;
mod server;

pub use conformance::{Subject, adapter_conforms};
pub use server::{FaultServer, Rule, Taken, Verb};
