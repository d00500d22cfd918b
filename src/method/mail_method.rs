//! The mail method: one definition that was checked, ready to be called.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::bind::Reading;
use super::definition::{Definition, Inline, Spot};
use super::delivery::{Delivery, MailKind};
use super::library::Library;
use super::marks::{AutoSubmitted, Importance};
use super::parameter::Fields;
use super::{Call, CallError, assemble};
use crate::message::{Limits, Mail};
use crate::source::Part;

/// A template of a body: its name in the engine, and its text if nothing in it varies.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) name: String,
    pub(crate) constant: Option<String>,
}

impl Body {
    pub(super) fn from_file(file: &str) -> Self {
        Self { name: file.to_owned(), constant: None }
    }
}

impl From<Inline> for Body {
    fn from(inline: Inline) -> Self {
        Self { name: inline.name, constant: inline.constant }
    }
}

/// The bodies of a method by locale; the one for all locales is under "".
#[derive(Clone, Debug, Default)]
pub(crate) struct Bodies {
    pub(crate) text: Translated,
    pub(crate) html: Translated,
}

/// The bodies of one kind, by locale.
pub(super) type Translated = BTreeMap<Arc<str>, Body>;

/// The body of the first locale in a chain that has one; the last of the chain is `default`.
pub(super) fn chosen<'a>(
    bodies: &'a Translated,
    chain: &[Arc<str>],
    default: &str,
) -> Option<&'a Body> {
    chain
        .iter()
        .take_while(|locale| locale.as_ref() != default)
        .find_map(|locale| bodies.get(locale))
        .or_else(|| bodies.get(default))
        .or_else(|| bodies.get(""))
}

/// What a method is made from.
pub(crate) struct Parts {
    pub(crate) name: Arc<str>,
    /// Its YAML file, as findings show it.
    pub(crate) file: String,
    pub(crate) definition: Definition,
    pub(crate) bodies: Bodies,
    /// The names of all templates that it can use.
    pub(crate) closure: Vec<String>,
    pub(crate) locales: Vec<Arc<str>>,
    /// Names the state of the templates, once somebody wants to know.
    pub(crate) revision: OnceLock<String>,
    /// The locales that are asked in turn where a call names none.
    pub(crate) chain: Arc<[Arc<str>]>,
}

/// A mail method: typed arguments in, a [`Mail`] out. Cloning it copies nothing.
#[derive(Clone)]
pub struct MailMethod {
    pub(super) parts: Arc<Parts>,
    pub(super) library: Arc<Library>,
}

impl MailMethod {
    pub(super) fn new(parts: Parts, library: Arc<Library>) -> Self {
        Self { parts: Arc::new(parts), library }
    }

    /// The name: `orders/confirmation`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// What it is for, if its file says so.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.parts.definition.description.as_deref()
    }

    /// Whether its mails answer one reader or go to many.
    #[must_use]
    pub fn kind(&self) -> MailKind {
        self.parts.definition.kind
    }

    /// The name of the adapter that sends its mails; `default` if it names none.
    #[must_use]
    pub fn adapter(&self) -> &str {
        self.parts.definition.adapter.as_deref().unwrap_or("default")
    }

    /// The declared arguments, in order.
    #[must_use]
    pub fn parameters(&self) -> &Fields {
        &self.parts.definition.parameters
    }

    /// The locales that it renders in, its own first.
    #[must_use]
    pub fn locales(&self) -> &[Arc<str>] {
        &self.parts.locales
    }

    /// The locale of a call that names none.
    pub(super) fn default_locale(&self) -> &str {
        default_of(self.locales())
    }

    /// The template of its preheader, if it has one.
    #[must_use]
    pub fn preheader(&self) -> Option<String> {
        self.parts.definition.preheader.as_ref().map(|line| self.written(line))
    }

    /// How important its mails say that they are.
    #[must_use]
    pub fn importance(&self) -> Importance {
        self.parts.definition.importance
    }

    /// Which part a person has in sending its mails, if its files say so.
    #[must_use]
    pub fn auto_submitted(&self) -> Option<AutoSubmitted> {
        self.parts.definition.auto_submitted
    }

    /// The list that its reader unsubscribes from in one click, as a template.
    #[must_use]
    pub fn unsubscribe(&self) -> Option<String> {
        self.parts.definition.unsubscribe.as_ref().map(|line| self.written(line))
    }

    /// A template of a YAML file, as it is written there.
    fn written(&self, line: &Inline) -> String {
        match &line.constant {
            Some(text) => text.clone(),
            None => self
                .library
                .engine
                .source(&line.name)
                .map(|source| source.text.to_string())
                .unwrap_or_default(),
        }
    }

    /// How a queue treats its mails.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        &self.parts.definition.delivery
    }

    /// The names of its samples, in order.
    pub fn samples(&self) -> impl Iterator<Item = &str> {
        self.parts.definition.samples.iter().map(|sample| sample.name.as_str())
    }

    /// A call with the arguments of a sample.
    #[must_use]
    pub fn sample(&self, name: &str) -> Option<Call> {
        let sample = self.parts.definition.samples.iter().find(|sample| sample.name == name)?;
        let mut call = Call::new(self.name());
        call.arguments = sample.arguments.clone();
        Some(call)
    }

    /// The headers as templates, in order: name and text; several texts are a list of addresses.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.parts.definition.headers.iter().map(|rule| {
            let texts = rule.values.iter().map(|value| self.written(value));
            (rule.name.as_str(), texts.collect())
        })
    }

    /// Where each value comes from: its key (`kind`, `headers.from`), and the file and line.
    pub fn origins(&self) -> impl Iterator<Item = (&str, String)> {
        self.parts.definition.origins.iter().map(|(key, spot)| {
            let mut location = spot.document.locate(&spot.path, Part::Key);
            location.column = 0;
            (key.as_str(), location.to_string())
        })
    }

    /// Renders the method: binds the arguments, renders headers, bodies and attachments, and
    /// checks the mail as a whole. No I/O, no clock, no adapter.
    ///
    /// # Errors
    ///
    /// [`CallError::Arguments`] with all arguments that are missing, unknown or wrong, before
    /// anything is rendered; [`CallError::Mail`] with all headers and bodies that do not render,
    /// or that make no sound mail.
    pub fn call(&self, call: &Call, limits: &Limits) -> Result<Mail, CallError> {
        assemble::assemble(self, call, limits, false).map(|assembled| assembled.mail)
    }

    /// Its YAML file, as findings name it.
    pub(crate) fn file(&self) -> &str {
        &self.parts.file
    }

    /// The place of a header, by its name, or of another key.
    pub(crate) fn spot_of(&self, key: &str) -> Option<&Spot> {
        let definition = &self.parts.definition;
        let header = definition.headers.iter().find(|rule| rule.name.as_str() == key);
        let by_key = match key {
            "List-Unsubscribe" | "List-Unsubscribe-Post" => "unsubscribe",
            key => key,
        };
        header.map(|rule| &rule.spot).or_else(|| definition.origins.get(by_key))
    }

    /// Whether its files have a text body; else one is made from the HTML.
    pub(crate) fn has_text(&self) -> bool {
        !self.parts.bodies.text.is_empty()
    }

    /// The file of a body in a locale, as findings name it; none if the YAML file holds it.
    pub(crate) fn body_file(&self, is_html: bool, locale: &str) -> Option<&str> {
        let bodies = &self.parts.bodies;
        let default = self.locales().first().map_or("en", AsRef::as_ref);
        let chain = crate::render::fallback_chain(locale, default);
        let body = chosen(if is_html { &bodies.html } else { &bodies.text }, &chain, default)?;
        match &self.library.engine.source(&body.name)?.origin {
            crate::render::Origin::File(shown) => Some(shown),
            crate::render::Origin::Scalar(..) => None,
        }
    }

    /// The values of a call that its secret arguments have.
    pub(crate) fn secrets(&self, call: &Call) -> Vec<String> {
        let mut found = Vec::new();
        super::sample::secrets(self.parameters(), &call.arguments, &mut found);
        found
    }

    /// The lines of a first sample whose mail renders in all locales, if one can be made up.
    pub(crate) fn sample_skeleton(&self) -> Option<String> {
        let lines = super::sample::skeleton(self.parameters());
        let arguments: String =
            lines.lines().skip(2).map(|line| format!("{}\n", line.trim_start())).collect();
        let call = Call::new(self.name()).args_yaml("sample", &format!("{arguments}\n"));
        let call = if arguments.is_empty() { Call::new(self.name()) } else { call.ok()? };
        let renders = |locale: &Arc<str>| {
            self.call(&call.clone().locale(locale.as_ref()), &Limits::default()).is_ok()
        };
        self.locales().iter().all(renders).then_some(lines)
    }

    /// What printed each part of the bodies of a call.
    pub(crate) fn trace(&self, call: &Call) -> super::trace::Trace<'_> {
        super::trace::Trace::new(self, call)
    }

    /// How the arguments of a call are read.
    pub(super) fn reading(&self, call: &Call) -> Reading {
        Reading { lenient: call.lenient, timezone: self.library.settings.timezone.clone() }
    }

    /// The place where a top-level argument is declared.
    pub(super) fn declared_at(&self, argument: &str) -> Option<Spot> {
        let spot = self.parts.definition.origins.get("arguments")?;
        let mut spot = spot.clone();
        if matches!(&spot.document.root, crate::source::Node::Map(entries)
            if entries.iter().any(|(key, node)| key == "arguments"
                && matches!(node, crate::source::Node::Map(_))))
        {
            spot.path = spot.path.key(argument);
        }
        self.parts.definition.parameters.get(argument)?;
        Some(spot)
    }
}

/// The first of a method's locales.
pub(super) fn default_of(locales: &[Arc<str>]) -> &str {
    locales.first().map_or("en", AsRef::as_ref)
}

impl fmt::Debug for MailMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MailMethod").field(&self.parts.name).finish()
    }
}
