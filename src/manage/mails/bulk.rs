//! Bulk: one action on many mails, those that were ticked or all that match.
//!
//! Nobody changes more mails than were seen: what came after the page was shown is
//! left alone, and if more match than were counted, nothing is done.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use minijinja::context;

use super::list::{is_dangerous, label};
use super::{Search, action_permission};
use crate::manage::app::App;
use crate::manage::form::Given;
use crate::manage::methods::see_other;
use crate::manage::problem::Problem;
use crate::manage::views::{COUNTED, counted};
use crate::manage::visit::Visit;
use crate::queue::{Action, EntryId, Filter, Store};

/// From how many mails on the number must be typed.
const MANY: u64 = 100;
/// How many mails can be ticked.
const TICKED: usize = 500;

/// What is to be done, and to which mails.
struct Order {
    action: Action,
    target: Target,
    search: Search,
    confirmed: bool,
    typed: Option<u64>,
}

enum Target {
    Ticked(Vec<EntryId>),
    /// All that match, as they were at that moment, and how many were seen.
    Matching {
        as_of: Timestamp,
        expected: Option<u64>,
    },
}

impl Order {
    fn read(given: &Given) -> Result<Self, Problem> {
        let text = |name: &str| given.text(name).unwrap_or_default();
        let action = Action::from_word(text("action")).ok_or_else(|| {
            let names = Action::ALL.map(Action::as_str);
            Problem::bad(format!(
                "{:?} is nothing that can be done: it is one of {}.",
                text("action"),
                names.join(", ")
            ))
        })?;
        let view = if text("view").is_empty() { "all" } else { text("view") };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", text("q"));
        let search = Search::new(view, &query.finish())?;
        let number = |name: &str| {
            let digits: String = text(name).chars().filter(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        let target = if text("scope") == "all" {
            let as_of = text("as_of")
                .parse()
                .ok()
                .and_then(|micros| Timestamp::from_microsecond(micros).ok());
            let as_of = as_of.ok_or_else(|| {
                Problem::bad("`as_of` is when the page was shown, in microseconds.")
            })?;
            Target::Matching { as_of, expected: number("expected_count") }
        } else {
            let ids: Result<Vec<EntryId>, _> = given.all("id").map(str::parse).collect();
            let ids = ids.map_err(|_no_id| Problem::bad("One of the ids is none."))?;
            if ids.is_empty() {
                let problem =
                    Problem::bad("Tick the mails that are meant, or choose all that match.");
                return Err(problem.back(search.link(None), "Back to the list"));
            }
            if ids.len() > TICKED {
                return Err(Problem::bad(format!("{TICKED} mails can be ticked at most.")));
            }
            Target::Ticked(ids)
        };
        let confirmed = text("confirm") == "yes";
        Ok(Self { action, target, search, confirmed, typed: number("typed") })
    }

    fn filter(&self) -> Result<Filter, Problem> {
        match &self.target {
            Target::Ticked(ids) => Ok(Filter::ids(ids)),
            Target::Matching { as_of, .. } => {
                let filter =
                    self.search.filter.clone().map_err(crate::queue::QueueError::Filter)?;
                Ok(filter.until(*as_of))
            }
        }
    }

    /// How many mails somebody has seen that this would be done to.
    fn expected(&self) -> Option<u64> {
        match &self.target {
            Target::Ticked(ids) => u64::try_from(ids.len()).ok(),
            Target::Matching { expected, .. } => *expected,
        }
    }
}

/// `POST /queue/bulk`.
pub(in crate::manage) async fn bulk(
    State(app): State<App>,
    visit: Visit,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let order = Order::read(&Given::parse(&body))?;
    visit.must(action_permission(order.action))?;
    let store = app.store().await?;
    let back = order.search.link(None);
    done(&app, &visit, &store, order)
        .await
        .map_err(|problem| problem.back(back, "Back to the list"))
}

async fn done(app: &App, visit: &Visit, store: &Store, order: Order) -> Result<Response, Problem> {
    let filter = order.filter()?;
    let possible = app.patiently(store.count_possible(order.action, &filter, u64::MAX)).await?;
    if possible == 0 {
        let problem = Problem::new(StatusCode::CONFLICT, "There is nothing to do");
        return Err(problem
            .detail(format!("{} is possible for none of these mails now.", label(order.action))));
    }
    let asks = is_dangerous(order.action) || matches!(order.target, Target::Matching { .. });
    if asks && !order.confirmed {
        return confirm(app, visit, &order, possible).await;
    }
    let most = order.expected().unwrap_or(possible);
    if possible > most && most < COUNTED {
        let problem = Problem::new(StatusCode::CONFLICT, "More mails match now");
        return Err(problem.detail(format!(
            "{} mails were meant, and {} match now. Nothing was changed: look again.",
            counted(most),
            counted(possible)
        )));
    }
    if possible > MANY && asks && order.typed != order.expected() {
        return confirm(app, visit, &order, possible).await;
    }
    let changed = store.act(order.action, &filter, None, visit.actor()).await?;
    app.live().forget().await;
    let link = order.search.link(None);
    let mark = if link.contains('?') { '&' } else { '?' };
    see_other(&format!("{}{link}{mark}done={}~{changed}", visit.root, order.action))
}

/// Asks whether that is really meant, with the number.
async fn confirm(
    app: &App,
    visit: &Visit,
    order: &Order,
    possible: u64,
) -> Result<Response, Problem> {
    let (ids, as_of) = match &order.target {
        Target::Ticked(ids) => (ids.iter().map(ToString::to_string).collect(), None),
        Target::Matching { as_of, .. } => (Vec::new(), Some(as_of.as_microsecond())),
    };
    let own = context! {
        action => order.action.as_str(),
        label => label(order.action),
        danger => is_dangerous(order.action),
        possible,
        meant => order.expected(),
        ids,
        as_of,
        view => order.search.name(),
        q => &order.search.text,
        filter => order.search.filter.as_ref().map(ToString::to_string).unwrap_or_default(),
        back => order.search.link(None),
        typing => possible > MANY,
        wrong => order.confirmed && possible > MANY,
    };
    Ok(app.render(visit, "confirm.html", own).await?.into_response())
}
