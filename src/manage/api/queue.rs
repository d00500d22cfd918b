//! The queue by the API: listing, what is done to mails, routes.

use axum::Json as Answer;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Json;
use super::call::Mailboxes;
use crate::manage::app::App;
use crate::manage::mails::Search;
use crate::manage::problem::Problem;
use crate::manage::shape;
use crate::manage::visit::Visit;
use crate::message::{Address, Mailbox};
use crate::queue::{Action, Detail, EntryId, Filter, QueueError, Store};

/// How many mails a page has, if nobody says.
const PAGE: usize = 50;
/// How many it has at most.
const LONGEST: usize = 500;

/// What a list is asked for beside its search.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Paging {
    view: Option<String>,
    limit: Option<usize>,
}

/// `GET /queue`.
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Answer<Value>, Problem> {
    let search = Search::new(paging.view.as_deref().unwrap_or("all"), &visit.query)?;
    let limit = match paging.limit {
        None => PAGE,
        Some(limit @ 1..=LONGEST) => limit,
        Some(_) => return Err(Problem::bad(format!("`limit` is from 1 to {LONGEST}"))),
    };
    let filter = search.filter.map_err(QueueError::Filter)?;
    let store = app.store().await?;
    let mails = store.list(&filter, search.order, search.after, limit + 1);
    let mut mails = app.patiently(mails).await?;
    let more = mails.len() > limit;
    mails.truncate(limit);
    let next = mails.last().filter(|_| more).map(|last| {
        let cursor = last.cursor();
        format!("{}~{}", cursor.id, cursor.due_at.as_microsecond())
    });
    Ok(Answer(json!({ "v": 1, "mails": mails, "next": next })))
}

/// `GET /queue/stats`.
pub(super) async fn stats(State(app): State<App>) -> Result<Answer<Value>, Problem> {
    let store = app.store().await?;
    let views = app.patiently(store.views(u64::MAX)).await?;
    let views = views.into_iter().map(|(view, count)| (view.to_string(), count.into()));
    Ok(Answer(json!({ "v": 1, "views": views.collect::<Map<_, _>>() })))
}

/// What is to be done to many mails.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Many {
    filter: Option<String>,
    ids: Option<Vec<String>>,
    all: bool,
    as_of: Option<Timestamp>,
    expected: Option<u64>,
    dry_run: bool,
}

/// `POST /queue/ACTION`.
pub(super) async fn bulk(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
    Json(many): Json<Many>,
) -> Result<Answer<Value>, Problem> {
    let action = action(&word)?;
    let filter = meant(&many)?;
    let store = app.store().await?;
    let possible = app.patiently(store.count_possible(action, &filter, u64::MAX)).await?;
    if let Some(expected) = many.expected.filter(|expected| possible > *expected) {
        return Err(QueueError::Unexpected { expected, found: possible }.into());
    }
    let entries = match many.dry_run {
        true => possible,
        false => store.act(action, &filter, None, visit.actor()).await?,
    };
    app.live().forget().await;
    Ok(Answer(json!({ "v": 1, "action": word, "entries": entries, "dry_run": many.dry_run })))
}

fn action(word: &str) -> Result<Action, Problem> {
    Action::from_word(word).ok_or_else(|| {
        let names = Action::ALL.map(Action::as_str);
        Problem::not_found(format!("There is no action {word:?}: there are {}.", names.join(", ")))
    })
}

/// The mails that are meant.
fn meant(many: &Many) -> Result<Filter, Problem> {
    let filter = match (&many.filter, &many.ids) {
        (Some(_), Some(_)) => return Err(Problem::bad("`filter` and `ids` exclude each other")),
        (None, Some(ids)) => {
            let ids: Result<Vec<EntryId>, _> = ids.iter().map(|id| id.parse()).collect();
            let ids = ids.map_err(|_no_id| Problem::bad("one of `ids` is no id"))?;
            if ids.is_empty() || ids.len() > LONGEST {
                return Err(Problem::bad(format!("`ids` are from 1 to {LONGEST}")));
            }
            Filter::ids(&ids)
        }
        (text, None) => {
            let text = text.as_deref().unwrap_or_default();
            let filter: Filter = text.parse().map_err(QueueError::Filter)?;
            if filter.is_all() && !many.all {
                return Err(Problem::bad(
                    "give a `filter` or `ids`, or `\"all\": true` for every mail",
                ));
            }
            filter
        }
    };
    Ok(match many.as_of {
        Some(moment) => filter.until(moment),
        None => filter,
    })
}

async fn found(app: &App, id: &str) -> Result<(Store, Detail), Problem> {
    let store = app.store().await?;
    let id = app.patiently(store.find(id)).await?;
    let detail = app.patiently(store.detail(id)).await?;
    Ok((store, detail))
}

/// A document with its version.
fn versioned(document: Value) -> Answer<Value> {
    let mut whole = Map::from_iter([("v".to_owned(), json!(1))]);
    if let Value::Object(fields) = document {
        whole.extend(fields);
    }
    Answer(Value::Object(whole))
}

/// `GET /mails/ID`.
pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Answer<Value>, Problem> {
    let (_, mut detail) = found(&app, &id).await?;
    if app.options().hide_bodies {
        (detail.arguments, detail.shown) = (None, None);
    }
    Ok(versioned(json!(detail)))
}

/// `GET /mails/ID/why`.
pub(super) async fn why(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Answer<Value>, Problem> {
    let (store, detail) = found(&app, &id).await?;
    let explanation = app.patiently(store.explain(&detail)).await?;
    Ok(Answer(shape::why(&detail, &explanation)))
}

/// `GET /mails/ID/raw`.
pub(super) async fn raw(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (store, detail) = found(&app, &id).await?;
    let hidden = detail.summary.secret || app.options().hide_bodies;
    let bytes = if hidden { None } else { app.patiently(store.bytes(detail.summary.id)).await? };
    let bytes = bytes.ok_or_else(|| {
        Problem::not_found("The content is not shown: it was wiped, or there is a secret in it.")
    })?;
    app.looked(&store, visit.actor(), detail.summary.id).await;
    Ok(([(CONTENT_TYPE, "message/rfc822")], bytes).into_response())
}

/// What an action on one mail may be told.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Told {
    to: Option<Mailboxes>,
}

/// `POST /mails/ID/ACTION`; the body may be left out.
pub(super) async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, word)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer<Value>, Problem> {
    let json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let told: Told = match (body.is_empty(), json) {
        (true, _) => Told::default(),
        (false, true) => {
            serde_json::from_slice(&body).map_err(|error| Problem::bad(error.to_string()))?
        }
        (false, false) => {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Problem::new(status, "The body must be JSON"));
        }
    };
    let store = app.store().await?;
    let id = app.patiently(store.find(&id)).await?;
    let copy = match word.as_str() {
        "resend" => Some(app.changing(store.resend(id, visit.actor())).await?),
        "redirect" => {
            let to = addresses(told)?;
            Some(app.changing(store.redirect(id, &to, visit.actor())).await?)
        }
        word => {
            app.changing(store.act_on(action(word)?, id, visit.actor())).await?;
            None
        }
    };
    app.live().forget().await;
    Ok(Answer(match copy {
        Some(new) => json!({ "v": 1, "action": word, "id": new, "origin": id }),
        None => json!({ "v": 1, "action": word, "id": id }),
    }))
}

fn addresses(told: Told) -> Result<Vec<Address>, Problem> {
    let text = told.to.map(Mailboxes::joined).unwrap_or_default();
    let list = Mailbox::parse_list(&text).map_err(|error| {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "`to` is no address");
        problem.detail(error.to_string())
    })?;
    if list.is_empty() {
        return Err(Problem::bad("`to` says who gets it instead"));
    }
    Ok(list.iter().map(|one| one.address().clone()).collect())
}

/// `GET /routes`.
pub(super) async fn routes(State(app): State<App>) -> Result<Answer<Value>, Problem> {
    let store = app.store().await?;
    let routes = app.patiently(store.routes()).await?;
    let routes: Vec<Value> = routes
        .iter()
        .map(|route| {
            json!({
                "name": route.name, "breaker": route.breaker.as_str(), "paused": route.paused_at,
                "failures": route.failures, "opened": route.opened_at, "probe": route.probe_at,
                "error": route.error,
            })
        })
        .collect();
    Ok(Answer(json!({ "v": 1, "routes": routes })))
}

/// `POST /routes/NAME/pause` and `…/resume`.
pub(super) async fn route(
    State(app): State<App>,
    visit: Visit,
    Path((name, word)): Path<(String, String)>,
) -> Result<Answer<Value>, Problem> {
    let paused = match word.as_str() {
        "pause" => true,
        "resume" => false,
        _ => return Err(Problem::not_found("A route is paused or resumed.")),
    };
    if name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Problem::bad("that is no name of a route"));
    }
    let store = app.store().await?;
    app.changing(store.pause(&name, paused, visit.actor())).await?;
    app.live().forget().await;
    Ok(Answer(json!({ "v": 1, "action": word, "route": name })))
}
