//! The routes: which way is open, what waits on it and for how long.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, Response};
use minijinja::{Value, context};
use tokio::sync::Mutex;

use crate::manage::access::Permission;
use crate::manage::app::App;
use crate::manage::methods::see_other;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::manage::when::{Clock, span};
use crate::queue::{AGED, Agenda, Breaker, Route, RouteAge};

/// For how long a count of what waits is good enough at most: it looks at very many mails.
const SAMPLE: Duration = Duration::from_secs(5);
/// For how many times as long as it took, so that a short queue is counted often.
const TIMES: u32 = 20;
/// The columns of the table of ages.
const AGES: [&str; 8] =
    ["later", "< 1 min", "< 5 min", "< 15 min", "< 1 h", "< 4 h", "< 1 d", "older"];

/// The last count of what waits, taken only while somebody looks.
#[derive(Debug, Default)]
pub(in crate::manage) struct Ages(Mutex<Option<Sample>>);

#[derive(Debug)]
struct Sample {
    at: Instant,
    took: Duration,
    ages: Arc<Vec<RouteAge>>,
}

impl Ages {
    async fn get(&self, app: &App) -> Result<(Duration, Arc<Vec<RouteAge>>), Problem> {
        let mut last = self.0.lock().await;
        if let Some(Sample { at, took, ages }) = &*last
            && at.elapsed() < SAMPLE.min(*took * TIMES)
        {
            return Ok((at.elapsed(), Arc::clone(ages)));
        }
        let store = app.store().await?;
        let began = Instant::now();
        let ages = Arc::new(app.patiently(store.ages()).await?);
        let (at, took) = (Instant::now(), began.elapsed());
        *last = Some(Sample { at, took, ages: Arc::clone(&ages) });
        Ok((Duration::ZERO, ages))
    }
}

/// `GET /routes`.
pub(in crate::manage) async fn routes(
    State(app): State<App>,
    visit: Visit,
) -> Result<Html<String>, Problem> {
    let counts = app.patiently(app.live().fresh_counts()).await?;
    let store = app.store().await?;
    let agenda = app.patiently(store.agenda()).await?;
    let (old, ages) = app.ages().get(&app).await?;
    let clock = app.clock();
    let own = context! {
        routes => shown(&app, &counts.routes, &agenda, &clock),
        ages => table(&ages),
        columns => AGES,
        cut => ages.iter().map(|one| one.entries).sum::<u64>() >= AGED,
        sampled => i64::try_from(old.as_secs()).map(span).unwrap_or_default(),
        done => done(&visit.query),
    };
    app.render(&visit, "routes.html", own).await
}

fn done(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(name, _)| name == "done")?;
    let (word, name) = value.split_once('~')?;
    let name: String = name.chars().take(80).collect();
    match word {
        "pause" => Some(format!("{name} is paused: nothing goes out until it is resumed.")),
        "resume" => Some(format!("{name} goes on.")),
        _ => None,
    }
}

/// All routes that there are: those of the settings, those that wait, those that failed.
pub(super) fn shown(app: &App, known: &[Route], agenda: &[Agenda], clock: &Clock) -> Vec<Value> {
    let mut names: BTreeMap<&str, (Option<&Route>, Option<&Agenda>)> = BTreeMap::new();
    for name in app.host().settings().adapters() {
        names.insert(name, (None, None));
    }
    for route in known {
        names.entry(&route.name).or_default().0 = Some(route);
    }
    for one in agenda {
        names.entry(&one.route).or_default().1 = Some(one);
    }
    // A call that gives no mail has no route.
    names.remove("");
    names.into_iter().map(|(name, (route, agenda))| one(name, route, agenda, clock)).collect()
}

fn one(name: &str, route: Option<&Route>, agenda: Option<&Agenda>, clock: &Clock) -> Value {
    let paused = route.and_then(|route| route.paused_at);
    let breaker = route.map_or(Breaker::Closed, |route| route.breaker);
    let (look, state) = match (paused, breaker) {
        (Some(_), _) => ("held", "paused"),
        (None, Breaker::Closed) => ("sent", "open"),
        (None, Breaker::Open) => ("dead", "down"),
        (None, Breaker::Suspect) => ("deferred", "suspect"),
    };
    let due = agenda.and_then(|one| one.due_in);
    context! {
        name,
        look,
        state,
        paused => paused.map(|at| clock.when(at)),
        since => route.and_then(|route| route.opened_at).map(|at| clock.when(at)),
        probe => route.and_then(|route| route.probe_at).map(|at| clock.when(at)),
        failures => route.map_or(0, |route| route.failures),
        error => route.and_then(|route| route.error.clone()),
        waits => due.filter(|due| *due <= 0).map(|due| span(-due / 1_000_000)),
        next => due.filter(|due| *due > 0).map(|due| span(due / 1_000_000)),
    }
}

/// How many routes have mail that is due.
pub(super) fn waiting(agenda: &[Agenda]) -> usize {
    agenda.iter().filter(|one| one.due_in.is_some_and(|due| due <= 0)).count()
}

/// One line for each route: how many mails have been due for how long.
fn table(ages: &[RouteAge]) -> Vec<Value> {
    let mut rows: BTreeMap<&str, [u64; AGES.len()]> = BTreeMap::new();
    for one in ages {
        let row = rows.entry(&one.route).or_default();
        let column = usize::try_from(one.age + 1).unwrap_or(0);
        if let Some(cell) = row.get_mut(column) {
            *cell += one.entries;
        }
    }
    rows.into_iter()
        .map(|(route, cells)| {
            let total = cells.iter().sum::<u64>();
            // The longer mail has been due, the stronger is the colour of its cell.
            let heat = |column: usize, count: u64| if count == 0 { 0 } else { column.div_ceil(2) };
            let cells = cells.iter().enumerate();
            let cells: Vec<(u64, usize)> =
                cells.map(|(column, count)| (*count, heat(column, *count))).collect();
            context! { route, cells, total }
        })
        .collect()
}

/// `POST /routes/NAME/pause` and `…/resume`.
pub(in crate::manage) async fn route(
    State(app): State<App>,
    visit: Visit,
    Path((name, word)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let paused = match word.as_str() {
        "pause" => true,
        "resume" => false,
        _ => {
            return Err(
                Problem::not_found("A route is paused or resumed.").back("routes", "All routes")
            );
        }
    };
    visit.must(Permission::Routes)?;
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "That is no name of a route");
        return Err(problem.back("routes", "All routes"));
    }
    let store = app.store().await?;
    app.changing(store.pause(&name, paused, visit.actor())).await?;
    app.live().forget().await;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("done", &format!("{word}~{name}"));
    see_other(&format!("{}routes?{}", visit.root, query.finish()))
}
