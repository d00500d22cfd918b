//! The definition: what the YAML file of a method says, laid over the defaults of its folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declare;
use super::delivery::{self, Delivery, MailKind};
use super::input::Input;
use super::marks::{AUTO_SUBMITTED, AutoSubmitted, IMPORTANCE, Importance};
use super::name::{is_locale, normal_locale};
use super::parameter::Fields;
use crate::message::{
    ContentType, Header, HeaderKind, HeaderName, HeaderValue, Mailbox, MessageError,
};
use crate::render::{Origin, Place, Source, inline_name, resolve_beside};
use crate::source::{Document, Finding, Node, Part, Path};
use crate::source::{Reader, kind};

/// The keys of a method.
const KEYS: [&str; 15] = [
    "description",
    "kind",
    "adapter",
    "locale",
    "arguments",
    "headers",
    "preheader",
    "importance",
    "auto_submitted",
    "unsubscribe",
    "text",
    "html",
    "attachments",
    "delivery",
    "samples",
];

/// The keys of a `_defaults.yaml`.
const DEFAULT_KEYS: [&str; 11] = [
    "description",
    "kind",
    "adapter",
    "locale",
    "headers",
    "preheader",
    "importance",
    "auto_submitted",
    "unsubscribe",
    "attachments",
    "delivery",
];

/// A place in a YAML file.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) document: Arc<Document>,
    pub(crate) path: Path,
}

/// A template that stands in a YAML file: its name in the engine, and its text if nothing in it
/// varies.
#[derive(Clone, Debug)]
pub(crate) struct Inline {
    pub(crate) name: String,
    pub(crate) constant: Option<String>,
}

/// A header of a method.
#[derive(Clone, Debug)]
pub(crate) struct HeaderRule {
    pub(crate) name: HeaderName,
    /// One template, or several for a list of addresses; none if the header was unset.
    pub(crate) values: Vec<Inline>,
    /// The headers themselves, read once, if nothing in them varies and nothing is wrong.
    pub(crate) fixed: Option<Vec<Header>>,
    pub(crate) spot: Spot,
}

impl HeaderRule {
    fn new(name: HeaderName, values: Vec<Inline>, spot: Spot) -> Self {
        let mut rule = Self { name, values, fixed: None, spot };
        rule.fixed = rule.fixed();
        rule
    }

    fn fixed(&self) -> Option<Vec<Header>> {
        // It is no header but the envelope's sender.
        if self.name.as_str() == "Return-Path" {
            return None;
        }
        let texts = self.values.iter().map(|value| value.constant.as_deref());
        if self.name.kind() != HeaderKind::Mailboxes {
            let texts: Vec<&str> = texts.collect::<Option<_>>()?;
            return Some(self.header(texts.join(" ")).ok()?.into_iter().collect());
        }
        let mut list = Vec::new();
        for text in texts {
            list.extend(Mailbox::parse_list(text?).ok()?);
        }
        Some(self.mailboxes(list).ok()?.into_iter().collect())
    }

    /// The header of a text that is no list of addresses; none if it is blank.
    pub(crate) fn header(&self, text: String) -> Result<Option<Header>, MessageError> {
        let text = trimmed(text);
        if text.is_empty() {
            return Ok(None);
        }
        Header::read(self.name.clone(), text).map(Some)
    }

    /// The header of a list of addresses; none if it is empty.
    pub(crate) fn mailboxes(&self, list: Vec<Mailbox>) -> Result<Option<Header>, MessageError> {
        if list.is_empty() {
            return Ok(None);
        }
        Header::new(self.name.clone(), HeaderValue::Mailboxes(list)).map(Some)
    }
}

/// A text without the space around it; most have none.
pub(super) fn trimmed(text: String) -> String {
    let trimmed = text.trim();
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

/// A body that the YAML file names or holds; other bodies are found by their file names.
#[derive(Clone, Debug)]
pub(crate) enum BodyRule {
    Inline(Inline),
    File(String, Spot),
}

/// Where the content of an attachment comes from.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    File(String),
    Argument(String),
    Template(String),
}

/// An attachment of a method.
#[derive(Clone, Debug)]
pub(crate) struct AttachmentRule {
    pub(crate) content: Content,
    pub(crate) filename: Option<Inline>,
    pub(crate) content_type: Option<String>,
    /// The Content-ID of an inline part.
    pub(crate) content_id: Option<String>,
    pub(crate) spot: Spot,
}

/// A named argument set.
#[derive(Clone, Debug)]
pub(crate) struct SampleRule {
    pub(crate) name: String,
    pub(crate) arguments: Input,
    pub(crate) spot: Spot,
}

/// All that the YAML files say about a method.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) description: Option<String>,
    pub(crate) kind: MailKind,
    pub(crate) adapter: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) parameters: Fields,
    pub(crate) headers: Vec<HeaderRule>,
    pub(crate) preheader: Option<Inline>,
    pub(crate) importance: Importance,
    pub(crate) auto_submitted: Option<AutoSubmitted>,
    /// The name of the list that its reader unsubscribes from.
    pub(crate) unsubscribe: Option<Inline>,
    pub(crate) text: Option<BodyRule>,
    pub(crate) html: Option<BodyRule>,
    pub(crate) attachments: Vec<AttachmentRule>,
    pub(crate) delivery: Delivery,
    pub(crate) key: Option<Inline>,
    pub(crate) samples: Vec<SampleRule>,
    /// The files that say it: the defaults, outermost first, then the method's own.
    pub(crate) documents: Vec<Arc<Document>>,
    /// Where each value comes from, by its key: `kind`, `headers.from`.
    pub(crate) origins: BTreeMap<String, Spot>,
}

impl Default for Definition {
    fn default() -> Self {
        Self {
            description: None,
            kind: MailKind::default(),
            adapter: None,
            locale: None,
            parameters: Fields::new(Vec::new()),
            headers: Vec::new(),
            preheader: None,
            importance: Importance::default(),
            auto_submitted: None,
            unsubscribe: None,
            text: None,
            html: None,
            attachments: Vec::new(),
            delivery: Delivery::default(),
            key: None,
            samples: Vec::new(),
            documents: Vec::new(),
            origins: BTreeMap::new(),
        }
    }
}

/// The templates that stand in YAML files, by their names in the engine.
pub(crate) type Inlines = BTreeMap<String, Source>;

/// Lays one document over a definition: a `_defaults.yaml`, or the method's own.
pub(crate) fn lay_over(
    definition: &mut Definition,
    document: &Arc<Document>,
    is_defaults: bool,
    inlines: &mut Inlines,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    definition.documents.push(Arc::clone(document));
    let mut layer = Layer { reader: Reader::new(document, &mut findings), definition, inlines };
    layer.read(document, is_defaults);
    findings
}

/// The headers that the key `unsubscribe` writes.
const ONE_CLICK: [&str; 2] = ["List-Unsubscribe", "List-Unsubscribe-Post"];

/// What two keys of a whole definition say both.
pub(crate) fn conflicts(definition: &Definition) -> Vec<Finding> {
    if definition.unsubscribe.is_none() {
        return Vec::new();
    }
    let twice = definition.headers.iter().filter(|rule| {
        !rule.values.is_empty() && ONE_CLICK.iter().any(|name| rule.name.as_str() == *name)
    });
    twice
        .map(|rule| {
            let message = format!("the key `unsubscribe` writes the header {}", rule.name);
            rule.spot
                .document
                .error(&rule.spot.path, Part::Key, "unsubscribe", message)
                .help("remove the header, or the key")
        })
        .collect()
}

struct Layer<'a> {
    reader: Reader<'a>,
    definition: &'a mut Definition,
    inlines: &'a mut Inlines,
}

impl<'a> Layer<'a> {
    fn read(&mut self, document: &'a Arc<Document>, is_defaults: bool) {
        let root = Path::default();
        let entries = self.reader.map(&document.root, &root, "the file");
        self.check_keys(entries, &root, is_defaults);
        for (key, node) in entries {
            let path = root.key(key);
            if is_defaults && !DEFAULT_KEYS.contains(&key.as_str()) {
                continue;
            }
            match key.as_str() {
                "headers" | "delivery" => {}
                key if KEYS.contains(&key) => self.origin(key, &path),
                _ => continue,
            }
            self.entry(key, node, &path);
        }
    }

    fn check_keys(&mut self, entries: &[(String, Node)], root: &Path, is_defaults: bool) {
        if !is_defaults {
            self.reader.check_keys(entries, root, &KEYS);
            return;
        }
        let (own, other): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(key, _)| {
            KEYS.contains(&key.as_str()) && !DEFAULT_KEYS.contains(&key.as_str())
        });
        self.reader.check_keys(&other, root, &DEFAULT_KEYS);
        for (key, _) in own {
            let help = Some("move it into the methods".to_owned());
            let message = format!("`{key}` cannot be inherited");
            self.reader.wrong_key(&root.key(&key), "unknown-key", message, help);
        }
    }

    fn entry(&mut self, key: &str, node: &'a Node, path: &Path) {
        match key {
            "description" => {
                let text = self.reader.text(node, path, "`description`");
                self.definition.description = text.map(|text| text.trim().to_owned());
            }
            "kind" => {
                let words = [("transactional", MailKind::Transactional), ("bulk", MailKind::Bulk)];
                self.definition.kind = self.reader.word(node, path, &words).unwrap_or_default();
            }
            "adapter" => {
                let text = self.reader.text(node, path, "`adapter`");
                self.definition.adapter = text.map(str::to_owned);
            }
            "locale" => self.locale(node, path),
            "arguments" => {
                self.definition.parameters = declare::arguments(&mut self.reader, node, path);
            }
            "headers" => self.headers(node, path),
            "preheader" => self.definition.preheader = self.line(node, path, Place::Text),
            "importance" => {
                self.definition.importance =
                    self.reader.word(node, path, &IMPORTANCE).unwrap_or_default();
            }
            "auto_submitted" => {
                self.definition.auto_submitted = self.reader.word(node, path, &AUTO_SUBMITTED);
            }
            "unsubscribe" => self.definition.unsubscribe = self.line(node, path, Place::Header),
            "text" => self.definition.text = self.body(node, path, Place::Text),
            "html" => self.definition.html = self.body(node, path, Place::Html),
            "attachments" => self.attachments(node, path),
            "delivery" => self.delivery(node, path),
            "samples" => self.samples(node, path),
            _ => {}
        }
    }

    fn spot(&self, path: &Path) -> Spot {
        Spot { document: Arc::clone(self.reader.document), path: path.clone() }
    }

    fn origin(&mut self, key: &str, path: &Path) {
        let spot = self.spot(path);
        self.definition.origins.insert(key.to_owned(), spot);
    }

    fn locale(&mut self, node: &'a Node, path: &Path) {
        let Some(text) = self.reader.text(node, path, "`locale`") else { return };
        let locale = normal_locale(text);
        if is_locale(&locale) {
            self.definition.locale = Some(locale);
        } else {
            let message = format!("{text:?} is no locale");
            self.reader.wrong_with(path, "wrong-value", message, "write a tag such as de or de-AT");
        }
    }

    /// Registers a template that stands here.
    fn inline(&mut self, text: &str, path: &Path, place: Place) -> Inline {
        let name = inline_name(self.reader.document.name(), place, path);
        let varies = text.contains("{{") || text.contains("{%") || text.contains("{#");
        if varies {
            let origin = Origin::Scalar(Arc::clone(self.reader.document), path.clone());
            self.inlines.insert(name.clone(), Source { text: text.into(), origin });
        }
        Inline { name, constant: (!varies).then(|| text.to_owned()) }
    }

    /// The template of a key that holds one; none if the key is empty.
    fn line(&mut self, node: &'a Node, path: &Path, place: Place) -> Option<Inline> {
        let text = self.reader.scalar(node, path, &format!("`{path}`"))?;
        Some(self.inline(&text, path, place))
    }

    fn headers(&mut self, node: &'a Node, path: &Path) {
        let entries = self.reader.map(node, path, "`headers`");
        let mut here: Vec<HeaderName> = Vec::new();
        for (key, node) in entries {
            let path = path.key(key);
            let Some(name) = self.header_name(key, &path) else { continue };
            if here.contains(&name) {
                let message = format!("the header {name} stands twice");
                self.reader.wrong_key(&path, "duplicate-key", message, None);
                continue;
            }
            here.push(name.clone());
            let values = self.header_values(&name, node, &path);
            self.origin(&format!("headers.{}", name.as_str().to_ascii_lowercase()), &path);
            let rule = HeaderRule::new(name, values, self.spot(&path));
            match self.definition.headers.iter_mut().find(|known| known.name == rule.name) {
                Some(known) => *known = rule,
                None => self.definition.headers.push(rule),
            }
        }
    }

    fn header_name(&mut self, key: &str, path: &Path) -> Option<HeaderName> {
        let checked =
            HeaderName::new(key).and_then(|name| Header::parse(key, "").map(|_header| name));
        match checked {
            Ok(name) => Some(name),
            Err(error) => {
                let help = matches!(error, MessageError::ReservedHeader { .. })
                    .then(|| "remove it: every message has it".to_owned());
                self.reader.wrong_key(path, "header-name", error.to_string(), help);
                None
            }
        }
    }

    fn header_values(&mut self, name: &HeaderName, node: &'a Node, path: &Path) -> Vec<Inline> {
        let place = match name.kind() {
            HeaderKind::Mailboxes => Place::Mailboxes,
            _ => Place::Header,
        };
        match node {
            Node::Null => Vec::new(),
            Node::List(items) if name.kind().is_list() => {
                let what = if place == Place::Mailboxes { "the address" } else { "the id" };
                let mut values = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    let path = path.index(i);
                    if let Some(text) = self.reader.text(item, &path, what) {
                        values.push(self.inline(text, &path, place));
                    }
                }
                values
            }
            node => match self.reader.scalar(node, path, "the header") {
                Some(text) => vec![self.inline(&text, path, place)],
                None => Vec::new(),
            },
        }
    }

    /// A PATH of this file: relative to it, or to the templates folder when it begins with `/`.
    fn path_value(&mut self, text: &str, path: &Path) -> Option<String> {
        let found = resolve_beside(text, self.reader.document.name());
        if found.is_none() {
            let message = format!("{text:?} leads out of the templates folder");
            self.reader.wrong(path, "outside", message);
        }
        found
    }

    fn body(&mut self, node: &'a Node, path: &Path, place: Place) -> Option<BodyRule> {
        match node {
            Node::Text(text) => Some(BodyRule::Inline(self.inline(text, path, place))),
            Node::Map(entries) => {
                self.reader.check_keys(entries, path, &["file"]);
                let (_, file) = entries.iter().find(|(key, _)| key == "file")?;
                let file_path = path.key("file");
                let text = self.reader.text(file, &file_path, "`file`")?;
                let file = self.path_value(text, &file_path)?;
                Some(BodyRule::File(file, self.spot(&file_path)))
            }
            other => {
                let message = format!("the body is {}, not text or {{file: PATH}}", kind(other));
                self.reader.wrong(path, "wrong-type", message);
                None
            }
        }
    }

    fn attachments(&mut self, node: &'a Node, path: &Path) {
        let items = match node {
            Node::List(items) => items.as_slice(),
            Node::Null => &[],
            other => {
                let message = format!("`attachments` is {}, not a list", kind(other));
                self.reader.wrong(path, "wrong-type", message);
                return;
            }
        };
        let mut rules = Vec::new();
        for (i, item) in items.iter().enumerate() {
            rules.extend(self.attachment(item, &path.index(i)));
        }
        self.definition.attachments = rules;
    }

    fn attachment(&mut self, node: &'a Node, path: &Path) -> Option<AttachmentRule> {
        const KEYS: [&str; 7] =
            ["file", "argument", "template", "filename", "type", "disposition", "content_id"];
        let entries = self.reader.map(node, path, "the attachment");
        if !matches!(node, Node::Map(_)) {
            return None;
        }
        self.reader.check_keys(entries, path, &KEYS);
        let mut rule = AttachmentRule {
            content: Content::File(String::new()),
            filename: None,
            content_type: None,
            content_id: None,
            spot: self.spot(path),
        };
        let mut contents = Vec::new();
        for (key, node) in entries {
            let here = path.key(key);
            let Some(text) = self.reader.scalar(node, &here, &format!("`{key}`")) else { continue };
            match key.as_str() {
                "file" | "template" => {
                    let file = self.path_value(&text, &here)?;
                    contents.push(if key == "file" {
                        Content::File(file)
                    } else {
                        Content::Template(file)
                    });
                    rule.spot = self.spot(&here);
                }
                "argument" => {
                    contents.push(Content::Argument(text));
                    rule.spot = self.spot(&here);
                }
                "filename" => rule.filename = Some(self.inline(&text, &here, Place::Header)),
                "type" => match ContentType::parse(&text) {
                    Ok(_) => rule.content_type = Some(text),
                    Err(error) => self.reader.wrong(&here, "content-type", error.to_string()),
                },
                "content_id" => rule.content_id = Some(text),
                "disposition" if matches!(text.as_str(), "attachment" | "inline") => {}
                "disposition" => {
                    let message = format!("{text:?} is no disposition");
                    self.reader.wrong_with(
                        &here,
                        "wrong-value",
                        message,
                        "write attachment or inline",
                    );
                }
                _ => {}
            }
        }
        self.check_inline(entries, path, &rule);
        match (contents.pop(), contents.is_empty()) {
            (Some(content), true) => Some(AttachmentRule { content, ..rule }),
            _ => {
                let message = "an attachment has one of `file`, `argument` and `template`";
                self.reader.wrong(path, "attachment", message);
                None
            }
        }
    }

    /// An inline part is found by its Content-ID, and only an inline part has one.
    fn check_inline(&mut self, entries: &[(String, Node)], path: &Path, rule: &AttachmentRule) {
        let inline = entries
            .iter()
            .any(|(key, node)| key == "disposition" && *node == Node::Text("inline".to_owned()));
        if inline != rule.content_id.is_some() {
            let message = "`disposition: inline` and `content_id` belong together";
            self.reader.wrong(path, "attachment", message);
        }
        if let Some(id) = &rule.content_id {
            let empty: Arc<[u8]> = Arc::from([]);
            let checked = crate::message::Attachment::new(None, ContentType::guess("x.bin"), empty)
                .and_then(|part| part.inline(id));
            if let Err(error) = checked {
                self.reader.wrong(&path.key("content_id"), "content-id", error.to_string());
            }
        }
    }

    fn delivery(&mut self, node: &'a Node, path: &Path) {
        delivery::delivery(&mut self.reader, node, path, &mut self.definition.delivery);
        let Node::Map(entries) = node else { return };
        for (key, node) in entries {
            let here = path.key(key);
            self.origin(&format!("delivery.{key}"), &here);
            if key == "key" {
                let text = self.reader.scalar(node, &here, "`key`");
                self.definition.key = text.map(|text| self.inline(&text, &here, Place::Header));
            }
        }
    }

    fn samples(&mut self, node: &'a Node, path: &Path) {
        for (name, node) in self.reader.map(node, path, "`samples`") {
            let path = path.key(name);
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
            if name.is_empty() || name.len() > 100 || !name.bytes().all(plain) {
                let message = format!("{name:?} cannot be the name of a sample");
                let help = Some("a name is letters, digits, `-` and `_`".to_owned());
                self.reader.wrong_key(&path, "sample-name", message, help);
                continue;
            }
            if !matches!(node, Node::Map(_) | Node::Null) {
                self.reader.wrong(
                    &path,
                    "wrong-type",
                    format!("the sample is {}, not a map", kind(node)),
                );
                continue;
            }
            let arguments = match node {
                Node::Null => Input::Map(Vec::new()),
                node => Input::from(node),
            };
            let spot = self.spot(&path);
            self.definition.samples.push(SampleRule { name: name.clone(), arguments, spot });
        }
    }
}
