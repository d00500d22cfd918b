//! The rules of `mailmethod check`, a page each: what is found, why it matters, how to mend it.
//!
//! `mailmethod check --explain RULE` prints a page. A rule is silenced by a comment where it is
//! found, or for a whole method or template:
//!
//! ```yaml
//! # mailmethod: allow(no-display-name)
//! headers:
//!   from: robot@shop.example
//!   reply-to: robot@shop.example  # mailmethod: allow(reply-to)
//! ```
//!
//! In templates the comment is `{# mailmethod: allow(http-link) #}`. At the head of a file it is for
//! the whole of it: for the method, for all methods below a `_defaults.yaml`, for a template, for a
//! catalogue. On a line of its own further down it is for the next line, behind something for that
//! line. Several rules are separated by commas, and what follows the `)` is the reason.

use super::rule::Rule;
use crate::source::Severity::{Error, Warning};

/// Defines the rules, each with the page of its name.
macro_rules! rules {
    ($($constant:ident $name:literal $severity:ident $($never:ident)?;)*) => {
        $(
            #[doc = include_str!(concat!($name, ".md"))]
            pub const $constant: Rule =
                Rule::new($name, $severity, include_str!(concat!($name, ".md")))$(.$never())?;
        )*

        /// All of them, in order.
        pub(super) const ALL: &[Rule] = &[$($constant),*];
    };
}

rules! {
    UNDECLARED "undeclared" Error;
    UNKNOWN_FIELD "unknown-field" Error;
    OPTIONAL_UNGUARDED "optional-unguarded" Error;
    UNKNOWN_FILTER "unknown-filter" Error never_allowed;
    UNKNOWN_TEST "unknown-test" Error never_allowed;
    UNKNOWN_FUNCTION "unknown-function" Error never_allowed;
    UNKNOWN_BLOCK "unknown-block" Warning;
    NEVER_EQUAL "never-equal" Warning;
    UNUSED_ARGUMENT "unused-argument" Warning;
    UNUSED_FILE "unused-file" Warning;
    HALF_TRANSLATED "half-translated" Warning;
    MISSING_TRANSLATION "missing-translation" Warning;
    PLACEHOLDER "placeholder" Error;
    PLACEHOLDERS_DIFFER "placeholders-differ" Warning;
    UNUSED_TRANSLATION "unused-translation" Warning;
    NO_SAMPLE "no-sample" Warning;
    SAMPLE "sample" Error;
    SAMPLE_REPEATED "sample-repeated" Warning;
    UNREACHED "unreached" Warning;
    UNUSED_ALLOW "unused-allow" Warning never_allowed;
    UNKNOWN_RULE "unknown-rule" Warning never_allowed;
    NO_TEXT "no-text" Warning;
    TEXT_DIFFERS "text-differs" Warning;
    MISSING_ALT "missing-alt" Warning;
    HTTP_LINK "http-link" Warning;
    RELATIVE_LINK "relative-link" Warning;
    EMPTY_LINK "empty-link" Warning;
    LEFTOVER_BRACES "leftover-braces" Warning;
    GMAIL_CLIP "gmail-clip" Warning;
    MESSAGE_SIZE "message-size" Warning;
    SUBJECT_LENGTH "subject-length" Warning;
    PREHEADER_LENGTH "preheader-length" Warning;
    BULK_UNSUBSCRIBE "bulk-unsubscribe" Warning;
    NO_DISPLAY_NAME "no-display-name" Warning;
    REPLY_TO "reply-to" Warning;
    IDN_DOMAIN "idn-domain" Warning;
    SECRET_IN_LINK "secret-in-link" Warning;
    HTML_SUPPORT "html-support" Warning;
    CSS_SUPPORT "css-support" Warning;
}
