//! The cases that this crate was asked to hold, T01 to T37, and the rules of definitions and calls,
//! through the public API. The cases of the message alone are in `tests/message.rs`: T23, T25, T27
//! to T31 and T37. That every case has its test is held by `tests/case_list.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

use mailmethod::message::{Disposition, Limits};
use mailmethod::message::{OnConflict, OnUncertain};
use mailmethod::method::{MailKind, Type, Wake};
use mailmethod::source::Finding;
use mailmethod::{Call, CallError, File, LoadError, Mail, MailMethods};
use serde_json::json;

fn load(files: &[(&str, &str)]) -> Result<MailMethods, LoadError> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    MailMethods::from_embedded(files)
}

/// One method `a` with arguments, a subject and a text.
fn method(arguments: &str, subject: &str, text: &str) -> Result<MailMethods, LoadError> {
    let yaml = format!(
        "headers: {{ from: shop@example.test, to: ada@example.test, subject: '{subject}' }}\n{arguments}\n"
    );
    load(&[("a.yaml", &yaml), ("a.txt.j2", text)])
}

/// A method that prints its only argument `v`.
#[track_caller]
fn of_type(kind: &str) -> MailMethods {
    method(&format!("arguments: {{ v: {kind} }}"), "Hi", "[{{ v }}]").unwrap()
}

#[track_caller]
fn text(methods: &MailMethods, arguments: &serde_json::Value) -> String {
    let call = Call::new("a").args(arguments).unwrap();
    let mail = methods.call(&call).unwrap_or_else(|error| panic!("{error}"));
    mail.text().unwrap().trim_end().to_owned()
}

#[track_caller]
fn wrong(methods: &MailMethods, arguments: &serde_json::Value) -> Vec<Finding> {
    match methods.call(&Call::new("a").args(arguments).unwrap()) {
        Err(CallError::Arguments { findings, .. }) => findings,
        other => panic!("{arguments}: {other:?}"),
    }
}

/// What a value of a type prints, or the path and the message of its error.
#[track_caller]
fn gives(kind: &str, value: &serde_json::Value, expected: &str) {
    assert_eq!(text(&of_type(kind), &json!({ "v": value })), format!("[{expected}]"), "{kind}");
}

#[track_caller]
fn refuses(kind: &str, value: &serde_json::Value, expected: &str) {
    let findings = wrong(&of_type(kind), &json!({ "v": value }));
    assert!(findings[0].message.contains(expected), "{kind} {value}: {}", findings[0]);
    assert!(findings[0].path.as_deref().unwrap().starts_with('v'), "{}", findings[0]);
}

#[track_caller]
fn unsound(result: Result<MailMethods, LoadError>, expected: &[&str]) {
    let error = result.expect_err("it is wrong").to_string();
    for expected in expected {
        assert!(error.contains(expected), "no {expected:?} in:\n{error}");
    }
}

fn names(methods: &MailMethods) -> Vec<String> {
    let method = methods.get("a").unwrap();
    method.parameters().all().iter().map(|parameter| parameter.name().to_owned()).collect()
}

mod arguments {
    use super::*;

    #[test]
    fn t01_a_one_line_list_gives_name_type_and_default_in_order() {
        let methods = method(
            "arguments: 'arg1:string=\"n/a\" count:int who:nb tags:tokens plan=free due:date'",
            "Hi",
            "{{ arg1 }} {{ count }} {{ who }} {{ tags | join(\"+\") }} {{ plan }} {{ due }}",
        )
        .unwrap();
        assert_eq!(names(&methods), ["arg1", "count", "who", "tags", "plan", "due"]);
        let all = methods.get("a").unwrap().parameters().all().to_vec();
        assert_eq!((all[0].kind(), all[0].default()), (&Type::String, Some(json!("n/a"))));
        assert_eq!((all[1].kind(), all[1].is_required()), (&Type::Integer, true));
        let arguments =
            json!({ "count": 2, "who": "Ada", "tags": ["a", "b"], "due": "2026-12-07" });
        assert_eq!(text(&methods, &arguments), "n/a 2 Ada a+b free 2026-12-07");
    }

    #[test]
    fn t02_no_arguments_are_no_error() {
        for arguments in ["", "arguments:", "arguments: {}", "arguments: ''", "arguments: ' '"] {
            let methods = method(arguments, "Hi", "Hello").unwrap();
            assert!(names(&methods).is_empty());
            assert_eq!(text(&methods, &json!({})), "Hello");
        }
    }

    #[test]
    fn t03_an_argument_list_that_does_not_parse_is_an_error_with_line_and_column() {
        for (list, column) in [("x a = 5", 17), ("a=", 15), ("\"x\"", 13), ("a, b", 13)] {
            let place = format!("embedded/a.yaml:2:{column}");
            unsound(method(&format!("arguments: '{list}'"), "Hi", "Hello"), &[&place]);
        }
    }

    #[test]
    fn t04_a_required_value_that_is_absent_is_named_and_nothing_is_rendered() {
        let methods = method(
            "arguments: { order_no: string, lines: { list: { price: decimal } }, plan: enum(free|team) }",
            "Order {{ order_no }}",
            "{{ order_no.missing }}",
        )
        .unwrap();
        let arguments = json!({ "lines": [{ "price": "1" }, {}, { "price": "x", "prise": 1 }], "plan": "fre", "other": 1 });
        let findings = wrong(&methods, &arguments);
        let paths: Vec<&str> = findings.iter().map(|f| f.path.as_deref().unwrap()).collect();
        let expected =
            ["other", "order_no", "lines[1].price", "lines[2].prise", "lines[2].price", "plan"];
        assert_eq!(paths, expected);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        let expected = [
            "unknown-argument",
            "missing-argument",
            "missing-argument",
            "unknown-argument",
            "wrong-argument",
            "wrong-argument",
        ];
        assert_eq!(codes, expected);
        assert_eq!(findings[3].help.as_deref(), Some("did you mean `price`?"));
        assert_eq!(findings[5].help.as_deref(), Some("did you mean `free`?"));
        assert!(findings[1].to_string().contains("embedded/a.yaml:2:14"), "{}", findings[1]);
    }

    #[test]
    fn t05_an_absent_optional_prints_nothing_and_drops_its_header() {
        let yaml = "headers:\n  from: shop@example.test\n  to: ada@example.test\n  cc: '{{ copy }}'\n  \
                    x-note: '{{ note }}'\n  subject: '[{{ note }}]'\n\
                    arguments: { note: string?, copy: address?, list: list?, day: date?, who: { type: record, fields: { x: string }, optional: true } }\n";
        let body = "[{{ note }}|{{ note is defined }}|{{ 'yes' if note else 'no' }}|{% for x in list %}x{% endfor %}|\
                    {{ note is none }}|{{ note | default('d') }}|{{ day | date }}|{{ copy.spec if copy }}]";
        let methods = load(&[("a.yaml", yaml), ("a.txt.j2", body), ("a.html.j2", body)]).unwrap();
        for arguments in [
            json!({}),
            json!({ "note": null, "copy": null, "list": null, "day": null, "who": null }),
        ] {
            let mail = methods.call(&Call::new("a").args(&arguments).unwrap()).unwrap();
            let expected = "[|True|no||True|d||]";
            assert_eq!(
                (mail.text().unwrap().trim_end(), mail.html().unwrap().trim_end()),
                (expected, expected)
            );
            assert_eq!((mail.subject(), mail.header("x-note"), mail.cc().len()), ("[]", None, 0));
        }
    }

    #[test]
    fn t06_an_integer_is_a_whole_number_in_any_writing() {
        for value in [json!(42), json!(42.0), json!("42")] {
            gives("integer", &value, "42");
        }
        refuses("integer", &json!(""), "`v` is empty, not an integer");
        refuses("integer", &json!(null), "`v` is null, not an integer");
        refuses("integer", &json!(42.5), "`v` is 42.5, not an integer");
        refuses("integer", &json!(9_223_372_036_854_775_808_u64), "not an integer");
        refuses("integer", &json!(true), "`v` is true, not an integer");
    }

    #[test]
    fn t07_a_float_is_a_number_in_any_writing() {
        gives("float", &json!(100), "100.0");
        gives("float", &json!("100.5"), "100.5");
        refuses("float", &json!(""), "`v` is empty, not a number");
        refuses("float", &json!("NaN"), "not a number");
        refuses("float", &json!("inf"), "not a number");
    }

    #[test]
    fn t08_an_empty_text_is_none_where_a_text_is_needed() {
        let needs = "{ type: string, min: 1 }";
        refuses(needs, &json!(""), "`v` has 0 characters where at least 1 are needed");
        gives("{ type: string, min: 1, optional: true }", &json!(""), "");
        gives("string", &json!(""), "");
        let methods = method("arguments: 'v:nb'", "Hi", "[{{ v }}]").unwrap();
        assert!(wrong(&methods, &json!({ "v": "" }))[0].message.contains("at least 1"));
    }

    #[test]
    fn t09_a_missing_or_unknown_type_is_an_error_with_the_nearest_one() {
        unsound(method("arguments: { v: }", "Hi", "x"), &["the type is empty"]);
        unsound(
            method("arguments: { v: strng }", "Hi", "x"),
            &["unknown type `strng`", "did you mean `string`?"],
        );
        unsound(
            method("arguments: { v: { type: 1 } }", "Hi", "x"),
            &["`type` is an integer, not text"],
        );
        unsound(method("arguments: 'v:'", "Hi", "x"), &["no type behind its colon"]);
    }

    #[test]
    fn t12_a_value_in_angle_brackets_is_shown_and_never_markup() {
        let yaml = "arguments: { v: string }\nheaders: { from: shop@x.test, to: ada@x.test, subject: '{{ v }}' }";
        let html = "<p>{{ v }}</p>";
        let methods = MailMethods::from_embedded([("a.yaml", yaml), ("a.html.j2", html)]).unwrap();
        let mail = methods.call(&Call::new("a").arg("v", "<xyz> & co").unwrap()).unwrap();
        assert_eq!(mail.html(), Some("<p>&lt;xyz&gt; &amp; co</p>\n"));
        assert_eq!(mail.text(), Some("<xyz> & co\n"), "made from the HTML, as a reader sees it");
        assert_eq!(mail.subject(), "<xyz> & co");
    }

    #[test]
    fn t11_a_method_renders_without_an_adapter() {
        let methods = method("arguments: 'foo bar'", "Hi", "{{ bar }}").unwrap();
        assert_eq!(text(&methods, &json!({ "foo": "FOO", "bar": "BAR" })), "BAR");
    }

    #[test]
    fn a_decimal_keeps_its_digits() {
        gives("decimal", &json!("12.50"), "12.50");
        gives("decimal", &json!(12), "12");
        gives("decimal", &json!(12.5), "12.5");
        gives("decimal", &json!(0.1), "0.1");
        for value in [json!(""), json!("12,50"), json!("1_000"), json!(true), json!([1])] {
            refuses("decimal", &value, "not a decimal number");
        }
    }

    #[test]
    fn a_string_is_one_line_and_a_number_only_from_a_command_line() {
        gives("string", &json!("Ünï"), "Ünï");
        for value in [json!(1), json!(true), json!(1.5)] {
            refuses("string", &value, "not text");
            let call = Call::new("a").arg("v", &value).unwrap().from_text();
            assert!(of_type("string").call(&call).is_ok());
        }
        refuses("string", &json!("a\nb"), "holds a line break");
        gives("text", &json!("a\nb"), "a\nb");
        for kind in ["string", "text", "any"] {
            refuses(kind, &json!("a\u{7}"), "holds the control character U+0007");
        }
    }

    #[test]
    fn a_boolean_is_a_word_only_from_a_command_line() {
        gives("boolean", &json!(true), "True");
        refuses("boolean", &json!("true"), "not true or false");
        for (word, expected) in [("yes", "[True]"), ("off", "[False]"), ("1", "[True]")] {
            let call = Call::new("a").arg("v", word).unwrap().from_text();
            assert_eq!(
                of_type("boolean").call(&call).unwrap().text().unwrap().trim_end(),
                expected
            );
        }
    }

    #[test]
    fn nothing_but_an_absent_optional_takes_null() {
        for kind in [
            "string",
            "text",
            "integer",
            "decimal",
            "float",
            "boolean",
            "date",
            "time",
            "datetime",
            "address",
            "addresses",
            "url",
            "enum(a|b)",
            "list",
            "file",
            "{ x: string }",
            "integer = 1",
        ] {
            let findings = wrong(&of_type(kind), &json!({ "v": null }));
            assert!(findings[0].message.contains("null"), "{kind}: {}", findings[0]);
        }
        for kind in [
            "string?",
            "integer?",
            "date?",
            "address?",
            "addresses?",
            "url?",
            "enum(a|b)?",
            "list?",
            "file?",
            "any?",
        ] {
            assert_eq!(text(&of_type(kind), &json!({ "v": null })), "[]", "{kind}");
            assert_eq!(text(&of_type(kind), &json!({})), "[]", "{kind}");
        }
    }

    #[test]
    fn dates_and_times_are_read_and_nothing_like_them() {
        gives("date", &json!("2026-12-07"), "2026-12-07");
        gives("time", &json!("14:30"), "14:30");
        gives("datetime", &json!("2026-12-07T14:30:00+01:00"), "2026-12-07T13:30:00+00:00");
        for (kind, value) in [
            ("date", "07.12.2026"),
            ("date", "2026-02-30"),
            ("date", "tomorrow"),
            ("time", "25:00"),
            ("datetime", "2026-12-07"),
        ] {
            refuses(kind, &json!(value), "not a ");
        }
    }

    #[test]
    fn an_address_is_a_mailbox_with_its_parts() {
        let methods =
            method("arguments: { v: address }", "Hi", "{{ v }}|{{ v.name }}|{{ v.spec }}").unwrap();
        for (given, expected) in [
            ("ada@example.test", "ada@example.test||ada@example.test"),
            ("Ada <ada@example.test>", "Ada <ada@example.test>|Ada|ada@example.test"),
            ("\"L, A\" <a@x.test>", "\"L, A\" <a@x.test>|L, A|a@x.test"),
        ] {
            assert_eq!(text(&methods, &json!({ "v": given })), expected);
        }
        for bad in ["ada", "a@x.test, b@x.test", "", "<>", "a@x.test\nb"] {
            assert_eq!(
                wrong(&methods, &json!({ "v": bad }))[0].path.as_deref(),
                Some("v"),
                "{bad}"
            );
        }
    }

    #[test]
    fn addresses_are_a_list_or_one_text() {
        let methods = method(
            "arguments: { v: addresses }",
            "Hi",
            "{{ v }}|{{ v | length }}|{% for a in v %}{{ a.spec }};{% endfor %}",
        )
        .unwrap();
        let expected = "Ada <a@x.test>, b@x.test|2|a@x.test;b@x.test;";
        for given in [json!("Ada <a@x.test>, b@x.test"), json!(["Ada <a@x.test>", "b@x.test"])] {
            assert_eq!(text(&methods, &json!({ "v": given })), expected);
        }
        assert_eq!(wrong(&methods, &json!({ "v": ["a@x.test, b@x.test"] })).len(), 1);
        assert_eq!(wrong(&methods, &json!({ "v": [1] })).len(), 1);
    }

    #[test]
    fn t25_addresses_as_a_list_and_as_text_make_the_same_mail() {
        let yaml = "headers: { from: shop@x.test, to: '{{ v }}', cc: [c@x.test, 'D <d@x.test>'] }\narguments: { v: addresses }";
        let methods = load(&[("a.yaml", yaml), ("a.txt.j2", "Hi")]).unwrap();
        let of = |value: serde_json::Value| {
            methods.call(&Call::new("a").arg("v", &value).unwrap()).unwrap()
        };
        let (list, one) = (
            of(json!(["a@x.test", "b@x.test", "a@x.test"])),
            of(json!("a@x.test, b@x.test, a@x.test")),
        );
        assert_eq!(list.to(), one.to());
        let envelope = list.envelope();
        let found: Vec<&str> = envelope.addresses().map(|address| address.as_str()).collect();
        assert_eq!(found, ["a@x.test", "b@x.test", "c@x.test", "d@x.test"]);
    }

    #[test]
    fn a_url_is_absolute_and_of_a_scheme_that_mail_can_show() {
        for good in ["https://x.test", "https://x.test/a?b=c#d", "mailto:a@x.test", "tel:+491234"] {
            gives("url", &json!(good), good);
        }
        for bad in [
            "x.test",
            "/a",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "https://",
            "https://x.test/ a",
            "",
        ] {
            refuses("url", &json!(bad), "URL");
        }
    }

    #[test]
    fn an_enum_takes_its_words_in_either_writing() {
        for kind in [
            "enum(free|team) = free",
            "'enum(free, team) = free'",
            "{ type: 'enum(free|team)', default: free }",
        ] {
            assert_eq!(text(&of_type(kind), &json!({})), "[free]");
            gives(kind, &json!("team"), "team");
            refuses(kind, &json!("tem"), "\"tem\", not one of free, team");
        }
        let cut = method("arguments: { plan: enum(free, team), name: string }", "Hi", "x");
        unsound(cut, &["quote it, or write enum(a|b)", "embedded/a.yaml:2:31"]);
    }

    #[test]
    fn the_long_form_says_everything_about_an_argument() {
        let long = "arguments:\n  code: { type: string, pattern: '[A-Z]{3}', description: A code., max_length: 3 }\n  \
                    count: { type: integer, min: 1, max: 9, default: 2 }\n  \
                    lines: { type: list, of: { title: string }, min: 1 }\n  \
                    who: { type: record, fields: { type: string, of: string }, optional: true }\n  \
                    day: { type: date, min: '2026-01-01' }\n  token: { type: url, secret: true, optional: true }";
        let methods =
            method(long, "Hi", "{{ code }} {{ count }} {{ lines[0].title }} {{ who.type if who }}")
                .unwrap();
        let fields = methods.get("a").unwrap().parameters().clone();
        assert_eq!(fields.get("code").unwrap().description(), Some("A code."));
        assert!(
            fields.get("token").unwrap().is_secret() && fields.get("who").unwrap().is_optional()
        );
        let good = json!({ "code": "ABC", "lines": [{ "title": "x" }], "day": "2026-05-01", "who": { "type": "t", "of": "o" } });
        assert_eq!(text(&methods, &good), "ABC 2 x t");
        let bad = json!({ "code": "abcd", "count": 10, "lines": [], "day": "2025-12-31" });
        let messages: Vec<String> = wrong(&methods, &bad).into_iter().map(|f| f.message).collect();
        let expected = [
            "`code` has 4 characters where at most 3 are allowed",
            "`count` is greater than 9",
            "`lines` has 0 items where at least 1 are needed",
            "`day` is less than 2026-01-01",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn a_map_is_a_record_and_its_fields_are_enforced() {
        let methods = method(
            "arguments: { v: { list: { name: string, tags: list, inner: { n: integer = 1 } } } }",
            "Hi",
            "{{ v[0].name }}{{ v[0].inner.n }}",
        )
        .unwrap();
        assert_eq!(
            text(&methods, &json!({ "v": [{ "name": "x", "tags": [1], "inner": {} }] })),
            "x1"
        );
        let findings = wrong(
            &methods,
            &json!({ "v": [{ "name": "x", "tags": "y", "inner": { "m": 1 } }, 3] }),
        );
        let paths: Vec<&str> = findings.iter().map(|f| f.path.as_deref().unwrap()).collect();
        assert_eq!(paths, ["v[0].tags", "v[0].inner.m", "v[1]"]);
    }

    #[test]
    fn reserved_names_are_refused_and_the_words_of_mail_are_free() {
        for name in
            ["loop", "self", "super", "t", "url", "inline_image", "for", "not", "none", "True"]
        {
            unsound(
                method(&format!("arguments: {{ \"{name}\": string }}"), "Hi", "x"),
                &["error[reserved-name]"],
            );
        }
        let free = "arguments: { to: string, subject: string, body: string, name: string, from_: string, headers: string, locale: string }";
        let methods =
            method(free, "{{ subject }}", "{{ to }}{{ body }}{{ name }}{{ headers }}{{ locale }}")
                .unwrap();
        let all = json!({ "to": "1", "subject": "2", "body": "3", "name": "4", "from_": "5", "headers": "6", "locale": "7" });
        assert_eq!(text(&methods, &all), "13467");
    }

    #[test]
    fn arguments_come_as_a_struct_a_map_or_pairs_and_later_ones_win() {
        #[derive(serde::Serialize)]
        struct Order {
            v: u8,
        }
        let methods = of_type("integer");
        let calls = [
            Call::new("a").args(&Order { v: 7 }).unwrap(),
            Call::new("a").args(&[("v", 7)]).unwrap(),
            Call::new("a").args(&std::collections::HashMap::from([("v", 7)])).unwrap(),
            Call::new("a").arg("v", &1).unwrap().arg("v", &7).unwrap(),
        ];
        for call in calls {
            assert_eq!(methods.call(&call).unwrap().text(), Some("[7]\n"));
        }
        assert!(Call::new("a").args(&7).is_err());
    }
}

mod definitions {
    use super::*;

    const A: &str = "headers: { to: ada@example.test, subject: Hi }\ntext: Hello\n";

    #[test]
    fn maps_of_defaults_merge_key_by_key_and_lists_and_scalars_are_replaced() {
        let root = "kind: bulk\nadapter: slow\nlocale: de\nheaders: { from: root@x.test, reply-to: help@x.test, x-a: root }\n\
                    attachments: [{ file: /one.txt }]\ndelivery: { expires: 24h, on_uncertain: hold, priority: 2 }\n";
        let near =
            "adapter: fast\nheaders: { from: near@x.test, X-A: '' }\ndelivery: { expires: 1h }\n";
        let own = "headers: { to: ada@x.test, x-b: own }\ntext: Hello\nattachments: [{ file: /two.txt }]\ndelivery: { on_conflict: skip }\n";
        let methods = load(&[
            ("_defaults.yaml", root),
            ("n/_defaults.yaml", near),
            ("n/m/a.yaml", own),
            ("b.yaml", A),
            ("one.txt", "1"),
            ("two.txt", "2"),
        ])
        .unwrap();
        let method = methods.get("n.m.a").unwrap();
        assert_eq!((method.kind(), method.adapter()), (MailKind::Bulk, "fast"));
        let delivery = method.delivery();
        assert_eq!(delivery.expires.unwrap().as_secs(), 3_600);
        assert_eq!(
            (delivery.on_uncertain, delivery.on_conflict, delivery.priority),
            (OnUncertain::Hold, OnConflict::Skip, Some(2))
        );
        let mail = methods.call(&Call::new("n/m/a")).unwrap();
        assert_eq!(mail.from().address().as_str(), "near@x.test");
        assert_eq!(mail.reply_to()[0].address().as_str(), "help@x.test");
        assert_eq!((mail.header("x-a"), mail.header("x-b").as_deref()), (None, Some("own")));
        assert_eq!((mail.locale(), mail.attachments().len()), ("de", 1));
        assert_eq!(mail.attachments()[0].filename(), Some("two.txt"));
        let origins: std::collections::BTreeMap<&str, String> = method.origins().collect();
        assert_eq!(origins["kind"], "embedded/_defaults.yaml:1");
        assert_eq!(origins["headers.from"], "embedded/n/_defaults.yaml:2");
        assert_eq!(
            methods.call(&Call::new("b")).unwrap().attachments()[0].filename(),
            Some("one.txt")
        );
    }

    #[test]
    fn t14_the_nearest_folder_names_the_adapter_and_the_list_is_sorted() {
        let methods = load(&[
            ("_defaults.yaml", "adapter: root\nheaders: { from: shop@x.test }"),
            ("x/_defaults.yaml", "adapter: x"),
            ("x/y/_defaults.yaml", "kind: bulk"),
            ("x/y/a.yaml", A),
            ("x/b.yaml", &format!("{A}adapter: own")),
            ("z.yaml", A),
        ])
        .unwrap();
        let found: Vec<(&str, &str)> = methods.iter().map(|m| (m.name(), m.adapter())).collect();
        assert_eq!(found, [("x/b", "own"), ("x/y/a", "x"), ("z", "root")]);
        assert_eq!(
            load(&[("a.yaml", &format!("{A}description: x"))]).unwrap().get("a").unwrap().adapter(),
            "default"
        );
    }

    #[test]
    fn a_path_is_relative_to_its_yaml_file_or_to_the_templates_folder() {
        let yaml = "headers: { from: s@x.test, to: a@x.test }\nhtml: { file: bodies/b.html.j2 }\ntext: { file: /shared/b.txt.j2 }\n\
                    attachments: [{ file: files/a.txt }, { file: ../up.txt }, { file: /shared/root.txt }, { template: t.csv.j2 }]";
        let methods = load(&[
            ("m/a.yaml", yaml),
            ("m/bodies/b.html.j2", "{% extends \"_layout.html.j2\" %}{% block x %}{% include \"./in.html.j2\" %}{% include \"../p.html.j2\" %}{% endblock %}"),
            ("m/bodies/in.html.j2", "in,"),
            ("m/p.html.j2", "up"),
            ("_layout.html.j2", "<p>{% block x %}{% endblock %}</p>"),
            ("shared/b.txt.j2", "text"),
            ("m/files/a.txt", ""),
            ("up.txt", ""),
            ("shared/root.txt", ""),
            ("m/t.csv.j2", "a;b\n"),
        ])
        .unwrap();
        let mail = methods.call(&Call::new("m/a")).unwrap();
        assert_eq!(
            (mail.html().map(str::trim), mail.text().map(str::trim)),
            (Some("<p>in,up</p>"), Some("text"))
        );
        let found: Vec<&str> =
            mail.attachments().iter().filter_map(|part| part.filename()).collect();
        assert_eq!(found, ["a.txt", "up.txt", "root.txt", "t.csv"]);
    }

    #[test]
    fn a_locale_falls_back_to_its_language_and_then_to_the_default() {
        let yaml = "headers: { from: s@x.test, to: a@x.test, subject: \"{{ t('hello', name='Ada') }}{{ t('only') }}\" }";
        let methods = load(&[
            ("a.yaml", yaml),
            ("a.txt.j2", "default"),
            ("a.de.txt.j2", "de"),
            ("a.de-AT.html.j2", "<p>AT {{ t('n', count=1) }} {{ t('n', count=2) }}</p>"),
            ("a.html.j2", "<p>default</p>"),
            ("_locales/en.yaml", "hello: Hello {name}\nonly: ' en'\nn: { one: '{count} mail', other: '{count} mails' }"),
            ("_locales/de.yaml", "hello: Hallo {name}\nn: { one: '{count} Brief', other: '{count} Briefe' }"),
            ("_locales/de-AT.yaml", "hello: Servus {name}"),
        ])
        .unwrap();
        let mail = |locale: &str| -> Mail { methods.call(&Call::new("a").locale(locale)).unwrap() };
        let seen = |mail: &Mail| {
            (
                mail.subject().to_owned(),
                mail.text().unwrap().trim().to_owned(),
                mail.html().unwrap().trim().to_owned(),
            )
        };
        let expected = |s: &str, t: &str, h: &str| (s.to_owned(), t.to_owned(), h.to_owned());
        assert_eq!(
            seen(&mail("de-AT")),
            expected("Servus Ada en", "de", "<p>AT 1 Brief 2 Briefe</p>")
        );
        assert_eq!(seen(&mail("de_at")), seen(&mail("de-AT")));
        assert_eq!(seen(&mail("de")), expected("Hallo Ada en", "de", "<p>default</p>"));
        assert_eq!(seen(&mail("de-CH")), seen(&mail("de")));
        assert_eq!(seen(&mail("fr")), expected("Hello Ada en", "default", "<p>default</p>"));
        assert_eq!(seen(&methods.call(&Call::new("a")).unwrap()), seen(&mail("en")));
        assert_eq!(
            methods.get("a").unwrap().locales().iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            ["en", "de", "de-AT"]
        );
        let error = methods.call(&Call::new("a").locale("../de")).unwrap_err().to_string();
        assert!(error.contains("is no locale"), "{error}");
    }

    #[test]
    fn a_yaml_file_of_a_locale_is_an_error_that_says_what_to_do() {
        unsound(
            load(&[("a.yaml", A), ("a.de.yaml", "headers: {}")]),
            &["error[locale-file]", "a.de.yaml", "_locales/de.yaml"],
        );
    }

    #[test]
    fn a_name_is_a_path_and_a_dot_is_as_good_as_a_slash() {
        let yaml = format!("{A}\n").replace("to:", "from: s@x.test, to:");
        let methods = load(&[
            ("orders/new_one-2.yaml", &yaml),
            ("_drafts/x.yaml", "rubbish: ["),
            ("orders/_y.yaml", "rubbish: ["),
        ])
        .unwrap();
        for name in ["orders/new_one-2", "orders.new_one-2"] {
            assert_eq!(methods.get(name).unwrap().name(), "orders/new_one-2");
            assert!(methods.call(&Call::new(name)).is_ok());
        }
        for (name, nearest) in
            [("orders/new_one-3", true), ("new_one-2", true), ("zzz", false), ("_drafts/x", false)]
        {
            let error = methods.find(name).unwrap_err();
            let CallError::UnknownMethod { nearest: found, .. } = &error else { panic!("{error}") };
            assert_eq!(found.is_some(), nearest, "{error}");
        }
        for name in ["A.yaml", "a b.yaml", "\u{e4}.yaml", "x.y.yaml"] {
            unsound(load(&[(name, A)]), &["error[method-name]"]);
        }
    }

    #[test]
    fn kinds_and_delivery_have_their_defaults_and_their_keys() {
        let all = "kind: bulk\ndelivery: { key: 'k:{{ v }}', on_conflict: replace, expires: 90s, on_uncertain: assume_sent, priority: 5, wake: next-run }\narguments: { v: string }";
        let methods = method(all, "Hi", "x").unwrap();
        let method = methods.get("a").unwrap();
        let delivery = method.delivery();
        assert_eq!(
            (method.kind(), delivery.on_conflict, delivery.on_uncertain),
            (MailKind::Bulk, OnConflict::Replace, OnUncertain::AssumeSent)
        );
        assert_eq!(
            (delivery.wake, delivery.priority, delivery.expires.unwrap().as_secs()),
            (Some(Wake::NextRun), Some(5), 90)
        );
        let plain = super::method("", "Hi", "x").unwrap();
        let delivery = plain.get("a").unwrap().delivery().clone();
        assert_eq!(
            (delivery.on_conflict, delivery.on_uncertain, delivery.wake),
            (OnConflict::Error, OnUncertain::Retry, None)
        );
        for (key, bad) in [
            ("priority", "0"),
            ("priority", "6"),
            ("expires", "soon"),
            ("expires", "0h"),
            ("wake", "now"),
            ("retry", "1"),
        ] {
            unsound(
                super::method(&format!("delivery: {{ {key}: {bad} }}"), "Hi", "x"),
                &["embedded/a.yaml:2:"],
            );
        }
    }

    #[test]
    fn a_folder_is_loaded_again_when_a_file_changed_and_kept_when_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        let write = |text: &str| {
            std::fs::write(
                &file,
                format!("headers: {{ from: s@x.test, to: a@x.test }}\ntext: {text}\n"),
            )
            .unwrap();
        };
        write("One");
        let mut methods = MailMethods::load(folder.path()).unwrap();
        assert!(!methods.reload_if_changed().unwrap());
        write("Three");
        assert!(methods.reload_if_changed().unwrap());
        assert_eq!(methods.call(&Call::new("a")).unwrap().text(), Some("Three\n"));
        write("[broken, list]");
        assert!(methods.reload_if_changed().is_err());
        assert!(!methods.reload_if_changed().unwrap());
        assert_eq!(methods.call(&Call::new("a")).unwrap().text(), Some("Three\n"));
    }

    #[test]
    fn a_broken_method_names_its_findings_and_the_others_work() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), A.replace("to:", "from: s@x.test, to:"))
            .unwrap();
        std::fs::write(folder.path().join("b.yaml"), "headrs: {}").unwrap();
        let methods = MailMethods::inspect(folder.path(), Default::default(), Limits::default());
        assert!(methods.call(&Call::new("a")).is_ok());
        assert_eq!(methods.broken().collect::<Vec<_>>(), ["b"]);
        let error = methods.call(&Call::new("b")).unwrap_err();
        assert!(matches!(&error, CallError::Mail { method, .. } if method == "b"));
        assert!(error.to_string().contains("did you mean `headers`?"), "{error}");
        let report = methods.check(&["a"]).unwrap();
        assert_eq!((report.methods, report.previews, report.findings[0].code), (1, 0, "no-sample"));
        assert!(report.findings[0].to_string().contains("a.yaml"), "{}", report.findings[0]);
        assert!(methods.check(&["c"]).is_err());
    }
}

mod mails {
    use super::*;

    fn with_headers(headers: &str) -> MailMethods {
        let yaml = format!("headers: {{ {headers} }}\narguments: {{ v: string? }}\ntext: Hello\n");
        load(&[("a.yaml", &yaml)]).unwrap()
    }

    #[test]
    fn t20_recipients_and_sender_are_taken_from_the_headers() {
        let methods = with_headers(
            "from: Shop <shop@x.test>, to: [a@x.test, 'B <b@x.test>'], cc: c@x.test, subject: Hi",
        );
        let mail = methods.call(&Call::new("a")).unwrap();
        let envelope = mail.envelope();
        assert_eq!(envelope.sender().unwrap().as_str(), "shop@x.test");
        assert_eq!(
            envelope.addresses().map(|a| a.as_str()).collect::<Vec<_>>(),
            ["a@x.test", "b@x.test", "c@x.test"]
        );
    }

    #[test]
    fn t21_what_a_call_sets_wins_over_the_method() {
        let methods = with_headers(
            "from: shop@x.test, to: a@x.test, cc: c@x.test, subject: Hi, x-a: method, message-id: <1@x.test>",
        );
        let call = Call::new("a")
            .from("Own <own@x.test>")
            .to(["b@x.test", "D <d@x.test>"])
            .cc("")
            .bcc("z@x.test")
            .reply_to("r@x.test")
            .header("Subject", "Own")
            .header("X-A", "call")
            .header("X-B", "new");
        let mail = methods.call(&call).unwrap();
        assert_eq!((mail.from().to_string().as_str(), mail.subject()), ("Own <own@x.test>", "Own"));
        assert_eq!(
            (mail.to().len(), mail.cc().len(), mail.bcc().len(), mail.reply_to().len()),
            (2, 0, 1, 1)
        );
        assert_eq!(
            (mail.header("x-a").as_deref(), mail.header("x-b").as_deref()),
            (Some("call"), Some("new"))
        );
        let wrong = Call::new("a")
            .to("nobody")
            .header("Date", "today")
            .header("x y", "z")
            .from("a@x.test, b@x.test");
        let CallError::Arguments { findings, .. } = methods.call(&wrong).unwrap_err() else {
            panic!()
        };
        let paths: Vec<&str> = findings.iter().map(|f| f.path.as_deref().unwrap()).collect();
        assert_eq!(paths, ["from", "to", "headers.date", "headers.x y"]);
    }

    #[test]
    fn t22_and_t35_no_sender_no_recipient_and_no_body_are_told_apart() {
        for (headers, code) in [
            ("from: s@x.test", "no-recipient"),
            ("to: a@x.test", "no-sender"),
            ("from: s@x.test, to: '{{ v }}'", "no-recipient"),
        ] {
            let error = with_headers(headers).call(&Call::new("a")).unwrap_err();
            let found: Vec<&str> = error.findings().iter().map(|f| f.code).collect();
            assert_eq!(found, [code], "{error}");
            assert!(error.to_string().contains("embedded/a.yaml"), "{error}");
        }
        for headers in ["from: s@x.test, cc: a@x.test", "from: s@x.test, bcc: a@x.test"] {
            assert!(with_headers(headers).call(&Call::new("a")).is_ok());
        }
        unsound(
            load(&[("a.yaml", "headers: { from: s@x.test, to: a@x.test }")]),
            &["error[no-body]"],
        );
    }

    #[test]
    fn t34_a_line_break_in_a_header_is_an_error_that_names_it() {
        let yaml = "headers: { from: s@x.test, to: a@x.test, subject: 'Hi {{ v }}' }\narguments: { v: text }\ntext: Hello\n";
        let methods = load(&[("a.yaml", yaml)]).unwrap();
        let error = methods
            .call(&Call::new("a").arg("v", "x\nBcc: evil@x.test").unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a header value holds a line break")
                && error.contains("embedded/a.yaml:1:"),
            "{error}"
        );
    }

    #[test]
    fn a_return_path_is_the_sender_of_the_envelope_and_may_be_none() {
        for (path, expected) in
            [("bounce@x.test", Some("bounce@x.test")), ("<>", None), ("", Some("s@x.test"))]
        {
            let methods =
                with_headers(&format!("from: s@x.test, to: a@x.test, return-path: '{path}'"));
            let mail = methods.call(&Call::new("a")).unwrap();
            assert_eq!(mail.envelope().sender().map(|a| a.as_str()), expected);
            assert_eq!(mail.header("return-path"), None);
        }
    }

    #[test]
    fn an_address_between_angle_brackets_is_its_address_alone() {
        let yaml = "headers: { from: s@x.test, to: 'Dr. {{ who.name }} <{{ who }}>', cc: '{{ who }}', reply-to: '{{ all }}' }\n\
                    arguments: { who: address, all: addresses }\ntext: '{{ who }}'\n";
        let methods = load(&[("a.yaml", yaml)]).unwrap();
        let call = Call::new("a")
            .args(&json!({ "who": "\"L, A\" <a@x.test>", "all": "b@x.test, C <c@x.test>" }))
            .unwrap();
        let mail = methods.call(&call).unwrap();
        assert_eq!(
            (mail.to()[0].name(), mail.to()[0].address().as_str()),
            (Some("Dr. L, A"), "a@x.test")
        );
        assert_eq!(
            (mail.cc()[0].name(), mail.cc().len(), mail.reply_to().len()),
            (Some("L, A"), 1, 2)
        );
        assert_eq!(mail.text().map(str::trim), Some("\"L, A\" <a@x.test>"));
    }

    #[test]
    fn an_attachment_of_an_absent_optional_is_left_out_and_its_name_not_rendered() {
        let yaml = "headers: { from: s@x.test, to: a@x.test }\narguments: { v: file?, all: { list: file }, no: string? }\ntext: Hello\n\
                    attachments:\n  - { argument: v, filename: 'i-{{ no.part }}.pdf' }\n  - { argument: all }\n  \
                    - { file: logo.png, disposition: inline, content_id: logo }\n";
        let methods = load(&[("a.yaml", yaml), ("logo.png", "")]).unwrap();
        let none: [File; 0] = [];
        let mail = methods.call(&Call::new("a").arg("all", &none).unwrap()).unwrap();
        assert_eq!(mail.attachments().len(), 1);
        assert_eq!(
            (mail.attachments()[0].disposition(), mail.attachments()[0].content_id()),
            (Disposition::Inline, Some("logo"))
        );
        let files = [
            File::new("a.csv", b"1".to_vec()),
            File::new("b.bin", b"2".to_vec()).content_type("image/gif"),
        ];
        let mail = methods.call(&Call::new("a").arg("all", &files).unwrap()).unwrap();
        let found: Vec<(&str, &str)> = mail
            .attachments()
            .iter()
            .map(|p| (p.filename().unwrap(), p.content_type().essence()))
            .collect();
        assert_eq!(
            found,
            [("a.csv", "text/csv"), ("b.bin", "image/gif"), ("logo.png", "image/png")]
        );
        let given = Call::new("a")
            .arg("all", &none)
            .unwrap()
            .arg("v", &File::new("x", b"".to_vec()))
            .unwrap();
        assert!(methods.call(&given).unwrap_err().to_string().contains("`no.part` is undefined"));
    }

    #[test]
    fn t31_an_attachment_has_the_type_of_its_name_and_one_without_either_is_refused() {
        let yaml = "headers: { from: s@x.test, to: a@x.test }\narguments: { v: file }\ntext: Hello\nattachments: [{ argument: v }]";
        let methods = load(&[("a.yaml", yaml)]).unwrap();
        let with = |name: &str| {
            methods.call(&Call::new("a").arg("v", &File::new(name, b"".to_vec())).unwrap())
        };
        assert_eq!(
            with("foo.txt").unwrap().attachments()[0].content_type().essence(),
            "text/plain"
        );
        assert!(with("").is_err());
    }

    #[test]
    fn an_image_is_embedded_once_by_its_path() {
        let yaml = "headers: { from: s@x.test, to: a@x.test }\ntext: Hello\n";
        let html = "<img src=\"{{ inline_image('i/l.png') }}\"><img src=\"{{ inline_image('./l.png') }}\">";
        let methods =
            load(&[("i/a.yaml", yaml), ("i/a.html.j2", html), ("i/l.png", "png")]).unwrap();
        let mail = methods.call(&Call::new("i/a")).unwrap();
        let id = mail.attachments()[0].content_id().unwrap().to_owned();
        assert_eq!(mail.attachments().len(), 1);
        assert_eq!(mail.html().unwrap().matches(&format!("src=\"cid:{id}\"")).count(), 2);
    }

    #[test]
    fn a_calendar_part_escapes_its_values() {
        let yaml = "headers: { from: s@x.test, to: a@x.test }\narguments: { v: text }\ntext: Hello\nattachments: [{ template: e.ics.j2, type: text/calendar; method=PUBLISH }]";
        let methods = load(&[("a.yaml", yaml), ("e.ics.j2", "SUMMARY:{{ v }}\nEND\n")]).unwrap();
        let mail = methods.call(&Call::new("a").arg("v", "a;b,c\nATTENDEE:x").unwrap()).unwrap();
        assert_eq!(mail.attachments()[0].content(), b"SUMMARY:a\\;b\\,c\\nATTENDEE:x\r\nEND\r\n");
        assert_eq!(mail.attachments()[0].content_type().parameter("method"), Some("PUBLISH"));
    }
}
