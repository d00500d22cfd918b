//! Composing: a call's mail together with what a queue must know of it.
//!
//! Its key, what tells its content from others, what of its arguments people may
//! see, and whether a secret is in it.

use sha2::{Digest, Sha256};

use super::assemble::{self, Assembled};
use super::bind::Bound;
use super::input::Input;
use super::parameter::{Fields, Parameter, Type};
use super::shown::shown;
use super::{Call, CallError, MailMethod};
use crate::message::{Limits, Mail};
use crate::render::{self, Engine};
use crate::source::Finding;

/// The longest key, in characters.
const KEY_LIMIT: usize = 300;

/// A mail, and what a queue must know of it.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The mail.
    pub mail: Mail,
    /// Its key, if it has one, and what is equal for the same method, arguments, locale and
    /// overrides. That tells secrets: hash it with a key before it is kept.
    pub key: Option<(String, Vec<u8>)>,
    /// The arguments as JSON, dots in place of secrets; `None` if they are too many.
    pub arguments: Option<String>,
    /// `Some` if a secret was given: the names of the headers that it may be in.
    pub secret_headers: Option<Vec<String>>,
}

impl MailMethod {
    /// Renders the method as [`call`](Self::call) does, and tells what a queue must know.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call); [`CallError::Mail`] if the key does not render, is longer than 300
    /// characters or holds a control character.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::message::Limits;
    /// use mailmethod::{Call, MailMethods};
    ///
    /// let methods = MailMethods::from_embedded([("reset.yaml", "
    /// arguments: { to: address, link: { type: url, secret: true } }
    /// headers: { from: shop@example.test, to: '{{ to }}', subject: Your link }
    /// text: '{{ link }}'
    /// delivery: { key: 'reset:{{ to }}' }
    /// ")])?;
    /// let call = Call::new("reset").arg("to", "ada@example.test")?.arg("link", "https://x.test/s3cret")?;
    /// let composed = methods.find("reset")?.compose(&call, &Limits::default())?;
    /// assert_eq!(composed.key.unwrap().0, "reset:ada@example.test");
    /// assert_eq!(composed.arguments.as_deref(), Some(r#"{"to":"ada@example.test","link":"•••"}"#));
    /// assert_eq!(composed.secret_headers, Some(Vec::new()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compose(&self, call: &Call, limits: &Limits) -> Result<Composed, CallError> {
        let Assembled { mail, key, bound } = assemble::assemble(self, call, limits, true)?;
        let secrets = given_secrets(self.parameters(), &call.arguments);
        let secret_headers = (!secrets.is_empty()).then(|| self.headers_with(&secrets));
        let key = self.checked_key(call.wishes.key.clone().or(key))?;
        let content = key.as_ref().map(|_| content(self, call, &mail, &bound));
        Ok(Composed {
            key: key.zip(content),
            arguments: shown(self.parameters(), &call.arguments),
            secret_headers,
            mail,
        })
    }

    /// Names the state of the templates that the method renders: equal as long as none of them
    /// changes.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.parts.revision.get_or_init(|| {
            let mut hash = Sha256::new();
            let mut add = |text: &str| {
                hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(text);
            };
            for name in &self.parts.closure {
                add(name);
                add(self.library.engine.source(name).map_or("", |source| &source.text));
            }
            for (name, texts) in self.headers() {
                add(name);
                texts.iter().for_each(|text| add(text));
            }
            let digest = hash.finalize();
            let first: [u8; 6] = digest.first_chunk().copied().unwrap_or_default();
            first.iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }

    /// A key that is a line of text; a blank one is none.
    fn checked_key(&self, key: Option<String>) -> Result<Option<String>, CallError> {
        let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        let wrong = key.as_deref().and_then(|key| {
            if key.chars().any(char::is_control) {
                return Some("holds a control character".to_owned());
            }
            let length = key.chars().count();
            (length > KEY_LIMIT)
                .then(|| format!("has {length} characters, and {KEY_LIMIT} are the limit"))
        });
        match wrong {
            None => Ok(key),
            Some(wrong) => {
                let finding = Finding::error("wrong-key", format!("the key {wrong}"))
                    .in_file(self.parts.file.clone())
                    .path("delivery.key");
                Err(CallError::Mail { method: self.name().to_owned(), findings: vec![finding] })
            }
        }
    }

    /// The headers in whose templates one of these arguments is mentioned, or may be.
    fn headers_with(&self, secrets: &[&str]) -> Vec<String> {
        let rules = self.parts.definition.headers.iter().filter(|rule| {
            rule.values.iter().any(|value| {
                value.constant.is_none() && mentions(&self.library.engine, &value.name, secrets)
            })
        });
        rules.map(|rule| rule.name.to_string()).collect()
    }
}

/// Whether a template mentions one of these names; one that uses others may.
fn mentions(engine: &Engine, template: &str, names: &[&str]) -> bool {
    let Some(source) = engine.source(template) else { return true };
    let tags = render::tags_of(source);
    !render::references(&tags).is_empty()
        || tags.iter().any(|tag| tag.names().any(|name| names.contains(&name)))
}

/// The arguments with a secret in them that were given.
fn given_secrets<'f>(fields: &'f Fields, input: &Input) -> Vec<&'f str> {
    let given = fields.all().iter().filter(|parameter| {
        has_secret(parameter)
            && (parameter.default.is_some()
                || input.get(parameter.name()).is_some_and(|given| *given != Input::Null))
    });
    given.map(Parameter::name).collect()
}

fn has_secret(parameter: &Parameter) -> bool {
    parameter.is_secret()
        || match parameter.kind() {
            Type::List(item) => has_secret(item),
            Type::Record(fields) => fields.all().iter().any(has_secret),
            _ => false,
        }
}

/// What tells the content of a call from others.
fn content(method: &MailMethod, call: &Call, mail: &Mail, bound: &Bound) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut add = |text: &[u8]| {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    };
    add(method.name().as_bytes());
    add(mail.locale().as_bytes());
    for (parameter, value) in method.parameters().all().iter().zip(&bound.values) {
        add(parameter.name().as_bytes());
        add(format!("{value:?}").as_bytes());
    }
    for (index, file) in &bound.files {
        add(&index.to_be_bytes());
        add(file.filename().as_bytes());
        add(file.content());
    }
    for header in mail.headers().iter().filter(|header| call.overrides(header.name().as_str())) {
        add(header.name().as_str().as_bytes());
        add(header.value().to_string().as_bytes());
    }
    hash.finalize().to_vec()
}
