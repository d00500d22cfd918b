//! What tests of a working mailer have in common: one that runs beside the test, and waiting.
//!
//! Needs `support/queue.rs` as `support` and `support/postgres.rs` as `postgres_server` beside it.

#![allow(dead_code, unused_imports, reason = "each test binary uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

use std::sync::Arc;
use std::time::Duration;

use mailmethod::adapter::Adapter;
use mailmethod::mailer::{Mailer, MailerSettings};
use mailmethod::queue::{EntryId, NewEntry, State, Store};

use crate::support::entry;

/// Runs each scenario on both stores.
macro_rules! on_both {
    ($($(#[$how:meta])* $name:ident)+) => {
        mod sqlite {
            $($(#[$how])* #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let world = crate::World::sqlite().await;
                super::$name(&world).await;
            })+
        }
        mod postgres {
            $($(#[$how])* #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(database) = crate::postgres_server::database().await else { return };
                let world = crate::World::postgres(&database.url()).await;
                super::$name(&world).await;
            })+
        }
    };
}
pub(crate) use on_both;

/// A mailer at work, until it is told to end.
pub(crate) struct Working {
    end: Option<tokio::sync::oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Working {
    pub(crate) fn start(
        store: &Store,
        adapter: Arc<dyn Adapter>,
        settings: MailerSettings,
    ) -> Self {
        let mailer =
            Mailer::new(store.clone(), Arc::new(move |_| Ok(Arc::clone(&adapter))), settings);
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let told = async { drop(ended.await) };
            mailer.run(told).await.unwrap();
        });
        Self { end: Some(end), task }
    }

    /// Tells it to end, and waits for that.
    pub(crate) async fn end(mut self) {
        drop(self.end.take());
        (&mut self.task).await.unwrap();
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never came: {what}");
}

pub(crate) async fn state(store: &Store, id: EntryId) -> State {
    store.detail(id).await.unwrap().summary.state
}

pub(crate) async fn count(store: &Store, filter: &str) -> u64 {
    store.count(&filter.parse().unwrap(), 1_000_000).await.unwrap()
}

pub(crate) fn bulk(to: &str) -> NewEntry {
    NewEntry { bulk: true, ..entry(&[to]) }
}

pub(crate) fn drained(store: &Store, adapter: Arc<dyn Adapter>) -> Mailer {
    Mailer::new(
        store.clone(),
        Arc::new(move |_| Ok(Arc::clone(&adapter))),
        MailerSettings::default(),
    )
}
