//! TypeScript: a client of the HTTP API that knows the arguments of each method.
//!
//! Methods are called by their own names, and records and enums stand where they
//! are used. So there are no names that could clash.

use super::prose;
use super::writer::Writer;
use crate::method::{Fields, MailMethods, Parameter, Type};

/// The part that is the same for all folders.
const CLIENT: &str = include_str!("client.ts");

/// Writes the client.
pub(super) fn generate(methods: &MailMethods) -> String {
    let mut out = Writer::new("  ");
    out.line("// Made by `mailmethod codegen --lang typescript`: do not edit.");
    out.line("");
    out.line("/** The arguments of each mail method, by its name. */");
    out.open("export interface Methods {");
    for method in methods.iter() {
        out.gap();
        document(&mut out, method.description(), prose::title(method));
        let name = format!("{:?}", method.name());
        field(&mut out, &name, method.parameters());
    }
    out.close("}");
    let mut code = out.finish();
    code.push_str(CLIENT);
    code
}

/// Writes the property of a record.
fn field(out: &mut Writer, name: &str, fields: &Fields) {
    if fields.all().is_empty() {
        out.line(&format!("readonly {name}: Readonly<Record<string, never>>;"));
        return;
    }
    out.open(&format!("readonly {name}: {{"));
    properties(out, fields);
    out.close("};");
}

fn properties(out: &mut Writer, fields: &Fields) {
    for parameter in fields.all() {
        document(out, parameter.description(), format!("{}.", prose::facts(parameter)));
        let optional = if parameter.is_required() { "" } else { "?" };
        let name = format!("readonly {}{optional}: ", parameter.name());
        let end = if parameter.is_optional() { " | null;" } else { ";" };
        write(out, &name, parameter, end);
    }
}

/// Writes a type between what stands before and behind it.
fn write(out: &mut Writer, before: &str, parameter: &Parameter, behind: &str) {
    let simple = match parameter.kind() {
        Type::String | Type::Text | Type::Url => "string",
        Type::Integer | Type::Float => "number",
        Type::Decimal => "Decimal",
        Type::Boolean => "boolean",
        Type::Date => "DateText",
        Type::Time => "TimeText",
        Type::DateTime => "Moment",
        Type::Address => "Mailbox",
        Type::Addresses => "Mailboxes",
        Type::File => "FileArgument",
        Type::Any => "unknown",
        Type::Enum(words) => {
            let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
            out.line(&format!("{before}{}{behind}", words.join(" | ")));
            return;
        }
        Type::Record(fields) => {
            out.open(&format!("{before}{{"));
            properties(out, fields);
            out.close(&format!("}}{behind}"));
            return;
        }
        Type::List(item) => {
            let null = if item.is_optional() { " | null" } else { "" };
            let (before, behind) = (format!("{before}ReadonlyArray<"), format!("{null}>{behind}"));
            return write(out, &before, item, &behind);
        }
    };
    out.line(&format!("{before}{simple}{behind}"));
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
            _ => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Writes a documentation comment of a description and a line of ours; no text in it can end it.
fn document(out: &mut Writer, description: Option<&str>, line: String) {
    let mut lines = prose::lines(description.unwrap_or_default());
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(line);
    let lines: Vec<String> = lines.iter().map(|line| line.replace("*/", "*\\/")).collect();
    if let [only] = lines.as_slice() {
        out.line(&format!("/** {only} */"));
        return;
    }
    out.line("/**");
    for line in lines {
        out.line(format!(" * {line}").trim_end());
    }
    out.line(" */");
}
