//! Transactions of others that stand in the way.

use super::*;
use crate::puppet::{self, Puppet};
use mailmethod::message::OnConflict;
use mailmethod::queue::{Action, Key, QueueError};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};

/// A store on PostgreSQL, and a connection of the application beside it.
struct Shop {
    world: World,
    caller: PgConnection,
    database: postgres_server::Database,
}

impl Shop {
    async fn open() -> Option<Self> {
        let database = postgres_server::database().await?;
        let world = World::postgres(&database.url()).await;
        let caller = PgConnection::connect(&database.url()).await.unwrap();
        Some(Self { world, caller, database })
    }
}

fn keyed(key: &str, content: &str, on_conflict: OnConflict) -> NewEntry {
    let content = content.as_bytes().to_vec();
    let key = Some(Key { key: key.to_owned(), content, on_conflict });
    NewEntry { key, ..entry(&["ok@x.test"]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_file_fails_all_who_wait_within_seconds() {
    let world = World::sqlite().await;
    let file = world.store.sqlite_file().unwrap().to_owned();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut caller = SqliteConnection::connect_with(&options).await.unwrap();
    caller.execute("BEGIN IMMEDIATE").await.unwrap();
    let begun = std::time::Instant::now();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let store = world.store.clone();
        waiting.spawn(async move { store.insert(vec![entry(&["ok@x.test"])]).await.map(drop) });
        let store = world.store.clone();
        waiting.spawn(async move { store.register("test", 1).await.map(drop) });
    }
    while let Some(done) = waiting.join_next().await {
        let error = done.unwrap().unwrap_err();
        assert!(matches!(error, QueueError::Locked), "{error:?}");
        assert!(error.to_string().contains("queue_in"), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    caller.execute("COMMIT").await.unwrap();
    world.store.insert(vec![entry(&["ok@x.test"])]).await.unwrap();
    assert_eq!(count(&world.store, "state:queued").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_with_a_key_delays_no_other_mail() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let puppet = Puppet::new(2);
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    caller.execute("BEGIN").await.unwrap();
    let first = store.insert_in(&mut caller, &[keyed("k", "a", OnConflict::Error)]).await.unwrap();
    let again = {
        let store = store.clone();
        tokio::spawn(async move { store.insert(vec![keyed("k", "a", OnConflict::Error)]).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = std::time::Instant::now();
    for at in 1..=5 {
        store.insert(vec![entry(&["other@x.test"])]).await.unwrap();
        until("others go on", async || puppet.count("other@x.test") == at).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(!again.is_finished());
    caller.execute("COMMIT").await.unwrap();
    assert_eq!(again.await.unwrap().unwrap(), first);
    until("the mail of the caller leaves", async || puppet.count("ok@x.test") == 1).await;
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_that_replaces_a_mail_on_its_way_delays_no_other() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let slow = NewEntry { key: keyed("k", "a", OnConflict::Error).key, ..entry(&["wait@x.test"]) };
    let queued = keyed("q", "a", OnConflict::Error);
    let later = mailmethod::queue::Due::In(3_600_000_000);
    store.insert(vec![slow, NewEntry { due: later, ..queued }]).await.unwrap();
    let mailer = store.register("by hand", 1).await.unwrap();
    let claim = store.claim(mailer, "default", 1).await.unwrap()[0].ticket();
    caller.execute("BEGIN").await.unwrap();
    // What is being sent is not replaced in a transaction that nobody knows the end of.
    let sent = store.insert_in(&mut caller, &[keyed("k", "b", OnConflict::Replace)]).await;
    assert!(matches!(sent, Err(QueueError::KeyConflict { .. })), "{sent:?}");
    store.insert_in(&mut caller, &[keyed("q", "b", OnConflict::Replace)]).await.unwrap();
    let gating =
        tokio::time::timeout(Duration::from_secs(2), store.round(mailer, vec![], vec![claim]));
    assert_eq!(gating.await.unwrap().unwrap().gated.len(), 1);
    caller.execute("ROLLBACK").await.unwrap();
    assert_eq!(count(store, "state:queued").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_mail_that_somebody_has_locked_makes_no_hot_loop() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let puppet = Puppet::new(2);
    let later = mailmethod::queue::Due::In(3_600_000_000);
    let old = NewEntry { due: later, ..keyed("k", "a", OnConflict::Error) };
    store.insert(vec![old]).await.unwrap();
    caller.execute("BEGIN").await.unwrap();
    store.insert_in(&mut caller, &[keyed("k", "b", OnConflict::Replace)]).await.unwrap();
    store.advance(Duration::from_secs(3_601)).await.unwrap();
    let commits = async || {
        let mut connection = PgConnection::connect(&world.location).await.unwrap();
        let sql = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection).await.unwrap()
    };
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = commits().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let busy = commits().await - before;
    assert!(busy < 120, "{busy} transactions in three seconds");
    assert_eq!(puppet.offers(), 0);
    caller.execute("COMMIT").await.unwrap();
    until("the new one leaves", async || puppet.count("ok@x.test") == 1).await;
    working.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_transaction_of_ours_holds_no_shared_part() {
    let Some(Shop { world, caller: _, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let prepared = store.prepare(&[support::entry_with_attachment(50_000)]).await.unwrap();
    let other = store.insert(vec![support::entry_with_attachment(50_000)]);
    tokio::time::timeout(Duration::from_secs(2), other).await.unwrap().unwrap();
    prepared.commit().await.unwrap();
    assert_eq!(count(store, "state:queued").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_part_that_is_used_again_is_not_collected() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let id = store.insert(vec![support::entry_with_attachment(50_000)]).await.unwrap()[0];
    store.act_on(Action::Delete, id, "me").await.unwrap();
    store.advance(Duration::from_secs(2 * 86_400)).await.unwrap();
    // Somebody notes a use in the very moment in which it is collected.
    caller.execute("BEGIN").await.unwrap();
    caller.execute("UPDATE mailmethod.blob SET used_at = mailmethod.clock()").await.unwrap();
    let collecting = {
        let store = store.clone();
        tokio::spawn(async move { store.retain(i64::MAX / 2, i64::MAX / 2).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    caller.execute("COMMIT").await.unwrap();
    collecting.await.unwrap().unwrap();
    assert_eq!(store.usage().await.unwrap().blobs, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_resolved_meanwhile_is_not_resolved_twice() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let claims = store.claim(mailer, "default", 1).await.unwrap();
    let ticket = claims[0].ticket();
    store.round(mailer, vec![], vec![ticket]).await.unwrap();
    let doubt = mailmethod::queue::Settlement {
        next: mailmethod::queue::Next::Doubt,
        ..mailmethod::queue::Settlement::release(ticket)
    };
    store.round(mailer, vec![doubt], vec![]).await.unwrap();
    store.advance(Duration::from_secs(5 * 86_400)).await.unwrap();
    // Another mailer has just done both, and its commit is on its way.
    caller.execute("BEGIN").await.unwrap();
    let sql = "UPDATE mailmethod.entry SET state = 'queued', doubts = 1, gated_at = NULL, \
         due_at = mailmethod.clock(), expires_at = mailmethod.clock() + 3600000000";
    caller.execute(sql).await.unwrap();
    let doing = {
        let store = store.clone();
        tokio::spawn(async move { (store.resolve_doubts().await, store.expire().await) })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    caller.execute("COMMIT").await.unwrap();
    let (resolved, expired) = doing.await.unwrap();
    assert_eq!((resolved.unwrap(), expired.unwrap().len()), (0, 0));
    for id in ids {
        let detail = store.detail(id).await.unwrap();
        assert_eq!((detail.summary.state, detail.doubts), (State::Queued, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passed_the_gate_meanwhile_is_neither_replaced_nor_redirected() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let ids = store
        .insert(vec![keyed("k", "a", OnConflict::Error), keyed("j", "a", OnConflict::Error)])
        .await
        .unwrap();
    let sql = "UPDATE mailmethod.entry SET state = 'sending', lease = 1, \
         mailer = gen_random_uuid(), gated_at = mailmethod.clock()";
    caller.execute("BEGIN").await.unwrap();
    caller.execute(sql).await.unwrap();
    let doing = {
        let (store, id) = (store.clone(), ids[1]);
        tokio::spawn(async move {
            let to = ["new@x.test".parse().unwrap()];
            let replaced = store.insert(vec![keyed("k", "b", OnConflict::Replace)]).await;
            (replaced, store.redirect(id, &to, "me").await)
        })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    caller.execute("COMMIT").await.unwrap();
    let (replaced, redirected) = doing.await.unwrap();
    assert!(matches!(replaced, Err(QueueError::KeyConflict { .. })), "{replaced:?}");
    // The redirect came after the commit here; its own race is that of the lock on the row.
    assert!(matches!(redirected, Err(QueueError::NotPossible { .. })), "{redirected:?}");
    assert_eq!(store.count(&Default::default(), 10).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_waits_for_whoever_claims_the_mail() {
    let Some(Shop { world, mut caller, database: _database }) = Shop::open().await else { return };
    let store = &world.store;
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    caller.execute("BEGIN").await.unwrap();
    let sql =
        "UPDATE mailmethod.entry SET state = 'sending', lease = 1, mailer = gen_random_uuid()";
    caller.execute(sql).await.unwrap();
    let doing = {
        let store = store.clone();
        let to = ["new@x.test".parse().unwrap()];
        tokio::spawn(async move { store.redirect(id, &to, "me").await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    caller.execute("COMMIT").await.unwrap();
    let redirected = doing.await.unwrap();
    assert!(matches!(redirected, Err(QueueError::NotPossible { .. })), "{redirected:?}");
    assert_eq!(store.count(&Default::default(), 10).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_one_mailer_by_whatever_path() {
    let world = World::sqlite().await;
    let file = world.store.sqlite_file().unwrap().to_owned();
    let link = file.with_file_name("link.db");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let other = Store::open(&format!("sqlite:{}", link.display()).parse().unwrap()).await.unwrap();
    let lock = world.store.lock_mailer().unwrap();
    let second = other.lock_mailer().unwrap_err();
    assert!(matches!(second, QueueError::MailerRuns { .. }), "{second:?}");
    drop(lock);
    other.lock_mailer().unwrap();
}
