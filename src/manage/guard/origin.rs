//! The origin: whether a request that changes something comes from our own page.
//!
//! Browsers say so by `Sec-Fetch-Site`, except on plain HTTP to a name that is not
//! this machine; there `Origin` must be the host that was asked.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Same,
    Foreign,
    /// The client does not say.
    Unknown,
}

pub(super) fn origin(headers: &HeaderMap) -> Origin {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return if site == "same-origin" { Origin::Same } else { Origin::Foreign };
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return Origin::Unknown };
    let host = text(HOST.as_str()).unwrap_or_default();
    let from = origin.split_once("://").map(|(_, host)| host);
    let same = from.is_some_and(|from| !from.is_empty() && from.eq_ignore_ascii_case(host));
    if same { Origin::Same } else { Origin::Foreign }
}

#[cfg(test)]
mod tests {
    use super::{Origin, origin};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    #[test]
    fn a_request_of_our_own_page_is_told_from_all_others() {
        let host = ("host", "mail.test:8225");
        for (pairs, expected) in [
            (vec![host, ("sec-fetch-site", "same-origin")], Origin::Same),
            (vec![host, ("origin", "http://mail.test:8225")], Origin::Same),
            (vec![host, ("sec-fetch-site", "cross-site")], Origin::Foreign),
            (vec![host, ("sec-fetch-site", "same-site")], Origin::Foreign),
            (vec![host, ("sec-fetch-site", "none")], Origin::Foreign),
            (
                vec![host, ("sec-fetch-site", "cross-site"), ("origin", "http://mail.test:8225")],
                Origin::Foreign,
            ),
            (vec![host, ("origin", "http://evil.test")], Origin::Foreign),
            (vec![host, ("origin", "http://mail.test")], Origin::Foreign),
            (vec![host, ("origin", "null")], Origin::Foreign),
            (vec![("origin", "http://")], Origin::Foreign),
            (vec![host], Origin::Unknown),
        ] {
            assert_eq!(origin(&headers(&pairs)), expected, "{pairs:?}");
        }
    }
}
