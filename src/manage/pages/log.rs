//! The record: who did what.

use axum::extract::State;
use axum::response::Html;
use minijinja::{Value, context};

use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::queue::EntryId;

/// How many rows are shown.
const ROWS: usize = 200;

/// `GET /log`.
pub(in crate::manage) async fn log(
    State(app): State<App>,
    visit: Visit,
) -> Result<Html<String>, Problem> {
    let store = app.store().await?;
    let audits = app.patiently(store.audits(ROWS)).await?;
    let clock = app.clock();
    let rows: Vec<Value> = audits
        .iter()
        .map(|row| {
            let target: String = row.target.chars().take(160).collect();
            let id = row.target.trim_start_matches("id:");
            let id = id.parse::<EntryId>().ok().map(|id| id.to_string());
            context! {
                at => clock.when(row.at),
                actor => &row.actor,
                action => &row.action,
                cut => target.len() < row.target.len(),
                target,
                id,
                entries => row.entries,
            }
        })
        .collect();
    app.render(&visit, "log.html", context! { rows, most => ROWS }).await
}
