//! Unsubscribing in one click: the link in a mail, its signed token, and the check of it.
//!
//! A token names who unsubscribes from which list, and the day on which the mail
//! was made, under a key of the application: whoever has the mail can unsubscribe
//! its recipient from that list, and nobody else from anything. No clock is asked
//! here, and nothing is stored; the application keeps its lists itself.
//!
//! RFC 8058 (one click), RFC 2369 (List-Unsubscribe), RFC 2104 (HMAC).

mod error;
mod token;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

pub use error::{TokenError, UnsubscribeError};

/// What stands in previews in the place of a token. It is the same in all of them and unsubscribes
/// nobody.
pub const PREVIEW_TOKEN: &str = "preview-unsubscribe-token";

/// Where the token belongs in a URL.
const TOKEN: &str = "{token}";
/// The shortest key, in octets.
const KEY_LIMIT: usize = 16;
/// The longest name of a list, in octets.
const LIST_LIMIT: usize = 64;
/// How long a token holds where nothing else is said.
const DAYS: u16 = 365;

/// Where an application takes one-click unsubscribing, and the keys that sign its tokens.
///
/// # Examples
///
/// ```
/// use mailmethod::unsubscribe::{TokenError, Unsubscribe};
/// use mailmethod::{Call, MailMethods, Stamp, render};
///
/// let unsubscribe = Unsubscribe::new("https://shop.example.test/u")?.key("a key of the application")?;
/// let settings = render::Settings { unsubscribe: Some(unsubscribe.clone().into()), ..Default::default() };
/// let methods = MailMethods::from_embedded_with(
///     [(
///         "news.yaml",
///         "arguments: {to: address}\nunsubscribe: trail-notes\n\
///          headers: {from: shop@example.test, to: '{{ to }}', subject: News}\ntext: '{{ unsubscribe_url() }}'",
///     )],
///     settings,
///     Default::default(),
/// )?;
/// let preview = methods.call(&Call::new("news").arg("to", "ada@example.test")?)?;
/// assert_eq!(preview.text(), Some("https://shop.example.test/u/preview-unsubscribe-token\n"));
///
/// // What is sent has a token of its own; sealing takes its day from the stamp.
/// let sent = preview.stamped(&Stamp::now())?;
/// let url = sent.text().unwrap_or_default().trim();
/// assert_eq!(sent.header("List-Unsubscribe").unwrap(), format!("<{url}>"));
/// assert_eq!(sent.header("List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
///
/// // What the application does when the URL is posted to:
/// let token = url.trim_start_matches("https://shop.example.test/u/");
/// let subscription = unsubscribe.verify(token, Stamp::now().date())?;
/// assert_eq!((subscription.recipient.as_str(), subscription.list.as_str()), ("ada@example.test", "trail-notes"));
/// assert_eq!(unsubscribe.verify("forged", Stamp::now().date()), Err(TokenError::Malformed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Unsubscribe {
    /// The URL with `{token}` in it.
    url: Arc<str>,
    mailto: Option<Arc<str>>,
    /// The first signs, all verify.
    keys: Vec<Arc<[u8]>>,
    /// Why there is no key.
    missing: Arc<str>,
    days: u16,
}

impl Unsubscribe {
    /// Takes the URL that mail programs post to and people open: the token stands where it says
    /// `{token}`, else behind a slash at its end.
    ///
    /// # Errors
    ///
    /// [`UnsubscribeError::Url`] unless it is an absolute https URL (http for `localhost`) with
    /// the token in its path or query.
    pub fn new(url: &str) -> Result<Self, UnsubscribeError> {
        let refused = |reason| UnsubscribeError::Url { url: url.to_owned(), reason };
        let parsed = Url::parse(url.trim()).map_err(|_ignored| refused("is no absolute URL"))?;
        let local = parsed.host_str() == Some("localhost");
        if parsed.scheme() != "https" && !(local && parsed.scheme() == "http") {
            return Err(refused("does not begin with https://"));
        }
        if parsed.fragment().is_some() || !parsed.username().is_empty() {
            return Err(refused("has a fragment or a user name"));
        }
        // The parser has encoded the braces of the path.
        let mut whole = parsed.as_str().replace("%7Btoken%7D", TOKEN);
        if !whole.contains(TOKEN) {
            if parsed.query().is_some() {
                return Err(refused("has a query without `{token}` in it"));
            }
            whole = format!("{}/{TOKEN}", whole.trim_end_matches('/'));
        }
        let behind_host = whole.find(TOKEN) > whole.find(parsed.path());
        if !behind_host || whole.matches(TOKEN).count() > 1 {
            return Err(refused("has `{token}` twice, or not behind its host"));
        }
        let missing = "no key is set";
        Ok(Self {
            url: whole.into(),
            mailto: None,
            keys: Vec::new(),
            missing: missing.into(),
            days: DAYS,
        })
    }

    /// Adds a key of at least 16 octets. The first one signs, and tokens of all of them hold, so
    /// that a key can be replaced while mails of the old one are still read.
    ///
    /// # Errors
    ///
    /// [`UnsubscribeError::Key`] if it is shorter.
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Result<Self, UnsubscribeError> {
        let key = key.as_ref();
        if key.len() < KEY_LIMIT {
            return Err(UnsubscribeError::Key { found: key.len() });
        }
        self.keys.push(key.into());
        Ok(self)
    }

    /// Says why there is no key yet; it is told where one is needed.
    #[must_use]
    pub fn without_key(mut self, reason: &str) -> Self {
        self.missing = reason.into();
        self
    }

    /// Takes unsubscribing by mail as well: to this address, with the token as its subject.
    ///
    /// # Errors
    ///
    /// [`UnsubscribeError::Mailto`] if it is no plain address.
    pub fn mailto(mut self, address: &str) -> Result<Self, UnsubscribeError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"@.-_+".contains(&b);
        let parts = address.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        if !parts || !address.bytes().all(plain) {
            return Err(UnsubscribeError::Mailto { address: address.to_owned() });
        }
        self.mailto = Some(address.into());
        Ok(self)
    }

    /// How many days a token holds, from the day of its mail; 365 if nothing is said.
    ///
    /// Laws want that a link works for a month at least (in the United States 30 days), and
    /// readers expect that it always does.
    #[must_use]
    pub const fn days(mut self, days: u16) -> Self {
        self.days = days;
        self
    }

    /// The URL with a token in it.
    #[must_use]
    pub fn url(&self, token: &str) -> String {
        self.url.replace(TOKEN, token)
    }

    /// The value of List-Unsubscribe with a token in it.
    #[must_use]
    pub fn header(&self, token: &str) -> String {
        let url = self.url(token);
        match &self.mailto {
            Some(address) => format!("<{url}>, <mailto:{address}?subject={token}>"),
            None => format!("<{url}>"),
        }
    }

    /// Signs the token of a mail that was made at a moment.
    ///
    /// The day is that of UTC. The same values give the same token.
    ///
    /// # Errors
    ///
    /// [`UnsubscribeError::NoKey`]; [`UnsubscribeError::List`] for what is no name of a list.
    pub fn token(
        &self,
        recipient: &str,
        list: &str,
        made: Timestamp,
    ) -> Result<String, UnsubscribeError> {
        check_list(list)?;
        let Some(key) = self.keys.first() else {
            return Err(UnsubscribeError::NoKey { reason: self.missing.to_string() });
        };
        let day = made.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(token::signed(key, recipient, list, day))
    }

    /// Checks a token that came back, at this moment.
    ///
    /// The comparison takes the same time whatever the token is.
    ///
    /// # Errors
    ///
    /// [`TokenError`]: it was cut or never was one, it is signed by no key of ours for exactly
    /// this recipient, list and day, or it is too old.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Subscription, TokenError> {
        if self.keys.is_empty() {
            return Err(TokenError::NoKey { reason: self.missing.to_string() });
        }
        let keys = self.keys.iter().map(AsRef::as_ref);
        let subscription = token::verified(keys, token)?;
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let age = (today - subscription.issued).get_days();
        if age > i32::from(self.days) {
            return Err(TokenError::Expired { issued: subscription.issued });
        }
        Ok(subscription)
    }
}

impl fmt::Debug for Unsubscribe {
    /// Shows no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsubscribe")
            .field("url", &self.url)
            .field("mailto", &self.mailto)
            .field("keys", &self.keys.len())
            .field("days", &self.days)
            .finish_non_exhaustive()
    }
}

/// Who unsubscribes from what: a token that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// The address that the mail went to, with its domain in lower-case A-labels.
    pub recipient: String,
    /// The list, as the method's key `unsubscribe` names it.
    pub list: String,
    /// The day of the mail, in UTC.
    pub issued: Date,
}

/// Checks the name of a list: 1 to 64 letters, digits, `.`, `-`, `_` and `/`.
///
/// # Errors
///
/// [`UnsubscribeError::List`].
pub(crate) fn check_list(list: &str) -> Result<(), UnsubscribeError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_/".contains(&b);
    if (1..=LIST_LIMIT).contains(&list.len()) && list.bytes().all(plain) {
        return Ok(());
    }
    Err(UnsubscribeError::List { list: list.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{TokenError, Unsubscribe, UnsubscribeError};
    use jiff::Timestamp;

    const MADE: &str = "2026-12-07T23:59:59Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn settings() -> Unsubscribe {
        Unsubscribe::new("https://shop.test/u").unwrap().key("0123456789abcdef").unwrap()
    }

    fn token() -> String {
        settings().token("ada@x.test", "news", at(MADE)).unwrap()
    }

    #[test]
    fn a_token_says_who_from_what_and_since_when() {
        let found = settings().verify(&token(), at(MADE)).unwrap();
        assert_eq!((found.recipient.as_str(), found.list.as_str()), ("ada@x.test", "news"));
        assert_eq!(found.issued.to_string(), "2026-12-07");
        assert_eq!(token(), token());
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        assert!(token().bytes().all(plain), "{}", token());
    }

    #[test]
    fn a_token_expires_with_its_days_and_not_before() {
        let settings = settings().days(30);
        assert!(settings.verify(&token(), at("2027-01-06T23:59:59Z")).is_ok());
        let late = settings.verify(&token(), at("2027-01-07T00:00:00Z")).unwrap_err();
        assert_eq!(late.to_string(), "the token is of 2026-12-07 and holds no more");
        // A clock that is a little behind is no reason to refuse somebody.
        assert!(settings.verify(&token(), at("2026-12-06T00:00:00Z")).is_ok());
    }

    #[test]
    fn no_other_octet_anywhere_makes_a_token() {
        let token = token();
        for at_byte in 0..token.len() {
            for other in ["A", "b", "0", "_", "-", "=", ".", "ä"] {
                let mut forged = token.clone();
                forged.replace_range(at_byte..=at_byte, other);
                if forged != token {
                    assert!(settings().verify(&forged, at(MADE)).is_err(), "{forged}");
                }
            }
        }
    }

    #[test]
    fn a_token_that_was_cut_or_grew_is_refused() {
        let token = token();
        for end in 0..token.len() {
            assert!(settings().verify(token.get(..end).unwrap(), at(MADE)).is_err(), "{end}");
        }
        for grown in
            [format!("{token}A"), format!("{token}="), format!("{token} "), token.repeat(2)]
        {
            assert!(settings().verify(&grown, at(MADE)).is_err(), "{grown}");
        }
        assert_eq!(settings().verify("", at(MADE)), Err(TokenError::Malformed));
        assert_eq!(settings().verify(&"A".repeat(1_000_000), at(MADE)), Err(TokenError::Malformed));
        assert_eq!(settings().verify(super::PREVIEW_TOKEN, at(MADE)), Err(TokenError::Malformed));
    }

    #[test]
    fn a_token_of_another_key_recipient_or_list_is_another_token() {
        let other =
            Unsubscribe::new("https://shop.test/u").unwrap().key("fedcba9876543210").unwrap();
        assert_eq!(other.verify(&token(), at(MADE)), Err(TokenError::Forged));
        assert_ne!(token(), settings().token("eve@x.test", "news", at(MADE)).unwrap());
        // The border between list and recipient is signed as well.
        let one = settings().token("bc@x.test", "a", at(MADE)).unwrap();
        let two = settings().token("c@x.test", "ab", at(MADE)).unwrap();
        assert_ne!(one, two);
    }

    #[test]
    fn a_key_is_replaced_while_old_tokens_hold() {
        let new = Unsubscribe::new("https://shop.test/u").unwrap().key("fedcba9876543210").unwrap();
        let both = new.clone().key("0123456789abcdef").unwrap();
        assert!(both.verify(&token(), at(MADE)).is_ok());
        let signed = both.token("ada@x.test", "news", at(MADE)).unwrap();
        assert!(new.verify(&signed, at(MADE)).is_ok());
    }

    #[test]
    fn without_a_key_nothing_is_signed_and_nothing_holds() {
        let settings =
            Unsubscribe::new("https://shop.test/u").unwrap().without_key("KEY is not set");
        let error = settings.token("ada@x.test", "news", at(MADE)).unwrap_err();
        assert_eq!(error.to_string(), "there is no key for unsubscribe tokens: KEY is not set");
        assert!(matches!(settings.verify(&token(), at(MADE)), Err(TokenError::NoKey { .. })));
        let short = settings.key("short").unwrap_err();
        assert_eq!(short, UnsubscribeError::Key { found: 5 });
    }

    #[test]
    fn a_list_has_a_plain_name() {
        for list in ["", "a b", "a\n", "ä", &"a".repeat(65), "{token}"] {
            assert!(settings().token("ada@x.test", list, at(MADE)).is_err(), "{list}");
        }
        assert!(settings().token("ada@x.test", "news/weekly-2.b_c", at(MADE)).is_ok());
    }

    #[track_caller]
    fn url(text: &str, expected: &str) {
        assert_eq!(Unsubscribe::new(text).unwrap().url("T"), expected);
    }

    #[test]
    fn a_token_stands_where_the_url_says_it_or_at_its_end() {
        url("https://shop.test/u", "https://shop.test/u/T");
        url("https://shop.test/u/", "https://shop.test/u/T");
        url("https://shop.test", "https://shop.test/T");
        url("https://shop.test/{token}/off", "https://shop.test/T/off");
        url("https://shop.test/u?t={token}&x=1", "https://shop.test/u?t=T&x=1");
        url("http://localhost:3000/u", "http://localhost:3000/u/T");
        for wrong in [
            "http://shop.test/u",
            "/u",
            "mailto:a@b.test",
            "https://shop.test/u?x=1",
            "https://shop.test/{token}/{token}",
            "https://shop.test/u#{token}",
            "https://me@shop.test/u",
            "",
        ] {
            assert!(Unsubscribe::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_header_names_the_url_first() {
        let both = settings().mailto("off@shop.test").unwrap();
        assert_eq!(both.header("T"), "<https://shop.test/u/T>, <mailto:off@shop.test?subject=T>");
        for wrong in ["off", "a@b.test>, <x", "a b@c.test", "a@b.test?x=y", "@b.test"] {
            assert!(settings().mailto(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_in_no_debug() {
        assert!(!format!("{:?}", settings()).contains("0123456789abcdef"));
    }
}
