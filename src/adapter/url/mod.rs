//! The adapter URL: one line of settings that names a way out.
//!
//! What is wrong in it is said in words, and a password is in none of them.

mod error;
mod keys;
mod opener;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use error::AdapterUrlError;
pub(super) use keys::{Keys, decoded, duration};
pub use opener::Opener;

use super::{
    Adapter, Failover, FileAdapter, LogAdapter, MemoryAdapter, NullAdapter, SendmailAdapter, Trace,
};

const SCHEMES: [&str; 8] =
    ["smtp", "smtp+starttls", "smtps", "sendmail", "file", "memory", "log", "null"];

/// Opens the adapter that a URL names; nothing is contacted before the first mail.
///
/// | URL | where mail goes |
/// |---|---|
/// | `smtp://HOST:PORT` | a server, without TLS (`?tls=opportunistic`: with it where offered) |
/// | `smtp+starttls://USER:PASSWORD@HOST:PORT` | a server, STARTTLS required |
/// | `smtps://USER:PASSWORD@HOST:PORT` | a server, TLS from the first byte |
/// | `sendmail:/usr/sbin/sendmail` | a local program |
/// | `file:DIR` | a folder of `.eml` files |
/// | `memory:`, `log:`, `null:` | this process, one log line, nowhere |
/// | `failover(URL URL …)` | the first of them that is up; `?cooldown=60s` behind it |
///
/// In user name, password and values `%XX` is the octet XX. The keys of the SMTP schemes are
/// those of `SmtpSettings::from_url`.
///
/// # Errors
///
/// [`AdapterUrlError`] says what is wrong and what to write instead.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter;
///
/// assert!(adapter::open("memory:").is_ok());
/// let error = adapter::open("smtps://shop:pa#ss@relay.test").unwrap_err();
/// assert_eq!(error.to_string(), "the user name or password holds a raw `#`: write it as %23");
/// ```
pub fn open(url: &str) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    Opener::new().open(url)
}

/// Opens the adapter that a URL names, and hands each line of its dialogues to a [`Trace`].
///
/// # Errors
///
/// The same as [`open`].
pub fn open_traced(url: &str, trace: Trace) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    Opener::new().trace(trace).open(url)
}

fn opened(url: &str, opener: &Opener) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    let url = url.trim();
    if let Some(rest) = url.strip_prefix("failover(") {
        return failover(rest, opener);
    }
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(AdapterUrlError::NoScheme);
    };
    match scheme {
        "smtp" | "smtp+starttls" | "smtps" => smtp(url, opener),
        "sendmail" => sendmail(rest),
        "file" => match path(rest)? {
            Some(folder) => Ok(Arc::new(FileAdapter::new(folder))),
            None => Err(AdapterUrlError::MissingFolder),
        },
        "memory" => bare("memory", rest).map(|()| arc(MemoryAdapter::new())),
        "log" => bare("log", rest).map(|()| arc(LogAdapter)),
        "null" => bare("null", rest).map(|()| arc(NullAdapter)),
        _ => Err(AdapterUrlError::unknown_scheme(scheme, &SCHEMES)),
    }
}

fn arc(adapter: impl Adapter + 'static) -> Arc<dyn Adapter> {
    Arc::new(adapter)
}

#[cfg(feature = "smtp")]
fn smtp(url: &str, opener: &Opener) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    let settings = super::SmtpSettings::from_url(url)?;
    let adapter = super::SmtpAdapter::new(match opener.connections {
        Some(most) => settings.with_connections(most),
        None => settings,
    });
    Ok(Arc::new(match &opener.trace {
        Some(trace) => adapter.with_trace(trace.clone()),
        None => adapter,
    }))
}

#[cfg(not(feature = "smtp"))]
fn smtp(_url: &str, _opener: &Opener) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    Err(AdapterUrlError::WithoutSmtp)
}

fn sendmail(rest: &str) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let program = path(place)?.unwrap_or_else(|| SendmailAdapter::USUAL_PROGRAM.into());
    let keys = Keys::read(query, &["timeout"])?;
    let adapter = SendmailAdapter::new(program);
    Ok(match keys.get("timeout", duration)? {
        Some(timeout) => Arc::new(adapter.with_timeout(timeout)),
        None => Arc::new(adapter),
    })
}

/// The path behind `scheme:` or `scheme://`; nothing there is `None`.
fn path(rest: &str) -> Result<Option<PathBuf>, AdapterUrlError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    if rest.is_empty() {
        return Ok(None);
    }
    decoded(rest).map(|path| Some(path.into()))
}

fn bare(scheme: &'static str, rest: &str) -> Result<(), AdapterUrlError> {
    if rest.trim_start_matches('/').is_empty() {
        Ok(())
    } else {
        Err(AdapterUrlError::NothingBehind { scheme })
    }
}

fn failover(rest: &str, opener: &Opener) -> Result<Arc<dyn Adapter>, AdapterUrlError> {
    // A `)` may stand in a password; the list ends at the last one.
    let Some((list, behind)) = rest.rsplit_once(')') else {
        return Err(AdapterUrlError::Failover { reason: "its `)` is missing" });
    };
    let keys = match behind.strip_prefix('?') {
        Some(query) => Keys::read(query, &["cooldown"])?,
        None if behind.is_empty() => Keys::default(),
        None => {
            return Err(AdapterUrlError::Failover { reason: "only `?cooldown=` may follow it" });
        }
    };
    let cooldown: Option<Duration> = keys.get("cooldown", duration)?;
    let mut ways = Vec::new();
    for url in list.split_whitespace() {
        if url.starts_with("failover(") {
            return Err(AdapterUrlError::Failover { reason: "it cannot stand inside another" });
        }
        ways.push(opened(url, opener)?);
    }
    if ways.len() < 2 {
        return Err(AdapterUrlError::Failover { reason: "it needs two or more URLs" });
    }
    let first = ways.remove(0);
    let failover = Failover::new(first, ways);
    Ok(arc(match cooldown {
        Some(cooldown) => failover.with_cooldown(cooldown),
        None => failover,
    }))
}

#[cfg(test)]
mod tests {
    use super::open;

    #[track_caller]
    fn refused(url: &str, message: &str) {
        let error = open(url).expect_err("the URL is wrong");
        assert_eq!(error.to_string(), message, "{url:?}");
        assert!(!format!("{error:?}").contains("s3cr"), "{error:?}");
    }

    #[test]
    fn every_scheme_opens_without_contacting_anything() {
        for url in [
            "smtp://relay.test",
            "smtp://relay.test:2525?timeout=10s&connections=2&pipelining=off",
            "smtp+starttls://shop:pa%23ss@relay.test:587",
            "smtps://[::1]:465?idle=8s&age=300s&messages=100&rate=600/m&helo=shop.test",
            "sendmail:",
            "sendmail:/usr/lib/sendmail?timeout=5s",
            "file:outbox",
            "file:///tmp/outbox",
            "memory:",
            "memory://",
            "log:",
            "null:",
            "failover(smtp://a.test memory:)",
            "failover(smtp://a.test smtp://b.test)?cooldown=5s",
        ] {
            assert!(open(url).is_ok(), "{url}: {:?}", open(url));
        }
    }

    #[test]
    fn a_wrong_scheme_says_the_nearest_right_one() {
        refused("relay.test", "the adapter URL has no scheme, such as `smtp://`");
        refused("stmp://relay.test", "unknown scheme `stmp`: did you mean `smtp`?");
        refused(
            "http://relay.test",
            "unknown scheme `http`: there are smtp, smtp+starttls, smtps, sendmail, file, memory, log, null",
        );
        refused("file:", "`file:` needs a folder: file:DIR");
        refused("null:x", "`null:` takes nothing behind it");
    }

    #[test]
    fn a_wrong_failover_says_what_is_wrong() {
        refused("failover(smtp://a.test", "failover: its `)` is missing");
        refused("failover(smtp://a.test)", "failover: it needs two or more URLs");
        refused("failover()", "failover: it needs two or more URLs");
        refused("failover(log: failover(log: null:))", "failover: it cannot stand inside another");
        refused("failover(log: null:)x", "failover: only `?cooldown=` may follow it");
        refused(
            "failover(log: null:)?cooldwn=1s",
            "unknown key `cooldwn`: did you mean `cooldown`?",
        );
        refused(
            "failover(log: xyz:)",
            "unknown scheme `xyz`: there are smtp, smtp+starttls, smtps, sendmail, file, memory, log, null",
        );
    }

    #[test]
    fn no_text_panics() {
        for text in [
            "",
            ":",
            "://",
            "smtp:",
            "smtp://",
            "smtp:///",
            "smtp://@",
            "smtp://:@:",
            "smtp://[",
            "é:é",
        ] {
            assert!(open(text).is_err(), "{text:?}");
        }
        assert!(open(&"a".repeat(100_000)).is_err());
        assert!(open(&format!("smtp://{}", "a@".repeat(50_000))).is_err());
    }
}
