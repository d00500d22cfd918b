//! The queue as an application uses it: calls by name, in its own transactions, on both databases.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "support/memory.rs"]
mod memory;
#[path = "support/postgres.rs"]
mod postgres_server;

use std::time::Duration;

use mailmethod::host::{EnqueueError, Settings};
use mailmethod::message::OnConflict;
use mailmethod::outbox::SqlParticipant;
use mailmethod::queue::{Action, EntryId, Filter, QueueError, State, StoreSource};
use mailmethod::testing::{Fate, TestHost};
use mailmethod::{Call, MailHost};
use sqlx::{Executor as _, PgPool, SqlitePool};

const TEMPLATES: &str = "tests/queue";

fn order(number: &str) -> Call {
    Call::new("order").arg("number", number).unwrap().arg("email", "ada@example.test").unwrap()
}

/// An application's own database, with a table of orders.
struct Shop<P> {
    pool: P,
    host: TestHost,
    _gone_with: Box<dyn std::any::Any>,
}

async fn sqlite_shop() -> Shop<SqlitePool> {
    let folder = memory::folder();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("shop.db"))
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE orders (number TEXT PRIMARY KEY)").await.unwrap();
    let host = MailHost::for_tests_on(TEMPLATES, &pool).await.unwrap();
    Shop { pool, host, _gone_with: Box::new(folder) }
}

async fn postgres_shop() -> Option<Shop<PgPool>> {
    let database = postgres_server::database().await?;
    let pool = PgPool::connect(&database.url()).await.unwrap();
    pool.execute("CREATE TABLE orders (number TEXT PRIMARY KEY)").await.unwrap();
    let host = MailHost::for_tests_on(TEMPLATES, &pool).await.unwrap();
    Some(Shop { pool, host, _gone_with: Box::new(database) })
}

/// Runs each scenario on both databases: the text is the same, the types are not.
macro_rules! on_both {
    ($($name:ident: |$shop:ident| $body:block)+) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let $shop = sqlite_shop().await;
                $body
            })+
        }
        mod postgres {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let Some($shop) = postgres_shop().await else { return };
                $body
            })+
        }
    };
}

async fn tick(host: &TestHost) {
    host.tick(Duration::ZERO).await.unwrap();
}

on_both! {
    an_order_and_its_mail_commit_together: |shop| {
        let mut tx = shop.pool.begin().await.unwrap();
        tx.execute("INSERT INTO orders VALUES ('1')").await.unwrap();
        let id = shop.host.queue_in(&mut tx, &order("1")).await.unwrap();
        shop.host.outbox().await.unwrap().assert_count(Fate::Uncommitted, 1);
        tx.commit().await.unwrap();
        shop.host.outbox().await.unwrap().assert_count(Fate::Committed, 1);
        tick(&shop.host).await;
        assert_eq!(shop.host.inbox().only().subject(), "Order 1");
        let outbox = shop.host.outbox().await.unwrap();
        assert_eq!(outbox.one("order").id, id);
        outbox.assert_count(Fate::Sent, 1);
    }

    g19_a_rolled_back_order_mails_nobody: |shop| {
        let mut tx = shop.pool.begin().await.unwrap();
        tx.execute("INSERT INTO orders VALUES ('1')").await.unwrap();
        shop.host.queue_in(&mut tx, &order("1")).await.unwrap();
        tx.rollback().await.unwrap();
        let mut tx = shop.pool.begin().await.unwrap();
        shop.host.queue_in(&mut tx, &order("2")).await.unwrap();
        drop(tx);
        tick(&shop.host).await;
        shop.host.inbox().assert_empty();
        shop.host.outbox().await.unwrap().assert_count(Fate::Uncommitted, 2);
        let store = shop.host.store().await.unwrap();
        assert_eq!(store.count(&Filter::default(), 10).await.unwrap(), 0);
    }

    g19_a_rolled_back_savepoint_takes_its_mail_with_it: |shop| {
        let mut tx = shop.pool.begin().await.unwrap();
        shop.host.queue_in(&mut tx, &order("1")).await.unwrap();
        tx.execute("SAVEPOINT s").await.unwrap();
        shop.host.queue_in(&mut tx, &order("2")).await.unwrap();
        tx.execute("ROLLBACK TO s").await.unwrap();
        shop.host.queue_in(&mut tx, &order("3")).await.unwrap();
        tx.commit().await.unwrap();
        tick(&shop.host).await;
        let subjects: Vec<_> =
            shop.host.inbox().all().iter().map(|mail| mail.subject().to_owned()).collect();
        assert_eq!(subjects, ["Order 1", "Order 3"]);
    }

    what_fails_in_the_outbox_leaves_the_transaction_as_it_was: |shop| {
        shop.host.queue(&order("1").key("k")).await.unwrap();
        let mut tx = shop.pool.begin().await.unwrap();
        tx.execute("INSERT INTO orders VALUES ('1')").await.unwrap();
        let taken = shop.host.queue_in(&mut tx, &order("2").key("k")).await.unwrap_err();
        assert!(matches!(taken, EnqueueError::Queue(QueueError::KeyConflict { .. })), "{taken:?}");
        assert!(shop.host.queue_in(&mut tx, &Call::new("order")).await.is_err());
        shop.host.queue_in(&mut tx, &order("3")).await.unwrap();
        tx.commit().await.unwrap();
        let orders: i64 =
            sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&shop.pool).await.unwrap();
        assert_eq!(orders, 1);
        assert_eq!(shop.host.outbox().await.unwrap().with(Fate::Committed).len(), 2);
    }

    a_call_with_the_same_key_is_queued_once: |shop| {
        let first = shop.host.queue(&order("1").key("order:1")).await.unwrap();
        assert_eq!(shop.host.queue(&order("1").key("order:1")).await.unwrap(), first);
        let again = shop.host.queue(&order("1").key("order:1").locale("de")).await;
        assert!(again.is_err(), "another locale is another content");
        let other = order("1").key("order:1").to("bob@example.test");
        assert!(shop.host.queue(&other).await.is_err(), "so are other recipients");
        let skipped = order("2").key("order:1").on_conflict(OnConflict::Skip);
        assert_eq!(shop.host.queue(&skipped).await.unwrap(), first);
        let replaced = order("2").key("order:1").on_conflict(OnConflict::Replace);
        assert_ne!(shop.host.queue(&replaced).await.unwrap(), first);
        tick(&shop.host).await;
        assert_eq!(shop.host.inbox().only().subject(), "Order 2");
    }

    many_are_queued_by_one_commit_or_not_at_all: |shop| {
        let calls: Vec<Call> = (0..130).map(|at| order(&at.to_string())).collect();
        let ids = shop.host.queue_many(&calls).await.unwrap();
        assert_eq!(ids.len(), 130);
        let broken = vec![order("x"), Call::new("order")];
        assert!(shop.host.queue_many(&broken).await.is_err());
        tick(&shop.host).await;
        assert_eq!(shop.host.inbox().len(), 130);
    }

    t75_queueing_starts_no_mailer: |shop| {
        let mut tx = shop.host.begin();
        tx.stage(&order("1")).unwrap();
        let id = tx.commit().await.unwrap().queued[0];
        let store = shop.host.store().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(store.mailers().await.unwrap().is_empty());
        assert_eq!(store.detail(id).await.unwrap().summary.state, State::Queued);
        shop.host.inbox().assert_empty();
    }

    g19_one_key_of_a_hundred_callers_is_one_mail: |shop| {
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let host = MailHost::clone(&shop.host);
            callers.spawn(async move { host.queue(&order("1").key("k")).await.unwrap() });
        }
        let mut ids = callers.join_all().await;
        ids.dedup();
        assert_eq!(ids.len(), 1);
        tick(&shop.host).await;
        assert_eq!(shop.host.inbox().len(), 1);
    }

    a_queued_mail_needs_its_definition_no_more: |shop| {
        shop.host.queue(&order("1")).await.unwrap();
        let none = memory::folder();
        let methods = mailmethod::MailMethods::load(none.path()).unwrap();
        let store = shop.host.store().await.unwrap();
        let inbox = shop.host.inbox().memory().clone();
        let later = MailHost::builder().methods(methods).store(&shop.pool)
            .adapter("default", std::sync::Arc::new(inbox)).build().unwrap();
        assert!(later.queue(&order("2")).await.is_err());
        later.mailer().drain(std::future::pending()).await.unwrap();
        assert_eq!(store.count(&"state:sent".parse().unwrap(), 10).await.unwrap(), 1);
    }

    a_transaction_queues_its_mail_as_it_commits: |shop| {
        let mut tx = shop.host.begin();
        tx.stage(&order("1")).unwrap();
        let savepoint = tx.savepoint().await.unwrap();
        tx.stage(&order("2")).unwrap();
        tx.rollback_to(savepoint).await.unwrap();
        let third = tx.stage(&order("3")).unwrap();
        tx.amend(third, &order("4")).unwrap();
        let message_id = tx.find(third).unwrap().message().id().to_owned();
        let committed = tx.commit().await.unwrap();
        assert_eq!(committed.queued.len(), 2);
        tick(&shop.host).await;
        let subjects: Vec<_> =
            shop.host.inbox().all().iter().map(|mail| mail.subject().to_owned()).collect();
        assert_eq!(subjects, ["Order 1", "Order 4"]);
        let store = shop.host.store().await.unwrap();
        let queued = store.detail(committed.queued[1]).await.unwrap().summary;
        assert_eq!(queued.message_id, message_id);

        let mut tx = shop.host.begin();
        tx.stage(&order("5")).unwrap();
        tx.abort().await.unwrap();
        let mut tx = shop.host.begin();
        tx.stage(&order("6")).unwrap();
        tx.doom();
        assert!(tx.commit().await.is_err());
        tick(&shop.host).await;
        assert_eq!(shop.host.inbox().len(), 2);
    }

    a_participant_on_the_database_of_the_queue_is_refused_with_advice: |shop| {
        let mut tx = shop.host.begin();
        let db = tx.join(SqlParticipant::new(shop.pool.begin().await.unwrap()));
        tx.get(&db).unwrap().execute("INSERT INTO orders VALUES ('1')").await.unwrap();
        tx.stage(&order("1")).unwrap();
        let refused = tx.commit().await.unwrap_err();
        let mut text = refused.to_string();
        let mut cause = std::error::Error::source(&refused);
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        assert!(text.contains("`queue_in`"), "{text}");
        let orders: i64 =
            sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&shop.pool).await.unwrap();
        assert_eq!(orders, 0);
    }

    t45_mail_that_a_relay_refuses_after_the_commit_goes_on_in_the_queue: |shop| {
        let mut tx = shop.host.begin_direct();
        tx.stage(&order("1")).unwrap();
        shop.host.inbox().memory().fail_next_dot(451, "4.3.0 disk full");
        let committed = tx.commit().await.unwrap();
        assert_eq!(committed.sent.len(), 1);
        shop.host.inbox().assert_empty();
        let outbox = shop.host.outbox().await.unwrap();
        let entry = outbox.one("order").entry.clone().unwrap();
        assert_eq!(outbox.one("order").fate, Fate::Deferred);
        assert_eq!(entry.last.unwrap().text, "disk full");
        assert_eq!(entry.attempts, 1);
        shop.host.tick(Duration::from_secs(600)).await.unwrap();
        assert_eq!(shop.host.inbox().only().subject(), "Order 1");
    }

    a_secret_is_shown_to_nobody_and_wiped_at_the_end: |shop| {
        let call = Call::new("reset").arg("email", "ada@example.test").unwrap()
            .arg("link", "https://x.test/s3cret").unwrap();
        let id = shop.host.queue(&call).await.unwrap();
        let store = shop.host.store().await.unwrap();
        let detail = store.detail(id).await.unwrap();
        assert!(detail.summary.secret);
        assert_eq!(detail.summary.subject, "•••");
        let shown = format!("{:?} {:?}", detail.shown, detail.arguments);
        assert!(!shown.contains("s3cret") && shown.contains("•••"), "{shown}");
        assert!(store.bytes(id).await.unwrap().is_some());
        tick(&shop.host).await;
        let received = shop.host.inbox().only();
        assert!(received.text().unwrap().contains("https://x.test/s3cret"));
        assert_eq!(store.bytes(id).await.unwrap(), None);
        assert_eq!(store.detail(id).await.unwrap().arguments, None);
    }

    b12_exhausted_mail_is_dead_with_its_history_and_is_sent_once_when_retried: |shop| {
        let id = shop.host.queue(&order("1").expires_in(Duration::from_secs(3_600))).await.unwrap();
        let store = shop.host.store().await.unwrap();
        for _ in 0..5 {
            shop.host.inbox().fail_next(451, "4.2.0 busy");
            let tries = store.detail(id).await.unwrap().summary.attempts;
            while store.detail(id).await.unwrap().summary.attempts == tries {
                shop.host.tick(Duration::from_secs(60)).await.unwrap();
            }
        }
        shop.host.tick(Duration::from_secs(3_600)).await.unwrap();
        let detail = store.detail(id).await.unwrap();
        assert_eq!(detail.summary.state, State::Expired);
        assert!(detail.events.len() >= 3, "{:?}", detail.events);
        let last = detail.summary.last.unwrap();
        assert_eq!((last.code, last.text.as_str()), (Some(451), "busy"));
        store.act_on(Action::Retry, id, "me").await.unwrap();
        tick(&shop.host).await;
        tick(&shop.host).await;
        assert_eq!(shop.host.inbox().len(), 1);
    }

    a_sent_mail_is_resent_as_a_new_one_and_a_dead_one_redirected: |shop| {
        let first = shop.host.queue(&order("1")).await.unwrap();
        tick(&shop.host).await;
        let store = shop.host.store().await.unwrap();
        let copy = store.resend(first, "me").await.unwrap();
        let (old, new) = (store.detail(first).await.unwrap(), store.detail(copy).await.unwrap());
        assert_ne!(old.summary.message_id, new.summary.message_id);
        assert_eq!((old.copies, new.origin), (vec![copy], Some(first)));
        let bytes = String::from_utf8(store.bytes(copy).await.unwrap().unwrap()).unwrap();
        assert!(bytes.contains(&format!("Message-ID: {}\r\n", new.summary.message_id)), "{bytes}");

        shop.host.inbox().memory().clear();
        shop.host.inbox().memory().refuse(&"ada@example.test".parse().unwrap(), 550, "5.1.1 unknown");
        let dead = shop.host.queue(&order("2")).await.unwrap();
        tick(&shop.host).await;
        assert_eq!(store.detail(dead).await.unwrap().summary.state, State::Dead);
        let to = ["ada@new.test".parse().unwrap()];
        let moved = store.redirect(dead, &to, "me").await.unwrap();
        tick(&shop.host).await;
        let detail = store.detail(moved).await.unwrap();
        assert_eq!(detail.summary.state, State::Sent);
        assert_eq!(detail.summary.recipients[0].address, "ada@new.test");
        assert_eq!(detail.summary.message_id, store.detail(dead).await.unwrap().summary.message_id);
        let gone = store.redirect(EntryId::from(uuid::Uuid::nil()), &to, "me").await.unwrap_err();
        assert!(matches!(gone, QueueError::UnknownEntry { .. }));
        let waiting = shop.host.queue(&order("3")).await.unwrap();
        store.redirect(waiting, &to, "me").await.unwrap();
        assert_eq!(store.detail(waiting).await.unwrap().summary.state, State::Cancelled);
        assert!(store.resend(moved, "me").await.is_ok());
        let actions: Vec<String> =
            store.audits(10).await.unwrap().into_iter().map(|row| row.action).collect();
        assert_eq!(actions, ["resend", "redirect", "redirect", "resend"]);
    }
}

/// What other programs do: insert a row in their own transaction.
async fn call_rows_become_entries(host: &TestHost, good: uuid::Uuid, bad: uuid::Uuid) {
    let store = host.store().await.unwrap();
    tick(host).await;
    assert_eq!(host.inbox().only().subject(), "Order 7");
    let entry = store.detail(good.into()).await.unwrap();
    assert_eq!((entry.summary.state, entry.summary.key.as_deref()), (State::Sent, Some("order:7")));
    let entry = store.detail(bad.into()).await.unwrap();
    assert_eq!(entry.summary.state, State::Held);
    assert_eq!(entry.summary.reason.as_deref(), Some("render"));
    let why = entry.summary.last.unwrap().text;
    assert!(why.contains("number") && why.contains("missing"), "{why}");
}

#[tokio::test]
async fn a_call_row_on_sqlite_becomes_an_entry_or_its_error() {
    let shop = sqlite_shop().await;
    let (good, bad) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let insert =
        "INSERT INTO mailmethod_call (id, method, arguments, options) VALUES ($1, 'order', $2, $3)";
    let mut tx = shop.pool.begin().await.unwrap();
    for (id, arguments, options) in [
        (good, r#"{"number":"7","email":"ada@example.test"}"#, r#"{"key":"order:7"}"#),
        (bad, r#"{"email":"ada@example.test"}"#, "{}"),
    ] {
        let query = sqlx::query(insert).bind(id.to_string()).bind(arguments).bind(options);
        query.execute(&mut *tx).await.unwrap();
    }
    tx.execute("INSERT INTO mailmethod_call (method) VALUES ('nothing')").await.unwrap();
    tx.commit().await.unwrap();
    call_rows_become_entries(&shop.host, good, bad).await;
    let store = shop.host.store().await.unwrap();
    let held: Filter = "reason:render".parse().unwrap();
    assert_eq!(store.count(&held, 10).await.unwrap(), 2);

    // Once it is mended, release tries it again, under the same id.
    let mend = "UPDATE mailmethod_call SET arguments = $2 WHERE id = $1";
    let arguments = r#"{"number":"8","email":"ada@example.test"}"#;
    sqlx::query(mend).bind(bad.to_string()).bind(arguments).execute(&shop.pool).await.unwrap();
    store.act_on(Action::Release, bad.into(), "me").await.unwrap();
    tick(&shop.host).await;
    assert_eq!(store.detail(bad.into()).await.unwrap().summary.state, State::Sent);
    assert_eq!(shop.host.inbox().len(), 2);
}

#[tokio::test]
async fn the_function_call_on_postgresql_queues_in_the_callers_transaction() {
    let Some(shop) = postgres_shop().await else { return };
    let call = "SELECT mailmethod.call('order', $1::jsonb, $2::jsonb)";
    let mut tx = shop.pool.begin().await.unwrap();
    let good: uuid::Uuid = sqlx::query_scalar(call)
        .bind(r#"{"number":"7","email":"ada@example.test"}"#)
        .bind(r#"{"key":"order:7"}"#)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(good.get_version_num(), 7);
    let bad: uuid::Uuid =
        sqlx::query_scalar("SELECT mailmethod.call('order', '{\"email\":\"ada@example.test\"}')")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    tick(&shop.host).await;
    shop.host.inbox().assert_empty();
    tx.commit().await.unwrap();
    call_rows_become_entries(&shop.host, good, bad).await;

    let mut tx = shop.pool.begin().await.unwrap();
    tx.execute("SELECT mailmethod.call('order', '{\"number\":\"9\",\"email\":\"a@x.test\"}')")
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    tick(&shop.host).await;
    assert_eq!(shop.host.inbox().len(), 1);
}

#[tokio::test]
async fn thirty_transactions_with_one_key_on_postgresql_queue_one_mail() {
    let Some(shop) = postgres_shop().await else { return };
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (pool, host) = (shop.pool.clone(), MailHost::clone(&shop.host));
        callers.spawn(async move {
            let mut tx = pool.begin().await.unwrap();
            let id = host.queue_in(&mut tx, &order("1").key("k")).await.unwrap();
            tx.commit().await.unwrap();
            id
        });
    }
    let mut ids = callers.join_all().await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    tick(&shop.host).await;
    assert_eq!(shop.host.inbox().len(), 1);
}

#[tokio::test]
async fn a_connection_to_another_database_is_refused() {
    let (shop, other) = (sqlite_shop().await, sqlite_shop().await);
    let mut tx = other.pool.begin().await.unwrap();
    let error = shop.host.queue_in(&mut tx, &order("1")).await.unwrap_err();
    assert!(matches!(error, EnqueueError::Queue(QueueError::OtherDatabase)), "{error:?}");
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn begin_queues_only_where_somebody_has_named_a_store() {
    let host = MailHost::for_tests(TEMPLATES).await.unwrap();
    assert!(!host.has_store());
    let mut tx = host.begin();
    tx.stage(&order("1")).unwrap();
    assert_eq!(tx.commit().await.unwrap().sent.len(), 1);
    assert_eq!(host.inbox().len(), 1);
    // Queueing itself needs no name: there is a default.
    host.queue(&order("2")).await.unwrap();
    tick(&host).await;
    assert_eq!(host.inbox().len(), 2);
}

#[tokio::test]
async fn opening_a_host_makes_no_store() {
    let folder = memory::folder();
    let mut settings = Settings::default();
    let file = folder.path().join("mail.db");
    settings.set_store(format!("sqlite:{}", file.display()));
    let methods = mailmethod::MailMethods::load(TEMPLATES).unwrap();
    let host = MailHost::builder().settings(settings).methods(methods).build().unwrap();
    host.render(&order("1")).unwrap();
    assert!(!file.exists());
    host.queue(&order("1")).await.unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_store_says_where_it_is_and_what_is_wrong_with_that() {
    let wrong: Result<StoreSource, _> = "mysql://x".parse().map(StoreSource::At);
    assert!(wrong.is_err());
    let folder = memory::folder();
    let file = folder.path().join("mail.db");
    std::fs::write(&file, "this is no database, and it is longer than a header of one".repeat(20))
        .unwrap();
    let location: mailmethod::queue::Location =
        format!("sqlite:{}", file.display()).parse().unwrap();
    let error = mailmethod::queue::Store::open(&location).await.unwrap_err();
    assert!(matches!(error, QueueError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn scheduled_mail_carries_the_date_at_which_it_is_due() {
    let host = MailHost::for_tests(TEMPLATES).await.unwrap();
    let at: jiff::Timestamp = "2099-03-28T02:30:00+01:00".parse().unwrap();
    let id = host.queue(&order("1").at(at)).await.unwrap();
    let store = host.store().await.unwrap();
    let bytes = String::from_utf8(store.bytes(id).await.unwrap().unwrap()).unwrap();
    assert!(bytes.contains("Date: Sat, 28 Mar 2099 01:30:00 +0000\r\n"), "{bytes}");
    assert_eq!(store.detail(id).await.unwrap().summary.due_at, Some(at));
    tick(&host).await;
    host.inbox().assert_empty();
}

#[tokio::test]
async fn bulk_mail_waits_for_the_next_run_unless_told_otherwise() {
    let host = MailHost::for_tests(TEMPLATES).await.unwrap();
    let methods = host.methods();
    let bulk = Call::new("digest").arg("email", "ada@example.test").unwrap();
    let method = methods.find("digest").unwrap();
    assert_eq!(method.terms(&bulk).wake, mailmethod::method::Wake::NextRun);
    assert_eq!(method.terms(&bulk.immediate()).wake, mailmethod::method::Wake::Immediate);
    let call = order("1").at_next_run().priority(9).expires_in(Duration::from_secs(60));
    let terms = methods.find("order").unwrap().terms(&call);
    assert_eq!((terms.wake, terms.priority), (mailmethod::method::Wake::NextRun, 5));
    assert_eq!(terms.expires, Duration::from_secs(60));
}

#[tokio::test]
async fn metrics_count_attempts_and_entries() {
    let host = MailHost::for_tests(TEMPLATES).await.unwrap();
    host.queue(&order("1")).await.unwrap();
    host.inbox().fail_next(550, "5.1.1 no");
    tick(&host).await;
    host.queue(&order("2")).await.unwrap();
    tick(&host).await;
    let text = host.metrics().await.unwrap();
    for line in [
        "mailmethod_attempts_total{verdict=\"sent\"} 1",
        "mailmethod_attempts_total{verdict=\"refused\"} 1",
        "mailmethod_entries{view=\"dead\"} 1",
        "mailmethod_entries{view=\"sent\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.rsplit_once(' ').unwrap().1.parse::<f64>().is_ok(), "{line}");
    }
}
