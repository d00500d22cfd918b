//! The feed: hands the leases of one route to its lanes.
//!
//! Entries are claimed ahead, many at once; what they send is read a little
//! ahead, so that large mails do not pile up in memory. More is had while there
//! still is some, so that lanes seldom wait for the store.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turns, Notify, watch};
use uuid::Uuid;

use crate::queue::{Claim, Lease, QueueError, Store, Ticket};

/// How many octets of messages are read at once, if that is not a single one.
const AHEAD: usize = 4 * 1_024 * 1_024;
/// How many messages are read at once at most.
const MOST_AHEAD: usize = 32;

pub(super) struct Feed {
    store: Store,
    mailer: Uuid,
    route: String,
    /// How many entries one claim takes.
    batch: usize,
    /// Nothing more is handed out.
    stopped: watch::Sender<bool>,
    /// Nobody asks any more.
    closed: AtomicBool,
    /// Nothing was due the last time we looked.
    dry: AtomicBool,
    /// How many entries were claimed.
    claimed: AtomicUsize,
    stock: Mutex<Stock>,
    /// The right to get more.
    turns: Turns<()>,
    /// Told when little is left.
    low: Notify,
}

/// What is at hand.
struct Stock {
    claims: VecDeque<Claim>,
    ready: VecDeque<Lease>,
    /// How many entries may still be claimed.
    left: usize,
    /// Why no more could be had, until somebody who asks is told.
    failed: Option<QueueError>,
}

impl Stock {
    /// Whether it is time to get more: half of what is read at once is gone.
    fn is_low(&self) -> bool {
        let octets: usize = self.ready.iter().map(size).sum();
        self.ready.len() < MOST_AHEAD / 2 && octets < AHEAD / 2
    }

    /// The claims whose messages are read next.
    fn group(&mut self) -> Vec<Claim> {
        let (mut group, mut octets) = (Vec::new(), 0);
        while let Some(claim) = self.claims.pop_front() {
            octets = claim.size().saturating_add(octets);
            group.push(claim);
            if octets >= AHEAD || group.len() >= MOST_AHEAD {
                break;
            }
        }
        group
    }
}

impl Feed {
    /// A feed that claims up to `most` entries in all, `batch` at once.
    pub(super) fn new(store: Store, mailer: Uuid, route: &str, batch: usize, most: usize) -> Self {
        Self::with(store, mailer, route, batch, (Vec::new(), most))
    }

    /// A feed of entries that are claimed already.
    pub(super) fn of(store: Store, mailer: Uuid, route: &str, claims: Vec<Claim>) -> Self {
        Self::with(store, mailer, route, 1, (claims, 0))
    }

    fn with(
        store: Store,
        mailer: Uuid,
        route: &str,
        batch: usize,
        (claims, left): (Vec<Claim>, usize),
    ) -> Self {
        let claimed = AtomicUsize::new(claims.len());
        let stock = Stock { claims: claims.into(), ready: VecDeque::new(), left, failed: None };
        Self {
            store,
            mailer,
            route: route.to_owned(),
            batch,
            stopped: watch::Sender::new(false),
            closed: AtomicBool::new(false),
            dry: AtomicBool::new(false),
            claimed,
            stock: Mutex::new(stock),
            turns: Turns::new(()),
            low: Notify::new(),
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
        loop {
            if self.is_stopped() {
                return Ok(None);
            }
            let next = self.take(|_next| true);
            if next.is_some() || !self.more().await? {
                return Ok(next);
            }
        }
    }

    /// Up to `most` further leases, as long as they are of bulk mail and not too large together with
    /// `octets` that are there already; none if others come first.
    pub(super) async fn more_bulk(&self, most: usize, mut octets: usize) -> Vec<Lease> {
        let mut leases = Vec::new();
        while leases.len() < most && !self.is_stopped() {
            let fits = |next: &Lease| {
                let size = size(next);
                next.bulk && (octets + size <= AHEAD || octets == 0)
            };
            if let Some(next) = self.take(fits) {
                octets += size(&next);
                leases.push(next);
                continue;
            }
            match self.more().await {
                // There is one that does not fit.
                Ok(true) if self.stock().ready.front().is_some_and(|next| !fits(next)) => break,
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    // Whoever asks for the next one is told.
                    self.stock().failed = Some(error);
                    break;
                }
            }
        }
        leases
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next lease out if it is ready and wanted.
    fn take(&self, wanted: impl Fn(&Lease) -> bool) -> Option<Lease> {
        let mut stock = self.stock();
        let next = stock.ready.pop_front_if(|next| wanted(next))?;
        let may_have_more = !stock.claims.is_empty() || (stock.left > 0 && !self.is_dry());
        if may_have_more && stock.is_low() {
            self.low.notify_one();
        }
        Some(next)
    }

    /// Waits until leases are ready; gives whether there are any.
    async fn more(&self) -> Result<bool, QueueError> {
        let _turn = self.turns.lock().await;
        // Another lane may have found out meanwhile that the route does not work.
        if self.is_stopped() {
            return Ok(false);
        }
        {
            let mut stock = self.stock();
            if !stock.ready.is_empty() {
                return Ok(true);
            }
            if let Some(error) = stock.failed.take() {
                return Err(error);
            }
        }
        self.get().await
    }

    /// Gets more whenever little is left, until nobody asks any more.
    ///
    /// It must not be dropped before it ends: what a claim has taken would be lost.
    pub(super) async fn supply(&self) {
        while !self.closed.load(Ordering::Acquire) {
            self.low.notified().await;
            let _turn = self.turns.lock().await;
            let wanted = {
                let stock = self.stock();
                stock.failed.is_none() && stock.is_low()
            };
            let wanted = wanted && !self.is_stopped() && !self.closed.load(Ordering::Acquire);
            if wanted && let Err(error) = self.get().await {
                self.stock().failed = Some(error);
            }
        }
    }

    /// Ends the supply.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.low.notify_one();
    }

    /// Why no more could be had, if nobody was told.
    pub(super) fn failure(&self) -> Option<QueueError> {
        self.stock().failed.take()
    }

    /// Claims and reads what comes next, by whoever has the turn; gives whether there was any.
    async fn get(&self) -> Result<bool, QueueError> {
        let (none, left) = {
            let stock = self.stock();
            (stock.claims.is_empty(), stock.left)
        };
        if none {
            if self.is_dry() || left == 0 {
                return Ok(false);
            }
            let claims = self.store.claim(self.mailer, &self.route, self.batch.min(left)).await?;
            // Fewer than asked for is not the end where others claim too.
            self.dry.store(claims.is_empty(), Ordering::Release);
            self.claimed.fetch_add(claims.len(), Ordering::AcqRel);
            let mut stock = self.stock();
            stock.left -= claims.len().min(left);
            stock.claims.extend(claims);
        }
        let group = self.stock().group();
        if group.is_empty() {
            return Ok(false);
        }
        let kept = group.clone();
        match self.store.load(group).await {
            Ok(leases) => {
                self.stock().ready.extend(leases);
                Ok(true)
            }
            Err(error) => {
                let mut stock = self.stock();
                for claim in kept.into_iter().rev() {
                    stock.claims.push_front(claim);
                }
                Err(error)
            }
        }
    }

    /// What was claimed and not handed out.
    pub(super) fn leftovers(&self) -> Vec<Ticket> {
        let mut stock = self.stock();
        let ready: Vec<Ticket> = stock.ready.drain(..).map(|lease| lease.ticket).collect();
        let claims = stock.claims.drain(..).map(|claim| claim.ticket());
        ready.into_iter().chain(claims).collect()
    }
}

/// How many octets a lease keeps in memory.
pub(super) fn size(lease: &Lease) -> usize {
    lease.message.as_ref().map_or(0, |message| message.as_bytes().len())
}
