//! Mailers that are killed in the middle of a commit: it happened whole, or not at all.
//!
//! A trigger makes the transaction in question last for ever; once it has begun, its process is
//! killed.

use std::time::Duration;

use mailmethod::message::OnUncertain;
use mailmethod::queue::{EntryId, NewEntry, State};
use mailmethod::testing::FaultServer;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::{World, bury, drain, kill, postgres_server, start, until};
use crate::support::{conserved, entry, entry_with_attachment};

/// A commit in which a mailer is killed, and what is known after that.
struct Commit {
    name: &'static str,
    /// What is written in it.
    what: &'static str,
    when: &'static str,
    state: State,
    taken: usize,
}

const COMMITS: [Commit; 3] = [
    Commit {
        name: "claim",
        what: "UPDATE ON @entry",
        when: "OLD.state = 'queued' AND NEW.state = 'sending'",
        state: State::Queued,
        taken: 0,
    },
    Commit {
        name: "gate",
        what: "UPDATE ON @entry",
        when: "OLD.gated_at IS NULL AND NEW.gated_at IS NOT NULL",
        state: State::Queued,
        taken: 0,
    },
    Commit {
        name: "outcome",
        what: "UPDATE ON @entry",
        when: "OLD.state = 'sending' AND NEW.state = 'sent'",
        state: State::Uncertain,
        taken: 1,
    },
];

/// Lets a transaction that writes this last for ever.
async fn slow_down(world: &World, what: &str, when: &str) {
    let tables = (0..9).map(|at| format!("sqlite_master AS t{at}")).collect::<Vec<_>>().join(", ");
    world
        .sql(
            &format!(
                "CREATE TRIGGER slow AFTER {what} WHEN {when} \
                 BEGIN SELECT count(*) FROM {tables}; END"
            ),
            &format!(
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 PERFORM pg_sleep(600); RETURN NULL; END $$; \
                 CREATE TRIGGER slow AFTER {what} FOR EACH ROW WHEN ({when}) \
                 EXECUTE FUNCTION slow()"
            ),
        )
        .await;
}

/// Waits until somebody is in that transaction.
async fn until_in_it(world: &World) {
    if world.is_postgres() {
        let sql = "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event = 'PgSleep'";
        return until(async || world.number(sql).await > 0).await;
    }
    // Everybody else writes for milliseconds.
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(world.store.sqlite_file().unwrap())
        .busy_timeout(Duration::from_millis(1_000));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    while connection.execute("BEGIN IMMEDIATE").await.is_ok() {
        connection.execute("ROLLBACK").await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Ends what a dead process has left in the database, as the server does when it notices.
async fn speed_up(world: &World) {
    world
        .sql(
            "DROP TRIGGER slow",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event = 'PgSleep'; \
             DROP FUNCTION slow CASCADE",
        )
        .await;
}

async fn killed_in(world: &World, commit: &Commit) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let new = NewEntry { on_uncertain: OnUncertain::Hold, ..entry(&["a@x.test", "b@x.test"]) };
    let id = store.insert(vec![new]).await.unwrap()[0];
    slow_down(world, commit.what, commit.when).await;
    let mailer = start(world, &server.url(), "nowhere");
    until_in_it(world).await;
    kill(mailer).await;
    speed_up(world).await;
    bury(store).await;
    let detail = store.detail(id).await.unwrap();
    assert_eq!(detail.summary.state, commit.state, "{}", commit.name);
    assert_eq!(server.taken().len(), commit.taken, "{}", commit.name);
    drain(store, &server.url()).await;
    assert_eq!(server.taken().len(), 1, "{}", commit.name);
    conserved(store, &server, 0).await;
}

/// Leaves mail in the hands of a mailer that is dead: one before the gate, one behind it.
async fn left_behind(world: &World) -> (EntryId, EntryId) {
    let store = &world.store;
    let policy = OnUncertain::Hold;
    let mails = (0..2).map(|_| NewEntry { on_uncertain: policy, ..entry(&["a@x.test"]) });
    let ids = store.insert(mails.collect()).await.unwrap();
    let dead = store.register("dead", 1).await.unwrap();
    let claims = store.claim(dead, "default", 2).await.unwrap();
    let gate = claims.iter().map(|claim| claim.ticket()).find(|ticket| ticket.id == ids[1]);
    store.round(dead, vec![], vec![gate.unwrap()]).await.unwrap();
    if world.is_postgres() {
        store.advance(Duration::from_secs(31)).await.unwrap();
    }
    (ids[0], ids[1])
}

async fn killed_in_recovery(world: &World) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    let (before, behind) = left_behind(world).await;
    slow_down(world, "UPDATE ON @entry", "OLD.state = 'sending' AND NEW.state <> 'sending'").await;
    let mailer = start(world, &server.url(), "nowhere");
    until_in_it(world).await;
    kill(mailer).await;
    speed_up(world).await;
    let state = async |id| store.detail(id).await.unwrap().summary.state;
    assert_eq!((state(before).await, state(behind).await), (State::Sending, State::Sending));
    bury(store).await;
    assert_eq!((state(before).await, state(behind).await), (State::Queued, State::Uncertain));
    drain(store, &server.url()).await;
    assert_eq!((state(before).await, server.taken().len()), (State::Sent, 1));
    conserved(store, &server, 0).await;
}

async fn killed_in_retention(world: &World) {
    let server = FaultServer::start().await.unwrap();
    let store = &world.store;
    store.insert(vec![entry_with_attachment(50_000), entry(&["b@x.test"])]).await.unwrap();
    drain(store, &server.url()).await;
    let age = "UPDATE @entry SET done_at = done_at - 7862400000000; \
         UPDATE @mail SET created_at = created_at - 7862400000000; \
         UPDATE @blob SET used_at = used_at - 7862400000000";
    world.sql(age, age).await;
    let waits = store.insert(vec![entry_with_attachment(50_000)]).await.unwrap()[0];
    store.pause("default", true, "me").await.unwrap();
    slow_down(world, "DELETE ON @mail", "true").await;
    let mailer = start(world, &server.url(), "nowhere");
    until_in_it(world).await;
    kill(mailer).await;
    speed_up(world).await;
    let all = async || world.number("SELECT count(*) FROM @mail").await;
    assert_eq!(all().await, 3, "nothing has gone, not even half of it");
    let day = 86_400_000_000;
    store.retain(7 * day, 90 * day).await.unwrap();
    assert_eq!(all().await, 1);
    assert!(store.bytes(waits).await.unwrap().is_some());
    for table in ["entry", "recipient", "piece"] {
        assert_eq!(world.number(&format!("SELECT count(*) FROM @{table}")).await, 1, "{table}");
    }
}

async fn sqlite() -> Option<((), World)> {
    Some(((), World::sqlite().await))
}

async fn postgres() -> Option<(postgres_server::Database, World)> {
    let database = postgres_server::database().await?;
    let world = World::postgres(&database.url()).await;
    Some((database, world))
}

macro_rules! on_both {
    ($($store:ident)+) => { $(mod $store {
        #[tokio::test(flavor = "multi_thread")]
        async fn a_mailer_that_is_killed_in_a_commit_has_done_it_whole_or_not_at_all() {
            for commit in &super::COMMITS {
                let Some((_database, world)) = super::$store().await else { return };
                super::killed_in(&world, commit).await;
            }
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn a_recovery_that_is_killed_is_done_by_the_next() {
            let Some((_database, world)) = super::$store().await else { return };
            super::killed_in_recovery(&world).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn a_retention_that_is_killed_leaves_everything_and_is_done_by_the_next() {
            let Some((_database, world)) = super::$store().await else { return };
            super::killed_in_retention(&world).await;
        }
    })+ };
}
on_both! { sqlite postgres }
