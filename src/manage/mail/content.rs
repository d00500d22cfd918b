//! The content: exactly what was sent, or will be; of a secret mail, what may be seen of it.

use axum::extract::{Path, State};
use axum::response::Response;
use minijinja::{Value, context};
use serde::Deserialize;

use crate::manage::app::App;
use crate::manage::body::{self, Inline};
use crate::manage::methods::{cut, download};
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::message::Reading;
use crate::queue::{Detail, EntryId, Store};

/// What of a mail's content somebody may look at.
pub(super) enum Content {
    /// The bytes of the message, and what is in them.
    Whole { bytes: Vec<u8>, reading: Box<Reading> },
    /// A secret is in it: headers without it, and how it is made.
    Secret(Shown),
    /// It was wiped.
    Gone,
    /// The page was set up to show no content.
    Hidden,
}

/// What the queue keeps to be seen of a secret mail.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    headers: Vec<(String, String)>,
    text: Option<u64>,
    html: Option<u64>,
    #[serde(default)]
    attachments: Vec<ShownPart>,
}

#[derive(Clone, Debug, Deserialize)]
struct ShownPart {
    content_type: String,
    disposition: String,
    size: u64,
}

impl Content {
    /// The content of a mail; that somebody looks at it is written down.
    pub(super) async fn of(
        app: &App,
        visit: &Visit,
        store: &Store,
        detail: &Detail,
    ) -> Result<Self, Problem> {
        if app.options().hide_bodies {
            return Ok(Self::Hidden);
        }
        if detail.summary.secret {
            let shown = detail.shown.as_deref().and_then(|text| serde_json::from_str(text).ok());
            return Ok(Self::Secret(shown.unwrap_or_default()));
        }
        let id = detail.summary.id;
        let Some(bytes) = app.patiently(store.bytes(id)).await? else { return Ok(Self::Gone) };
        app.looked(store, visit.actor(), id).await;
        let reading = Box::new(Reading::of(&bytes));
        Ok(Self::Whole { bytes, reading })
    }

    /// The values of a tab.
    pub(super) fn shown(&self, tab: &str) -> Value {
        match self {
            Self::Gone => context! { content => "gone" },
            Self::Hidden => context! { content => "hidden" },
            Self::Secret(shown) => context! {
                content => "secret",
                headers => &shown.headers,
                text_octets => shown.text,
                html_octets => shown.html,
                attachments => shown.attachments.iter().map(|part| context! {
                    content_type => &part.content_type,
                    disposition => &part.disposition,
                    octets => part.size,
                }).collect::<Vec<_>>(),
            },
            Self::Whole { bytes, reading } => context! {
                content => "whole",
                has_html => reading.html.is_some(),
                has_text => reading.text.is_some(),
                text => (tab == "text").then(|| reading.text.as_deref().map(cut)),
                headers => (tab == "headers").then_some(&reading.headers),
                source => (tab == "source").then(|| cut(&String::from_utf8_lossy(bytes))),
                attachments => parts(reading),
            },
        }
    }
}

fn parts(reading: &Reading) -> Vec<Value> {
    let numbered = reading.attachments.iter().enumerate();
    numbered
        .map(|(number, part)| {
            context! {
                number,
                filename => part.filename.as_deref().unwrap_or("without a name"),
                content_type => &part.content_type,
                disposition => if part.inline { "inline" } else { "attachment" },
                octets => part.content.len(),
            }
        })
        .collect()
}

/// The HTML of a mail, for a frame.
pub(super) fn body(content: &Content, images: bool) -> Response {
    let reading = match content {
        Content::Whole { reading, .. } => reading,
        Content::Gone => return body::words("The content was wiped."),
        Content::Hidden => return body::words("This page shows no content of mails."),
        Content::Secret(_) => {
            return body::words("There is a secret in this mail: its body is not shown.");
        }
    };
    let Some(html) = &reading.html else { return body::words("This mail has no HTML part.") };
    let inline = reading.attachments.iter().filter_map(|part| {
        let content_id = part.content_id.as_deref()?;
        Some(Inline { content_id, content_type: &part.content_type, content: &part.content })
    });
    body::shown(html, &inline.collect::<Vec<_>>(), images)
}

/// The message as a file.
pub(super) fn file(content: Content, id: EntryId) -> Result<Response, Problem> {
    match content {
        Content::Whole { bytes, .. } => Ok(download(&format!("{id}.eml"), bytes)),
        _ => Err(not_shown()),
    }
}

fn not_shown() -> Problem {
    Problem::not_found(
        "The content of this mail is not shown: it was wiped, or there is a secret in it.",
    )
}

/// `GET /mail/ID/part/N`: an attachment, to be kept and not to be shown.
pub(in crate::manage) async fn part(
    State(app): State<App>,
    visit: Visit,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let store = app.store().await?;
    let id = app.patiently(store.find(&id)).await?;
    let detail = app.patiently(store.detail(id)).await?;
    match Content::of(&app, &visit, &store, &detail).await? {
        Content::Whole { mut reading, .. } if number < reading.attachments.len() => {
            let part = reading.attachments.swap_remove(number);
            Ok(download(part.filename.as_deref().unwrap_or("attachment"), part.content))
        }
        Content::Whole { .. } => Err(Problem::not_found("This mail has no such attachment.")),
        _ => Err(not_shown()),
    }
}
