//! The Test tab: a form made from the declared arguments, and beside it the mail.
//!
//! It is a page that can be bookmarked: a form without files and secrets is sent by
//! GET. Nothing happens but rendering.

use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, LOCATION};
use axum::response::{Html, IntoResponse as _, Response};
use minijinja::{Value, context};

use super::result::Outcome;
use super::sheet::{Names, Sheet, has_file, has_text, is_kept};
use super::{Shown, dotted};
use crate::manage::app::App;
use crate::manage::body::{self, Inline};
use crate::manage::form::{self, Draft, Given};
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;
use crate::message::{Attachment, Mail};
use crate::source::Finding;

/// The largest form without files, in octets.
const FORM: usize = 2 * 1_024 * 1_024;

/// `GET /methods/NAME/test`.
pub(in crate::manage) async fn test(
    State(app): State<App>,
    mut visit: Visit,
    Path(name): Path<String>,
) -> Result<Html<String>, Problem> {
    let sheet = Sheet::asked(&app, &visit, &name).await?;
    if sheet.leaked {
        visit.query = sheet.query();
    }
    let checks = match sheet.look.text("-part") {
        Some("checks") => app.workshop().checks(sheet.shown.method.name()).await,
        _ => Vec::new(),
    };
    let saved = sheet.look.text("-saved").map(str::to_owned);
    let shown = blocking(move || page(&sheet, &checks)).await?;
    let testers = super::send::testers(&app);
    let own = context! { testers, saved, ..shown };
    app.render(&visit, "test.html", own).await
}

/// Renders where it keeps nobody waiting.
pub(in crate::manage) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::ours("Rendering broke off", &error))
}

/// The values of the page.
fn page(sheet: &Sheet, checks: &[Finding]) -> Value {
    let method = &sheet.shown.method;
    let outcome = Outcome::of(sheet);
    let findings = if sheet.changing { &[] } else { outcome.arguments() };
    let (controls, left) = form::controls(method, &sheet.tree, findings);
    let names = Names::of(method);
    let parameters = method.parameters().all();
    let posts = parameters.iter().any(|one| is_kept(one) || has_text(one));
    let query = sheet.query();
    let link = (sheet.draft.is_none() || !posts).then(|| query.clone());
    context! {
        controls,
        left => left.iter().map(ToString::to_string).collect::<Vec<_>>(),
        wrong => findings.len(),
        posts,
        files => parameters.iter().any(has_file),
        changing => sheet.changing,
        names => context! { locale => names.locale, sample => names.sample, draft => names.draft },
        locale => &sheet.locale,
        sample => &sheet.sample,
        draft => &sheet.draft,
        query,
        link,
        look => sheet.look(),
        result => outcome.shown(sheet, checks),
        snippets => form::snippets(method, &sheet.tree, sheet.locale.as_deref().filter(|one| *one != "*")),
        sample_count => method.samples().count(),
        ..sheet.shown.head("test")
    }
}

/// `POST /methods/NAME/test`: keeps what a URL cannot hold, and leads to the preview.
pub(in crate::manage) async fn keep(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let shown = Shown::find(&app, &name).await?;
    let mut given = sent(request).await?;
    let names = Names::of(&shown.method);
    let before = given
        .text(&names.draft)
        .and_then(|id| app.drafts().get(id, shown.method.name(), visit.actor()));
    if let Some(before) = before {
        given.keep(&before.given, shown.method.parameters());
    }
    let mut look = url::form_urlencoded::Serializer::new(String::new());
    for name in ["-part", "-width", "-dark"] {
        if let Some(value) = given.text(name) {
            look.append_pair(name, value);
        }
    }
    let (name, owner) = (shown.method.name().to_owned(), visit.actor().to_owned());
    let page = format!("{}methods/{}/test", visit.root, dotted(&name));
    if !shown.method.parameters().all().iter().any(is_kept) {
        let sheet = Sheet::read(&app, &visit, shown, given.clone(), true);
        if let Some(query) = sheet.ok().and_then(|sheet| sheet.bookmark()) {
            return see_other(&format!("{page}?{query}&{}", look.finish()));
        }
    }
    let draft = app.drafts().keep(Draft { method: name, owner, given });
    look.append_pair(&names.draft, &draft);
    see_other(&format!("{page}?{}", look.finish()))
}

/// Leads the browser on, so that a reload sends nothing again.
pub(in crate::manage) fn see_other(to: &str) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(to)
        .map_err(|error| Problem::ours("An address could not be written", &error))?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}

/// What a form has sent, with files or without.
pub(super) async fn sent(request: Request) -> Result<Given, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("multipart/")) {
        let parts = Multipart::from_request(request, &()).await;
        let parts = parts.map_err(|error| Problem::bad(error.body_text()))?;
        return Given::read(parts).await;
    }
    let body = axum::body::to_bytes(request.into_body(), FORM).await.map_err(|_too_large| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large")
            .detail("Forms take 2 MB, and with files as much as a mail's attachments may have.")
    })?;
    Ok(Given::parse(&body))
}

/// `GET /methods/NAME/body`: the HTML of a form's mail, for a frame.
pub(in crate::manage) async fn body(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let sheet = Sheet::asked(&app, &visit, &name).await?;
    let images = sheet.look.text("-images") == Some("1");
    blocking(move || match Outcome::of(&sheet) {
        Outcome::Rendered(rendering) => match (&rendering.html, &rendering.mail) {
            (Some(html), mail) => shown(html, mail.as_ref(), images),
            (None, Some(_)) => body::words("This mail has no HTML part."),
            (None, None) => body::words("The HTML part did not render."),
        },
        Outcome::Arguments(_) => body::words("The arguments are wrong: nothing was rendered."),
    })
    .await
}

fn shown(html: &str, mail: Option<&Mail>, images: bool) -> Response {
    let parts = mail.map(Mail::attachments).unwrap_or_default();
    let kinds: Vec<String> = parts.iter().map(|part| part.content_type().to_string()).collect();
    let inline = parts.iter().zip(&kinds).filter_map(|(part, kind)| {
        let content_id = part.content_id()?;
        Some(Inline { content_id, content_type: kind, content: part.content() })
    });
    body::shown(html, &inline.collect::<Vec<_>>(), images)
}

/// `GET /methods/NAME/part/N`: an attachment of a form's mail, to be kept and not to be shown.
pub(in crate::manage) async fn part(
    State(app): State<App>,
    visit: Visit,
    Path((name, number)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let sheet = Sheet::asked(&app, &visit, &name).await?;
    let found = blocking(move || match Outcome::of(&sheet) {
        Outcome::Rendered(rendering) => {
            let mail = rendering.mail?;
            let part: &Attachment = mail.attachments().get(number)?;
            let name = part.filename().unwrap_or("attachment").to_owned();
            Some(download(&name, part.content().to_vec()))
        }
        Outcome::Arguments(_) => None,
    });
    found.await?.ok_or_else(|| Problem::not_found("This mail has no such attachment."))
}

/// A file that a browser keeps, whatever it holds.
pub(in crate::manage) fn download(name: &str, content: Vec<u8>) -> Response {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' })
        .collect();
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let named = format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        encoded.replace('+', "%20")
    );
    let mut answer = content.into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(value) = HeaderValue::from_str(&named) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    let sandbox = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(axum::http::header::CONTENT_SECURITY_POLICY, sandbox);
    answer
}
