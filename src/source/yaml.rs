//! The YAML document: an ordered tree that keeps duplicate keys, and the place of every node.
//!
//! The tree holds no positions. Where a finding needs one, the text is parsed
//! again up to that node ([`Document::locate`]), so that only wrong files pay.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Finding, Location};

/// The largest YAML file that is read, in octets.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;

/// One node of a YAML document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    /// The entries in the order written; a repeated key stays and is reported once.
    Map(Vec<(String, Self)>),
}

/// One step from a node to a node inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The nth entry (from 0) with this key.
    Key(String, usize),
    Index(usize),
}

/// Which part of a map entry is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Key,
    Value,
}

/// A way from the root to a node; its display is the path of findings: `a.b[2].c`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    pub(crate) fn key(&self, key: &str) -> Self {
        self.nth_key(key, 0)
    }

    fn nth_key(&self, key: &str, nth: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned(), nth));
        path
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Index(index));
        path
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key, _) if i == 0 => f.write_str(key)?,
                Step::Key(key, _) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A YAML file that parsed: its text and its tree.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    file: Arc<str>,
    name: Arc<str>,
    text: Arc<str>,
    pub(crate) root: Node,
}

impl Document {
    /// Parses a file; repeated keys anywhere in it are findings, all of them.
    ///
    /// `name` is its path in the templates folder, `file` is how findings show it.
    pub(crate) fn parse(file: &str, name: &str, text: &str) -> Result<Self, Vec<Finding>> {
        if text.len() > SIZE_LIMIT {
            return Err(vec![Finding::error("yaml", "the file is larger than 4 MB").in_file(file)]);
        }
        if let Some(finding) = nested_too_deeply(file, text) {
            return Err(vec![finding]);
        }
        let root = match serde_yaml::Deserializer::from_str(text).deserialize_any(TreeVisitor) {
            Ok(root) => root,
            Err(error) => return Err(vec![syntax_finding(file, text, &error)]),
        };
        let document = Self { file: file.into(), name: name.into(), text: text.into(), root };
        let mut repeated = Vec::new();
        // No path is made for the many documents in which there is none.
        if repeats(&document.root) {
            repeated_keys(&document.root, &Path::default(), &mut repeated);
        }
        if repeated.is_empty() {
            return Ok(document);
        }
        Err(repeated.iter().map(|(path, key)| document.repeated_key(path, key)).collect())
    }

    /// The file's path in the templates folder.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file, as findings show it.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The file's text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The file's text, for keeping.
    pub(crate) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The place of a node, or of the key before it.
    pub(crate) fn locate(&self, path: &Path, part: Part) -> Location {
        let (line, column) = locate(&self.text, &path.0, part).unwrap_or((0, 0));
        Location { file: self.file.to_string(), line, column }
    }

    /// The node that a path of findings (`lines[2].price`) means below another node; where there
    /// is none, the nearest above it, of which the key is meant.
    pub(crate) fn nearest(&self, above: &Path, inside: &str) -> (Path, Part) {
        let mut path = above.clone();
        for step in inside.split(['.', '[']).filter(|step| !step.is_empty()) {
            path = match step.strip_suffix(']').and_then(|index| index.parse().ok()) {
                Some(index) => path.index(index),
                None => path.key(step),
            };
        }
        let mut part = Part::Value;
        while path.0.len() > above.0.len() && locate(&self.text, &path.0, part).is_none() {
            path.0.pop();
            part = Part::Key;
        }
        (path, part)
    }

    /// An error at a node, or at the key before it.
    pub(crate) fn error(
        &self,
        path: &Path,
        part: Part,
        code: &'static str,
        message: impl Into<String>,
    ) -> Finding {
        self.place(Finding::error(code, message), path, part)
    }

    /// Places a finding at a node, or at the key before it.
    pub(crate) fn place(&self, finding: Finding, path: &Path, part: Part) -> Finding {
        let location = self.locate(path, part);
        let width = self.width(&location);
        finding.at(location, &self.text, width).path(path.to_string())
    }

    /// How wide the word at a place is: up to a colon that ends a key, a comma, or the line's end.
    fn width(&self, location: &Location) -> usize {
        let Some(line) = self.text.lines().nth(location.line.wrapping_sub(1)) else { return 1 };
        let rest: Vec<char> = line.chars().skip(location.column.saturating_sub(1)).collect();
        let mut end = rest.len();
        if let Some(quote @ ('"' | '\'')) = rest.first()
            && let Some(close) = rest.iter().skip(1).position(|c| c == quote)
        {
            return close + 2;
        }
        if let Some('{' | '[') = rest.first() {
            return bracketed(&rest);
        }
        for (i, c) in rest.iter().enumerate() {
            let next = rest.get(i + 1);
            let ends = match c {
                ':' => next.is_none_or(|c| c.is_whitespace()),
                ',' | '}' | ']' => true,
                '#' => i > 0,
                _ => false,
            };
            if ends {
                end = i;
                break;
            }
        }
        let word: String = rest.iter().take(end).collect();
        word.trim_end().chars().count().max(1)
    }

    /// Where a place in a scalar's text stands in the file: exact in block scalars and on the
    /// line of a plain or quoted one. `line` and `column` count from 1.
    pub(crate) fn locate_in_scalar(&self, path: &Path, line: usize, column: usize) -> Location {
        let start = self.locate(path, Part::Value);
        let lines: Vec<&str> = self.text.lines().collect();
        let opening = lines.get(start.line.wrapping_sub(1)).copied().unwrap_or_default();
        let indicator = opening.chars().nth(start.column.saturating_sub(1));
        match indicator {
            Some('|') => {
                let first = lines.iter().skip(start.line).find(|line| !line.trim().is_empty());
                let indent = first.map_or(0, |line| line.len() - line.trim_start().len());
                Location {
                    line: start.line + line,
                    column: if column == 0 { 0 } else { indent + column },
                    ..start
                }
            }
            Some('>') => start,
            Some('"' | '\'') if line == 1 => Location { column: start.column + column, ..start },
            _ if line == 1 => Location { column: start.column + column.saturating_sub(1), ..start },
            _ => start,
        }
    }

    fn repeated_key(&self, path: &Path, key: &str) -> Finding {
        let first = match path.0.split_last() {
            Some((Step::Key(key, _), rest)) => Path(rest.to_vec()).key(key),
            _ => path.clone(),
        };
        let line = self.locate(&first, Part::Key).line;
        self.error(path, Part::Key, "duplicate-key", format!("the key `{key}` stands twice"))
            .help(format!("it stands in line {line} already: remove one of them"))
    }
}

/// How wide a flow collection is: up to the bracket that closes it, or the line's end.
fn bracketed(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    for (i, c) in rest.iter().enumerate() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    rest.len().max(1)
}

/// Brackets that open a thousand times and never close: the parser refuses them as well, but its
/// time grows with the square of their number.
fn nested_too_deeply(file: &str, text: &str) -> Option<Finding> {
    let mut depth = 0_usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 1_000 {
            let (line, column) = super::position(text, offset);
            let location = Location { file: file.to_owned(), line, column };
            return Some(
                Finding::error("yaml", "brackets are nested too deeply").at(location, text, 1),
            );
        }
    }
    None
}

/// What a YAML library says of a text that does not parse, as a finding.
fn syntax_finding(file: &str, text: &str, error: &serde_yaml::Error) -> Finding {
    let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(blank) {
        return Finding::error("empty-file", "the file is empty").in_file(file);
    }
    let shown = error.to_string();
    let message = match shown.find(" at line ") {
        Some(end) => shown.get(..end).unwrap_or(&shown),
        None => &shown,
    };
    if message.contains("more than one document") {
        return second_document(file, text);
    }
    let finding = if message.contains("invalid type: enum") {
        Finding::error("yaml", "a value with a tag such as `!name` is not read")
            .help("remove the tag, or put the value in quotes")
    } else {
        Finding::error("yaml", format!("this is no YAML: {message}"))
    };
    let Some(place) = error.location() else { return finding.in_file(file) };
    let location = Location { file: file.to_owned(), line: place.line(), column: place.column() };
    let line = text.lines().nth(place.line().wrapping_sub(1)).unwrap_or_default();
    let indented_by_tab = line.trim_start_matches(' ').starts_with('\t');
    let finding = match shown.split_once(", while ") {
        _ if indented_by_tab => finding.help("YAML is indented with spaces, never with tabs"),
        Some((_, context)) => finding.help(format!("this was found while {context}")),
        None => finding,
    };
    finding.at(location, text, 1)
}

/// A second document in the stream is refused: only the first would be read.
fn second_document(file: &str, text: &str) -> Finding {
    let blank = |line: &str| line.trim().is_empty() || line.starts_with(['#', '%']);
    let begin = text
        .lines()
        .enumerate()
        .skip_while(|(_, line)| blank(line))
        .skip(1)
        .find(|(_, line)| *line == "---" || line.starts_with("--- "))
        .map_or(0, |(number, _)| number + 1);
    let location = Location { file: file.to_owned(), line: begin, column: usize::from(begin > 0) };
    Finding::error("yaml", "a second YAML document begins here")
        .at(location, text, 3)
        .help("one file is one document: remove what follows, or the `---`")
}

/// Whether a key stands twice in some map.
fn repeats(node: &Node) -> bool {
    match node {
        Node::Map(entries) => entries.iter().enumerate().any(|(i, (key, value))| {
            entries.iter().take(i).any(|(other, _)| other == key) || repeats(value)
        }),
        Node::List(items) => items.iter().any(repeats),
        _ => false,
    }
}

fn repeated_keys(node: &Node, path: &Path, out: &mut Vec<(Path, String)>) {
    match node {
        Node::Map(entries) => {
            let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
            for (key, value) in entries {
                let nth = seen.entry(key).or_default();
                let here = path.nth_key(key, *nth);
                if *nth > 0 {
                    out.push((here.clone(), key.clone()));
                }
                *nth += 1;
                repeated_keys(value, &here, out);
            }
        }
        Node::List(items) => {
            for (i, item) in items.iter().enumerate() {
                repeated_keys(item, &path.index(i), out);
            }
        }
        _ => {}
    }
}

struct TreeSeed;

impl<'de> DeserializeSeed<'de> for TreeSeed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without a tag")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Node, E> {
        i128::try_from(value)
            .map(Node::Integer)
            .map_err(|_large| E::custom(format!("the number {value} is too large")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(TreeSeed)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(KeySeed(&|_| false))? {
            map.push((key, entries.next_value_seed(TreeSeed)?));
        }
        Ok(Node::Map(map))
    }
}

/// Reads a key as text; fails on purpose at the key that the search is for.
struct KeySeed<'a>(&'a dyn Fn(&str) -> bool);

impl KeySeed<'_> {
    fn read<E: de::Error>(&self, key: String) -> Result<String, E> {
        if (self.0)(&key) { Err(E::custom(FOUND)) } else { Ok(key) }
    }
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeySeed<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is text")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<String, E> {
        self.read(key.to_owned())
    }

    fn visit_bool<E: de::Error>(self, key: bool) -> Result<String, E> {
        self.read(key.to_string())
    }

    fn visit_i64<E: de::Error>(self, key: i64) -> Result<String, E> {
        self.read(key.to_string())
    }

    fn visit_u64<E: de::Error>(self, key: u64) -> Result<String, E> {
        self.read(key.to_string())
    }

    fn visit_f64<E: de::Error>(self, key: f64) -> Result<String, E> {
        self.read(key.to_string())
    }
}

/// The message of the error that is made on purpose, to learn its place.
const FOUND: &str = "mailmethod: this is the place";

/// The line and column of a node, both from 1.
fn locate(text: &str, steps: &[Step], part: Part) -> Option<(usize, usize)> {
    let seek = Seek { steps, part };
    let error = seek.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    let place = error.location()?;
    error.to_string().contains(FOUND).then(|| (place.line(), place.column()))
}

/// Walks to a node and fails there.
struct Seek<'a> {
    steps: &'a [Step],
    part: Part,
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Seek<'_> {
    fn scalar<E: de::Error>(&self) -> Result<(), E> {
        if self.steps.is_empty() { Err(E::custom(FOUND)) } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_bool<E: de::Error>(self, _value: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: de::Error>(self, _value: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: de::Error>(self, _value: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: de::Error>(self, _value: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: de::Error>(self, _value: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else {
            return Err(de::Error::custom(FOUND));
        };
        let mut at = 0;
        loop {
            let found = *step == Step::Index(at);
            let next = if found {
                items.next_element_seed(Seek { steps: rest, part: self.part })?
            } else {
                items.next_element_seed(TreeSeed)?.map(|_| ())
            };
            if next.is_none() {
                return Ok(());
            }
            at += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else {
            return Err(de::Error::custom(FOUND));
        };
        let (wanted, nth) = match step {
            Step::Key(key, nth) => (key.as_str(), *nth),
            Step::Index(_) => ("", usize::MAX),
        };
        let seen = Cell::new(0);
        let last_step = rest.is_empty() && self.part == Part::Key;
        loop {
            let stop = |key: &str| last_step && key == wanted && seen.get() == nth;
            let Some(key) = entries.next_key_seed(KeySeed(&stop))? else { return Ok(()) };
            if key == wanted && seen.get() == nth {
                return entries.next_value_seed(Seek { steps: rest, part: self.part });
            }
            if key == wanted {
                seen.set(seen.get() + 1);
            }
            entries.next_value_seed(TreeSeed)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Node, Part, Path};

    const TEXT: &str = "a: 1\nb:\n  - x: yes\n    y: |\n      one\n      two {{ z }}\n  - \"q\"\n";

    fn document() -> Document {
        Document::parse("a.yaml", "a.yaml", TEXT).unwrap()
    }

    #[test]
    fn a_tree_keeps_the_order_and_the_types() {
        let Node::Map(entries) = document().root else { panic!("a map") };
        assert_eq!(entries[0], ("a".to_owned(), Node::Integer(1)));
        let Node::List(items) = &entries[1].1 else { panic!("a list") };
        assert_eq!(items[1], Node::Text("q".to_owned()));
    }

    #[test]
    fn every_node_and_key_has_its_place() {
        let document = document();
        let root = Path::default();
        let place = |path: &Path, part| {
            let location = document.locate(path, part);
            (location.line, location.column)
        };
        assert_eq!(place(&root.key("a"), Part::Key), (1, 1));
        assert_eq!(place(&root.key("a"), Part::Value), (1, 4));
        assert_eq!(place(&root.key("b").index(0).key("x"), Part::Value), (3, 8));
        assert_eq!(place(&root.key("b").index(0).key("y"), Part::Key), (4, 5));
        assert_eq!(place(&root.key("b").index(1), Part::Value), (7, 5));
    }

    #[test]
    fn a_place_in_a_block_scalar_is_exact() {
        let path = Path::default().key("b").index(0).key("y");
        let location = document().locate_in_scalar(&path, 2, 8);
        assert_eq!((location.line, location.column), (6, 14));
    }

    #[test]
    fn every_repeated_key_is_reported_with_both_places() {
        let findings =
            Document::parse("a.yaml", "a.yaml", "a: 1\nb: {c: 1, c: 2}\na: 3\n").unwrap_err();
        let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown.join("\n"),
            "error[duplicate-key]: the key `c` stands twice\n --> a.yaml:2:11\n  |\n2 | b: {c: 1, c: 2}\n  |           ^\n  = help: it stands in line 2 already: remove one of them\n\
             error[duplicate-key]: the key `a` stands twice\n --> a.yaml:3:1\n  |\n3 | a: 3\n  | ^\n  = help: it stands in line 1 already: remove one of them"
        );
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let findings = Document::parse("a.yaml", "a.yaml", text).expect_err("wrong");
        let first = findings.first().unwrap();
        let shown = match &first.location {
            Some(location) => format!("{location}: {}", first.message),
            None => first.message.clone(),
        };
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_place() {
        refused("", "a.yaml: the file is empty");
        refused("# only this\n\n", "a.yaml: the file is empty");
        refused("a: [1, 2\nb: 3\n", "a.yaml:2:2: this is no YAML: did not find expected");
        refused("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second YAML document begins here");
        refused("---\na: |\n  ---\n---\n", "a.yaml:4:1: a second YAML document begins here");
        refused("a: !tag 1\n", "a.yaml:1:4: a value with a tag such as `!name` is not read");
        refused(&"[".repeat(200), "a.yaml:1:129: this is no YAML: recursion limit exceeded");
        refused(&"[".repeat(1_000_000), "a.yaml:1:1001: brackets are nested too deeply");
        refused(&"{a: ".repeat(250_000), "a.yaml:1:4001: brackets are nested too deeply");
        refused(&"- ".repeat(500_000), "a.yaml");
        refused(&format!("a: {}", "x".repeat(5_000_000)), "a.yaml: the file is larger than 4 MB");
    }

    #[test]
    fn aliases_that_explode_are_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let before = i - 1;
            let aliases = vec![format!("*a{before}"); 9].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        }
        refused(&text, "a.yaml: this is no YAML: repetition limit exceeded");
    }
}
