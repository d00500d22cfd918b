//! The page of one mail.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use minijinja::{Value, context};

use super::content::{self, Content};
use super::timeline::steps;
use crate::manage::access::Permission;
use crate::manage::app::App;
use crate::manage::mails::{Row, action_permission, label, reply, state_label};
use crate::manage::methods::{blocking, diff_line, see_other};
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::message::Stamp;
use crate::method::{Call, MailMethods};
use crate::queue::{
    Action, Delivery, Detail, EntryId, Explanation, RecipientState, State as EntryState, View,
};
use crate::testing::difference;

/// The tabs, in order.
const TABS: [&str; 6] = ["timeline", "html", "text", "headers", "source", "attachments"];

/// `GET /mail/ID`, and `GET /mail/ID.eml`.
pub(in crate::manage) async fn mail(
    state: State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if let Some(id) = id.strip_suffix(".eml") {
        let store = state.store().await?;
        let id = state.patiently(store.find(id)).await?;
        let detail = state.patiently(store.detail(id)).await?;
        let content = Content::of(&state, &visit, &store, &detail).await?;
        return content::file(content, id);
    }
    // Whoever has a part of an id is led to the whole of it.
    let store = state.store().await?;
    let found = state.patiently(store.find(&id)).await?;
    see_other(&format!("{}mail/{found}/timeline", visit.root))
}

/// `GET /mail/ID/TAB`, and `GET /mail/ID/body` for the frame.
pub(in crate::manage) async fn tab(
    State(app): State<App>,
    visit: Visit,
    Path((id, tab)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let frame = tab == "body";
    if !frame && !TABS.contains(&tab.as_str()) {
        return Err(Problem::not_found("A mail has no such page.")
            .back(format!("mail/{id}/timeline"), "Its timeline"));
    }
    let store = app.store().await?;
    let id = app.patiently(store.find(&id)).await?;
    let detail = app.patiently(store.detail(id)).await?;
    let images = asks_for(&visit.query, "images");
    if frame {
        let content = Content::of(&app, &visit, &store, &detail).await?;
        return Ok(content::body(&content, images));
    }
    let explanation = app.patiently(store.explain(&detail)).await?;
    let clock = app.clock();
    let own = if tab == "timeline" {
        let today = today(&app, &detail).await?;
        context! { steps => steps(&detail, &explanation, &clock), today }
    } else {
        Content::of(&app, &visit, &store, &detail).await?.shown(&tab)
    };
    let methods = app.workshop().methods().await;
    let sample = methods.get(&detail.summary.method).and_then(|method| method.samples().next());
    let (look, word) = state_label(&detail.summary);
    let shown = context! {
        tab,
        id => id.to_string(),
        row => Row::new(&detail.summary, &clock),
        look,
        word,
        sample,
        known => methods.get(&detail.summary.method).is_some(),
        live_state => detail.summary.state.as_str(),
        facts => facts(&detail, &app),
        recipients => detail.summary.recipients.iter().map(recipient).collect::<Vec<_>>(),
        explanation => context! {
            summary => explanation.meaning.map(|meaning| meaning.summary),
            source => explanation.meaning.map(|meaning| meaning.source),
            next => &explanation.next,
            at => explanation.at.map(|at| clock.when(at)),
            advice => &explanation.advice,
            commands => explanation.commands.clone(),
        },
        last => detail.summary.last.as_ref().map(reply),
        actions => actions(&detail, &explanation, &visit),
        arguments => detail.arguments.as_deref().filter(|_| !app.options().hide_bodies).map(pretty),
        look_at => context! {
            width => width(&visit.query),
            dark => asks_for(&visit.query, "dark"),
            images,
        },
        done => done(&visit.query),
        ..own
    };
    Ok(app.render(&visit, "mail.html", shown).await?.into_response())
}

fn asks_for(query: &str, name: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(own, value)| own == name && value == "1")
}

fn width(query: &str) -> &'static str {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    match pairs.find(|(name, _)| name == "width").as_ref().map(|(_, value)| value.as_ref()) {
        Some("390") => "390",
        Some("600") => "600",
        Some("1024") => "1024",
        _ => "full",
    }
}

/// What the page says after something was done.
fn done(query: &str) -> Option<&'static str> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, word) = pairs.find(|(name, _)| name == "done")?;
    Some(match word.as_ref() {
        "resend" => "This is the new mail; it has a Message-ID of its own.",
        "redirect" => "This is the new mail, to its new recipients.",
        word => match Action::from_word(word)? {
            Action::Retry => "It is tried again now.",
            Action::Hold => "It is held.",
            Action::Release => "It is released.",
            Action::Cancel => "It is cancelled.",
            Action::MarkSent => "It is counted as sent.",
            Action::Delete => "It is deleted.",
        },
    })
}

/// A document as people read it.
fn pretty(json: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(json);
    value
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_damaged| json.to_owned())
}

fn recipient(one: &RecipientState) -> Value {
    let look = match one.outcome {
        Delivery::Pending => "outgoing",
        Delivery::Accepted => "sent",
        Delivery::Refused => "dead",
        Delivery::Deferred => "deferred",
        Delivery::Unknown => "uncertain",
    };
    context! {
        address => &one.address,
        kind => one.kind.as_str(),
        look,
        outcome => one.outcome.as_str(),
        reply => one.reply.as_ref().map(reply),
    }
}

fn facts(detail: &Detail, app: &App) -> Value {
    let (summary, clock) = (&detail.summary, app.clock());
    let when = |at: Option<jiff::Timestamp>| at.map(|at| clock.when(at));
    context! {
        message_id => &summary.message_id,
        sender => detail.sender.as_deref().unwrap_or("<> (nobody)"),
        route => &summary.route,
        key => &summary.key,
        locale => &summary.locale,
        priority => summary.priority,
        octets => summary.size,
        attachments => summary.attachments,
        revision => &detail.revision,
        attempts => summary.attempts,
        created => when(Some(summary.created_at)),
        due => when(summary.due_at),
        expires => when(Some(summary.expires_at)),
        done => when(summary.done_at),
        wiped => when(detail.wiped_at),
        crashes => detail.crashes,
        doubts => detail.doubts,
        wanted => &detail.wanted,
        on_uncertain => &detail.on_uncertain,
        origin => detail.origin.map(|id| id.to_string()),
        copies => detail.copies.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }
}

/// What can be done to the mail now, by this visitor; what is advised is marked, and what cannot be
/// undone comes last.
fn actions(detail: &Detail, advice: &Explanation, visit: &Visit) -> Vec<Value> {
    let wiped = !detail.summary.has_content;
    let (state, mut names) = (detail.summary.state, Vec::new());
    let plain = Action::ALL.into_iter().filter(|action| is_possible(*action, detail));
    names.extend(plain.map(|action| (action.as_str(), label(action), action_permission(action))));
    if state.is_final() && !wiped {
        names.push(("resend", "Send once more", Permission::Resend));
    }
    if state != EntryState::Sending && !wiped {
        names.push(("redirect", "Redirect…", Permission::Redirect));
    }
    let danger = |name: &str| matches!(name, "cancel" | "delete");
    names.sort_by_key(|(name, ..)| danger(name));
    let first = advice.commands.first().map_or("", String::as_str);
    names
        .into_iter()
        .filter(|(.., permission)| visit.visitor().may(*permission))
        .map(|(name, label, _)| {
            let advised = first.contains(&format!(" {name} "));
            context! { name, label, advised, danger => danger(name) }
        })
        .collect()
}

/// Whether an action would be taken now; the queue has the last word.
fn is_possible(action: Action, detail: &Detail) -> bool {
    use EntryState::{Cancelled, Dead, Expired, Held, Partial, Queued, Sending, Uncertain};
    let (state, wiped) = (detail.summary.state, !detail.summary.has_content);
    let ungated = state == Sending && detail.gated_at.is_none();
    match action {
        Action::Retry if state == Queued => detail.summary.view != View::Outgoing,
        Action::Retry => {
            !wiped && matches!(state, Uncertain | Dead | Partial | Expired | Cancelled)
        }
        Action::Hold => state == Queued || ungated,
        Action::Release => state == Held,
        Action::Cancel => ungated || matches!(state, Queued | Held | Uncertain),
        Action::Delete => state != Sending,
        Action::MarkSent => state == Uncertain,
    }
}

/// Whether the mail would look different if it were rendered today; nothing if that cannot be said.
async fn today(app: &App, detail: &Detail) -> Result<Value, Problem> {
    let methods = app.workshop().methods().await;
    let now = methods.get(&detail.summary.method).map(|method| method.revision().to_owned());
    let (Some(then), Some(now)) = (&detail.revision, now) else { return Ok(Value::from(())) };
    if *then == now {
        return Ok(Value::from(()));
    }
    let bytes = match detail.summary.secret || app.options().hide_bodies {
        true => None,
        false => app.store().await?.bytes(detail.summary.id).await.ok().flatten(),
    };
    let (then, detail) = (then.clone(), detail.clone());
    let found = blocking(move || bytes.and_then(|bytes| rendered_today(&methods, &detail, &bytes)));
    let diff = found.await?.map(|diff| {
        let lines = diff.lines().map(|line| (diff_line(line), line.to_owned()));
        lines.collect::<Vec<_>>()
    });
    Ok(context! { then, now, diff })
}

/// What differs between the mail and one that is rendered from its arguments today.
fn rendered_today(methods: &MailMethods, detail: &Detail, bytes: &[u8]) -> Option<String> {
    let arguments: serde_json::Value = serde_json::from_str(detail.arguments.as_deref()?).ok()?;
    let call = Call::new(&detail.summary.method).args(&arguments).ok()?.from_text();
    let call = call.locale(&detail.summary.locale);
    let mail = methods.call(&call).ok()?;
    let message = mail.seal(&Stamp::preview(), methods.limits()).ok()?;
    let read = |bytes: &[u8]| {
        let reading = crate::message::Reading::of(bytes);
        let subject = reading.header("Subject").unwrap_or_default().to_owned();
        format!(
            "Subject: {subject}\n\n{}\n{}",
            reading.text.unwrap_or_default(),
            reading.html.unwrap_or_default()
        )
    };
    Some(difference(&read(bytes), &read(message.as_bytes())))
}

/// The id in a path of a mail.
pub(super) async fn found(app: &App, id: &str) -> Result<EntryId, Problem> {
    let store = app.store().await?;
    app.patiently(store.find(id)).await
}
