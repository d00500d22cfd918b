//! Transactions of PostgreSQL with mail: what the database refuses, undoes or leaves unknown is
//! told, and then no mail leaves.

#![cfg(all(unix, feature = "postgres"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::sync::Arc;

use async_trait::async_trait;
use mailmethod::adapter::MemoryAdapter;
use mailmethod::host::CommitError;
use mailmethod::outbox::SqlParticipant;
use mailmethod::transaction::{BoxError, FinishError, Participant, Refused};
use mailmethod::{Call, MailHost, MailMethods};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, PgPool, Postgres};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[path = "support/postgres.rs"]
mod postgres;

/// What a test has: the database lives as long as its pool is used.
struct Shop {
    host: MailHost,
    memory: MemoryAdapter,
    pool: PgPool,
    database: postgres::Database,
}

impl Shop {
    /// A host with an inbox, and a database with the tables `customers`, `orders` and `lines`.
    async fn open() -> Option<Self> {
        let database = postgres::database().await?;
        let pool = PgPoolOptions::new().max_connections(4).connect(&database.url()).await.unwrap();
        let tables = "CREATE TABLE customers (id int PRIMARY KEY);
            CREATE TABLE orders (number text UNIQUE);
            CREATE TABLE lines (customer int REFERENCES customers DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE stock (shelf text PRIMARY KEY, pieces int);
            INSERT INTO stock VALUES ('a', 1), ('b', 1)";
        pool.execute(tables).await.unwrap();
        let memory = MemoryAdapter::new();
        let mail = "arguments: { to: address }\n\
            headers: { from: shop@example.test, to: '{{ to }}', subject: Hi }\ntext: Hello!";
        let methods = MailMethods::from_embedded([("hello.yaml", mail)]).unwrap();
        let adapter = Arc::new(memory.clone());
        let host = MailHost::builder().methods(methods).adapter("default", adapter);
        Some(Self { host: host.build().unwrap(), memory, pool, database })
    }

    async fn participant(&self) -> SqlParticipant<Postgres> {
        SqlParticipant::new(self.pool.begin().await.unwrap())
    }

    async fn orders(&self) -> Vec<String> {
        let orders = sqlx::query_scalar("SELECT number FROM orders ORDER BY number");
        orders.fetch_all(&self.pool).await.unwrap()
    }

    /// The names of those who got mail, in order; nothing else is held back anywhere.
    fn received(&self) -> Vec<String> {
        assert!(self.memory.staged().is_empty());
        let accepted = self.memory.accepted().into_iter();
        accepted.map(|(_, to)| to[0].local_part().to_owned()).collect()
    }
}

fn mail(name: &str) -> Call {
    Call::new("hello").arg("to", &format!("{name}@example.test")).unwrap()
}

async fn insert(connection: &mut PgConnection, number: &str) -> Result<(), sqlx::Error> {
    let insert = sqlx::query("INSERT INTO orders VALUES ($1)").bind(number);
    insert.execute(connection).await.map(drop)
}

fn refused(error: CommitError) -> Refused {
    match error {
        CommitError::Refused(refused) => *refused,
        other => panic!("not refused: {other:?}"),
    }
}

/// The code of the database's error in a chain.
fn code(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let errors = std::iter::successors(Some(error), |error| error.source());
    let mut errors = errors.filter_map(|error| error.downcast_ref::<sqlx::Error>());
    Some(errors.next()?.as_database_error()?.code()?.into_owned())
}

/// Runs a statement on another connection when it is its turn to finish.
struct Meanwhile(PgPool, String);

#[async_trait]
impl Participant for Meanwhile {
    fn name(&self) -> &'static str {
        "meanwhile"
    }

    async fn prepare(&mut self) -> Result<(), BoxError> {
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), FinishError> {
        self.0.execute(AssertSqlSafe(self.1)).await.map(drop).map_err(FinishError::undone)
    }

    async fn abort(self: Box<Self>) -> Result<(), BoxError> {
        Ok(())
    }
}

async fn backend(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn data_and_mail_commit_together_and_roll_back_together() {
    let Some(shop) = Shop::open().await else { return };
    let mut tx = shop.host.begin();
    let db = tx.join(shop.participant().await);
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("one")).unwrap();
    assert!(shop.orders().await.is_empty() && shop.received().is_empty());
    tx.commit().await.unwrap();
    assert_eq!((shop.orders().await, shop.received()), (vec!["1".into()], vec!["one".into()]));

    for aborts in [true, false] {
        let mut tx = shop.host.begin();
        let db = tx.join(shop.participant().await);
        insert(tx.get(&db).unwrap(), "2").await.unwrap();
        tx.stage(&mail("two")).unwrap();
        if aborts {
            tx.abort().await.unwrap();
        } else {
            drop(tx);
        }
    }
    assert_eq!((shop.orders().await.len(), shop.received().len()), (1, 1));
}

#[tokio::test]
async fn savepoints_take_back_rows_and_mail_alike() {
    let Some(shop) = Shop::open().await else { return };
    let mut tx = shop.host.begin();
    let db = tx.join(shop.participant().await);
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("one")).unwrap();
    let outer = tx.savepoint().await.unwrap();
    insert(tx.get(&db).unwrap(), "2").await.unwrap();
    tx.stage(&mail("two")).unwrap();
    let inner = tx.savepoint().await.unwrap();
    insert(tx.get(&db).unwrap(), "3").await.unwrap();
    tx.rollback_to(inner).await.unwrap();
    tx.rollback_to(inner).await.unwrap();
    tx.rollback_to(outer).await.unwrap();
    insert(tx.get(&db).unwrap(), "4").await.unwrap();
    tx.stage(&mail("four")).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        (shop.orders().await, shop.received()),
        (vec!["1".into(), "4".into()], vec!["one".into(), "four".into()])
    );
}

#[tokio::test]
async fn a_deferred_constraint_is_checked_at_prepare_before_the_relay_is_asked() {
    let Some(shop) = Shop::open().await else { return };
    // Mail prepares after all others: the relay would refuse, but has no turn.
    shop.memory.fail_next(550, "5.1.1 unknown");
    let mut tx = shop.host.begin();
    let db = tx.join(shop.participant().await);
    tx.get(&db).unwrap().execute("INSERT INTO lines VALUES (7)").await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(!error.is_conflict());
    assert_eq!(code(&error).as_deref(), Some("23503"));
    assert_eq!(refused(error).to_string(), "PostgreSQL cannot prepare");
    let lines: i64 =
        sqlx::query_scalar("SELECT count(*) FROM lines").fetch_one(&shop.pool).await.unwrap();
    assert_eq!((lines, shop.received().len()), (0, 0));
}

#[tokio::test]
async fn a_failed_statement_refuses_the_commit_which_would_roll_back_without_an_error() {
    let Some(shop) = Shop::open().await else { return };
    let mut tx = shop.host.begin();
    let db = tx.join(shop.participant().await);
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    assert!(insert(tx.get(&db).unwrap(), "1").await.is_err());
    let error = tx.commit().await.unwrap_err();
    assert_eq!(code(&error).as_deref(), Some("25P02"));
    assert_eq!(refused(error).to_string(), "PostgreSQL cannot prepare");
    assert!(shop.orders().await.is_empty() && shop.received().is_empty());
}

#[tokio::test]
async fn a_savepoint_heals_a_transaction_in_which_a_statement_has_failed() {
    let Some(shop) = Shop::open().await else { return };
    let mut tx = shop.host.begin();
    let db = tx.join(shop.participant().await);
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("one")).unwrap();
    let savepoint = tx.savepoint().await.unwrap();
    tx.stage(&mail("two")).unwrap();
    assert!(insert(tx.get(&db).unwrap(), "1").await.is_err());
    tx.rollback_to(savepoint).await.unwrap();
    insert(tx.get(&db).unwrap(), "2").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((shop.orders().await.len(), shop.received()), (2, vec!["one".into()]));
}

/// Reads both shelves and empties one, which another may do to the other at the same time.
async fn take(connection: &mut PgConnection, shelf: &str) -> Result<(), sqlx::Error> {
    let pieces = "SELECT sum(pieces) FROM stock";
    let _all: i64 = sqlx::query_scalar(pieces).fetch_one(&mut *connection).await?;
    let empty = sqlx::query("UPDATE stock SET pieces = 0 WHERE shelf = $1").bind(shelf);
    empty.execute(connection).await.map(drop)
}

#[tokio::test]
async fn a_serialisation_failure_at_the_commit_is_a_passing_conflict_and_is_tried_again() {
    let Some(shop) = Shop::open().await else { return };
    let serializable = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    let mut rivals = vec![shop.pool.begin_with(serializable).await.unwrap()];
    let mut runs = 0;
    let work = async |tx: &mut mailmethod::host::Transaction| {
        runs += 1;
        let db = tx.join(SqlParticipant::new(shop.pool.begin_with(serializable).await?));
        tx.stage(&mail(&format!("run{runs}")))?;
        take(tx.get(&db)?, "a").await?;
        if let Some(mut rival) = rivals.pop() {
            // It read what this attempt has written, and the other way round: one must give way,
            // and the first to commit does not.
            take(&mut rival, "b").await?;
            rival.commit().await?;
        }
        Ok(())
    };
    let ((), committed) = shop.host.retry(2, work).await.unwrap();
    assert_eq!((committed.sent.len(), shop.received()), (1, vec!["run2".into()]));
    assert_eq!(runs, 2);
    let left: i64 =
        sqlx::query_scalar("SELECT sum(pieces) FROM stock").fetch_one(&shop.pool).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_serialisation_failure_while_finishing_first_has_not_happened() {
    let Some(shop) = Shop::open().await else { return };
    let serializable = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    let mut rival = shop.pool.begin_with(serializable).await.unwrap();
    let mut tx = shop.host.begin();
    let db = tx.join(SqlParticipant::new(shop.pool.begin_with(serializable).await.unwrap()));
    tx.stage(&mail("ada")).unwrap();
    take(tx.get(&db).unwrap(), "a").await.unwrap();
    take(&mut rival, "b").await.unwrap();
    rival.commit().await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(error.is_conflict());
    assert_eq!(code(&error).as_deref(), Some("40001"));
    refused(error);
    assert!(shop.received().is_empty());
}

#[tokio::test]
async fn a_deadlock_is_a_passing_conflict() {
    let Some(shop) = Shop::open().await else { return };
    let lock = |shelf: &str| format!("UPDATE stock SET pieces = 9 WHERE shelf = '{shelf}'");
    let mut rival = shop.pool.begin().await.unwrap();
    // The rival is patient: it is the other one that finds the deadlock.
    rival.execute("SET LOCAL deadlock_timeout = '60s'").await.unwrap();
    rival.execute(AssertSqlSafe(lock("b"))).await.unwrap();
    let mut rival = Some(rival);
    let mut waiting = None;
    let mut runs = 0;
    let work = async |tx: &mut mailmethod::host::Transaction| {
        runs += 1;
        let db = tx.join(shop.participant().await);
        tx.stage(&mail(&format!("run{runs}")))?;
        let connection = tx.get(&db)?;
        connection.execute("SET LOCAL deadlock_timeout = '50ms'").await?;
        connection.execute(AssertSqlSafe(lock("a"))).await?;
        if let Some(mut rival) = rival.take() {
            let sql = AssertSqlSafe(lock("a"));
            waiting = Some(tokio::spawn(async move {
                rival.execute(sql).await?;
                rival.commit().await
            }));
        }
        connection.execute(AssertSqlSafe(lock("b"))).await?;
        Ok(())
    };
    let ((), committed) = shop.host.retry(2, work).await.unwrap();
    waiting.unwrap().await.unwrap().unwrap();
    assert_eq!((runs, committed.sent.len(), shop.received()), (2, 1, vec!["run2".into()]));
}

#[tokio::test]
async fn a_connection_that_is_lost_before_the_commit_refuses_it_at_prepare() {
    let Some(shop) = Shop::open().await else { return };
    let mut tx = shop.host.begin();
    let db = tx.join(shop.participant().await);
    tx.stage(&mail("ada")).unwrap();
    let connection = tx.get(&db).unwrap();
    insert(connection, "1").await.unwrap();
    let backend = backend(connection).await;
    let end = sqlx::query("SELECT pg_terminate_backend($1, 10000)").bind(backend);
    end.execute(&shop.pool).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(!error.is_conflict());
    assert!(refused(error).to_string().starts_with("PostgreSQL cannot prepare"));
    assert!(shop.orders().await.is_empty() && shop.received().is_empty());
}

#[tokio::test]
async fn a_connection_that_is_lost_while_others_finish_is_uncertain_and_sends_no_mail() {
    let Some(shop) = Shop::open().await else { return };
    let mut participant = shop.participant().await;
    insert(&mut participant, "1").await.unwrap();
    let end = format!("SELECT pg_terminate_backend({}, 10000)", backend(&mut participant).await);
    let mut tx = shop.host.begin();
    tx.join(Meanwhile(shop.pool.clone(), end));
    tx.join(participant);
    tx.stage(&mail("ada")).unwrap();
    let CommitError::Torn { torn, mails } = tx.commit().await.unwrap_err() else { panic!("torn") };
    assert_eq!(torn.to_string(), "finished meanwhile; did not finish PostgreSQL; aborted mail");
    assert!(mails.is_empty() && shop.received().is_empty());
    assert!(shop.orders().await.is_empty());
}

/// Passes on all that is said until the client has said `COMMIT`: that still arrives and is
/// answered, but the answer does not come back.
async fn silent_about_the_commit(url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut proxied = url::Url::parse(url).unwrap();
    let server = ("127.0.0.1", proxied.port().unwrap());
    proxied.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(server).await.unwrap();
        let (mut said, mut answered) = (vec![0; 8192], vec![0; 8192]);
        loop {
            tokio::select! {
                octets = client.read(&mut said) => {
                    let said = &said[..octets.unwrap()];
                    server.write_all(said).await.unwrap();
                    if said.windows(6).any(|word| word == b"COMMIT") {
                        assert!(server.read(&mut answered).await.unwrap() > 0);
                        return;
                    }
                }
                octets = server.read(&mut answered) => {
                    client.write_all(&answered[..octets.unwrap()]).await.unwrap();
                }
            }
        }
    });
    proxied.into()
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_uncertain_though_it_has_happened() {
    let Some(shop) = Shop::open().await else { return };
    let url = silent_about_the_commit(&shop.database.url()).await;
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let mut tx = shop.host.begin();
    let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()).named("shop"));
    insert(tx.get(&db).unwrap(), "1").await.unwrap();
    tx.stage(&mail("ada")).unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(!error.is_conflict());
    let CommitError::Torn { torn, .. } = error else { panic!("{error:?}") };
    assert_eq!(torn.to_string(), "nobody finished for certain; did not finish shop; aborted mail");
    assert_eq!((shop.orders().await, shop.received().len()), (vec!["1".into()], 0));
}

#[tokio::test]
async fn the_connection_goes_back_to_its_pool_as_it_came() {
    let Some(shop) = Shop::open().await else { return };
    let url = shop.database.socket_url();
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    for commits in [true, false] {
        let mut tx = shop.host.begin();
        let db = tx.join(SqlParticipant::new(pool.begin().await.unwrap()));
        assert!(tx.get(&db).unwrap().execute("SELECT 1/0").await.is_err());
        if commits {
            refused(tx.commit().await.unwrap_err());
        } else {
            drop(tx);
        }
        // A statement in a transaction would be refused, or share its time with the last one.
        insert(&mut pool.acquire().await.unwrap(), if commits { "1" } else { "2" }).await.unwrap();
    }
    assert_eq!(shop.orders().await, ["1", "2"]);
}
