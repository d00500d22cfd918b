//! G3 to G5: relays that are away, busy, or refuse everything.

use std::time::Duration;

use mailmethod::adapter;
use mailmethod::mailer::{Mailer, MailerSettings};
use mailmethod::queue::{Action, Breaker, NewEntry, Route, Store};
use mailmethod::testing::{FaultServer, Rule, Verb};

use crate::support::{World, conserved, entry, pass};
use crate::working::{Working, count, on_both, until};

on_both! {
    g3_a_relay_that_is_away_costs_nothing
    g4_a_relay_that_says_421_costs_nothing
    g4_a_wrong_password_costs_nothing
    g4_deferrals_kill_no_mail
    g5_a_relay_that_refuses_all_kills_few
    #[ignore = "long: 100,000 mails"]
    g3_an_hour_without_a_relay_costs_nothing_to_a_hundred_thousand
    #[ignore = "long: an hour"]
    g4_an_hour_of_421_costs_nothing
    #[ignore = "long: 100,000 mails"]
    g4_an_hour_with_the_wrong_password_costs_nothing_to_a_hundred_thousand
    #[ignore = "long: 10,000 mails, each tried for an hour"]
    g4_an_hour_of_deferrals_kills_none_of_ten_thousand
    #[ignore = "long: 100,000 mails"]
    g5_a_relay_that_refuses_all_kills_few_of_a_hundred_thousand
}

const MANY: u64 = 100_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// How many mails wait for how long.
#[derive(Clone, Copy)]
struct Scale(u64, Duration);

const SMALL: Scale = Scale(150, Duration::from_secs(120));
const FULL: Scale = Scale(MANY, HOUR);

async fn queue(store: &Store, mails: u64) {
    let mut left = mails;
    while left > 0 {
        let group = left.min(1_000);
        let to = |at: u64| format!("a{}@x.test", left - at);
        store.insert((0..group).map(|at| entry(&[&to(at)])).collect()).await.unwrap();
        left -= group;
    }
}

/// Counts from now on how often a row of an entry is written.
async fn count_writes(world: &World) {
    world
        .sql(
            "CREATE TABLE written (n INTEGER); INSERT INTO written VALUES (0); \
             CREATE TRIGGER writing AFTER UPDATE ON @entry \
             BEGIN UPDATE written SET n = n + 1; END",
            "CREATE TABLE written (n bigint); INSERT INTO written VALUES (0); \
             CREATE FUNCTION writing() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN UPDATE written SET n = n + 1; RETURN NULL; END $$; \
             CREATE TRIGGER writing AFTER UPDATE ON @entry FOR EACH ROW EXECUTE FUNCTION writing()",
        )
        .await;
}

async fn writes(world: &World) -> i64 {
    world.number("SELECT n FROM written").await
}

async fn route(store: &Store) -> Option<Route> {
    store.routes().await.unwrap().pop()
}

/// Lets this time go by from probe to probe; gives the route at its end, or as it was mended.
async fn probed_for(store: &Store, time: Duration) -> Route {
    let begun = store.time().await.unwrap();
    loop {
        let before = route(store).await.unwrap();
        let now = store.time().await.unwrap();
        let over = now.duration_since(begun).unsigned_abs() >= time;
        let Some(probe_at) = before.probe_at.filter(|_| !over) else { return before };
        let wait = probe_at.duration_since(now);
        let wait = Duration::try_from(wait).unwrap_or_default();
        pass(store, wait + Duration::from_millis(1)).await;
        until("the route is probed", async || {
            let now = route(store).await.unwrap();
            now.breaker == Breaker::Closed || now.failures > before.failures
        })
        .await;
    }
}

/// Waits until no mail is on its way; it may take long, as long as it goes on.
pub(crate) async fn at_rest(store: &Store) {
    let left = async || count(store, "state:queued,sending").await;
    let mut before = left().await;
    while before > 0 {
        until("another mail is sent", async || left().await < before).await;
        before = left().await;
    }
}

/// What a route that does not work may cost.
struct Cost {
    /// Connections to the relay.
    connections: usize,
    /// Written rows, for each probe.
    writes: i64,
    /// How long the last probe may be away.
    wait: Duration,
}

/// A time in which a relay does not work for anybody, and what comes after it.
async fn outage(world: &World, scale: Scale, spoilt: (&FaultServer, &str), cost: &Cost) {
    let (store, (server, url)) = (&world.store, spoilt);
    let Scale(mails, time) = scale;
    queue(store, mails).await;
    count_writes(world).await;
    let relay = adapter::open(url).unwrap();
    let working = Working::start(store, relay, MailerSettings::default());
    let open = async || route(store).await.is_some_and(|route| route.breaker == Breaker::Open);
    until("the route is given up", open).await;
    until("all is given back", async || count(store, "state:sending").await == 0).await;
    let first = writes(world).await;
    assert!(first <= 1_000, "{first} rows were written before the route was given up");

    let down = probed_for(store, time).await;
    assert_eq!(down.breaker, Breaker::Open);
    let probes = i64::try_from(down.failures).unwrap();
    let written = writes(world).await - first;
    assert!(written <= cost.writes * probes, "{written} rows were written at {probes} probes");
    assert!(server.connections() <= cost.connections, "{} connections", server.connections());
    assert_eq!(count(store, "state:queued attempt:0").await, mails);
    assert_eq!(world.number("SELECT count(*) FROM @event").await, 0);

    server.clear_rules();
    let wait = down.probe_at.unwrap().duration_since(store.time().await.unwrap());
    let wait = Duration::try_from(wait).unwrap_or_default();
    assert!(wait <= cost.wait, "the next probe is {wait:?} away");
    pass(store, wait + Duration::from_millis(1)).await;
    at_rest(store).await;
    assert_eq!(count(store, "state:sent").await, mails);
    working.end().await;
    conserved(store, server, 0).await;
    eprintln!(
        "{mails} mails: {first} rows written until the breaker opened, {written} in {time:?} of \
         {probes} probes, {} connections",
        server.connections()
    );
}

async fn away(world: &World, scale: Scale) {
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Connect).reset());
    let minute = Duration::from_secs(60);
    let cost = Cost { connections: 100, writes: 0, wait: minute };
    outage(world, scale, (&server, &server.url_with("", "connections=4")), &cost).await;
}

async fn g3_a_relay_that_is_away_costs_nothing(world: &World) {
    away(world, SMALL).await;
}

async fn g3_an_hour_without_a_relay_costs_nothing_to_a_hundred_thousand(world: &World) {
    away(world, FULL).await;
}

async fn busy(world: &World, scale: Scale) {
    let server = FaultServer::start().await.unwrap();
    // At MAIL, so that a probe must take a mail: that one is claimed and given back.
    server.rule(Rule::on(Verb::Mail).reply_and_close("421 4.3.2 too busy"));
    let minute = Duration::from_secs(60);
    let cost = Cost { connections: 200, writes: 2, wait: minute };
    outage(world, scale, (&server, &server.url_with("", "connections=4")), &cost).await;
}

async fn g4_a_relay_that_says_421_costs_nothing(world: &World) {
    busy(world, SMALL).await;
}

async fn g4_an_hour_of_421_costs_nothing(world: &World) {
    busy(world, Scale(10_000, HOUR)).await;
}

async fn locked_out(world: &World, scale: Scale) {
    let server = FaultServer::start().await.unwrap();
    server.login("me", "right");
    server.rule(Rule::on(Verb::Auth).reply("535 5.7.8 no"));
    let url = server.url_with("me:right", "insecure_auth=true&connections=4");
    // Relays lock out who asks too often.
    let cost = Cost { connections: 20, writes: 0, wait: HOUR / 2 };
    outage(world, scale, (&server, &url), &cost).await;
}

async fn g4_a_wrong_password_costs_nothing(world: &World) {
    locked_out(world, Scale(150, HOUR)).await;
}

async fn g4_an_hour_with_the_wrong_password_costs_nothing_to_a_hundred_thousand(world: &World) {
    locked_out(world, FULL).await;
}

async fn drain(store: &Store, url: &str) {
    let relay = adapter::open(url).unwrap();
    let ways = std::sync::Arc::new(move |_: &str| Ok(std::sync::Arc::clone(&relay)));
    let mailer = Mailer::new(store.clone(), ways, MailerSettings::default());
    mailer.drain(std::future::pending()).await.unwrap();
}

async fn deferred(world: &World, Scale(mails, time): Scale) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).reply("451 4.3.0 later"));
    queue(store, mails).await;
    let half = i64::try_from(time.as_micros() / 2).unwrap();
    let short = NewEntry { expires_in: half, ..entry(&["short@x.test"]) };
    store.insert(vec![short]).await.unwrap();
    for _minute in 0..time.as_secs() / 60 {
        drain(store, &server.url()).await;
        store.advance(Duration::from_secs(60)).await.unwrap();
    }
    // Age ends a mail, and nothing else does.
    assert_eq!(count(store, "state:dead").await, 0);
    assert_eq!(count(store, "state:expired to:short@x.test").await, 1);
    assert_eq!(count(store, "state:queued view:deferred").await, mails);
    let tries = world.number("SELECT max(attempts) FROM @entry").await;
    assert!((4..=8).contains(&tries), "{tries} tries in {time:?}");
    eprintln!("{mails} mails: {tries} tries of each at most in {time:?}, none dead");
    server.clear_rules();
    store.advance(HOUR * 5).await.unwrap();
    drain(store, &server.url()).await;
    assert_eq!(count(store, "state:sent").await, mails);
    conserved(store, &server, 0).await;
}

async fn g4_deferrals_kill_no_mail(world: &World) {
    deferred(world, Scale(20, HOUR / 3)).await;
}

async fn g4_an_hour_of_deferrals_kills_none_of_ten_thousand(world: &World) {
    deferred(world, Scale(10_000, HOUR)).await;
}

async fn refused(world: &World, mails: u64) {
    let store = &world.store;
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).reply("550 5.7.1 relaying denied"));
    queue(store, mails).await;
    let relay = adapter::open(&server.url_with("", "connections=4")).unwrap();
    let working = Working::start(store, relay, MailerSettings::default());
    let suspect =
        async || route(store).await.is_some_and(|route| route.breaker == Breaker::Suspect);
    until("the route is given up", suspect).await;
    let down = probed_for(store, HOUR / 6).await;
    until("the probe is given back", async || count(store, "state:sending").await == 0).await;
    assert_eq!(down.breaker, Breaker::Suspect);
    let dead = count(store, "state:dead").await;
    assert!((20..=50).contains(&dead), "{dead} of {mails} are dead");
    assert_eq!(count(store, "state:queued attempt:0").await, mails - dead);
    server.clear_rules();
    let dead_ones = "state:dead".parse().unwrap();
    assert_eq!(store.act(Action::Retry, &dead_ones, None, "me").await.unwrap(), dead);
    pass(store, Duration::from_secs(61)).await;
    at_rest(store).await;
    assert_eq!(count(store, "state:sent").await, mails);
    working.end().await;
    conserved(store, &server, 0).await;
    eprintln!("{mails} mails: {dead} were refused for good in ten minutes, and went out by retry");
}

async fn g5_a_relay_that_refuses_all_kills_few(world: &World) {
    refused(world, 150).await;
}

async fn g5_a_relay_that_refuses_all_kills_few_of_a_hundred_thousand(world: &World) {
    refused(world, MANY).await;
}
