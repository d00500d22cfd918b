//! The reader: takes values out of a YAML document and collects what is wrong.

use std::sync::Arc;

use super::{Document, Finding, Node, Part, Path, nearest};

/// Reads one document; every mistake becomes a finding and reading goes on.
pub(crate) struct Reader<'a> {
    pub(crate) document: &'a Arc<Document>,
    pub(crate) findings: &'a mut Vec<Finding>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(document: &'a Arc<Document>, findings: &'a mut Vec<Finding>) -> Self {
        Self { document, findings }
    }

    /// Reports an error at a value.
    pub(crate) fn wrong(&mut self, path: &Path, code: &'static str, message: impl Into<String>) {
        let finding = self.document.error(path, Part::Value, code, message);
        self.findings.push(finding);
    }

    /// Reports an error at a value, with a hint.
    pub(crate) fn wrong_with(
        &mut self,
        path: &Path,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = self.document.error(path, Part::Value, code, message).help(help);
        self.findings.push(finding);
    }

    /// Reports an error at a key, with a hint.
    pub(crate) fn wrong_key(
        &mut self,
        path: &Path,
        code: &'static str,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let finding = self.document.error(path, Part::Key, code, message);
        self.findings.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    /// The entries of a map; anything else is reported and gives none.
    pub(crate) fn map(&mut self, node: &'a Node, path: &Path, what: &str) -> &'a [(String, Node)] {
        match node {
            Node::Map(entries) => entries,
            Node::Null => &[],
            other => {
                self.wrong(path, "wrong-type", format!("{what} is {}, not a map", kind(other)));
                &[]
            }
        }
    }

    /// Reports each key that is not among the known ones.
    pub(crate) fn check_keys(&mut self, entries: &[(String, Node)], path: &Path, known: &[&str]) {
        for (key, _) in entries {
            if known.contains(&key.as_str()) {
                continue;
            }
            let help = match nearest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            self.wrong_key(
                &path.key(key),
                "unknown-key",
                format!("unknown key `{key}`"),
                Some(help),
            );
        }
    }

    /// A text; anything else is reported. Null is none.
    pub(crate) fn text(&mut self, node: &'a Node, path: &Path, what: &str) -> Option<&'a str> {
        match node {
            Node::Text(text) => Some(text),
            Node::Null => None,
            other => {
                self.wrong(path, "wrong-type", format!("{what} is {}, not text", kind(other)));
                None
            }
        }
    }

    /// A text or a number, as text.
    pub(crate) fn scalar(&mut self, node: &Node, path: &Path, what: &str) -> Option<String> {
        match node {
            Node::Text(text) => Some(text.clone()),
            Node::Integer(number) => Some(number.to_string()),
            Node::Float(number) => Some(number.to_string()),
            Node::Bool(value) => Some(value.to_string()),
            Node::Null => None,
            other => {
                self.wrong(path, "wrong-type", format!("{what} is {}, not text", kind(other)));
                None
            }
        }
    }

    /// True or false; anything else is reported.
    pub(crate) fn boolean(&mut self, node: &Node, path: &Path, what: &str) -> bool {
        match node {
            Node::Bool(value) => *value,
            other => {
                self.wrong(
                    path,
                    "wrong-type",
                    format!("{what} is {}, not true or false", kind(other)),
                );
                false
            }
        }
    }

    /// One of some words; anything else is reported with the nearest of them.
    pub(crate) fn word<T: Copy>(
        &mut self,
        node: &'a Node,
        path: &Path,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(node, path, "the value")?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("{text:?} is not one of {}", all.join(", "));
        let finding = self.document.error(path, Part::Value, "wrong-value", message);
        self.findings.push(finding.did_you_mean(text, all));
        None
    }
}

/// What a node is, for errors.
pub(crate) const fn kind(node: &Node) -> &'static str {
    match node {
        Node::Null => "empty",
        Node::Bool(_) => "a boolean",
        Node::Integer(_) => "an integer",
        Node::Float(_) => "a number",
        Node::Text(_) => "text",
        Node::List(_) => "a list",
        Node::Map(_) => "a map",
    }
}
