//! The page in the making: for which host, for whom, and how much of it.

use std::fmt;
use std::path::PathBuf;

use axum::Router;
use axum::http::request::Parts;

use super::access::Visitor;
use super::app::{App, Door, Options};
use super::guard::Hosts;
use super::login::Login;
use super::routing;
use crate::adapter::AllowRule;
use crate::host::MailHost;
use crate::testing::DEFAULT_DIR;

/// The page of a host, for whoever `authorize` lets in; nothing is shown without asking it.
///
/// Mount it by [`Router::nest`] under any prefix. For more than the defaults see [`Manage`].
///
/// # Examples
///
/// ```
/// use mailmethod::manage::{self, Access};
/// use mailmethod::{MailHost, MailMethods};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let methods = MailMethods::from_embedded::<String, String>([])?;
/// let host = MailHost::builder().methods(methods).build()?;
/// let app: axum::Router = axum::Router::new().nest(
///     "/mail",
///     manage::router(&host, |request: &manage::Parts| match request.headers.get("x-user") {
///         Some(_) => Access::ReadOnly,
///         None => Access::Deny,
///     }),
/// );
/// # Ok(())
/// # }
/// ```
pub fn router<V: Into<Visitor>>(
    host: &MailHost,
    authorize: impl Fn(&Parts) -> V + Send + Sync + 'static,
) -> Router {
    Manage::new(host, authorize).router()
}

/// The page of a host, in the making.
///
/// # Examples
///
/// ```
/// use mailmethod::manage::{Hosts, Login, Manage};
/// use mailmethod::{MailHost, MailMethods};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let methods = MailMethods::from_embedded::<String, String>([])?;
/// let host = MailHost::builder().methods(methods).build()?;
/// let login = Login::new(8225);
/// println!("http://127.0.0.1:8225/{}", login.link());
/// let page = Manage::with_login(&host, login).hosts(Hosts::loopback()).development().router();
/// # Ok(())
/// # }
/// ```
pub struct Manage {
    host: MailHost,
    options: Options,
}

impl Manage {
    /// The page for whoever `authorize` lets in: it sees each request's head, with what the
    /// application's own middleware has put into its extensions.
    #[must_use]
    pub fn new<V: Into<Visitor>>(
        host: &MailHost,
        authorize: impl Fn(&Parts) -> V + Send + Sync + 'static,
    ) -> Self {
        let authorize = move |parts: &Parts| authorize(parts).into();
        Self::behind(host, Door::Application(Box::new(authorize)))
    }

    /// The page for whoever comes in by a login of its own.
    #[must_use]
    pub fn with_login(host: &MailHost, login: Login) -> Self {
        Self::behind(host, Door::Login(login))
    }

    fn behind(host: &MailHost, door: Door) -> Self {
        let options = Options {
            door,
            hosts: Hosts::any(),
            api_token: None,
            development: false,
            hide_bodies: false,
            testers: Vec::new(),
            goldens: PathBuf::from(DEFAULT_DIR),
            note: None,
        };
        Self { host: host.clone(), options }
    }

    /// Answers only under these names. Default: any, which is for applications that look at the
    /// host themselves.
    #[must_use]
    pub fn hosts(mut self, hosts: Hosts) -> Self {
        self.options.hosts = hosts;
        self
    }

    /// Switches the API on, for whoever sends this token; an empty one leaves it off.
    #[must_use]
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.options.api_token = Some(token.into()).filter(|token| !token.is_empty());
        self
    }

    /// Shows the mail methods as their files are now, broken ones too, and lets people save samples.
    #[must_use]
    pub fn development(mut self) -> Self {
        self.options.development = true;
        self
    }

    /// Shows no content of queued mails: no body, source or attachment, no arguments, and of the
    /// headers only subject and addresses.
    #[must_use]
    pub fn hide_bodies(mut self) -> Self {
        self.options.hide_bodies = true;
        self
    }

    /// Who may get a test mail. Default: whom the settings' `allow` names, and nobody else.
    #[must_use]
    pub fn testers(mut self, rules: impl IntoIterator<Item = AllowRule>) -> Self {
        self.options.testers = rules.into_iter().collect();
        self
    }

    /// Where the goldens are. Default: `tests/golden`.
    #[must_use]
    pub fn goldens(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.goldens = folder.into();
        self
    }

    /// Shows these words at the top of every page.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.options.note = Some(note.into());
        self
    }

    /// The page, to be mounted or [served](super::serve).
    pub fn router(self) -> Router {
        routing::routes(App::new(self.host, self.options))
    }
}

impl fmt::Debug for Manage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manage").field("host", &self.host).finish_non_exhaustive()
    }
}
