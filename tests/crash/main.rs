//! Mailers that are killed: whatever dies where, no mail is lost, and none is sent twice but in the
//! window that nobody can close.
//!
//! The mailer runs in a process of its own, this same program with a variable set, and is killed
//! by SIGKILL when it has come to a certain point, or at random. What the relay has taken, in this
//! process, is the ground truth.

#![cfg(feature = "smtp")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these are tests, and a process that tells where it is"
)]

#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/queue.rs"]
mod support;

mod callers;
mod commits;
mod crowd;
mod poison;
mod stopped;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mailmethod::adapter::{self, Adapter, DeliveryError, Depth, Offer, Receipt, RecipientOutcome};
use mailmethod::mailer::{Mailer, MailerSettings};
use mailmethod::message::{Address, Message, OnUncertain};
use mailmethod::queue::{Action, Delivery, EntryId, Filter, NewEntry, State, Store};
use mailmethod::testing::{FaultServer, Rule, Verb};
use support::{World, conserved, entry};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Tells the process of a mailer what to do: the point at which it stops, store and relay.
const WORKER: &str = "MAILMETHOD_TEST_WORKER";

/// The process of a mailer. It is a test only so that this program can be run as one.
#[test]
fn a_mailer_in_a_process_of_its_own() {
    let Ok(told) = std::env::var(WORKER) else { return };
    let told: Vec<&str> = told.split('\n').collect();
    let [point, location, url] = told[..] else { panic!("{told:?}") };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let store = Store::open(&location.parse().unwrap()).await.unwrap();
        let point = point.to_owned();
        let relay: Arc<dyn Adapter> =
            Arc::new(Stopping { inner: adapter::open(url).unwrap(), point });
        let settings =
            MailerSettings { every: Duration::from_secs(1), ..MailerSettings::default() };
        let mailer = Mailer::new(store, Arc::new(move |_| Ok(Arc::clone(&relay))), settings);
        println!("mailer up");
        mailer.run(std::future::pending()).await.unwrap();
    });
}

/// Names a file: once it is there, whoever has stopped at a point goes on.
const GO: &str = "MAILMETHOD_TEST_GO";

/// Says that a point has been reached, and stays there, until it may go on.
async fn stop_at(point: &str) {
    println!("mailer at {point}");
    let Some(go) = std::env::var_os(GO) else { return std::future::pending().await };
    while !std::path::Path::new(&go).exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// An adapter at which the process stops.
#[derive(Debug)]
struct Stopping {
    inner: Arc<dyn Adapter>,
    point: String,
}

struct StoppingOffer {
    inner: Box<dyn Offer>,
    point: String,
}

#[async_trait]
impl Adapter for Stopping {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        if self.point == "abort" && recipients.iter().any(|to| to.as_str() == "abort@x.test") {
            std::process::abort();
        }
        if self.point == "claimed" {
            stop_at("claimed").await;
        }
        let inner = self.inner.offer(message, recipients, depth).await?;
        if self.point == "offered" {
            stop_at("offered").await;
        }
        Ok(Box::new(StoppingOffer { inner, point: self.point.clone() }))
    }

    fn max_offers(&self) -> usize {
        self.inner.max_offers()
    }
}

#[async_trait]
impl Offer for StoppingOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        self.inner.replies()
    }

    async fn accept(self: Box<Self>) -> Receipt {
        if self.point == "gated" {
            stop_at("gated").await;
        }
        let receipt = self.inner.accept().await;
        if self.point == "answered" {
            stop_at("answered").await;
        }
        receipt
    }

    async fn withdraw(self: Box<Self>) {
        self.inner.withdraw().await;
    }
}

/// This program, to be run once more as one of its tests.
fn this_program(test: &str, told: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(WORKER, told);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// What the process of a mailer is told.
fn mailer(world: &World, url: &str, point: &str) -> Command {
    let told = format!("{point}\n{}\n{url}", world.location);
    this_program("a_mailer_in_a_process_of_its_own", &told)
}

/// Starts the process of a mailer.
fn start(world: &World, url: &str, point: &str) -> Child {
    mailer(world, url, point).spawn().unwrap()
}

/// Waits until the process says so.
async fn says(child: &mut Child, expected: &str) {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(expected) {
                return;
            }
        }
        panic!("the mailer has ended");
    });
    assert!(waited.await.is_ok(), "the mailer never came to {expected:?}");
}

async fn kill(mut child: Child) {
    child.kill().await.unwrap();
}

/// Lets others find out that a mailer is dead.
async fn bury(store: &Store) {
    if store.sqlite_file().is_none() {
        store.advance(Duration::from_secs(31)).await.unwrap();
    }
    store.recover().await.unwrap();
}

async fn drain(store: &Store, url: &str) {
    let relay = adapter::open(url).unwrap();
    let ways: Arc<mailmethod::mailer::Ways> = Arc::new(move |_| Ok(Arc::clone(&relay)));
    let mailer = Mailer::new(store.clone(), ways, MailerSettings::default());
    mailer.drain(std::future::pending()).await.unwrap();
}

/// Where a mailer is killed, and what is known after that.
struct Case {
    point: &'static str,
    /// What the relay holds back meanwhile.
    rule: Option<fn() -> Rule>,
    /// The state of the entry after the recovery.
    state: State,
    /// How many copies the relay has got by then.
    taken: usize,
}

/// RFC 1047 and `queue.md` 1.2, point by point.
fn cases() -> Vec<Case> {
    let held = |verb: fn() -> Rule, point| Case {
        point,
        rule: Some(verb),
        state: State::Queued,
        taken: 0,
    };
    vec![
        Case { point: "claimed", rule: None, state: State::Queued, taken: 0 },
        held(|| Rule::on(Verb::Connect).hold("220 x"), "greeting"),
        held(|| Rule::on(Verb::Mail).hold("250 ok"), "MAIL"),
        held(|| Rule::on(Verb::Rcpt).hold("250 ok"), "RCPT"),
        held(|| Rule::on(Verb::Data).hold("354 go"), "DATA"),
        Case { point: "offered", rule: None, state: State::Queued, taken: 0 },
        Case { point: "gated", rule: None, state: State::Uncertain, taken: 0 },
        Case {
            point: "dot",
            rule: Some(|| Rule::on(Verb::Dot).taking().hold("250 ok")),
            state: State::Uncertain,
            taken: 1,
        },
        Case { point: "answered", rule: None, state: State::Uncertain, taken: 1 },
        Case { point: "settled", rule: None, state: State::Sent, taken: 1 },
    ]
}

async fn until(what: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !what().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never came");
}

/// Kills a mailer at one point with one mail, and gives the entry after the recovery.
async fn killed_at(world: &World, server: &FaultServer, case: &Case, new: NewEntry) -> EntryId {
    let store = &world.store;
    if let Some(rule) = case.rule {
        server.rule(rule());
    }
    let id = store.insert(vec![new]).await.unwrap()[0];
    let (before, connections) = (server.taken().len(), server.connections());
    let mut mailer = start(world, &server.url_with("", "pipelining=off&connections=1"), case.point);
    match case.point {
        "claimed" | "offered" | "gated" | "answered" => says(&mut mailer, case.point).await,
        "greeting" => server.until(|server| server.connections() > connections).await,
        "dot" => server.until(|server| server.taken().len() > before).await,
        "settled" => {
            until(async || store.detail(id).await.unwrap().summary.state == State::Sent).await;
        }
        verb => {
            let commands = server.commands().len();
            let seen = |server: &FaultServer| {
                server.commands().iter().skip(commands).any(|line| line.starts_with(verb))
            };
            server.until(seen).await;
        }
    }
    kill(mailer).await;
    server.clear_rules();
    server.release();
    bury(store).await;
    id
}

/// A point has its outcome; each point needs a store of its own, because time is moved on at its end.
async fn outcome(world: &World, case: &Case, recipients: &[&str]) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let new = NewEntry { on_uncertain: OnUncertain::Hold, ..entry(recipients) };
    let id = killed_at(world, &server, case, new).await;
    let detail = store.detail(id).await.unwrap();
    assert_eq!(detail.summary.state, case.state, "{}", case.point);
    assert_eq!(server.taken().len(), case.taken, "{}", case.point);
    let counted = u64::from(case.state != State::Queued);
    assert_eq!(detail.summary.attempts, counted, "{}", case.point);
    if case.state == State::Uncertain {
        assert!(detail.summary.recipients.iter().all(|one| one.outcome == Delivery::Unknown));
    }
    // What is held is never sent again by itself, everything else is sent once.
    store.advance(Duration::from_secs(3_600)).await.unwrap();
    drain(store, &server.url()).await;
    let copies = if case.state == State::Uncertain { case.taken } else { 1 };
    assert_eq!(server.taken().len(), copies, "{}", case.point);
}

/// A mail that may have left is sent once more if that is its policy, and not too soon.
async fn retried(world: &World, case: &Case) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let id = killed_at(world, &server, case, entry(&["a@x.test"])).await;
    drain(store, &server.url()).await;
    assert_eq!(server.taken().len(), case.taken, "{}: not before 15 minutes", case.point);
    store.advance(Duration::from_secs(901)).await.unwrap();
    drain(store, &server.url()).await;
    assert_eq!(server.taken().len(), case.taken + 1, "{}", case.point);
    assert_eq!(store.detail(id).await.unwrap().summary.state, State::Sent);
    conserved(store, &server, case.taken).await;
}

fn doubtful() -> impl Iterator<Item = Case> {
    cases().into_iter().filter(|case| case.state == State::Uncertain)
}

/// How many entries a filter takes.
async fn left(store: &Store, filter: &str) -> usize {
    let filter: Filter = filter.parse().unwrap();
    usize::try_from(store.count(&filter, 1_000_000).await.unwrap()).unwrap()
}

const ON_ITS_WAY: &str = "state:queued,sending";

/// A mailer that lives until it has sent a few, and is killed; gives how many it leaves in doubt.
async fn life(world: &World, server: &FaultServer, some: usize) -> usize {
    let store = &world.store;
    let before = server.taken().len();
    let mailer = start(world, &server.url_with("", "connections=8"), "nowhere");
    let enough = async {
        while server.taken().len() < before + some && left(store, ON_ITS_WAY).await > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(240), enough).await.is_ok(),
        "nothing is sent"
    );
    kill(mailer).await;
    let doubted = left(store, "state:uncertain").await;
    bury(store).await;
    left(store, "state:uncertain").await - doubted
}

/// How many mails are queued at once.
const SOME: usize = 500;

async fn queue_some(store: &Store, policy: OnUncertain) {
    let some = (0..SOME).map(|at| NewEntry {
        on_uncertain: policy,
        bulk: at % 3 == 0,
        ..entry(&["a@x.test"])
    });
    store.insert(some.collect()).await.unwrap();
}

/// Kills mailers at random, so many or more, until all is sent: so many mails or more, because a quick
/// mailer sends others before it is killed.
async fn random_kills(world: &World, kills: usize, mails: usize, policy: OnUncertain) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let mut queued = 0;
    while queued < mails {
        queue_some(store, policy).await;
        queued += SOME;
    }
    let (mut killed, mut gated) = (0, 0);
    let mut chance = 7_u64;
    while killed < kills || left(store, ON_ITS_WAY).await > 0 {
        if left(store, ON_ITS_WAY).await == 0 {
            queue_some(store, policy).await;
            queued += SOME;
        }
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (mails / (kills + 1)).max(2);
        let some = 1 + usize::try_from(chance >> 33).unwrap() % share;
        gated += life(world, &server, if killed < kills { some } else { queued }).await;
        killed += 1;
    }
    // 8 connections, and at most 8 mails past the gate on each.
    assert!(gated <= killed * 64, "{gated} mails were past the gate at {killed} kills");
    let doubled = if policy == OnUncertain::Hold { 0 } else { gated };
    // A mail that was in hand at three kills, alone at the last, looks as if it had killed them.
    let poison = left(store, "state:held reason:poison").await;
    if policy == OnUncertain::Retry {
        store.act(Action::Release, &"state:held".parse().unwrap(), None, "me").await.unwrap();
        store.advance(Duration::from_secs(901)).await.unwrap();
        drain(store, &server.url()).await;
        assert_eq!(left(store, "state:sent").await, queued);
    }
    conserved(store, &server, doubled).await;
    let (doubted, held) =
        (left(store, "state:uncertain").await, left(store, "state:held reason:poison").await);
    assert_eq!(left(store, "state:sent").await + doubted + held, queued, "nothing is lost");
    eprintln!(
        "{killed} kills, {queued} mails: {gated} were past the gate, {poison} seemed to kill; \
         {doubted} uncertain and {held} held wait for a person"
    );
}

const THREE: [&str; 3] = ["a@x.test", "b@x.test", "c@x.test"];

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn each_point_has_its_outcome_with_one_recipient() {
        for case in cases() {
            outcome(&World::sqlite().await, &case, &["a@x.test"]).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_point_has_its_outcome_with_three_recipients() {
        for case in cases() {
            outcome(&World::sqlite().await, &case, &THREE).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn b8_a_mail_whose_policy_is_retry_is_sent_once_more() {
        for case in doubtful() {
            retried(&World::sqlite().await, &case).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn three_random_kills_lose_nothing_and_double_nothing() {
        random_kills(&World::sqlite().await, 3, 500, OnUncertain::Hold).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "long: 300 kills over 20,000 mails, twice"]
    async fn three_hundred_random_kills_lose_nothing() {
        random_kills(&World::sqlite().await, 300, 20_000, OnUncertain::Hold).await;
        random_kills(&World::sqlite().await, 300, 20_000, OnUncertain::Retry).await;
    }
}

mod postgres {
    use super::*;

    async fn world() -> Option<(postgres_server::Database, World)> {
        let database = postgres_server::database().await?;
        let world = World::postgres(&database.url()).await;
        Some((database, world))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_point_has_its_outcome_with_one_recipient() {
        for case in cases() {
            let Some((_database, world)) = world().await else { return };
            outcome(&world, &case, &["a@x.test"]).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_point_has_its_outcome_with_three_recipients() {
        for case in cases() {
            let Some((_database, world)) = world().await else { return };
            outcome(&world, &case, &THREE).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn b8_a_mail_whose_policy_is_retry_is_sent_once_more() {
        for case in doubtful() {
            let Some((_database, world)) = world().await else { return };
            retried(&world, &case).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn three_random_kills_lose_nothing_and_double_nothing() {
        let Some((_database, world)) = world().await else { return };
        random_kills(&world, 3, 500, OnUncertain::Hold).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "long: 300 kills over 20,000 mails, twice"]
    async fn three_hundred_random_kills_lose_nothing() {
        for policy in [OnUncertain::Hold, OnUncertain::Retry] {
            let Some((_database, world)) = world().await else { return };
            random_kills(&world, 300, 20_000, policy).await;
        }
    }
}
