//! The kind: what is known of a value before there is one.

use crate::method::parameter::{Fields, Parameter, Type};

/// The most texts that one expression is followed into.
const WORD_LIMIT: usize = 256;

/// The fields of the variable `loop`.
pub(super) const LOOP: [&str; 13] = [
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
    "depth",
    "depth0",
    "previtem",
    "nextitem",
    "cycle",
    "changed",
];
/// The fields of an address.
pub(super) const ADDRESS: [&str; 2] = ["name", "spec"];
/// The fields of a file.
pub(super) const FILE: [&str; 3] = ["filename", "content_type", "size"];

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    /// Anything: nothing is said of it.
    Any,
    /// A value without fields: what it is, as people say it.
    Plain(&'static str),
    /// Text, and what it begins with.
    Text(String),
    /// One of these texts.
    Words(Vec<String>),
    /// One of the words of an argument's type.
    Enum(&'a [String]),
    Address,
    File,
    Record(&'a Fields),
    List(Box<Self>),
    Loop,
    /// A macro, by its number.
    Macro(usize),
    /// What an import gives: names and their kinds.
    Module(Vec<(String, Self)>),
}

/// A kind, and where the value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Typed<'a> {
    pub(super) kind: Kind<'a>,
    /// The names that lead to it, as a template writes them: `customer.email`.
    pub(super) path: Option<String>,
    /// Whether it may be absent here.
    pub(super) optional: bool,
}

impl<'a> From<Kind<'a>> for Typed<'a> {
    fn from(kind: Kind<'a>) -> Self {
        Self { kind, path: None, optional: false }
    }
}

impl<'a> Typed<'a> {
    pub(super) const ANY: Self = Self { kind: Kind::Any, path: None, optional: false };

    /// The value of an argument or a field.
    pub(super) fn declared(parameter: &'a Parameter, path: Option<String>) -> Self {
        Self { kind: Kind::of(parameter.kind()), path, optional: parameter.is_optional() }
    }

    /// What it is called in a finding.
    pub(super) fn named(&self) -> String {
        self.path.as_deref().map_or_else(|| "this".to_owned(), |path| format!("`{path}`"))
    }
}

impl<'a> Kind<'a> {
    pub(super) fn of(declared: &'a Type) -> Self {
        match declared {
            Type::String | Type::Text | Type::Url => Self::Text(String::new()),
            Type::Integer => Self::Plain("an integer"),
            Type::Decimal | Type::Float => Self::Plain("a number"),
            Type::Boolean => Self::Plain("a boolean"),
            Type::Date => Self::Plain("a date"),
            Type::Time => Self::Plain("a time"),
            Type::DateTime => Self::Plain("a moment"),
            Type::Address => Self::Address,
            Type::Addresses => Self::List(Box::new(Self::Address)),
            Type::Enum(words) => Self::Enum(words),
            Type::List(item) => Self::List(Box::new(Self::of(item.kind()))),
            Type::Record(fields) => Self::Record(fields),
            Type::File => Self::File,
            Type::Any => Self::Any,
        }
    }

    /// The texts that it can be, if they are all known.
    pub(super) fn words(&self) -> Option<&[String]> {
        match self {
            Self::Words(words) => Some(words),
            Self::Enum(words) => Some(words),
            _ => None,
        }
    }

    /// What one of two is.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        match (self, other) {
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.or(*other))),
            (one, other) => match (one.words(), other.words()) {
                (Some(a), Some(b)) if a.len() + b.len() <= WORD_LIMIT => {
                    let mut words = a.to_vec();
                    words.extend(b.iter().filter(|word| !a.contains(word)).cloned());
                    Self::Words(words)
                }
                _ if one.is_text() && other.is_text() => Self::Text(String::new()),
                _ => Self::Any,
            },
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Words(_) | Self::Enum(_))
    }

    /// Two texts, one behind the other.
    pub(super) fn then(&self, other: &Self) -> Self {
        match (self.words(), other.words()) {
            (Some(first), Some(second)) if first.len() * second.len() <= WORD_LIMIT => {
                let all = |word: &String| {
                    second.iter().map(|next| format!("{word}{next}")).collect::<Vec<_>>()
                };
                Self::Words(first.iter().flat_map(all).collect())
            }
            (Some([only]), None) => Self::Text(only.clone()),
            _ => match self {
                Self::Text(beginning) => Self::Text(beginning.clone()),
                _ => Self::Text(String::new()),
            },
        }
    }

    /// What a loop over it gives.
    pub(super) fn item(&self) -> Self {
        match self {
            Self::List(item) => item.as_ref().clone(),
            Self::Record(_) => Self::Text(String::new()),
            _ => Self::Any,
        }
    }
}
