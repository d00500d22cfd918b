//! What a method looks like in all its samples, and what it is made from.

use axum::extract::{Path, State};
use axum::response::{Html, Response};
use minijinja::{Value, context};

use super::test::see_other;
use super::{Shown, dotted};
use crate::manage::app::App;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;

/// `GET /methods/NAME`: the Test tab is what people come for.
pub(in crate::manage) async fn to_test(
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    see_other(&format!("{}methods/{name}/test", visit.root))
}

/// `GET /methods/NAME/previews`: every sample in every locale.
pub(in crate::manage) async fn previews(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Html<String>, Problem> {
    let shown = Shown::find(&app, &name).await?;
    let own = context! { ..shown.head("previews") };
    app.render(&visit, "previews.html", own).await
}

/// `GET /methods/NAME/source`: its files, and where each value comes from.
pub(in crate::manage) async fn source(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Html<String>, Problem> {
    let shown = Shown::find(&app, &name).await?;
    let files: Vec<Value> = shown
        .method
        .sources()
        .into_iter()
        .map(|file| {
            let id = dotted(&file.name);
            let lines: Vec<String> = file.text.lines().map(str::to_owned).collect();
            context! { id, name => file.name, lines }
        })
        .collect();
    let origins: Vec<(String, String)> =
        shown.method.origins().map(|(key, place)| (key.to_owned(), place)).collect();
    let headers: Vec<(String, String)> =
        shown.method.headers().map(|(name, texts)| (name.to_owned(), texts.join(", "))).collect();
    let own = context! {
        files,
        origins,
        headers,
        revision => shown.method.revision(),
        ..shown.head("source")
    };
    app.render(&visit, "source.html", own).await
}
