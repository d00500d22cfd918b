//! Applications that queue in their own transactions: none waits for us, and none waits for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mailmethod::mailer::MailerSettings;
use mailmethod::queue::{NewEntry, Store};
use sqlx::{Connection as _, Executor as _, PgConnection, SqlitePool};
use tokio::sync::Barrier;

use crate::postgres_server;
use crate::puppet::{self, Puppet};
use crate::support::{World, entry, entry_with_attachment, folder};
use crate::working::{Working, bulk, count, until};

/// Two attachments, of which each caller uses both.
fn attached(which: usize) -> NewEntry {
    entry_with_attachment(50_000 + 10_000 * which)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_with_the_same_attachments_in_two_orders_never_deadlock() {
    let Some(database) = postgres_server::database().await else { return };
    let world = World::postgres(&database.url()).await;
    const ROUNDS: usize = 20;
    let meeting = Arc::new(Barrier::new(2));
    let mut callers = tokio::task::JoinSet::new();
    for order in [[0, 1], [1, 0]] {
        let (store, meeting) = (world.store.clone(), Arc::clone(&meeting));
        let mut caller = PgConnection::connect(&database.url()).await.unwrap();
        callers.spawn(async move {
            for round in 0..ROUNDS {
                // New parts in each other round, so that both would write them.
                let part = |which| attached(2 * (round / 2) + which);
                caller.execute("BEGIN").await.unwrap();
                store.insert_in(&mut caller, &[part(order[0])]).await.unwrap();
                // Both hold the one, and now want the other.
                meeting.wait().await;
                store.insert_in(&mut caller, &[part(order[1])]).await.unwrap();
                caller.execute("COMMIT").await.unwrap();
            }
        });
    }
    let both = tokio::time::timeout(Duration::from_secs(60), callers.join_all());
    assert!(both.await.is_ok(), "they wait for each other");
    assert_eq!(count(&world.store, "").await, u64::try_from(4 * ROUNDS).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_with_attachments_delays_no_other_mail() {
    let Some(database) = postgres_server::database().await else { return };
    let world = World::postgres(&database.url()).await;
    let store = &world.store;
    let puppet = Puppet::new(2);
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    let mut caller = PgConnection::connect(&database.url()).await.unwrap();
    caller.execute("BEGIN").await.unwrap();
    store
        .insert_in(&mut caller, &[attached(0), attached(1), entry(&["open@x.test"])])
        .await
        .unwrap();
    let begun = Instant::now();
    for at in 1..=5 {
        store.insert(vec![attached(1), attached(0)]).await.unwrap();
        until("the others leave", async || puppet.count("ada@x.test") == 2 * at).await;
    }
    store.retain(0, 0).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(puppet.count("open@x.test"), 0);
    caller.execute("COMMIT").await.unwrap();
    until("it leaves as well", async || puppet.count("open@x.test") == 1).await;
    until("with its parts", async || puppet.count("ada@x.test") == 12).await;
    working.end().await;
}

/// How long an application of its own waits for each of its writes.
async fn writes_beside(pool: &SqlitePool, times: i64) -> Duration {
    let mut longest = Duration::ZERO;
    for number in 0..times {
        let begun = Instant::now();
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let order = sqlx::query("INSERT INTO orders VALUES ($1)").bind(number);
        order.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        longest = longest.max(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    longest
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_on_the_same_sqlite_file_never_finds_it_busy_for_long() {
    let folder = folder();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("shop.db"))
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(5));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE orders (number INTEGER PRIMARY KEY)").await.unwrap();
    let store = Store::in_sqlite(&pool).await.unwrap();
    let puppet = Puppet::new(4);
    let working = Working::start(&store, puppet::adapter(&puppet), MailerSettings::default());
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        callers.spawn(async move {
            for _ in 0..20 {
                let mut group: Vec<NewEntry> = (0..8).map(|_| bulk("ok@x.test")).collect();
                group.push(entry(&["ok@x.test"]));
                store.insert(group).await.unwrap();
            }
        });
    }
    let longest = writes_beside(&pool, 200).await;
    callers.join_all().await;
    until("all leaves", async || puppet.count("ok@x.test") == 1_080).await;
    let orders: i64 =
        sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&pool).await.unwrap();
    assert_eq!(orders, 200);
    working.end().await;
    eprintln!("the longest write of the application took {longest:?}");
}
