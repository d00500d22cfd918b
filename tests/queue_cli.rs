//! `queue` and `why`, run as users run them: contracts line by line, and what people read as goldens.
//!
//! What matters most is run on both stores; the fault server is the relay.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "these are tests, and long ones tell their figures"
)]

#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use mailmethod::queue::Store;
use mailmethod::testing::{FaultServer, Rule, Verb};
use postgres_server::require;
use program::{Project, Ran, golden, keys, line};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

const HELLO: &str = r#"
arguments: { name: string = Ada, to: addresses = ada@x.test, n: integer = 0, note: string? }
headers: { to: "{{ to }}", from: Shop <shop@x.test>, subject: "Hi {{ name }} {{ n }}" }
text: "Hello {{ name }}, this is number {{ n }}. {{ note }}"
samples: { first: { name: Ada } }
"#;

const BULK: &str = r#"
kind: bulk
adapter: bulk
arguments: { n: string? }
headers: { to: "bulk@x.test", from: shop@x.test, subject: "News {{ n }}" }
text: News
delivery: { key: "news:{{ n }}", priority: 5 }
samples: { first: {} }
"#;

const RESET: &str = r#"
arguments: { to: address = ada@x.test, link: { type: url, secret: true } }
headers: { to: "{{ to }}", from: shop@x.test, subject: Your link, x-link: "{{ link }}" }
text: "Go to {{ link }}"
html: "<a href='{{ link }}'>Go</a>"
samples: { first: { link: "https://x.test/sample" } }
"#;

const COPIES: &str = r#"
arguments: { to: address = ada@x.test }
headers: { to: "{{ to }}", cc: bob@x.test, bcc: eve@x.test, from: shop@x.test, subject: Copies }
text: Hello
samples: { first: {} }
"#;

const FILES: [(&str, &str); 5] = [
    ("templates/hello.yaml", HELLO),
    ("templates/news/bulk.yaml", BULK),
    ("templates/reset.yaml", RESET),
    ("templates/copies.yaml", COPIES),
    ("mailmethod.yaml", "timezone: Europe/Berlin"),
];

/// A project and a store of its own.
struct World {
    project: Project,
    /// Where the store is, if not where it is by default.
    store: Option<String>,
    _database: Option<postgres_server::Database>,
}

impl World {
    fn sqlite() -> Self {
        Self { project: Project::of(&FILES), store: None, _database: None }
    }

    async fn postgres() -> Option<Self> {
        let database = postgres_server::database().await?;
        let store = Some(database.url());
        Some(Self { project: Project::of(&FILES), store, _database: Some(database) })
    }

    fn command(&self, args: &[&str]) -> tokio::process::Command {
        let mut command = self.project.command(args);
        command.envs(self.store.as_ref().map(|store| ("MAILMETHOD_STORE", store)));
        command.env("USER", "tester");
        tokio::process::Command::from(command)
    }

    async fn run(&self, args: &[&str]) -> Ran {
        Ran::of(line(args), self.command(args).output().await.unwrap())
    }

    async fn queue(&self, args: &[&str]) -> Ran {
        self.run(&[&["queue"], args].concat()).await
    }

    /// Queues a mail; gives its id.
    async fn add(&self, args: &[&str]) -> String {
        let ran = self.queue(&[&["add"], args].concat()).await.ends(0);
        let ids: Vec<&str> = ran.out.lines().collect();
        assert_eq!(ids.len(), 1, "{}", ran.out);
        ids[0].to_owned()
    }

    /// Sends what is due through this server.
    async fn send(&self, server: &FaultServer) -> Ran {
        self.queue(&["run", "--once", "--adapter", &server.url()]).await
    }

    /// The mails of a filter, as JSON.
    async fn list(&self, filter: &[&str]) -> Vec<Value> {
        let ran = self.queue(&[&["list", "--json"], filter].concat()).await.ends(0);
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    async fn state(&self, id: &str) -> String {
        let ran = self.queue(&["show", id, "--json"]).await.ends(0);
        ran.json()["state"].as_str().unwrap().to_owned()
    }

    /// How many mails each view has that has any.
    async fn views(&self) -> Vec<(String, u64)> {
        let document = self.queue(&["stats", "--json"]).await.ends(0).json();
        let views = document["views"].as_object().unwrap().clone();
        let counts = views.into_iter().map(|(view, count)| (view, count.as_u64().unwrap()));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Waits until the first mail has passed the gate.
    async fn until_gated(&self) {
        for _ in 0..200 {
            if let Some(one) = self.list(&["state:sending", "--limit", "1"]).await.first() {
                let shown =
                    self.queue(&["show", one["id"].as_str().unwrap(), "--json"]).await.ends(0);
                if !shown.json()["gated"].is_null() {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no mail passes the gate");
    }

    /// The store, as the library opens it.
    async fn opened(&self) -> Store {
        let file = format!("sqlite:{}", self.project.path().join("mailmethod.db").display());
        Store::open(&self.store.clone().unwrap_or(file).parse().unwrap()).await.unwrap()
    }

    /// Runs a statement on the database, its tables written `@name`.
    async fn sql(&self, sql: &str) {
        match &self.store {
            Some(url) => {
                let pool = sqlx::PgPool::connect(url).await.unwrap();
                let sql = sql.replace('@', "mailmethod.");
                pool.execute(AssertSqlSafe(sql)).await.unwrap();
                pool.close().await;
            }
            None => {
                let file = self.project.path().join("mailmethod.db");
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
                pool.execute(AssertSqlSafe(sql.replace('@', ""))).await.unwrap();
                pool.close().await;
            }
        }
    }
}

macro_rules! on_both {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::World::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(world) = super::World::postgres().await else { return };
                super::$name(&world).await;
            })+
        }
    };
}

on_both! {
    a_mail_is_queued_listed_sent_and_counted
    the_same_key_is_the_same_mail
    many_mails_are_queued_in_order_and_listed_whole
    each_action_does_what_it_says
    many_mails_are_changed_by_a_filter_and_only_if_somebody_says_yes
    a_mail_goes_out_again_and_to_another_address
    outcomes_of_a_run_are_states_and_its_exit_code_is_zero
    a_relay_that_is_down_keeps_the_mails_and_ends_with_75
    a_call_that_gives_no_mail_is_held_and_tried_again_after_the_mend
    a_secret_is_shown_nowhere
    what_ended_is_purged
    a_watch_prints_a_line_for_each_change
    g18_a_run_ends_in_order_when_it_is_told_to
}

/// Replaces what differs from run to run: ids, times, durations, ports, the machine.
fn steady(text: &str) -> String {
    let mut ids: Vec<String> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        if let Some(id) = rest.get(..36).filter(|id| uuid::Uuid::try_parse(id).is_ok()) {
            let known = ids.iter().position(|known| known == id);
            let number = known.unwrap_or_else(|| {
                ids.push(id.to_owned());
                ids.len() - 1
            });
            out.push_str(&format!("ID-{}", number + 1));
            rest = &rest[36..];
        } else if let Some(end) = time(rest).filter(|_| before) {
            out.push_str("TIME");
            rest = &rest[end..];
        } else if let Some(digits) = digits(rest).filter(|_| before) {
            let (number, behind) = rest.split_at(digits);
            let simple = digits == 32;
            let unit = [" ms", "s\n", "s]"].iter().any(|unit| behind.starts_with(unit));
            let port = out.ends_with("127.0.0.1:");
            match () {
                () if simple => out.push_str("HEX"),
                () if port => out.push_str("PORT"),
                () if unit && behind.starts_with(" ms") => out.push('0'),
                () => out.push_str(number),
            }
            rest = behind;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let lines = out.replace(&format!("tester@{}", host.trim()), "tester@HOST");
    let lines = lines.lines().map(|line| match line.rsplit_once(" in ") {
        Some((before, took))
            if took.ends_with('s') && took[..took.len() - 1].parse::<f64>().is_ok() =>
        {
            format!("{before} in 0.00s\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// The length of the RFC 3339 time, or RFC 5322 date, at the beginning of a text.
fn time(text: &str) -> Option<usize> {
    let zulu = text.find('Z').filter(|end| (19..31).contains(end) && text.is_char_boundary(19))?;
    text[..=zulu].parse::<jiff::Timestamp>().ok().map(|_| zulu + 1)
}

/// How many hexadecimal digits, or decimal ones, a text begins with.
fn digits(text: &str) -> Option<usize> {
    let hex = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    if hex == 32 {
        return Some(hex);
    }
    let decimal = text.bytes().take_while(u8::is_ascii_digit).count();
    (decimal > 0).then_some(decimal)
}

/// Several runs in one golden.
#[track_caller]
fn transcript(name: &str, runs: &[Ran]) {
    let all: Vec<String> = runs.iter().map(Ran::transcript).collect();
    let text = steady(&all.join("\n"));
    let dated: String = text
        .lines()
        .map(|line| {
            if line.contains("Date: ") { "  Date: DATE\n".to_owned() } else { format!("{line}\n") }
        })
        .collect();
    golden(name, &dated);
}

const FIELDS: [&str; 12] = [
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

async fn a_mail_is_queued_listed_sent_and_counted(world: &World) {
    let server = FaultServer::start().await.unwrap();
    let id = world.add(&["hello", "name=Bob", "to=bob@x.test, carl@x.test"]).await;
    assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id}");
    let listed = world.list(&[]).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(keys(&listed[0]), FIELDS);
    let message_id = listed[0]["message_id"].as_str().unwrap().to_owned();
    let due: jiff::Timestamp = listed[0]["due"].as_str().unwrap().parse().unwrap();
    assert!(due <= mailmethod::Stamp::now().date());
    let recipient = |address: &str, outcome: &str| json!({"address": address, "kind": "to", "outcome": outcome});
    assert_eq!(
        listed[0],
        json!({
            "id": id, "state": "queued", "view": "outgoing", "method": "hello",
            "to": ["bob@x.test", "carl@x.test"], "subject": "Hi Bob 0", "attempts": 0,
            "due": listed[0]["due"], "last": null,
            "recipients": [recipient("bob@x.test", "pending"), recipient("carl@x.test", "pending")],
            "message_id": message_id, "key": null,
        })
    );
    assert_eq!(world.views().await, [("outgoing".to_owned(), 1)]);

    world.send(&server).await.ends(0);
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    assert!(String::from_utf8_lossy(&taken[0].bytes).contains(&message_id));
    let sent = world.list(&["state:sent"]).await.remove(0);
    assert_eq!((&sent["due"], &sent["attempts"]), (&Value::Null, &json!(1)));
    assert_eq!(keys(&sent["last"]), ["code", "enhanced", "text", "phase", "at"]);
    assert_eq!((&sent["last"]["code"], &sent["last"]["phase"]), (&json!(250), &json!("dot")));
    assert!(sent["last"]["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(sent["recipients"][1], recipient("carl@x.test", "accepted"));
    let stats = world.queue(&["stats", "--json"]).await.ends(0).json();
    let views =
        ["outgoing", "scheduled", "deferred", "sending", "attention", "sent", "dead", "cancelled"];
    assert_eq!((keys(&stats), keys(&stats["views"])), (vec!["v", "views"], views.to_vec()));
    assert_eq!((&stats["v"], &stats["views"]["sent"]), (&json!(1), &json!(1)));

    // What was exported is what was sent, to the octet.
    let exported = world.queue(&["export", &id]).await.ends(0);
    assert_eq!(exported.out.as_bytes(), taken[0].bytes);
    assert_eq!(exported.err, "");
}

async fn the_same_key_is_the_same_mail(world: &World) {
    let id = world.add(&["hello", "--key", "k"]).await;
    assert_eq!(world.add(&["hello", "--key", "k"]).await, id);
    let other = ["add", "hello", "name=Bob", "--key", "k"];
    let conflict = world.queue(&[&other[..], &["--json"]].concat()).await.ends(65);
    assert_eq!(conflict.errors(), ["key-conflict"]);
    assert!(conflict.err.contains(&id), "{}", conflict.err);
    assert_eq!(world.add(&["hello", "name=Bob", "--key", "k", "--on-conflict", "skip"]).await, id);
    let new = world.add(&["hello", "name=Bob", "--key", "k", "--on-conflict", "replace"]).await;
    assert_ne!(new, id);
    assert_eq!(world.state(&id).await, "cancelled");
    assert_eq!(world.list(&["key:k"]).await[0]["id"], json!(new));
}

async fn many_mails_are_queued_in_order_and_listed_whole(world: &World) {
    let ran = world.queue(&["add", "hello", "--count", "620"]).await.ends(0);
    let ids: Vec<&str> = ran.out.lines().collect();
    assert_eq!(ids.len(), 620);
    let listed = world.list(&[]).await;
    let found: Vec<&str> = listed.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(found, ids);
    let subjects: Vec<&str> = listed.iter().map(|one| one["subject"].as_str().unwrap()).collect();
    let expected: Vec<String> = (1..=620).map(|n| format!("Hi Ada {n}")).collect();
    assert_eq!(subjects, expected);
    assert_eq!(world.list(&["--limit", "501"]).await.len(), 501);
    assert_eq!(world.list(&["subject:Ada 61*", "--limit", "7"]).await.len(), 7);
    // A key of the method that holds `n` makes each mail once.
    for _ in 0..2 {
        let ran = world.queue(&["add", "news.bulk", "--count", "3"]).await.ends(0);
        assert_eq!(ran.out.lines().collect::<BTreeSet<_>>().len(), 3);
    }
    assert_eq!(world.list(&["method:news.*"]).await.len(), 3);
    let one = world.list(&["key:news:2"]).await.remove(0);
    assert_eq!(one["subject"], "News 2");
}

async fn each_action_does_what_it_says(world: &World) {
    let one = world.add(&["hello"]).await;
    let two = world.add(&["hello", "--after", "1h"]).await;
    let both = [one.as_str(), two.as_str()];
    let act = async |args: &[&str]| world.queue(args).await;
    assert_eq!(act(&["hold", both[0], both[1]]).await.ends(0).out, "2 mails held\n");
    assert_eq!(world.views().await, [("attention".to_owned(), 2)]);
    // Held already, one unknown: all is said, nothing is done.
    let wrong = act(&["hold", both[0], "ffffffff", "--json"]).await.ends(66);
    assert_eq!(wrong.errors(), ["unknown-mail"]);
    let wrong = act(&["hold", both[0], both[1], "--json"]).await.ends(65);
    assert_eq!(wrong.errors(), ["not-possible", "not-possible"]);
    let released = act(&["release", both[1], "--json"]).await.ends(0).json();
    assert_eq!(released, json!({"v": 1, "action": "release", "entries": 1, "dry_run": false}));
    assert_eq!(world.views().await, [("scheduled".to_owned(), 1), ("attention".to_owned(), 1)]);
    act(&["retry", both[1]]).await.ends(0);
    assert_eq!(world.views().await, [("outgoing".to_owned(), 1), ("attention".to_owned(), 1)]);
    act(&["cancel", both[0], both[1]]).await.ends(0);
    assert_eq!(world.views().await, [("cancelled".to_owned(), 2)]);
    act(&["mark-sent", both[0]]).await.ends(65);
    act(&["retry", both[0]]).await.ends(0);
    assert_eq!(world.state(both[0]).await, "queued");
    assert_eq!(
        act(&["delete", both[0], "--dry-run"]).await.ends(0).out,
        "dry run: 1 mail would be deleted\n"
    );
    act(&["delete", &both[0][..30]]).await.ends(0);
    act(&["show", both[0]]).await.ends(66);

    // Both ids begin alike.
    let third = world.add(&["hello"]).await;
    assert_eq!(act(&["cancel", &third[..6], "--json"]).await.ends(2).errors(), ["ambiguous-mail"]);
    assert_eq!(act(&["cancel", &third[..5], "--json"]).await.ends(2).errors(), ["ambiguous-mail"]);

    let audits = world.opened().await.audits(20).await.unwrap();
    let actions: Vec<_> = audits.iter().rev().map(|audit| audit.action.as_str()).collect();
    let expected = ["hold", "hold", "release", "retry", "cancel", "cancel", "retry", "delete"];
    assert_eq!(actions, expected);
    assert!(audits.iter().all(|audit| audit.actor.starts_with("tester@")), "{audits:?}");
}

async fn many_mails_are_changed_by_a_filter_and_only_if_somebody_says_yes(world: &World) {
    world.queue(&["add", "hello", "--count", "12"]).await.ends(0);
    world.queue(&["add", "copies"]).await.ends(0);
    for args in [&["hold", "method:hello"][..], &["hold", "--all"], &["hold", "free", "text"]] {
        let asked = world.queue(&[args, &["--json"]].concat()).await.ends(2);
        assert_eq!(asked.errors(), ["confirm"]);
    }
    assert!(world.queue(&["hold", "method:hello"]).await.err.contains("hold 12 mails?"));
    let nothing = world.queue(&["hold", "--json"]).await.ends(2);
    assert_eq!(nothing.errors(), ["usage"]);
    assert_eq!(world.views().await, [("outgoing".to_owned(), 13)]);
    let dry = world.queue(&["hold", "method:hello", "--dry-run", "--json"]).await.ends(0).json();
    assert_eq!(dry, json!({"v": 1, "action": "hold", "entries": 12, "dry_run": true}));
    assert_eq!(world.views().await, [("outgoing".to_owned(), 13)]);
    let held = world.queue(&["hold", "method:hello", "subject:Ada", "--yes"]).await.ends(0);
    assert_eq!(held.out, "12 mails held\n");
    // It is done to those that it can be done to.
    assert_eq!(world.queue(&["hold", "--all", "-y"]).await.ends(0).out, "1 mail held\n");
    let freed = world.queue(&["release", "-method:copies", "--yes"]).await.ends(0);
    assert_eq!(freed.out, "12 mails released\n");
    assert_eq!(world.queue(&["delete", "--all", "--yes"]).await.ends(0).out, "13 mails deleted\n");
    assert_eq!(world.list(&[]).await, [Value::Null; 0]);
    let audits = world.opened().await.audits(20).await.unwrap();
    let rows: Vec<_> = audits.iter().map(|row| (row.target.as_str(), row.entries)).collect();
    let expected =
        [("all", 13), ("!method:copies", 12), ("all", 1), ("method:hello subject:Ada", 12)];
    assert_eq!(rows, expected);
}

async fn a_mail_goes_out_again_and_to_another_address(world: &World) {
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).address("typo@x.test").reply("550 5.1.1 no such user"));
    let sent = world.add(&["hello"]).await;
    let dead = world.add(&["hello", "to=typo@x.test"]).await;
    let early = world.queue(&["resend", &sent, "--json"]).await.ends(65);
    assert_eq!(early.errors(), ["not-possible"]);
    world.send(&server).await.ends(0);

    let again = world.queue(&["resend", &sent]).await.ends(0).out.trim().to_owned();
    let message_id =
        async |id: &str| world.queue(&["show", id, "--json"]).await.json()["message_id"].clone();
    assert_ne!(message_id(&again).await, message_id(&sent).await);
    let args = ["redirect", &dead, "--to", "Right <right@x.test>"];
    let right = world.queue(&args).await.ends(0).out.trim().to_owned();
    assert_eq!(world.state(&dead).await, "dead");
    let shown = world.queue(&["show", &right, "--json"]).await.ends(0).json();
    assert_eq!((&shown["to"], &shown["origin"]), (&json!(["right@x.test"]), &json!(dead)));
    world.send(&server).await.ends(0);
    let mut to: Vec<_> = server.taken().into_iter().flat_map(|taken| taken.recipients).collect();
    to.sort();
    assert_eq!(to, ["ada@x.test", "ada@x.test", "right@x.test"]);

    world.queue(&["resend", "state:sent"]).await.ends(2);
    let dry = world.queue(&["resend", "state:sent", "--dry-run"]).await.ends(0);
    assert_eq!(dry.out, "dry run: 3 mails would be queued once more\n");
    let all = world.queue(&["resend", "state:sent", "--yes", "--json"]).await.ends(0);
    let first: Value = serde_json::from_str(all.out.lines().next().unwrap()).unwrap();
    assert_eq!(keys(&first), ["v", "action", "id", "origin"]);
    assert_eq!(all.out.lines().count(), 3);
    world.queue(&["redirect", &dead]).await.ends(2);
    world.queue(&["redirect", &dead, "--to", "nobody"]).await.ends(2);
}

async fn outcomes_of_a_run_are_states_and_its_exit_code_is_zero(world: &World) {
    let server = FaultServer::start().await.unwrap();
    for (address, reply) in [
        ("dead@x.test", "550 5.1.1 no such user"),
        ("grey@x.test", "451 4.7.1 greylisted, come again"),
    ] {
        server.rule(Rule::on(Verb::Rcpt).address(address).reply(reply));
    }
    let mut ids = Vec::new();
    for to in ["ada@x.test", "dead@x.test", "grey@x.test", "ada@x.test, dead@x.test"] {
        ids.push(world.add(&["hello", &format!("to={to}")]).await);
    }
    let copies = world.add(&["copies", "to=dead@x.test"]).await;
    let ran =
        world.queue(&["run", "--once", "--adapter", &server.url_with("", "connections=1")]).await;
    let ran = ran.ends(0);
    assert_eq!(ran.out, "");
    for line in [
        "sent      hello → ada@x.test",
        "dead      hello → dead@x.test   rcpt: 550 5.1.1 no such user",
        "deferred  hello → grey@x.test   rcpt: 451 4.7.1 greylisted, come again   again in ",
        "partial   hello → ada@x.test and 1 more   rcpt: 550 5.1.1 no such user",
        "partial   copies → dead@x.test and 2 more",
        "sent 1, partial 2, deferred 1, dead 1 in ",
    ] {
        assert!(ran.err.contains(line), "{line}\n{}", ran.err);
    }
    // A blind copy is in no line that a log may keep.
    assert!(!ran.err.contains("eve@x.test"), "{}", ran.err);
    let listed = world.list(&[&format!("id:{copies}")]).await.remove(0);
    assert_eq!(listed["to"], json!(["dead@x.test"]));
    let kinds: Vec<_> = listed["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["kind"].as_str().unwrap().to_owned(), one["outcome"].as_str().unwrap().to_owned())
        })
        .collect();
    let pairs = [("to", "refused"), ("cc", "accepted"), ("bcc", "accepted")];
    assert_eq!(kinds, pairs.map(|(kind, outcome)| (kind.to_owned(), outcome.to_owned())));
    let deferred = world.list(&["view:deferred"]).await.remove(0);
    assert_eq!(deferred["recipients"][0]["outcome"], "deferred");
    assert_eq!(deferred["last"]["enhanced"], "4.7.1");
    let states: Vec<_> = world.views().await;
    let expected = [("deferred", 1), ("sent", 1), ("dead", 3)];
    assert_eq!(states, expected.map(|(view, count)| (view.to_owned(), count)));

    // A lost reply to the final dot is known to nobody, and a person decides.
    server.clear_rules();
    server.rule(Rule::on(Verb::Dot).times(1).close());
    let lost = world.add(&["hello"]).await;
    let quiet =
        world.queue(&["run", "--once", "--adapter", &server.url(), "-q", "--json"]).await.ends(0);
    assert_eq!(quiet.err, "");
    let document = quiet.json();
    assert_eq!(keys(&document), ["v", "attempts", "waiting", "paused"]);
    assert_eq!(document["attempts"]["uncertain"], 1);
    let why = world.run(&["why", &lost]).await.ends(0);
    assert!(why.out.contains("nobody knows whether the relay has taken it"), "{}", why.out);
    world.queue(&["mark-sent", &lost]).await.ends(0);
    assert_eq!(world.state(&lost).await, "sent");
}

async fn a_relay_that_is_down_keeps_the_mails_and_ends_with_75(world: &World) {
    world.queue(&["add", "hello", "--count", "20"]).await.ends(0);
    world.queue(&["add", "news/bulk"]).await.ends(0);
    let down = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("smtp://{down}");
    let ran = world.queue(&["run", "--once", "--adapter", &url, "--json"]).await.ends(75);
    let waiting = ran.json()["waiting"].clone();
    let routes: Vec<_> =
        waiting.as_array().unwrap().iter().map(|one| one["route"].clone()).collect();
    assert_eq!(routes, ["bulk", "default"]);
    assert!(ran.err.contains("route default is given up"), "{}", ran.err);
    for one in world.list(&[]).await {
        assert_eq!((&one["state"], &one["attempts"]), (&json!("queued"), &json!(0)), "{one}");
    }
    assert_eq!(world.views().await, [("deferred".to_owned(), 21)]);
    let id = world.list(&["--limit", "1"]).await[0]["id"].as_str().unwrap().to_owned();
    let why = world.run(&["why", &id, "--json"]).await.ends(0).json();
    assert!(why["explanation"]["next"].as_str().unwrap().contains("given up for now"), "{why}");
    let stats = world.queue(&["stats"]).await.ends(0);
    assert!(stats.err.contains("route bulk: given up for now: connect:"), "{}", stats.err);

    // Once it is up, all go: the method's own adapter `bulk`, which nobody defined, included.
    let server = FaultServer::start().await.unwrap();
    world.send(&server).await.ends(0);
    assert_eq!((server.taken().len(), world.views().await), (21, vec![("sent".to_owned(), 21)]));

    // A route that a person paused is no failure.
    world.queue(&["pause", "default"]).await.ends(0);
    world.queue(&["add", "hello"]).await.ends(0);
    let paused = world.send(&server).await.ends(0);
    assert!(paused.err.contains("route default is paused"), "{}", paused.err);
    assert_eq!(server.taken().len(), 21);
    world.queue(&["resume", "default"]).await.ends(0);
    world.send(&server).await.ends(0);
    assert_eq!(server.taken().len(), 22);
    let unknown = world.queue(&["pause", "defalt", "--json"]).await.ends(66);
    assert_eq!(unknown.errors(), ["unknown-route"]);
}

async fn a_call_that_gives_no_mail_is_held_and_tried_again_after_the_mend(world: &World) {
    let server = FaultServer::start().await.unwrap();
    world.queue(&["migrate"]).await.ends(0);
    let call = uuid::Uuid::now_v7();
    world
        .sql(&format!(
            "INSERT INTO @call (id, method, arguments) VALUES ('{call}', 'later/hello', '{{\"name\":\"Eve\"}}')"
        ))
        .await;
    world.send(&server).await.ends(0);
    let held = world.list(&[]).await.remove(0);
    assert_eq!((&held["state"], &held["view"]), (&json!("held"), &json!("attention")));
    assert_eq!((&held["last"]["phase"], &held["message_id"]), (&json!("render"), &Value::Null));
    let id = held["id"].as_str().unwrap().to_owned();
    assert_eq!(id, call.to_string());
    let why = world.run(&["why", &id]).await.ends(0);
    assert!(why.out.contains("the method or its arguments are wrong"), "{}", why.out);
    assert_eq!(world.queue(&["export", &id, "--json"]).await.ends(66).errors(), ["no-content"]);
    world.queue(&["show", &id]).await.ends(0);

    // Not mended: it is held again.
    world.queue(&["release", &id]).await.ends(0);
    world.send(&server).await.ends(0);
    assert_eq!(world.state(&id).await, "held");
    world.project.write("templates/later/hello.yaml", HELLO);
    world.queue(&["release", &id]).await.ends(0);
    world.send(&server).await.ends(0);
    let sent = world.list(&[]).await.remove(0);
    assert_eq!((&sent["id"], &sent["state"]), (&json!(id), &json!("sent")));
    assert_eq!(sent["subject"], "Hi Eve 0");
}

async fn a_secret_is_shown_nowhere(world: &World) {
    let server = FaultServer::start().await.unwrap();
    let id = world.add(&["reset", "link=https://x.test/s3cret"]).await;
    for round in ["queued", "sent"] {
        assert_eq!(world.state(&id).await, round);
        for args in [
            &["queue", "show", &id][..],
            &["queue", "show", &id, "--json"],
            &["queue", "export", &id],
            &["queue", "export", &id, "--json"],
            &["queue", "list", "--json"],
            &["queue", "list"],
            &["why", &id, "--trace"],
            &["why", &id, "--json"],
        ] {
            let ran = world.run(args).await.ends(0);
            assert!(
                !ran.out.contains("s3cret") && !ran.err.contains("s3cret"),
                "{args:?}\n{}",
                ran.out
            );
        }
        let shown = world.queue(&["show", &id, "--json"]).await.json();
        let content = &shown["content"];
        assert_eq!(content["hidden"], true);
        assert!(
            content["headers"].as_array().unwrap().contains(&json!(["X-Link", "•••"])),
            "{content}"
        );
        assert_eq!(content["structure"][0][0], "text");
        assert_eq!(content["sample"]["text"], "Go to https://x.test/sample\n");
        world.queue(&["export", &id, "-o", "out/"]).await.ends(0);
        let read =
            |name: &str| fs::read_to_string(world.project.path().join("out").join(name)).unwrap();
        let whole = read(&format!("{id}.eml"));
        assert!(whole.contains("Subject: Your link\r\n") && !whole.contains("s3cret"), "{whole}");
        assert!(read(&format!("{id}.sample.eml")).contains("https://x.test/sample"));
        world.send(&server).await.ends(0);
    }
    assert!(String::from_utf8_lossy(&server.taken()[0].bytes).contains("s3cret"));
    // Its content was wiped when it was sent.
    assert_eq!(world.queue(&["resend", &id, "--json"]).await.ends(65).errors(), ["not-possible"]);
}

async fn what_ended_is_purged(world: &World) {
    let server = FaultServer::start().await.unwrap();
    world.queue(&["add", "hello", "--count", "3"]).await.ends(0);
    world.send(&server).await.ends(0);
    let kept = world.add(&["hello"]).await;
    assert_eq!(
        world.queue(&["purge"]).await.ends(0).out.split(',').next(),
        Some("0 mails forgotten")
    );
    let dry = world.queue(&["purge", "--older", "0s", "--dry-run"]).await.ends(0);
    assert_eq!(dry.out, "dry run: 3 mails would be forgotten\n");
    let purged = world.queue(&["purge", "--older", "0s", "--json"]).await.ends(0).json();
    assert_eq!(purged, json!({"v": 1, "forgotten": 3, "wiped": 0, "parts": 0, "dry_run": false}));
    assert_eq!(world.list(&[]).await[0]["id"], json!(kept));
    let audit = world.opened().await.audits(1).await.unwrap().remove(0);
    assert_eq!((audit.action.as_str(), audit.entries), ("purge", 3));
    let migrated = world.queue(&["migrate", "--json"]).await.ends(0).json();
    assert_eq!(migrated, json!({"v": 1, "from": 1, "to": 1}));
}

/// Waits for a child, and fails if it does not end.
async fn ended(child: tokio::process::Child) -> Ran {
    let ended = tokio::time::timeout(Duration::from_secs(30), child.wait_with_output()).await;
    Ran::of("the child".to_owned(), ended.expect("it ends").unwrap())
}

/// Sends a signal to a child.
async fn signal(child: &tokio::process::Child, name: &str) {
    let id = child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill").args(["-s", name, &id]).status().await;
    assert!(killed.unwrap().success());
}

async fn a_watch_prints_a_line_for_each_change(world: &World) {
    let mut child =
        world.command(&["queue", "watch", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || -> Value {
        let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await;
        serde_json::from_str(&line.expect("a line comes").unwrap().unwrap()).unwrap()
    };
    let first = next().await;
    assert_eq!(keys(&first), ["v", "at", "views"]);
    assert_eq!(first["views"]["outgoing"], 0);
    world.add(&["hello"]).await;
    assert_eq!(next().await["views"]["outgoing"], 1);
    world.queue(&["hold", "--all", "--yes"]).await.ends(0);
    // The watch may look while the mail is held, and tell one view before it and one after.
    loop {
        let line = next().await;
        let views = &line["views"];
        if (&views["outgoing"], &views["attention"]) == (&json!(0), &json!(1)) {
            break;
        }
    }
    signal(&child, "INT").await;
    ended(child).await.ends(0);
}

async fn g18_a_run_ends_in_order_when_it_is_told_to(world: &World) {
    for name in ["TERM", "INT"] {
        let server = FaultServer::start().await.unwrap();
        server.rule(Rule::on(Verb::Dot).times(1).hold("250 2.0.0 taken"));
        world.queue(&["add", "hello", "--count", "30"]).await.ends(0);
        let url = server.url_with("", "connections=1");
        let mut run = world.command(&["queue", "run", "--adapter", &url]);
        let child = run.stderr(Stdio::piped()).spawn().unwrap();
        world.until_gated().await;
        signal(&child, name).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.release();
        let ran = ended(child).await.ends(0);
        assert!(ran.err.contains("ending: what has passed the gate is finished"), "{}", ran.err);
        let taken = u64::try_from(server.taken().len()).unwrap();
        assert!((1..30).contains(&taken), "{taken}");
        let expected = [("outgoing".to_owned(), 30 - taken), ("sent".to_owned(), taken)];
        assert_eq!(world.views().await, expected);
        world.queue(&["delete", "--all", "--yes"]).await.ends(0);
    }
}

/// Ends a mailer under load again and again, until all is sent.
async fn ended_under_load(world: &World, mails: usize) {
    let server = FaultServer::start().await.unwrap();
    world.queue(&["add", "hello", "--count", &mails.to_string()]).await.ends(0);
    let url = server.url_with("", "connections=4");
    let (store, mut ends) = (world.opened().await, 0);
    while server.taken().len() < mails {
        let before = server.taken().len();
        let mut run = world.command(&["queue", "run", "--adapter", &url]);
        let child = run.stderr(Stdio::piped()).spawn().unwrap();
        let some = before + 1 + ends * 37 % 100;
        server.until(|server| server.taken().len() >= some.min(mails)).await;
        signal(&child, "TERM").await;
        let begun = std::time::Instant::now();
        ended(child).await.ends(0);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        ends += 1;
        let taken = u64::try_from(server.taken().len()).unwrap();
        let count =
            async |filter: &str| store.count(&filter.parse().unwrap(), 99_999).await.unwrap();
        assert_eq!(count("state:sent attempt:1").await, taken);
        let rest = u64::try_from(mails).unwrap() - taken;
        assert_eq!(count("state:queued attempt:0").await, rest);
    }
    let mut ids = BTreeSet::new();
    for one in server.taken() {
        let text = String::from_utf8(one.bytes).unwrap();
        let id = text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
        assert!(ids.insert(id), "sent twice");
    }
    eprintln!("{ends} ends of a mailer under load, {mails} mails: 0 lost, 0 twice, exit 0");
}

#[tokio::test]
#[ignore = "long: 5,000 mails and some 80 ends of a mailer on each store"]
async fn g18_a_mailer_under_load_ends_in_order_again_and_again() {
    ended_under_load(&World::sqlite(), 5_000).await;
    if let Some(world) = World::postgres().await {
        ended_under_load(&world, 5_000).await;
    }
}

// SQLite alone.

#[tokio::test]
async fn g11_what_a_mailer_notes_is_shown() {
    let world = World::sqlite();
    world.add(&["hello"]).await;
    let store = world.opened().await;
    let mailer = store.register("relay-host", 4_711).await.unwrap();
    store.beat(mailer, Some("the clock has jumped".to_owned())).await.unwrap();
    let shown = world.queue(&["stats"]).await.ends(0);
    let note = "mailer 4711 on relay-host: the clock has jumped";
    assert!(shown.err.contains(note), "{}", shown.err);
}

#[tokio::test]
async fn a_second_signal_ends_a_run_at_once() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Dot).hold("250 2.0.0 taken"));
    world.add(&["hello"]).await;
    let mut run = world.command(&["queue", "run", "--adapter", &server.url()]);
    let child = run.stderr(Stdio::piped()).spawn().unwrap();
    world.until_gated().await;
    signal(&child, "INT").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    signal(&child, "INT").await;
    ended(child).await.ends(130);
    // What had passed the gate is uncertain: the next mailer finds it.
    server.release();
    world.send(&server).await.ends(0);
    assert_eq!(world.views().await, [("attention".to_owned(), 1)]);
}

#[tokio::test]
async fn looking_makes_nothing() {
    let world = World::sqlite();
    let note = "there is no queue yet: sqlite:mailmethod.db is not there\n";
    for args in [&["list"][..], &["list", "--json"], &["list", "state:dead"], &["purge"]] {
        let ran = world.queue(args).await.ends(0);
        assert_eq!(ran.err, note, "{args:?}");
    }
    assert_eq!(world.queue(&["list", "-q"]).await.ends(0).err, "");
    let stats = world.queue(&["stats", "--json"]).await.ends(0).json();
    assert!(stats["views"].as_object().unwrap().values().all(|count| count == 0));
    let unknown = uuid::Uuid::now_v7().to_string();
    for args in [
        &["queue", "show", &unknown][..],
        &["why", &unknown],
        &["queue", "export", &unknown],
        &["queue", "cancel", &unknown],
        &["queue", "resend", "nonsense"],
    ] {
        let ran = world.run(&[args, &["--json"]].concat()).await.ends(66);
        assert_eq!(ran.errors(), ["unknown-mail"]);
    }
    assert_eq!(world.queue(&["retry", "--all", "--json"]).await.ends(0).json()["entries"], 0);
    let files: Vec<_> =
        fs::read_dir(world.project.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "{files:?}");

    // A database of somebody else stays as it is.
    let file = world.project.path().join("shop.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    pool.execute("CREATE TABLE customer (name TEXT)").await.unwrap();
    pool.close().await;
    let before = fs::read(&file).unwrap();
    world.queue(&["list", "--store", "sqlite:shop.db"]).await.ends(0);
    world.queue(&["stats", "--store", "sqlite:shop.db"]).await.ends(0);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn the_store_comes_from_the_flag_the_variable_or_the_settings() {
    let world = World::sqlite();
    let (one, two, three) = ("sqlite:one.db", "sqlite:two.db", "sqlite:three.db");
    world.project.write("mailmethod.yaml", format!("store: {one}"));
    let add = async |args: &[&str], variable: Option<&str>| {
        let mut command = world.command(&[&["queue", "add", "hello"], args].concat());
        command.envs(variable.map(|value| ("MAILMETHOD_STORE", value)));
        assert!(command.output().await.unwrap().status.success());
    };
    add(&[], None).await;
    add(&[], Some(two)).await;
    add(&["--store", three], Some(two)).await;
    for store in [one, two, three] {
        let ran = world.queue(&["list", "--store", store]).await.ends(0);
        assert_eq!(ran.out.lines().count(), 1, "{store}");
    }
}

#[tokio::test]
async fn a_mail_is_due_when_it_was_told_to() {
    let world = World::sqlite();
    let due = async |args: &[&str]| -> jiff::Timestamp {
        let id = world.add(&[&["hello"], args].concat()).await;
        let listed = world.list(&[&format!("id:{id}")]).await.remove(0);
        listed["due"].as_str().unwrap().parse().unwrap()
    };
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    for (text, expected) in [
        ("2099-12-07T08:00:00+05:00", "2099-12-07T03:00:00Z"),
        ("2099-12-07T08:00", "2099-12-07T07:00:00Z"),
        ("2099-07-07 08:00", "2099-07-07T06:00:00Z"),
        ("2099-12-07T08:00[America/New_York]", "2099-12-07T13:00:00Z"),
        ("2099-12-07", "2099-12-06T23:00:00Z"),
    ] {
        assert_eq!(due(&["--at", text]).await, at(expected), "{text}");
    }
    let now = || mailmethod::Stamp::now().date();
    let hour = jiff::SignedDuration::from_hours(1);
    assert!((due(&["--after", "1h"]).await.duration_since(now()) - hour).abs().as_secs() < 30);
    let tomorrow = due(&["--at", "tomorrow"]).await;
    assert_eq!(tomorrow, due(&["--at", "+1d"]).await);
    assert!(tomorrow > now() && tomorrow.duration_since(now()) <= hour * 25);
    let past = world.queue(&["add", "hello", "--at", "2001-01-01"]).await.ends(0);
    assert!(past.err.contains("is over: the mail is due now"), "{}", past.err);
    assert_eq!(world.list(&["view:outgoing"]).await.len(), 1);
    assert_eq!(world.list(&["view:scheduled"]).await.len(), 8);

    for (args, code) in [
        (&["--at", "tomorow"][..], "time"),
        (&["--at", "2026-13-01"], "time"),
        (&["--at", "tomorrow", "--after", "1h"], "usage"),
        (&["--after", "soon"], "usage"),
        (&["--expires", "1"], "usage"),
        (&["--priority", "6"], "usage"),
        (&["--count", "0"], "usage"),
        (&["--on-conflict", "maybe"], "usage"),
    ] {
        let ran = world.queue(&[&["add", "hello", "--json"], args].concat()).await.ends(2);
        assert_eq!(ran.errors(), [code], "{args:?}");
    }
    let priority =
        world.add(&["hello", "--priority", "1", "--expires", "2h", "--at-next-run"]).await;
    let shown = world.queue(&["show", &priority, "--json"]).await.ends(0).json();
    let (created, expires) =
        (at(shown["created"].as_str().unwrap()), at(shown["expires"].as_str().unwrap()));
    assert_eq!((expires.duration_since(created), &shown["priority"]), (hour * 2, &json!(1)));
}

#[tokio::test]
async fn whoever_stops_reading_keeps_no_mail_from_being_queued() {
    let world = World::sqlite();
    let mut add = world.command(&["queue", "add", "hello", "--count", "1100"]);
    let mut child = add.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    drop(lines);
    assert_eq!(ended(child).await.ends(0).err, "");
    assert_eq!(world.views().await, [("outgoing".to_owned(), 1_100)]);
    let mut list = world.command(&["queue", "list", "--json"]);
    let mut child = list.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(ended(child).await.ends(0).err, "");
}

#[tokio::test]
async fn connections_of_the_command_line_win() {
    let world = World::sqlite();
    let peak = async |settings: &str, args: &[&str]| {
        let server = FaultServer::start().await.unwrap();
        server.rule(Rule::on(Verb::Dot).late("250 2.0.0 taken", Duration::from_millis(30)));
        let url = server.url_with("", "connections=1");
        world.project.write("mailmethod.yaml", settings.replace("URL", &url));
        world.queue(&["add", "hello", "--count", "40"]).await.ends(0);
        let args: Vec<String> = args.iter().map(|arg| arg.replace("URL", &url)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        world.queue(&[&["run", "--once"], &args[..]].concat()).await.ends(0);
        assert_eq!(server.taken().len(), 40);
        server.peak()
    };
    assert_eq!(peak("", &["--adapter", "URL"]).await, 1);
    assert!(peak("", &["--adapter", "URL", "--connections", "3"]).await > 1);
    assert!(peak("adapters: { default: 'URL' }", &["--connections", "3"]).await > 1);
    assert_eq!(peak("adapters: { default: 'URL' }", &[]).await, 1);
    assert_eq!(peak("adapters: { other: 'URL' }", &["--adapter", "other"]).await, 1);
}

#[tokio::test]
async fn where_mail_may_go_holds_for_the_adapter_of_the_command_line_too() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    world.project.write("mailmethod.yaml", "redirect: dev@team.test");
    world.add(&["hello"]).await;
    let ran = world.send(&server).await.ends(0);
    assert!(ran.err.contains("all mail is redirected to dev@team.test"), "{}", ran.err);
    assert_eq!(server.taken()[0].recipients, ["dev@team.test"]);
    world.project.write("mailmethod.yaml", "allow: ['@team.test']");
    let id = world.add(&["hello"]).await;
    world.send(&server).await.ends(0);
    assert_eq!((world.state(&id).await.as_str(), server.taken().len()), ("dead", 1));
    let why = world.run(&["why", &id]).await.ends(0);
    assert!(why.out.contains("`allow` lists who may get some"), "{}", why.out);
}

#[tokio::test]
async fn one_mailer_works_on_a_file_and_the_other_says_who() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    world.add(&["hello"]).await;
    let mut run = world.command(&["queue", "run", "--adapter", &server.url()]);
    let mut child = run.stderr(Stdio::piped()).spawn().unwrap();
    server.until(|server| !server.taken().is_empty()).await;
    for once in [&["--once"][..], &[]] {
        let args = [&["run", "--adapter", "null:", "--json"], once].concat();
        let second = world.queue(&args).await.ends(75);
        assert_eq!(second.errors(), ["mailer-runs"]);
        let process = format!("process {}", child.id().unwrap());
        assert!(second.err.contains(&process), "{}", second.err);
    }
    // The first goes on, and new mail wakes it.
    world.add(&["hello"]).await;
    server.until(|server| server.taken().len() == 2).await;
    let why = world.list(&["--limit", "1"]).await[0]["id"].as_str().unwrap().to_owned();
    world.run(&["why", &why]).await.ends(0);
    signal(&child, "TERM").await;
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
    ended(child).await.ends(0);
    assert!(said.contains("sent 2 in "), "{said}");
}

#[tokio::test]
async fn a_running_mailer_takes_mended_templates_for_calls() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    world.project.write("templates/broken.yaml", "text: '{{ x }'");
    world.queue(&["migrate"]).await.ends(0);
    let mut run = world.command(&["queue", "run", "--adapter", &server.url()]);
    let child = run.stderr(Stdio::piped()).spawn().unwrap();
    world.sql("INSERT INTO @call (method) VALUES ('later')").await;
    let until = async |filter: &str| {
        for _ in 0..200 {
            if let Some(one) = world.list(&[filter]).await.first() {
                return one["id"].as_str().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing is {filter}");
    };
    let id = until("state:held").await;
    world.project.write("templates/later.yaml", HELLO);
    world.queue(&["release", &id]).await.ends(0);
    assert_eq!(until("state:sent").await, id);
    signal(&child, "TERM").await;
    ended(child).await.ends(0);
}

#[tokio::test]
async fn what_other_programs_wrote_into_the_queue_cannot_draw_on_a_terminal() {
    let world = World::sqlite();
    world.queue(&["migrate"]).await.ends(0);
    world
        .sql("INSERT INTO @call (method) VALUES ('a' || char(27) || '[2J' || char(9, 10) || 'b')")
        .await;
    world.queue(&["run", "--once", "--adapter", "null:"]).await.ends(0);
    let id = world.list(&[]).await[0]["id"].as_str().unwrap().to_owned();
    for args in
        [&["queue", "list"][..], &["queue", "show", &id], &["why", &id], &["queue", "hold", &id]]
    {
        let ran = world.run(args).await;
        assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{args:?}: {:?}", ran.out);
    }
    let listed = world.queue(&["list"]).await.ends(0).out;
    assert_eq!((listed.lines().count(), listed.matches('\t').count()), (1, 6), "{listed:?}");
}

#[tokio::test]
async fn wrong_settings_of_a_run_end_with_78() {
    let world = World::sqlite();
    let codes = async |args: &[&str], exit| {
        let args = [&["queue", "run", "--once", "--json"], args].concat();
        world.run(&args).await.ends(exit).errors()
    };
    assert_eq!(codes(&[], 78).await, ["adapter"]);
    assert_eq!(codes(&["--adapter", "stmp://relay.test"], 78).await, ["adapter"]);
    assert_eq!(codes(&["--adapter", "smtps://a:s3cr#t@relay.test"], 78).await, ["adapter"]);
    assert_eq!(codes(&["--adapter", "nobody"], 78).await, ["adapter"]);
    assert_eq!(codes(&["--adapter", "null:", "--connections", "0"], 2).await, ["usage"]);
    world.project.write("mailmethod.yaml", "adapters: { default: 'null:', other: '${UNSET_ONE}' }");
    assert_eq!(codes(&[], 78).await, ["variable"]);
    world.project.write("mailmethod.yaml", "queue: { window: 0 }");
    assert_eq!(codes(&["--adapter", "null:"], 78).await, ["wrong-value"]);
    assert!(!world.project.path().join("mailmethod.db").exists());
}

#[tokio::test]
async fn a_store_that_is_not_as_it_should_be_is_told() {
    let world = World::sqlite();
    let code = async |args: &[&str], exit| {
        let ran = world.queue(&[args, &["--json"]].concat()).await.ends(exit);
        assert!(!ran.out.contains("s3cret") && !ran.err.contains("s3cret"), "{}", ran.err);
        ran.errors().remove(0)
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = format!("postgres://me:s3cret@{closed}/db");
    for (store, exit, expected) in [
        ("mysql://me:s3cret@h/db", 78, "store"),
        ("sqlite:", 78, "store"),
        ("sqlite:templates", 78, "store"),
        ("postgres://h/db", 78, "store"),
        (away.as_str(), 75, "store-unreachable"),
    ] {
        for command in
            [&["list"][..], &["add", "hello"], &["stats"], &["run", "--adapter", "null:", "--once"]]
        {
            let found = code(&[command, &["--store", store]].concat(), exit).await;
            assert_eq!(found, expected, "{command:?} {store}");
        }
    }
    // A folder that is not there can hold no file; nobody looks into it in vain.
    assert_eq!(code(&["add", "hello", "--store", "sqlite:no/such/mail.db"], 78).await, "store");
    world.queue(&["list", "--store", "sqlite:no/such/mail.db"]).await.ends(0);

    world.project.write("noise.db", vec![b'x'; 8_192]);
    let noise = ["--store", "sqlite:noise.db"];
    for command in [&["list"][..], &["add", "hello"]] {
        assert_eq!(code(&[command, &noise].concat(), 78).await, "store-damaged");
    }
    world.add(&["hello"]).await;
    world.sql("INSERT INTO @migration (version, applied_at) VALUES (99, 0)").await;
    for command in [&["list"][..], &["add", "hello"], &["migrate"], &["stats"]] {
        assert_eq!(code(command, 78).await, "schema");
    }
}

#[tokio::test]
async fn a_damaged_table_stops_what_needs_it_and_is_told() {
    let world = World::sqlite();
    world.queue(&["add", "hello", "--count", "200"]).await.ends(0);
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = world.project.path().join("mailmethod.db");
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len();
    // The first page, the schema, stays: so it is a database, with nonsense in its tables.
    bytes[4_096..end].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    for extra in ["-wal", "-shm"] {
        drop(fs::remove_file(world.project.path().join(format!("mailmethod.db{extra}"))));
    }
    for args in [&["list"][..], &["add", "hello"], &["run", "--once", "--adapter", "null:"]] {
        let ran = world.queue(&[args, &["--json"]].concat()).await.ends(78);
        assert_eq!(ran.errors(), ["store-damaged"], "{args:?}");
    }
}

#[tokio::test]
async fn a_file_that_may_only_be_read_can_be_looked_at() {
    let world = World::sqlite();
    let id = world.add(&["hello"]).await;
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = world.project.path().join("mailmethod.db");
    let mut bytes = fs::read(&file).unwrap();
    // A version of writing that SQLite does not know makes a file read-only, for root as well.
    bytes[18] = 3;
    fs::write(&file, bytes).unwrap();
    assert_eq!(world.list(&[]).await.len(), 1);
    world.queue(&["show", &id]).await.ends(0);
    for args in [&["add", "hello"][..], &["hold", &id], &["run", "--once", "--adapter", "null:"]] {
        let ran = world.queue(&[args, &["--json"]].concat()).await.ends(78);
        assert_eq!(ran.errors(), ["store-read-only"], "{args:?}");
    }
}

#[tokio::test]
async fn a_file_that_somebody_else_writes_to_is_waited_for_and_then_told() {
    let world = World::sqlite();
    world.add(&["hello"]).await;
    let file = world.project.path().join("mailmethod.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    let locked = world.queue(&["add", "hello", "--json"]).await.ends(75);
    assert_eq!(locked.errors(), ["store-locked"]);
    assert_eq!(world.list(&[]).await.len(), 1);
    connection.execute("COMMIT").await.unwrap();
    world.add(&["hello"]).await;
}

#[tokio::test]
async fn a_full_database_is_told_and_loses_nothing() {
    let Some(world) = World::postgres().await else { return };
    world.add(&["hello"]).await;
    world.sql("CREATE FUNCTION @full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$").await;
    world.sql("CREATE TRIGGER no_room BEFORE INSERT ON @mail EXECUTE FUNCTION @full()").await;
    let full = world.queue(&["add", "hello", "--json"]).await.ends(75);
    assert_eq!(full.errors(), ["store-full"]);
    assert_eq!(world.list(&[]).await.len(), 1);
}

/// A file that may not grow fails in the middle of a commit, as a full disk does.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_grow_is_told_and_loses_nothing() {
    let world = World::sqlite();
    let before = world.add(&["hello"]).await;
    let add = world.project.command(&["queue", "add", "hello", "--count", "3000", "--json"]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", r#"trap '' XFSZ; ulimit -f 3000; exec "$0" "$@""#]);
    limited.arg(add.get_program()).args(add.get_args()).current_dir(world.project.path());
    let full = tokio::process::Command::from(limited).output().await.unwrap();
    let full = Ran::of("queue add hello --count 3000 --json".to_owned(), full).ends(75);
    assert!(full.err.contains("disk I/O error"), "{}", full.err);

    let told = full.out.lines().filter(|line| line.contains(r#""id""#));
    let mut told: Vec<Value> = told.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!((500..3_000).contains(&told.len()), "{}", told.len());
    told.insert(0, serde_json::json!({ "id": before }));
    let there = world.list(&[]).await;
    let ids = |all: &[Value]| all.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&there), ids(&told));
    world.add(&["hello"]).await;
    let server = FaultServer::start().await.unwrap();
    world.send(&server).await.ends(0);
    assert_eq!(server.taken().len(), there.len() + 1);
}

#[tokio::test]
async fn of_many_mails_those_are_told_that_were_queued_before_it_failed() {
    let world = World::sqlite();
    world.add(&["hello"]).await;
    world.sql("CREATE TRIGGER few BEFORE INSERT ON @mail WHEN (SELECT count(*) FROM @mail) > 700 BEGIN SELECT RAISE(ABORT, 'no more'); END").await;
    let some = world.queue(&["add", "hello", "--count", "1000"]).await.ends(78);
    let ids: Vec<&str> = some.out.lines().collect();
    assert_eq!((ids.len(), world.list(&[]).await.len()), (500, 501));
    let told = "(500 of 1000 mails are queued, those whose ids are printed)";
    assert!(some.err.contains(told), "{}", some.err);
    world.queue(&["show", ids[499]]).await.ends(0);
}

#[tokio::test]
async fn a_part_that_is_missing_holds_one_mail_and_is_told() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    world.project.write("big.pdf", vec![7; 400_000]);
    world.project.write(
        "templates/file.yaml",
        "arguments: { doc: file }\nheaders: {to: a@x.test, from: b@x.test, subject: F}\ntext: x\nattachments: [{ argument: doc }]\nsamples: {}\n",
    );
    let id = world.add(&["file", "doc=@big.pdf"]).await;
    let shown = world.queue(&["show", &id, "--json"]).await.ends(0).json();
    assert_eq!(shown["content"]["parts"][0]["filename"], "big.pdf");
    world.sql("PRAGMA foreign_keys = OFF; DELETE FROM @blob").await;
    let sound = world.add(&["hello"]).await;
    assert_eq!(world.queue(&["export", &id, "--json"]).await.ends(66).errors(), ["missing-part"]);
    assert_eq!(world.queue(&["show", &id, "--json"]).await.ends(0).json()["content"], Value::Null);
    world.send(&server).await.ends(0);
    assert_eq!(
        (world.state(&id).await.as_str(), world.state(&sound).await.as_str()),
        ("held", "sent")
    );
    let why = world.run(&["why", &id]).await.ends(0);
    assert!(why.out.contains("a part of its content is missing in the store"), "{}", why.out);
}

#[tokio::test]
async fn messages_are_exported_into_files() {
    let world = World::sqlite();
    let (one, two) = (world.add(&["hello"]).await, world.add(&["copies"]).await);
    let several = world.queue(&["export", &one, &two, "--json"]).await.ends(2);
    assert_eq!(several.errors(), ["usage"]);
    let ran = world.queue(&["export", &one, &two, "-o", "out"]).await.ends(0);
    assert_eq!(ran.out, format!("out/{one}.eml\nout/{two}.eml\n"));
    world.queue(&["export", &one, "-o", "one.eml"]).await.ends(0);
    let read = |name: &str| fs::read_to_string(world.project.path().join(name)).unwrap();
    assert_eq!(read("one.eml"), read(&format!("out/{one}.eml")));
    assert!(!read(&format!("out/{two}.eml")).contains("eve@x.test"));
    let files = world.queue(&["export", &one, "-o", "out", "--json"]).await.ends(0).json();
    assert_eq!(
        (keys(&files), keys(&files["files"][0])),
        (vec!["v", "files"], vec!["id", "file", "octets"])
    );
    let raw = world.queue(&["export", &one, "--json"]).await.ends(0).json();
    assert_eq!((keys(&raw), &raw["raw"]), (vec!["v", "id", "raw"], &json!(read("one.eml"))));
    world.queue(&["export", &one, "-o", "no/such/one.eml"]).await.ends(66);
}

#[tokio::test]
async fn a_wrong_filter_is_drawn_with_what_would_be_right() {
    let world = World::sqlite();
    let mut runs = Vec::new();
    for filter in
        ["stat:dead", "state:ded", "method:a older:soon", "to:", "\"open", "-stat:dead", "code:abc"]
    {
        runs.push(world.queue(&["list", filter]).await.ends(2));
        let json = world.queue(&["retry", filter, "x:", "--json"]).await.ends(2);
        assert_eq!(json.errors(), ["filter"], "{filter}");
    }
    runs.push(world.queue(&["hold", "nothing"]).await.ends(66));
    runs.push(world.queue(&["hold", "0192a"]).await.ends(2));
    runs.push(world.queue(&["hold"]).await.ends(2));
    runs.push(world.queue(&["hold", "state:dead", "--all"]).await.ends(2));
    runs.push(world.queue(&["lst"]).await.ends(2));
    transcript("queue-usage", &runs);
}

#[tokio::test]
async fn show_and_why_json_have_their_shape() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    server.rule(Rule::on(Verb::Rcpt).reply("451 4.7.1 come again"));
    let id = world.add(&["hello", "note=x"]).await;
    world.send(&server).await.ends(0);
    let more = [
        "locale",
        "route",
        "priority",
        "size",
        "attachments",
        "secret",
        "created",
        "expires",
        "tried",
        "gated",
        "done",
        "wiped",
        "reason",
        "wanted",
        "on_uncertain",
        "crashes",
        "doubts",
        "sender",
        "origin",
        "copies",
        "revision",
        "arguments",
        "shown",
        "events",
        "content",
    ];
    let shown = world.queue(&["show", &id, "--json"]).await.ends(0).json();
    assert_eq!(keys(&shown), [&["v"], &FIELDS[..], &more].concat());
    assert_eq!(keys(&shown["recipients"][0]), ["address", "kind", "outcome", "reply"]);
    assert_eq!(shown["arguments"]["note"], "x");
    assert_eq!(keys(&shown["content"]), ["hidden", "headers", "text", "html", "parts"]);
    assert_eq!(shown["content"]["text"], "Hello Ada, this is number 0. x\n");
    let event = &shown["events"][0];
    assert_eq!(keys(event), ["at", "kind", "actor", "detail"]);
    assert_eq!((&event["kind"], &event["detail"]["code"]), (&json!("attempt"), &json!(451)));
    let why = world.queue(&["why", &id[..20], "--json"]).await.ends(0).json();
    assert_eq!(keys(&why), [&["v"], &FIELDS[..], &["reason", "events", "explanation"]].concat());
    let explained = &why["explanation"];
    assert_eq!(keys(explained), ["meaning", "next", "at", "advice", "commands"]);
    assert_eq!(keys(&explained["meaning"]), ["summary", "advice", "source"]);
    assert_eq!(explained["at"], shown["due"]);
}

// What people read.

#[tokio::test]
async fn what_people_read_about_a_mail_says_what_happened_and_what_to_do() {
    let world = World::sqlite();
    let server = FaultServer::start().await.unwrap();
    let grey = world.add(&["hello", "to=grey@x.test"]).await;
    server.rule(
        Rule::on(Verb::Rcpt).address("grey@x.test").reply("451 4.7.1 greylisted, come again"),
    );
    world.send(&server).await.ends(0);
    let mut runs = vec![
        world.queue(&["list"]).await.ends(0),
        world.run(&["why", &grey]).await.ends(0),
        world.queue(&["why", &grey, "--trace"]).await.ends(0),
    ];
    server.clear_rules();
    server.rule(Rule::on(Verb::Rcpt).address("grey@x.test").reply("550 5.1.1 no such user"));
    world.queue(&["retry", &grey]).await.ends(0);
    world.send(&server).await.ends(0);
    runs.push(world.run(&["why", &grey]).await.ends(0));
    runs.push(world.queue(&["redirect", &grey, "--to", "right@x.test"]).await.ends(0));
    let later = world.add(&["copies", "--at", "2099-12-07T08:00Z"]).await;
    runs.push(world.run(&["why", &later]).await.ends(0));
    world.queue(&["hold", &later]).await.ends(0);
    runs.push(world.run(&["why", &later]).await.ends(0));
    world.queue(&["cancel", &later]).await.ends(0);
    runs.push(world.run(&["why", &later]).await.ends(0));
    runs.push(world.queue(&["list"]).await.ends(0));
    // The time of the next try differs from mail to mail.
    for ran in &mut runs {
        for wait in ["again in 4m", "again in 5m", "again in 6m"] {
            ran.out = ran.out.replace(wait, "again in 5m");
        }
    }
    transcript("queue-why", &runs);
}

#[tokio::test]
async fn a_mail_is_shown_at_a_glance() {
    let world = World::sqlite();
    let copies = world.add(&["copies", "--key", "c:1", "--priority", "2"]).await;
    let reset = world.add(&["reset", "link=https://x.test/s3cret"]).await;
    let runs = [
        world.queue(&["show", &copies]).await.ends(0),
        world.queue(&["show", &reset]).await.ends(0),
        world.queue(&["export", &reset]).await.ends(0),
        world.queue(&["stats"]).await.ends(0),
    ];
    transcript("queue-show", &runs);
}

#[test]
fn the_readme_shows_what_people_read() {
    let readme = fs::read_to_string("README.md").unwrap();
    let shown = readme.split("$ mailmethod why ").nth(1).unwrap().split("```").next().unwrap();
    let golden = fs::read_to_string("tests/cli/queue-why.txt").unwrap();
    let mut lines = 0;
    for line in steady(shown).lines().skip(1) {
        // The terminal's times are short, and say how far away they are.
        let words = line.split(' ').filter(|word| !matches!(*word, "(in" | "4m)"));
        let words: Vec<&str> = words
            .map(|word| if word.len() == 8 && word.as_bytes()[2] == b':' { "TIME" } else { word })
            .collect();
        let line = words.join(" ");
        assert!(golden.lines().any(|known| known == line), "{line:?} is not in the golden");
        lines += 1;
    }
    assert_eq!(lines, 7);
}

/// Runs a command line on a terminal of its own; gives what is seen there. `None` without the
/// program that makes terminals.
async fn on_a_terminal(world: &World, line: &str, keys: &str) -> Option<(i32, String)> {
    let script = require::program("script", &["script"], &[])?;
    let program = env!("CARGO_BIN_EXE_mailmethod");
    let mut command = world.command(&[]);
    let directory = world.project.path().to_owned();
    command = {
        let mut other = tokio::process::Command::new(script);
        other.args(["-qec", &format!("{program} {line}"), "/dev/null"]).current_dir(directory);
        for (name, value) in command.as_std().get_envs() {
            match value {
                Some(value) => other.env(name, value),
                None => other.env_remove(name),
            };
        }
        other
    };
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, keys.as_bytes()).await.unwrap();
    let ran = tokio::time::timeout(Duration::from_secs(30), child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    drop(stdin);
    let seen = String::from_utf8_lossy(&ran.stdout).replace("\r\n", "\n");
    Some((ran.status.code().unwrap(), seen))
}

#[tokio::test]
async fn a_person_is_asked_on_a_terminal_and_sees_columns() {
    let world = World::sqlite();
    world.queue(&["add", "hello", "--count", "3"]).await.ends(0);
    let Some((exit, seen)) = on_a_terminal(&world, "queue hold --all", "n\n").await else { return };
    assert!(
        exit == 0 && seen.contains("hold 3 mails? [y/N]") && seen.contains("nothing was done"),
        "{seen}"
    );
    assert_eq!(world.views().await, [("outgoing".to_owned(), 3)]);
    let (exit, seen) = on_a_terminal(&world, "queue hold --all", "y\n").await.unwrap();
    assert!(exit == 0 && seen.contains("3 mails held"), "{seen}");
    let (_, seen) = on_a_terminal(&world, "queue list --color never", "").await.unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert!(lines[0].starts_with("ID ") && lines[0].contains("METHOD  TO"), "{seen}");
    assert!(lines[1].contains("  hello   ada@x.test  0") && lines[1].contains("held"), "{seen}");
    assert!(
        lines[4].starts_with("3 mails · the oldest ") && lines[4].ends_with("explains"),
        "{seen}"
    );
    let (_, seen) = on_a_terminal(&world, "queue stats", "").await.unwrap();
    assert!(seen.contains("\x1b[33mattention") || seen.contains("\x1b[1;33mattention"), "{seen:?}");
}
