//! The example: a sample's arguments as JSON, each value in the form that its schema describes.
//!
//! Callers may write a value in several ways: a number as text, a datetime without
//! its offset. An example shows the one way that the HTTP API and its clients use.

use base64::Engine as _;
use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::MailMethod;
use super::bind;
use super::file::File;
use super::input::Input;
use super::parameter::{Fields, Parameter, Type};
use crate::message::Mailbox;

/// How much of a file an example shows, in octets.
const SHOWN: usize = 48;

impl MailMethod {
    /// The arguments of a sample as JSON, as the HTTP API takes them.
    ///
    /// A file is `{"filename", "content_type"?, "content": base64}`, cut to its first 48 octets
    /// or to the least length that its declaration allows.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::MailMethods;
    /// use serde_json::json;
    ///
    /// let methods = MailMethods::from_embedded([(
    ///     "hello.yaml",
    ///     "arguments: {copies: integer, price: decimal}\nheaders: {to: a@x.test, from: b@x.test}\n\
    ///      text: Hi\nsamples: {first: {copies: '2', price: 12.5}}",
    /// )])?;
    /// let example = methods.find("hello")?.example("first");
    /// assert_eq!(example, Some(json!({"copies": 2, "price": "12.5"})));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn example(&self, sample: &str) -> Option<Value> {
        let call = self.sample(sample)?;
        Some(record(self.parameters(), &call.arguments, self.timezone()))
    }

    /// The default of one of its parameters, as JSON in the same form.
    pub(crate) fn default_of(&self, parameter: &Parameter) -> Option<Value> {
        parameter.default.as_ref().map(|default| value(parameter, default, self.timezone()))
    }

    fn timezone(&self) -> &TimeZone {
        &self.library.settings.timezone
    }
}

fn record(fields: &Fields, input: &Input, zone: &TimeZone) -> Value {
    let given = fields.all().iter().filter_map(|field| {
        let input = input.get(field.name())?;
        Some((field.name().to_owned(), value(field, input, zone)))
    });
    Value::Object(given.collect::<Map<_, _>>())
}

/// One value; what does not fit its type stays as it is.
fn value(parameter: &Parameter, input: &Input, zone: &TimeZone) -> Value {
    let fitting = match (&parameter.kind, input) {
        (_, Input::Null) => Some(Value::Null),
        (Type::Record(fields), Input::Map(_)) => Some(record(fields, input, zone)),
        (Type::List(item), _) => list(parameter, item, input, zone),
        (Type::File, Input::File(given)) => Some(file(parameter, given)),
        (Type::Integer, _) => bind::integer(input).map(Value::from),
        (Type::Float, _) => bind::float(input).map(Value::from),
        (Type::Boolean, _) => bind::boolean(input, true).map(Value::from),
        (Type::Decimal, _) => bind::decimal(input).map(|number| number.to_string().into()),
        (Type::Url, _) => bind::url(input, true).ok().map(|url| url.as_str().into()),
        (Type::Addresses, _) => addresses(input),
        (Type::String | Type::Text, Input::Integer(number)) => Some(number.to_string().into()),
        (Type::String | Type::Text, Input::Float(number)) => Some(number.to_string().into()),
        (Type::String | Type::Text, Input::Bool(value)) => Some(value.to_string().into()),
        (_, Input::Text(text)) => from_text(&parameter.kind, text.trim(), zone),
        _ => None,
    };
    fitting.unwrap_or_else(|| input.to_json())
}

fn from_text(kind: &Type, text: &str, zone: &TimeZone) -> Option<Value> {
    match kind {
        Type::Date => text.parse::<civil::Date>().ok().map(|date| date.to_string().into()),
        Type::Time => text.parse::<civil::Time>().ok().map(|time| time.to_string().into()),
        Type::DateTime => bind::datetime(text, zone).map(|moment| {
            moment.timestamp().display_with_offset(moment.offset()).to_string().into()
        }),
        Type::Address => text.parse::<Mailbox>().ok().map(|mailbox| mailbox.to_string().into()),
        _ => None,
    }
}

fn list(parameter: &Parameter, item: &Parameter, input: &Input, zone: &TimeZone) -> Option<Value> {
    let words;
    let items = match input {
        Input::List(items) => items,
        Input::Text(text) if parameter.default.as_ref() == Some(input) => {
            words = bind::words(text);
            &words
        }
        _ => return None,
    };
    Some(items.iter().map(|input| value(item, input, zone)).collect())
}

fn addresses(input: &Input) -> Option<Value> {
    let list = match input {
        Input::Text(text) => Mailbox::parse_list(text).ok()?,
        Input::List(items) => items
            .iter()
            .map(|item| match item {
                Input::Text(text) => text.parse::<Mailbox>().ok(),
                _ => None,
            })
            .collect::<Option<_>>()?,
        _ => return None,
    };
    Some(list.iter().map(|mailbox| Value::from(mailbox.to_string())).collect())
}

fn file(parameter: &Parameter, file: &File) -> Value {
    let least = parameter.bounds.min.as_ref().and_then(bind::integer);
    let shown = least.and_then(|least| usize::try_from(least).ok()).unwrap_or(0).max(SHOWN);
    let content = file.content();
    let content = content.get(..shown).unwrap_or(content);
    let content = base64::engine::general_purpose::STANDARD.encode(content);
    let mut entry = json!({ "filename": file.filename(), "content": content });
    if let (Some(declared), Value::Object(fields)) = (file.declared_type(), &mut entry) {
        fields.insert("content_type".to_owned(), declared.into());
    }
    entry
}
