//! The list of all mail methods.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Html;
use jiff::Timestamp;
use minijinja::{Value, context};

use super::{dotted, locales};
use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::manage::when::Clock;
use crate::method::{MailMethod, MailMethods};
use crate::source::{Finding, Severity};

/// `GET /methods`.
pub(in crate::manage) async fn list(
    State(app): State<App>,
    visit: Visit,
) -> Result<Html<String>, Problem> {
    let methods = app.workshop().methods().await;
    let names: Vec<&str> = methods.iter().map(MailMethod::name).collect();
    // Without the queue, the methods are still there.
    let last = match app.store().await {
        Ok(store) => app.patiently(store.last_of_methods(&names)).await.unwrap_or_default(),
        Err(_away) => HashMap::new(),
    };
    let clock = app.clock();
    let rows: Vec<Value> =
        methods.iter().map(|method| row(&methods, method, &last, &clock)).collect();
    let broken: Vec<Value> = methods.broken().map(|name| broken(&methods, name)).collect();
    let gallery = Gallery::asked(&visit.query);
    let empty = rows.is_empty() && broken.is_empty();
    let own = context! {
        rows,
        broken,
        gallery => gallery.0,
        folder => app.host().settings().templates.display().to_string(),
        findings => match empty {
            true => methods.findings().iter().map(ToString::to_string).collect(),
            false => Vec::<String>::new(),
        },
    };
    app.render(&visit, "methods.html", own).await
}

/// Whether the methods are shown as pictures.
struct Gallery(bool);

impl Gallery {
    fn asked(query: &str) -> Self {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        Self(pairs.any(|(name, value)| name == "view" && value == "gallery"))
    }
}

fn row(
    methods: &MailMethods,
    method: &MailMethod,
    last: &HashMap<String, Timestamp>,
    clock: &Clock,
) -> Value {
    let arguments: Vec<Value> = method
        .parameters()
        .all()
        .iter()
        .map(|one| {
            context! {
                name => one.name(),
                kind => one.kind().name(),
                optional => !one.is_required(),
                secret => one.is_secret(),
            }
        })
        .collect();
    context! {
        name => method.name(),
        dotted => dotted(method.name()),
        description => method.description().unwrap_or_default().trim(),
        kind => method.kind().as_str(),
        arguments,
        locales => locales(method),
        samples => method.samples().collect::<Value>(),
        warnings => found(methods, method.name()).len(),
        last => last.get(method.name()).map(|at| clock.when(*at)),
    }
}

/// What loading found in the files of a method.
fn found<'m>(methods: &'m MailMethods, name: &str) -> Vec<&'m Finding> {
    let own = format!("/{name}.");
    let findings = methods.findings().iter();
    findings
        .filter(|finding| finding.location.as_ref().is_some_and(|place| place.file.contains(&own)))
        .collect()
}

fn broken(methods: &MailMethods, name: &str) -> Value {
    let findings = methods.find(name).err().map(|error| error.findings()).unwrap_or_default();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let first = findings.first().map(ToString::to_string);
    context! { name, dotted => dotted(name), errors, first }
}
