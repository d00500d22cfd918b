//! Python: a client of the HTTP API, and a dataclass for each method and record.

use std::collections::BTreeMap;

use super::inner::{self, What};
use super::names::{Scope, pascal};
use super::prose;
use super::writer::Writer;
use crate::method::{Fields, MailMethod, MailMethods, Parameter, Type};

/// The parts that are the same for all folders: before and behind the dataclasses.
const HEAD: &str = include_str!("head.py");
const CLIENT: &str = include_str!("client.py");

/// The words that are no identifiers.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// The names that the fixed parts give to what is in the module.
fn taken() -> impl Iterator<Item = &'static str> {
    HEAD.lines().chain(CLIENT.lines()).filter_map(|line| {
        let imported = line.strip_prefix("import ").and_then(|line| line.split_once(" as "));
        let name = match imported {
            Some((_, name)) => name,
            None => {
                let defined = ["class ", "def "].iter().find_map(|word| line.strip_prefix(word));
                defined.or_else(|| line.split_once(" = ").map(|(name, _)| name))?
            }
        };
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        name.get(..end.unwrap_or(name.len())).filter(|name| !name.is_empty())
    })
}

/// Writes the client.
pub(super) fn generate(methods: &MailMethods) -> String {
    let mut scope = Scope::default();
    for name in taken() {
        scope.claim(name.to_owned());
    }
    let usual = methods
        .iter()
        .map(|method| (method.name().to_owned(), pascal(&method.name().replace('/', "-"), "Mail")));
    let classes = scope.distinct(usual.collect(), allowed);
    let mut out = Writer::new("    ");
    for method in methods.iter() {
        let Some(class) = classes.get(method.name()) else { continue };
        write_method(&mut out, method, class, &mut scope);
    }
    format!("{HEAD}{}{CLIENT}", out.finish())
}

fn write_method(out: &mut Writer, method: &MailMethod, class: &str, scope: &mut Scope) {
    let inner = inner::all(method.parameters());
    let mut names = inner::names(&inner, &mut Scope::default(), allowed);
    for one in inner.iter().filter(|one| matches!(one.what, What::Record(_))) {
        if let Some(name) = names.get_mut(&one.key) {
            *name = scope.claim(format!("{class}{name}"));
        }
    }
    for one in &inner {
        if let (What::Record(fields), Some(name)) = (&one.what, names.get(&one.key)) {
            let docs = format!("{} of {}.", prose::code(&one.key), prose::code(method.name()));
            begin(out, name, "Record", &[docs]);
            let record = Class { names: &names, scope, key: &one.key, secret: one.secret };
            record.write(out, fields);
        }
    }
    let mut docs = prose::lines(method.description().unwrap_or_default());
    if !docs.is_empty() {
        docs.push(String::new());
    }
    docs.push(prose::title(method));
    begin(out, class, "Mail", &docs);
    out.line("");
    out.line(&format!("__mail_method__: _t.ClassVar[_b.str] = {}", literal(method.name())));
    Class { names: &names, scope, key: "", secret: false }.write(out, method.parameters());
}

/// Begins a dataclass.
fn begin(out: &mut Writer, name: &str, base: &str, docs: &[String]) {
    out.line("");
    out.line("");
    out.line("@_dataclasses.dataclass(frozen=True, kw_only=True)");
    out.open(&format!("class {name}({base}):"));
    docstring(out, docs);
}

/// What the fields of a dataclass are named and typed by.
struct Class<'a> {
    /// The classes of records, by the way to them.
    names: &'a BTreeMap<String, String>,
    /// What is in the module.
    scope: &'a Scope,
    /// The way to the fields from the arguments.
    key: &'a str,
    /// Whether all of it is secret.
    secret: bool,
}

impl Class<'_> {
    /// Writes the fields, and ends the class.
    fn write(&self, out: &mut Writer, fields: &Fields) {
        let mut idents = Scope::default();
        for field in fields.all() {
            out.line("");
            for line in prose::lines(field.description().unwrap_or_default()) {
                out.line(format!("#: {line}").trim_end());
            }
            out.line(&format!("#: {}.", prose::facts(field)));
            let ident = idents.claim(self.ident(field.name()));
            let kind = kind(field, &inner::under(self.key, field), self.names);
            let kind = if field.is_required() { kind } else { format!("_t.Optional[{kind}]") };
            let hidden = self.secret || inner::hides(field);
            out.line(&format!("{ident}: {kind}{}", value(field, &ident, hidden)));
        }
        out.dedent();
    }

    /// The name of a field. It hides nothing that types are named by, and is not one that Python
    /// makes private.
    fn ident(&self, name: &str) -> String {
        if name.starts_with("__") {
            format!("x{name}")
        } else if self.scope.holds(name) {
            format!("{name}_")
        } else {
            allowed(name.to_owned())
        }
    }
}

/// What stands behind the type of a field.
fn value(field: &Parameter, ident: &str, hidden: bool) -> String {
    let mut options = Vec::new();
    if !field.is_required() {
        options.push("default=None".to_owned());
    }
    if hidden {
        options.push("repr=False".to_owned());
    }
    if ident != field.name() {
        options.push(format!("metadata={{\"name\": {}}}", literal(field.name())));
    }
    match options.as_slice() {
        [] => String::new(),
        [only] if only == "default=None" => " = None".to_owned(),
        all => format!(" = _dataclasses.field({})", all.join(", ")),
    }
}

/// The type of a value, by its declaration.
fn kind(parameter: &Parameter, key: &str, names: &BTreeMap<String, String>) -> String {
    let simple = match parameter.kind() {
        Type::String | Type::Text | Type::Url | Type::Address => "_b.str",
        Type::Integer => "_b.int",
        Type::Float => "_b.float",
        Type::Boolean => "_b.bool",
        Type::Decimal => "_decimal.Decimal",
        Type::Date => "_datetime.date",
        Type::Time => "_datetime.time",
        Type::DateTime => "_datetime.datetime",
        Type::Addresses => "Mailboxes",
        Type::File => "File",
        Type::Any => "_t.Any",
        Type::Record(_) => names.get(key).map_or("_t.Any", String::as_str),
        Type::Enum(words) => {
            let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
            return format!("_t.Literal[{}]", words.join(", "));
        }
        Type::List(item) => {
            let kind = kind(item, key, names);
            return if item.is_optional() {
                format!("_t.Sequence[_t.Optional[{kind}]]")
            } else {
                format!("_t.Sequence[{kind}]")
            };
        }
    };
    simple.to_owned()
}

/// Makes a name an identifier.
fn allowed(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// A text as a literal of ASCII alone.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Writes a docstring, which no line of it can end.
fn docstring(out: &mut Writer, lines: &[String]) {
    let lines = lines.iter().map(|line| line.replace('\\', "\\\\").replace('"', "\\\""));
    let lines: Vec<String> = lines.collect();
    match lines.as_slice() {
        [only] => out.line(&format!("\"\"\"{only}\"\"\"")),
        [first, rest @ ..] => {
            out.line(&format!("\"\"\"{first}"));
            for line in rest {
                out.line(line);
            }
            out.line("\"\"\"");
        }
        [] => {}
    }
}
