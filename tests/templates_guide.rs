//! The guide to templates prints what it says.

#![expect(clippy::unwrap_used, reason = "a helper of the test unwraps as the test does")]

use mailmethod::render::Settings;
use mailmethod::{Call, MailMethods};

const GUIDE: &str = include_str!("../src/render/templates.md");

const METHOD: &str = r#"
arguments: { due: date, starts: datetime, price: decimal, count: integer, note: string, absent: string? }
headers: { from: a@x.test, to: b@x.test }
samples:
  first: { due: 2026-12-07, starts: "2026-12-07T13:30:00Z", price: "1234.50", count: 3, note: one two three four }
"#;

fn printed(template: &str, locale: &str) -> String {
    let settings = Settings {
        base_url: Some("https://shop.example.test".into()),
        timezone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
        ..Settings::default()
    };
    let methods = MailMethods::from_embedded_with(
        [
            ("m.yaml", METHOD),
            (
                "_locales/en.yaml",
                "greeting: Hello {name}\nitems: { one: '{count} item', other: '{count} items' }",
            ),
            ("m.txt.j2", template.to_owned().leak()),
        ],
        settings,
        mailmethod::message::Limits::default(),
    )
    .unwrap();
    let call: Call = methods.get("m").unwrap().sample("first").unwrap().locale(locale);
    methods.call(&call).unwrap().text().unwrap().trim_end_matches('\n').to_owned()
}

#[test]
fn every_example_of_the_guide_prints_what_it_says() {
    let mut examples = 0;
    for row in GUIDE.lines().filter(|line| line.starts_with("| `{{")) {
        let cells: Vec<String> = row
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().trim_matches('`').replace("\\|", "|").replace('⏎', "\n"))
            .collect();
        assert_eq!(printed(&cells[0], "en").replace('\u{a0}', " "), cells[1], "{row}");
        if let Some(german) = cells.get(2) {
            assert_eq!(printed(&cells[0], "de").replace('\u{a0}', " "), *german, "{row}");
        }
        examples += 1;
    }
    assert_eq!(examples, 19);
}
