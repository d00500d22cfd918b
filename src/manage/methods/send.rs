//! Sending a test: one mail, for real, to somebody who has agreed to get it.
//!
//! It is marked, and goes to nobody else whatever its headers say.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Html;
use minijinja::{Value, context};

use super::sheet::Sheet;
use super::test::sent;
use super::{Shown, dotted};
use crate::adapter::{Outcome, Receipt};
use crate::manage::access::Permission;
use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::shape;
use crate::manage::visit::Visit;
use crate::message::{Address, Envelope, Field, Mailbox, Message, Recipient, Stamp};

/// How many tests are sent within a minute.
const TESTS: usize = 10;

/// Who may get a test, in words; empty is nobody.
pub(super) fn testers(app: &App) -> Vec<String> {
    let policy = &app.host().settings().policy;
    let own = &app.options().testers;
    let rules = if own.is_empty() { &policy.allow } else { own };
    let shown = rules.iter().map(ToString::to_string);
    let redirect = policy.redirect.iter().map(|address| format!("{address} (all mail goes there)"));
    if rules.is_empty() { redirect.collect() } else { shown.collect() }
}

fn may_get(app: &App, address: &Address) -> bool {
    let policy = &app.host().settings().policy;
    let own = &app.options().testers;
    let rules = if own.is_empty() { &policy.allow } else { own };
    let redirected = rules.is_empty() && !policy.redirect.is_empty();
    redirected || rules.iter().any(|rule| rule.allows(address))
}

/// The tests that a page has sent within the last minute.
#[derive(Debug, Default)]
pub(in crate::manage) struct Turns(Mutex<VecDeque<Instant>>);

impl Turns {
    /// Takes one of the tests of this minute; false if there is none left.
    fn take(&self) -> bool {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|at| at.elapsed() > Duration::from_secs(60)) {
            sent.pop_front();
        }
        let free = sent.len() < TESTS;
        if free {
            sent.push_back(Instant::now());
        }
        free
    }
}

/// `POST /methods/NAME/send-test`.
pub(in crate::manage) async fn send_test(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Html<String>, Problem> {
    visit.must(Permission::SendTest)?;
    let shown = Shown::find(&app, &name).await?;
    let back = format!("methods/{}/test", dotted(shown.method.name()));
    let given = sent(request).await?;
    let to = recipient(&app, given.text("-to").unwrap_or_default())
        .map_err(|problem| problem.back(&back, "Back to the form"))?;
    let sheet = Sheet::read(&app, &visit, shown, given, true)?;
    let back = format!("{back}?{}", sheet.query());
    let message =
        message(&sheet, &to).map_err(|problem| problem.back(&back, "Back to the form"))?;
    if !app.turns().take() {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many tests");
        let problem = problem
            .detail(format!("{TESTS} tests are sent within a minute at most. Wait a little."));
        return Err(problem.back(&back, "Back to the form"));
    }
    let method = sheet.shown.method.clone();
    let adapter = app.host().adapter(method.adapter()).map_err(|error| {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "There is no way to send it");
        problem.detail(error.to_string()).back(&back, "Back to the form")
    })?;
    let receipt = crate::host::delivered(adapter.as_ref(), &message).await;
    if let Ok(store) = app.store().await {
        let target = format!("{} to {to}", method.name());
        // That it was sent is shown in any case.
        drop(store.audit(visit.actor(), "send-test", &target, 1).await);
    }
    let own = context! { back, id => message.id(), to => to.as_str(), ..told(&receipt) };
    let own = context! { ..own, ..sheet.shown.head("test") };
    app.render(&visit, "tested.html", own).await
}

fn recipient(app: &App, text: &str) -> Result<Address, Problem> {
    let mailbox: Mailbox = text.trim().parse().map_err(|error: crate::message::AddressError| {
        Problem::bad(format!("A test is sent to one address: {error}"))
    })?;
    let address = mailbox.address().clone();
    if may_get(app, &address) {
        return Ok(address);
    }
    let allowed = testers(app);
    let detail = if allowed.is_empty() {
        "Nobody has agreed to get tests: set `allow` in mailmethod.yaml, or `Manage::testers`."
            .to_owned()
    } else {
        format!("A test may go to {}. {address} is not among them.", allowed.join(", "))
    };
    Err(Problem::new(StatusCode::FORBIDDEN, "This address may get no test").detail(detail))
}

/// The mail of the form, marked, in an envelope to one person.
fn message(sheet: &Sheet, to: &Address) -> Result<Message, Problem> {
    let (method, limits) = (&sheet.shown.method, sheet.shown.methods.limits());
    let call = sheet.call().map_err(Problem::from)?;
    let subject = method.call(&call, limits).map_err(Problem::from)?.subject().to_owned();
    let call =
        call.header("subject", format!("[TEST] {subject}")).header("x-mailmethods-test", "1");
    let mail = method.call(&call, limits).map_err(Problem::from)?;
    let mail = sheet.host.intercepted(mail, limits).map_err(Problem::from)?;
    let wrong = |error: crate::message::MessageError| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The mail cannot be sealed")
            .detail(error.to_string())
    };
    let message = mail.seal(&Stamp::now(), limits).map_err(wrong)?;
    let recipient = Recipient { address: to.clone(), field: Field::To };
    let sender = message.envelope().sender().cloned();
    let envelope = Envelope::new(sender, vec![recipient]).map_err(wrong)?;
    Ok(Message::from_parts(message.id().to_owned(), envelope, message.as_bytes().to_vec()))
}

fn told(receipt: &Receipt) -> Value {
    let recipients: Vec<Value> = receipt
        .recipients
        .iter()
        .map(|one| {
            context! {
                address => one.address.as_str(),
                outcome => one.outcome.as_str(),
                good => one.outcome == Outcome::Accepted,
                reply => one.reply.as_ref().map(ToString::to_string),
            }
        })
        .collect();
    context! {
        verdict => receipt.summary().as_str(),
        recipients,
        error => shape::reason(receipt).map(|(_, sentence)| sentence),
    }
}
