//! The settings of rendering.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::unsubscribe::Unsubscribe;

/// How much one template may do.
///
/// # Examples
///
/// ```
/// let limits = mailmethod::render::Limits { output: 100_000, ..Default::default() };
/// assert_eq!(limits.recursion, 100);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of the engine; printed octets and copied items count as well. Default 5,000,000.
    pub fuel: u64,
    /// Octets that one template prints. Default 5 MiB.
    pub output: usize,
    /// How deep templates may include each other and macros may call each other. Default 100: an
    /// include costs 10 of them, a macro 4, a block 1. More than 100 calls of blocks within each
    /// other need more stack than a thread of 2 MiB has.
    pub recursion: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fuel: 5_000_000, output: 5 * 1024 * 1024, recursion: 100 }
    }
}

/// What all mails of an application share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The URL that `url("/path")` joins, without a slash at its end.
    pub base_url: Option<Arc<str>>,
    /// The time zone of `datetime` and `time`. Default UTC.
    pub timezone: TimeZone,
    /// The locale of methods that name none. Default `en`.
    pub locale: Arc<str>,
    /// How much one template may do.
    pub limits: Limits,
    /// Where the readers of methods with the key `unsubscribe` unsubscribe. Default nowhere.
    pub unsubscribe: Option<Arc<Unsubscribe>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: None,
            timezone: TimeZone::UTC,
            locale: "en".into(),
            limits: Limits::default(),
            unsubscribe: None,
        }
    }
}
