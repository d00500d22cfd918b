//! The sheet: a method's form as one request fills it in.

use std::sync::Arc;

use minijinja::{Value, context};

use super::Shown;
use crate::host::MailHost;
use crate::manage::app::App;
use crate::manage::form::{self, Draft, Given, Kept, Tree};
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::method::{Call, CallError, Explained, MailMethod, Parameter, Rendering, Type};
use crate::source::Finding;

/// How long a query may be that people keep: whatever stands between takes it.
const SHORT: usize = 6_000;

/// A method's form, filled in.
pub(super) struct Sheet {
    pub(super) shown: Shown,
    pub(super) host: MailHost,
    pub(super) tree: Tree,
    pub(super) locale: Option<String>,
    pub(super) sample: Option<String>,
    /// Whether an item was added or taken away: then nobody has finished yet.
    pub(super) changing: bool,
    /// The draft that it was filled in from.
    pub(super) draft: Option<String>,
    /// Whether there was a secret in its URL, which must not be repeated.
    pub(super) leaked: bool,
    /// How the page looks: what the names with a hyphen say.
    pub(super) look: Given,
    problems: Vec<Finding>,
}

/// The names of what belongs to the page and not to the method.
pub(super) struct Names {
    pub(super) locale: String,
    pub(super) sample: String,
    pub(super) draft: String,
}

impl Names {
    pub(super) fn of(method: &MailMethod) -> Self {
        let own = |name| form::own(method.parameters(), name);
        Self { locale: own("locale"), sample: own("sample"), draft: own("draft") }
    }

    fn all(&self) -> [String; 3] {
        [self.locale.clone(), self.sample.clone(), self.draft.clone()]
    }
}

impl Sheet {
    /// Reads the sheet that the query of a request asks for.
    pub(super) async fn asked(app: &App, visit: &Visit, name: &str) -> Result<Self, Problem> {
        let shown = Shown::find(app, name).await?;
        Self::read(app, visit, shown, Given::parse(visit.query.as_bytes()), false)
    }

    /// Reads a sheet from what was given in a URL, or in a form that was sent.
    pub(super) fn read(
        app: &App,
        visit: &Visit,
        shown: Shown,
        look: Given,
        sent: bool,
    ) -> Result<Self, Problem> {
        let mut look = look;
        let leaked = match sent {
            true => Vec::new(),
            false => look.forget_secrets(shown.method.parameters()),
        };
        let names = Names::of(&shown.method);
        let id = look.text(&names.draft).filter(|id| !id.is_empty()).map(str::to_owned);
        let draft = id.as_deref().map(|id| kept(app, visit, &shown.method, id)).transpose()?;
        // What is in the URL beside a draft is about how it looks.
        let given = match &draft {
            Some(draft) if !sent => &draft.given,
            _ => &look,
        };
        let method = &shown.method;
        let mut problems = strangers(method, given, &names);
        problems.extend(secrets_in_url(&leaked));
        let text = |name: &str| given.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut sample = text(&names.sample);
        let asked = given.has_arguments(method.parameters());
        if sample.is_none() && !asked {
            sample = method.samples().next().map(str::to_owned);
        }
        let call = sample.as_deref().and_then(|name| method.sample(name));
        if let (Some(name), None) = (&sample, &call) {
            let message = format!("there is no sample {name:?}");
            problems.push(
                Finding::error("unknown-sample", message).did_you_mean(name, method.samples()),
            );
        }
        let kept = Kept { draft: draft.as_ref().map(|draft| &draft.given), sample: call.as_ref() };
        let mut tree = if asked {
            Tree::given(method.parameters(), given, kept)
        } else {
            Tree::sample(method, call.as_ref(), &app.zone())
        };
        let (add, remove) = (given.text("-add"), given.text("-remove"));
        tree.change(method.parameters(), add, remove);
        let locale = text(&names.locale);
        let changing = add.is_some() || remove.is_some();
        let host = app.host().clone();
        let leaked = !leaked.is_empty();
        Ok(Self { host, tree, locale, sample, changing, draft: id, leaked, look, problems, shown })
    }

    /// The call, or all that is wrong with what was given.
    pub(super) fn call(&self) -> Result<Call, CallError> {
        let method = &self.shown.method;
        let (call, own) = self.tree.call(method)?;
        let call = match self.locale.as_deref().filter(|locale| *locale != "*") {
            Some(locale) => call.locale(locale),
            None => call,
        };
        let problems: Vec<Finding> = self.problems.iter().cloned().chain(own).collect();
        if problems.is_empty() {
            return Ok(call);
        }
        // What is wrong with the arguments is told in the same breath.
        let bound = method.call(&call, self.shown.methods.limits());
        let mut findings = match bound {
            Err(CallError::Arguments { findings, .. }) => findings,
            _ => Vec::new(),
        };
        findings.extend(problems);
        Err(CallError::Arguments { method: method.name().to_owned(), findings })
    }

    /// The call rendered as the host would send it, as far as that goes.
    pub(super) fn rendering(&self) -> Result<Rendering, CallError> {
        let limits = self.shown.methods.limits();
        let mut rendering = self.shown.method.rendering(&self.call()?, limits)?;
        let Some(mail) = rendering.mail.take() else { return Ok(rendering) };
        match self.host.intercepted(mail, limits) {
            Ok(mail) => {
                rendering.text = mail.text().map(str::to_owned);
                rendering.html = mail.html().map(str::to_owned);
                let headers = mail.headers().iter();
                let headers = headers.map(|one| (one.name().to_string(), one.value().to_string()));
                rendering.headers = headers.collect();
                rendering.mail = Some(mail);
            }
            Err(error) => rendering.findings.extend(error.findings()),
        }
        Ok(rendering)
    }

    /// Where each value of the mail comes from.
    pub(super) fn explained(&self) -> Result<Explained, CallError> {
        self.host.explained(&self.shown.method, &self.call()?, self.shown.methods.limits())
    }

    /// The query that gives this sheet again, without how it looks.
    pub(super) fn query(&self) -> String {
        let Some(id) = &self.draft else { return self.spelled() };
        let names = Names::of(&self.shown.method);
        let locale = self.locale.clone().map(|locale| (names.locale, locale));
        let own = locale.into_iter().chain([(names.draft, id.clone())]);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(own).finish()
    }

    /// The same with all arguments in it.
    fn spelled(&self) -> String {
        let names = Names::of(&self.shown.method);
        let locale = self.locale.clone().map(|locale| (names.locale, locale));
        let sample = self.sample.clone().map(|sample| (names.sample, sample));
        let own: Vec<(String, String)> = locale.into_iter().chain(sample).collect();
        form::query(&self.shown.method, &self.tree, &own)
    }

    /// The query that gives this sheet again, if a URL can hold it and it says all.
    pub(super) fn bookmark(&self) -> Option<String> {
        if self.changing || self.tree.is_empty(self.shown.method.parameters()) {
            return None;
        }
        Some(self.spelled()).filter(|query| query.len() <= SHORT)
    }

    /// How the page looks, as its template needs it.
    pub(super) fn look(&self) -> Value {
        let asked = self.look.text("-width");
        let width = asked.filter(|width| ["390", "600", "1024"].contains(width)).unwrap_or("full");
        context! {
            width,
            dark => self.look.text("-dark") == Some("1"),
            images => self.look.text("-images") == Some("1"),
        }
    }
}

fn kept(app: &App, visit: &Visit, method: &MailMethod, id: &str) -> Result<Arc<Draft>, Problem> {
    app.drafts().get(id, method.name(), visit.actor()).ok_or_else(|| {
        Problem::not_found(
            "What was filled in is not kept any more: forms with files or secrets are kept for an \
             hour, and only for who filled them in.",
        )
        .back(format!("methods/{}/test", super::dotted(method.name())), "Fill it in again")
    })
}

/// Names in a URL that mean nothing.
fn strangers(method: &MailMethod, given: &Given, names: &Names) -> Vec<Finding> {
    let fields = method.parameters();
    let own = names.all();
    let known = fields.all().iter().map(Parameter::name);
    let mut findings: Vec<Finding> = Vec::new();
    for name in given.strangers(fields, &own) {
        let shown: String = name.chars().take(80).collect();
        let finding = Finding::error("unknown-argument", format!("there is no argument {shown:?}"));
        let finding = finding.did_you_mean(name, known.clone());
        if !findings.contains(&finding) && findings.len() < 20 {
            findings.push(finding);
        }
    }
    findings
}

/// Secrets that stand in a URL, where they are in logs and histories.
fn secrets_in_url(names: &[String]) -> impl Iterator<Item = Finding> {
    names.iter().map(|name| {
        let message = format!("`{name}` is secret and is not taken from a URL");
        Finding::error("secret", message).path(name).help("fill it in below")
    })
}

/// Whether a value is secret, or holds one.
fn has_secret(parameter: &Parameter) -> bool {
    parameter.is_secret() || inside(parameter, has_secret)
}

/// Whether a value is a file, or holds one.
pub(super) fn has_file(parameter: &Parameter) -> bool {
    *parameter.kind() == Type::File || inside(parameter, has_file)
}

/// Whether a URL must not or cannot hold a value.
pub(super) fn is_kept(parameter: &Parameter) -> bool {
    has_secret(parameter) || has_file(parameter)
}

/// Whether a value may be longer than a URL, or holds one that may.
pub(super) fn has_text(parameter: &Parameter) -> bool {
    matches!(parameter.kind(), Type::Text | Type::Any) || inside(parameter, has_text)
}

fn inside(parameter: &Parameter, holds: fn(&Parameter) -> bool) -> bool {
    match parameter.kind() {
        Type::List(item) => holds(item),
        Type::Record(fields) => fields.all().iter().any(holds),
        _ => false,
    }
}
