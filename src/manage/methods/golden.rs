//! The goldens of a method: what was reviewed, and what differs from it now.

use axum::extract::{Path, State};
use axum::response::Html;
use minijinja::{Value, context};

use super::Shown;
use super::test::blocking;
use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::testing::{Golden, GoldenCell, GoldenState};

/// `GET /methods/NAME/golden`.
pub(in crate::manage) async fn golden(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Html<String>, Problem> {
    let shown = Shown::find(&app, &name).await?;
    let folder = app.options().goldens.clone();
    let (methods, method) = (shown.methods.clone(), shown.method.clone());
    let there = folder.is_dir();
    let compared = blocking(move || {
        let golden = Golden::of(&methods, &method, &folder);
        (golden.cells(), golden.accept_command())
    });
    let (cells, command) = compared.await?;
    let changed = cells.iter().filter(|cell| cell.state != GoldenState::Same).count();
    let own = context! {
        cells => cells.iter().map(cell).collect::<Vec<_>>(),
        changed,
        there,
        folder => app.options().goldens.display().to_string(),
        command,
        ..shown.head("golden")
    };
    app.render(&visit, "golden.html", own).await
}

fn cell(cell: &GoldenCell) -> Value {
    let (state, detail) = match &cell.state {
        GoldenState::Same => ("same", String::new()),
        GoldenState::Missing => ("missing", String::new()),
        GoldenState::Changed(diff) => ("changed", diff.clone()),
        GoldenState::Failed(findings) => {
            let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
            ("failed", shown.join("\n\n"))
        }
    };
    let lines: Value = detail.lines().map(|line| (kind(line), line)).collect();
    context! {
        sample => &cell.sample,
        locale => &cell.locale,
        file => cell.file.display().to_string(),
        state,
        lines,
    }
}

/// What a line of a diff is.
pub(in crate::manage) fn kind(line: &str) -> &'static str {
    match line.chars().next() {
        Some('+') => "added",
        Some('-') => "removed",
        Some('@') => "place",
        _ => "same",
    }
}
