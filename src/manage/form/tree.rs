//! The tree: what was given, in the shape of the declared arguments.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::Given;
use crate::method::{Call, CallError, Fields, File, MailMethod, Parameter, Type};
use crate::source::Finding;

/// How many items of a list a form shows and takes.
pub(super) const ITEMS: usize = 1_000;

/// The arguments of a form, one node for each.
#[derive(Clone)]
pub(in crate::manage) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// What is wrong with the form itself.
    problems: Vec<Finding>,
}

/// What was given for one argument, or one part of it.
#[derive(Clone)]
pub(super) enum Node {
    /// A text; an empty one is as good as none.
    Text(String),
    File(Option<File>),
    /// A secret: given, or kept from before; it is never shown.
    Secret(Option<String>),
    List(Vec<Self>),
    Record(Vec<Self>),
}

/// What a form keeps where nothing new was given: files and secrets.
#[derive(Clone, Copy, Default)]
pub(in crate::manage) struct Kept<'k> {
    pub(in crate::manage) draft: Option<&'k Given>,
    pub(in crate::manage) sample: Option<&'k Call>,
}

impl Kept<'_> {
    fn file(&self, path: &str) -> Option<File> {
        let drafted = self.draft.and_then(|draft| draft.file(path));
        drafted.or_else(|| self.sample.and_then(|sample| sample.file(path))).cloned()
    }

    fn secret(&self, path: &str) -> Option<String> {
        let drafted = self.draft.and_then(|draft| draft.text(path)).filter(|text| !text.is_empty());
        if let Some(text) = drafted {
            return Some(text.to_owned());
        }
        let arguments = self.sample?.arguments();
        let value = path.split('.').try_fold(&arguments, |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        });
        value.and_then(plain)
    }
}

impl Tree {
    /// The tree of what a form has given.
    pub(in crate::manage) fn given(fields: &Fields, given: &Given, kept: Kept<'_>) -> Self {
        let mut reader = Reader { given, kept, problems: Vec::new() };
        let nodes = reader.record(fields, "");
        Self { nodes, problems: reader.problems }
    }

    /// The tree of a sample's arguments, or of the defaults where there is none.
    pub(in crate::manage) fn sample(
        method: &MailMethod,
        sample: Option<&Call>,
        zone: &TimeZone,
    ) -> Self {
        let arguments = sample.map(Call::arguments).unwrap_or_default();
        let kept = Kept { draft: None, sample };
        let nodes = Filler { kept, zone }.record(method.parameters(), &arguments, "");
        Self { nodes, problems: Vec::new() }
    }

    /// Adds an empty item to the list at a path, or takes one away.
    pub(in crate::manage) fn change(
        &mut self,
        fields: &Fields,
        add: Option<&str>,
        remove: Option<&str>,
    ) {
        if let Some((item, items)) = add.and_then(|path| list(fields, &mut self.nodes, path))
            && items.len() < ITEMS
        {
            items.push(blank(item));
        }
        if let Some((path, number)) = remove.and_then(|path| path.rsplit_once('.'))
            && let Some((_, items)) = list(fields, &mut self.nodes, path)
            && let Some(number) = number.parse().ok().filter(|number| *number < items.len())
        {
            items.remove(number);
        }
    }

    /// The call that the form asks for, and what is wrong with the form itself.
    pub(in crate::manage) fn call(
        &self,
        method: &MailMethod,
    ) -> Result<(Call, Vec<Finding>), CallError> {
        let mut files = Vec::new();
        let arguments = json_record(method.parameters(), &self.nodes, "", &mut files);
        let mut call = Call::new(method.name()).args(&arguments)?.from_text();
        for (path, file) in files {
            call = call.set(&path, &file)?;
        }
        Ok((call, self.problems.clone()))
    }

    /// The arguments as JSON, dots in place of secrets, files by their names; what is empty is left
    /// out.
    pub(super) fn shown(&self, fields: &Fields) -> Value {
        let mut files = Vec::new();
        let mut arguments = json_record(fields, &self.nodes, "", &mut files);
        mask(fields, &mut arguments);
        for (path, file) in files {
            let steps: Vec<&str> = path.split('.').collect();
            set(&mut arguments, &steps, serde_json::json!({ "filename": file.filename() }));
        }
        arguments
    }

    /// Whether nothing was given.
    pub(in crate::manage) fn is_empty(&self, fields: &Fields) -> bool {
        self.shown(fields).as_object().is_none_or(Map::is_empty)
    }

    /// The arguments as JSON, secrets and all; the paths of files besides, which are not in it.
    pub(in crate::manage) fn plain(&self, fields: &Fields) -> (Value, Vec<String>) {
        let mut files = Vec::new();
        let arguments = json_record(fields, &self.nodes, "", &mut files);
        (arguments, files.into_iter().map(|(path, _)| path).collect())
    }
}

/// A value as the text of a control; none for what no control can hold.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

pub(super) fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}

struct Reader<'g> {
    given: &'g Given,
    kept: Kept<'g>,
    problems: Vec<Finding>,
}

impl Reader<'_> {
    fn record(&mut self, fields: &Fields, path: &str) -> Vec<Node> {
        let fields = fields.all().iter();
        fields.map(|field| self.node(field, &join(path, field.name()))).collect()
    }

    fn node(&mut self, parameter: &Parameter, path: &str) -> Node {
        match parameter.kind() {
            Type::Record(fields) => Node::Record(self.record(fields, path)),
            Type::List(item) => {
                let items = self.given.items(path);
                if items.len() > ITEMS {
                    let message = format!("{} items, and this form takes {ITEMS}", items.len());
                    self.problems.push(Finding::error("wrong-argument", message).path(path));
                }
                let shown = items.into_iter().take(ITEMS);
                Node::List(
                    shown.map(|number| self.node(item, &join(path, &number.to_string()))).collect(),
                )
            }
            Type::File => {
                Node::File(self.given.file(path).cloned().or_else(|| self.kept.file(path)))
            }
            _ if parameter.is_secret() => {
                let given = self.given.text(path).filter(|text| !text.is_empty());
                Node::Secret(given.map(str::to_owned).or_else(|| self.kept.secret(path)))
            }
            _ => Node::Text(self.given.text(path).unwrap_or_default().to_owned()),
        }
    }
}

struct Filler<'f> {
    kept: Kept<'f>,
    zone: &'f TimeZone,
}

impl Filler<'_> {
    fn record(&self, fields: &Fields, value: &Value, path: &str) -> Vec<Node> {
        let fields = fields.all().iter();
        fields
            .map(|field| {
                let given = value.get(field.name()).cloned().or_else(|| field.default());
                self.node(field, given.as_ref(), &join(path, field.name()))
            })
            .collect()
    }

    fn node(&self, parameter: &Parameter, value: Option<&Value>, path: &str) -> Node {
        match parameter.kind() {
            Type::Record(fields) => {
                Node::Record(self.record(fields, value.unwrap_or(&Value::Null), path))
            }
            Type::List(item) => {
                let words;
                let items = match value {
                    Some(Value::Array(items)) => items.as_slice(),
                    Some(Value::String(text)) => {
                        words = text.split_whitespace().map(Value::from).collect::<Vec<_>>();
                        &words
                    }
                    // Somebody who must give items sees where the first one goes.
                    None if parameter.is_required() => &[Value::Null],
                    _ => &[],
                };
                let items = items.iter().take(ITEMS).enumerate();
                Node::List(
                    items
                        .map(|(number, value)| {
                            self.node(item, Some(value), &join(path, &number.to_string()))
                        })
                        .collect(),
                )
            }
            Type::File => Node::File(self.kept.file(path)),
            _ if parameter.is_secret() => Node::Secret(value.and_then(plain)),
            Type::Addresses => Node::Text(match value {
                Some(Value::Array(items)) => {
                    items.iter().filter_map(plain).collect::<Vec<_>>().join(", ")
                }
                value => value.and_then(plain).unwrap_or_default(),
            }),
            Type::DateTime => {
                let text = value.and_then(plain).unwrap_or_default();
                Node::Text(local(&text, self.zone).unwrap_or(text))
            }
            _ => Node::Text(value.and_then(plain).unwrap_or_default()),
        }
    }
}

/// A moment with an offset, as a control without one shows it in a time zone.
fn local(text: &str, zone: &TimeZone) -> Option<String> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    let moment = moment.to_zoned(zone.clone());
    let form = if moment.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    Some(moment.strftime(form).to_string())
}

/// What stands in a new item of a list.
fn blank(parameter: &Parameter) -> Node {
    match parameter.kind() {
        Type::Record(fields) => Node::Record(fields.all().iter().map(blank).collect()),
        Type::List(_) => Node::List(Vec::new()),
        Type::File => Node::File(None),
        _ if parameter.is_secret() => Node::Secret(None),
        _ => Node::Text(parameter.default().as_ref().and_then(plain).unwrap_or_default()),
    }
}

/// The list at a path, and what one of its items is.
fn list<'t>(
    fields: &'t Fields,
    nodes: &'t mut [Node],
    path: &str,
) -> Option<(&'t Parameter, &'t mut Vec<Node>)> {
    let mut steps = path.split('.');
    let (mut parameter, mut node) = field(fields, nodes, steps.next()?)?;
    for step in steps {
        (parameter, node) = match (parameter.kind(), node) {
            (Type::Record(fields), Node::Record(nodes)) => field(fields, nodes, step)?,
            (Type::List(item), Node::List(items)) => {
                (item.as_ref(), items.get_mut(step.parse::<usize>().ok()?)?)
            }
            _ => return None,
        };
    }
    match (parameter.kind(), node) {
        (Type::List(item), Node::List(items)) => Some((item, items)),
        _ => None,
    }
}

fn field<'t>(
    fields: &'t Fields,
    nodes: &'t mut [Node],
    name: &str,
) -> Option<(&'t Parameter, &'t mut Node)> {
    let mut both = fields.all().iter().zip(nodes);
    both.find(|(parameter, _)| parameter.name() == name)
}

fn json_record(
    fields: &Fields,
    nodes: &[Node],
    path: &str,
    files: &mut Vec<(String, File)>,
) -> Value {
    let entries = fields.all().iter().zip(nodes).filter_map(|(field, node)| {
        let value = json(field, node, &join(path, field.name()), files)?;
        Some((field.name().to_owned(), value))
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// A value as JSON; none if nothing was given.
fn json(
    parameter: &Parameter,
    node: &Node,
    path: &str,
    files: &mut Vec<(String, File)>,
) -> Option<Value> {
    match (parameter.kind(), node) {
        (Type::Record(fields), Node::Record(nodes)) => {
            let before = files.len();
            let value = json_record(fields, nodes, path, files);
            let empty = value.as_object().is_none_or(Map::is_empty) && files.len() == before;
            (!empty || !parameter.is_optional()).then_some(value)
        }
        (Type::List(item), Node::List(nodes)) => {
            let numbered = nodes.iter().enumerate();
            let mut items: Vec<Option<Value>> = numbered
                .map(|(number, node)| {
                    match json(item, node, &join(path, &number.to_string()), files) {
                        // An item that is only a file stands where the file will be put.
                        None if matches!(node, Node::File(Some(_))) => Some(Value::Null),
                        value => value,
                    }
                })
                .collect();
            // What is left empty at the end is not meant; within, it is for the declaration to judge.
            items.truncate(items.iter().rposition(Option::is_some).map_or(0, |last| last + 1));
            let items: Vec<Value> =
                items.into_iter().map(|value| value.unwrap_or_else(|| "".into())).collect();
            (!items.is_empty() || !parameter.is_optional()).then_some(Value::Array(items))
        }
        (_, Node::File(file)) => {
            files.extend(file.clone().map(|file| (path.to_owned(), file)));
            None
        }
        (Type::Any, Node::Text(text)) if !text.trim().is_empty() => {
            Some(serde_json::from_str(text).unwrap_or_else(|_no_json| text.as_str().into()))
        }
        (Type::String | Type::Text, Node::Text(text)) => {
            (!text.is_empty()).then(|| text.replace("\r\n", "\n").into())
        }
        (_, Node::Text(text)) => (!text.trim().is_empty()).then(|| text.trim().into()),
        (_, Node::Secret(secret)) => secret.clone().map(Value::from),
        _ => None,
    }
}

/// Puts dots in the place of secrets.
fn mask(fields: &Fields, arguments: &mut Value) {
    for field in fields.all() {
        if let Some(value) = arguments.get_mut(field.name()) {
            mask_one(field, value);
        }
    }
}

fn mask_one(parameter: &Parameter, value: &mut Value) {
    if parameter.is_secret() {
        *value = "•••".into();
        return;
    }
    match (parameter.kind(), value) {
        (Type::Record(fields), value) => mask(fields, value),
        (Type::List(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| mask_one(item, value));
        }
        _ => {}
    }
}

fn set(value: &mut Value, steps: &[&str], new: Value) {
    let [step, rest @ ..] = steps else {
        *value = new;
        return;
    };
    let slot = match value {
        Value::Array(items) => step.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
        Value::Object(entries) => Some(entries.entry(*step).or_insert(Value::Null)),
        other => {
            *other = Value::Object(Map::new());
            other.as_object_mut().map(|entries| entries.entry(*step).or_insert(Value::Null))
        }
    };
    if let Some(slot) = slot {
        set(slot, rest, new);
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, Kept, Tree};
    use crate::method::{MailMethod, MailMethods};
    use jiff::tz::TimeZone;

    fn method() -> MailMethod {
        let methods = MailMethods::from_embedded([(
            "order.yaml",
            "arguments:\n  customer: {name: string, email: address}\n  lines: {list: {title: string, price: decimal}}\n  \
             tags: {list: string}\n  when: datetime?\n  link: {type: url, secret: true}\n  scan: file?\n\
             headers: {from: a@x.test, to: '{{ customer.email }}', subject: Hi}\ntext: Hi\nsamples:\n  one:\n    \
             customer: {name: Ada, email: a@x.test}\n    lines: [{title: T, price: '1.50'}]\n    tags: [a, b]\n    \
             when: '2026-12-04T16:20:00+01:00'\n    link: https://x.test/s3cret\n",
        )])
        .unwrap();
        methods.get("order").unwrap().clone()
    }

    #[test]
    fn a_sample_fills_the_form_and_comes_back_as_it_was() {
        let method = method();
        let sample = method.sample("one").unwrap();
        let tree = Tree::sample(&method, Some(&sample), &TimeZone::UTC);
        let shown = tree.shown(method.parameters());
        assert_eq!(
            shown.to_string(),
            r#"{"customer":{"name":"Ada","email":"a@x.test"},"lines":[{"title":"T","price":"1.50"}],"tags":["a","b"],"when":"2026-12-04T15:20","link":"•••"}"#
        );
        assert!(tree.call(&method).unwrap().1.is_empty());
    }

    #[test]
    fn items_are_added_and_taken_away() {
        let method = method();
        let given = Given::parse(b"lines.0.title=a&lines.4.title=b&tags.0=x&tags.1=");
        let mut tree = Tree::given(method.parameters(), &given, Kept::default());
        tree.change(method.parameters(), Some("lines"), None);
        tree.change(method.parameters(), None, Some("lines.0"));
        tree.change(method.parameters(), Some("customer"), Some("nothing.9"));
        let shown = tree.shown(method.parameters());
        assert_eq!(shown["lines"].to_string(), r#"[{"title":"b"},{}]"#);
        assert_eq!(shown["tags"].to_string(), r#"["x"]"#);
    }

    #[test]
    fn a_secret_is_kept_and_never_shown() {
        let method = method();
        let sample = method.sample("one").unwrap();
        let kept = Kept { draft: None, sample: Some(&sample) };
        let tree = Tree::given(method.parameters(), &Given::parse(b"link="), kept);
        let (call, _) = tree.call(&method).unwrap();
        assert_eq!(call.arguments()["link"], "https://x.test/s3cret");
        assert_eq!(tree.shown(method.parameters())["link"], "•••");
    }

    #[test]
    fn more_items_than_a_form_takes_are_told() {
        let method = method();
        let text: String = (0..1_200).map(|n| format!("tags.{n}=x&")).collect();
        let tree =
            Tree::given(method.parameters(), &Given::parse(text.as_bytes()), Kept::default());
        let (_, problems) = tree.call(&method).unwrap();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("1200 items"));
    }
}
