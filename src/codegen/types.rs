//! What the fields of generated structs are made of, beside those of the standard library.
//!
//! | declared as | field |
//! |---|---|
//! | `string`, `text` | `String` |
//! | `integer`, `float`, `boolean` | `i64`, `f64`, `bool` |
//! | `decimal` | [`Decimal`]: exact, and printed with the digits that it was given |
//! | `date`, `time` | [`Date`], [`Time`]: a day and a time of day as calendars and clocks show them |
//! | `datetime` | [`Timestamp`]: one moment; the host's time zone decides how it is printed |
//! | `address`, `addresses` | [`Mailbox`], `Vec<Mailbox>` |
//! | `url` | [`Url`]: parsed where it is made, so that no other text takes its place |
//! | `enum(a\|b)` | an enum of its own, with `as_str`, `Display` and `FromStr` |
//! | a list, a record | `Vec<…>`, a struct of its own |
//! | `file` | [`File`] |
//! | `any` | [`Argument`]: whatever serialises |
//!
//! A `jiff::Zoned` gives its moment by `timestamp()`, a moment without an offset by
//! `civil.to_zoned(zone)?.timestamp()`.

pub use jiff::Timestamp;
pub use jiff::civil::{Date, Time};
pub use rust_decimal::Decimal;
pub use url::Url;

pub use crate::message::Mailbox;
pub use crate::method::{Argument, File};
