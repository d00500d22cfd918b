//! The binding: arguments as given become values that templates can trust.
//!
//! All that is wrong is reported at once, each with its path. What was declared
//! is enforced: nothing missing, nothing unknown, nothing of another type.

use std::borrow::Cow;
use std::fmt;

use jiff::tz::TimeZone;

use super::file::File;
use super::input::Input;
use super::misfit::{Misfit, shortened};
use super::parameter::{Fields, Parameter, Type};
use super::{bounds, file_input, scalar};
use crate::render::Value;
use crate::source::Finding;

/// How arguments are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Whether they come from a command line or a form, where everything is text.
    pub(crate) lenient: bool,
    /// The zone of datetimes without an offset.
    pub(crate) timezone: TimeZone,
}

/// Arguments that fit their declaration.
#[derive(Debug)]
pub(crate) struct Bound {
    /// One value for each parameter, in order.
    pub(crate) values: Vec<Value>,
    /// The files, each with the index of its parameter.
    pub(crate) files: Vec<(usize, File)>,
}

/// Binds arguments to their parameters.
pub(crate) fn bind(
    fields: &Fields,
    input: &Input,
    reading: &Reading,
) -> Result<Bound, Vec<Finding>> {
    let mut binder = Binder { reading, problems: Vec::new(), index: 0, files: Vec::new() };
    let mut values = Vec::with_capacity(fields.all().len());
    match input {
        Input::Map(entries) => {
            let given = binder.given(fields, entries, &At::Root);
            for (i, (parameter, given)) in fields.all().iter().zip(given).enumerate() {
                let at = At::Field(&At::Root, parameter.name());
                binder.index = i;
                values.push(binder.field(parameter, given, &at));
            }
        }
        other => binder.problem(
            &At::Root,
            "arguments",
            format!("the arguments are {}, not a record of names and values", other.kind()),
            None,
        ),
    }
    let Binder { problems, files, .. } = binder;
    if problems.is_empty() { Ok(Bound { values, files }) } else { Err(problems) }
}

/// Whether all fields are given, one by one in the order declared, as a struct gives them.
fn is_in_order<K: AsRef<str>>(fields: &Fields, entries: &[(K, Input)]) -> bool {
    let fields = fields.all();
    fields.len() == entries.len()
        && fields.iter().zip(entries).all(|(field, (key, _))| field.name() == key.as_ref())
}

/// Where in the arguments the binder stands; on the stack, so that a good call allocates none.
#[derive(Clone, Copy)]
pub(super) enum At<'a> {
    Root,
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

struct Binder<'a> {
    reading: &'a Reading,
    problems: Vec<Finding>,
    /// The index of the parameter that is bound.
    index: usize,
    files: Vec<(usize, File)>,
}

impl Binder<'_> {
    fn problem(&mut self, at: &At<'_>, code: &'static str, message: String, help: Option<String>) {
        let mut finding = Finding::error(code, message);
        let path = at.to_string();
        if !path.is_empty() {
            finding = finding.path(path);
        }
        if let Some(help) = help {
            finding = finding.help(help);
        }
        self.problems.push(finding);
    }

    /// What is given for each field, in the order declared; what is not declared is a problem.
    fn given<'e, K: AsRef<str>>(
        &mut self,
        fields: &'e Fields,
        entries: &'e [(K, Input)],
        at: &At<'_>,
    ) -> impl Iterator<Item = Option<&'e Input>> + use<'e, K> {
        let in_order = is_in_order(fields, entries);
        if !in_order {
            self.unknown(fields, entries, at);
        }
        fields.all().iter().enumerate().map(move |(index, field)| {
            let entry = if in_order {
                entries.get(index)
            } else {
                entries.iter().rev().find(|(key, _)| key.as_ref() == field.name())
            };
            entry.map(|(_, value)| value)
        })
    }

    fn unknown<K: AsRef<str>>(&mut self, fields: &Fields, entries: &[(K, Input)], at: &At<'_>) {
        for (key, _) in entries {
            if fields.get(key.as_ref()).is_some() {
                continue;
            }
            let names = fields.all().iter().map(Parameter::name);
            let help = match crate::source::nearest(key.as_ref(), names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declared are: {}", names.collect::<Vec<_>>().join(", ")),
            };
            let path = At::Field(at, shortened(key.as_ref()));
            self.problem(
                &path,
                "unknown-argument",
                format!("`{path}` is not declared"),
                Some(help),
            );
        }
    }

    fn field(&mut self, parameter: &Parameter, given: Option<&Input>, at: &At<'_>) -> Value {
        match given {
            Some(Input::Null) | None if parameter.optional => Value::absent(),
            Some(Input::Text(text)) if parameter.optional && self.is_absent(parameter, text) => {
                Value::absent()
            }
            None => match &parameter.default {
                Some(default) => self.value(parameter, default, at, true),
                None => {
                    let help = parameter.description.clone();
                    self.problem(at, "missing-argument", format!("`{at}` is missing"), help);
                    Value::absent()
                }
            },
            Some(given) => self.value(parameter, given, at, self.reading.lenient),
        }
    }

    /// Whether a text stands for an optional that is absent: an empty one that its type refuses.
    fn is_absent(&self, parameter: &Parameter, text: &str) -> bool {
        let is_text = matches!(parameter.kind, Type::String | Type::Text | Type::Any);
        text.is_empty() && (bounds::refuses_empty(parameter) || (self.reading.lenient && !is_text))
    }

    fn value(&mut self, parameter: &Parameter, input: &Input, at: &At<'_>, lenient: bool) -> Value {
        match &parameter.kind {
            Type::List(item) => self.list(parameter, item, input, at),
            Type::Record(fields) => self.record(parameter.secret, fields, input, at),
            _ => match self.scalar(parameter, input, lenient) {
                Ok(value) => value,
                Err(misfit) => {
                    let message = format!("`{at}` {}", misfit.message);
                    self.problem(at, "wrong-argument", message, misfit.help);
                    Value::absent()
                }
            },
        }
    }

    fn scalar(
        &mut self,
        parameter: &Parameter,
        input: &Input,
        lenient: bool,
    ) -> Result<Value, Misfit> {
        let value = if matches!(parameter.kind, Type::File) {
            let file = file_input::file(input, parameter.secret)?;
            let shown = file_input::shown(&file);
            self.files.push((self.index, file));
            shown
        } else {
            scalar::read(parameter, input, lenient, &self.reading.timezone)?
        };
        if !parameter.bounds.is_empty() {
            bounds::check(parameter, input)?;
        }
        Ok(value)
    }

    fn list(
        &mut self,
        parameter: &Parameter,
        item: &Parameter,
        input: &Input,
        at: &At<'_>,
    ) -> Value {
        let mut item = Cow::Borrowed(item);
        if parameter.secret && !item.secret {
            item.to_mut().secret = true;
        }
        let words: Vec<Input>;
        let items = match input {
            Input::List(items) => items.as_slice(),
            // The words of a default: `tags:tokens="a b"`.
            Input::Text(text) if parameter.default.as_ref() == Some(input) => {
                words = scalar::words(text);
                &words
            }
            // `tags=a` on a command line is a list of one.
            Input::Text(text) if self.reading.lenient => {
                words = if text.is_empty() { Vec::new() } else { vec![input.clone()] };
                &words
            }
            other => {
                let misfit = Misfit::expected(other, "a list", parameter.secret);
                self.problem(at, "wrong-argument", format!("`{at}` {}", misfit.message), None);
                return Value::absent();
            }
        };
        if let Err(misfit) = bounds::check_length(parameter, items.len(), "items") {
            self.problem(at, "wrong-argument", format!("`{at}` {}", misfit.message), misfit.help);
        }
        let bound = items
            .iter()
            .enumerate()
            .map(|(i, value)| self.field(&item, Some(value), &At::Item(at, i)))
            .collect();
        Value::list(bound)
    }

    fn record(&mut self, secret: bool, fields: &Fields, input: &Input, at: &At<'_>) -> Value {
        let Input::Map(entries) = input else {
            let misfit = Misfit::expected(input, "a record", true);
            let names: Vec<&str> = fields.all().iter().map(Parameter::name).collect();
            let help = format!("its fields are: {}", names.join(", "));
            self.problem(at, "wrong-argument", format!("`{at}` {}", misfit.message), Some(help));
            return Value::absent();
        };
        let given = self.given(fields, entries, at);
        let values = fields.all().iter().zip(given).map(|(field, given)| {
            let at = At::Field(at, field.name());
            let mut field = Cow::Borrowed(field);
            if secret && !field.secret {
                field.to_mut().secret = true;
            }
            self.field(&field, given, &at)
        });
        Value::record(fields.shape(), values)
    }
}
