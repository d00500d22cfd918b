//! The page in a real browser: headless Chromium, which is used as people use theirs.
#![cfg(all(feature = "cli", unix))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "these are tests"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "browser/hostile.rs"]
mod hostile;
#[path = "support/page.rs"]
mod support;
#[path = "support/tab.rs"]
mod tab;
