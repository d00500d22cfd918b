//! The login of `mailmethod serve`: a URL that works once, and the session that it opens.
//!
//! An application that mounts the page has users of its own and needs none of
//! this. Sessions live in memory and end with the process.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

use super::access::{Access, Visitor};
use super::secret;

/// How many sessions there are at most; the oldest makes room.
const SESSIONS: usize = 32;
/// How long a session lasts.
const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// How many wrong tokens are taken within a minute before nobody is listened to.
const PATIENCE: usize = 10;

/// Who may come in without a user database: whoever has the one-time URL, or the token.
///
/// Clones share their sessions.
///
/// # Examples
///
/// ```
/// use mailmethod::manage::Login;
///
/// let login = Login::new(8225);
/// assert!(login.link().starts_with("login?once="));
/// ```
#[derive(Clone)]
pub struct Login(Arc<Doors>);

struct Doors {
    cookie: String,
    token: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// One-time words that nobody has used yet.
    open: VecDeque<String>,
    /// One-time words that were used, to tell people so.
    used: VecDeque<String>,
    sessions: VecDeque<(String, Instant)>,
    failures: VecDeque<Instant>,
}

/// What came of a one-time word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The value of the cookie of a new session.
    In(String),
    /// Somebody has used it.
    Used,
    /// Nobody gave it out.
    Unknown,
}

/// What came of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenEntry {
    In(String),
    Wrong,
    TooMany,
    NoToken,
}

impl Login {
    /// A login for the page at this port: cookies do not tell ports apart, so their name does.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self::with(port, None)
    }

    /// A login that also lets in whoever types this token.
    #[must_use]
    pub fn with_token(port: u16, token: impl Into<String>) -> Self {
        Self::with(port, Some(token.into()))
    }

    fn with(port: u16, token: Option<String>) -> Self {
        let cookie = format!("mailmethod-{port}");
        Self(Arc::new(Doors { cookie, token, state: Mutex::default() }))
    }

    /// A link that opens one session, relative to where the page is: `login?once=…`.
    #[must_use]
    pub fn link(&self) -> String {
        let once = secret::word();
        let mut state = self.state();
        state.open.push_back(once.clone());
        if state.open.len() > SESSIONS {
            state.open.pop_front();
        }
        format!("login?once={once}")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_token(&self) -> bool {
        self.0.token.is_some()
    }

    /// Uses a one-time word up.
    pub(super) fn enter(&self, once: &str) -> Entry {
        let mut state = self.state();
        let Some(place) = state.open.iter().position(|open| secret::equal(open, once)) else {
            let used = state.used.iter().any(|used| secret::equal(used, once));
            return if used { Entry::Used } else { Entry::Unknown };
        };
        state.open.remove(place);
        state.used.push_back(once.to_owned());
        if state.used.len() > SESSIONS {
            state.used.pop_front();
        }
        Entry::In(self.session(&mut state))
    }

    /// Opens a session for whoever knows the token.
    pub(super) fn enter_by_token(&self, given: &str) -> TokenEntry {
        let Some(token) = &self.0.token else { return TokenEntry::NoToken };
        let mut state = self.state();
        let minute = Duration::from_secs(60);
        while state.failures.front().is_some_and(|failure| failure.elapsed() > minute) {
            state.failures.pop_front();
        }
        if state.failures.len() >= PATIENCE {
            return TokenEntry::TooMany;
        }
        if !secret::equal(token, given) {
            state.failures.push_back(Instant::now());
            return TokenEntry::Wrong;
        }
        TokenEntry::In(self.session(&mut state))
    }

    fn session(&self, state: &mut State) -> String {
        let word = secret::word();
        state.sessions.retain(|(_, begun)| begun.elapsed() < LIFETIME);
        state.sessions.push_back((word.clone(), Instant::now()));
        if state.sessions.len() > SESSIONS {
            state.sessions.pop_front();
        }
        format!("{}={word}; HttpOnly; SameSite=Strict; Path=/", self.0.cookie)
    }

    /// Who sends these headers.
    pub(super) fn visitor(&self, headers: &HeaderMap) -> Visitor {
        let state = self.state();
        let known = cookies(headers, &self.0.cookie).any(|given| {
            state
                .sessions
                .iter()
                .any(|(session, begun)| begun.elapsed() < LIFETIME && secret::equal(session, given))
        });
        Visitor::new("operator", if known { Access::Full } else { Access::Deny })
    }

    /// Ends the session that these headers belong to; gives the cookie that says so.
    pub(super) fn leave(&self, headers: &HeaderMap) -> String {
        let mut state = self.state();
        let given: Vec<&str> = cookies(headers, &self.0.cookie).collect();
        state.sessions.retain(|(session, _)| !given.iter().any(|one| secret::equal(session, one)));
        format!("{}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0", self.0.cookie)
    }
}

/// The values of the cookies of a name.
pub(super) fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Login").field(&self.0.cookie).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Login, TokenEntry};
    use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

    fn headers(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        let value = HeaderValue::from_str(&format!("other=1; {pair}")).unwrap();
        HeaderMap::from_iter([(COOKIE, value)])
    }

    #[test]
    fn a_link_opens_one_session_and_is_used_up() {
        let login = Login::new(1);
        let link = login.link();
        let once = link.strip_prefix("login?once=").unwrap();
        let Entry::In(cookie) = login.enter(once) else { panic!("it is new") };
        assert!(login.visitor(&headers(&cookie)).may_look());
        assert_eq!(login.enter(once), Entry::Used);
        assert_eq!(login.enter("x"), Entry::Unknown);
        assert!(!login.visitor(&HeaderMap::new()).may_look());
        assert!(!login.visitor(&headers("mailmethod-1=x")).may_look());
        login.leave(&headers(&cookie));
        assert!(!login.visitor(&headers(&cookie)).may_look());
    }

    #[test]
    fn who_guesses_tokens_is_not_listened_to_for_a_while() {
        let login = Login::with_token(1, "right");
        assert!(matches!(login.enter_by_token("right"), TokenEntry::In(_)));
        for _ in 0..10 {
            assert_eq!(login.enter_by_token("wrong"), TokenEntry::Wrong);
        }
        assert_eq!(login.enter_by_token("right"), TokenEntry::TooMany);
        assert_eq!(Login::new(1).enter_by_token(""), TokenEntry::NoToken);
    }
}
