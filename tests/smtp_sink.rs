//! The SMTP adapter against Postfix's `smtp-sink` with its fault flags: what we report is what the
//! flags force, and what it took is what we report.

#![cfg(all(unix, feature = "smtp"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use mailmethod::adapter::Verdict::{Deferred, Refused, Sent, Unknown};
use mailmethod::adapter::{DeliveryError, Phase, Receipt, Verdict, open, send};
use mailmethod::message::{Envelope, Field, Message, Recipient};

#[path = "support/smtp_sink.rs"]
mod smtp_sink;

use smtp_sink::Sink;

/// Flags, keys of our URL, and what becomes of each mail.
type Row = (&'static str, &'static str, Verdict, Phase);

/// What a sink does in its own way without refusing anything.
const WAYS: [Row; 16] = [
    ("", "", Sent, Phase::Dot),
    ("", "pipelining=off", Sent, Phase::Dot),
    ("", "pipelining=mail", Sent, Phase::Dot),
    ("", "local_address=127.0.0.1", Sent, Phase::Dot),
    ("-8", "", Sent, Phase::Dot),
    ("-a -C -F -N", "", Sent, Phase::Dot),
    ("-e", "", Sent, Phase::Dot),
    ("-E", "", Sent, Phase::Dot),
    ("-p", "", Sent, Phase::Dot),
    ("-P", "", Sent, Phase::Dot),
    ("-h fault.test -m 1", "connections=1", Sent, Phase::Dot),
    ("-T 1024", "", Sent, Phase::Dot),
    ("-H 1", "", Sent, Phase::Dot),
    ("-w 1", "", Sent, Phase::Dot),
    ("-p -W MAIL:1", "timeout=9s", Sent, Phase::Dot),
    ("-f EHLO -r RSET,NOOP,QUIT,VRFY", "", Sent, Phase::Dot),
];

/// What its flags refuse.
const REFUSALS: [Row; 14] = [
    ("-f CONNECT", "", Deferred, Phase::Greeting),
    ("-r CONNECT", "", Deferred, Phase::Greeting),
    ("-f EHLO,HELO", "", Deferred, Phase::Ehlo),
    ("-r EHLO", "", Deferred, Phase::Ehlo),
    ("-L", "", Deferred, Phase::Ehlo),
    ("-f MAIL", "", Refused, Phase::Mail),
    ("-r MAIL", "", Deferred, Phase::Mail),
    ("-f RCPT", "", Refused, Phase::Rcpt),
    ("-r RCPT", "", Deferred, Phase::Rcpt),
    ("-f DATA", "", Refused, Phase::Data),
    ("-r DATA", "", Deferred, Phase::Data),
    ("-f .", "", Refused, Phase::Dot),
    ("-r .", "", Deferred, Phase::Dot),
    ("-A 0", "", Refused, Phase::Dot),
];

/// Where it hangs up, with 421 or without a word, or answers later than we wait. A sink that waits
/// before one reply does not wait with the others, so that these offer no pipelining (`-p`).
const LOSSES: [Row; 19] = [
    ("-q CONNECT", "", Deferred, Phase::Greeting),
    ("-Q CONNECT", "", Deferred, Phase::Greeting),
    ("-q EHLO", "", Deferred, Phase::Ehlo),
    ("-Q EHLO", "", Deferred, Phase::Ehlo),
    ("-q MAIL", "", Deferred, Phase::Mail),
    ("-Q MAIL", "", Deferred, Phase::Mail),
    ("-q RCPT", "", Deferred, Phase::Rcpt),
    ("-Q RCPT", "", Deferred, Phase::Rcpt),
    ("-q DATA", "", Deferred, Phase::Data),
    ("-Q DATA", "", Deferred, Phase::Data),
    ("-q .", "", Unknown, Phase::Dot),
    ("-Q .", "", Deferred, Phase::Dot),
    ("-p -W CONNECT:3", "timeout=900ms", Deferred, Phase::Greeting),
    ("-p -W EHLO:3", "timeout=900ms", Deferred, Phase::Ehlo),
    ("-p -W MAIL:3", "timeout=900ms", Deferred, Phase::Mail),
    ("-p -W RCPT:3", "timeout=900ms", Deferred, Phase::Rcpt),
    ("-p -W DATA:3", "timeout=900ms", Deferred, Phase::Data),
    ("-p -w 3", "timeout=900ms", Deferred, Phase::Data),
    ("-p -W .:3", "timeout=900ms", Unknown, Phase::Dot),
];

fn mail(subject: &str, octets: usize) -> Message {
    let to = ["ada@example.test", "bob@example.test"];
    let to = to.map(|to| Recipient { address: to.parse().unwrap(), field: Field::To });
    let envelope = Envelope::new(Some("shop@example.test".parse().unwrap()), to.into()).unwrap();
    let body =
        format!("Subject: {subject}\r\n\r\n.\r\n{}\r\n", "Hello, Ada!\r\n".repeat(octets / 13));
    Message::from_parts("<1@example.test>".to_owned(), envelope, body.into_bytes())
}

fn end(result: &Result<Receipt, DeliveryError>) -> (Verdict, Phase) {
    match result {
        Ok(receipt) => (receipt.summary(), receipt.recipients[0].phase),
        Err(error) => (error.summary(), error.phase),
    }
}

/// Two mails through one adapter: the second meets no reply of the first.
fn check(program: &Path, (flags, keys, verdict, phase): Row) {
    let sink = Sink::start(program, flags);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let adapter = open(&sink.url(keys)).unwrap();
        for subject in ["first", "second"] {
            let begun = Instant::now();
            let result = send(&*adapter, &mail(subject, 100_000)).await;
            assert_eq!(end(&result), (verdict, phase), "smtp-sink {flags}, {keys}: {result:?}");
            assert!(begun.elapsed() < Duration::from_secs(10), "smtp-sink {flags}");
        }
        adapter.close().await;
    });
    let mut taken = sink.taken();
    // A mail on its way has a file too, as long as its connection lives.
    taken.retain(|mail| mail.contains("\nSubject: "));
    if verdict == Sent {
        for mail in &taken {
            assert!(mail.contains("\nX-Rcpt-Args: <ada@example.test>\n"), "smtp-sink {flags}");
            assert!(mail.contains("\nX-Rcpt-Args: <bob@example.test>\n"), "smtp-sink {flags}");
            assert!(mail.contains("\n\n.\nHello, Ada!\n"), "a lone dot is a line as any other");
            assert!(mail.ends_with("Hello, Ada!\n\n\n"), "smtp-sink {flags}");
        }
    }
    // What it got with its dot it writes down, whatever it answers then.
    match phase {
        Phase::Dot if verdict == Sent => assert_eq!(taken.len(), 2, "smtp-sink {flags}"),
        Phase::Dot => assert!(taken.len() <= 2, "smtp-sink {flags}"),
        _ => assert_eq!(taken.len(), 0, "smtp-sink {flags}"),
    }
}

/// The rows side by side, some at a time: most of them wait.
fn check_all(rows: &[Row]) {
    let Some(program) = smtp_sink::program() else { return };
    for rows in rows.chunks(8) {
        std::thread::scope(|scope| {
            for row in rows {
                scope.spawn(|| check(&program, *row));
            }
        });
    }
}

#[test]
fn a_sink_that_takes_everything_in_its_own_way_gets_every_mail_whole() {
    check_all(&WAYS);
}

#[test]
fn what_a_sink_refuses_is_reported_as_refused_or_deferred_by_its_phase_and_not_delivered() {
    check_all(&REFUSALS);
}

#[test]
fn what_a_sink_breaks_off_or_answers_too_late_is_deferred_before_the_dot_and_unknown_after_it() {
    check_all(&LOSSES);
}

#[test]
fn what_a_sink_says_is_reported_word_by_word() {
    let Some(program) = smtp_sink::program() else { return };
    let sink = Sink::start(&program, "-f RCPT -B '550 5.1.1 no such user'");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let adapter = open(&sink.url("")).unwrap();
    let receipt = runtime.block_on(send(&*adapter, &mail("Hi", 1_000))).unwrap();
    for recipient in receipt.recipients {
        let reply = recipient.reply.unwrap();
        assert_eq!((reply.code, reply.enhanced.as_deref()), (550, Some("5.1.1")));
        assert_eq!(reply.text, "no such user");
    }
}
