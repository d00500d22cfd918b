//! G8: a PostgreSQL that is killed and comes back, and a line to it that breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mailmethod::adapter;
use mailmethod::mailer::MailerSettings;
use mailmethod::message::OnUncertain;
use mailmethod::queue::{EntryId, NewEntry, Store};
use mailmethod::testing::FaultServer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::outage::at_rest;
use crate::postgres_server::{self, Server};
use crate::support::{World, conserved, entry};
use crate::working::{Working, count, until};

/// Queues mails one after the other for as long as it is told to; gives those that were answered for.
struct Load {
    enough: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<Vec<EntryId>>,
}

impl Load {
    fn begin(store: &Store) -> Self {
        let (enough, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (store, until, counted) = (store.clone(), Arc::clone(&enough), Arc::clone(&answered));
        let task = tokio::spawn(async move {
            let mut queued = Vec::new();
            while !until.load(Ordering::Acquire) {
                let new = NewEntry { on_uncertain: OnUncertain::Hold, ..entry(&["a@x.test"]) };
                let new = NewEntry { bulk: queued.len() % 3 == 0, ..new };
                match store.insert(vec![new]).await {
                    Ok(ids) => queued.extend(ids),
                    Err(_away) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
                counted.store(queued.len(), Ordering::Release);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            queued
        });
        Self { enough, answered, task }
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::Acquire)
    }

    async fn end(self) -> Vec<EntryId> {
        self.enough.store(true, Ordering::Release);
        self.task.await.unwrap()
    }
}

/// A store through which mail goes while it is broken again and again, and what became of all mail.
async fn broken_under_load(world: &World, through: &Store, breaks: &mut dyn Breaks, times: usize) {
    let server = FaultServer::start().await.unwrap();
    let relay = adapter::open(&server.url_with("", "connections=4")).unwrap();
    let settings = MailerSettings { every: Duration::from_secs(1), ..MailerSettings::default() };
    let working = Working::start(through, relay, settings);
    let load = Load::begin(through);
    let mut longest = Duration::ZERO;
    for at in 0..times {
        let (queued, taken) = (load.answered(), server.taken().len());
        until("mail goes", async || {
            load.answered() > queued + 10 && server.taken().len() > taken + 10
        })
        .await;
        // At another moment of the work each time.
        tokio::time::sleep(Duration::from_millis(u64::try_from(at * 13 % 40).unwrap())).await;
        breaks.once().await;
        let (begun, taken) = (Instant::now(), server.taken().len());
        until("it goes on", async || server.taken().len() > taken).await;
        longest = longest.max(begun.elapsed());
    }
    let queued = load.end().await;
    let store = &world.store;
    at_rest(store).await;
    working.end().await;
    for id in &queued {
        store.detail(*id).await.unwrap();
    }
    let (all, sent) = (count(store, "").await, count(store, "state:sent").await);
    let held = count(store, "state:uncertain").await;
    assert_eq!(sent + held, all, "nothing is lost, and nothing dies of it");
    conserved(store, &server, 0).await;
    assert!(longest < Duration::from_secs(20), "it was away for {longest:?}");
    eprintln!(
        "{times} breaks, {} mails answered for, {all} queued, {sent} sent, {held} uncertain, 0 \
         twice; going again after {longest:?} at most",
        queued.len()
    );
}

/// What breaks.
#[async_trait::async_trait]
trait Breaks: Send {
    async fn once(&mut self);
}

/// A server that is stopped at once and started again.
struct Restarts<'s>(&'s Server);

#[async_trait::async_trait]
impl Breaks for Restarts<'_> {
    async fn once(&mut self) {
        self.0.restart().await;
    }
}

async fn restarts(times: usize) {
    let Some(server) = Server::start_restartable(&["fsync=off"]) else { return };
    server.run("CREATE DATABASE test").await;
    let world = World::postgres(&server.url("test")).await;
    broken_under_load(&world, &world.store.clone(), &mut Restarts(&server), times).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g8_a_database_that_restarts_at_once_loses_nothing_and_doubles_nothing() {
    restarts(2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 50 restarts of PostgreSQL"]
async fn g8_fifty_restarts_lose_nothing_and_double_nothing() {
    restarts(50).await;
}

/// A line to a server that can be cut.
struct Line {
    port: u16,
    cut: watch::Sender<u64>,
}

impl Line {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (cut, heard) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut heard = heard.clone();
                heard.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = heard.changed() => {}
                    }
                });
            }
        });
        Self { port: own, cut }
    }
}

#[async_trait::async_trait]
impl Breaks for Line {
    async fn once(&mut self) {
        self.cut.send_modify(|times| *times += 1);
    }
}

async fn cuts(times: usize) {
    let Some(database) = postgres_server::database().await else { return };
    let world = World::postgres(&database.url()).await;
    let url: url::Url = database.url().parse().unwrap();
    let mut line = Line::to(url.port().unwrap()).await;
    let mut through = url.clone();
    through.set_port(Some(line.port)).unwrap();
    let through = Store::open(&through.as_str().parse().unwrap()).await.unwrap();
    broken_under_load(&world, &through, &mut line, times).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g8_a_line_that_is_cut_loses_nothing_and_doubles_nothing() {
    cuts(3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 200 cuts of the line to PostgreSQL"]
async fn g8_two_hundred_cuts_lose_nothing_and_double_nothing() {
    cuts(200).await;
}
