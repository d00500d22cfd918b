//! The sealed message: what an independent parser reads back from its bytes, and what holds for
//! every one of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::collections::HashSet;

use mail_parser::{
    Address as ParsedAddress, HeaderForm, HeaderValue as ParsedValue, Message as Parsed,
    MessageParser, MessagePart, MimeHeaders, PartType,
};
use mailmethod::message::{
    Address, Attachment, ContentType, Draft, Field, Header, HeaderName, HeaderValue, Limits, Mail,
    Mailbox, Message, MessageError, Piece, Stamp,
};
use proptest::prelude::*;

const LOGO: &[u8] = b"\x89PNG\r\n\x1a\n\0\0";

fn stamp() -> Stamp {
    Stamp::new(
        "2026-11-02T09:30:00Z".parse().unwrap(),
        "0192f0c0-0000-7000-8000-00000000002a".parse().unwrap(),
    )
}

fn headers(list: &[(&str, &str)]) -> Vec<Header> {
    list.iter().map(|(name, value)| Header::parse(name, value).unwrap()).collect()
}

fn draft(list: &[(&str, &str)]) -> Draft {
    Draft { headers: headers(list), text: Some("Hello.\n".to_owned()), ..Draft::default() }
}

fn plain() -> Draft {
    draft(&[("from", "shop@x.test"), ("to", "ada@x.test"), ("subject", "Hi")])
}

fn made(draft: Draft) -> Result<Mail, MessageError> {
    Mail::new(draft, &Limits::default())
}

/// Seals, checks what holds for every message, and gives it with its bytes as text.
#[track_caller]
fn sealed(draft: Draft) -> (Message, String) {
    let mail = made(draft).unwrap();
    let message = mail.seal(&stamp(), &Limits::default()).unwrap();
    check_bytes(&mail, &message);
    let text = String::from_utf8(message.as_bytes().to_vec()).unwrap();
    (message, text)
}

fn parsed(message: &Message) -> Parsed<'_> {
    MessageParser::default().parse(message.as_bytes()).unwrap()
}

fn file(name: &str, content: &[u8]) -> Attachment {
    Attachment::new(Some(name.to_owned()), ContentType::guess(name), content.into()).unwrap()
}

/// What holds for every message, whatever is in it.
#[track_caller]
fn check_bytes(mail: &Mail, message: &Message) {
    let bytes = message.as_bytes();
    assert!(bytes.ends_with(b"\r\n"));
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(message.needs_smtputf8() || text.is_ascii());
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for line in text.split("\r\n") {
        assert!(line.len() <= 998, "{line:?}");
        assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    for line in head.split("\r\n") {
        let foldable = match line.strip_prefix(' ') {
            Some(rest) => rest.contains(' '),
            None => line.split_once(": ").unwrap().1.contains(' '),
        };
        assert!(line.len() <= 78 || !foldable, "{line:?}");
        assert!(!line.trim().is_empty(), "a line of nothing but space");
    }
    let raw_message =
        mail.attachments().iter().any(|part| part.content_type().essence() == "message/rfc822");
    if !raw_message {
        assert!(body.split("\r\n").all(|line| line.len() <= 78), "{body}");
    }
    check_boundaries(text);
    assert!(!text.to_ascii_lowercase().contains("bcc:"), "{text}");
    check_shown(mail, head);
}

#[track_caller]
fn check_boundaries(text: &str) {
    let mut seen = HashSet::new();
    for boundary in text.split("boundary=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(boundary.len() <= 70);
        assert!(seen.insert(boundary), "{boundary} is used twice");
        assert_eq!(text.matches(&format!("\r\n--{boundary}--\r\n")).count(), 1, "{boundary}");
        assert!(text.matches(&format!("\r\n--{boundary}\r\n")).count() >= 2, "{boundary}");
    }
}

/// The headers that are shown are those of the bytes, in their order.
#[track_caller]
fn check_shown(mail: &Mail, head: &str) {
    let shown = mail.sealed_headers(&stamp());
    let names: Vec<&str> = shown.iter().map(|(name, _)| name.as_str()).collect();
    let written: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_once(':').unwrap().0)
        .collect();
    assert_eq!(names, written);
    // The outermost type is shown with the boundary that the parts have.
    if let Some((_, boundary)) = head.split_once("boundary=\"") {
        let boundary = boundary.split('"').next().unwrap();
        let (_, shown) = shown.iter().find(|(name, _)| name == "Content-Type").unwrap();
        assert!(shown.ends_with(&format!("; boundary=\"{boundary}\"")), "{shown}");
    }
}

fn addresses(list: Option<&ParsedAddress<'_>>) -> Vec<(Option<String>, String)> {
    list.map(|list| {
        list.iter()
            .map(|one| (one.name().map(str::to_owned), one.address().unwrap().to_owned()))
            .collect()
    })
    .unwrap_or_default()
}

fn pairs(list: &[Mailbox]) -> Vec<(Option<String>, String)> {
    list.iter()
        .map(|one| (one.name().map(str::to_owned), one.address().as_str().to_owned()))
        .collect()
}

/// The tree of parts, as `type(children)`.
fn tree(message: &Parsed<'_>, part: &MessagePart<'_>) -> String {
    let own = part.content_type().map_or_else(String::new, |one| {
        format!("{}/{}", one.ctype(), one.subtype().unwrap_or_default())
    });
    match &part.body {
        PartType::Multipart(children) => {
            let children: Vec<String> =
                children.iter().map(|&id| tree(message, message.part(id).unwrap())).collect();
            format!("{own}({})", children.join(", "))
        }
        _ => own,
    }
}

#[track_caller]
fn has_tree(draft: Draft, expected: &str) {
    let (message, text) = sealed(draft);
    let parsed = parsed(&message);
    assert_eq!(tree(&parsed, parsed.root_part()), expected, "{text}");
}

fn content<'p>(part: &'p MessagePart<'_>) -> &'p [u8] {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
        other => panic!("a leaf was expected: {other:?}"),
    }
}

mod cases {
    use super::*;

    #[test]
    fn t20_sender_and_recipients_come_from_the_headers() {
        let (message, _) = sealed(draft(&[
            ("to", "ada@x.test, Bob <bob@x.test>"),
            ("from", "Shop <shop@x.test>"),
            ("cc", "bob@x.test, cy@x.test"),
            ("bcc", "Ada <ada@x.test>, dee@x.test"),
        ]));
        let envelope = message.envelope();
        assert_eq!(envelope.sender().unwrap().as_str(), "shop@x.test");
        let recipients: Vec<_> =
            envelope.recipients().iter().map(|one| (one.address.as_str(), one.field)).collect();
        assert_eq!(
            recipients,
            [
                ("ada@x.test", Field::To),
                ("bob@x.test", Field::To),
                ("cy@x.test", Field::Cc),
                ("dee@x.test", Field::Bcc),
            ],
        );
    }

    #[test]
    fn t22_no_sender_and_no_recipient_are_told_apart() {
        assert_eq!(made(draft(&[("to", "a@x.test")])).unwrap_err(), MessageError::NoSender);
        assert_eq!(made(draft(&[("from", "a@x.test")])).unwrap_err(), MessageError::NoRecipient);
        let blank = draft(&[("from", " "), ("to", "a@x.test")]);
        assert_eq!(made(blank).unwrap_err(), MessageError::NoSender);
        let two = draft(&[("from", "a@x.test, b@x.test"), ("to", "a@x.test")]);
        assert_eq!(
            made(two).unwrap_err(),
            MessageError::Limit { what: "mailboxes in From", found: 2, limit: 1 },
        );
    }

    #[test]
    fn t23_a_blind_copy_is_in_the_envelope_and_in_no_byte() {
        let list = [("from", "shop@x.test"), ("bcc", "Eve <eve@hidden.test>"), ("subject", "Hi")];
        let mail = made(draft(&list)).unwrap();
        let (message, text) = sealed(draft(&list));
        assert!(!text.contains("hidden") && !text.contains("Eve"), "{text}");
        assert_eq!(message.envelope().recipients()[0].field, Field::Bcc);
        assert_eq!(message.envelope().recipients()[0].address.as_str(), "eve@hidden.test");
        assert_eq!(mail.bcc()[0].to_string(), "Eve <eve@hidden.test>");
        let shown = format!("{:?}", mail.sealed_headers(&stamp()));
        assert!(!shown.contains("hidden"), "{shown}");
        assert!(!format!("{mail:?} {message:?}").contains("hidden"));
    }

    #[test]
    fn t25_recipients_as_a_list_and_as_one_string_are_the_same() {
        let boxes = ["ada@x.test", "\"B, C\" <b@x.test>"].map(|text| text.parse().unwrap());
        let list =
            Header::new(HeaderName::new("To").unwrap(), HeaderValue::Mailboxes(boxes.to_vec()));
        let text = Header::parse("to", "ada@x.test, \"B, C\" <b@x.test>");
        assert_eq!(list, text);
    }

    #[test]
    fn t27_encoded_words_are_for_names_and_subject_and_never_for_addresses() {
        let (message, text) = sealed(draft(&[
            ("from", "Jürgen Groß <jg@bücher.test>"),
            ("to", "Ærø <aero@x.test>"),
            ("subject", "Ihre Bestellung für Jürgen"),
            ("x-note", "naïve"),
        ]));
        assert!(
            text.contains("<jg@xn--bcher-kva.test>") && text.contains("<aero@x.test>"),
            "{text}"
        );
        assert!(!message.needs_smtputf8());
        let parsed = parsed(&message);
        assert_eq!(parsed.subject(), Some("Ihre Bestellung für Jürgen"));
        let jg = (Some("Jürgen Groß".to_owned()), "jg@xn--bcher-kva.test".to_owned());
        assert_eq!(addresses(parsed.from()), [jg]);
        assert_eq!(addresses(parsed.to())[0].0.as_deref(), Some("Ærø"));
    }

    #[test]
    fn t28_a_body_is_utf8_in_quoted_printable_lines() {
        let body = "Grüße  \n.\nFrom here\n\u{2028}ö\tend \n";
        let (message, text) = sealed(Draft { text: Some(body.to_owned()), ..plain() });
        assert!(text.contains("Content-Type: text/plain; charset=\"utf-8\"\r\n"), "{text}");
        assert!(text.contains("Content-Transfer-Encoding: quoted-printable\r\n"), "{text}");
        assert!(text.contains("\r\n\r\nGr=C3=BC=C3=9Fe =20\r\n.\r\n"), "{text}");
        assert_eq!(content(parsed(&message).root_part()), body.replace('\n', "\r\n").as_bytes());
    }

    #[test]
    fn t29_sealing_changes_no_mail() {
        let mail = made(plain()).unwrap();
        let first = mail.seal(&stamp(), &Limits::default()).unwrap();
        let mut changed = plain();
        changed.headers.pop();
        changed.headers.extend(headers(&[("subject", "Other")]));
        let other = made(changed).unwrap().seal(&stamp(), &Limits::default()).unwrap();
        assert_ne!(first, other);
        assert_eq!(mail.subject(), "Hi");
        assert_eq!(mail.seal(&stamp(), &Limits::default()).unwrap(), first);
    }

    #[test]
    fn t30_every_shape_of_bodies_inline_parts_and_attachments_is_right() {
        let shape = |text: bool, html: bool, inline: bool, attached: bool| {
            let mut draft = plain();
            draft.text = text.then(|| "Hello.".to_owned());
            draft.html = html.then(|| "<img src=\"cid:logo\">".to_owned());
            if attached {
                draft.attachments.push(file("a.pdf", b"%PDF"));
            }
            if inline {
                draft.attachments.push(file("logo.png", LOGO).inline("logo").unwrap());
            }
            draft
        };
        has_tree(shape(true, false, false, false), "text/plain");
        has_tree(shape(false, true, false, false), "text/html");
        let alternative = "multipart/alternative(text/plain, text/html)";
        has_tree(shape(true, true, false, false), alternative);
        let related = "multipart/related(text/html, image/png)";
        has_tree(shape(false, true, true, false), related);
        let both = format!("multipart/alternative(text/plain, {related})");
        has_tree(shape(true, true, true, false), &both);
        has_tree(
            shape(true, true, true, true),
            &format!("multipart/mixed({both}, application/pdf)"),
        );
        let mixed = |first: &str| format!("multipart/mixed({first}, application/pdf)");
        has_tree(shape(true, false, false, true), &mixed("text/plain"));
        has_tree(shape(false, true, false, true), &mixed("text/html"));
        has_tree(shape(true, true, false, true), &mixed(alternative));
        has_tree(shape(false, true, true, true), &mixed(related));
        has_tree(shape(true, false, true, false), "multipart/mixed(text/plain, image/png)");
        has_tree(
            shape(true, false, true, true),
            "multipart/mixed(text/plain, application/pdf, image/png)",
        );
    }

    #[test]
    fn t31_a_name_stands_in_type_and_disposition() {
        let (message, text) =
            sealed(Draft { attachments: vec![file("foo.txt", b"a\rb\0\n")], ..plain() });
        assert!(
            text.contains("Content-Type: text/plain; charset=\"utf-8\"; name=\"foo.txt\"\r\n"),
            "{text}",
        );
        assert!(text.contains("attachment; filename=\"foo.txt\"\r\n"), "{text}");
        let parsed = parsed(&message);
        assert_eq!(content(parsed.attachment(0).unwrap()), b"a\rb\0\n");
    }

    #[test]
    fn t34_a_line_break_is_an_error_wherever_it_stands() {
        for evil in ["a\r\nBcc: e@x.test", "a\nb", "a\r", "a\0b", "a\u{85}b", "a\u{2028}b"] {
            for name in ["subject", "from", "sender", "to", "cc", "bcc", "reply-to", "x-any"] {
                Header::parse(name, evil).unwrap_err();
                Header::parse(name, &format!("{evil} <a@x.test>")).unwrap_err();
                Header::parse(name, &format!("a@x.test{evil}")).unwrap_err();
            }
            HeaderName::new(evil).unwrap_err();
            evil.parse::<Address>().unwrap_err();
            Mailbox::new(Some(evil), "a@x.test".parse().unwrap()).unwrap_err();
            ContentType::parse(evil).unwrap_err();
            file("a.png", LOGO).inline(evil).unwrap_err();
            let pdf = ContentType::guess("a.pdf");
            Attachment::new(Some(evil.to_owned()), pdf, LOGO.into()).unwrap_err();
        }
    }

    #[test]
    fn t35_a_mail_without_a_body_is_none_but_one_kind_of_recipient_is_enough() {
        let bare = || Draft { text: None, ..plain() };
        assert_eq!(made(bare()).unwrap_err(), MessageError::NoBody);
        let blank = Draft { text: Some("\r\n".to_owned()), html: Some(String::new()), ..bare() };
        assert_eq!(made(blank).unwrap_err(), MessageError::NoBody);
        made(draft(&[("from", "a@x.test"), ("cc", "b@x.test")])).unwrap();
        made(draft(&[("from", "a@x.test"), ("bcc", "b@x.test")])).unwrap();
    }

    #[test]
    fn t37_a_message_id_is_kept_if_it_was_given_and_made_if_not() {
        let (message, text) = sealed(plain());
        assert_eq!(message.id(), "<0192f0c0000070008000000000".to_owned() + "00002a@x.test>");
        assert!(text.contains(&format!("Message-ID: {}\r\n", message.id())), "{text}");
        let mut draft = plain();
        draft.headers.extend(headers(&[("message-ID", "own@y.test")]));
        let (message, text) = sealed(draft);
        assert_eq!(message.id(), "<own@y.test>");
        assert_eq!(text.matches("Message-ID: <own@y.test>\r\n").count(), 1, "{text}");
        Header::parse("message-id", "malformed").unwrap_err();
    }

    #[test]
    fn the_headers_stand_in_one_order_and_are_shown_decoded() {
        let mail = made(draft(&[
            ("x-order", "Bücher 7"),
            ("subject", "Grüße"),
            ("references", "a@x.test <b@x.test>"),
            ("to", "\"A, B\" <ada@x.test>"),
            ("list-unsubscribe", "<https://x.test/u?a=1>, <mailto:u@x.test>"),
            ("from", "Jürgen <shop@x.test>"),
            ("bcc", "eve@x.test"),
        ]))
        .unwrap();
        let shown: Vec<String> = mail
            .sealed_headers(&stamp())
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "From: Jürgen <shop@x.test>",
                "To: \"A, B\" <ada@x.test>",
                "Subject: Grüße",
                "Date: Mon, 2 Nov 2026 09:30:00 +0000",
                "Message-ID: <0192f0c000007000800000000000002a@x.test>",
                "X-Order: Bücher 7",
                "References: <a@x.test> <b@x.test>",
                "List-Unsubscribe: <https://x.test/u?a=1>, <mailto:u@x.test>",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable",
            ],
        );
        assert_eq!(mail.header("X-ORDER").as_deref(), Some("Bücher 7"));
        assert_eq!(mail.header("x-none"), None);
        let message = mail.seal(&stamp(), &Limits::default()).unwrap();
        check_bytes(&mail, &message);
    }

    #[test]
    fn a_preview_is_the_same_for_the_same_mail_and_another_for_another() {
        let preview = |draft: Draft| {
            made(draft).unwrap().seal(&Stamp::preview(), &Limits::default()).unwrap()
        };
        let first = preview(plain());
        assert_eq!(first, preview(plain()));
        assert!(first.id().ends_with("@preview.invalid>"), "{}", first.id());
        assert_eq!(first.id().len(), "<@preview.invalid>".len() + 32);
        let part =
            |name: &str, bytes: &[u8]| Draft { attachments: vec![file(name, bytes)], ..plain() };
        let ids: HashSet<String> = [
            plain(),
            Draft { text: None, html: plain().text, ..plain() },
            Draft { html: plain().text, ..plain() },
            part("a.bin", b"bc"),
            part("a.bin", b"b"),
            part("b.bin", b"bc"),
        ]
        .map(|draft| preview(draft).id().to_owned())
        .into();
        assert_eq!(ids.len(), 6);
    }

    #[test]
    fn a_local_part_beyond_ascii_and_nothing_else_needs_smtputf8() {
        let (message, text) = sealed(draft(&[
            ("from", "Jürgen <jürgen@x.test>"),
            ("to", "ada@x.test"),
            ("subject", "Grüße"),
        ]));
        assert!(message.needs_smtputf8());
        assert!(text.contains("<jürgen@x.test>") && !text.contains("Grüße"), "{text}");
        let (message, _) = sealed(draft(&[
            ("from", "a@x.test"),
            ("to", "b@x.test"),
            ("reply-to", "jürgen@x.test"),
        ]));
        assert!(message.needs_smtputf8(), "a header needs it as well");
    }

    #[test]
    fn a_return_path_is_the_envelopes_sender_and_no_header() {
        let mut draft = plain();
        draft.headers.extend(headers(&[("return-path", "bounce@x.test")]));
        let (message, text) = sealed(draft.clone());
        assert_eq!(message.envelope().sender().unwrap().as_str(), "bounce@x.test");
        assert!(!text.contains("bounce"), "{text}");
        draft.return_path = Some(None);
        assert!(matches!(made(draft), Err(MessageError::RepeatedHeader { .. })));
        let (message, _) = sealed(Draft { return_path: Some(None), ..plain() });
        assert_eq!(message.envelope().sender(), None);
    }

    #[test]
    fn what_stands_once_at_most_may_not_stand_twice() {
        for (name, value) in [("subject", "b"), ("TO", "b@x.test"), ("From", "b@x.test")] {
            let mut draft = plain();
            draft.headers.extend(headers(&[(name, value)]));
            assert!(matches!(made(draft), Err(MessageError::RepeatedHeader { .. })), "{name}");
        }
        let mut draft = plain();
        draft.headers.extend(headers(&[("x-tag", "a"), ("x-tag", "b")]));
        let (_, text) = sealed(draft);
        assert!(text.contains("X-Tag: a\r\nX-Tag: b\r\n"), "{text}");
    }

    #[test]
    fn every_limit_is_held() {
        let limits = Limits { recipients: 2, message: 4_096, attachments: 100 };
        let limit = |draft: Draft| match Mail::new(draft, &limits)
            .and_then(|mail| mail.seal(&stamp(), &limits))
        {
            Err(MessageError::Limit { what, limit, .. }) => (what, limit),
            other => panic!("{other:?}"),
        };
        let three = [("from", "a@x.test"), ("to", "b@x.test, c@x.test"), ("bcc", "d@x.test")];
        assert_eq!(limit(draft(&three)), ("recipients", 2));
        let parts = vec![file("a.bin", &[0; 60]), file("b.bin", &[0; 41])];
        let large = Draft { attachments: parts, ..plain() };
        assert_eq!(limit(large), ("octets of attachments", 100));
        for body in ["x".repeat(5_000), "ü".repeat(1_000)] {
            let large = Draft { text: Some(body), ..plain() };
            assert_eq!(limit(large), ("octets of the message", 4_096));
        }
    }

    #[test]
    fn a_content_id_stands_once() {
        let part = file("a.png", LOGO).inline("logo").unwrap();
        let draft = Draft { attachments: vec![part.clone(), part], ..plain() };
        assert!(matches!(made(draft), Err(MessageError::Unsafe { reason: "stands twice", .. })));
    }

    #[test]
    fn line_ends_of_bodies_are_made_plain_and_a_nul_is_refused() {
        let body = "a\r\nb\rc\n\nd\n\r\n\n".to_owned();
        let mail = made(Draft { text: Some(body), ..plain() }).unwrap();
        assert_eq!(mail.text(), Some("a\nb\nc\n\nd\n"));
        let nul = Draft { html: Some("a\0b".to_owned()), ..plain() };
        assert!(matches!(made(nul), Err(MessageError::Unsafe { reason: "holds a NUL", .. })));
    }

    #[test]
    fn a_message_within_a_message_travels_unencoded_and_cannot_end_a_part() {
        let boundary = "=_0192f0c000007000800000000000002a";
        let inner = format!("Subject: x\n\n--{boundary}_1--\n--{boundary}.1_1\nEnd\n");
        let rfc822 = ContentType::parse("message/rfc822").unwrap();
        let part = Attachment::new(None, rfc822, inner.as_bytes().into()).unwrap();
        let (message, text) = sealed(Draft { attachments: vec![part], ..plain() });
        assert!(
            text.contains("Content-Transfer-Encoding: 7bit\r\n\r\nSubject: x\r\n\r\n"),
            "{text}"
        );
        let parsed = parsed(&message);
        let PartType::Message(found) = &parsed.attachment(0).unwrap().body else {
            panic!("{text}");
        };
        assert_eq!(found.subject(), Some("x"));
        assert_eq!(parsed.parts.len(), 3);
    }

    #[test]
    fn debug_shows_neither_bodies_nor_values() {
        let mut draft = plain();
        draft.html = Some("<p>secret".to_owned());
        draft.headers.extend(headers(&[("x-token", "secret")]));
        let mail = made(draft).unwrap();
        let shown = format!("{mail:?} {:?}", mail.seal(&stamp(), &Limits::default()));
        assert!(!shown.contains("secret") && !shown.contains("Hi"), "{shown}");
    }
}

fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Any character that a header may hold.
fn visible() -> impl Strategy<Value = char> {
    any::<char>().prop_map(|c| if breaks_lines(c) { 'ü' } else { c })
}

/// Text of one line: words of all kinds, runs of spaces, what looks like encoded words.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9.,'!]{1,12}",
        4 => Just(" ".to_owned()),
        1 => " {2,90}",
        1 => "[a-z]{60,1200}",
        2 => "=\\?(utf-8|us-ascii|x)\\?[QqBb]\\?[A-Za-z=_0-9]{0,12}\\?=",
        1 => "(=\\?|\\?=|\"|\\\\|<|>|,|;|:|\\(|\\)|@|_|=3D|%41){1,4}",
        2 => prop::collection::vec(visible(), 1..40).prop_map(String::from_iter),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat().trim().to_owned())
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    (line(), "[a-z0-9]{1,30}(\\.[a-z]{1,20})?", "[a-z]{1,20}\\.test").prop_map(
        |(name, local, domain)| {
            let address = format!("{local}@{domain}").parse().unwrap();
            Mailbox::new(Some(&name), address).unwrap()
        },
    )
}

fn mailboxes(name: &'static str) -> impl Strategy<Value = Header> {
    prop::collection::vec(mailbox(), 1..5).prop_map(move |list| {
        Header::new(HeaderName::new(name).unwrap(), HeaderValue::Mailboxes(list)).unwrap()
    })
}

/// Any text: long lines, space at line ends, dots, `From `, all of Unicode.
fn body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => Just("\n".to_owned()),
        1 => "( |\t){1,3}\n",
        1 => "\n(\\.|\\.\\.|From |--|--=_)",
        3 => "[ -~]{1,120}",
        1 => "[a-z=]{200,1500}",
        2 => prop::collection::vec(any::<char>(), 1..60).prop_map(String::from_iter),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| {
        let text = pieces.concat().replace(['\r', '\0', '\u{feff}'], "");
        format!("{}\n", text.trim_end_matches('\n'))
    })
}

fn attachment() -> impl Strategy<Value = Attachment> {
    let name = prop_oneof![
        "[a-zA-Z0-9 ._-]{0,40}x\\.(pdf|bin|png)",
        "[ -~]{1,200}x\\.bin",
        prop::collection::vec(visible(), 1..50).prop_map(|name| String::from_iter(name) + "x.bin"),
    ];
    let name = name.prop_map(|name| name.replace(['/', '\\'], "_").trim().to_owned());
    (name, prop::collection::vec(any::<u8>(), 0..400), any::<bool>()).prop_map(
        |(name, content, inline)| {
            let content_type = ContentType::parse("application/x-any").unwrap();
            let part = Attachment::new(Some(name), content_type, content.into()).unwrap();
            if inline { part.inline("to-be-set").unwrap() } else { part }
        },
    )
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let from = mailbox().prop_map(|one| {
        Header::new(HeaderName::new("From").unwrap(), HeaderValue::Mailboxes(vec![one])).unwrap()
    });
    let texts = ["subject", "x-note", "comments"]
        .map(|name| line().prop_map(move |text| Header::parse(name, &text).unwrap()).boxed());
    let headers = (from, mailboxes("To"), mailboxes("Cc"), texts)
        .prop_map(|(from, to, cc, texts)| [vec![from, to, cc], texts.to_vec()].concat());
    let bodies = prop_oneof![
        body().prop_map(|text| (Some(text), None)),
        body().prop_map(|html| (None, Some(html))),
        (body(), body()).prop_map(|(text, html)| (Some(text), Some(html))),
    ];
    (headers, bodies, prop::collection::vec(attachment(), 0..4)).prop_map(
        |(headers, (text, html), attachments)| {
            let attachments = attachments
                .into_iter()
                .enumerate()
                .map(|(at, part)| match part.content_id() {
                    Some(_) => part.inline(&format!("part{at}@mail")).unwrap(),
                    None => part,
                })
                .collect();
            Draft { headers, text, html, attachments, ..Draft::default() }
        },
    )
}

fn text_header(parsed: &Parsed<'_>, name: &'static str) -> String {
    match parsed.header_as(name, HeaderForm::Text).into_iter().next() {
        Some(ParsedValue::Text(text)) => text.into_owned(),
        _ => String::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_parser_reads_back_exactly_what_went_in(draft in any_draft()) {
        // A body of line ends alone is none.
        let Ok(mail) = made(draft) else { return Ok(()) };
        let message = mail.seal(&stamp(), &Limits::default()).unwrap();
        check_bytes(&mail, &message);
        prop_assert_eq!(&mail.seal(&stamp(), &Limits::default()).unwrap(), &message);

        let parsed = parsed(&message);
        prop_assert_eq!(parsed.subject().unwrap_or_default(), mail.subject());
        for name in ["X-Note", "Comments"] {
            let expected = mail.header(name).unwrap_or_default();
            prop_assert_eq!(text_header(&parsed, name), expected);
        }
        prop_assert_eq!(addresses(parsed.from()), pairs(std::slice::from_ref(mail.from())));
        prop_assert_eq!(addresses(parsed.to()), pairs(mail.to()));
        prop_assert_eq!(addresses(parsed.cc()), pairs(mail.cc()));

        let mut leaves = parsed.parts.iter().filter(|part| !part.is_multipart());
        for body in [mail.text(), mail.html()].into_iter().flatten() {
            let read = std::str::from_utf8(content(leaves.next().unwrap())).unwrap();
            // In a multipart the last line end belongs to the boundary for some parsers.
            let read = read.strip_suffix("\r\n").unwrap_or(read).replace("\r\n", "\n");
            prop_assert_eq!(read, body.strip_suffix('\n').unwrap_or(body));
        }
        let mut expected: Vec<&Attachment> = mail.attachments().iter().collect();
        if mail.html().is_some() {
            expected.sort_by_key(|part| part.content_id().is_none());
        }
        for (part, expected) in leaves.by_ref().zip(&expected) {
            prop_assert_eq!(part.attachment_name(), expected.filename());
            prop_assert_eq!(part.content_id(), expected.content_id());
            prop_assert_eq!(content(part), expected.content());
        }
        prop_assert_eq!(parsed.parts.iter().filter(|part| !part.is_multipart()).count(),
            expected.len() + usize::from(mail.text().is_some()) + usize::from(mail.html().is_some()));
    }

    #[test]
    fn no_value_adds_a_recipient(name in prop_oneof![line(), any::<String>()], value in line()) {
        let fenced = [
            Piece::Value(&name),
            Piece::Literal(" <"),
            Piece::Value("ada@x.test"),
            Piece::Literal(">"),
        ];
        if let Ok(list) = Mailbox::parse_pieces(&fenced) {
            prop_assert_eq!(pairs(&list).len(), 1);
            let trimmed = Some(name.trim()).filter(|name| !name.is_empty());
            prop_assert_eq!(list[0].name(), trimmed);
            prop_assert_eq!(list[0].address().as_str(), "ada@x.test");
            let again: Mailbox = list[0].to_string().parse().unwrap();
            prop_assert_eq!(&again, &list[0]);
        } else {
            prop_assert!(name.chars().any(breaks_lines));
        }
        for text in [&name, &value] {
            let alone = Mailbox::parse_pieces(&[Piece::Value(text)]);
            prop_assert!(alone.is_err() || alone.unwrap().len() <= 1);
            let local = [Piece::Value(text), Piece::Literal("@x.test")];
            prop_assert!(Mailbox::parse_pieces(&local).map_or(0, |list| list.len()) <= 1);
        }
    }

    #[test]
    fn no_text_is_read_without_an_answer(name in line(), value in line(), kind in any::<String>()) {
        for text in [&name, &value, &kind] {
            drop(Header::parse(text, &value));
            drop(ContentType::parse(text));
            drop(text.parse::<Mailbox>());
            for header in ["to", "subject", "references", "list-id"] {
                if let Ok(header) = Header::parse(header, text) {
                    prop_assert!(!header.to_string().contains(['\r', '\n', '\0']));
                }
            }
        }
    }
}
