//! Calls by name: render, send, queue; and what there is to be called.

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Json;
use crate::adapter::Verdict;
use crate::codegen;
use crate::host::{EnqueueError, SendError};
use crate::manage::app::App;
use crate::manage::methods::blocking;
use crate::manage::problem::Problem;
use crate::manage::shape;
use crate::message::{MessageError, Stamp};
use crate::method::{Call, duration};
use crate::source::Finding;

/// The body of a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    arguments: Map<String, Value>,
    locale: Option<String>,
    from: Option<String>,
    to: Option<Mailboxes>,
    cc: Option<Mailboxes>,
    bcc: Option<Mailboxes>,
    reply_to: Option<Mailboxes>,
    #[serde(default)]
    headers: Map<String, Value>,
    key: Option<String>,
    at: Option<Timestamp>,
    expires_in: Option<String>,
    priority: Option<u8>,
}

/// A text with an address list, or a list of mailboxes.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Mailboxes {
    Text(String),
    List(Vec<String>),
}

impl Mailboxes {
    pub(super) fn joined(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::List(list) => list.join(", "),
        }
    }
}

impl Asked {
    /// The call, but for when it is queued.
    fn call(self, name: &str) -> Result<Call, Problem> {
        let terms = [
            ("key", self.key.is_some()),
            ("at", self.at.is_some()),
            ("expires_in", self.expires_in.is_some()),
            ("priority", self.priority.is_some()),
        ];
        if let Some((name, _)) = terms.iter().find(|(_, given)| *given) {
            return Err(wrong(name, format!("`{name}` is for `queue` alone")));
        }
        self.queued(name)
    }

    /// The call, with when it is queued.
    fn queued(self, name: &str) -> Result<Call, Problem> {
        let mut call = Call::new(name).args(&self.arguments)?;
        if let Some(locale) = self.locale {
            call = call.locale(locale);
        }
        if let Some(from) = self.from {
            call = call.from(from);
        }
        if let Some(to) = self.to {
            call = call.to(to.joined());
        }
        if let Some(cc) = self.cc {
            call = call.cc(cc.joined());
        }
        if let Some(bcc) = self.bcc {
            call = call.bcc(bcc.joined());
        }
        if let Some(reply_to) = self.reply_to {
            call = call.reply_to(reply_to.joined());
        }
        for (name, value) in self.headers {
            let Value::String(value) = value else {
                return Err(wrong("headers", format!("the header `{name}` is no text")));
            };
            call = call.header(name, value);
        }
        if let Some(key) = self.key {
            call = call.key(key);
        }
        if let Some(at) = self.at {
            call = call.at(at);
        }
        if let Some(text) = self.expires_in {
            let lifetime = duration(&text).ok_or_else(|| {
                wrong("expires_in", format!("{text:?} is no duration: write 90m, 24h or 4d"))
            })?;
            call = call.expires_in(lifetime);
        }
        match self.priority {
            None => Ok(call),
            Some(priority @ 1..=5) => Ok(call.priority(priority)),
            Some(other) => {
                Err(wrong("priority", format!("{other} is no priority: 1 is first, 5 last")))
            }
        }
    }
}

/// A member of the body that is wrong.
fn wrong(member: &str, message: String) -> Problem {
    let finding = Finding::error("wrong-member", &message).path(member);
    Problem::bad(message).findings(vec![finding])
}

/// `GET /methods`.
pub(super) async fn list(State(app): State<App>) -> Answer<Value> {
    let methods = app.host().methods();
    let listed: Vec<Value> = methods.iter().map(shape::method).collect();
    let broken: Vec<&str> = methods.broken().collect();
    Answer(json!({ "v": 1, "methods": listed, "broken": broken }))
}

/// `GET /methods/NAME`.
pub(super) async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Answer<Value>, Problem> {
    let methods = app.host().methods();
    let method = methods.find(&name)?;
    let mut document = json!({ "v": 1 });
    if let (Value::Object(document), Value::Object(entry)) = (&mut document, shape::method(method))
    {
        document.extend(entry);
        document.insert("schema".to_owned(), codegen::schema(method));
    }
    Ok(Answer(document))
}

/// `GET /methods/NAME/schema`.
pub(super) async fn schema(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Answer<Value>, Problem> {
    Ok(Answer(codegen::schema(app.host().methods().find(&name)?)))
}

/// `POST /methods/NAME/render`.
pub(super) async fn render(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<Answer<Value>, Problem> {
    let call = asked.call(&name)?;
    blocking(move || {
        let mail = app.host().render(&call)?;
        let stamp = Stamp::preview();
        let message =
            mail.seal(&stamp, app.host().methods().limits()).map_err(|error| sealed(&error))?;
        Ok(Answer(shape::mail(&mail, &message, &stamp)))
    })
    .await?
}

/// `POST /methods/NAME/explain`.
pub(super) async fn explain(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<Answer<Value>, Problem> {
    let call = asked.call(&name)?;
    blocking(move || Ok(Answer(shape::explained(&app.host().explain(&call)?)))).await?
}

/// A mail that gives no message.
fn sealed(error: &MessageError) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The mail cannot be sealed");
    let finding = Finding::error("limit", error.to_string());
    problem.detail(error.to_string()).findings(vec![finding])
}

/// `POST /methods/NAME/send`.
pub(super) async fn send(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<Answer<Value>, Problem> {
    let call = asked.call(&name)?;
    match app.host().send(&call).await {
        Ok(sent) => {
            let outcome = sent.receipt.summary().as_str();
            let error = shape::reason(&sent.receipt);
            Ok(Answer(shape::sent(sent.message.id(), Some(outcome), &sent.receipt, error)))
        }
        Err(SendError::NotAccepted(sent)) => {
            let outcome = sent.receipt.summary();
            let error = shape::reason(&sent.receipt);
            let detail = error.as_ref().map(|(_, message)| message.clone()).unwrap_or_default();
            let document =
                shape::sent(sent.message.id(), Some(outcome.as_str()), &sent.receipt, error);
            let status = match outcome {
                Verdict::Deferred => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_GATEWAY,
            };
            let problem =
                Problem::new(status, format!("The relay accepted nobody: {}", outcome.as_str()));
            Err(problem.detail(detail).sent(document))
        }
        Err(SendError::Call(error)) => Err(error.into()),
        Err(SendError::Message(error)) => Err(sealed(&error)),
        Err(SendError::Adapter(error)) => {
            let title = "There is no way to send it";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, title).detail(error.to_string()))
        }
    }
}

/// `POST /methods/NAME/queue`.
pub(super) async fn queue(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<(StatusCode, Answer<Value>), Problem> {
    let call = asked.queued(&name)?;
    let (id, new) = app.host().queue_or_find(&call).await.map_err(|error| match error {
        EnqueueError::Call(error) => error.into(),
        EnqueueError::Message(error) => sealed(&error),
        EnqueueError::Queue(error) => error.into(),
    })?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Answer(json!({ "v": 1, "id": id.to_string(), "new": new }))))
}
