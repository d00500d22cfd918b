//! The settings of an SMTP adapter, read from its URL and checked at once.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::extension::ClientId;

use crate::adapter::url::{AdapterUrlError, Keys, duration};

use super::authority::Authority;
use super::tls::Trust;

/// How a server is spoken to, and how much.
///
/// # Examples
///
/// ```
/// use mailmethod::adapter::SmtpSettings;
///
/// let settings = SmtpSettings::from_url("smtps://shop:pa%23ss@relay.test?connections=2")?;
/// assert_eq!(settings.host(), "relay.test:465");
/// assert!(!format!("{settings:?}").contains("pa#ss"));
/// # Ok::<(), mailmethod::adapter::AdapterUrlError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// `host:port`, as errors and traces show it.
    pub(super) label: Arc<str>,
    pub(super) host: url::Host<String>,
    pub(super) port: u16,
    /// Where connections come from; the system chooses without it.
    pub(super) local_address: Option<IpAddr>,
    pub(super) security: Security,
    pub(super) trust: Trust,
    pub(super) login: Option<Login>,
    pub(super) helo: Option<ClientId>,
    pub(super) timeout: Option<Duration>,
    pub(super) pipelining: Pipelining,
    pub(super) limits: Limits,
}

/// Whether and when TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    None,
    Opportunistic,
    Starttls,
    FirstByte,
}

/// How far commands are sent ahead of their replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pipelining {
    /// Each command waits for its reply.
    Off,
    /// The commands of one mail are sent together.
    Mail,
    /// The next mail's commands are sent behind a body too.
    Next,
}

/// How many connections there are, and how long each is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) connections: u32,
    pub(super) messages: u32,
    pub(super) idle: Duration,
    pub(super) age: Duration,
    /// The time between two mails.
    pub(super) spacing: Option<Duration>,
}

/// Why a token could not be had.
pub(super) type TokenError = Arc<dyn std::error::Error + Send + Sync>;

type Token = Pin<Box<dyn Future<Output = Result<String, TokenError>> + Send>>;

#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) secret: Secret,
    pub(super) mechanism: Option<Mechanism>,
}

#[derive(Clone)]
pub(super) enum Secret {
    Password(String),
    Token(Arc<dyn Fn() -> Token + Send + Sync>),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

const KEYS: [&str; 15] = [
    "timeout",
    "connections",
    "messages",
    "idle",
    "age",
    "rate",
    "helo",
    "local_address",
    "tls",
    "tls_ca",
    "tls_cert",
    "tls_key",
    "auth",
    "insecure_auth",
    "pipelining",
];

impl SmtpSettings {
    /// Reads `smtp://`, `smtp+starttls://` or `smtps://`, `[USER:PASSWORD@]HOST[:PORT][?KEYS]`.
    ///
    /// Without a port it is 25, 587 and 465. A duration is written `500ms`, `10s`, `5m` or `1h`.
    ///
    /// | key | default | meaning |
    /// |---|---|---|
    /// | `timeout=10s` | by stage | caps every stage: connect 30 s, greeting 60 s, TLS 30 s, a command 60 s, DATA 120 s, a block of the body 180 s, the final dot 600 s |
    /// | `connections=4` | 4 | open connections, at most; further mail waits its turn |
    /// | `messages=100` | 100 | mails on one connection, at most |
    /// | `idle=8s` | 8 s | an idle connection is closed after this |
    /// | `age=300s` | 300 s | no mail begins on a connection older than this |
    /// | `rate=600/m` | none | mails a second (`/s`), minute (`/m`) or hour (`/h`), evenly spaced |
    /// | `helo=NAME` | our address | how we name ourselves |
    /// | `local_address=192.0.2.7` | the system's choice | the address of this machine that connections come from |
    /// | `tls=opportunistic` | | with `smtp://`: STARTTLS where it is offered |
    /// | `tls_ca=FILE` | the system's | PEM roots that the server's certificate must lead to |
    /// | `tls_cert=FILE`, `tls_key=FILE` | none | our own certificate and its key, PEM |
    /// | `auth=plain` | the best offered | `plain`, `login`, or `xoauth2` with the password as token (one that expires: [`with_token`](Self::with_token)) |
    /// | `insecure_auth=true` | false | lets a password cross the net in clear |
    /// | `pipelining=off` | `on` | `off`: one command at a time; `mail`: the commands of one mail together; `on`: the next mail's too |
    ///
    /// # Errors
    ///
    /// [`AdapterUrlError`] says what is wrong and what to write instead.
    pub fn from_url(url: &str) -> Result<Self, AdapterUrlError> {
        let authority = Authority::read(url)?;
        let keys = Keys::read(authority.query, &KEYS)?;
        let security = security(&authority, &keys)?;
        let insecure = keys.get("insecure_auth", boolean)?;
        let mechanism = keys.get("auth", mechanism)?;
        let login = login(authority.user, authority.password, mechanism)?;
        if login.is_none() {
            if mechanism.is_some() {
                return Err(AdapterUrlError::KeyNeedsUser { key: "auth" });
            }
            if insecure == Some(true) {
                return Err(AdapterUrlError::KeyNeedsUser { key: "insecure_auth" });
            }
        }
        let clear = matches!(security, Security::None | Security::Opportunistic);
        if login.is_some() && clear && insecure != Some(true) {
            return Err(AdapterUrlError::PasswordInClear);
        }
        let trust = Trust::read(&keys)?;
        if security == Security::None && trust.is_set() {
            let reason = "means nothing without TLS: use smtp+starttls:// or smtps://";
            return Err(AdapterUrlError::Misplaced { key: "tls_…", reason });
        }
        let local_address = keys.get("local_address", local_address)?;
        if local_address.is_some_and(|local| !may_reach(local, &authority.host)) {
            let reason = "and the host must be of one kind, IPv4 or IPv6";
            return Err(AdapterUrlError::Misplaced { key: "local_address", reason });
        }
        let label = format!("{}:{}", authority.host, authority.port).into();
        Ok(Self {
            label,
            host: authority.host,
            port: authority.port,
            local_address,
            security,
            trust,
            login,
            helo: keys.get("helo", client_id)?,
            timeout: keys.get("timeout", duration)?,
            pipelining: keys.get("pipelining", pipelining)?.unwrap_or(Pipelining::Next),
            limits: Limits::read(&keys)?,
        })
    }

    /// The server as `host:port`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.label
    }

    /// Opens so many connections at most, 1 or more, whatever the URL says.
    #[must_use]
    pub fn with_connections(mut self, most: u32) -> Self {
        self.limits.connections = most.max(1);
        self
    }

    /// Logs in as `user` with XOAUTH2 and a token that is asked for at each new connection.
    ///
    /// It replaces what the URL says about the login. Without TLS the token would cross the net
    /// in clear, so the adapter refuses to log in there.
    #[must_use]
    pub fn with_token<F, T>(mut self, user: &str, token: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<String, Box<dyn std::error::Error + Send + Sync>>>
            + Send
            + 'static,
    {
        let ask = move || -> Token {
            let asked = token();
            Box::pin(async move { asked.await.map_err(TokenError::from) })
        };
        self.login = Some(Login {
            user: user.to_owned(),
            secret: Secret::Token(Arc::new(ask)),
            mechanism: Some(Mechanism::Xoauth2),
        });
        self
    }
}

impl Limits {
    fn read(keys: &Keys) -> Result<Self, AdapterUrlError> {
        Ok(Self {
            connections: keys.get("connections", connections)?.unwrap_or(4),
            messages: keys.get("messages", messages)?.unwrap_or(100),
            idle: keys.get("idle", duration)?.unwrap_or(Duration::from_secs(8)),
            age: keys.get("age", duration)?.unwrap_or(Duration::from_secs(300)),
            spacing: keys.get("rate", spacing)?,
        })
    }
}

fn security(authority: &Authority<'_>, keys: &Keys) -> Result<Security, AdapterUrlError> {
    let opportunistic = keys.get("tls", |text| match text {
        "opportunistic" => Ok(()),
        _ => Err("`opportunistic`; smtp+starttls:// and smtps:// require TLS"),
    })?;
    let security = match (authority.scheme, opportunistic) {
        ("smtp", None) => Security::None,
        ("smtp", Some(())) => Security::Opportunistic,
        (_, Some(())) => {
            let reason = "goes with smtp:// only: this scheme requires TLS";
            return Err(AdapterUrlError::Misplaced { key: "tls", reason });
        }
        ("smtps", None) => Security::FirstByte,
        _ => Security::Starttls,
    };
    if authority.port == 465 && security != Security::FirstByte {
        return Err(AdapterUrlError::PortOfSmtps { scheme: authority.scheme });
    }
    Ok(security)
}

fn login(
    user: Option<String>,
    password: Option<String>,
    mechanism: Option<Mechanism>,
) -> Result<Option<Login>, AdapterUrlError> {
    match (user, password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(AdapterUrlError::NoPassword),
        (None, Some(_)) => Err(AdapterUrlError::NoUser),
        (Some(user), Some(password)) => {
            let secret = Secret::Password(password);
            Ok(Some(Login { user, secret, mechanism }))
        }
    }
}

fn boolean(text: &str) -> Result<bool, &'static str> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("true or false"),
    }
}

fn mechanism(text: &str) -> Result<Mechanism, &'static str> {
    match text {
        "plain" => Ok(Mechanism::Plain),
        "login" => Ok(Mechanism::Login),
        "xoauth2" => Ok(Mechanism::Xoauth2),
        _ => Err("plain, login or xoauth2"),
    }
}

fn pipelining(text: &str) -> Result<Pipelining, &'static str> {
    match text {
        "on" => Ok(Pipelining::Next),
        "mail" => Ok(Pipelining::Mail),
        "off" => Ok(Pipelining::Off),
        _ => Err("on, mail or off"),
    }
}

fn local_address(text: &str) -> Result<IpAddr, &'static str> {
    let address = text.parse().ok().filter(|address: &IpAddr| !address.is_unspecified());
    address.ok_or("an IP address of this machine, such as 192.0.2.7 or 2001:db8::7")
}

/// Whether a connection from this address to that host is possible at all.
const fn may_reach(local: IpAddr, host: &url::Host<String>) -> bool {
    match host {
        url::Host::Ipv4(_) => local.is_ipv4(),
        url::Host::Ipv6(_) => local.is_ipv6(),
        url::Host::Domain(_) => true,
    }
}

fn connections(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|count| (1..=1_000).contains(count)).ok_or("a number from 1 to 1000")
}

fn messages(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|&count| count > 0).ok_or("a number from 1")
}

/// The time between two mails of `600/m`.
fn spacing(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a number and a unit, such as 10/s, 600/m or 1000/h";
    let (number, unit) = text.split_once('/').ok_or(EXPECTED)?;
    let number: u32 = number.parse().map_err(|_not_a_number| EXPECTED)?;
    let unit = match unit {
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3_600),
        _ => return Err(EXPECTED),
    };
    unit.checked_div(number).ok_or(EXPECTED)
}

/// A name for EHLO: a domain name or an address in brackets (RFC 5321 §4.1.4).
fn client_id(text: &str) -> Result<ClientId, &'static str> {
    const EXPECTED: &str = "a host name, or an IP address in brackets such as [192.0.2.1]";
    if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let v6 = address.strip_prefix("IPv6:").and_then(|v6| v6.parse().ok());
        let v4 = address.parse().ok();
        return v6.map(ClientId::Ipv6).or(v4.map(ClientId::Ipv4)).ok_or(EXPECTED);
    }
    let fits = !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if fits { Ok(ClientId::Domain(text.to_owned())) } else { Err(EXPECTED) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Pipelining, Security, SmtpSettings};

    #[track_caller]
    fn refused(url: &str, message: &str) {
        let error = SmtpSettings::from_url(url).expect_err("the URL is wrong");
        assert_eq!(error.to_string(), message, "{url:?}");
        assert!(!format!("{error:?}{error}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn every_key_is_read() {
        let url = "smtp+starttls://shop%40x.test:p%23w@relay.test?timeout=10s&connections=2&messages=7&idle=3s&age=1m&rate=600/m&helo=shop.test&local_address=192.0.2.7&auth=login&pipelining=off";
        let settings = SmtpSettings::from_url(url).unwrap();
        assert_eq!(settings.host(), "relay.test:587");
        assert_eq!(settings.security, Security::Starttls);
        assert_eq!(settings.timeout, Some(Duration::from_secs(10)));
        assert_eq!(settings.pipelining, Pipelining::Off);
        let limits = settings.limits;
        assert_eq!((limits.connections, limits.messages), (2, 7));
        assert_eq!((limits.idle.as_secs(), limits.age.as_secs()), (3, 60));
        assert_eq!(limits.spacing, Some(Duration::from_millis(100)));
        assert_eq!(settings.login.as_ref().unwrap().user, "shop@x.test");
        assert_eq!(settings.local_address.unwrap().to_string(), "192.0.2.7");
        assert_eq!(settings.helo.unwrap().to_string(), "shop.test");
    }

    #[test]
    fn a_raw_character_in_the_password_says_how_it_is_written() {
        let raw = |character, escape| {
            format!("the user name or password holds a raw `{character}`: write it as {escape}")
        };
        refused("smtps://shop:s3cret#x@relay.test", &raw('#', "%23"));
        refused("smtps://shop:s3cret@x@relay.test", &raw('@', "%40"));
        refused("smtps://ada@x.test:s3cret@relay.test", &raw('@', "%40"));
        refused("smtps://shop:s3cret/x@relay.test", &raw('/', "%2F"));
        refused("smtps://shop:s3cret?x@relay.test", &raw('?', "%3F"));
        refused("smtps://shop:123?s3cret=x@relay.test", &raw('?', "%3F"));
        refused("smtps://shop:s3cret/@x@relay.test?timeout=1s", &raw('/', "%2F"));
        refused(
            "smtps://shop:s3cret%zz@relay.test",
            "a `%` is not followed by two hexadecimal digits: a plain one is written %25",
        );
        refused("smtps://shop:s3cret", "the port is no number from 1 to 65535");
    }

    #[test]
    fn a_password_in_clear_is_refused_unless_it_is_allowed() {
        let clear = "the password would be sent in clear: use smtp+starttls:// or smtps://, or add insecure_auth=true if the way is safe";
        refused("smtp://shop:s3cret@relay.test", clear);
        refused("smtp://shop:s3cret@127.0.0.1", clear);
        refused("smtp://shop:s3cret@relay.test?tls=opportunistic", clear);
        assert!(SmtpSettings::from_url("smtp://u:p@relay.test?insecure_auth=true").is_ok());
        assert!(SmtpSettings::from_url("smtp+starttls://u:p@relay.test").is_ok());
    }

    #[test]
    fn a_port_that_does_not_fit_names_the_right_scheme() {
        let said = |scheme: &str| {
            format!("port 465 speaks TLS from the first byte: use smtps:// instead of {scheme}://")
        };
        refused("smtp+starttls://relay.test:465", &said("smtp+starttls"));
        refused("smtp://relay.test:465", &said("smtp"));
        refused("smtp://relay.test:0", "the port is no number from 1 to 65535");
        refused("smtp://relay.test:99999", "the port is no number from 1 to 65535");
    }

    #[test]
    fn a_wrong_key_says_the_nearest_right_one() {
        refused("smtp://r.test?timout=1s", "unknown key `timout`: did you mean `timeout`?");
        refused("smtp://r.test?timeout=1s&timeout=2s", "the key `timeout` stands twice");
        refused(
            "smtp://r.test?timeout=10",
            "`timeout` must be a duration above zero, such as 500ms, 10s, 5m or 1h",
        );
        refused(
            "smtp://r.test?rate=0/m",
            "`rate` must be a number and a unit, such as 10/s, 600/m or 1000/h",
        );
        refused("smtp://r.test?connections=0", "`connections` must be a number from 1 to 1000");
        refused(
            "smtps://r.test?tls=opportunistic",
            "`tls` goes with smtp:// only: this scheme requires TLS",
        );
        refused(
            "smtp://r.test?tls=none",
            "`tls` must be `opportunistic`; smtp+starttls:// and smtps:// require TLS",
        );
    }

    #[test]
    fn a_login_is_whole_or_not_there() {
        refused(
            "smtps://shop@relay.test",
            "there is a user name without a password: USER:PASSWORD@HOST",
        );
        refused(
            "smtps://:s3cret@relay.test",
            "there is a password without a user name: USER:PASSWORD@HOST",
        );
        refused("smtps://relay.test?auth=plain", "`auth` needs a user name: USER:PASSWORD@HOST");
        refused(
            "smtp://relay.test?insecure_auth=true",
            "`insecure_auth` needs a user name: USER:PASSWORD@HOST",
        );
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        refused("smtp://", "the host is missing: smtp://HOST:PORT");
        refused("smtps://:465", "the host is missing: smtps://HOST:PORT");
        refused("smtp://a b", "the host is no name and no IP address");
        refused("smtp://r.test/path", "nothing may stand between the host and the `?`");
        assert_eq!(SmtpSettings::from_url("smtp://[::1]").unwrap().host(), "[::1]:25");
        assert_eq!(
            SmtpSettings::from_url("smtp://bücher.test/").unwrap().host(),
            "xn--bcher-kva.test:25"
        );
    }

    #[test]
    fn a_local_address_is_one_of_the_hosts_kind() {
        let expected = "`local_address` must be an IP address of this machine, such as 192.0.2.7 or 2001:db8::7";
        for wrong in ["", "localhost", "192.0.2", "192.0.2.7:25", "[::1]", "0.0.0.0", "::", "eth0"]
        {
            refused(&format!("smtp://r.test?local_address={wrong}"), expected);
        }
        let other = "`local_address` and the host must be of one kind, IPv4 or IPv6";
        refused("smtp://192.0.2.1?local_address=::1", other);
        refused("smtp://[::1]?local_address=127.0.0.1", other);
        for right in ["[::1]?local_address=::1", "r.test?local_address=2001:db8::7"] {
            assert!(SmtpSettings::from_url(&format!("smtp://{right}")).is_ok(), "{right}");
        }
    }

    #[test]
    fn an_ehlo_name_cannot_hold_a_command() {
        for wrong in ["a%0d%0aMAIL", "a%20b", "a%00", "a>b", "[1.2.3]", ""] {
            assert!(SmtpSettings::from_url(&format!("smtp://r.test?helo={wrong}")).is_err());
        }
        assert!(SmtpSettings::from_url("smtp://r.test?helo=[IPv6:::1]").is_ok());
    }
}
