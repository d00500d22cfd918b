//! The explanation: where each value of a mail comes from.
//!
//! It renders as any call does; nothing here is asked when mail is sent.

use std::fmt;
use std::sync::Arc;

use super::definition::Spot;
use super::flow::{self, Keys, Syntaxes};
use super::mail_method::chosen;
use super::name::normal_locale;
use super::{Call, CallError, MailMethod};
use crate::message::{Address, Field, Header, Limits, Mail, Stamp};
use crate::render::{Origin, fallback_chain};
use crate::source::{Location, Part};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueOrigin {
    /// mailmethod writes it into every mail.
    Default,
    /// The `_defaults.yaml` of a folder.
    Folder(Location),
    /// The method's own files.
    Method(Location),
    /// A file that is for one locale.
    Locale(Location),
    /// It follows from something else of the mail, such as `From`.
    Derived(&'static str),
    /// The caller.
    Call,
    /// An interceptor of the application, by its name.
    Interceptor(Arc<str>),
    /// The setting `redirect`.
    Redirect,
}

impl ValueOrigin {
    /// Its kind, in one word: `default`, `folder`, `method`, `locale`, `derived`, `call`,
    /// `interceptor` or `redirect`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Folder(_) => "folder",
            Self::Method(_) => "method",
            Self::Locale(_) => "locale",
            Self::Derived(_) => "derived",
            Self::Call => "call",
            Self::Interceptor(_) => "interceptor",
            Self::Redirect => "redirect",
        }
    }

    /// The file and line, where there is one.
    #[must_use]
    pub const fn location(&self) -> Option<&Location> {
        match self {
            Self::Folder(place) | Self::Method(place) | Self::Locale(place) => Some(place),
            _ => None,
        }
    }
}

impl fmt::Display for ValueOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("mailmethod"),
            Self::Folder(place) | Self::Method(place) | Self::Locale(place) => place.fmt(f),
            Self::Derived(from) => write!(f, "from {from}"),
            Self::Call => f.write_str("the call"),
            Self::Interceptor(name) => write!(f, "the interceptor `{name}`"),
            Self::Redirect => f.write_str("the setting `redirect`"),
        }
    }
}

/// A header of a mail, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedHeader {
    /// Its name, as it is written.
    pub name: String,
    /// Its value, decoded; none if an interceptor took the header away.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: ValueOrigin,
    /// The translations in it: the key, and where its text stands.
    pub translations: Vec<(String, Location)>,
}

impl ExplainedHeader {
    /// A header without translations.
    pub(crate) const fn new(name: String, value: Option<String>, origin: ValueOrigin) -> Self {
        Self { name, value, origin, translations: Vec::new() }
    }
}

/// Who gets a mail, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedRecipient {
    /// The address.
    pub address: Address,
    /// The header that names it, or the setting that puts it in the place of all.
    pub origin: ValueOrigin,
    /// Whether the setting `allow` keeps the mail from it.
    pub is_blocked: bool,
}

impl ExplainedRecipient {
    /// A recipient that nothing blocks.
    pub(crate) const fn new(address: Address, origin: ValueOrigin) -> Self {
        Self { address, origin, is_blocked: false }
    }
}

/// A mail, and where each part of it comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explained {
    /// The mail as it would be sent.
    pub mail: Mail,
    /// All of its headers, in order, with those that no one sees (Bcc).
    pub headers: Vec<ExplainedHeader>,
    /// The bodies that it has, text before HTML: `text` or `html`.
    pub bodies: Vec<(&'static str, ValueOrigin)>,
    /// Where bounces go, and why; no address is `<>`.
    pub sender: (Option<Address>, ValueOrigin),
    /// Who gets it.
    pub recipients: Vec<ExplainedRecipient>,
}

impl MailMethod {
    /// Renders the method as [`call`](Self::call) does, and tells where each header, each body and
    /// each recipient comes from.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::message::Limits;
    /// use mailmethod::{Call, MailMethods};
    ///
    /// let methods = MailMethods::from_embedded([
    ///     ("_defaults.yaml", "headers: {from: shop@example.test}"),
    ///     ("hello.yaml", "headers: {to: ada@example.test, subject: Hi}\ntext: Hello!"),
    /// ])?;
    /// let call = Call::new("hello").header("X-Campaign", "spring");
    /// let explained = methods.find("hello")?.explain(&call, &Limits::default())?;
    /// let origin = |name: &str| {
    ///     let header = explained.headers.iter().find(|header| header.name == name);
    ///     header.map(|header| header.origin.to_string()).unwrap_or_default()
    /// };
    /// assert_eq!(origin("From"), "embedded/_defaults.yaml:1");
    /// assert_eq!(origin("Subject"), "embedded/hello.yaml:1");
    /// assert_eq!(origin("X-Campaign"), "the call");
    /// assert_eq!(origin("Message-ID"), "mailmethod");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, call: &Call, limits: &Limits) -> Result<Explained, CallError> {
        let mail = self.call(call, limits)?;
        let headers = self.explained_headers(call, &mail);
        let bodies = self.explained_bodies(&mail);
        let mut explained = Explained {
            mail,
            headers,
            bodies,
            sender: (None, ValueOrigin::Default),
            recipients: Vec::new(),
        };
        explained.explain_envelope();
        Ok(explained)
    }

    fn explained_headers(&self, call: &Call, mail: &Mail) -> Vec<ExplainedHeader> {
        let syntaxes = Syntaxes::new(&self.library.engine);
        let translated = flow::facts(self, &syntaxes).translated;
        let own: Vec<Header> =
            call.own_headers().into_iter().filter_map(|(_, header)| header.ok()).collect();
        let mut headers: Vec<ExplainedHeader> = mail
            .sealed_headers(&Stamp::preview())
            .into_iter()
            .map(|(name, value)| {
                let origin = self.origin_of(&own, mail, &name);
                ExplainedHeader::new(name, Some(value), origin)
            })
            .collect();
        if let Some(blind) = mail.header("Bcc") {
            let origin = self.origin_of(&own, mail, "Bcc");
            headers.push(ExplainedHeader::new("Bcc".to_owned(), Some(blind.into_owned()), origin));
        }
        for header in &mut headers {
            if header.origin.location().is_some() {
                header.translations =
                    self.translations_of(&header.name, mail.locale(), &translated);
            }
        }
        headers
    }

    fn origin_of(&self, own: &[Header], mail: &Mail, name: &str) -> ValueOrigin {
        let definition = &self.parts.definition;
        if own.iter().any(|header| header.name().is(name)) {
            return ValueOrigin::Call;
        }
        if !mail.headers().iter().any(|header| header.name().is(name)) {
            return ValueOrigin::Default;
        }
        if let Some(rule) = definition.headers.iter().find(|rule| rule.name.is(name)) {
            return origin(&rule.spot);
        }
        let key = match name {
            "Importance" | "X-Priority" => "importance",
            "Auto-Submitted" | "X-Auto-Response-Suppress" => "auto_submitted",
            "List-Unsubscribe" | "List-Unsubscribe-Post" => "unsubscribe",
            "References" => return ValueOrigin::Derived("In-Reply-To"),
            _ => return ValueOrigin::Default,
        };
        definition.origins.get(key).map_or(ValueOrigin::Default, origin)
    }

    /// The translations that a header is made of.
    fn translations_of(
        &self,
        name: &str,
        locale: &str,
        translated: &[flow::Translated],
    ) -> Vec<(String, Location)> {
        let rules = self.parts.definition.headers.iter().filter(|rule| rule.name.is(name));
        let templates: Vec<&str> =
            rules.flat_map(|rule| rule.values.iter().map(|value| value.name.as_str())).collect();
        let chain = fallback_chain(&normal_locale(locale), self.default_locale());
        let used = translated.iter().filter(|one| templates.contains(&one.template.as_str()));
        let keys = used.filter_map(|one| match &one.keys {
            Keys::These(keys) => Some(keys),
            _ => None,
        });
        let mut found: Vec<(String, Location)> = Vec::new();
        for key in keys.flatten() {
            let catalogue = &self.library.catalogue;
            let Some((_, locale)) = catalogue.find(&chain, key) else { continue };
            let Some((document, _)) = catalogue.of(&locale) else { continue };
            let (path, part) = document.nearest(&crate::source::Path::default(), key);
            let place = (key.clone(), line(document.locate(&path, part)));
            if !found.contains(&place) {
                found.push(place);
            }
        }
        found
    }

    fn explained_bodies(&self, mail: &Mail) -> Vec<(&'static str, ValueOrigin)> {
        let bodies = &self.parts.bodies;
        let mut explained = Vec::new();
        for (part, is_there, files) in [
            ("text", mail.text().is_some(), &bodies.text),
            ("html", mail.html().is_some(), &bodies.html),
        ] {
            if !is_there {
                continue;
            }
            let default = self.default_locale();
            let chain = fallback_chain(mail.locale(), default);
            let origin = match chosen(files, &chain, default) {
                None => ValueOrigin::Derived("the HTML body"),
                Some(body) => {
                    let is_for_all = files.get("").is_some_and(|all| all.name == body.name);
                    self.body_origin(part, &body.name, is_for_all)
                }
            };
            explained.push((part, origin));
        }
        explained
    }

    fn body_origin(&self, part: &str, template: &str, is_for_all: bool) -> ValueOrigin {
        let source = self.library.engine.source(template).map(|source| &source.origin);
        if let Some(Origin::File(shown)) = source {
            let place = Location { file: shown.to_string(), line: 0, column: 0 };
            let origin = if is_for_all { ValueOrigin::Method } else { ValueOrigin::Locale };
            return origin(place);
        }
        let spot = self.parts.definition.origins.get(part);
        spot.map_or(ValueOrigin::Derived("the method's file"), origin)
    }
}

impl Explained {
    /// Says again who sends and who receives, after the mail has changed.
    pub(crate) fn explain_envelope(&mut self) {
        let envelope = self.mail.envelope();
        let from_path = envelope.sender() != Some(self.mail.from().address());
        let why = if from_path { "Return-Path" } else { "From" };
        self.sender = (envelope.sender().cloned(), ValueOrigin::Derived(why));
        let recipients = envelope.recipients().iter().map(|recipient| {
            let field = match recipient.field {
                Field::To => "To",
                Field::Cc => "Cc",
                Field::Bcc => "Bcc",
            };
            ExplainedRecipient::new(recipient.address.clone(), ValueOrigin::Derived(field))
        });
        self.recipients = recipients.collect();
    }
}

/// Whether a place is of the method itself or of a folder above it.
fn origin(spot: &Spot) -> ValueOrigin {
    let place = line(spot.document.locate(&spot.path, Part::Key));
    let file = spot.document.name().rsplit('/').next().unwrap_or_default();
    match file {
        "_defaults.yaml" => ValueOrigin::Folder(place),
        _ => ValueOrigin::Method(place),
    }
}

/// The line of a place: its column tells nobody anything here.
fn line(place: Location) -> Location {
    Location { column: 0, ..place }
}
