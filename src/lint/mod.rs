//! The lint: what is wrong with a mail although it renders, and the check of a whole folder.
//!
//! [`MailMethods::check`](crate::MailMethods::check) looks at templates, samples,
//! translations and at every rendered mail; [`mail`] looks at one mail, and
//! [`MailMethods::lint`](crate::MailMethods::lint) at the mail of one call. All of
//! it works offline and changes nothing. What is looked for has a page each:
//! [`rules`].

mod allow;
mod check;
mod fix;
mod mail;
mod rule;
pub mod rules;

pub use check::Report;
pub use fix::Fix;
pub use mail::mail;
pub use rule::Rule;
