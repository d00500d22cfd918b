//! Words from outside: replies with NUL, replies without end, histories without end.

use super::*;
use crate::puppet::{self, Puppet};
use mailmethod::queue::Action;

on_both! {
    a_reply_with_nul_or_without_end_is_written_down
    a_mail_that_was_held_on_its_way_says_why
    a_cancelled_mail_is_never_held_instead
    a_history_keeps_its_beginning_and_its_end
}

async fn a_reply_with_nul_or_without_end_is_written_down(world: &World) {
    let store = &world.store;
    let puppet = Puppet::new(1);
    let all = vec![entry(&["nul@x.test"]), entry(&["long@x.test"]), entry(&["ok@x.test"])];
    let ids = store.insert(all).await.unwrap();
    let mailer = drained(store, puppet::adapter(&puppet));
    let drained =
        tokio::time::timeout(Duration::from_secs(10), mailer.drain(std::future::pending()));
    drained.await.unwrap().unwrap();
    let [nul, long, ok] = ids[..] else { panic!() };
    assert_eq!(state(store, ok).await, State::Sent);
    for id in [nul, long] {
        let detail = store.detail(id).await.unwrap();
        assert_eq!(detail.summary.state, State::Dead);
        let text = detail.summary.last.unwrap().text;
        assert!(!text.contains('\0') && text.chars().count() <= 2_001, "{} characters", text.len());
        assert!(detail.events.iter().all(|event| event.detail.len() < 20_000));
    }
}

async fn leased(store: &Store) -> (EntryId, uuid::Uuid, mailmethod::queue::Ticket) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let mailer = store.register("test", 1).await.unwrap();
    let ticket = store.claim(mailer, "default", 1).await.unwrap()[0].ticket();
    (id, mailer, ticket)
}

async fn a_mail_that_was_held_on_its_way_says_why(world: &World) {
    let store = &world.store;
    let (id, mailer, ticket) = leased(store).await;
    store.act_on(Action::Hold, id, "me").await.unwrap();
    let release = mailmethod::queue::Settlement::release(ticket);
    store.round(mailer, vec![release], vec![]).await.unwrap();
    let summary = store.detail(id).await.unwrap().summary;
    assert_eq!((summary.state, summary.reason.as_deref()), (State::Held, Some("held by hand")));
}

async fn a_cancelled_mail_is_never_held_instead(world: &World) {
    let store = &world.store;
    let (id, mailer, ticket) = leased(store).await;
    store.act_on(Action::Cancel, id, "me").await.unwrap();
    let held = mailmethod::queue::Settlement {
        next: mailmethod::queue::Next::Held("poison".to_owned()),
        ..mailmethod::queue::Settlement::release(ticket)
    };
    store.round(mailer, vec![held], vec![]).await.unwrap();
    assert_eq!(state(store, id).await, State::Cancelled);
}

async fn a_history_keeps_its_beginning_and_its_end(world: &World) {
    let store = &world.store;
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let mailer = store.register("test", 1).await.unwrap();
    for at in 0..130 {
        let ticket = store.claim(mailer, "default", 1).await.unwrap()[0].ticket();
        let mut release = mailmethod::queue::Settlement::release(ticket);
        release.event = Some(format!("{{\"try\":{at}}}"));
        store.round(mailer, vec![release], vec![]).await.unwrap();
        if at % 2 == 0 {
            store.act_on(Action::Hold, id, "me").await.unwrap();
            store.act_on(Action::Release, id, "me").await.unwrap();
        }
    }
    let events = store.detail(id).await.unwrap().events;
    assert!((80..=100).contains(&events.len()), "{} events", events.len());
    assert_eq!(events[0].detail, "{\"try\":0}");
    let last = events.iter().rfind(|event| event.kind == "attempt").unwrap();
    assert_eq!(last.detail, "{\"try\":129}");
}
