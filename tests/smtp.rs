//! The SMTP adapter against a server that does everything wrong: what it reports is what is true.

#![cfg(all(feature = "smtp", feature = "testing"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailmethod::adapter::{
    Adapter, Class, DeliveryError, Depth, Offer, Outcome, Phase, Receipt, SmtpAdapter,
    SmtpSettings, Trace, Verdict, open, open_traced, send,
};
use mailmethod::message::{Address, Envelope, Field, Message, Recipient};
use mailmethod::testing::{FaultServer, Rule, Verb};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn mail_with(to: &[&str], bytes: &[u8]) -> Message {
    let to = to.iter().map(|to| Recipient { address: address(to), field: Field::To });
    let envelope = Envelope::new(Some(address("shop@example.test")), to.collect()).unwrap();
    Message::from_parts("<1@example.test>".to_owned(), envelope, bytes.to_vec())
}

fn mail(to: &[&str]) -> Message {
    mail_with(to, b"Subject: Hi\r\n\r\nHello\r\n")
}

fn one() -> Message {
    mail(&["ada@example.test"])
}

fn everybody(message: &Message) -> Vec<Address> {
    message.envelope().addresses().cloned().collect()
}

/// The verdict and the phase of a send, whichever way it ended.
fn end(result: &Result<Receipt, DeliveryError>) -> (Verdict, Phase) {
    match result {
        Ok(receipt) => (receipt.summary(), receipt.recipients[0].phase),
        Err(error) => (error.summary(), error.phase),
    }
}

async fn plain() -> FaultServer {
    FaultServer::start().await.unwrap()
}

fn smtp(server: &FaultServer, keys: &str) -> SmtpAdapter {
    SmtpAdapter::new(SmtpSettings::from_url(&server.url_with("", keys)).unwrap())
}

/// Moves the clock without waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

// ---- one table: what each fault in each phase means ----

/// What goes wrong.
#[derive(Clone, Copy)]
enum Fault {
    /// The server does this instead of answering well; the code is what would be well there.
    Server(fn(Rule, u16) -> Rule),
    /// The good answer comes when nobody waits for it any more.
    Late,
    /// Nobody waits for the end of the send.
    Cancelled,
}

/// Each fault, and what it means before the dot and at the dot. Text is not judged: the last rows
/// but two are answers as good as any.
const FAULTS: [(&str, Fault, Verdict, Verdict); 19] = {
    use Fault::{Cancelled, Late, Server};
    use Verdict::{Deferred, Refused, Sent, Unknown};
    [
        ("4yz", Server(|rule, _| rule.reply("451 4.3.0 later")), Deferred, Deferred),
        ("5yz", Server(|rule, _| rule.reply("554 5.3.0 no")), Refused, Refused),
        ("421", Server(|rule, _| rule.reply_and_close("421 4.3.2 bye")), Deferred, Deferred),
        ("silence", Server(|rule, _| rule.silence()), Deferred, Unknown),
        ("close", Server(|rule, _| rule.close()), Deferred, Unknown),
        ("reset", Server(|rule, _| rule.reset()), Deferred, Unknown),
        ("garbage", Server(|rule, _| rule.raw(b"\x16\x03\x01 what\r\n")), Deferred, Unknown),
        ("endless", Server(|rule, _| rule.raw(&[b'9'; 70_000])), Deferred, Unknown),
        ("1yz", Server(|rule, _| rule.reply("150 what")), Deferred, Unknown),
        ("3yz", Server(|rule, _| rule.raw(b"399 what\r\n")), Deferred, Unknown),
        ("503", Server(|rule, _| rule.reply("503 5.5.1 out of step")), Deferred, Deferred),
        ("half a reply", Server(|rule, _| rule.reply_and_close("451-and")), Deferred, Unknown),
        ("Latin-1 no", Server(|rule, _| rule.raw(b"554 f\xfcr dich\r\n")), Refused, Refused),
        ("Latin-1", Server(|rule, code| rule.raw(&latin(code))), Sent, Sent),
        ("bare code", Server(|rule, code| rule.raw(format!("{code}\r\n").as_bytes())), Sent, Sent),
        ("multi-line", Server(|rule, code| rule.reply(&hundred_lines(code))), Sent, Sent),
        ("no CR", Server(|rule, code| rule.raw(format!("{code} ok\n").as_bytes())), Sent, Sent),
        ("late", Late, Deferred, Unknown),
        ("cancelled", Cancelled, Unknown, Unknown),
    ]
};

fn latin(code: u16) -> Vec<u8> {
    [code.to_string().as_bytes(), b" f\xfcr dich\r\n"].concat()
}

fn hundred_lines(code: u16) -> String {
    format!("{code}-line\n").repeat(99) + &format!("{code} last")
}

/// Each place in a dialogue, the command that leads there, and the code that is well there.
const PHASES: [(Verb, Phase, &str, u16); 8] = [
    (Verb::Connect, Phase::Greeting, "", 220),
    (Verb::Ehlo, Phase::Ehlo, "EHLO", 250),
    (Verb::Starttls, Phase::Tls, "STARTTLS", 220),
    (Verb::Auth, Phase::Auth, "AUTH", 235),
    (Verb::Mail, Phase::Mail, "MAIL", 250),
    (Verb::Rcpt, Phase::Rcpt, "RCPT", 250),
    (Verb::Data, Phase::Data, "DATA", 354),
    (Verb::Dot, Phase::Dot, "", 250),
];

async fn server_for(verb: Verb, keys: &str) -> (FaultServer, Arc<dyn Adapter>) {
    let server = match verb {
        Verb::Starttls => FaultServer::start_with_starttls().await.unwrap(),
        _ => plain().await,
    };
    let (login, more) = match verb {
        Verb::Auth => ("shop:secret", "&insecure_auth=true"),
        _ => ("", ""),
    };
    if verb == Verb::Auth {
        server.login("shop", "secret");
    }
    let adapter = open(&server.url_with(login, &format!("{keys}{more}"))).unwrap();
    (server, adapter)
}

/// The verdict of a row and its phase: the route's faults are never the mail's, and from MAIL on
/// the code decides.
fn expected(phase: Phase, before: Verdict, at_dot: Verdict) -> (Verdict, Phase) {
    match phase {
        _ if before == Verdict::Sent => (Verdict::Sent, Phase::Dot),
        Phase::Dot => (at_dot, phase),
        Phase::Mail | Phase::Rcpt | Phase::Data => (before, phase),
        _ => (Verdict::Deferred, phase),
    }
}

/// All rows of the table, the phases side by side: only a silent server takes time.
async fn every_fault(keys: &'static str) {
    let mut rows = tokio::task::JoinSet::new();
    for place in PHASES {
        rows.spawn(every_fault_at(place, keys));
    }
    while let Some(row) = rows.join_next().await {
        row.unwrap();
    }
}

async fn every_fault_at((verb, phase, command, code): (Verb, Phase, &str, u16), keys: &str) {
    for (name, fault, before, at_dot) in FAULTS {
        let row = format!("{name} at {verb:?}{keys}");
        let waits = matches!(fault, Fault::Late) || name == "silence";
        let patience = if waits { "1s" } else { "9s" };
        let (server, adapter) =
            server_for(verb, &format!("connections=1&timeout={patience}{keys}")).await;
        let rule = Rule::on(verb);
        server.rule(match fault {
            Fault::Server(make) => make(rule, code),
            Fault::Late | Fault::Cancelled => rule.hold(&format!("{code} 2.0.0 late")),
        });
        let message = one();
        let reached = |server: &FaultServer| match verb {
            Verb::Connect => server.connections() == 1,
            Verb::Dot => server.taken().len() == 1,
            _ => server.commands().iter().any(|line| line.starts_with(command)),
        };
        // No stage may outlast its deadline, so that no row may outlast a few of them.
        let result = tokio::time::timeout(Duration::from_secs(8), async {
            match fault {
                Fault::Cancelled => tokio::select! {
                    result = send(&*adapter, &message) => Some(result),
                    () = server.until(reached) => None,
                },
                _ => Some(send(&*adapter, &message).await),
            }
        });
        let verdict = match result.await.unwrap_or_else(|_| panic!("{row} hangs")) {
            None => Verdict::Unknown,
            Some(result) => {
                assert_eq!(end(&result), expected(phase, before, at_dot), "{row}: {result:?}");
                end(&result).0
            }
        };
        // For this server 3yz passes a command; only the client finds it odd. What comes late or
        // to nobody was taken none the less.
        let unnoticed = verb == Verb::Dot && matches!(name, "3yz" | "late" | "cancelled");
        let truth = usize::from(verdict == Verdict::Sent || unnoticed);
        assert_eq!(server.taken().len(), truth, "{row}: what was reported is what is true");

        // If a reply were left over, the next mail would take it for its own.
        server.clear_rules();
        server.release();
        server.rule(Rule::on(Verb::Dot).times(1).reply("554 5.0.0 refused"));
        let next = end(&send(&*adapter, &one()).await);
        assert_eq!(next, (Verdict::Refused, Phase::Dot), "after {row}");
        let last = end(&send(&*adapter, &one()).await);
        assert_eq!(last, (Verdict::Sent, Phase::Dot), "after {row}");
        assert_eq!(server.taken().len(), truth + 1, "after {row}");
    }
}

/// L1: every stage has a deadline. L2: no reply is left to the next mail. L3: text is not judged.
/// L8: an error has its phase, lines have a limit, and 3yz is no success.
#[tokio::test]
async fn l1_l2_l3_l8_every_fault_in_every_phase_is_what_is_reported_and_the_next_mail_is_right() {
    every_fault("").await;
}

#[tokio::test]
async fn l1_l2_l3_l8_every_fault_in_every_phase_is_what_is_reported_in_lock_step_too() {
    every_fault("&pipelining=off").await;
}

/// A3: whatever a good reply looks like, the connection is as good afterwards.
#[tokio::test]
async fn l3_a_reply_may_be_bare_long_latin_dripped_or_end_in_lf() {
    for (verb, _, _, code) in PHASES {
        // What EHLO offers is in its lines; these replies offer nothing, which is enough for mail.
        if matches!(verb, Verb::Auth | Verb::Starttls) {
            continue;
        }
        let rules: [Rule; 6] = [
            Rule::on(verb).raw(format!("{code}\r\n").as_bytes()),
            Rule::on(verb).raw(format!("{code} no CR\n").as_bytes()),
            Rule::on(verb).raw(&latin(code)),
            Rule::on(verb).reply(&hundred_lines(code)),
            Rule::on(verb).reply(&format!("{code} {}", "x".repeat(20_000))),
            Rule::on(verb).drip(&format!("{code} slow")),
        ];
        for rule in rules {
            let server = plain().await;
            server.rule(rule.clone());
            let adapter = smtp(&server, "timeout=5s");
            for _ in 0..2 {
                let result = send(&adapter, &one()).await;
                assert_eq!(end(&result), (Verdict::Sent, Phase::Dot), "{rule:?}");
            }
            assert_eq!((server.taken().len(), server.connections()), (2, 1), "{rule:?}");
        }
    }
}

// ---- recipients ----

/// Each recipient has an outcome of its own, and the connection lives on.
#[tokio::test]
async fn l4_b2_one_refused_recipient_costs_no_other_and_no_connection() {
    for keys in ["", "pipelining=off"] {
        let server = plain().await;
        server.rule(Rule::on(Verb::Rcpt).address("bob@example.test").reply("550 5.1.1 unknown"));
        server.rule(Rule::on(Verb::Rcpt).address("cy@example.test").reply("450 4.2.0 busy"));
        let adapter = smtp(&server, keys);
        let message = mail(&["ada@example.test", "bob@example.test", "cy@example.test"]);
        let receipt = send(&adapter, &message).await.unwrap();
        assert_eq!(receipt.summary(), Verdict::Partial);
        let shown: Vec<String> = receipt
            .recipients
            .iter()
            .map(|r| {
                format!("{} {} {} {}", r.address, r.outcome, r.phase, r.reply.as_ref().unwrap())
            })
            .collect();
        assert_eq!(
            shown,
            [
                "ada@example.test accepted dot 250 2.0.0 taken",
                "bob@example.test refused rcpt 550 5.1.1 unknown",
                "cy@example.test deferred rcpt 450 4.2.0 busy",
            ]
        );
        assert_eq!(server.taken()[0].recipients, ["ada@example.test"]);
        send(&adapter, &one()).await.unwrap();
        assert_eq!(server.connections(), 1);
        assert_eq!(server.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn a_mail_for_nobody_is_never_sent_even_if_the_server_wants_a_body() {
    for (data, keys) in [("354 go on", ""), ("554 5.5.1 nobody", ""), ("", "pipelining=off")] {
        let server = plain().await;
        server.rule(Rule::on(Verb::Rcpt).address("bob@example.test").reply("550 5.1.1 unknown"));
        if !data.is_empty() {
            server.rule(Rule::on(Verb::Data).times(1).reply(data));
        }
        let adapter = smtp(&server, keys);
        let receipt = send(&adapter, &mail(&["bob@example.test"])).await.unwrap();
        assert_eq!(receipt.summary(), Verdict::Refused, "{data}");
        assert!(server.taken().is_empty(), "{data}");
        assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
        assert_eq!((server.connections(), server.taken().len()), (1, 1), "{data}");
    }
}

/// Found by the random scripts: a lone dot would have sent an empty mail.
#[tokio::test]
async fn a_server_that_refuses_the_sender_and_accepts_a_recipient_gets_no_dot() {
    for reply in ["250 2.1.5 ok", "354 what"] {
        let server = plain().await;
        server.rule(Rule::on(Verb::Mail).times(1).reply("452 4.3.1 full"));
        server.rule(Rule::on(Verb::Rcpt).times(1).reply(reply));
        let adapter = smtp(&server, "");
        assert_eq!(end(&send(&adapter, &one()).await), (Verdict::Deferred, Phase::Mail));
        assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
        assert_eq!((server.taken().len(), server.connections()), (1, 2));
    }
}

#[tokio::test]
async fn a_refused_sender_or_body_keeps_the_connection() {
    for (verb, phase) in
        [(Verb::Mail, Phase::Mail), (Verb::Data, Phase::Data), (Verb::Dot, Phase::Dot)]
    {
        let server = plain().await;
        server.rule(Rule::on(verb).times(1).reply("550 5.7.1 no"));
        let adapter = smtp(&server, "");
        assert_eq!(end(&send(&adapter, &one()).await), (Verdict::Refused, phase));
        assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
        assert_eq!(server.connections(), 1, "{verb:?}");
    }
}

/// Exim bug 2693: the rest is neither lost nor sent twice.
#[tokio::test]
async fn too_many_recipients_go_in_further_transactions() {
    for code in ["452 4.5.3 too many", "552 too many"] {
        let server = plain().await;
        server.rule(Rule::on(Verb::Rcpt).address("c@x.test").times(1).reply(code));
        server.rule(Rule::on(Verb::Rcpt).address("d@x.test").times(2).reply(code));
        server.rule(Rule::on(Verb::Rcpt).address("e@x.test").reply("550 5.1.1 unknown"));
        let adapter = smtp(&server, "");
        let message = mail(&["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test"]);
        let receipt = send(&adapter, &message).await.unwrap();
        let outcomes: Vec<&str> = receipt.recipients.iter().map(|r| r.outcome.as_str()).collect();
        assert_eq!(outcomes, ["accepted", "accepted", "accepted", "accepted", "refused"]);
        let taken: Vec<Vec<String>> = server.taken().into_iter().map(|t| t.recipients).collect();
        assert_eq!(taken, [vec!["a@x.test", "b@x.test"], vec!["c@x.test"], vec!["d@x.test"]]);
    }
}

#[tokio::test]
async fn a_further_transaction_that_takes_nobody_is_the_last() {
    let server = plain().await;
    server.rule(Rule::on(Verb::Rcpt).address("c@x.test").reply("452 4.5.3 too many"));
    let receipt = send(&smtp(&server, ""), &mail(&["a@x.test", "c@x.test"])).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Partial);
    assert_eq!(receipt.recipients[1].outcome, Outcome::Deferred);
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn a_thousand_recipients_are_asked_in_flights_and_one_mail_goes_out() {
    let server = plain().await;
    let to: Vec<String> = (0..1_000).map(|number| format!("r{number}@example.test")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let receipt = send(&smtp(&server, ""), &mail(&to)).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Sent);
    assert_eq!(server.taken()[0].recipients, to);
    assert_eq!(server.violations(), [""; 0]);
}

// ---- where connections come from ----

/// On Linux all of 127/8 is this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_come_from_the_local_address_that_the_url_names() {
    let server = plain().await;
    for (keys, name) in [("", "[127.0.0.1]"), ("local_address=127.0.0.2", "[127.0.0.2]")] {
        send(&smtp(&server, keys), &one()).await.unwrap();
        let greeted = server.commands().into_iter().rfind(|line| line.starts_with("EHLO"));
        assert_eq!(greeted, Some(format!("EHLO {name}")), "our own name is where we come from");
    }
}

/// 192.0.2.7 is for documentation alone (RFC 5737): no machine has it.
#[tokio::test]
async fn a_local_address_that_is_not_of_this_machine_is_said_so() {
    let server = plain().await;
    let error = send(&smtp(&server, "local_address=192.0.2.7"), &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Connect));
    assert_eq!(error.help, Some("local_address= must be an address of this machine"));
    assert_eq!(server.connections(), 0);

    let url = format!("smtp://localhost:{}?local_address=2001:db8::7", server.address().port());
    let error = send(&*open(&url).unwrap(), &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Connect));
}

// ---- what the server cannot take ----

#[tokio::test]
async fn a_message_over_the_servers_size_is_refused_here() {
    let server = plain().await;
    server.keywords(&["PIPELINING", "SIZE 20"]);
    let adapter = smtp(&server, "");
    let error = send(&adapter, &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Permanent, Phase::Mail));
    let reply = error.reply.as_ref().unwrap();
    assert_eq!((reply.code, reply.enhanced.as_deref()), (552, Some("5.3.4")));
    assert!(error.help.is_some());
    let small = mail_with(&["ada@example.test"], b"\r\nHi\r\n");
    assert_eq!(end(&send(&adapter, &small).await).0, Verdict::Sent);
    let mails: Vec<String> =
        server.commands().into_iter().filter(|line| line.starts_with("MAIL")).collect();
    assert_eq!(mails, ["MAIL FROM:<shop@example.test> SIZE=6"]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn smtputf8_is_asked_for_only_where_an_address_needs_it() {
    let server = plain().await;
    let adapter = smtp(&server, "");
    send(&adapter, &mail(&["ada@bücher.example"])).await.unwrap();
    send(&adapter, &mail(&["jürgen@example.test"])).await.unwrap();
    let mails: Vec<String> = server
        .commands()
        .into_iter()
        .filter(|line| line.starts_with("MAIL") || line.starts_with("RCPT"))
        .collect();
    assert_eq!(
        mails,
        [
            "MAIL FROM:<shop@example.test> SIZE=22",
            "RCPT TO:<ada@xn--bcher-kva.example>",
            "MAIL FROM:<shop@example.test> SIZE=22 SMTPUTF8",
            "RCPT TO:<jürgen@example.test>",
        ]
    );
}

#[tokio::test]
async fn without_smtputf8_only_the_recipient_that_needs_it_is_refused() {
    let server = plain().await;
    server.keywords(&["PIPELINING"]);
    let adapter = smtp(&server, "");
    let receipt =
        send(&adapter, &mail(&["jürgen@example.test", "ada@example.test"])).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Partial);
    assert_eq!(receipt.recipients[0].reply.as_ref().unwrap().enhanced.as_deref(), Some("5.6.7"));
    assert_eq!(server.taken()[0].recipients, ["ada@example.test"]);

    let receipt = send(&adapter, &mail(&["jürgen@example.test"])).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Refused);
    let raw = mail_with(&["ada@example.test"], "To: jürgen@x.test\r\n\r\nHi\r\n".as_bytes());
    let error = send(&adapter, &raw).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Permanent, Phase::Mail));
    assert_eq!((server.taken().len(), server.connections()), (1, 1));
}

#[tokio::test]
async fn eight_bit_text_needs_a_server_that_takes_it() {
    let eight = mail_with(&["ada@example.test"], "Subject: x\r\n\r\nfür\r\n".as_bytes());
    let server = plain().await;
    let adapter = smtp(&server, "");
    send(&adapter, &eight).await.unwrap();
    assert!(server.commands()[1].ends_with(" BODY=8BITMIME"), "{:?}", server.commands());
    server.keywords(&["PIPELINING"]);
    adapter.close().await;
    let error = send(&adapter, &eight).await.unwrap_err();
    assert_eq!(error.summary(), Verdict::Refused);
}

/// Nothing in a body ends it (RUSTSEC-2021-0069).
#[tokio::test]
async fn l7_a_body_cannot_smuggle_a_second_mail() {
    let server = plain().await;
    let adapter = smtp(&server, "");
    let body = b"Hi\n.\nMAIL FROM:<evil@x.test>\n\r.\rQUIT\r\n.\n";
    send(&adapter, &mail_with(&["ada@example.test"], body)).await.unwrap();
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    let got = String::from_utf8(taken[0].bytes.clone()).unwrap();
    assert_eq!(got, "Hi\r\n.\r\nMAIL FROM:<evil@x.test>\r\n\r\n.\r\nQUIT\r\n.\r\n");
    assert_eq!(server.violations(), [""; 0]);
}

// ---- connections ----

/// `connections` is how many are open, not how many are parked.
#[tokio::test]
async fn l5_no_more_connections_are_open_than_allowed() {
    let server = plain().await;
    let adapter = smtp(&server, "connections=3&messages=4");
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let adapter = adapter.clone();
            tokio::spawn(async move { send(&adapter, &one()).await.unwrap().summary() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Verdict::Sent);
    }
    assert_eq!(server.taken().len(), 50);
    assert!(server.peak() <= 3, "{} were open at once", server.peak());
    assert_eq!(adapter.max_offers(), 3);
}

#[tokio::test]
async fn one_connection_carries_mail_after_mail_without_noop_or_rset() {
    let server = plain().await;
    let adapter = smtp(&server, "");
    for _ in 0..20 {
        send(&adapter, &one()).await.unwrap();
    }
    let commands = server.commands();
    assert_eq!((server.connections(), commands.len()), (1, 1 + 20 * 3));
    assert!(!commands.iter().any(|line| line == "NOOP" || line == "RSET"));
}

#[tokio::test]
async fn a_connection_ends_politely_after_so_many_messages() {
    let server = plain().await;
    let adapter = smtp(&server, "messages=2&connections=1");
    for _ in 0..5 {
        send(&adapter, &one()).await.unwrap();
    }
    server.until(|server| server.open() == 1).await;
    assert_eq!((server.connections(), server.peak()), (3, 1));
    assert_eq!(server.commands().iter().filter(|line| *line == "QUIT").count(), 2);
}

#[tokio::test]
async fn a_connection_is_asked_by_noop_only_after_idling() {
    let server = plain().await;
    let adapter = smtp(&server, "idle=8s");
    send(&adapter, &one()).await.unwrap();
    pass(Duration::from_secs(3)).await;
    send(&adapter, &one()).await.unwrap();
    assert!(!server.commands().contains(&"NOOP".to_owned()));
    pass(Duration::from_secs(5)).await;
    send(&adapter, &one()).await.unwrap();
    assert!(server.commands().contains(&"NOOP".to_owned()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed_with_quit() {
    let server = plain().await;
    let adapter = smtp(&server, "idle=8s");
    send(&adapter, &one()).await.unwrap();
    pass(Duration::from_secs(9)).await;
    server.until(|server| server.open() == 0).await;
    assert_eq!(server.commands().last().unwrap(), "QUIT");
    assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
}

#[tokio::test]
async fn an_old_connection_takes_no_further_mail() {
    let server = plain().await;
    let adapter = smtp(&server, "idle=1h&age=60s");
    send(&adapter, &one()).await.unwrap();
    pass(Duration::from_secs(61)).await;
    send(&adapter, &one()).await.unwrap();
    assert_eq!(server.connections(), 2);
}

/// Bugs 30 to 32: the server's goodbye while idle is nobody's failure.
#[tokio::test]
async fn t76_a_connection_that_the_server_closed_while_idle_is_replaced_in_silence() {
    let rules = [
        Rule::on(Verb::Dot).times(1).taking().reply_and_close("250 2.0.0 taken"),
        Rule::on(Verb::Dot).times(1).raw(b"250 taken\r\n421 4.4.2 idle too long\r\n"),
        Rule::on(Verb::Mail).after(1).times(1).reply_and_close("421 4.4.2 idle too long"),
        Rule::on(Verb::Mail).after(1).times(1).close(),
        Rule::on(Verb::Mail).after(1).times(1).reset(),
        Rule::on(Verb::Data).after(1).times(1).close(),
    ];
    for rule in rules {
        for keys in ["", "pipelining=off"] {
            let server = plain().await;
            server.rule(rule.clone());
            let adapter = smtp(&server, keys);
            for _ in 0..2 {
                let result = send(&adapter, &one()).await;
                assert_eq!(end(&result).0, Verdict::Sent, "{rule:?}: {result:?}");
            }
            assert_eq!((server.taken().len(), server.connections()), (2, 2), "{rule:?}");
        }
    }
}

#[tokio::test]
async fn there_is_one_silent_attempt_and_no_second() {
    let server = plain().await;
    server.rule(Rule::on(Verb::Mail).after(1).close());
    let adapter = smtp(&server, "");
    send(&adapter, &one()).await.unwrap();
    let error = send(&adapter, &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Mail));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn nothing_is_repeated_once_the_body_began() {
    let server = plain().await;
    server.rule(Rule::on(Verb::Dot).after(1).times(1).taking().close());
    let adapter = smtp(&server, "");
    send(&adapter, &one()).await.unwrap();
    let receipt = send(&adapter, &one()).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Unknown);
    let error = receipt.error.unwrap();
    assert_eq!((error.class, error.phase), (Class::Unknown, Phase::Dot));
    assert_eq!(
        error.to_string(),
        format!(
            "dot: {} closed the connection; whether the mail was taken is unknown",
            server.address()
        )
    );
    assert_eq!((server.taken().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn an_unread_octet_ends_a_connection() {
    let server = plain().await;
    server.rule(Rule::on(Verb::Dot).times(1).raw(b"250 taken\r\n250 what\r\n"));
    let adapter = smtp(&server, "");
    for _ in 0..2 {
        assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
    }
    assert_eq!(server.connections(), 2);
}

/// A1: lettre's transport panics in both.
#[test]
fn an_adapter_is_built_before_and_dropped_after_its_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let server = first.block_on(plain());
    let other = second.block_on(plain());
    let adapter = smtp(&server, "timeout=5s");
    first.block_on(async { send(&adapter, &one()).await.unwrap() });
    // The first runtime is not driven any more; its parked connection must not be used.
    adapter.replace(SmtpSettings::from_url(&other.url()).unwrap());
    second.block_on(async { send(&adapter, &one()).await.unwrap() });
    first.block_on(async { drop(server) });
    second.block_on(async { drop(other) });
    drop((first, second));
    drop(adapter);
}

#[test]
fn a_connection_of_another_runtime_is_not_used() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = servers.block_on(plain());
    let adapter = smtp(&server, "timeout=5s");
    let kept = runtime();
    kept.block_on(async { send(&adapter, &one()).await.unwrap() });
    runtime().block_on(async { send(&adapter, &one()).await.unwrap() });
    runtime().block_on(async { send(&adapter, &one()).await.unwrap() });
    assert_eq!(server.taken().len(), 3);
    servers.block_on(async { drop(server) });
}

/// A new password counts from the next mail on.
#[tokio::test]
async fn b9_settings_change_while_the_adapter_is_in_use() {
    let server = plain().await;
    server.login("shop", "new");
    let url = |password: &str, keys: &str| {
        let login = format!("shop:{password}");
        SmtpSettings::from_url(&server.url_with(&login, &format!("insecure_auth=true{keys}")))
            .unwrap()
    };
    let adapter = SmtpAdapter::new(url("old", ""));
    let error = send(&adapter, &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Auth));
    adapter.replace(url("new", "&connections=1"));
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let adapter = adapter.clone();
            tokio::spawn(async move { send(&adapter, &one()).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((server.taken().len(), server.peak()), (6, 1));
    adapter.replace(url("new", "&connections=2"));
    let message = one();
    let first = adapter.offer(&message, &everybody(&message), Depth::Envelope).await.unwrap();
    let second = adapter.offer(&message, &everybody(&message), Depth::Envelope).await.unwrap();
    adapter.replace(url("new", "&connections=1"));
    first.accept().await;
    second.withdraw().await;
    assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
}

#[tokio::test]
async fn a_rate_spaces_mails_evenly() {
    let server = plain().await;
    let adapter = smtp(&server, "rate=50/s");
    let begun = std::time::Instant::now();
    for _ in 0..4 {
        send(&adapter, &one()).await.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(60), "{:?}", begun.elapsed());
}

// ---- offers ----

#[tokio::test]
async fn an_offer_of_the_envelope_is_withdrawn_by_rset_and_the_connection_lives() {
    let server = plain().await;
    let adapter = smtp(&server, "");
    let message = one();
    let to = everybody(&message);
    adapter.offer(&message, &to, Depth::Envelope).await.unwrap().withdraw().await;
    adapter.offer(&message, &to, Depth::Envelope).await.unwrap().accept().await;
    assert_eq!((server.taken().len(), server.connections()), (1, 1));
    assert!(server.commands().contains(&"RSET".to_owned()));

    adapter.offer(&message, &to, Depth::Data).await.unwrap().withdraw().await;
    server.until(|server| server.open() == 0).await;
    assert_eq!(server.taken().len(), 1, "after DATA only the end of the connection takes it back");
}

/// One connection each, in the order of the calls.
#[tokio::test]
async fn offers_are_held_side_by_side_and_accepted_in_order() {
    let server = plain().await;
    let adapter = smtp(&server, "connections=3");
    let mails: Vec<Message> = ["a@x.test", "b@x.test", "c@x.test"].map(|to| mail(&[to])).into();
    let mut offers: Vec<Box<dyn Offer>> = Vec::new();
    for mail in &mails {
        offers.push(adapter.offer(mail, &everybody(mail), Depth::Envelope).await.unwrap());
    }
    assert!(server.taken().is_empty());
    for offer in offers {
        assert_eq!(offer.accept().await.summary(), Verdict::Sent);
    }
    let order: Vec<String> = server.taken().iter().map(|t| t.recipients[0].clone()).collect();
    assert_eq!(order, ["a@x.test", "b@x.test", "c@x.test"]);
}

#[tokio::test]
async fn an_offer_of_the_envelope_may_be_refused_or_lost_at_data() {
    for (rule, verdict) in [
        (Rule::on(Verb::Data).times(1).reply("451 4.3.0 later"), Verdict::Deferred),
        (Rule::on(Verb::Data).times(1).reply("554 5.7.1 no"), Verdict::Refused),
        (Rule::on(Verb::Data).times(1).close(), Verdict::Deferred),
        (Rule::on(Verb::Data).times(1).reply("250 what"), Verdict::Deferred),
    ] {
        let server = plain().await;
        server.rule(rule.clone());
        let adapter = smtp(&server, "");
        let message = one();
        let offer = adapter.offer(&message, &everybody(&message), Depth::Envelope).await.unwrap();
        let receipt = offer.accept().await;
        assert_eq!(receipt.summary(), verdict, "{rule:?}");
        assert_eq!(receipt.recipients[0].phase, Phase::Data, "{rule:?}");
        assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
        assert_eq!(server.taken().len(), 1);
    }
}

/// Sends mails by accepting each together with the offer of the next.
async fn chained(adapter: &dyn Adapter, mails: &[Message]) -> Vec<Result<Verdict, Verdict>> {
    let mut verdicts = Vec::new();
    let mut open: Option<Box<dyn Offer>> = None;
    for mail in mails {
        let to = everybody(mail);
        let offered = match open.take() {
            None => adapter.offer(mail, &to, Depth::Data).await,
            Some(offer) => {
                let (receipt, offered) = offer.accept_and_offer(adapter, mail, &to).await;
                verdicts.push(Ok(receipt.summary()));
                offered
            }
        };
        match offered {
            Ok(offer) => open = Some(offer),
            Err(error) => verdicts.push(Err(error.summary())),
        }
    }
    if let Some(offer) = open {
        verdicts.push(Ok(offer.accept().await.summary()));
    }
    verdicts
}

#[tokio::test]
async fn the_next_mail_is_offered_behind_the_body_on_the_same_connection() {
    let server = plain().await;
    let adapter = smtp(&server, "");
    let mails: Vec<Message> = (0..5).map(|n| mail(&[&format!("r{n}@x.test")])).collect();
    assert_eq!(chained(&adapter, &mails).await, [Ok(Verdict::Sent); 5]);
    let order: Vec<String> = server.taken().iter().map(|t| t.recipients[0].clone()).collect();
    assert_eq!(order, ["r0@x.test", "r1@x.test", "r2@x.test", "r3@x.test", "r4@x.test"]);
    assert_eq!((server.connections(), server.commands().len()), (1, 1 + 5 * 3));
    assert_eq!(server.violations(), [""; 0]);
}

#[tokio::test]
async fn what_happens_to_one_of_two_joined_mails_is_not_the_others_fate() {
    use Verdict::{Deferred, Refused, Sent, Unknown};
    let bob = || Rule::on(Verb::Rcpt).address("r1@x.test");
    type Row = (Rule, [Result<Verdict, Verdict>; 3], usize);
    let rows: [Row; 9] = [
        (Rule::on(Verb::Dot).times(1).reply("554 5.0.0 no"), [Ok(Refused), Ok(Sent), Ok(Sent)], 1),
        (
            Rule::on(Verb::Dot).times(1).reply_and_close("421 bye"),
            [Ok(Deferred), Ok(Sent), Ok(Sent)],
            2,
        ),
        (Rule::on(Verb::Dot).times(1).close(), [Ok(Unknown), Ok(Sent), Ok(Sent)], 2),
        (Rule::on(Verb::Dot).times(1).raw(b"what\r\n"), [Ok(Unknown), Ok(Sent), Ok(Sent)], 2),
        (bob().reply("550 5.1.1 no"), [Ok(Sent), Ok(Refused), Ok(Sent)], 1),
        (
            Rule::on(Verb::Mail).after(1).times(1).reply("550 5.7.1 no"),
            [Ok(Sent), Err(Refused), Ok(Sent)],
            1,
        ),
        (
            Rule::on(Verb::Mail).after(1).times(1).reply_and_close("421 enough"),
            [Ok(Sent), Ok(Sent), Ok(Sent)],
            2,
        ),
        (Rule::on(Verb::Mail).after(1).times(1).close(), [Ok(Sent), Ok(Sent), Ok(Sent)], 2),
        (
            Rule::on(Verb::Data).after(1).times(1).reply("451 4.3.0 later"),
            [Ok(Sent), Ok(Deferred), Ok(Sent)],
            1,
        ),
    ];
    for (rule, verdicts, connections) in rows {
        let server = plain().await;
        server.rule(rule.clone());
        let adapter = smtp(&server, "");
        let mails: Vec<Message> = (0..3).map(|n| mail(&[&format!("r{n}@x.test")])).collect();
        assert_eq!(chained(&adapter, &mails).await, verdicts, "{rule:?}");
        assert_eq!(server.connections(), connections, "{rule:?}");
        let sent = verdicts.iter().filter(|verdict| **verdict == Ok(Sent)).count();
        assert_eq!(server.taken().len(), sent, "{rule:?}");
    }
}

// ---- TLS and login ----

#[tokio::test]
async fn each_mechanism_logs_in() {
    for mechanism in ["", "&auth=plain", "&auth=login", "&auth=xoauth2"] {
        let server = plain().await;
        server.login("shop@x.test", "pä#ss");
        let keys = format!("insecure_auth=true{mechanism}");
        let adapter = open(&server.url_with("shop%40x.test:p%C3%A4%23ss", &keys)).unwrap();
        assert_eq!(end(&send(&*adapter, &one()).await).0, Verdict::Sent, "{mechanism}");

        let adapter = open(&server.url_with("shop%40x.test:wrong", &keys)).unwrap();
        let error = send(&*adapter, &one()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("auth: {} answered 535 5.7.8 wrong login", server.address()),
            "{mechanism}"
        );
        assert!(error.blames_route() && error.help.is_some());
        assert_eq!(error.summary(), Verdict::Deferred);
    }
}

#[tokio::test]
async fn a_token_is_asked_for_at_each_connection_and_goes_through_tls_only() {
    let server = FaultServer::start_with_tls().await.unwrap();
    server.login("shop", "token-2");
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let token = move || {
        *count.lock().unwrap() += 1;
        let token = format!("token-{}", count.lock().unwrap());
        async move { Ok(token) }
    };
    let settings = SmtpSettings::from_url(&server.url()).unwrap().with_token("shop", token);
    let adapter = SmtpAdapter::new(settings);
    assert_eq!(end(&send(&adapter, &one()).await), (Verdict::Deferred, Phase::Auth));
    assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
    assert_eq!(end(&send(&adapter, &one()).await).0, Verdict::Sent);
    assert_eq!(*asked.lock().unwrap(), 2);

    let clear = plain().await;
    clear.login("shop", "token");
    let settings = SmtpSettings::from_url(&clear.url()).unwrap();
    let adapter = SmtpAdapter::new(settings.with_token("shop", async || Ok("token".to_owned())));
    assert_eq!(end(&send(&adapter, &one()).await), (Verdict::Deferred, Phase::Auth));
    assert!(!clear.commands().iter().any(|line| line.starts_with("AUTH")));
}

/// A login that is not offered, or not for us.
#[tokio::test]
async fn t78_a_login_that_the_server_does_not_offer_is_said_so() {
    let server = plain().await;
    let adapter = open(&server.url_with("shop:secret", "insecure_auth=true")).unwrap();
    let error = send(&*adapter, &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Auth));
    assert!(!server.commands().iter().any(|line| line.starts_with("AUTH")));

    let server = plain().await;
    server.login("shop", "secret");
    let error = send(&smtp(&server, ""), &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Auth));
    assert_eq!(error.reply.unwrap().code, 530);
}

#[tokio::test]
async fn tls_is_there_before_anything_private_is_said() {
    for server in [
        FaultServer::start_with_starttls().await.unwrap(),
        FaultServer::start_with_tls().await.unwrap(),
    ] {
        server.login("shop", "secret");
        let adapter = open(&server.url_with("shop:secret", "")).unwrap();
        for _ in 0..2 {
            assert_eq!(end(&send(&*adapter, &one()).await).0, Verdict::Sent);
        }
        assert_eq!((server.connections(), server.violations()), (1, Vec::new()));
    }
}

/// Bug 35: stripping STARTTLS stops the mail.
#[tokio::test]
async fn t78_starttls_that_is_missing_or_refused_stops_everything() {
    let server = plain().await;
    let url = server.url_with("shop:secret", "").replace("smtp://", "smtp+starttls://");
    let error = send(&*open(&url).unwrap(), &one()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("tls: {} does not offer STARTTLS", server.address()));
    assert_eq!(server.commands().len(), 1, "nothing but EHLO was said in clear");

    let server = FaultServer::start_with_starttls().await.unwrap();
    server.rule(Rule::on(Verb::Starttls).reply("454 4.7.0 no TLS today"));
    let error = send(&*open(&server.url()).unwrap(), &one()).await.unwrap_err();
    assert_eq!((error.class, error.phase), (Class::Transient, Phase::Tls));
}

/// A4, bug 35, CVE-2011-0411: what came before TLS is not believed after it.
#[tokio::test]
async fn what_was_sent_before_tls_is_discarded() {
    let server = FaultServer::start_with_starttls().await.unwrap();
    let injected = b"220 go on\r\n250-evil.test\r\n250 SIZE 1\r\n";
    server.rule(Rule::on(Verb::Starttls).raw(injected));
    let adapter = open(&server.url()).unwrap();
    assert_eq!(end(&send(&*adapter, &one()).await).0, Verdict::Sent);
    let ehlos = server.commands().iter().filter(|line| line.starts_with("EHLO")).count();
    assert_eq!(ehlos, 2, "keywords are asked for again inside TLS");
}

#[tokio::test]
async fn opportunistic_tls_takes_what_it_gets() {
    for server in [plain().await, FaultServer::start_with_starttls().await.unwrap()] {
        let url = server.url_with("", "tls=opportunistic").replace("smtp+starttls://", "smtp://");
        assert_eq!(end(&send(&*open(&url).unwrap(), &one()).await).0, Verdict::Sent);
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    for server in [
        FaultServer::start_with_starttls().await.unwrap(),
        FaultServer::start_with_tls().await.unwrap(),
    ] {
        let url = server.url();
        let without_root = url.split('?').next().unwrap();
        let error = send(&*open(without_root).unwrap(), &one()).await.unwrap_err();
        assert_eq!((error.class, error.phase), (Class::Transient, Phase::Tls));
        assert!(error.help.unwrap().contains("tls_ca="), "{error:?}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("certificate"), "{cause}");
    }
}

#[tokio::test]
async fn a_certificate_of_our_own_is_shown_where_the_server_wants_one() {
    let server = FaultServer::start_with_tls().await.unwrap();
    let file = server.want_certificate().unwrap();
    let error = send(&*open(&server.url()).unwrap(), &one()).await.unwrap_err();
    assert_eq!(error.summary(), Verdict::Deferred);
    let keys = format!("tls_cert={file}&tls_key={file}");
    let adapter = open(&server.url_with("", &keys)).unwrap();
    assert_eq!(end(&send(&*adapter, &one()).await).0, Verdict::Sent);
}

#[tokio::test]
async fn the_wrong_scheme_for_a_port_says_which_is_right() {
    let server = FaultServer::start_with_tls().await.unwrap();
    let clear = format!("smtp://{}?timeout=100ms", server.address());
    let error = send(&*open(&clear).unwrap(), &one()).await.unwrap_err();
    assert_eq!(error.phase, Phase::Greeting);
    assert!(error.help.unwrap().contains("smtps://"));

    let server = plain().await;
    let tls = format!("smtps://{}", server.address());
    let error = send(&*open(&tls).unwrap(), &one()).await.unwrap_err();
    assert_eq!(error.phase, Phase::Tls);
    assert!(error.help.unwrap().contains("smtp+starttls://"));
}

#[test]
fn certificate_files_that_are_wrong_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.pem");
    std::fs::write(&file, "nothing").unwrap();
    for key in ["tls_ca", "tls_cert"] {
        let other =
            if key == "tls_cert" { format!("&tls_key={}", file.display()) } else { String::new() };
        for path in [file.clone(), folder.path().join("missing.pem")] {
            let error =
                open(&format!("smtps://r.test?{key}={}{other}", path.display())).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{key}`: the file cannot be read as PEM: {}", path.display())
            );
        }
    }
    let error = open("smtps://r.test?tls_cert=x.pem").unwrap_err().to_string();
    assert_eq!(error, "`tls_cert` needs its other half: tls_cert and tls_key go together");
    let error = open("smtp://r.test?tls_ca=x.pem").unwrap_err();
    assert!(error.to_string().contains("tls_ca"), "{error}");
}

// ---- errors, trace, probe ----

/// No server, a server that knows no EHLO, and one that accepts and is silent.
#[tokio::test]
async fn t77_t81_b10_a_server_that_is_down_old_or_silent_is_said_so() {
    let error = send(&*open("smtp://127.0.0.1:1").unwrap(), &one()).await.unwrap_err();
    assert_eq!(error.to_string(), "connect: 127.0.0.1:1 cannot be reached");
    assert!(error.blames_route());

    let error = send(&*open("smtp://no-such-host.invalid").unwrap(), &one()).await.unwrap_err();
    assert_eq!((error.phase, error.class), (Phase::Dns, Class::Transient));

    let server = plain().await;
    server.rule(Rule::on(Verb::Ehlo).times(1).reply("502 5.5.2 what is EHLO"));
    assert_eq!(end(&send(&smtp(&server, ""), &one()).await).0, Verdict::Sent);
    assert!(server.commands()[1].starts_with("HELO [127.0.0.1]"), "{:?}", server.commands());

    let server = plain().await;
    server.rule(Rule::on(Verb::Connect).silence());
    let error = send(&smtp(&server, "timeout=80ms"), &one()).await.unwrap_err();
    let said = format!("greeting: {} did not answer within 80 ms", server.address());
    assert_eq!(error.to_string(), said);
}

/// A wrong password says nothing about any mail.
#[tokio::test]
async fn b1_a_wrong_login_is_the_routes_fault_at_every_code() {
    for reply in
        ["535 5.7.8 no", "454 4.7.0 later", "530 5.7.0 what", "421 4.7.0 too often", "500 what"]
    {
        let server = plain().await;
        server.login("shop", "secret");
        server.rule(Rule::on(Verb::Auth).reply(reply));
        let adapter = open(&server.url_with("shop:secret", "insecure_auth=true")).unwrap();
        let error = send(&*adapter, &one()).await.unwrap_err();
        assert_eq!((error.class, error.phase), (Class::Transient, Phase::Auth), "{reply}");
        assert!(error.blames_route(), "{reply}");
    }
}

fn traced(
    server: &FaultServer,
    login: &str,
    keys: &str,
) -> (Arc<Mutex<Vec<String>>>, Arc<dyn Adapter>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let trace = Trace::new(move |line: &str| seen.lock().unwrap().push(line.to_owned()));
    let adapter = open_traced(&server.url_with(login, keys), trace).unwrap();
    (lines, adapter)
}

#[tokio::test]
async fn a_trace_shows_the_dialogue_without_login_and_body() {
    let server = FaultServer::start_with_starttls().await.unwrap();
    server.login("shop", "secret");
    server.keywords(&["PIPELINING"]);
    server.rule(
        Rule::on(Verb::Rcpt).address("bob@x.test").reply("550-5.1.1 no\n550 5.1.1 such user"),
    );
    let (lines, adapter) = traced(&server, "shop:secret", "helo=shop.test");
    send(&*adapter, &mail(&["ada@x.test", "bob@x.test"])).await.unwrap();
    adapter.close().await;
    let shown = lines.lock().unwrap().join("\n").replace(&server.address().to_string(), "SERVER");
    assert_eq!(
        shown,
        "=== connecting to SERVER (127.0.0.1)\n\
         <- 220 fault.test ESMTP\n\
         -> EHLO shop.test\n\
         <- 250 fault.test PIPELINING STARTTLS\n\
         -> STARTTLS\n\
         <- 220 go on\n\
         === TLS 1.3, its certificate is good\n\
         ~> EHLO shop.test\n\
         <~ 250 fault.test PIPELINING AUTH PLAIN LOGIN XOAUTH2\n\
         ~> AUTH PLAIN (left out)\n\
         <~ 235 2.7.0 welcome\n\
         ~> MAIL FROM:<shop@example.test>\n\
         ~> RCPT TO:<ada@x.test>\n\
         ~> RCPT TO:<bob@x.test>\n\
         ~> DATA\n\
         <~ 250 2.1.0 ok\n\
         <~ 250 2.1.5 ok\n\
         <~ 550 5.1.1 no such user\n\
         <~ 354 go on\n\
         ~> (the message, 22 octets)\n\
         <~ 250 2.0.0 taken\n\
         ~> QUIT\n\
         <~ 221 2.0.0 bye"
    );
}

#[tokio::test]
async fn a_trace_shows_what_went_wrong() {
    let server = plain().await;
    server.login("shop", "secret");
    server.rule(Rule::on(Verb::Dot).close());
    let (lines, adapter) = traced(&server, "shop:secret", "auth=login&insecure_auth=true");
    send(&*adapter, &one()).await.unwrap();
    let lines = lines.lock().unwrap();
    assert!(lines.last().unwrap().starts_with("*** dot: 127.0.0.1:"), "{lines:#?}");
    let shown = lines.join("\n");
    assert!(
        shown.contains("-> AUTH LOGIN (left out)\n") && shown.contains("-> (left out)\n"),
        "{shown}"
    );
    assert!(!shown.contains("c2VjcmV0") && !shown.contains("Hello"), "{shown}");
}

#[tokio::test]
async fn a_probe_tells_each_step_and_says_goodbye() {
    let server = FaultServer::start_with_tls().await.unwrap();
    server.login("shop", "secret");
    server.keywords(&["PIPELINING", "SIZE 1000"]);
    let adapter = open(&server.url_with("shop:secret", "")).unwrap();
    let probe = adapter.probe().await;
    assert!(probe.error.is_none(), "{probe:?}");
    let shown: Vec<String> =
        probe.steps.iter().map(|s| format!("{}: {}", s.phase, s.seen)).collect();
    assert_eq!(
        shown,
        [
            &format!("connect: connected to {}", server.address()),
            "tls: TLS 1.3, its certificate is good",
            "greeting: it answers 220 fault.test ESMTP",
            "ehlo: it offers PIPELINING, SIZE 1000, AUTH PLAIN LOGIN XOAUTH2",
            "auth: logged in with PLAIN",
            "mail: it takes messages of up to 1000 octets",
        ]
    );
    assert_eq!(server.commands().last().unwrap(), "QUIT");

    server.rule(Rule::on(Verb::Auth).reply("535 5.7.8 no"));
    let probe = adapter.probe().await;
    assert_eq!(probe.steps.len(), 4);
    assert_eq!(probe.error.unwrap().phase, Phase::Auth);
}

// ---- random scripts ----

mod random {
    use proptest::prelude::{
        ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, proptest,
    };

    use super::{FaultServer, Message, Rule, Verb, Verdict, chained, mail_with, send, smtp};

    const VERBS: [Verb; 5] = [Verb::Mail, Verb::Rcpt, Verb::Data, Verb::Dot, Verb::Rset];

    fn rule() -> impl Strategy<Value = Rule> {
        let verb = prop::sample::select(VERBS.to_vec());
        (verb, 0..4_u32, 0..11_usize).prop_map(|(verb, skip, fault)| {
            let rule = Rule::on(verb).after(skip).times(1);
            match fault {
                0 => rule.reply("451 4.3.0 later"),
                1 => rule.reply("554 5.0.0 no"),
                2 => rule.reply_and_close("421 4.3.2 bye"),
                3 => rule.close(),
                4 => rule.reset(),
                5 => rule.raw(b"what?\r\n"),
                6 => rule.reply("452 4.5.3 too many"),
                7 => rule.reply("354 go on"),
                8 => rule.reply("250-two\n250 lines"),
                9 => rule.raw(b"250 ok\r\n250 twice\r\n"),
                _ => rule.reply("503 5.5.1 what"),
            }
        })
    }

    fn body() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(
            prop::sample::select(vec!["a", ".", "\r\n", "\r\n.\r\n", "QUIT", "\r\n..", " "]),
            0..30,
        )
        .prop_map(|parts| format!("\r\n{}\r\n", parts.concat()).into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]
        #[test]
        fn what_is_reported_is_what_the_server_took(
            rules in prop::collection::vec(rule(), 0..5),
            bodies in prop::collection::vec(body(), 1..6),
            joined in prop::bool::ANY,
            pipelining in prop::sample::select(vec!["on", "mail", "off"]),
        ) {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = FaultServer::start().await.unwrap();
                for rule in rules {
                    server.rule(rule);
                }
                let adapter = smtp(&server, &format!("timeout=5s&pipelining={pipelining}"));
                let mails: Vec<Message> =
                    bodies.iter().map(|body| mail_with(&["ada@x.test"], body)).collect();
                let verdicts = if joined {
                    let all = chained(&adapter, &mails).await;
                    all.into_iter().map(|verdict| verdict.unwrap_or_else(|error| error)).collect()
                } else {
                    let mut all = Vec::new();
                    for mail in &mails {
                        let sent = send(&adapter, mail).await;
                        all.push(sent.map_or_else(|e| e.summary(), |receipt| receipt.summary()));
                    }
                    all
                };
                prop_assert_eq!(verdicts.len(), mails.len());
                let sent: Vec<&[u8]> = mails
                    .iter()
                    .zip(&verdicts)
                    .filter(|(_, verdict)| **verdict == Verdict::Sent)
                    .map(|(mail, _)| mail.as_bytes())
                    .collect();
                let taken = server.taken();
                let mut left: Vec<&[u8]> = taken.iter().map(|taken| &taken.bytes[..]).collect();
                for body in &sent {
                    let found = left.iter().position(|taken| taken == body);
                    prop_assert!(found.is_some(), "sent and not taken: {verdicts:?}");
                    left.remove(found.unwrap());
                }
                let unknown = verdicts.iter().filter(|v| **v == Verdict::Unknown).count();
                prop_assert!(left.len() <= unknown, "taken and not sent: {verdicts:?}");
                Ok(())
            })?;
        }
    }
}
