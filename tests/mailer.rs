//! The mailer between both stores and a relay that misbehaves as told.
//!
//! After every scenario the law of conservation is checked: what the relay has taken is what the
//! store says.

#![cfg(feature = "smtp")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/queue.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use mailmethod::adapter::{self, Adapter};
use mailmethod::mailer::{Drained, Mailer, MailerSettings, Undeliverable};
use mailmethod::message::OnUncertain;
use mailmethod::queue::{Action, Breaker, Delivery, Due, EntryId, NewEntry, State, Store, View};
use mailmethod::testing::{FaultServer, Rule, Verb};
use support::{World, conserved, entry};

macro_rules! on_both {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let world = super::World::sqlite().await;
                super::$name(&world).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(database) = super::postgres_server::database().await else { return };
                let world = super::World::postgres(&database.url()).await;
                super::$name(&world).await;
            })+
        }
    };
}

on_both! {
    t64_a_queued_mail_is_sent_once_and_is_durable
    many_mails_go_out_over_few_connections
    bulk_mail_goes_out_in_windows
    b2_each_recipient_has_an_outcome_and_only_the_deferred_are_tried_again
    t65_greylisted_mail_is_accepted_at_the_second_try
    a_relay_that_is_down_costs_no_attempt
    b1_a_refused_login_kills_no_mail
    a_421_costs_no_attempt
    a_mail_that_meets_421_alone_waits_and_costs_no_other
    a_lost_reply_to_the_dot_is_uncertain
    the_same_refusal_for_all_trips_the_breaker
    undeliverable_mail_can_be_deleted
    a_mail_that_was_cancelled_in_time_never_leaves
    too_many_recipients_are_sent_in_further_transactions
    an_adapter_that_is_not_there_is_a_state_of_its_route
    a_missing_part_holds_one_mail_and_no_other
    a_damaged_content_holds_one_mail_and_no_other
    a_paused_route_sends_nothing
    b11_a_mailer_wakes_for_new_mail_and_for_scheduled_mail
    t66_and_t67_mail_that_all_refuse_is_dead_and_mail_that_all_defer_waits
    t68_another_mailer_sends_nothing_that_one_has_in_hand
    t69_what_a_dead_mailer_had_in_hand_is_taken_over_and_sent_once
    b9_an_adapter_whose_password_changes_is_used_with_the_new_one
    t71_a_mailer_that_is_told_to_end_gives_back_what_has_not_left
    a_panicking_adapter_holds_one_mail_and_no_other
    mail_of_several_priorities_leaves_in_order
}

fn with(adapter: Arc<dyn Adapter>, store: &Store, settings: MailerSettings) -> Mailer {
    Mailer::new(store.clone(), Arc::new(move |_route| Ok(Arc::clone(&adapter))), settings)
}

fn mailer(store: &Store, url: &str) -> Mailer {
    with(adapter::open(url).unwrap(), store, MailerSettings::default())
}

async fn drain(store: &Store, url: &str) -> Drained {
    mailer(store, url).drain(std::future::pending()).await.unwrap()
}

async fn state(store: &Store, id: EntryId) -> State {
    store.detail(id).await.unwrap().summary.state
}

async fn queue(store: &Store, to: &[&str]) -> EntryId {
    store.insert(vec![entry(to)]).await.unwrap()[0]
}

async fn t64_a_queued_mail_is_sent_once_and_is_durable(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let new = entry(&["ada@x.test"]);
    let (id, bytes) = (new.id, new.message.as_bytes().to_vec());
    store.insert(vec![new]).await.unwrap();
    assert_eq!(drain(store, &server.url()).await, Drained::default());
    assert_eq!(server.taken()[0].bytes, bytes);
    let detail = store.detail(id).await.unwrap();
    assert_eq!((detail.summary.state, detail.summary.attempts), (State::Sent, 1));
    assert_eq!(detail.events.len(), 1);
    let event: serde_json::Value = serde_json::from_str(&detail.events[0].detail).unwrap();
    assert_eq!(
        (&event["try"], &event["next"], &event["code"]),
        (&1.into(), &"sent".into(), &250.into())
    );
    assert_eq!(drain(store, &server.url()).await, Drained::default());
    conserved(store, &server, 0).await;
}

async fn many_mails_go_out_over_few_connections(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    store.insert((0..200).map(|_| entry(&["ada@x.test"])).collect()).await.unwrap();
    drain(store, &server.url_with("", "connections=3")).await;
    assert_eq!(server.taken().len(), 200);
    assert!(server.peak() <= 3 && server.connections() <= 6, "{}", server.connections());
    assert!(server.violations().is_empty(), "{:?}", server.violations());
    conserved(store, &server, 0).await;
}

async fn bulk_mail_goes_out_in_windows(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("bad@x.test").reply("550 5.1.1 no such user"));
    let bulk = |to: &str| NewEntry { bulk: true, ..entry(&[to]) };
    let mut all: Vec<NewEntry> = (0..60).map(|_| bulk("ada@x.test")).collect();
    all.insert(20, bulk("bad@x.test"));
    all.insert(40, entry(&["single@x.test"]));
    store.insert(all).await.unwrap();
    drain(store, &server.url_with("", "connections=2")).await;
    assert_eq!(server.taken().len(), 61);
    let dead =
        store.list(&"state:dead".parse().unwrap(), Default::default(), None, 10).await.unwrap();
    assert_eq!(dead[0].recipients[0].address, "bad@x.test");
    conserved(store, &server, 0).await;
}

async fn b2_each_recipient_has_an_outcome_and_only_the_deferred_are_tried_again(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("b@x.test").reply("550 5.1.1 no such user"));
    server.rule(Rule::on(Verb::Rcpt).address("c@x.test").times(1).reply("450 4.2.1 mailbox busy"));
    let id = queue(store, &["a@x.test", "b@x.test", "c@x.test"]).await;
    drain(store, &server.url()).await;
    let detail = store.detail(id).await.unwrap();
    let outcomes: Vec<_> = detail.summary.recipients.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Delivery::Accepted, Delivery::Refused, Delivery::Deferred]);
    assert_eq!((detail.summary.state, detail.summary.view), (State::Queued, View::Deferred));
    let reply = detail.summary.recipients[1].reply.clone().unwrap();
    assert_eq!((reply.code, reply.enhanced.as_deref()), (Some(550), Some("5.1.1")));
    store.advance(Duration::from_secs(3_600)).await.unwrap();
    drain(store, &server.url()).await;
    let to: Vec<_> = server.taken().into_iter().map(|taken| taken.recipients).collect();
    assert_eq!(to, [["a@x.test"], ["c@x.test"]]);
    assert_eq!(state(store, id).await, State::Partial);
    conserved(store, &server, 0).await;
}

async fn t65_greylisted_mail_is_accepted_at_the_second_try(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).times(1).reply("451 4.7.1 greylisted"));
    let id = queue(store, &["a@x.test"]).await;
    drain(store, &server.url()).await;
    let summary = store.detail(id).await.unwrap().summary;
    let wait = summary.due_at.unwrap().duration_since(summary.created_at).as_secs();
    assert!((240..=370).contains(&wait), "{wait}");
    let event = store.detail(id).await.unwrap().events.remove(0);
    assert!(event.detail.contains("RCPT TO:<a@x.test>"), "{}", event.detail);
    store.advance(Duration::from_secs(400)).await.unwrap();
    drain(store, &server.url()).await;
    assert_eq!(state(store, id).await, State::Sent);
    conserved(store, &server, 0).await;
}

async fn t66_and_t67_mail_that_all_refuse_is_dead_and_mail_that_all_defer_waits(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("@no.test").reply("550 5.1.1 no such user"));
    server.rule(Rule::on(Verb::Rcpt).address("@later.test").reply("450 4.2.1 mailbox busy"));
    let no = queue(store, &["a@no.test", "b@no.test"]).await;
    let later = queue(store, &["a@later.test", "b@later.test"]).await;
    drain(store, &server.url()).await;
    let (no, later) = (store.detail(no).await.unwrap(), store.detail(later).await.unwrap());
    assert_eq!((no.summary.state, no.summary.view), (State::Dead, View::Dead));
    assert_eq!(no.summary.last.unwrap().text, "no such user");
    assert!(no.summary.recipients.iter().all(|one| one.outcome == Delivery::Refused));
    assert_eq!((later.summary.state, later.summary.view), (State::Queued, View::Deferred));
    assert!(later.summary.due_at.unwrap() > later.summary.created_at);
    assert_eq!(store.count(&"state:sent".parse().unwrap(), 9).await.unwrap(), 0);
    conserved(store, &server, 0).await;
}

async fn t68_another_mailer_sends_nothing_that_one_has_in_hand(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let id = queue(store, &["a@x.test"]).await;
    let lock = store.lock_mailer().unwrap();
    let first = store.register("first", 1).await.unwrap();
    assert_eq!(store.claim(first, "default", 9).await.unwrap().len(), 1);
    let second = mailer(store, &server.url()).drain(std::future::pending()).await;
    match second {
        // On SQLite there is one mailer for a file, and the other says who it is.
        Err(error) => {
            assert!(matches!(error, mailmethod::queue::QueueError::MailerRuns { .. }), "{error}");
            assert!(!world.is_postgres());
        }
        Ok(_) => assert!(world.is_postgres()),
    }
    assert_eq!(state(store, id).await, State::Sending);
    assert!(server.taken().is_empty());
    drop(lock);
}

async fn t69_what_a_dead_mailer_had_in_hand_is_taken_over_and_sent_once(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let id = queue(store, &["a@x.test"]).await;
    let dead = store.register("dead", 1).await.unwrap();
    let claims = store.claim(dead, "default", 9).await.unwrap();
    support::let_die(store, dead).await;
    drain(store, &server.url()).await;
    let late = mailmethod::queue::Settlement::release(claims[0].ticket());
    let late = store.round(dead, vec![late], vec![claims[0].ticket()]).await.unwrap();
    assert!(late.settled.is_empty() && late.gated.is_empty());
    let detail = store.detail(id).await.unwrap();
    assert_eq!((detail.summary.state, detail.summary.attempts), (State::Sent, 1));
    assert_eq!(server.taken().len(), 1);
    conserved(store, &server, 0).await;
}

async fn b9_an_adapter_whose_password_changes_is_used_with_the_new_one(world: &World) {
    use mailmethod::adapter::{SmtpAdapter, SmtpSettings};
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.login("me", "new");
    let settings = |password: &str| {
        let url = server.url_with(&format!("me:{password}"), "insecure_auth=true");
        SmtpSettings::from_url(&url).unwrap()
    };
    let relay = SmtpAdapter::new(settings("old"));
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let working = with(Arc::new(relay.clone()), store, MailerSettings::default());
    let working = tokio::spawn(async move {
        let told = async { drop(ended.await) };
        working.run(told).await.unwrap();
    });
    let id = queue(store, &["a@x.test"]).await;
    until(async || store.routes().await.unwrap().iter().any(|one| one.failures > 0)).await;
    relay.replace(settings("new"));
    // Whoever has mended it says so, or waits for the next probe.
    until(async || {
        store.probe_now().await.unwrap();
        store.ring();
        state(store, id).await == State::Sent
    })
    .await;
    drop(end);
    working.await.unwrap();
    assert_eq!((server.taken().len(), state(store, id).await), (1, State::Sent));
    conserved(store, &server, 0).await;
}

async fn a_relay_that_is_down_costs_no_attempt(world: &World) {
    let store = &world.store;
    let ids = store.insert((0..30).map(|_| entry(&["a@x.test"])).collect()).await.unwrap();
    let server = FaultServer::start().await.unwrap();
    let url = server.url();
    drop(server);
    let drained = drain(store, &url).await;
    assert_eq!(drained.waiting[0].0, "default");
    assert!(drained.waiting[0].1.contains("connect:"), "{drained:?}");
    for id in &ids {
        let detail = store.detail(*id).await.unwrap();
        assert_eq!((detail.summary.state, detail.summary.attempts), (State::Queued, 0));
        assert_eq!(detail.summary.view, View::Deferred);
        assert!(detail.events.is_empty());
    }
    let route = store.routes().await.unwrap().remove(0);
    assert_eq!(route.breaker, Breaker::Open);

    // A probe that fails touches no mail; one that succeeds lets all go.
    let leases = |detail: &mailmethod::queue::Detail| detail.summary.attempts;
    drain(store, &url).await;
    assert_eq!(leases(&store.detail(ids[0]).await.unwrap()), 0);
    let server = FaultServer::start().await.unwrap();
    assert!(drain(store, &server.url()).await.waiting.is_empty());
    assert_eq!(server.taken().len(), 30);
    assert_eq!(store.routes().await.unwrap()[0].breaker, Breaker::Closed);
    conserved(store, &server, 0).await;
}

async fn b1_a_refused_login_kills_no_mail(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.login("me", "right");
    let ids = store.insert((0..10).map(|_| entry(&["a@x.test"])).collect()).await.unwrap();
    let drained = drain(store, &server.url_with("me:wrong", "insecure_auth=true")).await;
    assert!(drained.waiting[0].1.starts_with("auth:"), "{drained:?}");
    for id in ids {
        let summary = store.detail(id).await.unwrap().summary;
        assert_eq!((summary.state, summary.attempts), (State::Queued, 0));
    }
    drain(store, &server.url_with("me:right", "insecure_auth=true")).await;
    assert_eq!(server.taken().len(), 10);
    conserved(store, &server, 0).await;
}

async fn a_421_costs_no_attempt(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Mail).reply("421 4.3.2 too busy"));
    let id = queue(store, &["a@x.test"]).await;
    let drained = drain(store, &server.url()).await;
    assert_eq!(drained.waiting.len(), 1);
    assert_eq!(store.detail(id).await.unwrap().summary.attempts, 0);
    server.clear_rules();
    drain(store, &server.url()).await;
    assert_eq!(state(store, id).await, State::Sent);
    conserved(store, &server, 0).await;
}

async fn a_mail_that_meets_421_alone_waits_and_costs_no_other(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("unlucky@x.test").reply("421 4.3.2 not you"));
    let mut all: Vec<NewEntry> = (0..20).map(|_| entry(&["a@x.test"])).collect();
    all.insert(0, entry(&["unlucky@x.test"]));
    let ids = store.insert(all).await.unwrap();
    for _ in 0..3 {
        drain(store, &server.url_with("", "connections=1")).await;
    }
    let summary = store.detail(ids[0]).await.unwrap().summary;
    assert_eq!((summary.state, summary.attempts), (State::Queued, 0));
    assert_eq!(store.count(&"state:sent".parse().unwrap(), 100).await.unwrap(), 20);
    conserved(store, &server, 0).await;
}

async fn a_lost_reply_to_the_dot_is_uncertain(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Dot).times(2).close());
    let hold = NewEntry { on_uncertain: OnUncertain::Hold, ..entry(&["h@x.test"]) };
    let ids = store.insert(vec![entry(&["a@x.test"]), hold]).await.unwrap();
    drain(store, &server.url_with("", "connections=1")).await;
    for id in &ids {
        let detail = store.detail(*id).await.unwrap();
        assert_eq!((detail.summary.state, detail.summary.attempts), (State::Uncertain, 1));
        assert_eq!(detail.summary.recipients[0].outcome, Delivery::Unknown);
    }
    store.advance(Duration::from_secs(901)).await.unwrap();
    drain(store, &server.url()).await;
    assert_eq!(state(store, ids[0]).await, State::Sent);
    assert_eq!(state(store, ids[1]).await, State::Uncertain);
    assert_eq!(server.taken().len(), 1);
    conserved(store, &server, 0).await;
}

async fn the_same_refusal_for_all_trips_the_breaker(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).reply("550 5.7.1 relaying denied"));
    let all = (0..200).map(|at| entry(&[&format!("a{at}@x.test")])).collect();
    store.insert(all).await.unwrap();
    drain(store, &server.url()).await;
    let count = |filter: &str| {
        let filter = filter.parse().unwrap();
        async move { store.count(&filter, 1_000).await.unwrap() }
    };
    let dead = count("state:dead").await;
    assert!((20..=50).contains(&dead), "{dead}");
    assert_eq!(count("view:deferred").await, 200 - dead);
    let route = store.routes().await.unwrap().remove(0);
    assert_eq!(route.breaker, Breaker::Suspect);
    assert!(route.error.unwrap().contains("550 5.7.1 relaying denied"));
    server.clear_rules();
    drain(store, &server.url()).await;
    let retried =
        store.act(Action::Retry, &"state:dead".parse().unwrap(), None, "me").await.unwrap();
    assert_eq!(retried, dead);
    drain(store, &server.url()).await;
    assert_eq!(count("state:sent").await, 200);
    conserved(store, &server, 0).await;
}

async fn undeliverable_mail_can_be_deleted(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("b@x.test").reply("550 no"));
    let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
    let settings =
        MailerSettings { undeliverable: Undeliverable::Delete, ..MailerSettings::default() };
    let mailer = with(adapter::open(&server.url()).unwrap(), store, settings);
    mailer.drain(std::future::pending()).await.unwrap();
    assert_eq!(state(store, ids[0]).await, State::Sent);
    assert!(store.detail(ids[1]).await.is_err());
}

async fn a_mail_that_was_cancelled_in_time_never_leaves(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("slow@x.test").hold("250 ok"));
    let id = queue(store, &["slow@x.test"]).await;
    let (url, at_work) = (server.url(), store.clone());
    let work = tokio::spawn(async move { drain(&at_work, &url).await });
    server.until(|server| server.commands().iter().any(|line| line.starts_with("RCPT"))).await;
    store.act_on(Action::Cancel, id, "me").await.unwrap();
    assert_eq!(state(store, id).await, State::Sending);
    server.release();
    work.await.unwrap();
    assert_eq!(state(store, id).await, State::Cancelled);
    assert!(server.taken().is_empty());
    conserved(store, &server, 0).await;
}

async fn too_many_recipients_are_sent_in_further_transactions(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("c@x.test").times(1).reply("452 4.5.3 too many"));
    let id = queue(store, &["a@x.test", "b@x.test", "c@x.test"]).await;
    drain(store, &server.url_with("", "connections=1")).await;
    assert_eq!(state(store, id).await, State::Sent);
    assert_eq!(store.detail(id).await.unwrap().summary.attempts, 1);
    let to: Vec<_> = server.taken().into_iter().map(|taken| taken.recipients.len()).collect();
    assert_eq!(to, [2, 1]);
    conserved(store, &server, 0).await;
}

async fn an_adapter_that_is_not_there_is_a_state_of_its_route(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let other = NewEntry { route: "bulk".to_owned(), ..entry(&["b@x.test"]) };
    let ids = store.insert(vec![other, entry(&["a@x.test"])]).await.unwrap();
    let relay = adapter::open(&server.url()).unwrap();
    let ways: Arc<mailmethod::mailer::Ways> = Arc::new(move |route| match route {
        "default" => Ok(Arc::clone(&relay)),
        _ => Err(format!("there is no adapter {route:?}")),
    });
    let mailer = Mailer::new(store.clone(), ways, MailerSettings::default());
    let drained = mailer.drain(std::future::pending()).await.unwrap();
    assert_eq!(drained.waiting, [("bulk".to_owned(), "there is no adapter \"bulk\"".to_owned())]);
    assert_eq!(state(store, ids[0]).await, State::Queued);
    assert_eq!(state(store, ids[1]).await, State::Sent);
}

async fn a_missing_part_holds_one_mail_and_no_other(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let ids = store
        .insert(vec![support::entry_with_attachment(50_000), entry(&["a@x.test"])])
        .await
        .unwrap();
    support::lose_blobs(world).await;
    drain(store, &server.url()).await;
    let detail = store.detail(ids[0]).await.unwrap();
    assert_eq!(detail.summary.state, State::Held);
    assert!(detail.summary.reason.unwrap().contains("missing in the store"));
    assert_eq!(state(store, ids[1]).await, State::Sent);
    conserved(store, &server, 0).await;
}

async fn a_damaged_content_holds_one_mail_and_no_other(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let ids = store.insert(vec![entry(&["a@x.test"]), entry(&["b@x.test"])]).await.unwrap();
    support::damage(world, ids[0]).await;
    drain(store, &server.url()).await;
    let detail = store.detail(ids[0]).await.unwrap();
    assert_eq!(detail.summary.state, State::Held);
    assert!(detail.summary.reason.unwrap().contains("damaged in the store"));
    assert!(store.resend(ids[0], "me").await.is_err());
    assert_eq!(state(store, ids[1]).await, State::Sent);
    conserved(store, &server, 0).await;
}

async fn a_paused_route_sends_nothing(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let id = queue(store, &["a@x.test"]).await;
    store.pause("default", true, "me").await.unwrap();
    let drained = drain(store, &server.url()).await;
    assert_eq!((drained.waiting.len(), &drained.paused[..]), (0, &["default".to_owned()][..]));
    assert_eq!(state(store, id).await, State::Queued);
    store.pause("default", false, "me").await.unwrap();
    drain(store, &server.url()).await;
    assert_eq!(state(store, id).await, State::Sent);
}

/// Waits until something holds.
async fn until(what: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !what().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "it never came");
}

async fn b11_a_mailer_wakes_for_new_mail_and_for_scheduled_mail(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let settings =
        MailerSettings { every: Duration::from_secs(3_600), ..MailerSettings::default() };
    let working = with(adapter::open(&server.url()).unwrap(), store, settings);
    let working = tokio::spawn(async move {
        let told = async { drop(ended.await) };
        working.run(told).await.unwrap();
    });
    until(async || !store.mailers().await.unwrap().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = std::time::Instant::now();
    let first = queue(store, &["a@x.test"]).await;
    server.until(|server| server.taken().len() == 1).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    until(async || state(store, first).await == State::Sent).await;
    let soon = NewEntry { due: Due::In(300_000), wake: false, ..entry(&["b@x.test"]) };
    store.insert(vec![soon]).await.unwrap();
    server.until(|server| server.taken().len() == 2).await;
    // Another process: nothing rings here.
    let other = Store::open(&world.location.parse().unwrap()).await.unwrap();
    other.insert(vec![entry(&["c@x.test"])]).await.unwrap();
    server.until(|server| server.taken().len() == 3).await;
    drop(end);
    working.await.unwrap();
    conserved(store, &server, 0).await;
}

async fn t71_a_mailer_that_is_told_to_end_gives_back_what_has_not_left(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Dot).times(1).hold("250 ok"));
    store.insert((0..40).map(|_| entry(&["a@x.test"])).collect()).await.unwrap();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let (heard, noticed) = tokio::sync::oneshot::channel::<()>();
    let working = mailer(store, &server.url_with("", "connections=1"));
    let working = tokio::spawn(async move {
        let told = async {
            drop(ended.await);
            drop(heard);
        };
        working.run(told).await.unwrap();
    });
    server.until(|server| server.commands().iter().any(|line| line == "DATA")).await;
    let queued = "state:sending".parse().unwrap();
    until(async || store.count(&queued, 100).await.unwrap() > 0).await;
    drop(end);
    // It looks up from its work only now and then.
    drop(noticed.await);
    server.release();
    working.await.unwrap();
    let taken = server.taken().len() as u64;
    assert!((1..=3).contains(&taken), "{taken}");
    assert_eq!(store.count(&"state:sent".parse().unwrap(), 100).await.unwrap(), taken);
    let rest = "state:queued attempt:0".parse().unwrap();
    assert_eq!(store.count(&rest, 100).await.unwrap(), 40 - taken);
    conserved(store, &server, 0).await;
}

async fn a_panicking_adapter_holds_one_mail_and_no_other(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let ids = store
        .insert(vec![entry(&["panic@x.test"]), entry(&["a@x.test"]), entry(&["b@x.test"])])
        .await
        .unwrap();
    let relay = adapter::open(&server.url_with("", "connections=1")).unwrap();
    let adapter: Arc<dyn Adapter> = Arc::new(support::Panicking { inner: relay });
    for _ in 0..3 {
        let mailer = with(Arc::clone(&adapter), store, MailerSettings::default());
        drop(mailer.drain(std::future::pending()).await);
    }
    let detail = store.detail(ids[0]).await.unwrap();
    assert_eq!(detail.summary.state, State::Held);
    assert_eq!(detail.summary.reason.as_deref(), Some("poison"));
    assert_eq!(state(store, ids[1]).await, State::Sent);
    assert_eq!(state(store, ids[2]).await, State::Sent);
    conserved(store, &server, 0).await;
}

async fn mail_of_several_priorities_leaves_in_order(world: &World) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    let with = |priority: u8| NewEntry { priority, ..entry(&[&format!("p{priority}@x.test")]) };
    store.insert(vec![with(5), with(3), with(1), with(4), with(2)]).await.unwrap();
    drain(store, &server.url_with("", "connections=1")).await;
    let to: Vec<_> = server.taken().into_iter().map(|taken| taken.recipients[0].clone()).collect();
    assert_eq!(to, ["p1@x.test", "p2@x.test", "p3@x.test", "p4@x.test", "p5@x.test"]);
}
