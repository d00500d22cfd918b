//! The body: a mail's HTML as a frame shows it, in a box that it cannot leave.
//!
//! Mail is hostile. The answer carries a policy of its own, which forbids scripts,
//! forms, frames and every request, framed or opened alone; the frame has no
//! origin. What a policy does not cover (a name that is looked up ahead, a connection
//! for a frame) is taken out of the copy that is shown.

mod clean;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

pub(super) use clean::Inline;

/// What a mail's HTML may do: show itself.
macro_rules! policy {
    ($images:literal) => {
        concat!(
            "default-src 'none'; style-src 'unsafe-inline'; img-src ",
            $images,
            "; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; \
             sandbox allow-popups allow-popups-to-escape-sandbox"
        )
    };
}

/// The policy of everything that a frame shows.
pub(super) const SEALED: &str = policy!("data:");
/// The same, where the reader wants the images of the web: the browser fetches them, never we.
const WITH_IMAGES: &str = policy!("data: https:");

/// The answer that shows a mail's HTML.
pub(super) fn shown(html: &str, inline: &[Inline<'_>], images: bool) -> Response {
    let policy = HeaderValue::from_static(if images { WITH_IMAGES } else { SEALED });
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [(CONTENT_SECURITY_POLICY, policy), (CONTENT_TYPE, kind)];
    (headers, clean::cleaned(html, inline)).into_response()
}

/// A few words in the place of a mail.
pub(super) fn words(text: &str) -> Response {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>Preview</title><body style=\"font:14px system-ui,sans-serif;margin:24px\">{escaped}</body></html>"
    );
    shown(&page, &[], false)
}
