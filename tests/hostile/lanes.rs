//! Adapters that hang, break off and crawl.

use super::*;
use crate::puppet::{self, Puppet};

on_both! {
    a_mail_that_hangs_keeps_no_other_of_its_route_waiting
    a_panic_in_the_middle_of_bulk_mail_costs_one_mail_and_no_other
    a_panic_behind_the_gate_is_a_doubt
    a_panic_ends_no_drain
    an_end_does_not_wait_for_what_has_not_left
    a_dropped_mailer_leaves_nothing_behind
}

async fn a_mail_that_hangs_keeps_no_other_of_its_route_waiting(world: &World) {
    let store = &world.store;
    let puppet = Puppet::new(2);
    let grace = Duration::from_millis(100);
    let settings = MailerSettings { grace, ..MailerSettings::default() };
    let working = Working::start(store, puppet::adapter(&puppet), settings);
    let hung = store.insert(vec![entry(&["hang@x.test"])]).await.unwrap()[0];
    until("it hangs", async || puppet.offers() == 1).await;
    for at in 0..5 {
        store.insert(vec![entry(&["ok@x.test"]), bulk("ok@x.test")]).await.unwrap();
        until("others go on", async || puppet.count("ok@x.test") == 2 * (at + 1)).await;
    }
    until("they are written down", async || count(store, "state:sent").await == 10).await;
    assert_eq!(state(store, hung).await, State::Sending);
    working.end().await;
}

async fn a_panic_in_the_middle_of_bulk_mail_costs_one_mail_and_no_other(world: &World) {
    let store = &world.store;
    let puppet = Puppet::new(1);
    let mut all: Vec<NewEntry> = (0..30).map(|_| bulk("ok@x.test")).collect();
    all.insert(5, bulk("panic@x.test"));
    let ids = store.insert(all).await.unwrap();
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    until("the others leave", async || puppet.count("ok@x.test") == 30).await;
    until("they are written down", async || count(store, "state:sent").await == 30).await;
    let detail = store.detail(ids[5]).await.unwrap();
    // Its gate was passed, but it was never handed over.
    assert_eq!(detail.summary.state, State::Held);
    assert_eq!(detail.summary.reason.as_deref(), Some("poison"));
    working.end().await;
}

async fn a_panic_behind_the_gate_is_a_doubt(world: &World) {
    let store = &world.store;
    let puppet = Puppet::new(1);
    let all = vec![bulk("panicdot@x.test"), bulk("ok@x.test"), entry(&["panicdot@x.test"])];
    let ids = store.insert(all).await.unwrap();
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    until("the other leaves", async || count(store, "state:sent").await == 1).await;
    until("both are seen", async || count(store, "state:uncertain").await == 2).await;
    assert_eq!(state(store, ids[0]).await, State::Uncertain);
    assert_eq!(state(store, ids[2]).await, State::Uncertain);
    let recipients = store.detail(ids[0]).await.unwrap().summary.recipients;
    assert_eq!(recipients[0].outcome, mailmethod::queue::Delivery::Unknown);
    working.end().await;
}

async fn a_panic_ends_no_drain(world: &World) {
    let store = &world.store;
    let puppet = Puppet::new(1);
    let all = vec![entry(&["panic@x.test"]), entry(&["ok@x.test"]), entry(&["ok@x.test"])];
    store.insert(all).await.unwrap();
    let mailer = drained(store, puppet::adapter(&puppet));
    mailer.drain(std::future::pending()).await.unwrap();
    assert_eq!(count(store, "state:sent").await, 2);
    assert_eq!(count(store, "state:held").await, 1);
}

async fn an_end_does_not_wait_for_what_has_not_left(world: &World) {
    let store = &world.store;
    let puppet = Puppet::new(2);
    let all = vec![entry(&["hang@x.test"]), bulk("hang@x.test"), entry(&["wait@x.test"])];
    let working = Working::start(store, puppet::adapter(&puppet), MailerSettings::default());
    store.insert(all).await.unwrap();
    until("it hangs", async || puppet.offers() >= 2).await;
    let begun = std::time::Instant::now();
    puppet.gate.add_permits(1);
    working.end().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(count(store, "state:sending").await, 0);
    assert_eq!(count(store, "state:queued attempt:0 to:hang@x.test").await, 2);
    for one in
        store.list(&"to:hang@x.test".parse().unwrap(), Default::default(), None, 9).await.unwrap()
    {
        assert_eq!(store.detail(one.id).await.unwrap().crashes, 0);
    }
}

async fn a_dropped_mailer_leaves_nothing_behind(world: &World) {
    let location = world.location.parse().unwrap();
    let store = Store::open(&location).await.unwrap();
    let puppet = Puppet::new(2);
    let working = Working::start(&store, puppet::adapter(&puppet), MailerSettings::default());
    until("it has begun", async || store.mailers().await.unwrap().len() == 1).await;
    drop(working);
    // Another mailer takes the bell of the same store over: nobody else waits for it.
    tokio::time::sleep(Duration::from_millis(50)).await;
    store.ring();
    let rung = tokio::time::timeout(Duration::from_millis(500), store.rung()).await;
    assert!(rung.is_ok(), "a task of the dropped mailer has heard the bell");
}
