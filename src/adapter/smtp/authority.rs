//! The part of an SMTP URL before its keys: scheme, login, host and port.
//!
//! A URL library would read `smtp://u:p#w@host` as the host `u` with the port
//! `p`, so what people really type is looked at here first.

use url::Host;

use crate::adapter::url::{AdapterUrlError, decoded};

#[derive(Debug)]
pub(super) struct Authority<'a> {
    pub(super) scheme: &'static str,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    pub(super) query: &'a str,
}

impl<'a> Authority<'a> {
    pub(super) fn read(url: &'a str) -> Result<Self, AdapterUrlError> {
        let (scheme, usual_port) = match url.split_once(':') {
            Some(("smtp", _)) => ("smtp", 25),
            Some(("smtp+starttls", _)) => ("smtp+starttls", 587),
            Some(("smtps", _)) => ("smtps", 465),
            _ => return Err(AdapterUrlError::NoScheme),
        };
        let rest = url.split_once("://").map(|(_, rest)| rest);
        let rest = rest.ok_or(AdapterUrlError::MissingHost { scheme })?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        refuse_raw(authority, behind)?;
        let query = match behind.strip_prefix('/').unwrap_or(behind) {
            "" => "",
            behind => behind.strip_prefix('?').ok_or(AdapterUrlError::PathBehindHost)?,
        };
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, "")))
        {
            Some((user, password)) => (part(user)?, part(password)?),
            None => (None, None),
        };
        let (host, port) = host_and_port(place, scheme, usual_port)?;
        Ok(Self { scheme, user, password, host, port, query })
    }
}

/// Finds a `#`, `@`, `/` or `?` that cut a user name or password in two.
fn refuse_raw(authority: &str, behind: &str) -> Result<(), AdapterUrlError> {
    let raw = |character, escape| Err(AdapterUrlError::RawCharacter { character, escape });
    if authority.matches('@').count() > 1 {
        return raw('@', "%40");
    }
    // With the `@` already seen, another one behind is part of a value.
    let cut = !authority.contains('@') && behind.contains('@');
    match behind.chars().next() {
        Some('#') => raw('#', "%23"),
        Some('/') if cut => raw('/', "%2F"),
        // A value may hold an `@`, but then what stands before the `?` is no login.
        Some('?') if cut && authority.contains(':') => raw('?', "%3F"),
        _ => Ok(()),
    }
}

/// One half of the login, decoded; an empty one is none.
fn part(text: &str) -> Result<Option<String>, AdapterUrlError> {
    if text.is_empty() { Ok(None) } else { decoded(text).map(Some) }
}

fn host_and_port(
    place: &str,
    scheme: &'static str,
    usual_port: u16,
) -> Result<(Host<String>, u16), AdapterUrlError> {
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (place, None),
    };
    if host.is_empty() {
        return Err(AdapterUrlError::MissingHost { scheme });
    }
    let port = match port {
        None => usual_port,
        Some(port) => match port.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(AdapterUrlError::BadPort),
        },
    };
    let host = Host::parse(host).map_err(|_not_a_host| AdapterUrlError::BadHost)?;
    Ok((host, port))
}
