//! Links: where they lead, and what they must not tell.

use std::ops::Range;

use url::Url;

use super::reading::Reading;
use super::{Place, Problems};
use crate::lint::rules::{EMPTY_LINK, HTTP_LINK, IDN_DOMAIN, RELATIVE_LINK, SECRET_IN_LINK};

/// The attributes that load something.
const SOURCES: [(&str, &[&str]); 4] = [
    ("src", &["img", "input", "video", "audio", "source", "iframe", "embed"]),
    ("background", &["table", "td", "th", "body", "tr"]),
    ("poster", &["video"]),
    ("action", &["form"]),
];
/// Schemes that are written by hand and lead nowhere from a mail.
const NOWHERE: [&str; 3] = ["javascript", "vbscript", "about"];
/// Names of parameters that hold what nobody else should know.
const TELLING: [&str; 9] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "session",
    "sessionid",
    "access_token",
    "api_key",
    "jwt",
];

pub(super) fn check(reading: &Reading<'_>, problems: &mut Problems) {
    for link in &reading.links {
        target("the link", &link.href, &link.range, problems);
    }
    for element in &reading.elements {
        for (attribute, elements) in SOURCES {
            if !elements.iter().any(|name| element.is(name)) {
                continue;
            }
            let Some((range, value)) = reading.value(element.attributes, attribute) else {
                continue;
            };
            let range = if range.is_empty() { element.range.clone() } else { range };
            let what = if element.is("img") { "the image" } else { "the address" };
            target(what, &value, &range, problems);
        }
    }
}

/// Checks where one address leads.
fn target(what: &str, href: &str, range: &Range<usize>, problems: &mut Problems) {
    let href = href.trim();
    let place = || Place::Html(range.clone());
    let scheme = href.split_once(':').map(|(scheme, _)| scheme);
    let scheme = scheme.filter(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric()));
    let is = |name: &str| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(name));
    if href.is_empty() || href == "#" {
        let message = format!("{what} leads nowhere");
        problems.add(EMPTY_LINK, place(), message, "give it an address, or leave it out");
    } else if NOWHERE.iter().any(|name| is(name)) {
        let message = format!("{what} {:?} does nothing in a mail", problems.shown(href));
        problems.add(EMPTY_LINK, place(), message, "lead to a page instead");
    } else if scheme.is_none() && !href.starts_with('#') {
        let shown = problems.shown(href);
        let message = format!("{what} {shown:?} is relative: in a mail there is nothing before it");
        problems.add(RELATIVE_LINK, place(), message, "write `{{ url(\"/path\") }}`");
    } else if is("http") {
        let message = format!("{what} {:?} is not encrypted", problems.shown(href));
        problems.add(HTTP_LINK, place(), message, "write https://");
    }
    if has_odd_host(href) {
        let shown = problems.shown(href);
        let message = format!("{what} {shown:?} has a domain that readers cannot compare");
        let help = "letters beyond a to z can look like others: use an ASCII domain in mails";
        problems.add(IDN_DOMAIN, place(), message, help);
    }
}

/// Whether the host of a web address has letters beyond ASCII.
fn has_odd_host(href: &str) -> bool {
    // Few addresses are worth being parsed.
    let may = !href.is_ascii() || href.contains("xn--") || href.contains("XN--");
    let url = may.then(|| Url::parse(href).ok()).flatten();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.split('.').any(|label| label.starts_with("xn--"))
}

/// Checks that no link of a bulk mail holds a secret of one reader.
pub(super) fn check_secrets(reading: &Reading<'_>, problems: &mut Problems) {
    for link in &reading.links {
        let href = link.href.as_str();
        let place = || Place::Html(link.range.clone());
        let help = "bulk mail is forwarded and archived, and its links are followed by machines: \
                    lead to a page that asks who it is";
        if problems.secrets.are_in(href) {
            let message = "the link of a bulk mail holds the value of a secret argument";
            problems.add(SECRET_IN_LINK, place(), message, help);
            continue;
        }
        let Ok(url) = Url::parse(href) else { continue };
        let named = url.query_pairs().find(|(name, value)| {
            !value.is_empty() && TELLING.contains(&name.to_ascii_lowercase().as_str())
        });
        if url.password().is_some() {
            problems.add(SECRET_IN_LINK, place(), "the link of a bulk mail holds a password", help);
        } else if let Some((name, _)) = named {
            let message = format!("the link of a bulk mail has a parameter `{name}`");
            problems.add(SECRET_IN_LINK, place(), message, help);
        }
    }
}
