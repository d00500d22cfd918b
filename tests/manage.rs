//! The page and the API by a plain client: without JavaScript, as a stranger, and as programs do.
#![cfg(all(feature = "cli", feature = "postgres"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "these are tests"
)]

#[path = "manage/api.rs"]
mod api;
#[path = "manage/doors.rs"]
mod doors;
#[path = "manage/errors.rs"]
mod errors;
#[path = "manage/methods.rs"]
mod methods;
#[path = "manage/openapi.rs"]
mod openapi;
#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "manage/program.rs"]
mod program;
#[path = "manage/queue.rs"]
mod queue;
#[path = "manage/rights.rs"]
mod rights;
#[path = "support/page.rs"]
mod support;
