//! The list: a view of the queue, a page at a time.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use minijinja::{Value, context};

use super::{Row, Search, action_permission};
use crate::manage::app::App;
use crate::manage::methods::see_other;
use crate::manage::problem::{Problem, Shaped};
use crate::manage::views::COUNTED;
use crate::manage::visit::Visit;
use crate::queue::{Action, EntryId, Filter, Order, State as EntryState, View};

/// How many mails a page has.
const PAGE: usize = 20;
/// How many mails an open page asks for at once.
const ROWS: usize = 100;

/// `GET /queue`: the view that has most to say.
pub(in crate::manage) async fn to_first(
    State(app): State<App>,
    visit: Visit,
) -> Result<Response, Problem> {
    let counts = app.patiently(app.live().counts()).await?;
    let wanted = [View::Attention, View::Deferred, View::Dead, View::Outgoing];
    let first = wanted.into_iter().find(|view| counts.of(*view) > 0);
    see_other(&format!("{}queue/{}", visit.root, first.map_or("all", View::as_str)))
}

/// `GET /queue/VIEW`.
pub(in crate::manage) async fn list(
    State(app): State<App>,
    visit: Visit,
    Path(view): Path<String>,
) -> Result<Response, Problem> {
    let search = Search::new(&view, &visit.query)?;
    let store = app.store().await?;
    let (filter, wrong) = match &search.filter {
        Ok(filter) => (Some(filter), None),
        Err(error) => (None, Some(error)),
    };
    let (mut found, mut matching) = (Vec::new(), None);
    if let Some(filter) = filter {
        let mails = store.list(filter, search.order, search.after, PAGE + 1);
        found = app.patiently(mails).await?;
        if !search.text.is_empty() {
            matching = Some(app.patiently(store.count(filter, COUNTED)).await?);
        }
    }
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| search.link(Some(last.cursor())));
    let clock = app.clock();
    let rows: Vec<Row> = found.iter().map(|one| Row::new(one, &clock)).collect();
    let done = done(&visit.query);
    let own = context! {
        view => search.name(),
        q => &search.text,
        sort => search.sort(),
        sorts => sorts(&search),
        rows,
        matching,
        next,
        first => search.after.is_some().then(|| search.link(None)),
        actions => actions(&visit, search.view),
        as_of => clock.now.as_microsecond(),
        wrong => wrong.map(|error| context! { shown => error.shown(), said => error.to_string() }),
        done,
    };
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = app.render(&visit, "queue.html", own).await?;
    let mut answer = (status, page).into_response();
    answer.extensions_mut().insert(Shaped);
    Ok(answer)
}

/// The other orders, and where they are.
fn sorts(search: &Search) -> Vec<(&'static str, &'static str, String)> {
    let all = [
        (Order::Due, "due", "due first"),
        (Order::Newest, "newest", "newest first"),
        (Order::Oldest, "oldest", "oldest first"),
    ];
    all.into_iter()
        .map(|(order, name, label)| {
            (name, label, Search { order, after: None, ..search.clone() }.link(None))
        })
        .collect()
}

/// What can be done to mails of a view, by this visitor.
fn actions(visit: &Visit, view: Option<View>) -> Vec<Value> {
    let useful: &[Action] = match view {
        Some(View::Outgoing | View::Scheduled) => &[Action::Hold, Action::Cancel],
        Some(View::Deferred) => &[Action::Retry, Action::Hold, Action::Cancel],
        Some(View::Sending) => &[Action::Hold, Action::Cancel],
        Some(View::Attention) => {
            &[Action::Release, Action::Retry, Action::MarkSent, Action::Cancel, Action::Delete]
        }
        Some(View::Sent) => &[Action::Delete],
        Some(View::Dead | View::Cancelled) => &[Action::Retry, Action::Delete],
        None => &Action::ALL,
    };
    useful
        .iter()
        .filter(|action| visit.visitor().may(action_permission(**action)))
        .map(|action| context! { name => action.as_str(), label => label(*action), danger => is_dangerous(*action) })
        .collect()
}

/// What a button says.
pub(in crate::manage) const fn label(action: Action) -> &'static str {
    match action {
        Action::Retry => "Retry now",
        Action::Hold => "Hold",
        Action::Release => "Release",
        Action::Cancel => "Cancel",
        Action::Delete => "Delete",
        Action::MarkSent => "Count as sent",
    }
}

/// What somebody must say twice.
pub(in crate::manage) const fn is_dangerous(action: Action) -> bool {
    matches!(action, Action::Cancel | Action::Delete)
}

/// What a page says after something was done: `?done=hold~3`.
fn done(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(name, _)| name == "done")?;
    let (word, count) = value.split_once('~')?;
    let count: u64 = count.parse().ok()?;
    let action = Action::from_word(word)?;
    let mails = if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") };
    Some(format!("{mails} {}.", past(action)))
}

/// What has happened to mails.
pub(in crate::manage) const fn past(action: Action) -> &'static str {
    match action {
        Action::Retry => "tried again now",
        Action::Hold => "held",
        Action::Release => "released",
        Action::Cancel => "cancelled",
        Action::Delete => "deleted",
        Action::MarkSent => "counted as sent",
    }
}

/// `GET /queue/rows?id=…&id=…`: the rows of these mails as they are now, for a page that is open.
pub(in crate::manage) async fn rows(
    State(app): State<App>,
    visit: Visit,
) -> Result<Html<String>, Problem> {
    let pairs = url::form_urlencoded::parse(visit.query.as_bytes());
    let ids: Vec<EntryId> = pairs
        .filter(|(name, _)| name == "id")
        .filter_map(|(_, value)| value.parse().ok())
        .take(ROWS)
        .collect();
    if ids.is_empty() {
        return Err(Problem::bad("Name the mails: ?id=…"));
    }
    let store = app.store().await?;
    let found = app.patiently(store.list(&Filter::ids(&ids), Order::Oldest, None, ROWS)).await?;
    let clock = app.clock();
    let rows: Vec<Row> = found.iter().map(|one| Row::new(one, &clock)).collect();
    let over = found.iter().filter(|one| one.state != EntryState::Queued).count();
    app.render(&visit, "rows.html", context! { rows, over }).await
}
