//! The controls: what a page shows for each argument.

use jiff::civil;
use serde::Serialize;
use serde_json::Value;

use super::dotted;
use super::tree::{Node, Tree, join};
use crate::manage::views::in_templates;
use crate::method::{Call, Fields, MailMethod, Parameter, Type};
use crate::source::Finding;

/// Up to how many words a choice shows all of them.
const SHOWN_WORDS: usize = 4;

/// One control, or a group of them.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::manage) struct Control {
    id: String,
    /// The name that it sends its value under: the path of the argument.
    name: String,
    label: String,
    /// The type as it is declared.
    declared: String,
    required: bool,
    description: String,
    /// Which element it is: `text`, `textarea`, `date`, `choice`, `record`, `list` and so on.
    kind: &'static str,
    value: String,
    placeholder: String,
    /// For a choice, a list of words or a box: value, label, and whether it is chosen.
    options: Vec<(String, String, bool)>,
    errors: Vec<String>,
    /// The name of a file that is kept, or that a secret is.
    kept: Option<String>,
    fields: Vec<Self>,
    /// For an item of a list: its path, which is what removes it.
    remove: Option<String>,
}

in_templates!(Control);

/// The controls of a method's arguments, with what is wrong beside each; and what is wrong with
/// nothing that is shown.
pub(in crate::manage) fn controls(
    method: &MailMethod,
    tree: &Tree,
    findings: &[Finding],
) -> (Vec<Control>, Vec<Finding>) {
    let example = method.samples().next().and_then(|name| method.sample(name));
    let example = example.as_ref().map(Call::arguments).unwrap_or_default();
    let mut painter = Painter { findings, told: vec![false; findings.len()] };
    let mut controls = painter.record(method.parameters(), &tree.nodes, "", &example);
    painter.rest(&mut controls);
    let left = findings.iter().zip(&painter.told).filter(|(_, told)| !**told);
    (controls, left.map(|(finding, _)| finding.clone()).collect())
}

struct Painter<'f> {
    findings: &'f [Finding],
    told: Vec<bool>,
}

impl Painter<'_> {
    fn record(
        &mut self,
        fields: &Fields,
        nodes: &[Node],
        path: &str,
        example: &Value,
    ) -> Vec<Control> {
        let both = fields.all().iter().zip(nodes);
        both.map(|(field, node)| {
            let example = example.get(field.name()).unwrap_or(&Value::Null);
            self.control(field, node, &join(path, field.name()), example)
        })
        .collect()
    }

    fn control(
        &mut self,
        parameter: &Parameter,
        node: &Node,
        path: &str,
        example: &Value,
    ) -> Control {
        let mut control = Control {
            id: format!("f-{}", path.replace('.', "-")),
            name: path.to_owned(),
            label: parameter.name().to_owned(),
            declared: parameter.kind().name(),
            required: parameter.is_required(),
            description: parameter.description().unwrap_or_default().trim().to_owned(),
            placeholder: placeholder(parameter, example),
            ..Control::default()
        };
        match (parameter.kind(), node) {
            (Type::Record(fields), Node::Record(nodes)) => {
                control.kind = "record";
                control.fields = self.record(fields, nodes, path, example);
            }
            (Type::List(item), Node::List(nodes)) => {
                control.kind = "list";
                control.declared = format!("list of {}", item.kind().name());
                control.fields = self.items(item, nodes, path, example);
            }
            (_, Node::File(file)) => {
                control.kind = "file";
                control.kept = file.as_ref().map(|file| file.filename().to_owned());
            }
            (_, Node::Secret(secret)) => {
                control.kind = "secret";
                control.kept = secret.as_ref().map(|_| "a secret".to_owned());
                control.placeholder = String::new();
            }
            (_, Node::Text(text)) => leaf(parameter, text, &mut control),
            _ => control.kind = "text",
        }
        control.errors = self.errors(path);
        control
    }

    fn items(
        &mut self,
        item: &Parameter,
        nodes: &[Node],
        path: &str,
        example: &Value,
    ) -> Vec<Control> {
        let numbered = nodes.iter().enumerate();
        numbered
            .map(|(number, node)| {
                let here = join(path, &number.to_string());
                let example =
                    example.get(number).or_else(|| example.get(0)).unwrap_or(&Value::Null);
                let mut control = self.control(item, node, &here, example);
                control.label = format!("{} {}", item_label(path), number + 1);
                control.remove = Some(here);
                control
            })
            .collect()
    }

    /// What is wrong at exactly this path.
    fn errors(&mut self, path: &str) -> Vec<String> {
        let mut errors = Vec::new();
        for (finding, told) in self.findings.iter().zip(&mut self.told) {
            if !*told && finding.path.as_deref().is_some_and(|own| dotted(own) == path) {
                *told = true;
                errors.push(said(finding));
            }
        }
        errors
    }

    /// Puts what is wrong below a control that is shown, but with no control of its own, beside it.
    fn rest(&mut self, controls: &mut [Control]) {
        for (finding, told) in self.findings.iter().zip(&mut self.told) {
            let path = dotted(finding.path.as_deref().unwrap_or_default());
            let first = path.split('.').next().unwrap_or_default();
            if *told || path.is_empty() {
                continue;
            }
            if let Some(control) = controls.iter_mut().find(|control| control.name == first) {
                *told = true;
                control.errors.push(format!("{path}: {}", said(finding)));
            }
        }
    }
}

fn said(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => format!("{} — {help}", finding.message),
        None => finding.message.clone(),
    }
}

/// What one item of a list is called: `lines` has a line.
fn item_label(path: &str) -> &str {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.strip_suffix('s').filter(|stem| stem.len() > 1).unwrap_or(name)
}

fn placeholder(parameter: &Parameter, example: &Value) -> String {
    let example = match example {
        Value::String(text) => text.lines().next().unwrap_or_default().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let form = match parameter.kind() {
        Type::Date => "YYYY-MM-DD",
        Type::Time => "HH:MM",
        Type::DateTime => "YYYY-MM-DDTHH:MM",
        Type::Any => "JSON",
        _ => return example,
    };
    form.to_owned()
}

/// Chooses the element of a scalar. One that would hide a wrong value gives way to plain text.
fn leaf(parameter: &Parameter, text: &str, control: &mut Control) {
    control.value = text.to_owned();
    control.kind = match parameter.kind() {
        Type::Text => "textarea",
        Type::Any => "json",
        Type::Integer if text.is_empty() || text.parse::<i64>().is_ok() => "number",
        Type::Integer | Type::Decimal | Type::Float => "decimal",
        Type::Date if text.is_empty() || text.parse::<civil::Date>().is_ok() => "date",
        Type::Time if text.is_empty() || text.parse::<civil::Time>().is_ok() => "time",
        Type::DateTime if text.is_empty() || is_civil(text) => "datetime",
        Type::Address => "address",
        Type::Url => "url",
        Type::Boolean if parameter.is_optional() => {
            let words = [("", "not given"), ("true", "yes"), ("false", "no")];
            control.options = words
                .iter()
                .map(|(value, label)| ((*value).to_owned(), (*label).to_owned(), *value == text))
                .collect();
            "select"
        }
        Type::Boolean => {
            control.options = vec![("true".to_owned(), String::new(), text == "true")];
            "box"
        }
        Type::Enum(words) => {
            let mut options: Vec<(String, String, bool)> =
                words.iter().map(|word| (word.clone(), word.clone(), word == text)).collect();
            if parameter.is_optional() {
                options.insert(0, (String::new(), "not given".to_owned(), text.is_empty()));
            }
            // A word that is no choice is shown, so that what is wrong can be seen.
            if !text.is_empty() && !words.iter().any(|word| word == text) {
                options.push((text.to_owned(), text.to_owned(), true));
            }
            let few = options.len() <= SHOWN_WORDS;
            control.options = options;
            if few { "choice" } else { "select" }
        }
        _ => "text",
    };
}

/// Whether a control for date and time shows this text.
fn is_civil(text: &str) -> bool {
    text.len() > "2026-12-07".len()
        && !text.ends_with('Z')
        && text.parse::<civil::DateTime>().is_ok()
        && text.parse::<jiff::Timestamp>().is_err()
}

#[cfg(test)]
mod tests {
    use super::controls;
    use crate::manage::form::{Given, Kept, Tree};
    use crate::method::MailMethods;

    #[test]
    fn errors_stand_at_their_controls() {
        let methods = MailMethods::from_embedded([(
            "a.yaml",
            "arguments:\n  due: date\n  plan: enum(free|team)\n  lines: {list: {title: string, price: decimal}}\n\
             headers: {from: a@x.test, to: b@x.test}\ntext: Hi\n",
        )])
        .unwrap();
        let method = methods.get("a").unwrap();
        let given = Given::parse(b"due=soon&plan=tema&lines.0.title=a&lines.0.price=x");
        let tree = Tree::given(method.parameters(), &given, Kept::default());
        let (call, _) = tree.call(method).unwrap();
        let findings = methods.call(&call).unwrap_err().findings();
        let (controls, left) = controls(method, &tree, &findings);
        assert!(left.is_empty(), "{left:?}");
        assert_eq!((controls[0].kind, controls[0].value.as_str()), ("text", "soon"));
        assert_eq!(controls[0].errors.len(), 1);
        assert!(controls[1].errors[0].contains("did you mean `team`?"), "{:?}", controls[1].errors);
        let line = &controls[2].fields[0];
        assert_eq!((line.label.as_str(), line.remove.as_deref()), ("line 1", Some("lines.0")));
        assert_eq!(line.fields[1].errors.len(), 1);
    }
}
