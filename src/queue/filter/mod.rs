//! The filter: which entries of a queue, in the words of a person.
//!
//! One parser for the command line, the page and the API:
//! `state:dead method:orders.* -to:@test.example older:2h "free text"`. Terms
//! are all to hold, a comma is an or, `-` is a not, `*` stands for anything. An
//! unknown key is an error and never silently ignored.

mod error;
mod parse;
mod sql;

pub use error::FilterError;
pub(super) use parse::id_prefix;
pub(super) use sql::{Condition, Ways};

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::entry::{EntryId, State, View};

/// Which entries of a queue. The default is all of them.
///
/// # Examples
///
/// ```
/// use mailmethod::queue::Filter;
///
/// let filter: Filter = "state:dead,held method:orders.* -to:@test.example older:2h".parse()?;
/// assert_eq!(filter.to_string(), "state:dead,held method:orders.* -to:@test.example older:2h");
///
/// let error = "stat:dead".parse::<Filter>().unwrap_err();
/// assert!(error.to_string().contains("did you mean `state`?"));
/// # Ok::<(), mailmethod::queue::FilterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    /// One of these holds.
    any: Vec<Test>,
}

/// One test of an entry.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    State(State),
    View(View),
    /// A column of text, and a pattern in which `*` stands for anything.
    Text(Column, String),
    /// Somebody whom the mail goes to.
    To(String),
    /// The beginning of an id.
    Id(String),
    /// Queued up to a moment: no id is greater.
    Until(Uuid),
    /// A reply's code or enhanced code.
    Code(String),
    /// A number, and how it is compared.
    Number(Quantity, Comparison, i64),
    /// Queued more, or less, than so many microseconds ago.
    Older(i64),
    Newer(i64),
    HasAttachment,
    HasKey,
    /// An argument of the call: its path and a pattern.
    Argument(Vec<String>, String),
    /// A text somewhere in what a person sees of the mail.
    Anywhere(String),
}

/// A text of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Method,
    Route,
    Locale,
    From,
    Subject,
    MessageId,
    Key,
    Reason,
}

/// A number of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Attempts,
    Size,
    Priority,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Filter {
    /// All entries of a view.
    #[must_use]
    pub fn view(view: View) -> Self {
        let term = Term { negated: false, any: vec![Test::View(view)] };
        Self { text: format!("view:{view}"), terms: vec![term] }
    }

    /// The one entry of an id.
    #[must_use]
    pub fn id(id: EntryId) -> Self {
        let term = Term { negated: false, any: vec![Test::Id(id.to_string())] };
        Self { text: format!("id:{id}"), terms: vec![term] }
    }

    /// One of these entries.
    #[must_use]
    pub fn ids(ids: &[EntryId]) -> Self {
        let any = ids.iter().map(|id| Test::Id(id.to_string())).collect();
        let shown: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let term = Term { negated: false, any };
        Self { text: format!("id:{}", shown.join(",")), terms: vec![term] }
    }

    /// Those of them that were queued up to a moment, so that nothing is done to an entry that
    /// somebody has not seen. The filter shows as before.
    #[must_use]
    pub fn until(mut self, moment: Timestamp) -> Self {
        let millis = u64::try_from(moment.as_millisecond()).unwrap_or(0);
        // The greatest id that is made in this millisecond.
        let last = Uuid::from_u64_pair((millis << 16) | 0x7fff, u64::MAX);
        self.terms.push(Term { negated: false, any: vec![Test::Until(last)] });
        self
    }

    /// Both conditions.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if !self.text.is_empty() && !other.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&other.text);
        self.terms.extend(other.terms);
        self
    }

    /// Whether it takes every entry.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.terms.is_empty()
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let terms = parse::terms(text)?;
        Ok(Self { text: text.trim().to_owned(), terms })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
