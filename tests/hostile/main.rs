//! A hostile eye on queue and mailer: what hangs, breaks off, lies, comes late, or stands in the
//! way must cost no other mail, and nothing of it may be lost or unseen.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/puppet.rs"]
mod puppet;
#[path = "../support/queue.rs"]
mod support;

mod lanes;
mod locks;
mod words;

use std::sync::Arc;
use std::time::Duration;

use mailmethod::adapter::Adapter;
use mailmethod::mailer::{Mailer, MailerSettings};
use mailmethod::queue::{EntryId, NewEntry, State, Store};
use support::{World, entry};

/// Runs each scenario on both stores.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let world = crate::World::sqlite().await;
                super::$name(&world).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
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
struct Working {
    end: Option<tokio::sync::oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Working {
    fn start(store: &Store, adapter: Arc<dyn Adapter>, settings: MailerSettings) -> Self {
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
    async fn end(mut self) {
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
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(15), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never came: {what}");
}

async fn state(store: &Store, id: EntryId) -> State {
    store.detail(id).await.unwrap().summary.state
}

async fn count(store: &Store, filter: &str) -> u64 {
    store.count(&filter.parse().unwrap(), 1_000_000).await.unwrap()
}

fn bulk(to: &str) -> NewEntry {
    NewEntry { bulk: true, ..entry(&[to]) }
}

fn drained(store: &Store, adapter: Arc<dyn Adapter>) -> Mailer {
    Mailer::new(
        store.clone(),
        Arc::new(move |_| Ok(Arc::clone(&adapter))),
        MailerSettings::default(),
    )
}
