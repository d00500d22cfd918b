//! The rule: one thing that a check looks for, with its page.

use crate::source::{Severity, nearest};

/// One thing that a check looks for.
///
/// # Examples
///
/// ```
/// use mailmethod::lint::Rule;
///
/// let rule = Rule::named("missing-alt").unwrap();
/// assert!(rule.page().starts_with("# missing-alt"));
/// assert_eq!(Rule::nearest("mising-alt"), Some("missing-alt"));
/// assert!(Rule::all().any(|other| other == rule));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    name: &'static str,
    severity: Severity,
    can_be_allowed: bool,
    page: &'static str,
}

impl Rule {
    /// All rules, by what they look at: templates and samples first, then mails.
    pub fn all() -> impl Iterator<Item = Self> {
        super::rules::ALL.iter().copied()
    }

    /// The rule of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|rule| rule.name == name)
    }

    /// The name of a rule that was probably meant.
    #[must_use]
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, super::rules::ALL.iter().map(|rule| rule.name))
    }

    /// The name, which is the code of its findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// How much its findings matter, most of the time.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.severity
    }

    /// Whether `mailmethod: allow(…)` silences it: what keeps a method from loading cannot be.
    #[must_use]
    pub const fn can_be_allowed(self) -> bool {
        self.can_be_allowed
    }

    /// What it looks for, why, and how to mend it, in Markdown.
    #[must_use]
    pub const fn page(self) -> &'static str {
        self.page
    }

    pub(super) const fn new(name: &'static str, severity: Severity, page: &'static str) -> Self {
        Self { name, severity, can_be_allowed: true, page }
    }

    pub(super) const fn never_allowed(self) -> Self {
        Self { can_be_allowed: false, ..self }
    }
}
