//! Generated calls, compiled: the folder `tests/codegen/nasty` has every type, and every name that
//! could come between. Each of its methods is called.
//!
//! The code is a golden of `tests/codegen.rs`, which says whether it is what is generated.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

/// The generated calls.
mod nasty {
    include!("codegen/nasty.rs");
}

use std::sync::Arc;

use mailmethod::adapter::MemoryAdapter;
use mailmethod::codegen::types::{Date, Decimal, Mailbox, Time};
use mailmethod::method::{Argument, ToCall};
use mailmethod::{Call, File, MailHost, MailMethods};
use nasty::every_type::{Record, Size, Word, Words};
use nasty::secrets::{Vault, VaultKind};

fn methods() -> MailMethods {
    MailMethods::load("tests/codegen/nasty").unwrap()
}

#[track_caller]
fn text(call: &dyn ToCall) -> String {
    methods().call(call).unwrap().text().unwrap().to_owned()
}

/// What the sample of a method gives.
#[track_caller]
fn sample(method: &str) -> String {
    text(&methods().get(method).unwrap().sample("s").unwrap())
}

fn every_type() -> nasty::EveryType {
    nasty::EveryType {
        string: "one".into(),
        text: "two\nlines".into(),
        integer: 3,
        decimal: Decimal::new(1250, 2),
        float: 0.25,
        boolean: true,
        date: Date::constant(2026, 12, 7),
        time: Time::constant(14, 30, 0, 0),
        datetime: "2026-12-07T15:30:00+01:00".parse().unwrap(),
        address: "Ada <ada@example.test>".parse().unwrap(),
        addresses: Mailbox::parse_list("ada@example.test, Bob <bob@example.test>").unwrap(),
        link: "https://shop.example.test/a?b=c".parse().unwrap(),
        word: Word::B,
        words: vec![Words::C, Words::D],
        list: vec![Argument::new(&1).unwrap(), Argument::new("x").unwrap()],
        gaps: vec![Some("a".into()), None],
        grid: vec![vec![], vec![7]],
        record: Record::new("r"),
        file: File::new("a.txt", *b"hello"),
        files: Vec::new(),
        any: Argument::record().with("deep", "inside"),
        note: None,
        scan: None,
        numbers: None,
        copies: None,
        price: None,
        tags: None,
        size: None,
    }
}

#[test]
fn every_type_goes_in_as_it_was_declared() {
    assert_eq!(text(&every_type()), sample("every-type"));
    let full = nasty::EveryType {
        record: Record { of: Some(-1), ..Record::new("r") },
        note: Some("a note".into()),
        scan: Some(File::new("b.png", *b"png").content_type("image/png")),
        numbers: Some(vec![1, 2]),
        copies: Some(3),
        price: Some(Decimal::new(200, 2)),
        tags: Some(vec!["z".into()]),
        size: Some(Size::new(9)),
        ..every_type()
    };
    let mail = methods().call(&full).unwrap();
    assert!(mail.text().unwrap().ends_with("r|-1|inside|a note|1+2|3|2.00|z|9\n"), "{mail:?}");
    let names: Vec<_> = mail.attachments().iter().map(|file| file.filename().unwrap()).collect();
    assert_eq!(names, ["a.txt", "b.png"]);
    assert_eq!(mail.attachments()[1].content_type().to_string(), "image/png");
}

#[test]
fn what_the_compiler_cannot_see_is_still_checked_by_the_method() {
    let error = methods().call(&nasty::EveryType { integer: 6, ..every_type() }).unwrap_err();
    assert!(error.to_string().contains("`integer` is greater than 5"), "{error}");
}

#[test]
fn keywords_are_names_of_methods_folders_fields_and_words() {
    use nasty::r#type::{Async, AsyncDyn};
    let call = nasty::Type {
        r#type: "a".into(),
        r#match: "b".into(),
        Self_: "c".into(),
        crate__: "d".into(),
        crate_: "e".into(),
        Some: "f".into(),
        Ok: None,
        ___: "h".into(),
        __: "i".into(),
        f: "j".into(),
        name: "k".into(),
        Name: "l".into(),
        r#async: Async::new("m", AsyncDyn { r#fn: 1 }),
    };
    assert_eq!(text(&call), sample("type"));
    let same = nasty::Type::new(
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "h",
        "i",
        "j",
        "k",
        "l",
        call.r#async.clone(),
    );
    assert_eq!(same, call);
}

#[test]
fn words_keep_apart_whatever_they_hold() {
    use nasty::orders::Plan;
    let words = [
        (Plan::self_, "self"),
        (Plan::Self_, "Self"),
        (Plan::a_20_b, "a b"),
        (Plan::a_2d_b, "a-b"),
        (Plan::_1st, "1st"),
        (Plan::U2b, "+"),
        (Plan::U2d, "-"),
        (Plan::Ue4, "ä"),
        (Plan::Fn, "fn"),
        (Plan::Err, "Err"),
        (Plan::Ok, "Ok"),
        (Plan::ALL, "ALL"),
        (Plan::InStock, "IN_STOCK"),
        (Plan::U22, "\""),
        (Plan::U5c, "\\"),
        (Plan::FromStr, "from_str"),
        (Plan::True, "true"),
    ];
    for (plan, word) in words {
        assert_eq!((plan.as_str(), word.parse()), (word, Ok(plan)));
        assert_eq!(plan.to_string(), word);
        let call = nasty::Orders { plan, ..orders() };
        assert!(text(&call).contains(&format!("Ada {word} one,two")), "{word}");
    }
    let error = "free".parse::<Plan>().unwrap_err();
    assert!(error.to_string().starts_with("\"free\" is not one of self, Self, a b"), "{error}");
}

fn orders() -> nasty::Orders {
    use nasty::orders::{Customer_, Line, Lines, Plan, Plan_, Status};
    nasty::Orders {
        customer: Customer_::new("Ada"),
        plan: Plan::a_20_b,
        Plan: vec![Plan_::One, Plan_::Two],
        line: Line { a: 1 },
        lines: vec![Lines { a: 2 }],
        status: vec![vec![Status::new(vec![Argument::new(&3).unwrap()])]],
    }
}

#[test]
fn each_method_is_called_whatever_its_name() {
    use nasty::{self_, r#std, r#str};
    assert_eq!(text(&orders()), sample("orders"));
    for (call, name) in [
        (nasty::Self_ {}.call(), "self"),
        (nasty::String {}.call(), "string"),
        (nasty::Option {}.call(), "option"),
        (nasty::Clone::default().call(), "clone"),
        (nasty::_2fa {}.call(), "2fa"),
        (nasty::mail2fa {}.call(), "mail2fa"),
        (nasty::U2d {}.call(), "-"),
        (nasty::U2dU2d {}.call(), "--"),
        (nasty::a1 {}.call(), "a1"),
        (nasty::a_2d_1 {}.call(), "a-1"),
        (nasty::a_5f_1 {}.call(), "a_1"),
        (nasty::a_2d_b::X {}.call(), "a-b/x"),
        (nasty::a_5f_b::X {}.call(), "a_b/x"),
        (nasty::_2024::Type {}.call(), "2024/type"),
        (nasty::orders::Customer {}.call(), "orders/customer"),
        (nasty::mailmethod::Call {}.call(), "mailmethod/call"),
        (self_::Crate {}.call(), "self/crate"),
        (r#std::Option {}.call(), "std/option"),
        (r#std::String {}.call(), "std/string"),
        (r#str::I64 {}.call(), "str/i64"),
        (r#str::Bool {}.call(), "str/bool"),
    ] {
        assert_eq!(call.method(), name);
        assert_eq!(text(&call), format!("{name}\n"));
    }
    assert_eq!(nasty::a_2d_b::X::METHOD, "a-b/x");
}

#[test]
fn no_secret_is_in_debug_output() {
    let secrets = nasty::Secrets {
        token: "t0ken".into(),
        keys: vec!["k3y".into()],
        vault: Vault { code: 4711, kind: VaultKind::Hushhush, open: Some("ins1de".into()) },
        boxes: vec![nasty::secrets::Box { pin: 1234, shown: "seen".into() }],
    };
    assert_eq!(text(&secrets), "t0ken k3y 4711 hushhush ins1de 1234 seen\n");
    let shown = format!("{secrets:?} {:?} {:?}", secrets.vault, secrets.call());
    for secret in ["t0ken", "k3y", "4711", "Hushhush", "ins1de", "1234"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(shown.contains("pin: •••, shown: \"seen\""), "{shown}");
}

#[tokio::test]
async fn a_generated_call_goes_through_every_verb() {
    let memory = MemoryAdapter::new();
    let host = MailHost::builder().methods(methods());
    let host = host.adapter("default", Arc::new(memory.clone())).build().unwrap();
    let call = nasty::str::Bool {};
    assert_eq!(host.render(&call).unwrap().method(), "str/bool");
    host.send(&call).await.unwrap();
    host.send(&call.call().locale("en").to("bob@example.test")).await.unwrap();
    let owned: [Call; 2] = [(&call).into(), call.clone().into()];
    for call in &owned {
        host.send(call).await.unwrap();
        host.send(&call).await.unwrap();
    }
    let (other, hello) = (host.clone(), call.clone());
    tokio::spawn(async move { other.send(&hello).await.map(drop) }).await.unwrap().unwrap();
    let mut transaction = host.begin();
    let staged = transaction.stage(&call).unwrap();
    transaction.amend(staged, &nasty::str::I64 {}).unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(memory.messages().len(), 8);
    assert_eq!(
        memory.messages()[1].envelope().addresses().next().unwrap().as_str(),
        "bob@example.test"
    );
}
