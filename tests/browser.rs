//! The page in a real browser: headless Chromium, which is used as people use theirs.
#![cfg(all(feature = "cli", unix))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "these are tests"
)]

#[path = "browser/access.rs"]
mod access;
#[path = "support/browser.rs"]
mod browser;
#[path = "browser/form.rs"]
mod form;
#[path = "browser/hostile.rs"]
mod hostile;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "browser/queue.rs"]
mod queue;
#[path = "support/page.rs"]
mod support;
#[path = "support/tab.rs"]
mod tab;
