//! The JSON Schemas of methods, read by an independent validator, and held against what calls
//! really take.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails as the test does")]

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use mailmethod::codegen::{schema, schemas};
use mailmethod::host::{DEFAULT_FILE, Settings};
use mailmethod::{Call, CallError, MailMethod, MailMethods};
use serde_json::{Value, json};

/// A schema that the validator has understood; it also asserts formats and base64.
struct Schema(Schemas, SchemaIndex);

impl Schema {
    fn of(schema: Value, place: &str) -> Self {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler.enable_content_assertions();
        compiler.add_resource("mem:///schema", schema).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(&format!("mem:///schema{place}"), &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("this is no schema: {error:#}"));
        Self(schemas, index)
    }

    fn accepts(&self, arguments: &Value) -> Result<(), String> {
        self.0.validate(arguments, self.1).map_err(|error| format!("{error:#}"))
    }
}

fn folders() -> [MailMethods; 2] {
    let settings = Settings::read_with(DEFAULT_FILE, &|_| None).unwrap();
    ["templates", "tests/codegen/nasty"].map(|folder| {
        MailMethods::load_with(folder, settings.rendering.clone(), settings.limits).unwrap()
    })
}

/// Whether a call takes the arguments.
fn takes(method: &MailMethod, arguments: &Value) -> Result<(), String> {
    let call = Call::new(method.name()).args(arguments).unwrap();
    match method.call(&call, &mailmethod::message::Limits::default()) {
        Ok(_mail) => Ok(()),
        Err(error @ CallError::Arguments { .. }) => Err(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_sample_is_an_example_that_the_schema_accepts_and_a_call_takes() {
    let mut examples = 0;
    for methods in folders() {
        for method in methods.iter() {
            let document = schema(method);
            let schema = Schema::of(document.clone(), "");
            for example in document["examples"].as_array().unwrap() {
                schema.accepts(example).unwrap_or_else(|error| panic!("{error}"));
                takes(method, example).unwrap();
                examples += 1;
            }
        }
    }
    assert_eq!(examples, 20 + 25);
}

#[test]
fn an_example_says_what_its_sample_says() {
    for methods in folders() {
        for method in methods.iter() {
            for sample in method.samples() {
                let example = method.example(sample).unwrap();
                let call = Call::new(method.name()).args(&example).unwrap();
                let (one, two) =
                    (methods.call(&call), methods.call(&method.sample(sample).unwrap()));
                let (one, two) = (one.unwrap(), two.unwrap());
                assert_eq!(one.text(), two.text(), "{} {sample}", method.name());
                assert_eq!(one.headers(), two.headers());
            }
        }
    }
}

#[test]
fn a_missing_an_unknown_and_an_ill_typed_argument_are_refused_by_both() {
    let mut refused = 0;
    for methods in folders() {
        for method in methods.iter() {
            let schema = Schema::of(schema(method), "");
            let good = method.example(method.samples().next().unwrap()).unwrap();
            let mut wrong = vec![good.clone(), json!([]), json!(null)];
            wrong[0]["no_such"] = json!(1);
            for parameter in method.parameters().all() {
                let mut bad = good.clone();
                if parameter.is_required() {
                    bad.as_object_mut().unwrap().remove(parameter.name());
                    wrong.push(bad.clone());
                }
                if parameter.kind().name() != "any" {
                    let other = if matches!(parameter.kind().name().as_str(), "record" | "file") {
                        json!([1])
                    } else {
                        json!({ "no_such": 1 })
                    };
                    bad[parameter.name()] = other;
                    wrong.push(bad);
                }
            }
            for arguments in &wrong {
                assert!(schema.accepts(arguments).is_err(), "{}: {arguments}", method.name());
                if arguments.is_object() {
                    assert!(takes(method, arguments).is_err(), "{}: {arguments}", method.name());
                }
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

/// A method with an argument of each type, and most limits.
const EACH: &str = r#"
arguments:
  string: { type: string, optional: true, min: 2, max_length: 4 }
  code: { type: string, optional: true, pattern: "[A-Z]{2}\\-\\d+|x" }
  flags: { type: string, optional: true, pattern: "(?i)x+" }
  integer: { type: integer, optional: true, min: -1, max: 9 }
  decimal: { type: decimal, optional: true, min: "0.5" }
  float: { type: float, optional: true, max: 1.5 }
  boolean: boolean?
  date: { type: date, optional: true, min: 2026-01-01 }
  time: time?
  datetime: datetime?
  address: address?
  addresses: addresses?
  site: { type: url, optional: true, max_length: 20, pattern: "https:.*" }
  enum: enum(a|b)?
  list: { type: list, of: { n: integer, s: string? }, optional: true, min: 1, max: 2 }
  file: { type: file, optional: true, max: 4 }
  any: any?
  count: integer = 3
  tags: { type: list, of: string, default: "a b" }
  vault: { type: record, secret: true, optional: true, fields: { pin: integer = 1 } }
headers: { to: a@x.test, from: b@x.test }
text: Hi
"#;

/// For each argument of [`EACH`], what is right and what is wrong.
fn values() -> Value {
    json!([
        ["string", ["ab", "äöüß", null], ["a", "abcde", 12, true]],
        ["code", ["AB-1", "x"], ["AB1", "xx", "AB-1x"]],
        ["flags", ["XxX"], []],
        ["integer", [-1, 9, 2.0, null], [-2, 10, 1.5, "x"]],
        ["decimal", ["0.50", 0.5, 7, "12.345"], [0.25, "1,5", "x", true]],
        ["float", [1.5, -3, 0], [1.6, "x"]],
        ["boolean", [true, null], ["true", 1]],
        ["date", ["2026-12-07"], ["2026-13-07", "tomorrow", 20261207]],
        ["time", ["14:30", "23:59:59.5"], ["25:00", "noon"]],
        ["datetime", ["2026-12-07T14:30:00+01:00", "2026-12-07T14:30:00Z"], ["now"]],
        ["address", ["ada@x.test", "Ada <ada@x.test>"], ["ada", 1, "a@x.test\r\nb"]],
        ["addresses", [["ada@x.test"], [], "a@x.test, b@x.test"], [["ada"], [1], 1]],
        ["site",
            ["https://a.test/b"],
            ["http://a.test", "ftp://a.test", "a", "https://a.test/0123456789"],
        ],
        ["enum", ["a", "b", null], ["c", "A", 1]],
        ["list",
            [[{"n": 1}], [{"n": 1, "s": null}, {"n": 2}]],
            [[], [{"s": "x"}], [{"n": 1, "m": 1}], [{"n": 1}, {"n": 1}, {"n": 1}]],
        ],
        ["file",
            [{"filename": "a", "content": "AAAA"}, {"filename": "a", "content": "", "content_type": "text/plain"}],
            [{"filename": "a"}, {"filename": "a", "content": "*"}, {"file": "/etc/passwd"}, "a"],
        ],
        ["any", [1, "x", null, [{"deep": true}]], []],
        ["count", [1], [null, "x"]],
        ["vault", [{}, {"pin": 7}], [{"pin": "x"}, 1]],
    ])
}

#[test]
fn a_schema_and_a_call_agree_on_each_type_and_limit() {
    let methods = MailMethods::from_embedded([("a.yaml", EACH)]).unwrap();
    let method = methods.get("a").unwrap();
    let schema = Schema::of(schema(method), "");
    for row in values().as_array().unwrap() {
        for (values, good) in [(&row[1], true), (&row[2], false)] {
            for value in values.as_array().unwrap() {
                let arguments = json!({ row[0].as_str().unwrap(): value });
                let (accepted, taken) = (schema.accepts(&arguments), takes(method, &arguments));
                let verdicts = (accepted.is_ok(), taken.is_ok());
                assert_eq!(verdicts, (good, good), "{arguments}: {accepted:?} {taken:?}");
            }
        }
    }
}

#[test]
fn a_schema_has_defaults_secrets_and_what_no_keyword_says() {
    let methods = MailMethods::from_embedded([("a.yaml", EACH)]).unwrap();
    let properties = &schema(methods.get("a").unwrap())["properties"];
    assert_eq!(properties["tags"]["default"], json!(["a", "b"]));
    assert_eq!(properties["vault"]["writeOnly"], true);
    assert_eq!(properties["vault"]["properties"]["pin"]["default"], 1);
    assert_eq!(properties["flags"]["pattern"], Value::Null);
    assert_eq!(properties["flags"]["description"], "Keeps to: matches `(?i)x+`.");
    assert_eq!(properties["date"]["description"], "Keeps to: at least 2026-01-01.");
}

#[test]
fn all_schemas_are_one_document() {
    let methods = MailMethods::load("templates").unwrap();
    let all = schemas(&methods);
    let example = methods.get("orders/confirmation").unwrap().example("team-order").unwrap();
    let one = Schema::of(all.clone(), "#/$defs/orders~1confirmation");
    one.accepts(&example).unwrap();
    let other = Schema::of(all.clone(), "#/$defs/account~1welcome");
    assert!(other.accepts(&example).is_err());
    assert_eq!(all["$defs"].as_object().unwrap().len(), 8);
}
