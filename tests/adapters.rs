//! Every adapter passes the one conformance suite; and what is particular to each.

#![cfg(all(unix, feature = "smtp", feature = "testing"))]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailmethod::adapter::{
    Adapter, Depth, Failover, FileAdapter, Guarded, LogAdapter, MemoryAdapter, NullAdapter,
    Outcome, Phase, Policy, SendmailAdapter, Verdict, open, send,
};
use mailmethod::message::{Address, Envelope, Field, Message, Recipient};
use mailmethod::testing::{FaultServer, Rule, Subject, Verb, adapter_conforms};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A mail to `to…@example.test`; a leading `+` makes a copy, a leading `-` a blind one.
fn mail(to: &[&str]) -> Message {
    let recipients = to.iter().map(|name| {
        let field = match name.chars().next() {
            Some('+') => Field::Cc,
            Some('-') => Field::Bcc,
            _ => Field::To,
        };
        let name = name.trim_start_matches(['+', '-']);
        Recipient { address: address(&format!("{name}@example.test")), field }
    });
    let envelope = Envelope::new(Some(address("shop@example.test")), recipients.collect()).unwrap();
    let bytes = b"Subject: Hi\r\nTo: ada@example.test\r\n\r\nHello\r\n".to_vec();
    Message::from_parts("<1.a/b@example.test>".to_owned(), envelope, bytes)
}

fn memory_subject(memory: MemoryAdapter, adapter: Arc<dyn Adapter>) -> Subject {
    Subject::new(adapter).delivering(move || {
        memory.messages().iter().map(|message| message.as_bytes().to_vec()).collect()
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| !file.file_name().unwrap().to_str().unwrap().starts_with('.'));
    files.sort();
    files
}

#[tokio::test]
async fn the_memory_adapter_conforms() {
    adapter_conforms(async || {
        let memory = MemoryAdapter::new();
        memory_subject(memory.clone(), Arc::new(memory))
    })
    .await;
}

#[tokio::test]
async fn the_null_adapter_and_the_log_adapter_conform() {
    adapter_conforms(async || Subject::new(Arc::new(NullAdapter))).await;
    adapter_conforms(async || Subject::new(Arc::new(LogAdapter))).await;
}

#[tokio::test]
async fn the_file_adapter_conforms() {
    adapter_conforms(async || {
        let folder = tempfile::tempdir().unwrap();
        let adapter = FileAdapter::new(folder.path().join("out/box"));
        Subject::new(Arc::new(adapter)).delivering(move || {
            let files = files(&folder.path().join("out/box"));
            files.iter().map(|file| std::fs::read(file).unwrap()).collect()
        })
    })
    .await;
}

#[tokio::test]
async fn a_guarded_adapter_without_rules_and_a_failover_conform() {
    adapter_conforms(async || {
        let memory = MemoryAdapter::new();
        let guarded = Guarded::new(Arc::new(memory.clone()), Policy::default());
        memory_subject(memory, Arc::new(guarded))
    })
    .await;
    adapter_conforms(async || {
        let memory = MemoryAdapter::new();
        let down = open("smtp://127.0.0.1:1?timeout=2s").unwrap();
        let failover = Failover::new(down, vec![Arc::new(memory.clone())]);
        memory_subject(memory, Arc::new(failover))
    })
    .await;
}

#[tokio::test]
async fn the_smtp_adapter_conforms_in_every_way_of_sending() {
    for (keys, keywords) in [
        ("", &["PIPELINING", "SIZE 10000000"][..]),
        ("pipelining=mail", &["PIPELINING"]),
        ("pipelining=off", &["PIPELINING"]),
        ("", &[]),
        ("connections=1&messages=2", &["PIPELINING"]),
    ] {
        adapter_conforms(async || {
            let server = Arc::new(FaultServer::start().await.unwrap());
            server.keywords(keywords);
            let adapter = open(&server.url_with("", keys)).unwrap();
            Subject::new(adapter).delivering(move || {
                assert_eq!(server.violations(), [""; 0]);
                server.taken().into_iter().map(|taken| taken.bytes).collect()
            })
        })
        .await;
    }
}

#[tokio::test]
async fn the_smtp_adapter_conforms_inside_tls_behind_guard_and_failover() {
    adapter_conforms(async || {
        let server = Arc::new(FaultServer::start_with_tls().await.unwrap());
        server.login("shop", "pa#ss");
        let smtp = open(&server.url_with("shop:pa%23ss", "")).unwrap();
        let failover = Failover::new(smtp, vec![Arc::new(NullAdapter)]);
        let guarded = Guarded::new(Arc::new(failover), Policy::default());
        Subject::new(Arc::new(guarded)).delivering(move || {
            assert_eq!(server.violations(), [""; 0]);
            server.taken().into_iter().map(|taken| taken.bytes).collect()
        })
    })
    .await;
}

/// A program that writes its input into a file of its own, and its arguments beside it.
fn sendmail(folder: &Path, script: &str) -> PathBuf {
    let program = folder.join("sendmail");
    std::fs::write(&program, format!("#!/bin/sh\nD={}\n{script}\n", folder.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[tokio::test]
async fn the_sendmail_adapter_conforms() {
    adapter_conforms(async || {
        let folder = tempfile::tempdir().unwrap();
        let program = sendmail(folder.path(), "F=$(mktemp $D/XXXXXX.eml); cat > $F");
        Subject::new(Arc::new(SendmailAdapter::new(program))).delivering(move || {
            let mut mails = files(folder.path());
            mails.retain(|file| file.extension().is_some_and(|end| end == "eml"));
            let read = |file: &PathBuf| std::fs::read_to_string(file).unwrap();
            mails.iter().map(|file| read(file).replace('\n', "\r\n").into_bytes()).collect()
        })
    })
    .await;
}

#[tokio::test]
async fn sendmail_is_told_sender_and_recipients_and_speaks_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let program =
        sendmail(folder.path(), "echo \"$@\" > $D/args; cat > /dev/null; exit $(cat $D/code)");
    let adapter = SendmailAdapter::new(program);
    for (code, verdict) in [
        (0, Verdict::Sent),
        (67, Verdict::Refused),
        (65, Verdict::Refused),
        (75, Verdict::Deferred),
        (78, Verdict::Deferred),
    ] {
        std::fs::write(folder.path().join("code"), code.to_string()).unwrap();
        let receipt = send(&adapter, &mail(&["ada", "-eve"])).await.unwrap();
        assert_eq!(receipt.summary(), verdict, "{code}");
    }
    let args = std::fs::read_to_string(folder.path().join("args")).unwrap();
    assert_eq!(args, "-i -f shop@example.test -- ada@example.test eve@example.test\n");
}

#[tokio::test]
async fn a_sendmail_that_is_missing_or_hangs_is_a_transient_or_unknown_failure() {
    let missing = SendmailAdapter::new("/nonexistent/sendmail");
    let error = send(&missing, &mail(&["ada"])).await.unwrap_err();
    assert_eq!(error.to_string(), "connect: /nonexistent/sendmail cannot be started");
    assert!(error.blames_route());

    let folder = tempfile::tempdir().unwrap();
    let hangs = sendmail(folder.path(), "cat > /dev/null; exec sleep 600");
    let hangs = SendmailAdapter::new(hangs).with_timeout(std::time::Duration::from_secs(1));
    let receipt = send(&hangs, &mail(&["ada"])).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Unknown);
}

#[tokio::test]
async fn a_file_is_named_by_its_message_id_and_replaces_none() {
    let folder = tempfile::tempdir().unwrap();
    let adapter = FileAdapter::new(folder.path());
    for _ in 0..2 {
        send(&adapter, &mail(&["ada", "-eve"])).await.unwrap();
    }
    let names: Vec<_> =
        files(folder.path()).iter().map(|f| f.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["1.a_b_at_example.test-2.eml", "1.a_b_at_example.test.eml"]);
    let all = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(all, 2, "no temporary file stays behind");
    for file in files(folder.path()) {
        assert!(!std::fs::read_to_string(file).unwrap().contains("eve"));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_a_transient_failure_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let adapter = FileAdapter::new(&file);
    let error = send(&adapter, &mail(&["ada"])).await.unwrap_err();
    assert_eq!(error.to_string(), format!("data: {} cannot be written", file.display()));
    assert_eq!(error.summary(), Verdict::Deferred);
    assert!(adapter.probe().await.error.is_some());
}

#[tokio::test]
async fn the_memory_shows_what_is_staged_and_follows_its_script() {
    let memory = MemoryAdapter::new();
    let message = mail(&["ada", "bob"]);
    let to: Vec<Address> = message.envelope().addresses().cloned().collect();
    let offer = memory.offer(&message, &to, Depth::Envelope).await.unwrap();
    assert_eq!((memory.staged().len(), memory.messages().len()), (1, 0));
    offer.withdraw().await;
    assert_eq!((memory.staged().len(), memory.messages().len()), (0, 0));

    memory.fail_next(550, "5.7.1 no");
    memory.fail_next_dot(451, "4.3.0 later");
    memory.lose_next_dot();
    assert_eq!(send(&memory, &message).await.unwrap_err().summary(), Verdict::Refused);
    assert_eq!(send(&memory, &message).await.unwrap().summary(), Verdict::Deferred);
    assert!(memory.messages().is_empty());
    assert_eq!(send(&memory, &message).await.unwrap().summary(), Verdict::Unknown);

    memory.refuse(&address("bob@example.test"), 550, "5.1.1 unknown");
    let receipt = send(&memory, &message).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Partial);
    assert_eq!(receipt.recipients[1].reply.as_ref().unwrap().enhanced.as_deref(), Some("5.1.1"));
    assert_eq!(memory.accepted()[1].1, [address("ada@example.test")]);
}

fn policy(redirect: &[&str], allow: &[&str]) -> Policy {
    Policy {
        redirect: redirect.iter().map(|text| address(text)).collect(),
        allow: allow.iter().map(|text| text.parse().unwrap()).collect(),
    }
}

#[tokio::test]
async fn a_redirect_takes_every_copy_and_names_all_but_the_blind_ones() {
    let memory = MemoryAdapter::new();
    let guarded = Guarded::new(Arc::new(memory.clone()), policy(&["dev@shop.test"], &[]));
    let message = mail(&["ada", "+bob", "-eve"]);
    let receipt = send(&guarded, &message).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Sent);
    let named: Vec<&str> = receipt.recipients.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(named, ["ada@example.test", "bob@example.test", "eve@example.test"]);

    let (redirected, to) = memory.accepted().remove(0);
    assert_eq!(to, [address("dev@shop.test")]);
    let text = String::from_utf8(redirected.as_bytes().to_vec()).unwrap();
    assert_eq!(
        text,
        "X-Original-To: ada@example.test\r\nX-Original-To: bob@example.test\r\n\
         Subject: Hi\r\nTo: ada@example.test\r\n\r\nHello\r\n"
    );
    assert_eq!(redirected.id(), message.id());
    assert_eq!(redirected.envelope().sender(), message.envelope().sender());
}

#[tokio::test]
async fn a_blocked_recipient_is_refused_here_and_the_others_go_out() {
    let memory = MemoryAdapter::new();
    let rules = policy(&[], &["ADA@example.test", "@shop.test"]);
    let guarded = Guarded::new(Arc::new(memory.clone()), rules);
    let receipt = send(&guarded, &mail(&["ada", "+bob", "-eve"])).await.unwrap();
    assert_eq!(receipt.summary(), Verdict::Partial);
    let outcomes: Vec<_> = receipt.recipients.iter().map(|r| (r.outcome, r.phase)).collect();
    let blocked = (Outcome::Refused, Phase::Policy);
    assert_eq!(outcomes, [(Outcome::Accepted, Phase::Dot), blocked, blocked]);
    assert_eq!(memory.accepted()[0].1, [address("ada@example.test")]);

    let receipt = send(&guarded, &mail(&["-eve"])).await.unwrap();
    assert_eq!((receipt.summary(), memory.messages().len()), (Verdict::Refused, 1));
}

#[tokio::test]
async fn the_allow_list_is_asked_about_the_redirect_too() {
    let memory = MemoryAdapter::new();
    let rules = policy(&["dev@elsewhere.test"], &["@example.test"]);
    let guarded = Guarded::new(Arc::new(memory.clone()), rules);
    let receipt = send(&guarded, &mail(&["ada"])).await.unwrap();
    assert_eq!((receipt.summary(), memory.messages().len()), (Verdict::Refused, 0));
}

#[tokio::test]
async fn accepting_and_offering_keeps_the_policy() {
    let memory = MemoryAdapter::new();
    let rules = policy(&[], &["ada@example.test"]);
    let guarded = Guarded::new(Arc::new(memory.clone()), rules);
    let (first, next) = (mail(&["ada", "bob"]), mail(&["-eve"]));
    let to = |mail: &Message| mail.envelope().addresses().cloned().collect::<Vec<_>>();
    let offer = guarded.offer(&first, &to(&first), Depth::Data).await.unwrap();
    let (receipt, offered) = offer.accept_and_offer(&guarded, &next, &to(&next)).await;
    assert_eq!(receipt.summary(), Verdict::Partial);
    let receipt = offered.unwrap().accept().await;
    assert_eq!((receipt.summary(), receipt.recipients[0].phase), (Verdict::Refused, Phase::Policy));
    assert_eq!(memory.messages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_way_that_is_down_rests_and_is_asked_again_later() {
    let (first, second) = (MemoryAdapter::new(), MemoryAdapter::new());
    let failover = Failover::new(Arc::new(first.clone()), vec![Arc::new(second.clone())]);
    first.fail_next(421, "4.3.2 down");
    for _ in 0..2 {
        assert_eq!(send(&failover, &mail(&["ada"])).await.unwrap().summary(), Verdict::Sent);
    }
    assert_eq!((first.messages().len(), second.messages().len()), (0, 2));
    tokio::time::advance(Failover::COOLDOWN).await;
    send(&failover, &mail(&["ada"])).await.unwrap();
    assert_eq!((first.messages().len(), second.messages().len()), (1, 2));
}

#[tokio::test]
async fn a_mail_that_is_refused_or_lost_changes_no_way() {
    let (first, second) = (MemoryAdapter::new(), MemoryAdapter::new());
    let failover = Failover::new(Arc::new(first.clone()), vec![Arc::new(second.clone())]);
    first.fail_next(550, "5.7.1 no");
    assert_eq!(send(&failover, &mail(&["ada"])).await.unwrap_err().summary(), Verdict::Refused);
    first.lose_next_dot();
    assert_eq!(send(&failover, &mail(&["ada"])).await.unwrap().summary(), Verdict::Unknown);
    assert!(second.messages().is_empty());
}

#[tokio::test]
async fn a_failover_by_url_finds_the_server_that_is_up() {
    let (down, up) = (FaultServer::start().await.unwrap(), FaultServer::start().await.unwrap());
    down.rule(Rule::on(Verb::Connect).reply_and_close("554 5.3.2 closed"));
    let adapter = open(&format!("failover({} {})?cooldown=1h", down.url(), up.url())).unwrap();
    for _ in 0..3 {
        assert_eq!(send(&*adapter, &mail(&["ada"])).await.unwrap().summary(), Verdict::Sent);
    }
    assert_eq!((down.connections(), up.connections(), up.taken().len()), (1, 1, 3));
}

#[cfg(feature = "cli")]
mod log {
    use std::cell::RefCell;
    use std::io;
    use std::sync::Once;

    thread_local! {
        static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    struct OfThisThread;

    impl io::Write for OfThisThread {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            LINES.with_borrow_mut(|lines| lines.extend_from_slice(octets));
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Begins to keep what this thread logs, at every level. The subscriber is one for all tests:
    /// those that come and go race for the interest of a line.
    pub(super) fn begin() {
        static SET: Once = Once::new();
        SET.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| OfThisThread)
                .init();
        });
        LINES.with_borrow_mut(Vec::clear);
    }

    pub(super) fn end() -> String {
        String::from_utf8(LINES.take()).unwrap()
    }
}

#[cfg(feature = "cli")]
#[tokio::test]
async fn the_log_adapter_writes_one_line_without_a_body_or_an_address() {
    log::begin();
    send(&LogAdapter, &mail(&["ada", "-eve"])).await.unwrap();
    let log = log::end();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("<1.a/b@example.test>") && log.contains("octets"), "{log}");
    for private in ["eve@", "ada@", "Hello", "Hi"] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}

/// lettre's `tracing` writes AUTH lines and bodies at debug.
#[cfg(feature = "cli")]
#[tokio::test]
async fn l6_no_log_of_any_level_has_a_login_or_a_body() {
    let server = FaultServer::start().await.unwrap();
    server.login("shop", "s3cret");
    log::begin();
    let adapter = open(&server.url_with("shop:s3cret", "insecure_auth=true")).unwrap();
    send(&*adapter, &mail(&["ada", "-eve"])).await.unwrap();
    server.rule(Rule::on(Verb::Auth).reply("535 5.7.8 no"));
    adapter.close().await;
    let error = send(&*adapter, &mail(&["ada"])).await.unwrap_err();
    tracing::error!(?error, ?adapter);
    let log = log::end();
    assert!(log.contains("535"), "{log}");
    for private in ["s3cret", "AHNob3AAczNjcmV0", "Hello", "eve"] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}
