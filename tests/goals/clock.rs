//! G11: a clock that jumps ends no mail, and people are told.

use std::time::Duration;

use mailmethod::mailer::MailerSettings;
use mailmethod::queue::{NewEntry, State, Store};

use crate::postgres_server;
use crate::puppet::{self, Puppet};
use crate::support::{World, entry};
use crate::working::{Working, state, until};

async fn note(store: &Store) -> Option<String> {
    store.mailers().await.unwrap().pop().and_then(|mailer| mailer.note)
}

/// A mailer at work beside a mail that has half an hour left, and another that waits for a route;
/// then the clock jumps by a day.
async fn jumped(world: &World, every: Duration) -> (Working, mailmethod::queue::EntryId) {
    let store = &world.store;
    store.pause("other", true, "me").await.unwrap();
    let waits = NewEntry {
        route: "other".to_owned(),
        expires_in: 1_800_000_000,
        ..entry(&["waits@x.test"])
    };
    let settings = MailerSettings { every, ..MailerSettings::default() };
    let puppet = Puppet::new(1);
    let working = Working::start(store, puppet::adapter(&puppet), settings);
    let first = store.insert(vec![waits, entry(&["ok@x.test"])]).await.unwrap();
    // It has looked at the clock before it sends.
    until("it works", async || puppet.count("ok@x.test") == 1).await;
    store.advance(Duration::from_secs(86_400)).await.unwrap();
    // What is due is not ended instead of being sent, either.
    let due = NewEntry { expires_in: -1, ..entry(&["late@x.test"]) };
    let late = store.insert(vec![due]).await.unwrap()[0];
    store.ring();
    until("people are told", async || note(store).await.is_some()).await;
    assert!(note(store).await.unwrap().contains("the clock has jumped"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(state(store, first[0]).await, State::Queued);
    assert_eq!(state(store, late).await, State::Queued);
    assert_eq!(puppet.count("late@x.test"), 0);
    (working, first[0])
}

#[tokio::test]
async fn g11_on_sqlite_nothing_expires_for_ten_minutes_after_a_jump() {
    let world = World::sqlite().await;
    let (working, waits) = jumped(&world, Duration::from_millis(20)).await;
    // Ten minutes of both clocks, in one moment.
    tokio::time::pause();
    let on = Duration::from_secs(601);
    world.store.advance(on).await.unwrap();
    tokio::time::advance(on).await;
    tokio::time::resume();
    let store = &world.store;
    until("it is trusted again", async || state(store, waits).await == State::Expired).await;
    until("people are told", async || note(store).await.is_none()).await;
    working.end().await;
}

#[tokio::test]
async fn g11_on_postgres_nothing_expires_after_a_jump() {
    let Some(database) = postgres_server::database().await else { return };
    let world = World::postgres(&database.url()).await;
    let (working, _waits) = jumped(&world, Duration::from_millis(20)).await;
    working.end().await;
}
