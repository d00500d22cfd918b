//! G10: a database without room. What cannot be written down is not done.

use std::time::Duration;

use mailmethod::adapter;
use mailmethod::mailer::MailerSettings;
use mailmethod::queue::{QueueError, State};
use mailmethod::testing::FaultServer;

use crate::support::{World, conserved, entry};
use crate::working::{Working, count, on_both, state, until};

on_both! {
    g10_a_full_database_refuses_new_mail_and_nothing_of_it_stays
    g10_no_body_leaves_while_no_gate_can_be_written
    g10_an_outcome_waits_for_room_and_is_not_lost
}

const ENQUEUE: (&str, &str) = ("INSERT ON @mail", "true");
const GATE: (&str, &str) =
    ("UPDATE ON @entry", "NEW.gated_at IS NOT NULL AND OLD.gated_at IS NULL");
const OUTCOME: (&str, &str) =
    ("UPDATE ON @entry", "OLD.state = 'sending' AND NEW.state <> 'sending'");

/// Takes the room away for one kind of write: on SQLite the file may not grow for what a trigger
/// writes beside it, on PostgreSQL a trigger says what a full disk says.
async fn fill(world: &World, (what, when): (&str, &str)) {
    world
        .sql(
            &format!(
                "CREATE TABLE ballast (b BLOB); CREATE TRIGGER no_room BEFORE {what} WHEN {when} \
                 BEGIN INSERT INTO ballast VALUES (zeroblob(4000000)); END"
            ),
            &format!(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'could not extend file: No space left on device' \
                 USING ERRCODE = '53100'; END $$; \
                 CREATE TRIGGER no_room BEFORE {what} FOR EACH ROW WHEN ({when}) \
                 EXECUTE FUNCTION no_room()"
            ),
        )
        .await;
    if !world.is_postgres() {
        let pages = world.number("SELECT page_count FROM pragma_page_count").await;
        world.store.limit_pages(u32::try_from(pages).unwrap() + 200).await.unwrap();
    }
}

/// Makes room again.
async fn make_room(world: &World) {
    if world.is_postgres() {
        world.sql("", "DROP TRIGGER no_room ON @entry").await;
    } else {
        world.store.limit_pages(1_000_000).await.unwrap();
    }
}

async fn g10_a_full_database_refuses_new_mail_and_nothing_of_it_stays(world: &World) {
    let store = &world.store;
    store.insert(vec![entry(&["a@x.test"])]).await.unwrap();
    fill(world, ENQUEUE).await;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        callers.spawn(async move {
            store.insert(vec![entry(&["b@x.test"]), entry(&["c@x.test"])]).await
        });
    }
    while let Some(done) = callers.join_next().await {
        let error = done.unwrap().unwrap_err();
        assert!(matches!(error, QueueError::Full(_)), "{error:?}");
    }
    assert_eq!(count(store, "").await, 1);
    assert_eq!(world.number("SELECT count(*) FROM @recipient").await, 1);
    if world.is_postgres() {
        world.sql("", "DROP TRIGGER no_room ON @mail").await;
    } else {
        make_room(world).await;
    }
    store.insert(vec![entry(&["b@x.test"])]).await.unwrap();
    assert_eq!(count(store, "").await, 2);
}

fn offered(server: &FaultServer) -> bool {
    server.commands().iter().any(|line| line.starts_with("RCPT"))
}

async fn g10_no_body_leaves_while_no_gate_can_be_written(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let relay = adapter::open(&server.url_with("", "connections=2")).unwrap();
    fill(world, GATE).await;
    let mut mails: Vec<_> = (0..6).map(|_| entry(&["a@x.test"])).collect();
    // The gates of bulk mail are passed before it is even offered.
    for one in mails.iter_mut().take(3) {
        (one.bulk, one.route) = (true, "news".to_owned());
    }
    store.insert(mails).await.unwrap();
    let working = Working::start(store, relay, MailerSettings::default());
    server.until(offered).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(server.taken().is_empty() && count(store, "state:sent").await == 0);
    make_room(world).await;
    until("it goes on by itself", async || count(store, "state:sent attempt:1").await == 6).await;
    working.end().await;
    conserved(store, &server, 0).await;
}

async fn g10_an_outcome_waits_for_room_and_is_not_lost(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let relay = adapter::open(&server.url_with("", "connections=1")).unwrap();
    fill(world, OUTCOME).await;
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let working = Working::start(store, relay, MailerSettings::default());
    server.until(|server| server.taken().len() == 1).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(state(store, id).await, State::Sending);
    make_room(world).await;
    until("the outcome is written", async || state(store, id).await == State::Sent).await;
    let next = store.insert(vec![entry(&["b@x.test"])]).await.unwrap()[0];
    until("it goes on by itself", async || state(store, next).await == State::Sent).await;
    working.end().await;
    assert_eq!(server.taken().len(), 2);
    conserved(store, &server, 0).await;
}
