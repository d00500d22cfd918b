//! The demo shop: its mails as people reviewed them, and as an independent parser reads them.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use mail_parser::{
    Address as ParsedAddress, HeaderForm, HeaderValue as ParsedValue, Message as Parsed,
    MessageParser, MessagePart, MimeHeaders, PartType,
};
use mailmethod::host::{DEFAULT_FILE, Settings};
use mailmethod::message::{Attachment, Disposition, HeaderKind, HeaderName, Mail, Mailbox, Stamp};
use mailmethod::{MailMethods, testing};

/// The methods of the shop, with its own settings and no variable of this process.
fn shop() -> MailMethods {
    let settings = Settings::read_with(DEFAULT_FILE, &|_| None).unwrap();
    MailMethods::load_with("templates", settings.rendering, settings.limits).unwrap()
}

/// Every method × sample × locale.
fn mails(methods: &MailMethods) -> Vec<Mail> {
    let mut mails = Vec::new();
    for method in methods.iter() {
        for sample in method.samples() {
            for locale in method.locales() {
                let call = method.sample(sample).unwrap().locale(locale.as_ref());
                mails.push(methods.call(&call).unwrap());
            }
        }
    }
    mails
}

#[test]
fn every_mail_is_as_it_was_reviewed() {
    testing::golden("templates", "tests/golden");
}

#[test]
fn the_shop_has_no_finding() {
    let report = shop().check(&[]).unwrap();
    let shown: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(shown, Vec::<String>::new());
    assert_eq!(report.methods, 8);
    assert_eq!(report.previews, mails(&shop()).len());
}

#[test]
fn every_method_speaks_english_and_german() {
    for method in shop().iter() {
        let locales: Vec<&str> = method.locales().iter().map(AsRef::as_ref).collect();
        assert_eq!(locales, ["en", "de"], "{}", method.name());
    }
}

#[test]
fn an_independent_parser_reads_exactly_what_went_in() {
    let methods = shop();
    for mail in mails(&methods) {
        let message = mail.seal(&Stamp::preview(), methods.limits()).unwrap();
        let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
        check_headers(&mail, message.id(), &parsed);
        let mut tree = Vec::new();
        draw(&parsed, parsed.root_part(), "", "", &mut tree);
        assert_eq!(tree.join("\n"), mail.outline(), "{}", mail.method());
        check_parts(&mail, &parsed);
    }
}

#[track_caller]
fn check_headers(mail: &Mail, id: &str, parsed: &Parsed<'_>) {
    let sealed = mail.sealed_headers(&Stamp::preview());
    let names: Vec<&str> = parsed.headers().iter().map(|header| header.name()).collect();
    let expected: Vec<&str> = sealed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected, "{}", mail.method());
    assert_eq!(format!("<{}>", parsed.message_id().unwrap()), id);
    assert_eq!(addresses(parsed.from()), pairs(std::slice::from_ref(mail.from())));
    assert_eq!(addresses(parsed.to()), pairs(mail.to()));
    assert_eq!(addresses(parsed.cc()), pairs(mail.cc()));
    assert_eq!(addresses(parsed.reply_to()), pairs(mail.reply_to()));
    for (name, value) in &sealed {
        let kind = HeaderName::new(name).unwrap().kind();
        if matches!(kind, HeaderKind::Text) {
            let read = parsed.header_as(name.as_str(), HeaderForm::Text).into_iter().next();
            let Some(ParsedValue::Text(read)) = read else { panic!("{name} is {read:?}") };
            assert_eq!(read, value.as_str(), "{name}");
        }
    }
}

fn addresses(list: Option<&ParsedAddress<'_>>) -> Vec<(Option<String>, String)> {
    let pair = |one: &mail_parser::Addr<'_>| {
        (one.name().map(str::to_owned), one.address().unwrap().to_owned())
    };
    list.map(|list| list.iter().map(pair).collect()).unwrap_or_default()
}

fn pairs(list: &[Mailbox]) -> Vec<(Option<String>, String)> {
    let pair = |one: &Mailbox| (one.name().map(str::to_owned), one.address().as_str().to_owned());
    list.iter().map(pair).collect()
}

/// Draws the tree that the parser sees in the manner of [`Mail::outline`].
fn draw(
    message: &Parsed<'_>,
    part: &MessagePart<'_>,
    first: &str,
    rest: &str,
    lines: &mut Vec<String>,
) {
    let kind = part.content_type().unwrap();
    let mut line = format!("{first}{}/{}", kind.ctype(), kind.subtype().unwrap());
    if let Some(disposition) = part.content_disposition() {
        line.push_str(&format!(", {}", disposition.ctype()));
        line.extend(part.attachment_name().map(|name| format!(" {name}")));
    }
    lines.push(line);
    let PartType::Multipart(children) = &part.body else { return };
    for (number, &child) in children.iter().enumerate() {
        let last = number + 1 == children.len();
        let (branch, below) = if last { ("└ ", "  ") } else { ("├ ", "│ ") };
        let child = message.part(child).unwrap();
        draw(message, child, &format!("{rest}{branch}"), &format!("{rest}{below}"), lines);
    }
}

/// Compares bodies and files, in the order of the message.
#[track_caller]
fn check_parts(mail: &Mail, parsed: &Parsed<'_>) {
    let mut leaves = parsed.parts.iter().filter(|part| !part.is_multipart());
    for body in [mail.text(), mail.html()].into_iter().flatten() {
        let read = String::from_utf8(content(leaves.next().unwrap()).to_vec()).unwrap();
        // The last line end belongs to the boundary for this parser.
        let read = read.strip_suffix("\r\n").unwrap_or(&read).replace("\r\n", "\n");
        assert_eq!(read, body.strip_suffix('\n').unwrap_or(body), "{}", mail.method());
    }
    let mut files: Vec<&Attachment> = mail.attachments().iter().collect();
    files.sort_by_key(|file| file.disposition() == Disposition::Attachment);
    for file in files {
        let part = leaves.next().unwrap();
        assert_eq!(part.attachment_name(), file.filename());
        assert_eq!(part.content_id(), file.content_id());
        assert_eq!(content(part), file.content());
    }
    assert!(leaves.next().is_none(), "{} has a part too many", mail.method());
}

fn content<'p>(part: &'p MessagePart<'_>) -> &'p [u8] {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
        other => panic!("a leaf was expected: {other:?}"),
    }
}
