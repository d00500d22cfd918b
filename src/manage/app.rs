//! The state of the page, which all requests share.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::request::Parts;
use axum::response::Html;
use jiff::tz::TimeZone;
use minijinja::{Value, context};
use tokio::time::timeout;

use super::access::{Permission, Visitor};
use super::assets::ASSETS;
use super::form::Drafts;
use super::guard::Hosts;
use super::live::Live;
use super::login::Login;
use super::methods::{Turns, Workshop};
use super::pages::Ages;
use super::problem::Problem;
use super::secret;
use super::views::Views;
use super::visit::Visit;
use super::when::Clock;
use crate::adapter::AllowRule;
use crate::host::MailHost;
use crate::message::Stamp;
use crate::queue::{EntryId, QueueError, Store, View};

/// How long a page waits for the database.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it waits for what is beside the point: the numbers in its head.
const GLANCE: Duration = Duration::from_secs(2);

/// For how long somebody who looks at a mail again looks at it still.
const LOOK: Duration = Duration::from_secs(600);
/// How many looks are remembered.
const LOOKS: usize = 2_000;

/// Who is let in.
pub(super) enum Door {
    /// Whoever the application says.
    Application(Box<dyn Fn(&Parts) -> Visitor + Send + Sync>),
    /// Whoever has logged in here.
    Login(Login),
}

/// How the page was set up.
pub(super) struct Options {
    pub(super) door: Door,
    pub(super) hosts: Hosts,
    pub(super) api_token: Option<String>,
    pub(super) development: bool,
    pub(super) hide_bodies: bool,
    pub(super) testers: Vec<AllowRule>,
    pub(super) goldens: PathBuf,
    pub(super) note: Option<String>,
}

/// The state of the page. Clones share it.
#[derive(Clone)]
pub(super) struct App(Arc<Shared>);

struct Shared {
    host: MailHost,
    options: Options,
    views: Views,
    key: String,
    live: Live,
    ages: Ages,
    workshop: Workshop,
    drafts: Drafts,
    turns: Turns,
    /// Who has looked at the content of which mail, lately.
    looks: Mutex<VecDeque<(String, EntryId, Instant)>>,
}

impl App {
    pub(super) fn new(host: MailHost, options: Options) -> Self {
        let workshop = Workshop::new(&host, options.development);
        Self(Arc::new(Shared {
            live: Live::new(host.clone(), workshop.clone()),
            host,
            options,
            views: Views::new(),
            key: secret::word(),
            ages: Ages::default(),
            workshop,
            drafts: Drafts::default(),
            turns: Turns::default(),
            looks: Mutex::default(),
        }))
    }

    pub(super) fn host(&self) -> &MailHost {
        &self.0.host
    }

    pub(super) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(super) fn hosts(&self) -> &Hosts {
        &self.0.options.hosts
    }

    pub(super) fn api_token(&self) -> Option<&str> {
        self.0.options.api_token.as_deref()
    }

    pub(super) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(super) fn ages(&self) -> &Ages {
        &self.0.ages
    }

    pub(super) fn workshop(&self) -> &Workshop {
        &self.0.workshop
    }

    pub(super) fn drafts(&self) -> &Drafts {
        &self.0.drafts
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// The login, where the page has one of its own.
    pub(super) fn login(&self) -> Option<&Login> {
        match &self.0.options.door {
            Door::Login(login) => Some(login),
            Door::Application(_) => None,
        }
    }

    pub(super) fn takes_token(&self) -> bool {
        self.login().is_some_and(Login::has_token)
    }

    /// Who asks.
    pub(super) fn visitor(&self, parts: &Parts) -> Visitor {
        match &self.0.options.door {
            Door::Application(authorize) => authorize(parts),
            Door::Login(login) => login.visitor(&parts.headers),
        }
    }

    /// What a stranger is told.
    pub(super) fn stranger(&self) -> Problem {
        if self.login().is_some() { Problem::stranger() } else { Problem::denied() }
    }

    /// What proves that a form of a visitor is ours.
    pub(super) fn proof(&self, visitor: &Visitor) -> String {
        secret::proof(&self.0.key, visitor.name())
    }

    /// The store of the queue.
    pub(super) async fn store(&self) -> Result<Store, Problem> {
        self.patiently(self.0.host.store()).await
    }

    /// Waits for the database, but not for ever.
    pub(super) async fn patiently<T>(
        &self,
        work: impl Future<Output = Result<T, QueueError>>,
    ) -> Result<T, Problem> {
        match timeout(PATIENCE, work).await {
            Ok(done) => done.map_err(Problem::from),
            Err(_late) => Err(Problem::late()),
        }
    }

    /// Waits for a change of one thing, but not for ever; what was asked for stays asked for.
    pub(super) async fn changing<T>(
        &self,
        work: impl Future<Output = Result<T, QueueError>>,
    ) -> Result<T, Problem> {
        match timeout(PATIENCE, work).await {
            Ok(done) => done.map_err(Problem::from),
            Err(_late) => Err(Problem::pending()),
        }
    }

    /// Writes down that somebody has looked at the content of a mail; once for a while.
    pub(super) async fn looked(&self, store: &Store, actor: &str, id: EntryId) {
        let new = {
            let mut looks = self.0.looks.lock().unwrap_or_else(PoisonError::into_inner);
            while looks.front().is_some_and(|(.., at)| at.elapsed() > LOOK) || looks.len() > LOOKS {
                looks.pop_front();
            }
            let known = looks.iter().any(|(who, what, _)| who == actor && *what == id);
            if !known {
                looks.push_back((actor.to_owned(), id, Instant::now()));
            }
            !known
        };
        if new {
            // Whoever may look is not kept from it by a record that cannot be written.
            drop(timeout(GLANCE, store.audit(actor, "look", &id.to_string(), 1)).await);
        }
    }

    /// The time zone of the settings.
    pub(super) fn zone(&self) -> TimeZone {
        self.0.host.settings().rendering.timezone.clone()
    }

    /// Tells times as they are seen now.
    pub(super) fn clock(&self) -> Clock {
        Clock { now: Stamp::time(), zone: self.zone() }
    }

    /// Renders a page: its own values, and what every page has.
    pub(super) async fn render(
        &self,
        visit: &Visit,
        template: &str,
        own: Value,
    ) -> Result<Html<String>, Problem> {
        let counts = match visit.visitor().may_look() {
            true => timeout(GLANCE, self.0.live.counts()).await.ok().and_then(Result::ok),
            false => None,
        };
        let counts = counts.as_ref().map(|counts| {
            let named = counts.views.iter().map(|(view, count)| (view.as_str(), *count));
            named.collect::<std::collections::BTreeMap<&str, u64>>()
        });
        let may: std::collections::BTreeMap<&str, bool> = Permission::ALL
            .into_iter()
            .map(|one| (one.as_str(), visit.visitor().may(one)))
            .collect();
        let options = &self.0.options;
        let all = context! {
            root => &visit.root,
            path => &visit.path,
            here => visit.here(),
            theme => visit.theme,
            seen => visit.seen,
            proof => &visit.proof,
            actor => visit.actor(),
            inside => visit.visitor().may_look(),
            own_login => self.login().is_some(),
            may,
            counts,
            views => View::ALL.iter().map(|view| view.as_str()).collect::<Vec<_>>(),
            style => &ASSETS.style.name,
            script => &ASSETS.script.name,
            icon_file => &ASSETS.icon().name,
            version => env!("CARGO_PKG_VERSION"),
            zone => self.zone().iana_name().unwrap_or("UTC"),
            note => &options.note,
            development => options.development,
            ..own
        };
        let rendered = self.0.views.render(template, &all);
        rendered.map(Html).map_err(|error| Problem::ours("A template of the page failed", &error))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("host", &self.0.host).finish_non_exhaustive()
    }
}
