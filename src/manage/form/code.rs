//! The code: a form's call, to be copied into a program, a shell or a chat.

use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use super::Tree;
use super::tree::join;
use crate::manage::views::in_templates;
use crate::method::{Fields, MailMethod, Type};

/// The call in one language.
#[derive(Clone, Debug, Serialize)]
pub(in crate::manage) struct Snippet {
    pub(in crate::manage) name: &'static str,
    pub(in crate::manage) code: String,
}

in_templates!(Snippet);

/// The call of a form as Rust, as a command and as a request.
pub(in crate::manage) fn snippets(
    method: &MailMethod,
    tree: &Tree,
    locale: Option<&str>,
) -> Vec<Snippet> {
    let arguments = tree.shown(method.parameters());
    vec![
        Snippet { name: "Rust", code: rust(method, &arguments, locale) },
        Snippet { name: "Command line", code: command(method, &arguments, locale) },
        Snippet { name: "curl", code: curl(method, &arguments, locale) },
    ]
}

/// The query that shows a form with these arguments; secrets and files are not in it.
pub(in crate::manage) fn query(
    method: &MailMethod,
    tree: &Tree,
    own: &[(String, String)],
) -> String {
    let mut pairs = Vec::new();
    flatten(method.parameters(), &tree.shown(method.parameters()), "", &mut pairs);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in own.iter().chain(&pairs) {
        query.append_pair(name, value);
    }
    query.finish()
}

/// The names and texts that a form would send for arguments.
fn flatten(fields: &Fields, value: &Value, path: &str, out: &mut Vec<(String, String)>) {
    for field in fields.all().iter().filter(|field| !field.is_secret()) {
        if let Some(value) = value.get(field.name()) {
            flat(field.kind(), value, &join(path, field.name()), out);
        }
    }
}

fn flat(kind: &Type, value: &Value, path: &str, out: &mut Vec<(String, String)>) {
    match (kind, value) {
        (Type::Record(fields), value) => flatten(fields, value, path, out),
        (Type::List(item), Value::Array(items)) if !item.is_secret() => {
            for (number, value) in items.iter().enumerate() {
                flat(item.kind(), value, &join(path, &number.to_string()), out);
            }
        }
        (Type::File, _) | (_, Value::Null) => {}
        (Type::Any, value) => out.push((path.to_owned(), value.to_string())),
        (_, Value::String(text)) => out.push((path.to_owned(), text.clone())),
        (_, other) => out.push((path.to_owned(), other.to_string())),
    }
}

fn rust(method: &MailMethod, arguments: &Value, locale: Option<&str>) -> String {
    let json = serde_json::to_string_pretty(arguments).unwrap_or_default();
    let json = json.replace('\n', "\n    ");
    let locale = locale.map(|locale| format!(".locale({locale:?})")).unwrap_or_default();
    format!(
        "use mailmethod::Call;\nuse serde_json::json;\n\nlet call = Call::new({:?})\n    \
         .args(&json!({json}))?{locale};\nlet id = host.queue(&call).await?;",
        method.name()
    )
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn command(method: &MailMethod, arguments: &Value, locale: Option<&str>) -> String {
    let mut pairs = Vec::new();
    words(method.parameters(), arguments, "", &mut pairs);
    let mut command = format!("mailmethod render {}", method.name());
    for word in pairs {
        command.push_str(" \\\n  ");
        command.push_str(&quoted(&word));
    }
    if let Some(locale) = locale {
        command.push_str(&format!(" \\\n  --locale {}", quoted(locale)));
    }
    command
}

/// Arguments as the words of a command line.
fn words(fields: &Fields, value: &Value, path: &str, out: &mut Vec<String>) {
    for field in fields.all() {
        if let Some(value) = value.get(field.name()) {
            word(field.kind(), value, &join(path, field.name()), out);
        }
    }
}

fn word(kind: &Type, value: &Value, path: &str, out: &mut Vec<String>) {
    match (kind, value) {
        (Type::Record(fields), Value::Object(_)) => words(fields, value, path, out),
        (Type::List(item), Value::Array(items)) if !items.is_empty() => {
            for (number, value) in items.iter().enumerate() {
                word(item.kind(), value, &join(path, &number.to_string()), out);
            }
        }
        (Type::File, value) => {
            let name = value.get("filename").and_then(Value::as_str).unwrap_or("FILE");
            out.push(format!("{path}=@{name}"));
        }
        (Type::Any | Type::List(_), value) => out.push(format!("{path}:={value}")),
        (_, Value::String(text)) => out.push(format!("{path}={text}")),
        (_, other) => out.push(format!("{path}={other}")),
    }
}

fn curl(method: &MailMethod, arguments: &Value, locale: Option<&str>) -> String {
    let mut body = serde_json::json!({ "arguments": arguments });
    if let (Some(locale), Some(fields)) = (locale, body.as_object_mut()) {
        fields.insert("locale".to_owned(), locale.into());
    }
    let body = serde_json::to_string_pretty(&body).unwrap_or_default();
    format!(
        "curl -H \"Authorization: Bearer $MAILMETHOD_TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  \
         http://127.0.0.1:8225/api/v1/methods/{}/render \\\n  -d {}",
        method.name().replace('/', "."),
        quoted(&body)
    )
}

#[cfg(test)]
mod tests {
    use super::{quoted, snippets};
    use crate::manage::form::{Given, Kept, Tree};
    use crate::method::MailMethods;

    #[test]
    fn a_call_is_written_in_three_languages_without_its_secrets() {
        let methods = MailMethods::from_embedded([(
            "a/b.yaml",
            "arguments: {who: {name: string}, tags: {list: string}, key: {type: string, secret: true}}\n\
             headers: {from: a@x.test, to: b@x.test}\ntext: Hi\n",
        )])
        .unwrap();
        let method = methods.get("a/b").unwrap();
        let given = Given::parse(b"who.name=O%27Hara&tags.0=x&key=hush");
        let tree = Tree::given(method.parameters(), &given, Kept::default());
        let code: Vec<String> =
            snippets(method, &tree, Some("de")).into_iter().map(|one| one.code).collect();
        assert!(code[0].contains("Call::new(\"a/b\")") && code[0].contains(".locale(\"de\")"));
        assert!(code[1].starts_with(
            "mailmethod render a/b \\\n  'who.name=O'\\''Hara' \\\n  tags.0=x \\\n  'key="
        ));
        assert!(code[2].contains("/methods/a.b/render"));
        assert!(code.iter().all(|code| !code.contains("hush") && code.contains("•••")));
    }

    #[test]
    fn a_word_of_a_shell_is_one_word() {
        assert_eq!(quoted("a=b"), "a=b");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(x)"), "'$(x)'");
    }
}
