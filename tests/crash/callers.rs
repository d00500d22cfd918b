//! G9 and G19: applications that are killed while they queue, and in their own transactions.

use std::time::Duration;

use mailmethod::queue::{EntryId, Store};
use sqlx::{Connection as _, Executor as _, PgConnection, SqlitePool};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::{WORKER, World, kill, left, postgres_server, says, stop_at, this_program};
use crate::support::{entry, folder};

/// The process of an application that queues, and tells what was answered for.
#[test]
fn a_caller_in_a_process_of_its_own() {
    let Ok(location) = std::env::var(WORKER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let store = Store::open(&location.parse().unwrap()).await.unwrap();
        println!("caller up");
        loop {
            let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
            for id in ids {
                println!("queued {id}");
            }
        }
    });
}

/// Kills callers while they commit, so many times.
async fn killed_while_they_queue(world: &World, kills: usize) {
    let mut answered = Vec::new();
    let mut chance = 11_u64;
    for _ in 0..kills {
        let mut caller = this_program("callers::a_caller_in_a_process_of_its_own", &world.location);
        let mut child = caller.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let some = 1 + usize::try_from(chance >> 59).unwrap();
        let mut read = 0;
        while let Some(line) = lines.next_line().await.unwrap() {
            let Some((_, id)) = line.split_once("queued ") else { continue };
            answered.push(id.parse::<uuid::Uuid>().unwrap());
            read += 1;
            if read == some {
                child.start_kill().unwrap();
            }
        }
        child.wait().await.unwrap();
        assert!(read >= some, "it ended by itself");
    }
    for id in &answered {
        world.store.detail(EntryId::from(*id)).await.unwrap();
    }
    let all = left(&world.store, "").await;
    assert!(all >= answered.len() && all <= answered.len() + 4 * kills + 2 * kills * 64, "{all}");
    assert_eq!(world.number("SELECT count(*) FROM @recipient").await, i64::try_from(all).unwrap());
    if !world.is_postgres() {
        let damage = "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        assert_eq!(world.number(damage).await, 0);
        assert_eq!(world.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
    }
    eprintln!(
        "{kills} kills: all {} mails that were answered for are there, of {all}",
        answered.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn g9_what_was_answered_for_is_there_after_kills_on_sqlite() {
    killed_while_they_queue(&World::sqlite().await, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g9_what_was_answered_for_is_there_after_kills_on_postgres() {
    let Some(database) = postgres_server::database().await else { return };
    killed_while_they_queue(&World::postgres(&database.url()).await, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 500 kills"]
async fn g9_what_was_answered_for_is_there_after_five_hundred_kills() {
    killed_while_they_queue(&World::sqlite().await, 500).await;
}

/// The process of an application that writes an order and its mail in one transaction.
#[test]
fn an_order_in_a_process_of_its_own() {
    let Ok(told) = std::env::var(WORKER) else { return };
    let (how, url) = told.split_once(' ').unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let mail = [entry(&["a@x.test"])];
        if url.starts_with("postgres") {
            let store = Store::open(&url.parse().unwrap()).await.unwrap();
            let mut caller = PgConnection::connect(url).await.unwrap();
            let mut tx = caller.begin().await.unwrap();
            tx.execute("INSERT INTO orders VALUES (1)").await.unwrap();
            store.insert_in(&mut tx, &mail).await.unwrap();
            if how == "commit" {
                tx.commit().await.unwrap();
            }
            stop_at(how).await;
        } else {
            let pool = SqlitePool::connect(url).await.unwrap();
            let store = Store::in_sqlite(&pool).await.unwrap();
            let mut tx = pool.begin().await.unwrap();
            tx.execute("INSERT INTO orders VALUES (1)").await.unwrap();
            store.insert_in(&mut tx, &mail).await.unwrap();
            if how == "commit" {
                tx.commit().await.unwrap();
            }
            stop_at(how).await;
        }
    });
}

/// Kills an application before or after its commit.
async fn killed_at(how: &str, url: &str) {
    let told = format!("{how} {url}");
    let mut child =
        this_program("callers::an_order_in_a_process_of_its_own", &told).spawn().unwrap();
    says(&mut child, &format!("at {how}")).await;
    kill(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g19_a_crash_before_the_commit_leaves_neither_order_nor_mail_on_sqlite() {
    let folder = folder();
    let url = format!("sqlite:{}", folder.path().join("shop.db").display());
    let pool = SqlitePool::connect(&format!("{url}?mode=rwc")).await.unwrap();
    pool.execute("CREATE TABLE orders (number INTEGER PRIMARY KEY)").await.unwrap();
    let store = Store::in_sqlite(&pool).await.unwrap();
    for (how, expected) in [("open", 0), ("commit", 1)] {
        killed_at(how, &url).await;
        let orders: i64 =
            sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&pool).await.unwrap();
        let mails = left(&store, "").await;
        assert_eq!((orders, mails), (expected, usize::try_from(expected).unwrap()), "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g19_a_crash_before_the_commit_leaves_neither_order_nor_mail_on_postgres() {
    let Some(database) = postgres_server::database().await else { return };
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    connection.execute("CREATE TABLE orders (number bigint PRIMARY KEY)").await.unwrap();
    let store = Store::open(&database.url().parse().unwrap()).await.unwrap();
    for (how, expected) in [("open", 0), ("commit", 1)] {
        killed_at(how, &database.url()).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let mails = left(&store, "").await;
        assert_eq!((orders, mails), (expected, usize::try_from(expected).unwrap()), "{how}");
    }
}
