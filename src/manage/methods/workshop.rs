//! The workshop: the mail methods as the page sees them.
//!
//! In development these are the files as they are now, sound or not, so that what
//! is broken can be seen; the host itself keeps the last sound ones. Elsewhere
//! they are the host's own.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::host::MailHost;
use crate::method::MailMethods;
use crate::source::Finding;

/// How often the files are looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// The mail methods as the page sees them. Clones share them.
#[derive(Clone)]
pub(in crate::manage) struct Workshop(Arc<Shared>);

struct Shared {
    host: MailHost,
    bench: Option<Mutex<Bench>>,
    checks: Mutex<Checks>,
}

/// What was found in methods, as long as their files stay as they are.
#[derive(Default)]
struct Checks {
    state: BTreeMap<String, Option<u64>>,
    found: BTreeMap<String, Vec<Finding>>,
}

/// Methods that are being worked on.
struct Bench {
    methods: MailMethods,
    /// When the files were looked at last; nothing if they are to be looked at anew.
    looked: Option<Instant>,
    /// What was told last of each method: a hash of its files, or nothing if it is broken.
    told: BTreeMap<String, Option<u64>>,
}

impl Workshop {
    pub(in crate::manage) fn new(host: &MailHost, development: bool) -> Self {
        let bench = development.then(|| {
            let methods = host.methods();
            Mutex::new(Bench { told: told(&methods), methods, looked: Some(Instant::now()) })
        });
        Self(Arc::new(Shared { host: host.clone(), bench, checks: Mutex::default() }))
    }

    /// The methods as they are now.
    pub(in crate::manage) async fn methods(&self) -> MailMethods {
        if self.0.bench.is_none() {
            return self.0.host.methods();
        }
        let own = self.clone();
        let looked = tokio::task::spawn_blocking(move || own.look());
        looked.await.unwrap_or_else(|_ended| self.0.host.methods())
    }

    /// Has the files looked at anew for whoever asks next, because one was just written.
    pub(in crate::manage) fn written(&self) {
        if let Some(bench) = &self.0.bench {
            bench.lock().unwrap_or_else(PoisonError::into_inner).looked = None;
        }
    }

    /// Which methods have changed since somebody last asked, and whether they are sound.
    pub(in crate::manage) async fn changes(&self) -> Vec<(String, bool)> {
        let Some(bench) = &self.0.bench else { return Vec::new() };
        let now = told(&self.methods().await);
        let mut bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut bench.told, now);
        let changed = bench.told.iter().filter(|(name, state)| before.get(*name) != Some(state));
        let mut changes: Vec<(String, bool)> =
            changed.map(|(name, state)| (name.clone(), state.is_some())).collect();
        let gone = before.into_keys().filter(|name| !bench.told.contains_key(name));
        changes.extend(gone.map(|name| (name, false)));
        changes
    }

    /// What a check of a method finds; each is checked once for a state of the files.
    pub(in crate::manage) async fn checks(&self, name: &str) -> Vec<Finding> {
        let methods = self.methods().await;
        let (own, name) = (self.clone(), name.to_owned());
        let checked = tokio::task::spawn_blocking(move || own.checked(&methods, &name));
        checked.await.unwrap_or_default()
    }

    fn checked(&self, methods: &MailMethods, name: &str) -> Vec<Finding> {
        let state = told(methods);
        let mut checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner);
        if checks.state != state {
            *checks = Checks { state, found: BTreeMap::new() };
        }
        if let Some(found) = checks.found.get(name) {
            return found.clone();
        }
        let found = methods.check(&[name]).map(|report| report.findings).unwrap_or_default();
        checks.found.insert(name.to_owned(), found.clone());
        found
    }

    fn look(&self) -> MailMethods {
        let Some(bench) = &self.0.bench else { return self.0.host.methods() };
        let mut bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
        if bench.looked.is_none_or(|at| at.elapsed() >= GLANCE) {
            if bench.methods.inspect_if_changed() {
                // What is not sound is shown by the page, and not sent.
                drop(self.0.host.reload_if_changed());
            }
            bench.looked = Some(Instant::now());
        }
        bench.methods.clone()
    }
}

fn told(methods: &MailMethods) -> BTreeMap<String, Option<u64>> {
    let sound = methods.iter().map(|method| {
        let mut hasher = DefaultHasher::new();
        method.sources().into_iter().for_each(|file| (file.name, file.text).hash(&mut hasher));
        (method.name().to_owned(), Some(hasher.finish()))
    });
    sound.chain(methods.broken().map(|name| (name.to_owned(), None))).collect()
}

impl fmt::Debug for Workshop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workshop").field("development", &self.0.bench.is_some()).finish()
    }
}
