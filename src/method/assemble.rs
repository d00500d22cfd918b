//! The assembly: from a call to a mail, in one pass over the definition.

use std::sync::Arc;

use super::bind::{Bound, bind};
use super::call::chain;
use super::definition::{AttachmentRule, Content, HeaderRule, Spot, trimmed};
use super::mail_method::{MailMethod, Translated, chosen};
use super::marks;
use super::misfit::shortened;
use super::name::{is_locale, normal_locale};
use super::parameter::{Fields, Parameter, Type};
use super::{Call, CallError, File};
use crate::html::from_html;
use crate::message::{
    Attachment, ContentType, Draft, Header, HeaderKind, HeaderName, Limits, Mail, Mailbox,
    MessageError, OneClick, Piece,
};
use crate::render::{
    Engine, Fenced, RenderError, Root, Scope, Value, fallback_chain, fenced, one_line,
    with_preheader,
};
use crate::source::{Finding, Part, nearest};
use crate::unsubscribe::{PREVIEW_TOKEN, check_list};

/// A mail, its key if it was asked for, and the arguments that it was made of.
pub(super) struct Assembled {
    pub(super) mail: Mail,
    pub(super) key: Option<String>,
    pub(super) bound: Bound,
}

/// Makes the mail of a call; its key as well if that is wanted.
pub(super) fn assemble(
    method: &MailMethod,
    call: &Call,
    limits: &Limits,
    with_key: bool,
) -> Result<Assembled, CallError> {
    begin(method, call, with_key)?.finish(method, limits)
}

/// What of a mail has rendered, before it is judged as a whole.
pub(super) struct Begun {
    pub(super) draft: Draft,
    pub(super) findings: Vec<Finding>,
    key: Option<String>,
    bound: Bound,
}

/// Renders the parts of the mail of a call.
pub(super) fn begin(method: &MailMethod, call: &Call, with_key: bool) -> Result<Begun, CallError> {
    let mut bound = bound(method, call)?;
    let values = if with_key { bound.values.clone() } else { std::mem::take(&mut bound.values) };
    let (root, default) = root(method, call, values);
    let engine = &method.library.engine;
    let mut assembly = Assembly { method, engine, root, default, findings: Vec::new() };
    let draft = assembly.draft(call, &bound.files);
    let key = if with_key { assembly.key() } else { None };
    Ok(Begun { draft, findings: assembly.findings, key, bound })
}

impl Begun {
    /// The mail, if all of it has rendered and is sound as a whole.
    pub(super) fn finish(
        self,
        method: &MailMethod,
        limits: &Limits,
    ) -> Result<Assembled, CallError> {
        let Self { draft, findings, key, bound } = self;
        if !findings.is_empty() {
            return Err(CallError::Mail { method: method.name().to_owned(), findings });
        }
        let mail = Mail::new(draft, limits).map_err(|error| CallError::Mail {
            method: method.name().to_owned(),
            findings: vec![whole(method, &error)],
        })?;
        Ok(Assembled { mail, key, bound })
    }
}

/// What the templates of a call are given, and the locale that its own falls back to.
fn root<'a>(method: &'a MailMethod, call: &Call, values: Vec<Value>) -> (Root, &'a str) {
    let library = &method.library;
    let default = method.default_locale();
    let chain = match call.locale.as_deref() {
        Some(locale) => fallback_chain(&normal_locale(locale), default),
        None => Arc::clone(&method.parts.chain),
    };
    let scope = Scope::new(
        chain,
        Arc::clone(&library.catalogue),
        Arc::clone(&library.assets),
        &library.settings,
    )
    .unsubscribing_at(unsubscribing_at(method));
    (Root::new(method.parameters().shape(), values, scope), default)
}

/// The same for a call whose arguments are sound.
pub(super) fn root_of<'a>(method: &'a MailMethod, call: &Call) -> Option<(Root, &'a str)> {
    let bound = bound(method, call).ok()?;
    Some(root(method, call, bound.values))
}

/// Binds the arguments of a call; each problem gets the place of its declaration.
fn bound(method: &MailMethod, call: &Call) -> Result<Bound, CallError> {
    let mut problems = Vec::new();
    let bound = match bind(method.parameters(), &call.arguments, &method.reading(call)) {
        Ok(bound) => Some(bound),
        Err(found) => {
            problems.extend(found.into_iter().map(|finding| declared(method, finding)));
            None
        }
    };
    let locale = call.locale.as_deref().map(normal_locale).filter(|locale| !is_locale(locale));
    if let Some(locale) = locale {
        problems.push(
            Finding::error("locale", format!("{:?} is no locale", shortened(&locale)))
                .path("locale")
                .help("write a tag such as de or de-AT"),
        );
    }
    for (path, header) in call.own_headers() {
        if let Err(message) = header {
            problems.push(Finding::error("wrong-header", message).path(path));
        }
    }
    match bound {
        Some(bound) if problems.is_empty() => Ok(bound),
        _ => Err(CallError::Arguments { method: method.name().to_owned(), findings: problems }),
    }
}

/// Adds the place of an argument's declaration to what is wrong with it.
fn declared(method: &MailMethod, finding: Finding) -> Finding {
    let Some(path) = finding.path.clone() else { return finding };
    let argument = path.split(['.', '[']).next().unwrap_or_default();
    match method.declared_at(argument) {
        Some(spot) => spot.document.place(finding, &spot.path, Part::Key).path(path),
        None => finding,
    }
}

/// What is wrong with a mail as a whole.
fn whole(method: &MailMethod, error: &MessageError) -> Finding {
    let code = match error {
        MessageError::NoRecipient => "no-recipient",
        MessageError::NoSender => "no-sender",
        MessageError::NoBody => "no-body",
        MessageError::Limit { .. } => "limit",
        MessageError::Unsubscribe { .. } => "unsubscribe",
        _ => "message",
    };
    let finding = Finding::error(code, chain(error)).in_file(method.parts.file.clone());
    match error {
        MessageError::NoRecipient => finding.help("set one of the headers `to`, `cc` and `bcc`"),
        MessageError::NoSender => finding.help("set the header `from`, here or in _defaults.yaml"),
        _ => finding,
    }
}

/// The URL that `unsubscribe_url()` prints, if the method and the settings have the key.
fn unsubscribing_at(method: &MailMethod) -> Option<String> {
    method.parts.definition.unsubscribe.as_ref()?;
    Some(method.library.settings.unsubscribe.as_ref()?.url(PREVIEW_TOKEN))
}

struct Assembly<'a> {
    method: &'a MailMethod,
    engine: &'a Engine,
    root: Root,
    default: &'a str,
    findings: Vec<Finding>,
}

impl Assembly<'_> {
    fn draft(&mut self, call: &Call, files: &[(usize, File)]) -> Draft {
        let mut draft = Draft {
            method: Arc::clone(&self.method.parts.name),
            locale: self.root.scope.chain.first().cloned().unwrap_or_default(),
            ..Draft::default()
        };
        self.headers(call, &mut draft);
        self.unsubscribe(&mut draft);
        let bodies = &self.method.parts.bodies;
        draft.html = self.body(&bodies.html);
        draft.text = match self.body(&bodies.text) {
            None => draft.html.as_deref().map(from_html),
            text => text,
        };
        self.preheader(&mut draft);
        let rules = &self.method.parts.definition.attachments;
        draft.attachments.reserve(rules.len());
        for rule in rules {
            self.attachments(rule, files, &mut draft.attachments);
        }
        for image in self.root.scope.take_images() {
            let part = Attachment::new(
                Some(image.file_name().to_owned()),
                ContentType::guess(image.file_name()),
                Arc::clone(&image.content),
            )
            .and_then(|part| part.inline(&image.content_id));
            match part {
                Ok(part) => draft.attachments.push(part),
                Err(error) => self.findings.push(Finding::error("attachment", chain(&error))),
            }
        }
        draft
    }

    /// Notes why a template did not render.
    fn failed(&mut self, error: RenderError) {
        let finding =
            if error.undefined { hinted(self.method.parameters(), error) } else { error.finding };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Renders a template that stands in a YAML file.
    fn render(&mut self, name: &str, constant: Option<&String>) -> Option<String> {
        match constant {
            Some(text) => Some(text.clone()),
            None => match self.engine.render(name, &self.root) {
                Ok(text) => Some(text),
                Err(error) => {
                    self.failed(*error);
                    None
                }
            },
        }
    }

    /// The key of the mail, as the method has it.
    fn key(&mut self) -> Option<String> {
        let key = self.method.parts.definition.key.as_ref()?;
        self.render(&key.name, key.constant.as_ref())
    }

    fn headers(&mut self, call: &Call, draft: &mut Draft) {
        draft.headers.reserve(self.method.parts.definition.headers.len());
        let own: Vec<Header> =
            call.own_headers().into_iter().filter_map(|(_, header)| header.ok()).collect();
        for rule in &self.method.parts.definition.headers {
            if own.iter().any(|header| *header.name() == rule.name) {
                continue;
            }
            match &rule.fixed {
                Some(fixed) => draft.headers.extend_from_slice(fixed),
                None if rule.name.kind() == HeaderKind::Mailboxes => self.mailboxes(rule, draft),
                None => self.header(rule, draft),
            }
        }
        draft.headers.extend(own);
        self.further_headers(draft);
    }

    /// Adds what follows from keys and from other headers, where it does not stand there yet.
    fn further_headers(&mut self, draft: &mut Draft) {
        let definition = &self.method.parts.definition;
        let mut further = Vec::new();
        match marks::headers(definition.importance, definition.auto_submitted) {
            Ok(headers) => further.extend(headers),
            Err(error) => self.findings.push(Finding::error("wrong-header", chain(&error))),
        }
        // An answer belongs to the thread of what it answers (RFC 5322 §3.6.4).
        let value = |name: &str| {
            draft.headers.iter().find(|header| header.name().as_str() == name).map(Header::value)
        };
        if let Some(ids) = value("In-Reply-To").filter(|ids| !ids.is_empty()) {
            further.extend(HeaderName::new("References").and_then(|n| Header::new(n, ids.clone())));
        }
        for header in further {
            if !draft.headers.iter().any(|other| other.name() == header.name()) {
                draft.headers.push(header);
            }
        }
    }

    fn header(&mut self, rule: &HeaderRule, draft: &mut Draft) {
        let mut text = String::new();
        for value in &rule.values {
            let Some(rendered) = self.render(&value.name, value.constant.as_ref()) else { return };
            if text.is_empty() {
                text = rendered;
            } else {
                text.push(' ');
                text.push_str(&rendered);
            }
        }
        match rule.header(text) {
            Ok(header) => draft.headers.extend(header),
            Err(error) => self.wrong_header(rule, &error),
        }
    }

    /// Lets the reader unsubscribe in one click, if the method says from what.
    fn unsubscribe(&mut self, draft: &mut Draft) {
        let definition = &self.method.parts.definition;
        let Some(rule) = &definition.unsubscribe else { return };
        let Some(spot) = definition.origins.get("unsubscribe") else { return };
        let Some(settings) = &self.method.library.settings.unsubscribe else {
            let message = "the key `unsubscribe` needs the setting of that name";
            self.findings.push(self.at(spot, "unsubscribe", message).help(
                "write `unsubscribe: { url: https://…, key: \"${UNSUBSCRIBE_KEY}\" }` in \
                 mailmethod.yaml",
            ));
            return;
        };
        let settings = Arc::clone(settings);
        let Some(list) = self.render(&rule.name, rule.constant.as_ref()) else { return };
        let list = list.trim();
        match check_list(list) {
            Ok(()) => draft.unsubscribe = Some(OneClick { settings, list: list.into() }),
            Err(error) => {
                self.findings.push(self.at(spot, "unsubscribe", &error.to_string()));
            }
        }
    }

    /// Puts the preheader into the HTML body, if there are both.
    fn preheader(&mut self, draft: &mut Draft) {
        let Some(rule) = &self.method.parts.definition.preheader else { return };
        let Some(text) = self.render(&rule.name, rule.constant.as_ref()) else { return };
        draft.preheader = one_line(&text).filter(|_| draft.html.is_some());
        if let (Some(text), Some(html)) = (&draft.preheader, &mut draft.html) {
            *html = with_preheader(html, text);
        }
    }

    fn mailboxes(&mut self, rule: &HeaderRule, draft: &mut Draft) {
        let mut list = Vec::new();
        for value in &rule.values {
            let Some(text) = self.render(&value.name, value.constant.as_ref()) else { continue };
            if rule.name.as_str() == "Return-Path" && text.trim() == "<>" {
                draft.return_path = Some(None);
                continue;
            }
            let pieces: Vec<Piece<'_>> = fenced(&text)
                .map(|piece| match piece {
                    Fenced::Literal(text) => Piece::Literal(text),
                    Fenced::Value(text) => Piece::Value(text),
                    Fenced::List(values) => Piece::List(values),
                })
                .collect();
            match Mailbox::parse_pieces(&pieces) {
                Ok(mailboxes) if list.is_empty() => list = mailboxes,
                Ok(mailboxes) => list.extend(mailboxes),
                Err(source) => {
                    let name = rule.name.to_string();
                    self.wrong_header(rule, &MessageError::Address { name, source });
                }
            }
        }
        match rule.mailboxes(list) {
            Ok(header) => draft.headers.extend(header),
            Err(error) => self.wrong_header(rule, &error),
        }
    }

    fn wrong_header(&mut self, rule: &HeaderRule, error: &MessageError) {
        let message = format!("{}: {}", rule.name, self.described(error));
        let finding = self.at(&rule.spot, "wrong-header", &message);
        self.findings.push(finding);
    }

    /// What is wrong, without the text that is wrong where it may hold a secret.
    fn described(&self, error: &MessageError) -> String {
        let secret = has_secret(self.method.parameters());
        match error {
            MessageError::Address { source, .. } if secret => source.reason.to_owned(),
            MessageError::Address { source, .. } => source.to_string(),
            MessageError::Unsafe { what, reason, .. } if secret => format!("the {what} {reason}"),
            error => chain(error),
        }
    }

    fn at(&self, spot: &Spot, code: &'static str, message: &str) -> Finding {
        spot.document.error(&spot.path, Part::Value, code, message)
    }

    /// Renders the body of the first locale in the chain that has one.
    fn body(&mut self, bodies: &Translated) -> Option<String> {
        let body = chosen(bodies, &self.root.scope.chain, self.default)?;
        self.render(&body.name, body.constant.as_ref())
    }

    fn attachments(
        &mut self,
        rule: &AttachmentRule,
        files: &[(usize, File)],
        out: &mut Vec<Attachment>,
    ) {
        match &rule.content {
            Content::File(path) => {
                if let Some(asset) = self.method.library.assets.get(path) {
                    let file = File::new(asset.file_name(), Arc::clone(&asset.content));
                    self.attach(rule, &file, out);
                }
            }
            Content::Template(path) => {
                let Some(text) = self.render(path, None) else { return };
                if text.contains(PREVIEW_TOKEN) {
                    let message =
                        "unsubscribe_url() is for bodies and headers, not for attachments";
                    self.findings.push(self.at(&rule.spot, "unsubscribe", message));
                    return;
                }
                let name = path.rsplit('/').next().unwrap_or(path);
                let name = [".j2", ".jinja2", ".jinja"]
                    .iter()
                    .find_map(|end| name.strip_suffix(end))
                    .unwrap_or(name);
                // Calendars and other texts on the wire end their lines with CRLF.
                let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
                self.attach(rule, &File::new(name, text.into_bytes()), out);
            }
            Content::Argument(argument) => {
                let all = self.method.parameters().all();
                let index = all.iter().position(|parameter| parameter.name() == argument);
                for (_, file) in files.iter().filter(|(at, _)| Some(*at) == index) {
                    self.attach(rule, file, out);
                }
            }
        }
    }

    fn attach(&mut self, rule: &AttachmentRule, file: &File, out: &mut Vec<Attachment>) {
        let filename = match &rule.filename {
            Some(template) => match self.render(&template.name, template.constant.as_ref()) {
                Some(text) => trimmed(text),
                None => return,
            },
            None => file.filename().to_owned(),
        };
        let given = rule.content_type.as_deref().or(file.declared_type());
        let part = ContentType::given_or_guessed(given, Some(&filename))
            .and_then(|kind| Attachment::new(Some(filename), kind, Arc::clone(file.content())))
            .and_then(|part| match &rule.content_id {
                Some(id) => part.inline(id),
                None => Ok(part),
            });
        match part {
            Ok(part) => out.push(part),
            Err(error) => {
                let finding = self.at(&rule.spot, "attachment", &self.described(&error));
                self.findings.push(finding);
            }
        }
    }
}

/// Whether an argument, or a field of one, is secret.
fn has_secret(fields: &Fields) -> bool {
    fn secret(parameter: &Parameter) -> bool {
        parameter.is_secret()
            || match parameter.kind() {
                Type::List(item) => secret(item),
                Type::Record(fields) => has_secret(fields),
                _ => false,
            }
    }
    fields.all().iter().any(secret)
}

/// Adds the nearest declared name to an undefined expression.
fn hinted(fields: &Fields, error: RenderError) -> Finding {
    match error.expression.as_deref().and_then(|expression| hint(fields, expression)) {
        Some(help) => error.finding.help(help),
        None => error.finding,
    }
}

fn hint(arguments: &Fields, expression: &str) -> Option<String> {
    let mut fields = arguments;
    let mut way = String::new();
    let mut parts = expression.split('.').peekable();
    while let Some(part) = parts.next() {
        let name = part.split('[').next().unwrap_or(part).trim();
        let Some(parameter) = fields.get(name) else {
            if way.is_empty()
                && let Some(field) = parts.last()
            {
                // A name that the template gave itself: some record's field is meant.
                let known = field_names(arguments);
                return nearest(field.trim(), known.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"));
            }
            let names = || fields.all().iter().map(Parameter::name);
            return Some(match nearest(name, names()) {
                Some(near) => format!("did you mean `{way}{near}`?"),
                None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
            });
        };
        way.push_str(name);
        if parameter.is_optional() {
            return Some(format!("`{way}` is optional: guard it with `{{% if {way} %}}`"));
        }
        way.push('.');
        match parameter.kind() {
            Type::Record(inner) => fields = inner,
            Type::Address => return Some("an address has `name` and `spec`".to_owned()),
            Type::File => {
                return Some("a file has `filename`, `content_type` and `size`".to_owned());
            }
            _ => return None,
        }
    }
    None
}

/// The names of the fields of all records below some arguments.
fn field_names(fields: &Fields) -> Vec<&str> {
    let mut names = Vec::new();
    for parameter in fields.all() {
        let mut kind = parameter.kind();
        while let Type::List(item) = kind {
            kind = item.kind();
        }
        if let Type::Record(inner) = kind {
            names.extend(inner.all().iter().map(Parameter::name));
            names.extend(field_names(inner));
        }
    }
    names
}
