//! The JSON Schema of a method's arguments (draft 2020-12).
//!
//! What a schema accepts, a call accepts as well, but for what no schema can say:
//! the reading of addresses, line breaks in a `string`, bounds of dates. A call
//! also takes other forms, such as a number as text; a schema describes one form
//! of each type, the one that the HTTP API and its clients use.

use serde_json::{Map, Value, json};

use super::pattern::ecmascript;
use super::prose;
use crate::method::{Fields, MailMethod, MailMethods, Parameter, Type};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema of the arguments of a method: its types, limits, descriptions and defaults, and
/// its samples as examples.
///
/// # Examples
///
/// ```
/// use mailmethod::MailMethods;
/// use mailmethod::codegen::schema;
///
/// let methods = MailMethods::from_embedded([(
///     "hello.yaml",
///     "arguments: {name: string, copies: integer = 1}\n\
///      headers: {to: a@x.test, from: b@x.test}\ntext: Hi\nsamples: {first: {name: Ada}}",
/// )])?;
/// let schema = schema(methods.find("hello")?);
/// assert_eq!(schema["properties"]["copies"]["default"], 1);
/// assert_eq!(schema["required"][0], "name");
/// assert_eq!(schema["examples"][0]["name"], "Ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn schema(method: &MailMethod) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), DRAFT.into());
    schema.extend(body(method));
    Value::Object(schema)
}

/// One JSON Schema with that of each method under `$defs`, by its name.
#[must_use]
pub fn schemas(methods: &MailMethods) -> Value {
    let definitions = methods
        .iter()
        .map(|method| (method.name().to_owned(), Value::Object(body(method))))
        .collect::<Map<_, _>>();
    json!({ "$schema": DRAFT, "$defs": definitions })
}

fn body(method: &MailMethod) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("title".to_owned(), method.name().into());
    if let Some(description) = method.description() {
        schema.insert("description".to_owned(), description.trim().into());
    }
    record(method, method.parameters(), &mut schema);
    let examples: Vec<Value> =
        method.samples().filter_map(|sample| method.example(sample)).collect();
    if !examples.is_empty() {
        schema.insert("examples".to_owned(), examples.into());
    }
    schema
}

/// Adds what a record of some fields is.
fn record(method: &MailMethod, fields: &Fields, schema: &mut Map<String, Value>) {
    let properties: Map<String, Value> = fields
        .all()
        .iter()
        .map(|field| (field.name().to_owned(), parameter(method, field)))
        .collect();
    let required: Vec<&str> =
        fields.all().iter().filter(|field| field.is_required()).map(Parameter::name).collect();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
}

fn parameter(method: &MailMethod, parameter: &Parameter) -> Value {
    let mut schema = Map::new();
    let description = description(parameter);
    if !description.is_empty() {
        schema.insert("description".to_owned(), description.into());
    }
    kind(method, parameter, &mut schema);
    bounds(parameter, &mut schema);
    if parameter.is_optional() {
        nullable(&mut schema);
    }
    if let Some(default) = method.default_of(parameter) {
        schema.insert("default".to_owned(), default);
    }
    if parameter.is_secret() {
        schema.insert("writeOnly".to_owned(), true.into());
    }
    Value::Object(schema)
}

/// Adds what a type is.
fn kind(method: &MailMethod, parameter: &Parameter, schema: &mut Map<String, Value>) {
    let entries = match parameter.kind() {
        Type::String | Type::Text => json!({ "type": "string" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::Float => json!({ "type": "number" }),
        Type::Boolean => json!({ "type": "boolean" }),
        // A number loses its trailing zeros; text does not.
        Type::Decimal => {
            json!({ "type": ["string", "number"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$" })
        }
        Type::Date => json!({ "type": "string", "format": "date" }),
        // No `format`: that of JSON Schema demands an offset.
        Type::Time => json!({
            "type": "string",
            "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?$",
        }),
        Type::DateTime => json!({ "type": "string", "format": "date-time" }),
        Type::Address => address(),
        Type::Addresses => json!({ "type": ["array", "string"], "items": address() }),
        Type::Url => json!({
            "type": "string",
            "format": "uri",
            "pattern": "^(https?://|mailto:|tel:)",
        }),
        Type::Enum(words) => json!({ "type": "string", "enum": words }),
        Type::List(item) => json!({ "type": "array", "items": self::parameter(method, item) }),
        Type::Record(fields) => return record(method, fields, schema),
        Type::File => json!({
            "type": "object",
            "properties": {
                "filename": { "type": "string" },
                "content_type": { "type": ["string", "null"] },
                "content": { "type": "string", "contentEncoding": "base64" },
            },
            "required": ["filename", "content"],
            "additionalProperties": false,
        }),
        Type::Any => return,
    };
    if let Value::Object(entries) = entries {
        schema.extend(entries);
    }
}

fn address() -> Value {
    json!({ "type": "string", "pattern": "^[^\\u0000-\\u001f]*@[^\\u0000-\\u001f]*$" })
}

/// What people read of a value, with the bounds that no keyword can say.
fn description(parameter: &Parameter) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(parameter.description().map(|text| text.trim().to_owned()));
    let untold = match parameter.kind() {
        Type::Decimal | Type::Date | Type::Time | Type::DateTime | Type::File => true,
        Type::String | Type::Text | Type::Url => {
            parameter.pattern().is_some_and(|pattern| ecmascript(pattern).is_none())
        }
        _ => false,
    };
    let bounds = prose::bounds(parameter);
    if untold && !bounds.is_empty() {
        lines.push(format!("Keeps to: {}.", bounds.join(", ")));
    }
    lines.join("\n")
}

/// Adds the limits of a value.
fn bounds(parameter: &Parameter, schema: &mut Map<String, Value>) {
    let (min, max) = (parameter.min(), parameter.max());
    let length = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_u64);
    let shortest = length(&min).map(Value::from);
    let longest = [length(&max), parameter.max_length().map(|length| length as u64)];
    let longest = longest.into_iter().flatten().min().map(Value::from);
    let limits = match parameter.kind() {
        Type::Integer | Type::Float | Type::Decimal => {
            [("minimum", min.as_ref().map(number)), ("maximum", max.as_ref().map(number))]
        }
        Type::String | Type::Text => [("minLength", shortest), ("maxLength", longest)],
        Type::Url => [("minLength", None), ("maxLength", longest)],
        Type::List(_) => [("minItems", shortest), ("maxItems", longest)],
        _ => return,
    };
    for (key, limit) in limits {
        if let Some(limit) = limit {
            schema.insert(key.to_owned(), limit);
        }
    }
    if !matches!(parameter.kind(), Type::String | Type::Text | Type::Url) {
        return;
    }
    if let Some(pattern) = parameter.pattern().and_then(ecmascript) {
        match schema.remove("pattern") {
            // That of URLs as such.
            Some(other) => {
                let both = json!([{ "pattern": other }, { "pattern": pattern }]);
                schema.insert("allOf".to_owned(), both)
            }
            None => schema.insert("pattern".to_owned(), pattern.into()),
        };
    }
}

/// A bound as a number; one of a decimal may be written as text.
fn number(bound: &Value) -> Value {
    let text = bound.as_str().and_then(|text| text.trim().parse::<f64>().ok());
    text.map_or_else(|| bound.clone(), Value::from)
}

/// Lets null stand for a value that is not given.
fn nullable(schema: &mut Map<String, Value>) {
    match schema.get_mut("type") {
        Some(Value::Array(kinds)) => kinds.push("null".into()),
        Some(kind) => *kind = json!([kind.clone(), "null"]),
        None => {}
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
}
