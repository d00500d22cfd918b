//! The parameter: a declared argument, its type and its limits.

use std::fmt;
use std::sync::Arc;

use super::input::Input;
use crate::render::Shape;

/// The type of an argument.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Type {
    /// One line of text.
    String,
    /// Text of any number of lines.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A decimal number of up to 28 digits, exact.
    Decimal,
    /// A floating-point number.
    Float,
    /// True or false.
    Boolean,
    /// A day: `2026-12-07`.
    Date,
    /// A time of day: `14:30`.
    Time,
    /// A moment: `2026-12-07T14:30:00+01:00`; without an offset it is in the host's time zone.
    DateTime,
    /// One mailbox: `ada@example.test` or `Ada <ada@example.test>`.
    Address,
    /// Any number of mailboxes.
    Addresses,
    /// An absolute URL (http, https, mailto, tel).
    Url,
    /// One of the given words.
    Enum(Vec<String>),
    /// A list of one type.
    List(Box<Parameter>),
    /// A record of named fields.
    Record(Fields),
    /// A file: a name and its content.
    File,
    /// Anything; nothing is checked.
    Any,
}

impl Type {
    /// The type as it is written in YAML: `string`, `enum(free|team)`, `list`, `record`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Enum(words) => format!("enum({})", words.join("|")),
            Self::List(_) => "list".to_owned(),
            Self::Record(_) => "record".to_owned(),
            simple => SIMPLE
                .iter()
                .find(|(_, kind)| kind == simple)
                .map_or_else(String::new, |(name, _)| (*name).to_owned()),
        }
    }
}

/// The types that are one word.
pub(crate) const SIMPLE: [(&str, Type); 14] = [
    ("string", Type::String),
    ("text", Type::Text),
    ("integer", Type::Integer),
    ("decimal", Type::Decimal),
    ("float", Type::Float),
    ("boolean", Type::Boolean),
    ("date", Type::Date),
    ("time", Type::Time),
    ("datetime", Type::DateTime),
    ("address", Type::Address),
    ("addresses", Type::Addresses),
    ("url", Type::Url),
    ("file", Type::File),
    ("any", Type::Any),
];

/// The fields of a record, or the arguments of a method: in the order declared.
#[derive(Clone, Debug)]
pub struct Fields {
    parameters: Arc<[Parameter]>,
    shape: Shape,
}

impl Fields {
    pub(crate) fn new(parameters: Vec<Parameter>) -> Self {
        let shape = parameters.iter().map(|parameter| Arc::from(parameter.name())).collect();
        Self { parameters: parameters.into(), shape }
    }

    /// The parameters, in the order declared.
    #[must_use]
    pub fn all(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameter of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name() == name)
    }

    pub(crate) fn shape(&self) -> Shape {
        Arc::clone(&self.shape)
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.parameters == other.parameters
    }
}

/// A declared argument, or a field of a record.
#[derive(Clone, PartialEq)]
pub struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) optional: bool,
    pub(crate) default: Option<Input>,
    pub(crate) secret: bool,
    pub(crate) description: Option<String>,
    pub(crate) bounds: Bounds,
}

/// What a value must keep to beside its type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bounds {
    /// The least value of a number, date or time, or the least length of a text or list.
    pub(crate) min: Option<Input>,
    /// The greatest value or length.
    pub(crate) max: Option<Input>,
    /// The greatest number of characters.
    pub(crate) max_length: Option<usize>,
    /// What a text must match as a whole.
    pub(crate) pattern: Option<Pattern>,
}

/// A compiled pattern; it matches a text as a whole.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) source: String,
    regex: regex_lite::Regex,
}

impl Pattern {
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        let whole = format!("^(?:{source})$");
        let regex = regex_lite::Regex::new(&whole).map_err(|error| error.to_string())?;
        Ok(Self { source: source.to_owned(), regex })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Parameter {
    pub(crate) fn new(name: &str, kind: Type) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            optional: false,
            default: None,
            secret: false,
            description: None,
            bounds: Bounds::default(),
        }
    }

    /// The name, as templates and callers write it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type.
    #[must_use]
    pub fn kind(&self) -> &Type {
        &self.kind
    }

    /// Whether a call may leave it out and it then prints nothing.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// Whether a call must give it: neither optional nor with a default.
    #[must_use]
    pub fn is_required(&self) -> bool {
        !self.optional && self.default.is_none()
    }

    /// Whether its value appears in no log, error, URL or page.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// What it is when a call leaves it out, as JSON.
    #[must_use]
    pub fn default(&self) -> Option<serde_json::Value> {
        self.default.as_ref().map(Input::to_json)
    }

    /// What it is for.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The least value of a number, a date or a time; the least length of a text, in characters,
    /// of a list, in items, or of a file, in octets. As JSON.
    #[must_use]
    pub fn min(&self) -> Option<serde_json::Value> {
        self.bounds.min.as_ref().map(Input::to_json)
    }

    /// The greatest value or length, as [`Parameter::min`].
    #[must_use]
    pub fn max(&self) -> Option<serde_json::Value> {
        self.bounds.max.as_ref().map(Input::to_json)
    }

    /// The greatest length of a text, in characters, of a list, in items, or of a file, in octets.
    #[must_use]
    pub fn max_length(&self) -> Option<usize> {
        self.bounds.max_length
    }

    /// What a text must match as a whole, in the syntax of the crate `regex-lite`.
    #[must_use]
    pub fn pattern(&self) -> Option<&str> {
        self.bounds.pattern.as_ref().map(|pattern| pattern.source.as_str())
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let optional = if self.optional { "?" } else { "" };
        write!(f, "{}: {}{optional}", self.name, self.kind.name())
    }
}
