//! The state machine of the queue: searched exhaustively as a model, and compared with both stores
//! step by step.
//!
//! The model check walks every order of events of one mail, two mailers, a person, and time, with
//! crashes and pauses at any point, and asks after each step whether what must always hold holds.
//! That it would notice is proved by mutants: each takes one safeguard away, and must be found.
//! The comparison runs random operations on the real stores and on a reference beside them.

#![expect(
    clippy::too_many_lines,
    reason = "all that can happen to an actor stands in one match, as in the paper model"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, and a model is a few arrays"
)]

#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/queue.rs"]
mod support;

mod exhaustive;
mod reference;
