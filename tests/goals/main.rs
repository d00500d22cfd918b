//! The goals of queue and mailer, numbered as they were set: outages, jumps of the clock, full
//! databases, operators in a race, databases that restart.
//!
//! Each is scaled to seconds here, and there in full where it says that it is long.

#![cfg(feature = "smtp")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "these are tests, and long ones tell their figures"
)]

#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/puppet.rs"]
mod puppet;
#[path = "../support/queue.rs"]
mod support;
#[path = "../support/working.rs"]
mod working;

mod callers;
mod clock;
mod full;
mod operators;
mod outage;
mod restart;

use support::World;
