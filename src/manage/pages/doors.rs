//! The doors: coming in by a link or a token, going out; and the theme.

use axum::extract::{Query, State};
use axum::http::header::{HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use minijinja::context;
use serde::Deserialize;

use crate::manage::app::App;
use crate::manage::form::Given;
use crate::manage::login::{Entry, Login, TokenEntry};
use crate::manage::methods::see_other;
use crate::manage::problem::Problem;
use crate::manage::visit::Visit;

/// What `/login` is asked with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::manage) struct Asked {
    once: String,
}

fn doors(app: &App) -> Result<&Login, Problem> {
    app.login()
        .ok_or_else(|| Problem::not_found("The application that shows this page lets people in."))
}

fn with_cookie(to: &str, cookie: &str) -> Result<Response, Problem> {
    let wrong = |error: axum::http::header::InvalidHeaderValue| {
        Problem::ours("A cookie could not be written", &error)
    };
    let (to, cookie) =
        (HeaderValue::from_str(to).map_err(wrong)?, HeaderValue::from_str(cookie).map_err(wrong)?);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response())
}

/// `GET /login?once=…`: the link that works once.
pub(in crate::manage) async fn login(
    State(app): State<App>,
    visit: Visit,
    method: Method,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let doors = doors(&app)?;
    // Whoever only asks for the head checks links, and must not use this one up.
    if asked.once.is_empty() || method == Method::HEAD {
        return Err(Problem::stranger());
    }
    match doors.enter(&asked.once) {
        Entry::In(cookie) => with_cookie(&visit.root, &cookie),
        Entry::Used => Err(Problem::new(StatusCode::GONE, "This link is used up").detail(
            "It has opened the page once. In the browser that used it the page is open still; for \
             another one, take a new link from Health, or start the program again.",
        )),
        Entry::Unknown => Err(Problem::new(StatusCode::FORBIDDEN, "This link opens nothing").detail(
            "The program that serves this page has not given it out; perhaps an earlier start of it has.",
        )),
    }
}

/// `POST /login`: the token of the settings, typed.
pub(in crate::manage) async fn login_by_token(
    State(app): State<App>,
    visit: Visit,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let given = Given::parse(&body);
    match doors(&app)?.enter_by_token(given.text("token").unwrap_or_default()) {
        TokenEntry::In(cookie) => with_cookie(&visit.root, &cookie),
        TokenEntry::Wrong => {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            Err(Problem::stranger().title("The token is wrong"))
        }
        TokenEntry::TooMany => {
            Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many wrong tokens")
                .detail("Wait a minute."))
        }
        TokenEntry::NoToken => Err(Problem::stranger()),
    }
}

/// `POST /logout`.
pub(in crate::manage) async fn logout(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let cookie = doors(&app)?.leave(&headers);
    with_cookie(&format!("{}login", visit.root), &cookie)
}

/// `POST /link`: a new link, for another browser.
pub(in crate::manage) async fn link(
    State(app): State<App>,
    visit: Visit,
) -> Result<Response, Problem> {
    let link = doors(&app)?.link();
    Ok(app.render(&visit, "login.html", context! { link }).await?.into_response())
}

/// `POST /theme`: light, dark, or what the system says.
pub(in crate::manage) async fn theme(
    visit: Visit,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let given = Given::parse(&body);
    let asked = given.text("theme").filter(|theme| ["light", "dark"].contains(theme));
    let theme = asked.unwrap_or("auto");
    // Where the page is mounted nobody knows, so that only a path from here can be the way back.
    let back = given.text("back").filter(|back| is_inside(back)).unwrap_or_default();
    let cookie = format!("mailmethod-theme={theme}; SameSite=Strict; Max-Age=31536000");
    with_cookie(&format!("{}{back}", visit.root), &cookie)
        .or_else(|_unwritable| see_other(&visit.root))
}

/// Whether a path stays on this page: no scheme, no host, no way up.
fn is_inside(path: &str) -> bool {
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    !plain.starts_with('/')
        && !plain.contains([':', '\\'])
        && !plain.split('/').any(|part| part == "..")
        && path.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn the_way_back_leads_nowhere_else() {
        for path in ["", "queue/dead?q=to%3A%40x.test", "methods/a.b/test?due=2026-12-07:x"] {
            assert!(is_inside(path), "{path}");
        }
        for path in
            ["/x", "//evil.test", "https://evil.test", "../../x", "a/../b", "\\\\evil", "a\r\nb"]
        {
            assert!(!is_inside(path), "{path}");
        }
    }
}
