//! The store, on SQLite and PostgreSQL alike: one suite that both pass.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "these are tests"
)]

#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/queue.rs"]
mod support;

use std::time::Duration;

use mailmethod::message::{OnConflict, OnUncertain};
use mailmethod::queue::{
    Action, Delivery, Due, Filter, Key, Next, Order, QueueError, Said, Settlement, State, Store,
    View,
};
use support::{World, entry};
use uuid::Uuid;

/// Runs each scenario on both stores.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let world = super::World::sqlite().await;
                super::$name(&world.store).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(database) = super::postgres_server::database().await else { return };
                let world = super::World::postgres(&database.url()).await;
                super::$name(&world.store).await;
            })+
        }
    };
}

on_both! {
    a_queued_mail_is_claimed_with_what_it_sends
    a_large_attachment_is_stored_once_and_put_back
    the_same_key_and_content_is_the_same_entry
    another_content_with_the_key_is_refused_skipped_or_replaces
    a_hundred_callers_with_one_key_queue_one_mail
    a_group_is_queued_whole_or_not_at_all
    urgent_mail_is_claimed_first_and_nobody_starves
    scheduled_mail_waits_for_its_time
    two_mailers_never_claim_the_same_entry
    what_comes_back_is_claimed_again_whoever_gives_it_back
    a_lost_lease_changes_nothing
    no_gate_for_what_was_cancelled_or_expired
    an_outcome_says_what_became_of_each_recipient
    a_refused_recipient_costs_no_other
    a_dead_mailer_is_told_by_the_gate
    a_mail_that_takes_mailers_down_is_offered_alone_and_then_held
    an_uncertain_mail_is_sent_once_more_held_or_assumed
    a_failed_attempt_honours_what_a_person_wanted_meanwhile
    mail_that_was_not_delivered_in_its_time_expires
    contents_are_wiped_and_entries_purged_by_age
    a_secret_content_is_wiped_at_its_end
    each_action_changes_what_it_can_and_says_what_it_cannot
    many_are_changed_only_if_their_number_is_as_expected
    a_filter_finds_by_every_key
    views_are_counted_as_they_are_listed
    an_id_is_found_by_its_beginning
    a_route_that_is_down_is_probed_by_one_mailer
    pages_show_each_entry_once
    an_action_is_tried_out_before_it_is_done
    what_ended_is_counted_before_it_is_purged
    an_entry_and_its_history_are_json_of_one_shape
    a_mail_is_explained_by_what_is_around_it
}

async fn claim(store: &Store, mailer: Uuid, limit: usize) -> Vec<mailmethod::queue::Lease> {
    let claims = store.claim(mailer, "default", limit).await.unwrap();
    store.load(claims).await.unwrap()
}

fn settled(lease: &mailmethod::queue::Lease, next: Next) -> Settlement {
    Settlement {
        ticket: lease.ticket,
        next,
        counted: true,
        last: None,
        recipients: Vec::new(),
        event: None,
        secret: lease.secret,
    }
}

async fn state(store: &Store, id: mailmethod::queue::EntryId) -> State {
    store.detail(id).await.unwrap().summary.state
}

async fn a_queued_mail_is_claimed_with_what_it_sends(store: &Store) {
    let new = entry(&["ada@x.test", "bob@x.test"]);
    let sent = new.message.as_bytes().to_vec();
    let ids = store.insert(vec![new.clone()]).await.unwrap();
    assert_eq!(ids, [new.id]);

    let mailer = store.register("test", 1).await.unwrap();
    let [lease] = &claim(store, mailer, 10).await[..] else { panic!() };
    let message = lease.message.as_ref().unwrap();
    assert_eq!(message.as_bytes(), sent);
    assert_eq!(message.id(), new.message.id());
    assert_eq!(message.envelope(), new.message.envelope());
    assert_eq!((lease.attempts, lease.ticket.lease, lease.done), (0, 1, (0, 0)));
    assert!(claim(store, mailer, 10).await.is_empty());
    assert_eq!(state(store, new.id).await, State::Sending);
}

async fn a_large_attachment_is_stored_once_and_put_back(store: &Store) {
    let new: Vec<_> = (0..5).map(|_| support::entry_with_attachment(50_000)).collect();
    let sent: Vec<Vec<u8>> = new.iter().map(|one| one.message.as_bytes().to_vec()).collect();
    store.insert(new).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 10).await;
    for (lease, sent) in leases.iter().zip(sent) {
        assert_eq!(lease.message.as_ref().unwrap().as_bytes(), sent);
    }
    let usage = store.usage().await.unwrap();
    assert_eq!(usage.blobs, 1);
    assert!(usage.blob_octets < 80_000, "{usage:?}");
}

fn keyed(key: &str, content: &str, on_conflict: OnConflict) -> mailmethod::queue::NewEntry {
    let content = content.as_bytes().to_vec();
    let key = Some(Key { key: key.to_owned(), content, on_conflict });
    mailmethod::queue::NewEntry { key, ..entry(&["ada@x.test"]) }
}

async fn the_same_key_and_content_is_the_same_entry(store: &Store) {
    let first = store.insert(vec![keyed("k", "a", OnConflict::Error)]).await.unwrap();
    let again = store.insert(vec![keyed("k", "a", OnConflict::Error)]).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(store.count(&Filter::default(), 10).await.unwrap(), 1);
}

async fn another_content_with_the_key_is_refused_skipped_or_replaces(store: &Store) {
    let first = store.insert(vec![keyed("k", "a", OnConflict::Error)]).await.unwrap()[0];
    let refused = store.insert(vec![keyed("k", "b", OnConflict::Error)]).await.unwrap_err();
    let QueueError::KeyConflict { key, id } = refused else { panic!("{refused}") };
    assert_eq!((key.as_str(), id), ("k", first.as_uuid()));
    assert_eq!(store.insert(vec![keyed("k", "b", OnConflict::Skip)]).await.unwrap(), [first]);
    let second = store.insert(vec![keyed("k", "b", OnConflict::Replace)]).await.unwrap()[0];
    assert_ne!(first, second);
    assert_eq!(state(store, first).await, State::Cancelled);

    // What has passed the gate cannot be replaced.
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 10).await;
    assert_eq!(leases.len(), 1);
    let third = store.insert(vec![keyed("k", "c", OnConflict::Replace)]).await.unwrap()[0];
    assert!(store.round(mailer, vec![], vec![leases[0].ticket]).await.unwrap().gated.is_empty());
    let released = settled(&leases[0], Next::Again(None));
    store.round(mailer, vec![released], vec![]).await.unwrap();
    assert_eq!(state(store, second).await, State::Cancelled);
    let leases = claim(store, mailer, 10).await;
    assert_eq!(leases[0].ticket.id, third);
    store.round(mailer, vec![], vec![leases[0].ticket]).await.unwrap();
    assert!(store.insert(vec![keyed("k", "d", OnConflict::Replace)]).await.is_err());
}

async fn a_hundred_callers_with_one_key_queue_one_mail(store: &Store) {
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = store.clone();
        callers.spawn(async move { store.insert(vec![keyed("k", "a", OnConflict::Error)]).await });
    }
    let mut ids = Vec::new();
    while let Some(done) = callers.join_next().await {
        ids.extend(done.unwrap().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(store.count(&Filter::default(), 10).await.unwrap(), 1);
}

async fn a_group_is_queued_whole_or_not_at_all(store: &Store) {
    store.insert(vec![keyed("k", "a", OnConflict::Error)]).await.unwrap();
    let group = vec![entry(&["b@x.test"]), keyed("k", "b", OnConflict::Error)];
    assert!(store.insert(group).await.is_err());
    let twice = vec![keyed("j", "a", OnConflict::Error), keyed("j", "b", OnConflict::Error)];
    assert!(store.insert(twice).await.is_err());
    assert_eq!(store.count(&Filter::default(), 10).await.unwrap(), 1);
    let many: Vec<_> = (0..150).map(|_| entry(&["b@x.test"])).collect();
    assert_eq!(store.insert(many).await.unwrap().len(), 150);
    assert!(store.insert(Vec::new()).await.unwrap().is_empty());
}

async fn urgent_mail_is_claimed_first_and_nobody_starves(store: &Store) {
    let with = |priority| mailmethod::queue::NewEntry { priority, ..entry(&["a@x.test"]) };
    let slow = store.insert(vec![with(5), with(3)]).await.unwrap();
    store.advance(Duration::from_secs(10 * 60)).await.unwrap();
    let urgent = store.insert(vec![with(2), with(1)]).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let order = |leases: &[mailmethod::queue::Lease]| -> Vec<_> {
        leases.iter().map(|lease| lease.ticket.id).collect()
    };
    let leases = claim(store, mailer, 2).await;
    assert_eq!(order(&leases), [urgent[1], urgent[0]]);
    // Fifteen minutes on, what has waited stands before the next higher priority.
    store.advance(Duration::from_secs(6 * 60)).await.unwrap();
    let fresh = store.insert(vec![with(2), with(4)]).await.unwrap();
    let leases = claim(store, mailer, 10).await;
    assert_eq!(order(&leases), [slow[1], fresh[0], slow[0], fresh[1]]);
}

async fn scheduled_mail_waits_for_its_time(store: &Store) {
    let due = Due::In(3_600_000_000);
    let id = store
        .insert(vec![mailmethod::queue::NewEntry { due, ..entry(&["a@x.test"]) }])
        .await
        .unwrap()[0];
    let mailer = store.register("test", 1).await.unwrap();
    assert!(claim(store, mailer, 10).await.is_empty());
    assert_eq!(store.detail(id).await.unwrap().summary.view, View::Scheduled);
    let agenda = store.agenda().await.unwrap();
    let due_in = agenda[0].due_in.unwrap();
    assert!((3_500_000_000..=3_600_000_000).contains(&due_in), "{due_in}");
    store.advance(Duration::from_secs(3_601)).await.unwrap();
    store.beat(mailer, None).await.unwrap();
    assert_eq!(claim(store, mailer, 10).await.len(), 1);
}

async fn two_mailers_never_claim_the_same_entry(store: &Store) {
    let many: Vec<_> = (0..300).map(|_| entry(&["b@x.test"])).collect();
    store.insert(many).await.unwrap();
    let mut mailers = tokio::task::JoinSet::new();
    for number in 0..4 {
        let store = store.clone();
        mailers.spawn(async move {
            let mailer = store.register("test", number).await.unwrap();
            let mut mine = Vec::new();
            loop {
                let claimed = store.claim(mailer, "default", 7).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.iter().map(|claim| claim.ticket().id));
            }
        });
    }
    let mut all = Vec::new();
    while let Some(mine) = mailers.join_next().await {
        all.extend(mine.unwrap());
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 300);
}

async fn what_comes_back_is_claimed_again_whoever_gives_it_back(store: &Store) {
    let ids = store.insert((0..6).map(|_| entry(&["a@x.test"])).collect()).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let claimed = |claims: Vec<mailmethod::queue::Claim>| -> Vec<_> {
        claims.iter().map(|claim| claim.ticket().id).collect()
    };
    let first = store.claim(mailer, "default", 2).await.unwrap();
    assert_eq!(claimed(first.clone()), ids[..2]);
    // Another handle has a connection of its own, which this one's claims know nothing of.
    let other = Store::open(store.location()).await.unwrap();
    let back = vec![Settlement::release(first[0].ticket())];
    other.round(mailer, back, Vec::new()).await.unwrap();
    let next = store.claim(mailer, "default", 3).await.unwrap();
    let rest = store.claim(mailer, "default", 10).await.unwrap();
    let mut all = [claimed(next.clone()), claimed(rest)].concat();
    all.sort();
    assert_eq!(all, [&ids[..1], &ids[2..]].concat());
    // What it gives back itself stands in front again at once.
    let back = next.iter().map(|claim| Settlement::release(claim.ticket())).collect();
    store.round(mailer, back, Vec::new()).await.unwrap();
    assert_eq!(claimed(store.claim(mailer, "default", 1).await.unwrap()), claimed(next)[..1]);
}

async fn a_lost_lease_changes_nothing(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let old = store.register("old", 1).await.unwrap();
    let leases = claim(store, old, 1).await;
    support::let_die(store, old).await;
    let new = store.register("new", 2).await.unwrap();
    let again = claim(store, new, 1).await;
    assert_eq!(again[0].ticket.lease, 2);

    let late = settled(&leases[0], Next::Done(State::Sent));
    let passed = store.round(old, vec![late.clone()], vec![leases[0].ticket]).await.unwrap();
    assert!(passed.settled.is_empty() && passed.gated.is_empty());
    // Not even under the right name with the old number.
    let passed = store.round(new, vec![late], vec![leases[0].ticket]).await.unwrap();
    assert!(passed.settled.is_empty() && passed.gated.is_empty());
    assert_eq!(state(store, id).await, State::Sending);
    assert_eq!(store.round(new, vec![], vec![again[0].ticket]).await.unwrap().gated.len(), 1);
}

async fn no_gate_for_what_was_cancelled_or_expired(store: &Store) {
    let expires_in = 600_000_000;
    let soon = mailmethod::queue::NewEntry { expires_in, ..entry(&["a@x.test"]) };
    let ids = store.insert(vec![soon, entry(&["b@x.test"]), entry(&["c@x.test"])]).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 10).await;
    store.act_on(Action::Cancel, ids[1], "tester").await.unwrap();
    store.advance(Duration::from_secs(601)).await.unwrap();
    store.beat(mailer, None).await.unwrap();
    let tickets = leases.iter().map(|lease| lease.ticket).collect();
    let passed = store.round(mailer, vec![], tickets).await.unwrap();
    assert_eq!(passed.gated.into_iter().collect::<Vec<_>>(), [ids[2]]);
    let too_late = store.act_on(Action::Cancel, ids[2], "tester").await.unwrap_err();
    assert!(too_late.to_string().contains("too late"), "{too_late}");
    let released = leases.iter().take(2).map(|lease| settled(lease, Next::Again(None))).collect();
    store.round(mailer, released, vec![]).await.unwrap();
    assert_eq!(state(store, ids[0]).await, State::Expired);
    assert_eq!(state(store, ids[1]).await, State::Cancelled);
}

fn said(code: u16, enhanced: &str, text: &str) -> Said {
    Said {
        phase: "rcpt",
        code: Some(code),
        enhanced: Some(enhanced.to_owned()),
        text: text.to_owned(),
    }
}

async fn an_outcome_says_what_became_of_each_recipient(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test", "b@x.test"])]).await.unwrap()[0];
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 1).await;
    store.round(mailer, vec![], vec![leases[0].ticket]).await.unwrap();
    let address = |text: &str| text.parse().unwrap();
    let outcome = Settlement {
        last: Some(said(550, "5.1.1", "no such user")),
        recipients: vec![
            (address("a@x.test"), Delivery::Accepted, said(250, "2.0.0", "queued as 7")),
            (address("b@x.test"), Delivery::Refused, said(550, "5.1.1", "no such user")),
        ],
        event: Some(r#"{"try":1}"#.to_owned()),
        ..settled(&leases[0], Next::Done(State::Partial))
    };
    store.round(mailer, vec![outcome], vec![]).await.unwrap();
    let detail = store.detail(id).await.unwrap();
    assert_eq!((detail.summary.state, detail.summary.view), (State::Partial, View::Dead));
    let last = detail.summary.last.unwrap();
    assert_eq!((last.code, last.enhanced.as_deref()), (Some(550), Some("5.1.1")));
    let outcomes: Vec<_> = detail.summary.recipients.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Delivery::Accepted, Delivery::Refused]);
    assert_eq!(detail.summary.recipients[0].reply.as_ref().unwrap().text, "queued as 7");
    assert_eq!(detail.events.len(), 1);
    assert_eq!(detail.summary.attempts, 1);
}

async fn a_refused_recipient_costs_no_other(store: &Store) {
    store.insert(vec![entry(&["a@x.test", "b@x.test", "c@x.test"])]).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 1).await;
    let address = |text: &str| text.parse().unwrap();
    let outcome = Settlement {
        recipients: vec![
            (address("a@x.test"), Delivery::Accepted, said(250, "2.0.0", "ok")),
            (address("b@x.test"), Delivery::Refused, said(550, "5.1.1", "no")),
            (address("c@x.test"), Delivery::Deferred, said(451, "4.7.1", "later")),
        ],
        ..settled(&leases[0], Next::Again(Some(60_000_000)))
    };
    store.round(mailer, vec![outcome], vec![]).await.unwrap();
    store.advance(Duration::from_secs(61)).await.unwrap();
    store.beat(mailer, None).await.unwrap();
    let leases = claim(store, mailer, 1).await;
    let message = leases[0].message.as_ref().unwrap();
    let rest: Vec<&str> = message.envelope().addresses().map(|one| one.as_str()).collect();
    assert_eq!(rest, ["c@x.test"]);
    assert_eq!((leases[0].done, leases[0].attempts), ((1, 1), 1));
    assert!(leases[0].tried_at.is_some());
}

async fn a_dead_mailer_is_told_by_the_gate(store: &Store) {
    let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 10).await;
    store.round(mailer, vec![], vec![leases[1].ticket]).await.unwrap();
    support::let_die(store, mailer).await;
    let detail = store.detail(ids[0]).await.unwrap();
    assert_eq!((detail.summary.state, detail.summary.attempts), (State::Queued, 0));
    assert_eq!(detail.crashes, 1);
    let detail = store.detail(ids[1]).await.unwrap();
    assert_eq!((detail.summary.state, detail.summary.attempts), (State::Uncertain, 1));
    assert_eq!(detail.summary.recipients[0].outcome, Delivery::Unknown);
    assert_eq!(detail.events[0].kind, "crash");
}

async fn a_mail_that_takes_mailers_down_is_offered_alone_and_then_held(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    for crash in 0..2 {
        let mailer = store.register("test", crash).await.unwrap();
        assert_eq!(claim(store, mailer, 10).await.len(), 1, "crash {crash}");
        support::let_die(store, mailer).await;
    }
    let mailer = store.register("test", 2).await.unwrap();
    assert!(claim(store, mailer, 10).await.is_empty());
    assert!(store.agenda().await.unwrap()[0].suspect);
    assert_eq!(store.claim_suspect(mailer, "default").await.unwrap().len(), 1);
    support::let_die(store, mailer).await;
    let detail = store.detail(id).await.unwrap();
    assert_eq!(detail.summary.state, State::Held);
    assert_eq!(detail.summary.reason.as_deref(), Some("poison"));
    assert!(store.agenda().await.unwrap().is_empty());
}

async fn doubtful(store: &Store, on_uncertain: OnUncertain) -> mailmethod::queue::EntryId {
    let new = mailmethod::queue::NewEntry { on_uncertain, priority: 1, ..entry(&["a@x.test"]) };
    let id = store.insert(vec![new]).await.unwrap()[0];
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 1).await;
    store.round(mailer, vec![], vec![leases[0].ticket]).await.unwrap();
    let outcome = Settlement {
        recipients: vec![("a@x.test".parse().unwrap(), Delivery::Unknown, Said::default())],
        ..settled(&leases[0], Next::Doubt)
    };
    store.round(mailer, vec![outcome], vec![]).await.unwrap();
    assert_eq!(state(store, id).await, State::Uncertain);
    id
}

async fn an_uncertain_mail_is_sent_once_more_held_or_assumed(store: &Store) {
    let held = doubtful(store, OnUncertain::Hold).await;
    let assumed = doubtful(store, OnUncertain::AssumeSent).await;
    let again = doubtful(store, OnUncertain::Retry).await;
    assert_eq!(store.resolve_doubts().await.unwrap(), 1);
    assert_eq!(state(store, assumed).await, State::Sent);
    assert_eq!(state(store, again).await, State::Uncertain);
    store.advance(Duration::from_secs(15 * 60 + 1)).await.unwrap();
    assert_eq!(store.resolve_doubts().await.unwrap(), 1);
    assert_eq!(state(store, again).await, State::Queued);
    assert_eq!(state(store, held).await, State::Uncertain);
    // Once, and not twice.
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 1).await;
    assert_eq!(leases[0].message.as_ref().unwrap().envelope().recipients().len(), 1);
    store.round(mailer, vec![settled(&leases[0], Next::Doubt)], vec![]).await.unwrap();
    store.advance(Duration::from_secs(15 * 60 + 1)).await.unwrap();
    assert_eq!(store.resolve_doubts().await.unwrap(), 0);
    store.act_on(Action::MarkSent, held, "tester").await.unwrap();
    assert_eq!(state(store, held).await, State::Sent);
}

async fn a_failed_attempt_honours_what_a_person_wanted_meanwhile(store: &Store) {
    let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 10).await;
    store.act_on(Action::Cancel, ids[0], "tester").await.unwrap();
    store.act_on(Action::Hold, ids[1], "tester").await.unwrap();
    assert_eq!(state(store, ids[0]).await, State::Sending);
    let failed = leases.iter().map(|lease| settled(lease, Next::Again(Some(1)))).collect();
    store.round(mailer, failed, vec![]).await.unwrap();
    assert_eq!(state(store, ids[0]).await, State::Cancelled);
    assert_eq!(state(store, ids[1]).await, State::Held);
}

async fn mail_that_was_not_delivered_in_its_time_expires(store: &Store) {
    let soon = mailmethod::queue::NewEntry { expires_in: 60_000_000, ..entry(&["a@x.test"]) };
    let ids = store.insert(vec![soon, entry(&["b@x.test"])]).await.unwrap();
    assert_eq!(store.expire().await.unwrap(), []);
    store.advance(Duration::from_secs(61)).await.unwrap();
    assert_eq!(store.expire().await.unwrap().len(), 1);
    assert_eq!(state(store, ids[0]).await, State::Expired);
    assert_eq!(state(store, ids[1]).await, State::Queued);
}

async fn done(store: &Store, new: mailmethod::queue::NewEntry) -> mailmethod::queue::EntryId {
    let id = store.insert(vec![new]).await.unwrap()[0];
    let mailer = store.register("test", 1).await.unwrap();
    let leases = claim(store, mailer, 1).await;
    let outcome = settled(&leases[0], Next::Done(State::Sent));
    store.round(mailer, vec![outcome], vec![]).await.unwrap();
    id
}

const DAY: i64 = 86_400_000_000;

async fn contents_are_wiped_and_entries_purged_by_age(store: &Store) {
    let id = done(store, support::entry_with_attachment(50_000)).await;
    store.advance(Duration::from_secs(6 * 86_400)).await.unwrap();
    let young = done(store, entry(&["a@x.test"])).await;
    assert_eq!(store.retain(7 * DAY, 90 * DAY).await.unwrap(), (0, 0, 0));
    store.advance(Duration::from_secs(86_401)).await.unwrap();
    assert_eq!(store.retain(7 * DAY, 90 * DAY).await.unwrap(), (1, 0, 1));
    assert_eq!(store.bytes(id).await.unwrap(), None);
    assert!(store.bytes(young).await.unwrap().is_some());
    assert_eq!(store.usage().await.unwrap().blobs, 0);
    let error = store.act_on(Action::Retry, id, "tester").await.unwrap_err();
    assert!(error.to_string().contains("resend"), "{error}");
    store.advance(Duration::from_secs(84 * 86_400)).await.unwrap();
    assert_eq!(store.retain(7 * DAY, 90 * DAY).await.unwrap(), (1, 1, 0));
    assert!(matches!(store.detail(id).await, Err(QueueError::UnknownEntry { .. })));
}

async fn a_secret_content_is_wiped_at_its_end(store: &Store) {
    let secret = || mailmethod::queue::NewEntry {
        secret: Some("{}".to_owned()),
        ..support::entry_with_attachment(50_000)
    };
    let sent = done(store, secret()).await;
    let waiting = store.insert(vec![secret(), secret()]).await.unwrap();
    assert_eq!(store.bytes(sent).await.unwrap(), None);
    assert!(store.bytes(waiting[0]).await.unwrap().is_some());
    store.act_on(Action::Cancel, waiting[0], "tester").await.unwrap();
    assert_eq!(store.bytes(waiting[0]).await.unwrap(), None);
    assert_eq!(store.usage().await.unwrap().blobs, 0);
    store.advance(Duration::from_secs(5 * 86_400)).await.unwrap();
    store.expire().await.unwrap();
    assert_eq!(store.bytes(waiting[1]).await.unwrap(), None);
}

async fn each_action_changes_what_it_can_and_says_what_it_cannot(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let refused = |error: QueueError| error.to_string();
    let act = |action| store.act_on(action, id, "tester");
    assert!(refused(act(Action::Retry).await.unwrap_err()).contains("due already"));
    assert!(refused(act(Action::Release).await.unwrap_err()).contains("queued"));
    act(Action::Hold).await.unwrap();
    assert_eq!(state(store, id).await, State::Held);
    assert!(refused(act(Action::Retry).await.unwrap_err()).contains("release it"));
    act(Action::Release).await.unwrap();
    act(Action::Cancel).await.unwrap();
    assert_eq!(state(store, id).await, State::Cancelled);
    act(Action::Retry).await.unwrap();
    assert_eq!(state(store, id).await, State::Queued);
    let kinds: Vec<String> =
        store.detail(id).await.unwrap().events.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["hold", "release", "cancel", "retry"]);
    act(Action::Delete).await.unwrap();
    assert!(matches!(act(Action::Delete).await, Err(QueueError::UnknownEntry { .. })));
    let audits = store.audits(10).await.unwrap();
    assert_eq!(audits.len(), 5);
    assert_eq!((audits[0].action.as_str(), audits[0].entries), ("delete", 1));
}

async fn many_are_changed_only_if_their_number_is_as_expected(store: &Store) {
    let many: Vec<_> = (0..2_500).map(|_| entry(&["b@x.test"])).collect();
    store.insert(many).await.unwrap();
    let filter: Filter = "to:b@x.test".parse().unwrap();
    let error = store.act(Action::Hold, &filter, Some(2_499), "tester").await.unwrap_err();
    assert!(matches!(error, QueueError::Unexpected { expected: 2_499, found: 2_500 }));
    assert_eq!(store.count_possible(Action::Hold, &filter, 10_000).await.unwrap(), 2_500);
    assert_eq!(store.act(Action::Hold, &filter, Some(2_500), "tester").await.unwrap(), 2_500);
    assert_eq!(store.act(Action::Hold, &filter, None, "tester").await.unwrap(), 0);
    assert_eq!(store.audits(10).await.unwrap().len(), 1);
}

async fn a_filter_finds_by_every_key(store: &Store) {
    let one = mailmethod::queue::NewEntry {
        method: "orders/confirmation".to_owned(),
        locale: "de".to_owned(),
        subject: "Order 100% done".to_owned(),
        arguments: Some(r#"{"order_no":"2026-041","lines":[{"title":"Pen"}]}"#.to_owned()),
        attachments: 1,
        ..keyed("order:2026-041", "a", OnConflict::Error)
    };
    let id = one.id;
    let message_id = one.message.id().to_owned();
    store.insert(vec![one, entry(&["bob@y.test"])]).await.unwrap();
    for filter in [
        "state:queued method:orders.*".to_owned(),
        "method:orders/confirmation".to_owned(),
        "to:ada@x.test".to_owned(),
        "to:@x.test".to_owned(),
        "-to:*@y.test".to_owned(),
        "subject:\"100% DONE\"".to_owned(),
        format!("id:{}", &id.to_string()[..36]),
        "locale:de".to_owned(),
        "key:order:*".to_owned(),
        format!("message-id:{message_id}"),
        "args.order_no:2026-*".to_owned(),
        "args.lines.0.title:pen".to_owned(),
        "has:attachment".to_owned(),
        "has:key view:outgoing".to_owned(),
        "\"order 100%\"".to_owned(),
        "route:default method:orders.* attempt:0 size:<1M newer:1h -older:1h priority:3".to_owned(),
        "state:dead,queued -method:test*".to_owned(),
    ] {
        let found = store.list(&filter.parse().unwrap(), Order::Oldest, None, 10).await.unwrap();
        let found: Vec<_> = found.iter().map(|one| one.id).collect();
        assert_eq!(found, [id], "{filter}");
    }
    for filter in
        ["subject:1000", "code:550", "code:5.1.*", "state:dead", "to:ad", "args.no:x", "reason:x"]
    {
        let found = store.count(&filter.parse().unwrap(), 10).await.unwrap();
        assert_eq!(found, 0, "{filter}");
    }
}

async fn views_are_counted_as_they_are_listed(store: &Store) {
    let later = mailmethod::queue::NewEntry { due: Due::In(DAY), ..entry(&["a@x.test"]) };
    let other = mailmethod::queue::NewEntry { route: "other".to_owned(), ..entry(&["o@x.test"]) };
    store.insert(vec![entry(&["a@x.test"]), later, other]).await.unwrap();
    done(store, mailmethod::queue::NewEntry { priority: 1, ..entry(&["s@x.test"]) }).await;
    doubtful(store, OnUncertain::Hold).await;
    store.trip("other", mailmethod::queue::Breaker::Open, 60_000_000, "down").await.unwrap();
    let mut counted = Vec::new();
    for (view, count) in store.views(10_000).await.unwrap() {
        let listed = store.list(&Filter::view(view), Order::Due, None, 10).await.unwrap();
        assert_eq!(listed.len() as u64, count, "{view}");
        assert!(listed.iter().all(|one| one.view == view), "{view}: {listed:?}");
        counted.push((view.as_str(), count));
    }
    let some: Vec<_> = counted.into_iter().filter(|(_, count)| *count > 0).collect();
    let expected =
        [("outgoing", 1), ("scheduled", 1), ("deferred", 1), ("attention", 1), ("sent", 1)];
    assert_eq!(some, expected);
}

async fn an_id_is_found_by_its_beginning(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let text = id.to_string();
    assert_eq!(store.find(&text).await.unwrap(), id);
    assert_eq!(store.find(&text.to_uppercase()[..20]).await.unwrap(), id);
    for unknown in ["", "zz", "0000000000", &text[..4], "x'; DROP TABLE entry"] {
        assert!(
            matches!(store.find(unknown).await, Err(QueueError::UnknownEntry { .. })),
            "{unknown}"
        );
    }
    store.insert(vec![entry(&["a@x.test"])]).await.unwrap();
    let error = store.find(&text[..8]).await.unwrap_err();
    assert!(matches!(error, QueueError::AmbiguousEntry { count: 2, .. }), "{error}");
}

async fn a_route_that_is_down_is_probed_by_one_mailer(store: &Store) {
    use mailmethod::queue::Breaker;
    store.insert(vec![entry(&["a@x.test"])]).await.unwrap();
    assert!(store.agenda().await.unwrap()[0].open);
    store.trip("default", Breaker::Open, 5_000_000, "connection refused").await.unwrap();
    store.trip("default", Breaker::Open, 10_000_000, "connection refused").await.unwrap();
    let agenda = store.agenda().await.unwrap();
    assert!(!agenda[0].open && agenda[0].probe_in.unwrap() > 5_000_000);
    assert_eq!(store.take_probe("default", 60_000_000).await.unwrap(), None);
    store.advance(Duration::from_secs(11)).await.unwrap();
    assert_eq!(store.take_probe("default", 60_000_000).await.unwrap(), Some((2, Breaker::Open)));
    assert_eq!(store.take_probe("default", 60_000_000).await.unwrap(), None);
    let routes = store.routes().await.unwrap();
    assert_eq!(routes[0].error.as_deref(), Some("connection refused"));
    store.pause("default", true, "tester").await.unwrap();
    store.close_breaker("default").await.unwrap();
    assert!(!store.agenda().await.unwrap()[0].open);
    store.pause("default", false, "tester").await.unwrap();
    assert!(store.agenda().await.unwrap()[0].open);
}

async fn pages_show_each_entry_once(store: &Store) {
    let many: Vec<_> = (0..25)
        .map(|at| mailmethod::queue::NewEntry {
            due: Due::In((at % 3) * 1_000_000),
            ..entry(&["b@x.test"])
        })
        .collect();
    store.insert(many).await.unwrap();
    for order in [Order::Oldest, Order::Newest, Order::Due] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = store.list(&Filter::default(), order, cursor, 7).await.unwrap();
            let Some(last) = page.last() else { break };
            cursor = Some(last.cursor());
            seen.extend(page.iter().map(|one| one.id));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 25, "{order:?}");
    }
}

async fn an_action_is_tried_out_before_it_is_done(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    store.can_act_on(Action::Hold, id).await.unwrap();
    let refused = store.can_act_on(Action::Release, id).await.unwrap_err();
    assert!(matches!(refused, QueueError::NotPossible { action: "release", .. }), "{refused}");
    let unknown = mailmethod::queue::EntryId::from(Uuid::now_v7());
    let error = store.can_act_on(Action::Hold, unknown).await.unwrap_err();
    assert!(matches!(error, QueueError::UnknownEntry { .. }), "{error}");
    assert_eq!(state(store, id).await, State::Queued);
    assert!(store.audits(1).await.unwrap().is_empty());
}

async fn what_ended_is_counted_before_it_is_purged(store: &Store) {
    let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
    store.act_on(Action::Cancel, ids[0], "tester").await.unwrap();
    assert_eq!(store.count_ended(0, 100).await.unwrap(), 1);
    assert_eq!(store.count_ended(DAY, 100).await.unwrap(), 0);
    store.advance(Duration::from_secs(90_000)).await.unwrap();
    store.act_on(Action::Cancel, ids[1], "tester").await.unwrap();
    assert_eq!(store.count_ended(DAY, 100).await.unwrap(), 1);
    assert_eq!(store.count_ended(0, 100).await.unwrap(), 2);
    assert_eq!(store.count_ended(0, 1).await.unwrap(), 1);
}

async fn an_entry_and_its_history_are_json_of_one_shape(store: &Store) {
    let id = store.insert(vec![keyed("k", "a", OnConflict::Error)]).await.unwrap()[0];
    let mailer = store.register("host", 1).await.unwrap();
    let lease = claim(store, mailer, 1).await.remove(0);
    let settlement = Settlement {
        last: Some(said(451, "4.7.1", "later")),
        event: Some(r#"{"try":1,"next":"again","took_ms":3,"code":451}"#.to_owned()),
        ..settled(&lease, Next::Again(Some(60_000_000)))
    };
    store.round(mailer, vec![settlement], Vec::new()).await.unwrap();
    let detail = store.detail(id).await.unwrap();
    let listed = serde_json::to_value(&detail.summary).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let shape = [
        "id",
        "state",
        "view",
        "method",
        "to",
        "subject",
        "attempts",
        "due",
        "last",
        "recipients",
        "message_id",
        "key",
    ];
    assert_eq!(keys(&listed), shape);
    assert_eq!((&listed["state"], &listed["view"]), (&"queued".into(), &"deferred".into()));
    assert_eq!(keys(&listed["last"]), ["code", "enhanced", "text", "phase", "at"]);
    let whole = serde_json::to_value(&detail).unwrap();
    assert_eq!(keys(&whole)[..12], shape);
    assert_eq!(whole["events"][0]["detail"]["code"], 451);
    let attempt = detail.events[0].attempt().unwrap();
    assert_eq!((attempt.number, attempt.code, attempt.took_ms), (1, Some(451), 3));
}

async fn a_mail_is_explained_by_what_is_around_it(store: &Store) {
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let explained = async || {
        let detail = store.detail(id).await.unwrap();
        store.explain(&detail).await.unwrap()
    };
    assert!(explained().await.next.contains("no mailer is at work"));
    let mailer = store.register("host", 1).await.unwrap();
    assert!(explained().await.next.contains("a mailer takes it"));
    store.trip("default", mailmethod::queue::Breaker::Open, 60_000_000, "tls: no").await.unwrap();
    let down = explained().await;
    assert!(down.next.contains("given up for now") && down.at.is_some(), "{down:?}");
    assert_eq!(down.meaning, Some(mailmethod::queue::meaning(None, None, "tls")));
    store.pause("default", true, "tester").await.unwrap();
    assert_eq!(explained().await.commands, ["mailmethod queue resume default"]);
    store.pause("default", false, "tester").await.unwrap();
    store.close_breaker("default").await.unwrap();
    store.unregister(mailer).await.unwrap();
    store.act_on(Action::Hold, id, "tester").await.unwrap();
    assert_eq!(explained().await.commands, [format!("mailmethod queue release {id}")]);
}

/// Looks for a store, finds none, and leaves nothing behind; then there is one.
async fn looked_for(location: &str) {
    let location = location.parse().unwrap();
    assert!(Store::open_existing(&location).await.unwrap().is_none());
    assert!(Store::open_existing(&location).await.unwrap().is_none());
    let store = Store::open(&location).await.unwrap();
    let id = store.insert(vec![entry(&["a@x.test"])]).await.unwrap()[0];
    let found = Store::open_existing(&location).await.unwrap().unwrap();
    assert_eq!(state(&found, id).await, State::Queued);
}

#[tokio::test]
async fn looking_for_a_store_on_sqlite_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.db");
    looked_for(&format!("sqlite:{}", file.display())).await;
    let none = folder.path().join("other.db");
    let location = format!("sqlite:{}", none.display()).parse().unwrap();
    assert!(Store::open_existing(&location).await.unwrap().is_none() && !none.exists());
    let folder = format!("sqlite:{}", folder.path().display()).parse().unwrap();
    let error = Store::open_existing(&folder).await.unwrap_err();
    assert!(matches!(error, QueueError::Location { .. }), "{error}");
}

#[tokio::test]
async fn looking_for_a_store_on_postgres_makes_none() {
    let Some(database) = postgres_server::database().await else { return };
    looked_for(&database.url()).await;
}
