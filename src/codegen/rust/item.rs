//! A struct: a method with its arguments, or a record with its fields.

use std::collections::BTreeMap;

use super::{begin, docs, ident};
use crate::codegen::inner;
use crate::codegen::names::Scope;
use crate::codegen::prose;
use crate::codegen::writer::Writer;
use crate::method::{Fields, Parameter, Type};

const STRING: &str = "::std::string::String";
const MAILBOX: &str = "::mailmethod::codegen::types::Mailbox";

/// What a struct is.
pub(super) enum Role<'a> {
    /// The method of this name.
    Method(&'a str),
    /// A record inside of arguments.
    Record,
}

/// A struct to write.
pub(super) struct Item<'a> {
    pub(super) name: &'a str,
    pub(super) docs: Vec<String>,
    pub(super) fields: &'a Fields,
    /// The way to its fields from the arguments; of a method, nothing.
    pub(super) key: &'a str,
    /// Whether all of it is secret.
    pub(super) secret: bool,
    /// The names of the records and enums inside, by the way to them.
    pub(super) types: Option<&'a BTreeMap<String, String>>,
    /// The module of those types, with the colons behind it.
    pub(super) place: &'a str,
    pub(super) role: Role<'a>,
}

/// A field to write.
struct Field<'a> {
    parameter: &'a Parameter,
    ident: String,
    /// The type of a value that is given.
    kind: String,
    hidden: bool,
}

impl Item<'_> {
    pub(super) fn write(&self, out: &mut Writer) {
        let idents = ident::fields(self.fields);
        let fields: Vec<Field<'_>> = self
            .fields
            .all()
            .iter()
            .map(|parameter| Field {
                parameter,
                ident: idents.get(parameter.name()).cloned().unwrap_or_default(),
                kind: self.kind(parameter, &inner::under(self.key, parameter)),
                hidden: self.secret || inner::hides(parameter),
            })
            .collect();
        self.definition(out, &fields);
        begin(out, &[]);
        out.open(&format!("impl {} {{", self.name));
        if let Role::Method(method) = self.role {
            out.line("/// The name of the mail method.");
            out.line(&format!("pub const METHOD: &'static ::std::primitive::str = {method:?};"));
            out.line("");
        }
        constructor(out, &fields);
        if matches!(self.role, Role::Method(_)) {
            out.line("");
            out.line("/// The call by name, to which a locale, headers and so on can be added.");
            out.line("#[must_use]");
            out.open("pub fn call(&self) -> ::mailmethod::Call {");
            out.open("::mailmethod::Call::with_arguments(");
            out.line("Self::METHOD,");
            record(out, &fields, ",");
            out.close(")");
            out.close("}");
        }
        out.close("}");
        if fields.iter().any(|field| field.hidden) {
            self.debug(out, &fields);
        }
        self.conversions(out, &fields);
    }

    fn definition(&self, out: &mut Writer, fields: &[Field<'_>]) {
        begin(out, &self.docs);
        let mut derived = vec!["::std::clone::Clone"];
        if !fields.iter().any(|field| field.hidden) {
            derived.push("::std::fmt::Debug");
        }
        if !fields.iter().any(|field| field.parameter.is_required()) {
            derived.push("::std::default::Default");
        }
        derived.push("::std::cmp::PartialEq");
        out.line(&format!("#[derive({})]", derived.join(", ")));
        if fields.is_empty() {
            out.line(&format!("pub struct {} {{}}", self.name));
            return;
        }
        out.open(&format!("pub struct {} {{", self.name));
        for Field { parameter, ident, kind, .. } in fields {
            let facts = format!("{}.", prose::facts(parameter));
            docs::write(out, &[docs::plain(parameter.description()), facts]);
            if parameter.is_required() {
                out.line(&format!("pub {ident}: {kind},"));
            } else {
                out.line(&format!("pub {ident}: ::std::option::Option<{kind}>,"));
            }
        }
        out.close("}");
    }

    /// The type of a value, by its declaration.
    fn kind(&self, parameter: &Parameter, key: &str) -> String {
        let kind = match parameter.kind() {
            Type::String | Type::Text => STRING,
            Type::Integer => "::std::primitive::i64",
            Type::Float => "::std::primitive::f64",
            Type::Boolean => "::std::primitive::bool",
            Type::Decimal => "::mailmethod::codegen::types::Decimal",
            Type::Date => "::mailmethod::codegen::types::Date",
            Type::Time => "::mailmethod::codegen::types::Time",
            Type::DateTime => "::mailmethod::codegen::types::Timestamp",
            Type::Url => "::mailmethod::codegen::types::Url",
            Type::Address => MAILBOX,
            Type::File => "::mailmethod::File",
            Type::Any => "::mailmethod::method::Argument",
            Type::Addresses => return format!("::std::vec::Vec<{MAILBOX}>"),
            Type::List(item) => {
                let kind = self.kind(item, key);
                return if item.is_optional() {
                    format!("::std::vec::Vec<::std::option::Option<{kind}>>")
                } else {
                    format!("::std::vec::Vec<{kind}>")
                };
            }
            Type::Record(_) | Type::Enum(_) => {
                let name = self.types.and_then(|types| types.get(key));
                return format!("{}{}", self.place, name.map_or("", String::as_str));
            }
        };
        kind.to_owned()
    }

    /// A `Debug` that shows no secret.
    fn debug(&self, out: &mut Writer, fields: &[Field<'_>]) {
        begin(out, &[]);
        out.open(&format!("impl ::std::fmt::Debug for {} {{", self.name));
        out.open("fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {");
        out.open(&format!("f.debug_struct({:?})", self.name.trim_start_matches("r#")));
        for Field { parameter, ident, hidden, .. } in fields {
            let name = parameter.name();
            if *hidden {
                out.line(&format!(".field({name:?}, &::std::format_args!(\"•••\"))"));
            } else {
                out.line(&format!(".field({name:?}, &self.{ident})"));
            }
        }
        out.line(".finish()");
        out.dedent();
        out.close("}");
        out.close("}");
    }

    /// What makes it an argument, or a call.
    fn conversions(&self, out: &mut Writer, fields: &[Field<'_>]) {
        let name = self.name;
        begin(out, &[]);
        if matches!(self.role, Role::Record) {
            out.open(&format!("impl ::mailmethod::method::ToArgument for {name} {{"));
            out.open("fn to_argument(&self) -> ::mailmethod::method::Argument {");
            record(out, fields, "");
            out.close("}");
            out.close("}");
            return;
        }
        out.open(&format!("impl ::mailmethod::method::ToCall for {name} {{"));
        out.open("fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {");
        out.line("::std::borrow::Cow::Owned(self.call())");
        out.close("}");
        out.close("}");
        for given in [name.to_owned(), format!("&{name}")] {
            begin(out, &[]);
            out.open(&format!("impl ::std::convert::From<{given}> for ::mailmethod::Call {{"));
            out.open(&format!("fn from(call: {given}) -> Self {{"));
            out.line("call.call()");
            out.close("}");
            out.close("}");
        }
    }
}

/// Writes `new`, which takes what must be given and leaves out the rest.
fn constructor(out: &mut Writer, fields: &[Field<'_>]) {
    let mut scope = Scope::default();
    out.line("/// With what must be given; all else is left out and can be set.");
    out.line("#[must_use]");
    let mut values = Vec::new();
    let mut parameters = Vec::new();
    for Field { parameter, ident, kind, .. } in fields {
        if !parameter.is_required() {
            values.push(format!("{ident}: ::std::option::Option::None,"));
            continue;
        }
        let given = scope.claim(ident::parameter(ident));
        if matches!(kind.as_str(), STRING | MAILBOX) {
            values.push(format!("{ident}: ::std::convert::Into::into({given}),"));
            parameters.push(format!("{given}: impl ::std::convert::Into<{kind}>,"));
        } else {
            values.push(if given == *ident {
                format!("{ident},")
            } else {
                format!("{ident}: {given},")
            });
            parameters.push(format!("{given}: {kind},"));
        }
    }
    if parameters.is_empty() {
        out.open("pub fn new() -> Self {");
    } else {
        out.open("pub fn new(");
        for parameter in parameters {
            out.line(&parameter);
        }
        out.dedent();
        out.open(") -> Self {");
    }
    out.open("Self {");
    for value in values {
        out.line(&value);
    }
    out.close("}");
    out.close("}");
}

/// Writes the record of all fields as an expression.
fn record(out: &mut Writer, fields: &[Field<'_>], end: &str) {
    out.open("::mailmethod::method::Argument::record()");
    for Field { parameter, ident, .. } in fields {
        let with = if parameter.is_required() { "with" } else { "with_optional" };
        out.line(&format!(".{with}({:?}, &self.{ident})", parameter.name()));
    }
    out.dedent();
    if !end.is_empty() {
        out.append(end);
    }
}
