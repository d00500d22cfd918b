//! Live: tells open pages what has changed.
//!
//! One task looks for all of them, and only while somebody listens. It tells ids
//! and numbers, never pages: those are fetched, and authorised, as always.

mod counts;
mod stream;

pub(super) use counts::Counts;
pub(super) use stream::events;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::methods::Workshop;
use crate::host::MailHost;
use crate::queue::{News, QueueError};

/// How often we look: what happens in between is told at once.
const LOOK: Duration = Duration::from_millis(250);
/// Every how many looks the numbers are counted, and a store that cannot tell is asked.
const COUNT: u32 = 4;
/// How many events wait for a page that does not read; one that falls behind starts anew.
const WAITING: usize = 64;
/// How many events a page that comes back can catch up with.
const KEPT: usize = 200;
/// How many pages may listen.
const LISTENERS: usize = 1_000;

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) data: Arc<str>,
}

/// Tells open pages what has changed. Clones are handles of the same.
#[derive(Clone)]
pub(super) struct Live(Arc<Shared>);

struct Shared {
    host: MailHost,
    workshop: Workshop,
    state: Mutex<State>,
    counts: counts::Cache,
}

#[derive(Default)]
struct State {
    listeners: Vec<mpsc::Sender<Event>>,
    kept: VecDeque<Event>,
    last: u64,
    looking: bool,
}

impl Live {
    pub(super) fn new(host: MailHost, workshop: Workshop) -> Self {
        let counts = counts::Cache::default();
        Self(Arc::new(Shared { host, workshop, state: Mutex::default(), counts }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers that every page shows; counted at most twice a second, however many ask.
    pub(super) async fn counts(&self) -> Result<Arc<Counts>, QueueError> {
        self.0.counts.get(&self.0.host).await
    }

    /// The same as they are now, for pages that decide by them what to show.
    pub(super) async fn fresh_counts(&self) -> Result<Arc<Counts>, QueueError> {
        self.0.counts.fresh(&self.0.host).await
    }

    /// Counts anew for the next page: something was done here.
    pub(super) async fn forget(&self) {
        self.0.counts.forget().await;
    }

    /// The number of the event that was told last.
    pub(super) fn last(&self) -> u64 {
        self.state().last
    }

    /// Begins to listen, behind the event that was seen last; `None` if too many listen.
    fn listen(&self, seen: Option<u64>) -> Option<mpsc::Receiver<Event>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let mut state = self.state();
        state.listeners.retain(|listener| !listener.is_closed());
        if state.listeners.len() >= LISTENERS {
            return None;
        }
        let hello = json!({ "version": env!("CARGO_PKG_VERSION"), "seen": state.last });
        let mut greeting =
            vec![Event { id: state.last, name: "hello", data: hello.to_string().into() }];
        if let Some(seen) = seen {
            let complete = seen == state.last
                || state.kept.front().is_some_and(|oldest| {
                    seen.saturating_add(1) >= oldest.id && seen <= state.last
                });
            if complete {
                greeting.extend(
                    state.kept.iter().filter(|event| event.id > seen).take(WAITING - 2).cloned(),
                );
            } else {
                greeting.push(Event { id: state.last, name: "sync", data: Arc::from("{}") });
            }
        }
        for event in greeting {
            // The channel has room for them.
            drop(sender.try_send(event));
        }
        state.listeners.push(sender);
        let begin = !std::mem::replace(&mut state.looking, true);
        drop(state);
        if begin {
            tokio::spawn(self.clone().look());
        }
        Some(receiver)
    }

    /// Tells everybody.
    fn tell(&self, name: &'static str, data: &Value) {
        let mut state = self.state();
        state.last += 1;
        let event = Event { id: state.last, name, data: data.to_string().into() };
        // Who does not read is cut off, comes back, and sees everything anew.
        state.listeners.retain(|listener| listener.try_send(event.clone()).is_ok());
        state.kept.push_back(event);
        if state.kept.len() > KEPT {
            state.kept.pop_front();
        }
    }

    /// Whether nobody listens any more; then the looking ends.
    fn is_over(&self) -> bool {
        let mut state = self.state();
        state.listeners.retain(|listener| !listener.is_closed());
        if state.listeners.is_empty() {
            state.looking = false;
            return true;
        }
        false
    }

    /// Looks for changes for as long as somebody listens.
    async fn look(self) {
        let mut news: Option<News> = None;
        let mut shown: Option<Arc<Counts>> = None;
        let mut turn: u32 = 0;
        while !self.is_over() {
            tokio::time::sleep(LOOK).await;
            turn = turn.wrapping_add(1);
            self.methods().await;
            let stirred = self.mails(&mut news, turn).await;
            if stirred || turn.is_multiple_of(COUNT) {
                self.numbers(&mut shown, stirred).await;
            }
        }
    }

    /// Tells of mail methods whose files have changed.
    async fn methods(&self) {
        for (name, sound) in self.0.workshop.changes().await {
            self.tell("method", &json!({ "name": name, "ok": sound }));
        }
    }

    /// Tells of mails that have changed; gives whether there may be something new at all.
    async fn mails(&self, news: &mut Option<News>, turn: u32) -> bool {
        let Ok(store) = self.0.host.store().await else { return false };
        if store.sqlite_file().is_none() && !turn.is_multiple_of(COUNT) {
            return false;
        }
        let begins = news.is_none();
        let look = news.get_or_insert_with(|| store.news()).look().await;
        match look {
            // What happened before the first look nobody can tell: pages see for themselves.
            Ok(_) if begins => {
                self.tell("sync", &json!({}));
                true
            }
            Ok(Some(look)) => {
                let entries: Vec<Value> = look
                    .entries
                    .iter()
                    .map(|one| {
                        json!({ "id": one.id.to_string(), "state": one.state.as_str(),
                            "view": one.view.as_str(), "new": one.is_new })
                    })
                    .collect();
                if look.more {
                    self.tell("sync", &json!({}));
                } else if !entries.is_empty() {
                    self.tell("mails", &Value::Array(entries));
                }
                true
            }
            Ok(None) => false,
            Err(_away) => {
                *news = None;
                false
            }
        }
    }

    /// Tells the numbers if they have changed.
    async fn numbers(&self, shown: &mut Option<Arc<Counts>>, fresh: bool) {
        if fresh {
            self.0.counts.forget().await;
        }
        let Ok(counts) = self.counts().await else { return };
        if shown.as_deref() == Some(&*counts) {
            return;
        }
        if shown.as_ref().is_some_and(|shown| shown.routes != counts.routes) {
            self.tell("routes", &json!({}));
        }
        self.tell("counts", &counts.json());
        *shown = Some(counts);
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("listeners", &self.state().listeners.len()).finish()
    }
}
