//! The input: arguments as a caller gives them, before they are checked.

use std::borrow::Cow;

use super::file::File;
use crate::source::Node;

/// A value that nobody has checked yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(Cow<'static, str>),
    List(Vec<Self>),
    Map(Vec<(Cow<'static, str>, Self)>),
    File(File),
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
            Self::Integer(value) => i64::try_from(*value).map_or_else(
                |_large| serde_json::Value::from(value.to_string()),
                serde_json::Value::from,
            ),
            Self::Float(value) => (*value).into(),
            Self::Text(value) => value.as_ref().into(),
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

    /// Lays another map over this one: its entries win, records are merged field by field.
    pub(crate) fn merge(&mut self, over: Self) {
        match (self, over) {
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

impl From<&Node> for Input {
    fn from(node: &Node) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Integer(value) => Self::Integer(*value),
            Node::Float(value) => Self::Float(*value),
            Node::Text(value) => Self::Text(Cow::Owned(value.clone())),
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
