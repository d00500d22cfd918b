//! What is done to one mail, by a button.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use minijinja::context;

use super::page::found;
use crate::manage::access::Permission;
use crate::manage::app::App;
use crate::manage::form::Given;
use crate::manage::mails::{action_permission, is_dangerous, label};
use crate::manage::methods::see_other;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::message::{Address, Mailbox};
use crate::queue::{Action, EntryId};

/// How many people a mail can be redirected to.
const RECIPIENTS: usize = 50;

/// `POST /mail/ID/ACTION`.
pub(in crate::manage) async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, word)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let given = Given::parse(&body);
    let to = format!("mail/{id}/timeline");
    let done = match word.as_str() {
        "resend" => resend(&app, &visit, &id).await,
        "redirect" => redirect(&app, &visit, &id, &given).await,
        word => match Action::from_word(word) {
            Some(action) => plain(&app, &visit, &id, action, &given).await,
            None => Err(Problem::not_found("There is no such action.")),
        },
    };
    app.live().forget().await;
    done.map_err(|problem| match &problem.told.back {
        // A mail that is gone has no page to go back to.
        Some(_) if problem.status == StatusCode::NOT_FOUND => problem,
        _ => problem.back(to, "Back to the mail"),
    })
}

async fn plain(
    app: &App,
    visit: &Visit,
    id: &str,
    action: Action,
    given: &Given,
) -> Result<Response, Problem> {
    visit.must(action_permission(action))?;
    let entry = found(app, id).await?;
    if is_dangerous(action) && given.text("confirm") != Some("yes") {
        return confirm(app, visit, entry, action.as_str(), label(action)).await;
    }
    let store = app.store().await?;
    app.changing(store.act_on(action, entry, visit.actor())).await?;
    if action == Action::Delete {
        return see_other(&format!("{}queue/all?done=delete~1", visit.root));
    }
    see_other(&format!("{}mail/{entry}/timeline?done={action}", visit.root))
}

async fn resend(app: &App, visit: &Visit, id: &str) -> Result<Response, Problem> {
    visit.must(Permission::Resend)?;
    let entry = found(app, id).await?;
    let store = app.store().await?;
    let copy = app.changing(store.resend(entry, visit.actor())).await?;
    see_other(&format!("{}mail/{copy}/timeline?done=resend", visit.root))
}

async fn redirect(app: &App, visit: &Visit, id: &str, given: &Given) -> Result<Response, Problem> {
    visit.must(Permission::Redirect)?;
    let entry = found(app, id).await?;
    let text = given.text("to").unwrap_or_default().trim();
    if text.is_empty() {
        return confirm(app, visit, entry, "redirect", "Redirect").await;
    }
    let list = Mailbox::parse_list(text).map_err(|error| {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "That is no address");
        problem.detail(error.to_string())
    })?;
    let to: Vec<Address> = list.iter().map(|one| one.address().clone()).collect();
    if to.len() > RECIPIENTS {
        return Err(Problem::bad(format!("A mail is redirected to {RECIPIENTS} people at most.")));
    }
    let store = app.store().await?;
    let copy = app.changing(store.redirect(entry, &to, visit.actor())).await?;
    see_other(&format!("{}mail/{copy}/timeline?done=redirect", visit.root))
}

/// Asks whether that is really meant, or to whom.
async fn confirm(
    app: &App,
    visit: &Visit,
    id: EntryId,
    action: &str,
    label: &str,
) -> Result<Response, Problem> {
    let detail = app.patiently(app.store().await?.detail(id)).await?;
    let own = context! {
        action,
        label,
        danger => matches!(action, "cancel" | "delete"),
        possible => 1,
        meant => 1,
        one => context! {
            id => id.to_string(),
            method => detail.summary.method,
            subject => detail.summary.subject,
            to => detail.summary.recipients.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join(", "),
        },
        ids => Vec::<String>::new(),
        as_of => (),
        view => "all",
        q => "",
        filter => "",
        back => format!("mail/{id}/timeline"),
        typing => false,
        wrong => false,
    };
    Ok(app.render(visit, "confirm.html", own).await?.into_response())
}
