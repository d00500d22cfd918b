//! Transactions with mail: nothing escapes an abort, and what is torn says so.
//!
//! The numbers in the names are those of the cases that Zope's `transaction`, `zope.sendmail` and
//! `repoze.sendmail` pin, or that were found broken there (B).

#![cfg(all(feature = "smtp", feature = "sqlite", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mailmethod::adapter::{Class, MemoryAdapter, Outcome, Phase, Verdict};
use mailmethod::host::{CommitError, RetryError, Settings, StageError};
use mailmethod::outbox::{OfferProblem, SqlParticipant};
use mailmethod::testing::{FaultServer, Rule, Verb};
use mailmethod::transaction::{
    BoxError, Cause, Conflict, FinishError, Participant, Refused, State, Status, Transaction,
    TransactionError,
};
use mailmethod::{Call, MailHost, MailMethods};
use proptest::prelude::{any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection as _, Executor as _, Sqlite};
use tokio::sync::oneshot;

const MAIL: &str = "arguments: { to: addresses, subject: string }\n\
    headers: { from: shop@example.test, to: '{{ to }}', subject: '{{ subject }}' }\n\
    text: Hello!";

fn methods() -> MailMethods {
    let news = format!("adapter: bulk\n{MAIL}");
    MailMethods::from_embedded([("hello.yaml", MAIL.to_owned()), ("news.yaml", news)]).unwrap()
}

/// A mail to `NAME@example.test` for each of the names, with the first name as its subject.
fn mail_to(names: &[&str]) -> Call {
    let to: Vec<String> = names.iter().map(|name| format!("{name}@example.test")).collect();
    Call::new("hello").arg("to", &to.join(", ")).unwrap().arg("subject", names[0]).unwrap()
}

fn mail(name: &str) -> Call {
    mail_to(&[name])
}

fn memory_host() -> (MailHost, MemoryAdapter) {
    let memory = MemoryAdapter::new();
    let adapter = Arc::new(memory.clone());
    let host = MailHost::builder().methods(methods()).adapter("default", adapter).build().unwrap();
    (host, memory)
}

async fn smtp_host(keys: &str) -> (MailHost, FaultServer) {
    let server = FaultServer::start().await.unwrap();
    (host_on(&server.url_with("", keys)), server)
}

fn host_on(url: &str) -> MailHost {
    MailHost::builder().methods(methods()).adapter_url("default", url).build().unwrap()
}

/// The names of those who got mail, in order.
fn received(memory: &MemoryAdapter) -> Vec<String> {
    let local = |(_, to): (_, Vec<mailmethod::message::Address>)| to[0].local_part().to_owned();
    memory.accepted().into_iter().map(local).collect()
}

/// The recipients of each mail that the server took, in order.
fn taken(server: &FaultServer) -> Vec<Vec<String>> {
    let name = |address: &String| address.trim_end_matches("@example.test").to_owned();
    server.taken().iter().map(|mail| mail.recipients.iter().map(name).collect()).collect()
}

fn refused(error: CommitError) -> Refused {
    match error {
        CommitError::Refused(refused) => *refused,
        other => panic!("not refused: {other:?}"),
    }
}

type Log = Arc<Mutex<Vec<String>>>;

/// What a [`Recorder`] fails at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fails {
    Never,
    Prepare,
    FinishUndone,
    FinishUncertain,
    FinishPanics,
    Abort,
    Rollback,
}

/// Writes down what it is told, and fails where it should.
struct Recorder {
    name: &'static str,
    fails: Fails,
    log: Log,
}

impl Recorder {
    fn new(name: &'static str, fails: Fails, log: &Log) -> Self {
        Self { name, fails, log: Arc::clone(log) }
    }

    fn told(&self, what: &str) {
        self.log.lock().unwrap().push(format!("{} {what}", self.name));
    }
}

#[async_trait]
impl Participant for Recorder {
    fn name(&self) -> &str {
        self.name
    }

    async fn prepare(&mut self) -> Result<(), BoxError> {
        self.told("prepare");
        if self.fails == Fails::Prepare { Err("cannot prepare".into()) } else { Ok(()) }
    }

    async fn finish(self: Box<Self>) -> Result<(), FinishError> {
        self.told("finish");
        match self.fails {
            Fails::FinishUndone => Err(FinishError::undone("cannot finish")),
            Fails::FinishUncertain => Err(FinishError::uncertain("who knows")),
            Fails::FinishPanics => panic!("a bug in a participant"),
            _ => Ok(()),
        }
    }

    async fn abort(self: Box<Self>) -> Result<(), BoxError> {
        self.told("abort");
        if self.fails == Fails::Abort { Err("cannot abort".into()) } else { Ok(()) }
    }

    fn has_savepoints(&self) -> bool {
        self.fails == Fails::Rollback
    }

    async fn savepoint(&mut self, _number: u64) -> Result<(), BoxError> {
        Ok(())
    }

    async fn rollback_to(&mut self, _number: u64) -> Result<(), BoxError> {
        self.told("rollback");
        Err("cannot roll back".into())
    }
}

/// A database in memory, with one connection and the table `orders`.
async fn database() -> SqlitePool {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE orders (number TEXT)").await.unwrap();
    pool
}

async fn insert(connection: &mut sqlx::SqliteConnection, number: &str) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO orders VALUES (?)").bind(number).execute(connection).await.map(drop)
}

async fn orders(pool: &SqlitePool) -> Vec<String> {
    sqlx::query_scalar("SELECT number FROM orders").fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn t39_a_staged_mail_leaves_once_at_the_commit_and_not_before() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    let id = tx.stage(&mail("ada")).unwrap();
    assert!(memory.messages().is_empty() && memory.staged().is_empty());
    let sealed = tx.find(id).unwrap().message().clone();
    let committed = tx.commit().await.unwrap();
    assert_eq!(committed.sent[0].message, sealed);
    assert_eq!(memory.messages(), [sealed]);
    assert_eq!(committed.sent[0].receipt.summary(), Verdict::Sent);
}

#[tokio::test]
async fn t40_an_aborted_transaction_sends_nothing() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.abort().await.unwrap();
    let mut tx = host.begin();
    tx.stage(&mail("bob")).unwrap();
    drop(tx);
    assert!(memory.messages().is_empty() && memory.staged().is_empty());
}

#[tokio::test]
async fn t41_t53_a_doomed_transaction_goes_on_and_is_refused_at_its_commit() {
    let (host, memory) = memory_host();
    let log = Log::default();
    let mut tx = host.begin();
    tx.before_commit(|_tx| Box::pin(async { Err("a doomed transaction runs no hook".into()) }));
    tx.doom();
    tx.doom();
    assert_eq!(tx.state(), State::Doomed);
    tx.savepoint().await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("a", Fails::Never, &log));
    let refused = refused(tx.commit().await.unwrap_err());
    assert!(matches!(refused.cause, Cause::Doomed));
    assert_eq!(*log.lock().unwrap(), ["a abort"]);
    assert!(memory.messages().is_empty());

    let mut tx = host.begin();
    tx.doom();
    tx.abort().await.unwrap();
}

#[tokio::test]
async fn t42_a_savepoint_takes_back_what_came_after_it_and_the_rest_leaves_in_order() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    tx.stage(&mail("one")).unwrap();
    let outer = tx.savepoint().await.unwrap();
    tx.stage(&mail("two")).unwrap();
    let inner = tx.savepoint().await.unwrap();
    tx.stage(&mail("three")).unwrap();
    tx.rollback_to(inner).await.unwrap();
    tx.rollback_to(outer).await.unwrap();
    tx.rollback_to(outer).await.unwrap();
    let gone = tx.rollback_to(inner).await.unwrap_err();
    assert!(matches!(gone, TransactionError::UnknownSavepoint));
    tx.stage(&mail("four")).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(received(&memory), ["one", "four"]);
}

#[tokio::test]
async fn t44_a_relay_that_refuses_at_prepare_refuses_the_transaction_and_the_caller_is_told() {
    let (host, memory) = memory_host();
    memory.fail_next(553, "5.1.8 sender unknown");
    let log = Log::default();
    let mut tx = host.begin();
    tx.join(Recorder::new("a", Fails::Never, &log));
    tx.stage(&mail("ada")).unwrap();
    let error = tx.commit().await.unwrap_err();
    let problem = &error.not_offered().unwrap().mails[0].1;
    assert!(matches!(problem, OfferProblem::Failed(error) if error.class == Class::Permanent));
    assert_eq!(*log.lock().unwrap(), ["a prepare", "a abort"]);
    assert!(memory.messages().is_empty());
}

/// Sees, when it finishes, how much mail has left.
struct Witness(MemoryAdapter, Log);

#[async_trait]
impl Participant for Witness {
    fn name(&self) -> &'static str {
        "witness"
    }

    async fn prepare(&mut self) -> Result<(), BoxError> {
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), FinishError> {
        let seen = format!("{} left, {} held", self.0.messages().len(), self.0.staged().len());
        self.1.lock().unwrap().push(seen);
        Ok(())
    }

    async fn abort(self: Box<Self>) -> Result<(), BoxError> {
        Ok(())
    }
}

#[tokio::test]
async fn t49_all_prepare_before_one_finishes_in_the_order_of_joining_and_mail_is_last() {
    let (host, memory) = memory_host();
    let log = Log::default();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("b", Fails::Never, &log));
    tx.join(Recorder::new("a", Fails::Never, &log));
    tx.join(Witness(memory.clone(), Arc::clone(&log)));
    tx.commit().await.unwrap();
    let told = ["b prepare", "a prepare", "b finish", "a finish", "0 left, 1 held"];
    assert_eq!(*log.lock().unwrap(), told);
    assert_eq!(received(&memory), ["ada"]);
}

#[tokio::test]
async fn t50_a_participant_that_cannot_prepare_aborts_all_and_no_relay_is_asked() {
    let (host, server) = smtp_host("").await;
    let log = Log::default();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    for (name, fails) in [("a", Fails::Abort), ("b", Fails::Prepare), ("c", Fails::Never)] {
        tx.join(Recorder::new(name, fails, &log));
    }
    let refused = refused(tx.commit().await.unwrap_err());
    assert_eq!(refused.to_string(), "b cannot prepare; not aborted cleanly: a");
    assert_eq!(*log.lock().unwrap(), ["a prepare", "b prepare", "a abort", "b abort", "c abort"]);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn t51_b6_a_failure_while_finishing_is_torn_names_who_finished_and_sends_no_mail() {
    for fails in [Fails::FinishUncertain, Fails::FinishUndone] {
        let (host, memory) = memory_host();
        let log = Log::default();
        let mut tx = host.begin();
        tx.stage(&mail("ada")).unwrap();
        for (name, fails) in [("a", Fails::Never), ("b", fails), ("c", Fails::Never)] {
            tx.join(Recorder::new(name, fails, &log));
        }
        let error = tx.commit().await.unwrap_err();
        assert_eq!(error.to_string(), "the transaction is torn: a part of it has happened");
        let CommitError::Torn { torn, mails } = error else { panic!("{error:?}") };
        assert_eq!(torn.to_string(), "finished a; did not finish b; aborted c, mail");
        assert!(mails.is_empty() && memory.messages().is_empty() && memory.staged().is_empty());
        let told = ["a finish", "b finish", "c abort"];
        assert_eq!(log.lock().unwrap()[3..], told);
    }
}

#[tokio::test]
async fn a_first_finish_that_leaves_nothing_is_refused_and_one_that_may_have_left_is_torn() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("a", Fails::FinishUndone, &Log::default()));
    let refused = refused(tx.commit().await.unwrap_err());
    assert_eq!(refused.to_string(), "a cannot finish");
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("a", Fails::FinishUncertain, &Log::default()));
    let CommitError::Torn { torn, .. } = tx.commit().await.unwrap_err() else { panic!("torn") };
    assert_eq!(torn.to_string(), "nobody finished for certain; did not finish a; aborted mail");
    assert!(memory.messages().is_empty());
}

#[tokio::test]
async fn t52_a_transaction_that_failed_to_roll_back_can_only_be_aborted() {
    let (host, memory) = memory_host();
    let log = Log::default();
    let mut tx = host.begin();
    tx.join(Recorder::new("a", Fails::Rollback, &log));
    let savepoint = tx.savepoint().await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    let error = tx.rollback_to(savepoint).await.unwrap_err();
    assert!(matches!(error, TransactionError::Rollback { .. }));
    assert_eq!(tx.state(), State::Failed);
    tx.doom();
    assert!(matches!(tx.savepoint().await, Err(TransactionError::Failed)));
    assert!(matches!(tx.rollback_to(savepoint).await, Err(TransactionError::Failed)));
    let refused = refused(tx.commit().await.unwrap_err());
    assert!(matches!(refused.cause, Cause::Failed));
    assert_eq!(*log.lock().unwrap(), ["a rollback", "a abort"]);
    assert!(memory.messages().is_empty());
}

#[tokio::test]
async fn t56_a_before_hook_that_fails_refuses_before_a_participant_is_touched() {
    let (host, memory) = memory_host();
    let log = Log::default();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("a", Fails::Never, &log));
    tx.before_commit(|tx| {
        Box::pin(async move {
            tx.stage(&mail("bob"))?;
            tx.before_commit(|_tx| Box::pin(async { Err(Conflict("not now".into()).into()) }));
            Ok(())
        })
    });
    let error = tx.commit().await.unwrap_err();
    assert!(error.is_conflict());
    assert!(matches!(refused(error).cause, Cause::Hook(_)));
    assert_eq!(*log.lock().unwrap(), ["a abort"]);
    assert!(memory.messages().is_empty());

    let mut tx = host.begin();
    tx.before_commit(|tx| Box::pin(async move { Ok(tx.stage(&mail("eve")).map(drop)?) }));
    tx.commit().await.unwrap();
    assert_eq!(received(&memory), ["eve"]);
}

#[tokio::test]
async fn t58_a_passing_conflict_is_tried_again_without_the_mail_of_failed_attempts() {
    let (host, memory) = memory_host();
    let runs = AtomicU32::new(0);
    let work = async |tx: &mut mailmethod::host::Transaction| {
        let run = runs.fetch_add(1, Ordering::Relaxed) + 1;
        tx.stage(&mail(&format!("run{run}")))?;
        if run < 4 { Err(Conflict("again".into()).into()) } else { Ok(run) }
    };
    let (run, committed) = host.retry(4, work).await.unwrap();
    assert_eq!((run, committed.sent.len(), received(&memory)), (4, 1, vec!["run4".to_owned()]));

    runs.store(0, Ordering::Relaxed);
    let error = host.retry(3, work).await.unwrap_err();
    assert!(matches!(error, RetryError::Work { source, abort: None } if source.is::<Conflict>()));
    assert_eq!(runs.load(Ordering::Relaxed), 3);

    let mut once = 0;
    let failed = host.retry(4, async |_tx| {
        once += 1;
        Err::<(), BoxError>("a bug".into())
    });
    assert!(matches!(failed.await, Err(RetryError::Work { .. })));
    assert_eq!(once, 1);
    assert!(matches!(host.retry(0, work).await, Err(RetryError::NoAttempts)));
    assert_eq!(received(&memory), ["run4"]);
}

#[tokio::test]
async fn a_busy_database_is_a_passing_conflict_even_behind_an_error_of_the_application() {
    #[derive(Debug, thiserror::Error)]
    #[error("the order was not written")]
    struct NotWritten(#[source] sqlx::Error);

    let (host, memory) = memory_host();
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("shop.db"))
        .create_if_missing(true)
        .busy_timeout(std::time::Duration::ZERO);
    let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE orders (number TEXT)").await.unwrap();
    let mut blocker = Some(pool.begin_with("BEGIN IMMEDIATE").await.unwrap());
    let (_, committed) = host
        .retry(2, async |tx| {
            let db = tx.join(SqlParticipant::new(pool.begin().await?));
            tx.stage(&mail("ada"))?;
            let inserted = insert(tx.get(&db)?, "1").await.map_err(NotWritten);
            if let Some(blocker) = blocker.take() {
                assert!(inserted.is_err());
                blocker.rollback().await?;
            }
            Ok(inserted?)
        })
        .await
        .unwrap();
    assert_eq!((committed.sent.len(), received(&memory).len()), (1, 1));
    assert_eq!(orders(&pool).await, ["1"]);
}

#[tokio::test]
async fn attempts_can_be_made_in_a_task_that_borrows_from_itself() {
    let (host, memory) = memory_host();
    let pool = database().await;
    let task = tokio::spawn(async move {
        let (number, mut attempts) = (String::from("1"), host.attempts(2));
        loop {
            let mut tx = attempts.begin()?;
            let worked = async {
                let db = tx.join(SqlParticipant::new(pool.begin().await?));
                insert(tx.get(&db)?, &number).await?;
                tx.stage(&mail("ada"))?;
                Ok(())
            };
            let worked = worked.await;
            if let Some((done, _committed)) = attempts.end(tx, worked).await? {
                return Ok::<(), RetryError>(done);
            }
        }
    });
    task.await.unwrap().unwrap();
    assert_eq!(received(&memory), ["ada"]);
}

#[tokio::test]
async fn data_and_mail_commit_together_and_roll_back_together() {
    let (host, memory) = memory_host();
    let pool = database().await;
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
    tx.get(&db).unwrap().execute("INSERT INTO orders VALUES ('1')").await.unwrap();
    tx.stage(&mail("one")).unwrap();
    let savepoint = tx.savepoint().await.unwrap();
    insert(tx.get(&db).unwrap(), "2").await.unwrap();
    tx.stage(&mail("two")).unwrap();
    tx.rollback_to(savepoint).await.unwrap();
    insert(tx.get(&db).unwrap(), "3").await.unwrap();
    tx.rollback_to(savepoint).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((orders(&pool).await, received(&memory)), (vec!["1".into()], vec!["one".into()]));

    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
    insert(tx.get(&db).unwrap(), "4").await.unwrap();
    tx.stage(&mail("four")).unwrap();
    drop(tx);
    assert_eq!((orders(&pool).await.len(), received(&memory).len()), (1, 1));
}

#[tokio::test]
async fn b6_a_database_that_refuses_its_commit_keeps_the_mail_from_leaving() {
    let (host, memory) = memory_host();
    let pool = database().await;
    pool.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)").await.unwrap();
    let lines =
        "CREATE TABLE lines (customer INTEGER REFERENCES customers DEFERRABLE INITIALLY DEFERRED)";
    pool.execute(lines).await.unwrap();
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()).named("shop"));
    tx.get(&db).unwrap().execute("INSERT INTO lines VALUES (7)").await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(!error.is_conflict());
    assert_eq!(refused(error).to_string(), "shop cannot finish");
    assert!(memory.messages().is_empty() && memory.staged().is_empty());
    let lines: i64 =
        sqlx::query_scalar("SELECT count(*) FROM lines").fetch_one(&pool).await.unwrap();
    assert_eq!(lines, 0);
}

#[tokio::test]
async fn a_transaction_that_the_database_has_ended_is_refused_and_not_torn() {
    let (host, memory) = memory_host();
    let pool = database().await;
    pool.execute("CREATE TABLE once (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK)").await.unwrap();
    for commits in [true, false] {
        let mut tx = host.begin();
        let db = tx.join(SqlParticipant::<Sqlite>::new(pool.begin().await.unwrap()));
        tx.get(&db).unwrap().execute("INSERT INTO once VALUES (1)").await.unwrap();
        assert!(tx.get(&db).unwrap().execute("INSERT INTO once VALUES (1)").await.is_err());
        tx.stage(&mail("ada")).unwrap();
        if commits {
            assert_eq!(
                refused(tx.commit().await.unwrap_err()).to_string(),
                "SQLite cannot prepare"
            );
        } else {
            tx.abort().await.unwrap();
        }
        assert!(memory.messages().is_empty());
        // The connection goes back to its pool as it came.
        let connection = pool.acquire().await.unwrap();
        assert!(!connection.is_in_transaction());
    }
}

#[tokio::test]
async fn a_participant_without_savepoints_is_a_typed_error_and_the_transaction_goes_on() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    let savepoint = tx.savepoint().await.unwrap();
    let log = Log::default();
    let key = tx.join(Recorder::new("a", Fails::Never, &log));
    tx.stage(&mail("ada")).unwrap();
    let error = tx.savepoint().await.unwrap_err();
    assert!(matches!(error, TransactionError::NoSavepoints { participant } if participant == "a"));
    // One that joined after a savepoint needs none: it is aborted, and its key is void.
    tx.rollback_to(savepoint).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["a abort"]);
    assert!(matches!(tx.get(&key), Err(TransactionError::NotJoined)));
    tx.stage(&mail("bob")).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(received(&memory), ["bob"]);
}

#[tokio::test]
async fn keys_savepoints_and_mails_of_another_transaction_fit_nowhere() {
    let (host, _memory) = memory_host();
    let (mut one, mut other) = (host.begin(), host.begin());
    let key = one.join(Recorder::new("a", Fails::Rollback, &Log::default()));
    let savepoint = one.savepoint().await.unwrap();
    let id = one.stage(&mail("ada")).unwrap();
    other.join(Recorder::new("b", Fails::Rollback, &Log::default()));
    other.savepoint().await.unwrap();
    other.stage(&mail("bob")).unwrap();
    assert!(matches!(other.get(&key), Err(TransactionError::NotJoined)));
    let foreign = other.rollback_to(savepoint).await.unwrap_err();
    assert!(matches!(foreign, TransactionError::UnknownSavepoint));
    assert_eq!(other.state(), State::Active);
    assert!(matches!(other.unstage(id), Err(StageError::Unknown(_))));
    assert!(matches!(other.amend(id, &mail("eve")), Err(StageError::Unknown(_))));
    assert_eq!(one.get(&key).unwrap().name, "a");
}

#[tokio::test]
async fn own_staged_mail_can_be_read_amended_and_dropped() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    let (one, two) = (tx.stage(&mail("one")).unwrap(), tx.stage(&mail("two")).unwrap());
    tx.stage(&mail("three")).unwrap();
    let id = tx.find(one).unwrap().message().id().to_owned();
    tx.amend(one, &mail("first")).unwrap();
    tx.unstage(two).unwrap();
    let wrong = Call::new("hello").arg("subject", "no to").unwrap();
    assert!(matches!(tx.amend(one, &wrong), Err(StageError::Call(_))));
    let subjects: Vec<_> = tx.staged().iter().map(|staged| staged.mail().subject()).collect();
    assert_eq!(subjects, ["first", "three"]);
    assert_eq!(tx.find(one).unwrap().message().id(), id);
    tx.commit().await.unwrap();
    assert_eq!(received(&memory), ["first", "three"]);
    assert_eq!(memory.messages()[0].id(), id);
}

#[tokio::test]
async fn b7_an_address_or_subject_with_a_line_break_is_refused_when_it_is_staged() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    let to = Call::new("hello").arg("subject", "hi").unwrap();
    let to = to.arg("to", "a@example.test\nX-Zope-To: evil@example.test").unwrap();
    assert!(matches!(tx.stage(&to), Err(StageError::Call(_))));
    let subject = mail("ada").arg("subject", "hi\nBcc: evil@example.test").unwrap();
    assert!(matches!(tx.stage(&subject), Err(StageError::Call(_))));
    let undefined = Call::new("news").args(&[("to", "a@example.test"), ("subject", "x")]).unwrap();
    assert!(matches!(tx.stage(&undefined), Err(StageError::Adapter(_))));
    assert!(tx.staged().is_empty());
    let committed = tx.commit().await.unwrap();
    assert!(committed.sent.is_empty() && memory.messages().is_empty());
}

#[tokio::test]
async fn after_hooks_are_told_how_it_ended_and_their_errors_come_back_and_undo_nothing() {
    let (host, memory) = memory_host();
    let told: Arc<Mutex<Vec<Status>>> = Arc::default();
    for fails in [Fails::Never, Fails::Prepare, Fails::FinishUncertain] {
        let mut tx = host.begin();
        tx.stage(&mail("ada")).unwrap();
        tx.join(Recorder::new("a", fails, &Log::default()));
        for _ in 0..2 {
            let told = Arc::clone(&told);
            tx.after_commit(async move |status| {
                told.lock().unwrap().push(status);
                Err("no reply".into())
            });
        }
        let errors = match tx.commit().await {
            Ok(committed) => committed.hook_errors,
            Err(CommitError::Refused(refused)) => refused.hook_errors,
            Err(CommitError::Torn { torn, .. }) => torn.hook_errors,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(errors.len(), 2);
    }
    let (committed, refused, torn) = (Status::Committed, Status::Refused, Status::Torn);
    assert_eq!(*told.lock().unwrap(), [committed, committed, refused, refused, torn, torn]);
    assert_eq!(received(&memory), ["ada"]);
}

#[tokio::test]
async fn b5_three_mails_in_one_commit_take_one_connection_and_keep_their_order() {
    for keys in ["connections=1", "connections=4", "connections=1&pipelining=off"] {
        let (host, server) = smtp_host(keys).await;
        let mut tx = host.begin();
        for name in ["one", "two", "three"] {
            tx.stage(&mail(name)).unwrap();
        }
        let committed = tx.commit().await.unwrap();
        assert_eq!(taken(&server), [["one"], ["two"], ["three"]], "{keys}");
        assert_eq!((server.connections(), committed.sent.len()), (1, 3), "{keys}");
        assert_eq!(server.violations(), [""; 0], "{keys}");
        host.adapter("default").unwrap().close().await;
        server.until(|server| server.open() == 0).await;
    }
}

#[tokio::test]
async fn one_unknown_recipient_of_three_mails_refuses_all_and_the_connection_survives() {
    let (host, server) = smtp_host("connections=2").await;
    let pool = database().await;
    server.rule(Rule::on(Verb::Rcpt).address("bob@example.test").reply("550 5.1.1 no such user"));
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    for names in [&["ada"][..], &["eve", "bob"], &["dan"]] {
        tx.stage(&mail_to(names)).unwrap();
    }
    let error = tx.commit().await.unwrap_err();
    let not_offered = error.not_offered().unwrap();
    let text = not_offered.to_string();
    assert!(text.contains("bob@example.test refused: 550 5.1.1 no such user"), "{text}");
    assert!(!text.contains("eve@example.test"), "{text}");
    assert_eq!(not_offered.mails.len(), 1);
    assert!(server.taken().is_empty() && orders(&pool).await.is_empty());

    host.send(&mail("ada")).await.unwrap();
    assert_eq!((taken(&server), server.connections()), (vec![vec!["ada".to_owned()]], 1));
    assert_eq!(server.violations(), [""; 0]);
}

#[tokio::test]
async fn every_mail_that_cannot_leave_is_named_at_once_and_a_deferred_recipient_refuses_too() {
    let (host, server) = smtp_host("").await;
    server.rule(Rule::on(Verb::Rcpt).address("ada@example.test").reply("451 4.7.1 greylisted"));
    server.rule(Rule::on(Verb::Rcpt).address("dan@example.test").reply("550 5.1.1 no such user"));
    let mut tx = host.begin();
    for name in ["ada", "bob", "dan"] {
        tx.stage(&mail(name)).unwrap();
    }
    let error = tx.commit().await.unwrap_err();
    let outcomes = error.not_offered().unwrap().mails.iter().map(|(_, problem)| match problem {
        OfferProblem::Recipients(recipients) => recipients[0].outcome,
        other => panic!("{other:?}"),
    });
    assert_eq!(outcomes.collect::<Vec<_>>(), [Outcome::Deferred, Outcome::Refused]);
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn a_recipient_that_the_allow_list_blocks_refuses_the_transaction() {
    let memory = MemoryAdapter::new();
    let settings = Settings::parse("m.yaml", "allow: ['@shop.test']", &|_| None).unwrap();
    let builder = MailHost::builder().settings(settings).methods(methods());
    let host = builder.adapter("default", Arc::new(memory.clone())).build().unwrap();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    let error = tx.commit().await.unwrap_err();
    let [(_, OfferProblem::Recipients(blocked))] = error.not_offered().unwrap().mails.as_slice()
    else {
        panic!("{error:?}");
    };
    assert_eq!(blocked[0].phase, Phase::Policy);
    assert!(memory.messages().is_empty());
}

#[tokio::test]
async fn a_wrong_password_or_a_missing_tls_aborts_before_anything_has_happened() {
    let server = FaultServer::start().await.unwrap();
    server.login("shop", "right");
    let wrong = server.url_with("shop:wrong", "insecure_auth=true");
    let no_tls = server.url().replace("smtp://", "smtp+starttls://");
    for (url, phase) in [(wrong, Phase::Auth), (no_tls, Phase::Tls)] {
        let (host, pool) = (host_on(&url), database().await);
        let mut tx = host.begin();
        let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
        insert(tx.get(&db).unwrap(), "1").await.unwrap();
        for name in ["ada", "bob"] {
            tx.stage(&mail(name)).unwrap();
        }
        let before = server.connections();
        let error = tx.commit().await.unwrap_err();
        let [(_, OfferProblem::Failed(failed))] = error.not_offered().unwrap().mails.as_slice()
        else {
            panic!("{error:?}");
        };
        assert_eq!((failed.phase, server.connections() - before), (phase, 1), "asked once");
        assert!(server.taken().is_empty() && orders(&pool).await.is_empty());
    }
}

#[tokio::test]
async fn a_relay_that_refuses_a_body_after_the_database_has_committed_is_torn_with_all_receipts() {
    let (host, server) = smtp_host("").await;
    let pool = database().await;
    server.rule(Rule::on(Verb::Dot).after(1).times(1).reply("554 5.7.1 looks like spam"));
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    for name in ["ada", "bob", "dan"] {
        tx.stage(&mail(name)).unwrap();
    }
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.undelivered().unwrap().mails.len(), 1);
    let CommitError::Torn { torn, mails } = error else { panic!("{error:?}") };
    assert_eq!(torn.to_string(), "finished SQLite; did not finish mail");
    let verdicts: Vec<Verdict> = mails.iter().map(|sent| sent.receipt.summary()).collect();
    assert_eq!(verdicts, [Verdict::Sent, Verdict::Refused, Verdict::Sent]);
    assert!(torn.failed.error.to_string().contains("bob@example.test refused: 554 5.7.1 looks"));
    assert_eq!(taken(&server), [["ada"], ["dan"]]);
    assert_eq!(orders(&pool).await, ["1"]);
}

#[tokio::test]
async fn a_connection_lost_at_the_dot_is_torn_and_unknown_and_is_not_sent_again() {
    let (host, server) = smtp_host("").await;
    server.rule(Rule::on(Verb::Dot).times(1).taking().close());
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.stage(&mail("bob")).unwrap();
    let CommitError::Torn { torn, mails } = tx.commit().await.unwrap_err() else { panic!("torn") };
    assert_eq!(torn.to_string(), "nobody finished for certain; did not finish mail");
    let verdicts: Vec<Verdict> = mails.iter().map(|sent| sent.receipt.summary()).collect();
    assert_eq!(verdicts, [Verdict::Unknown, Verdict::Sent]);
    assert_eq!(taken(&server), [["ada"], ["bob"]]);
}

#[tokio::test]
async fn a_lone_mail_that_is_refused_at_the_dot_has_not_happened() {
    let (host, server) = smtp_host("").await;
    server.rule(Rule::on(Verb::Dot).reply("554 5.7.1 looks like spam"));
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.undelivered().unwrap().mails[0].1.summary(), Verdict::Refused);
    assert_eq!(refused(error).to_string(), "mail cannot finish");
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn an_offer_that_waited_until_the_server_gave_up_is_made_anew() {
    let closing = [
        Rule::on(Verb::Data).times(1).close(),
        Rule::on(Verb::Data).times(1).reply_and_close("421 4.4.2 idle for too long"),
    ];
    for rule in closing {
        for keys in ["connections=1", "connections=1&pipelining=off"] {
            let (host, server) = smtp_host(keys).await;
            server.rule(rule.clone());
            let mut tx = host.begin();
            for name in ["one", "two", "three"] {
                tx.stage(&mail(name)).unwrap();
            }
            tx.commit().await.unwrap();
            assert_eq!(taken(&server), [["one"], ["two"], ["three"]], "{keys}");
            assert!(server.peak() <= 1, "{keys}");
        }
    }
}

#[tokio::test]
async fn recipients_that_the_server_wants_later_are_asked_for_and_get_the_mail_too() {
    let (host, server) = smtp_host("connections=1").await;
    // The third recipient of each transaction is one too many, twice while asking and twice
    // while sending.
    let too_many = Rule::on(Verb::Rcpt).address("dan@example.test");
    server.rule(too_many.clone().times(1).reply("452 4.5.3 too many recipients"));
    server.rule(too_many.clone().after(1).times(1).reply("452 4.5.3 too many recipients"));
    let mut tx = host.begin();
    tx.stage(&mail_to(&["ada", "bob", "dan"])).unwrap();
    tx.stage(&mail("eve")).unwrap();
    let committed = tx.commit().await.unwrap();
    assert_eq!(committed.sent[0].receipt.recipients.len(), 3);
    assert_eq!(taken(&server), [vec!["ada", "bob"], vec!["dan"], vec!["eve"]]);
    assert_eq!(server.peak(), 1);
}

#[tokio::test]
async fn transactions_that_share_one_connection_do_not_lock_each_other_out() {
    let server = FaultServer::start().await.unwrap();
    let url = server.url_with("", "connections=1");
    let builder = MailHost::builder().methods(methods()).adapter_url("default", &url);
    let host = builder.adapter_url("bulk", server.url_with("", "connections=1")).build().unwrap();
    let begun = |names: [&str; 2]| {
        let mut tx = host.begin();
        let news = Call::new("news").args(&[("to", "all@example.test"), ("subject", "News")]);
        tx.stage(&mail(names[0])).unwrap();
        tx.stage(&news.unwrap()).unwrap();
        tx.stage(&mail(names[1])).unwrap();
        tx
    };
    let (one, two) = (begun(["a", "b"]), begun(["c", "d"]));
    let (one, two) = tokio::join!(one.commit(), two.commit());
    assert_eq!((one.unwrap().sent.len(), two.unwrap().sent.len()), (3, 3));
    assert!(server.peak() <= 2);
    assert_eq!(server.taken().len(), 6);
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_not_torn_once_it_finishes() {
    let (host, server) = smtp_host("").await;
    let pool = database().await;
    server.rule(Rule::on(Verb::Dot).times(1).hold("250 2.0.0 taken"));
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    tx.stage(&mail("bob")).unwrap();
    let (tell, told) = oneshot::channel();
    tx.after_commit(async move |status| Ok(tell.send(status).map_err(|_status| "gone")?));
    let dot = server.until(|server| server.commands().iter().any(|line| line == "DATA"));
    tokio::select! {
        ended = tx.commit() => panic!("it cannot end yet: {ended:?}"),
        () = dot => {}
    }
    server.release();
    assert_eq!(told.await.unwrap(), Status::Committed);
    assert_eq!(taken(&server), [["ada"], ["bob"]]);
    assert_eq!(orders(&pool).await, ["1"]);
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_aborted_while_it_prepares() {
    let (host, server) = smtp_host("connections=1").await;
    let pool = database().await;
    server.rule(Rule::on(Verb::Rcpt).times(1).hold("250 2.1.5 ok"));
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    let asked = server.until(|server| server.commands().iter().any(|l| l.starts_with("RCPT")));
    tokio::select! {
        ended = tx.commit() => panic!("it cannot end yet: {ended:?}"),
        () = asked => {}
    }
    // The pool's one connection comes back only when the transaction is rolled back.
    assert!(orders(&pool).await.is_empty());
    server.release();
    host.send(&mail("bob")).await.unwrap();
    assert_eq!(taken(&server), [["bob"]]);
}

#[tokio::test]
async fn a_panic_while_finishing_or_in_a_hook_is_told_as_any_other_failure() {
    let (host, memory) = memory_host();
    let log = Log::default();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    let fails = [("a", Fails::Never), ("b", Fails::FinishPanics), ("c", Fails::Never)];
    for (name, fails) in fails {
        tx.join(Recorder::new(name, fails, &log));
    }
    tx.after_commit(async |_status| panic!("a bug in a hook"));
    tx.after_commit(async |_status| Err("told".into()));
    let CommitError::Torn { torn, .. } = tx.commit().await.unwrap_err() else { panic!("torn") };
    assert_eq!(torn.to_string(), "finished a; did not finish b; aborted c, mail");
    assert!(torn.failed.error.to_string().contains("panicked"), "{}", torn.failed.error);
    assert_eq!((torn.hook_errors.len(), torn.hook_errors[1].to_string()), (2, "told".to_owned()));
    assert!(memory.messages().is_empty() && memory.staged().is_empty());
}

#[test]
fn a_transaction_needs_a_runtime_neither_to_begin_nor_to_be_dropped() {
    let (host, memory) = memory_host();
    let log = Log::default();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("a", Fails::Never, &log));
    drop(tx);
    assert!(memory.messages().is_empty() && log.lock().unwrap().is_empty());
}

#[test]
fn without_a_runtime_a_commit_is_done_in_place() {
    let log = Log::default();
    let mut tx = Transaction::new();
    tx.join(Recorder::new("a", Fails::Never, &log));
    tx.after_commit(async |_status| Err("told".into()));
    let mut commit = std::pin::pin!(tx.commit());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(committed)) = commit.as_mut().poll(&mut context) else {
        panic!("nothing of it has to wait");
    };
    assert_eq!(committed.hook_errors.len(), 1);
    assert_eq!(*log.lock().unwrap(), ["a prepare", "a finish"]);
}

#[test]
fn a_runtime_that_ends_before_the_commit_leaves_its_outcome_unknown_and_says_so() {
    let (host, memory) = memory_host();
    let mut tx = host.begin();
    tx.stage(&mail("ada")).unwrap();
    tx.join(Recorder::new("a", Fails::Never, &Log::default()));
    let mut commit = std::pin::pin!(tx.commit());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entered = runtime.enter();
    assert!(commit.as_mut().poll(&mut context).is_pending());
    drop(entered);
    drop(runtime);
    let std::task::Poll::Ready(Err(error)) = commit.as_mut().poll(&mut context) else {
        panic!("there is no runtime that could still finish it");
    };
    assert_eq!(
        error.to_string(),
        "the runtime ended before the commit did; it may be torn: a, mail"
    );
    assert!(memory.messages().is_empty() && memory.staged().is_empty());
}

#[tokio::test]
async fn dropping_an_open_transaction_aborts_its_participants_in_a_task() {
    let (tell, told) = oneshot::channel();
    struct Told(Option<oneshot::Sender<&'static str>>);
    #[async_trait]
    impl Participant for Told {
        fn name(&self) -> &'static str {
            "told"
        }
        async fn prepare(&mut self) -> Result<(), BoxError> {
            Ok(())
        }
        async fn finish(self: Box<Self>) -> Result<(), FinishError> {
            Ok(())
        }
        async fn abort(mut self: Box<Self>) -> Result<(), BoxError> {
            Ok(self.0.take().unwrap().send("abort")?)
        }
    }
    let mut tx = Transaction::new();
    tx.join(Told(Some(tell)));
    drop(tx);
    assert_eq!(told.await.unwrap(), "abort");
}

fn fails() -> impl proptest::strategy::Strategy<Value = Fails> {
    prop::sample::select(vec![
        Fails::Never,
        Fails::Never,
        Fails::Prepare,
        Fails::FinishUndone,
        Fails::FinishUncertain,
        Fails::Abort,
    ])
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

proptest! {
    #[test]
    fn whoever_fails_all_end_once_and_the_error_tells_exactly_what_happened(
        all in prop::collection::vec(fails(), 0..5),
        refuses in any::<bool>(),
        spam in any::<bool>(),
    ) {
        let (host, memory) = memory_host();
        let log = Log::default();
        let mut tx = host.begin();
        tx.stage(&mail("ada")).unwrap();
        for (name, fails) in NAMES.into_iter().zip(&all) {
            tx.join(Recorder::new(name, *fails, &log));
        }
        if refuses {
            memory.fail_next(550, "5.7.1 no");
        } else if spam {
            memory.fail_next_dot(554, "5.7.1 spam");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(tx.commit());

        let log = log.lock().unwrap().clone();
        let told = |what: &str| -> Vec<String> {
            let ends = log.iter().filter_map(|line| line.strip_suffix(what));
            ends.map(|name| name.trim().to_owned()).collect()
        };
        let (prepared, tried, aborted) = (told("prepare"), told("finish"), told("abort"));
        let names = |of: &[Fails]| -> Vec<String> {
            NAMES.iter().take(of.len()).map(|name| (*name).to_owned()).collect()
        };
        // Each ends once.
        let mut ended = [tried.clone(), aborted].concat();
        ended.sort();
        prop_assert_eq!(&ended, &names(&all));
        let unprepared = all.iter().position(|fails| *fails == Fails::Prepare);
        let stops = all.iter().position(|fails| matches!(fails, Fails::FinishUndone | Fails::FinishUncertain));
        if unprepared.is_some() || refuses {
            prop_assert!(tried.is_empty(), "nobody finishes before all have prepared");
            prop_assert!(matches!(&result, Err(CommitError::Refused(_))));
        } else {
            prop_assert_eq!(&prepared, &names(&all));
            let first_of_all = stops.unwrap_or(all.len()) == 0;
            let undone = stops.map_or(spam, |at| all[at] == Fails::FinishUndone);
            match &result {
                Ok(_) => prop_assert!(stops.is_none() && !spam),
                Err(CommitError::Refused(_)) => prop_assert!(first_of_all && undone),
                Err(CommitError::Torn { torn, .. }) => {
                    prop_assert!(!(first_of_all && undone));
                    let finished = stops.unwrap_or(all.len());
                    prop_assert_eq!(&torn.finished, &names(&all[..finished]));
                    let failed = stops.map_or("mail", |at| NAMES[at]);
                    prop_assert_eq!(&torn.failed.participant, failed);
                    let rest = all.len().saturating_sub(finished + 1) + usize::from(stops.is_some());
                    prop_assert_eq!(torn.aborted.len(), rest);
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(memory.messages().len(), usize::from(result.is_ok()));
        prop_assert!(memory.staged().is_empty());
        let uncleanly = all.iter().filter(|fails| **fails == Fails::Abort).count();
        let reported = match &result {
            Err(CommitError::Refused(refused)) => refused.abort_failures.len(),
            Err(CommitError::Torn { torn, .. }) => torn.abort_failures.len(),
            _ => 0,
        };
        let finished_instead = tried.iter().filter(|name| {
            let at = NAMES.iter().position(|other| other == name).unwrap();
            all[at] == Fails::Abort
        });
        prop_assert_eq!(reported, uncleanly - finished_instead.count());
    }
}
