//! The input: arguments as a caller gives them, before they are checked.

use std::borrow::Cow;
use std::ops::Deref;

use super::file::File;
use crate::render::Value;
use crate::source::Node;

/// A value that nobody has checked yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Null,
    Bool(bool),
    Integer(Integer),
    Float(f64),
    Text(Text),
    List(Vec<Self>),
    Map(Vec<(Cow<'static, str>, Self)>),
    File(File),
}

/// A whole number, stored so that it makes no input larger.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(Rust, packed(8))]
pub(crate) struct Integer(i128);

impl Integer {
    pub(crate) const fn get(self) -> i128 {
        self.0
    }
}

impl From<i128> for Integer {
    fn from(number: i128) -> Self {
        Self(number)
    }
}

/// A text; once it is checked, a template takes it over without a copy.
#[derive(Clone, Debug)]
pub(crate) struct Text(Value);

impl Text {
    /// The text as a template sees it.
    pub(crate) fn into_value(self) -> Value {
        self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Value::text(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl Input {
    /// What the value is, for errors: never the value itself.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a record",
            Self::File(_) => "a file",
        }
    }

    /// The value as JSON; a file by its name alone.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => i64::try_from(value.get()).map_or_else(
                |_large| serde_json::Value::from(value.get().to_string()),
                serde_json::Value::from,
            ),
            Self::Float(value) => (*value).into(),
            Self::Text(value) => (**value).into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect(),
            ),
            Self::File(file) => serde_json::json!({ "filename": file.filename() }),
        }
    }

    /// The entry of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => {
                entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Lays a value over the place that a path such as `lines.0.title` leads to, making what is
    /// missing on the way; what is wrong with the path is half a sentence.
    pub(crate) fn set(&mut self, path: &str, value: Self) -> Result<(), String> {
        let mut slot = self;
        let mut walked = String::new();
        for step in path.split('.') {
            if step.is_empty() {
                return Err(format!("the path `{path}` has an empty part"));
            }
            let index = step.parse::<usize>().ok().filter(|_| !walked.is_empty());
            if *slot == Self::Null {
                *slot =
                    if index.is_some() { Self::List(Vec::new()) } else { Self::Map(Vec::new()) };
            }
            slot = match (slot, index) {
                (Self::List(items), Some(index)) => {
                    let count = items.len();
                    if index == count {
                        items.push(Self::Null);
                    }
                    items.get_mut(index).ok_or_else(|| {
                        format!("`{walked}` has no item {index}: the next is `{walked}.{count}`")
                    })?
                }
                (Self::Map(entries), _) => entry(entries, step),
                (Self::List(_), None) => {
                    return Err(format!("`{walked}` is a list: name an item, as `{walked}.0`"));
                }
                (other, _) => return Err(format!("`{walked}` is {}, not a record", other.kind())),
            };
            if !walked.is_empty() {
                walked.push('.');
            }
            walked.push_str(step);
        }
        slot.merge(value);
        Ok(())
    }

    /// Lays another map over this one: its entries win, records are merged field by field.
    pub(crate) fn merge(&mut self, over: Self) {
        match (self, over) {
            (Self::Map(entries), Self::Map(others))
                if entries.is_empty() && are_distinct(&others) =>
            {
                *entries = others;
            }
            (Self::Map(entries), Self::Map(others)) => {
                entries.reserve(others.len());
                for (key, value) in others {
                    match entries.iter_mut().find(|(name, _)| *name == key) {
                        Some((_, slot)) => slot.merge(value),
                        None => entries.push((key, value)),
                    }
                }
            }
            (slot, value) => *slot = value,
        }
    }
}

/// Whether no key stands twice.
fn are_distinct(entries: &[(Cow<'static, str>, Input)]) -> bool {
    let mut rest = entries;
    while let [(key, _), others @ ..] = rest {
        if others.iter().any(|(other, _)| other == key) {
            return false;
        }
        rest = others;
    }
    true
}

/// The entry of a key, made if it is not there.
fn entry<'a>(entries: &'a mut Vec<(Cow<'static, str>, Input)>, key: &str) -> &'a mut Input {
    let place = match entries.iter().position(|(name, _)| name == key) {
        Some(place) => place,
        None => {
            entries.push((Cow::Owned(key.to_owned()), Input::Null));
            entries.len() - 1
        }
    };
    #[expect(clippy::indexing_slicing, reason = "the place was found, or made just now")]
    &mut entries[place].1
}

impl From<&Node> for Input {
    fn from(node: &Node) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Integer(value) => Self::Integer((*value).into()),
            Node::Float(value) => Self::Float(*value),
            Node::Text(value) => Self::Text(value.as_str().into()),
            Node::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Node::Map(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(key, value)| (Cow::Owned(key.clone()), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Input;

    fn text(text: &'static str) -> Input {
        Input::Text(text.into())
    }

    #[test]
    fn an_input_is_small_because_there_are_many() {
        assert!(size_of::<Input>() <= 32);
    }

    #[test]
    fn records_under_one_key_are_merged_even_if_they_come_at_once() {
        let record = |key: &'static str| Input::Map(vec![(key.into(), text("x"))]);
        let twice = vec![("to".into(), record("name")), ("to".into(), record("email"))];
        let mut input = Input::Map(Vec::new());
        input.merge(Input::Map(twice));
        assert_eq!(input.to_json().to_string(), r#"{"to":{"name":"x","email":"x"}}"#);
    }

    #[test]
    fn a_path_leads_into_records_and_lists_and_makes_them() {
        let mut input = Input::Map(Vec::new());
        input.set("lines.0.title", text("a")).unwrap();
        input.set("lines.1.title", text("b")).unwrap();
        input.set("lines.0.title", text("c")).unwrap();
        input.set("lines.0.count", Input::Integer(1.into())).unwrap();
        let shown = input.to_json().to_string();
        assert_eq!(shown, r#"{"lines":[{"title":"c","count":1},{"title":"b"}]}"#);
    }

    #[test]
    fn a_path_into_a_scalar_or_beyond_the_end_is_refused() {
        let mut input = Input::Map(vec![
            ("due".into(), text("today")),
            ("tags".into(), Input::List(vec![text("a")])),
        ]);
        for (path, message) in [
            ("due.year", "`due` is text, not a record"),
            ("tags.3", "`tags` has no item 3: the next is `tags.1`"),
            ("tags.first", "`tags` is a list: name an item, as `tags.0`"),
            ("a..b", "the path `a..b` has an empty part"),
            ("", "the path `` has an empty part"),
        ] {
            assert_eq!(input.set(path, Input::Null).unwrap_err(), message);
        }
    }
}
