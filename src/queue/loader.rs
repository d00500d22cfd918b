//! The loader: reads what claimed entries send.
//!
//! Nothing is read more often. SQLite is read on a thread that may wait, with a
//! connection for that alone: through sqlx each row would hop from one thread to
//! another.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::QueueError;
use super::clock::Clock;
use super::database::{Dialect, Session};
use super::lease::{self, Claim, Lease};
use super::open::{Options, Owned};

#[derive(Debug, Default)]
pub(super) struct Loader {
    /// The connection, while nobody reads with it.
    idle: Arc<Mutex<Option<Owned>>>,
}

/// What came of loading.
pub(super) enum Loaded {
    Done(Result<Vec<Lease>, QueueError>),
    /// It has to be done by a reader: there is no such connection to this store.
    NotSo(Vec<Claim>),
}

impl Loader {
    pub(super) async fn load(
        &self,
        options: &Options,
        dialect: &Dialect,
        clock: &Clock,
        claims: Vec<Claim>,
    ) -> Loaded {
        if dialect.is_postgres() {
            return Loaded::NotSo(claims);
        }
        let (options, dialect, now) = (options.clone(), dialect.clone(), clock.now());
        let (idle, runtime) = (Arc::clone(&self.idle), Handle::current());
        let loading = spawn_blocking(move || {
            let slot = || idle.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = slot().take();
            let Some(mut owned) = kept.or_else(|| options.connect_loader()) else {
                return Loaded::NotSo(claims);
            };
            let mut session = Session::new(owned.connection(), dialect, now);
            let loaded = runtime.block_on(lease::load(&mut session, claims));
            if loaded.is_ok() {
                *slot() = Some(owned);
            }
            Loaded::Done(loaded)
        });
        loading.await.unwrap_or(Loaded::Done(Err(QueueError::Closed)))
    }
}
