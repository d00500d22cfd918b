//! The feed: hands the leases of one route to its lanes.
//!
//! Entries are claimed ahead, many at once; what they send is read a little
//! ahead, so that large mails do not pile up in memory.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::queue::{Claim, Lease, QueueError, Store, Ticket};

/// How many octets of messages are read ahead.
const AHEAD: usize = 4 * 1_024 * 1_024;
/// How many messages are read ahead at most.
const MOST_AHEAD: usize = 32;

pub(super) struct Feed {
    store: Store,
    mailer: Uuid,
    route: String,
    /// How many entries one claim takes.
    batch: usize,
    /// Nothing more is handed out.
    stopped: watch::Sender<bool>,
    /// Nothing was due the last time we looked.
    dry: AtomicBool,
    /// How many entries were claimed.
    claimed: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    claims: VecDeque<Claim>,
    ready: VecDeque<Lease>,
    /// How many entries may still be claimed.
    left: usize,
}

impl Feed {
    /// A feed that claims up to `most` entries in all, `batch` at once.
    pub(super) fn new(store: Store, mailer: Uuid, route: &str, batch: usize, most: usize) -> Self {
        let state = State { claims: VecDeque::new(), ready: VecDeque::new(), left: most };
        Self {
            store,
            mailer,
            route: route.to_owned(),
            batch,
            stopped: watch::Sender::new(false),
            dry: AtomicBool::new(false),
            claimed: AtomicUsize::new(0),
            state: Mutex::new(state),
        }
    }

    /// A feed of entries that are claimed already.
    pub(super) fn of(store: Store, mailer: Uuid, route: &str, claims: Vec<Claim>) -> Self {
        let feed = Self::new(store, mailer, route, 1, 0);
        Self {
            claimed: AtomicUsize::new(claims.len()),
            state: Mutex::new(State { claims: claims.into(), ..feed.state.into_inner() }),
            ..feed
        }
    }

    /// Hands nothing more out.
    pub(super) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Waits until nothing more is handed out.
    pub(super) async fn stopped(&self) {
        // It ends with an error only when nobody is left to stop it, and we are here.
        drop(self.stopped.subscribe().wait_for(|stopped| *stopped).await);
    }

    /// Whether nothing was due the last time that it looked.
    pub(super) fn is_dry(&self) -> bool {
        self.dry.load(Ordering::Acquire)
    }

    /// Looks again: something may be due.
    pub(super) fn refill(&self) {
        self.dry.store(false, Ordering::Release);
    }

    /// How many entries were claimed so far.
    pub(super) fn claimed(&self) -> usize {
        self.claimed.load(Ordering::Acquire)
    }

    /// The next lease; `None` if nothing is due, or it has been stopped.
    pub(super) async fn next(&self) -> Result<Option<Lease>, QueueError> {
        if self.is_stopped() {
            return Ok(None);
        }
        let mut state = self.state.lock().await;
        // Another lane may have found out meanwhile that the route does not work.
        if self.is_stopped() {
            return Ok(None);
        }
        self.fill(&mut state).await?;
        Ok(state.ready.pop_front())
    }

    /// Up to `most` further leases, as long as they are of bulk mail and not too large together with
    /// `octets` that are there already; none if others come first.
    pub(super) async fn more_bulk(&self, most: usize, mut octets: usize) -> Vec<Lease> {
        let mut more = Vec::new();
        if most == 0 || self.is_stopped() {
            return more;
        }
        let mut state = self.state.lock().await;
        while more.len() < most {
            if self.fill(&mut state).await.is_err() {
                // Whoever asks for the next one meets the error.
                break;
            }
            let Some(next) = state.ready.front() else { break };
            octets += size(next);
            if !next.bulk || (octets > AHEAD && octets > size(next)) {
                break;
            }
            more.extend(state.ready.pop_front());
        }
        more
    }

    /// Makes sure that a lease is ready, if one is to be had.
    async fn fill(&self, state: &mut State) -> Result<(), QueueError> {
        while state.ready.is_empty() {
            if state.claims.is_empty() {
                if self.is_dry() || state.left == 0 {
                    return Ok(());
                }
                let batch = self.batch.min(state.left);
                let claims = self.store.claim(self.mailer, &self.route, batch).await?;
                state.left -= claims.len().min(state.left);
                // Fewer than asked for is not the end where others claim too.
                self.dry.store(claims.is_empty(), Ordering::Release);
                self.claimed.fetch_add(claims.len(), Ordering::AcqRel);
                state.claims.extend(claims);
                continue;
            }
            let mut group = Vec::new();
            let mut octets = 0;
            while let Some(claim) = state.claims.pop_front() {
                octets += claim.size();
                group.push(claim);
                if octets >= AHEAD || group.len() >= MOST_AHEAD {
                    break;
                }
            }
            let kept = group.clone();
            match self.store.load(group).await {
                Ok(leases) => state.ready.extend(leases),
                Err(error) => {
                    for claim in kept.into_iter().rev() {
                        state.claims.push_front(claim);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// What was claimed and not handed out.
    pub(super) async fn leftovers(&self) -> Vec<Ticket> {
        let mut state = self.state.lock().await;
        let ready: Vec<Ticket> = state.ready.drain(..).map(|lease| lease.ticket).collect();
        let claims = state.claims.drain(..).map(|claim| claim.ticket());
        ready.into_iter().chain(claims).collect()
    }
}

/// How many octets a lease keeps in memory.
pub(super) fn size(lease: &Lease) -> usize {
    lease.message.as_ref().map_or(0, |message| message.as_bytes().len())
}
