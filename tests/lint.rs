//! The rules of `check`, each with two goldens in `tests/lint/RULE`: `fires.txt` is a folder in which
//! it finds something and nothing else does, `quiet.txt` is the same folder, mended.
//!
//! `MAILMETHOD_GOLDEN=accept cargo test --test lint` writes what was found into them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailmethod::lint::{Fix, Report, Rule};
use mailmethod::message::Limits;
use mailmethod::render::Settings;
use mailmethod::source::{Finding, Severity};
use mailmethod::unsubscribe::Unsubscribe;
use mailmethod::{Call, MailMethods, lint};

#[path = "support/effort.rs"]
mod effort;

fn settings() -> Settings {
    let unsubscribe = Unsubscribe::new("https://shop.test/u").unwrap();
    Settings {
        base_url: Some("https://shop.test".into()),
        unsubscribe: Some(Arc::new(unsubscribe)),
        ..Settings::default()
    }
}

/// A case: the files of a folder, and what is found in it.
struct Case {
    /// Names and contents; a name with `*` stands for that many octets.
    files: Vec<(String, String)>,
    findings: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|_| panic!("no {}", path.display()));
        let mut case = Self { files: Vec::new(), findings: String::new() };
        for section in text.split("~~~ ").skip(1) {
            let (name, content) = section.split_once('\n').unwrap();
            if name == "findings" {
                case.findings = content.trim().to_owned();
            } else {
                case.files
                    .push((name.to_owned(), content.trim_end_matches('\n').to_owned() + "\n"));
            }
        }
        case
    }

    fn write(&self, path: &Path, findings: &str) {
        let mut text = String::new();
        for (name, content) in &self.files {
            text.push_str(&format!("~~~ {name}\n{content}\n"));
        }
        fs::write(path, format!("{text}~~~ findings\n{findings}\n")).unwrap();
    }

    fn folder(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in &self.files {
            let (name, content) = match name.split_once(" * ") {
                Some((name, count)) => (name, "x".repeat(count.parse().unwrap())),
                None => (name.as_str(), content.clone()),
            };
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }
}

fn inspect(folder: &Path) -> MailMethods {
    MailMethods::inspect(folder, settings(), Limits::default())
}

fn check(folder: &Path) -> Report {
    inspect(folder).check(&[]).unwrap()
}

/// The findings as people read them, whatever the folder is called.
fn shown(findings: &[Finding], folder: &Path) -> String {
    if findings.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    shown.join("\n\n").replace(&folder.display().to_string(), "templates")
}

fn cases(rule: Rule) -> (PathBuf, PathBuf) {
    let folder = Path::new("tests/lint").join(rule.name());
    (folder.join("fires.txt"), folder.join("quiet.txt"))
}

#[test]
fn every_rule_fires_where_it_should_and_is_quiet_where_that_is_mended() {
    let accept = std::env::var("MAILMETHOD_GOLDEN").as_deref() == Ok("accept");
    let mut wrong = Vec::new();
    for rule in Rule::all() {
        let (fires, quiet) = cases(rule);
        for path in [&fires, &quiet] {
            let case = Case::read(path);
            let folder = case.folder();
            let report = check(folder.path());
            let found = shown(&report.findings, folder.path());
            let codes: BTreeSet<&str> = report.findings.iter().map(|f| f.code).collect();
            let expected = if path == &fires { vec![rule.name()] } else { Vec::new() };
            if codes.iter().copied().ne(expected) {
                wrong.push(format!("{}: {codes:?}\n{found}", path.display()));
            } else if accept {
                case.write(path, &found);
            } else if case.findings != found {
                wrong.push(format!("{}:\n{found}", path.display()));
            }
        }
    }
    let accept = "MAILMETHOD_GOLDEN=accept cargo test --test lint";
    assert!(wrong.is_empty(), "if that is right: {accept}\n\n{}", wrong.join("\n\n"));
}

#[test]
fn every_rule_has_a_page_of_one_shape_and_every_case_a_rule() {
    for rule in Rule::all() {
        let page = rule.page();
        assert!(page.starts_with(&format!("# {}\n\n", rule.name())), "{}", rule.name());
        for part in ["\n**Why.** ", "\n**Mend it.** "] {
            assert_eq!(page.matches(part).count(), 1, "{}: {part}", rule.name());
        }
        assert_eq!(Rule::named(rule.name()), Some(rule));
    }
    let names: BTreeSet<String> = Rule::all().map(|rule| rule.name().to_owned()).collect();
    let folders: BTreeSet<String> = fs::read_dir("tests/lint")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, folders);
    let pages = fs::read_dir("src/lint/rules")
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "md"));
    assert_eq!(pages.count(), names.len());
}

#[test]
fn every_finding_of_a_rule_says_where_and_most_say_how_to_mend_it() {
    for rule in Rule::all() {
        let folder = Case::read(&cases(rule).0).folder();
        for finding in check(folder.path()).findings {
            assert!(finding.location.is_some(), "{finding}");
            assert!(finding.help.is_some(), "{finding}");
        }
    }
}

/// The folder of a rule that fires, with an allow at the head of each YAML file.
fn allowed_by_method(rule: Rule) -> Report {
    let mut case = Case::read(&cases(rule).0);
    for (name, content) in &mut case.files {
        if name.ends_with(".yaml") {
            *content = format!("# mailmethod: allow({}) for a test\n{content}", rule.name());
        }
    }
    let folder = case.folder();
    check(folder.path())
}

#[test]
fn a_rule_is_allowed_for_a_whole_method_or_never() {
    for rule in Rule::all() {
        let report = allowed_by_method(rule);
        let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
        if rule.can_be_allowed() {
            // What is about a template or a catalogue alone is allowed there.
            let elsewhere = ["unused-file"].contains(&rule.name());
            assert_eq!(codes.contains(&rule.name()), elsewhere, "{}: {codes:?}", rule.name());
        } else {
            let told = codes.contains(&rule.name()) || codes.contains(&"unknown-rule");
            assert!(told, "{}: {codes:?}", rule.name());
        }
    }
}

#[test]
fn a_rule_is_allowed_at_the_line_where_it_is_found() {
    for rule in Rule::all().filter(|rule| rule.can_be_allowed()) {
        let mut case = Case::read(&cases(rule).0);
        let folder = case.folder();
        // From the last line up, so that no line moves before its turn.
        let mut places: Vec<(String, usize)> = check(folder.path())
            .findings
            .iter()
            .filter_map(|finding| finding.location.clone())
            .map(|place| (place.file.rsplit_once('/').unwrap().1.to_owned(), place.line.max(1)))
            .collect();
        places.sort_by_key(|(_, line)| std::cmp::Reverse(*line));
        places.dedup();
        for (file, line) in places {
            let (_, content) =
                case.files.iter_mut().find(|(name, _)| name.ends_with(&file)).unwrap();
            let comment = if file.ends_with(".yaml") {
                format!("# mailmethod: allow({})", rule.name())
            } else {
                format!("{{# mailmethod: allow({}) #}}", rule.name())
            };
            let mut lines: Vec<String> = content.lines().map(str::to_owned).collect();
            let indent = lines[line - 1].len() - lines[line - 1].trim_start().len();
            lines.insert(line - 1, format!("{}{comment}", " ".repeat(indent)));
            *content = lines.join("\n") + "\n";
        }
        let folder = case.folder();
        let report = check(folder.path());
        assert_eq!(shown(&report.findings, folder.path()), "none", "{}", rule.name());
    }
}

mod allows {
    use super::*;

    const YAML: &str = "headers: { from: shop@x.test, to: a@x.test, subject: Hello }\ntext: Hi\nsamples: { first: {} }\n";

    fn codes(files: &[(&str, String)], names: &[&str]) -> Vec<&'static str> {
        let case = Case {
            files: files.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect(),
            findings: String::new(),
        };
        let folder = case.folder();
        let report = inspect(folder.path()).check(names).unwrap();
        report.findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn defaults_allow_for_all_methods_below_them() {
        let files = [
            ("_defaults.yaml", "# mailmethod: allow(no-display-name)\nlocale: en\n".to_owned()),
            ("a.yaml", YAML.to_owned()),
            ("b/c.yaml", YAML.to_owned()),
        ];
        assert_eq!(codes(&files, &[]), Vec::<&str>::new());
        let inner = [("b/_defaults.yaml", files[0].1.clone()), files[1].clone(), files[2].clone()];
        assert_eq!(codes(&inner, &[]), ["no-display-name"]);
    }

    #[test]
    fn what_is_allowed_in_a_shared_file_is_unused_only_if_all_methods_were_checked() {
        let files = [
            ("_defaults.yaml", "# mailmethod: allow(no-text)\nlocale: en\n".to_owned()),
            ("a.yaml", format!("# mailmethod: allow(no-display-name, no-text)\n{YAML}")),
            (
                "b.yaml",
                YAML.replace("shop@", "Shop <shop@").replace("x.test,", "x.test>,").replacen(
                    "a@x.test>",
                    "a@x.test",
                    1,
                ),
            ),
        ];
        assert_eq!(codes(&files, &["a"]), ["unused-allow"]);
        assert_eq!(codes(&files, &["b"]), Vec::<&str>::new());
        assert_eq!(codes(&files, &[]), ["unused-allow", "unused-allow"]);
    }

    #[test]
    fn an_error_of_loading_cannot_be_allowed() {
        let files = [("a.yaml", "# mailmethod: allow(unknown-key)\nsubjct: x\n".to_owned())];
        let found = codes(&files, &[]);
        assert!(found.contains(&"unknown-key"), "{found:?}");
    }

    #[test]
    fn a_lint_of_one_call_keeps_to_the_comments() {
        let text = format!("# mailmethod: allow(no-display-name)\n{YAML}");
        let methods = MailMethods::from_embedded([("a.yaml", text)]).unwrap();
        assert!(methods.lint(&Call::new("a")).unwrap().is_empty());
        let mail = methods.call(&Call::new("a")).unwrap();
        let found = lint::mail(&mail, methods.get("a").unwrap());
        assert_eq!(found[0].code, "no-display-name");
        assert!(methods.lint(&Call::new("b")).is_err());
    }
}

mod fixes {
    use super::*;

    /// Applies all fixes of a report to the files of a folder.
    fn apply(folder: &Path, report: &Report) {
        let files: BTreeSet<&str> = report.fixes.iter().map(Fix::file).collect();
        for file in files {
            let fixes: Vec<Fix> =
                report.fixes.iter().filter(|fix| fix.file() == file).cloned().collect();
            let text = fs::read_to_string(file).unwrap();
            fs::write(file, Fix::apply(&fixes, &text)).unwrap();
        }
        assert!(folder.exists());
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let files =
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Case { files, findings: String::new() }.folder()
    }

    /// Every mail of a folder, as it is sealed.
    fn mails(folder: &Path) -> Vec<Vec<u8>> {
        let methods = inspect(folder);
        let mut mails = Vec::new();
        for method in methods.iter() {
            for sample in method.samples() {
                for locale in method.locales() {
                    let call = method.sample(sample).unwrap().locale(locale.as_ref());
                    let mail = methods.call(&call).unwrap();
                    let sealed = mail.seal(&mailmethod::Stamp::preview(), methods.limits());
                    mails.push(sealed.unwrap().as_bytes().to_vec());
                }
            }
        }
        mails
    }

    const METHOD: &str = "\
# mailmethod: allow(no-text)
# Sent to say hello.   # mailmethod: allow(missing-alt, no-display-name)
description:   Hello # mailmethod: allow(http-link)

arguments: {name: string,   to: address}  # as the caller knows them
headers: { from: shop@x.test, to: \"{{ to }}\", subject: 'Hello {{ name }}' }   # mailmethod: allow(no-display-name, reply-to, no-text)
samples:
    first:   {name: Ada, to: ada@x.test}
";
    const TEMPLATE: &str = "\
{# mailmethod: allow(unreached) #}
<p>Hello {{ name }}</p>
  {# mailmethod: allow(missing-alt) #}
<img src=\"https://x.test/a.png\" alt=\"A\"> {# mailmethod: allow(missing-alt) #} <b>x</b>
{#- mailmethod: allow(missing-alt) -#}
<i>y</i>
";

    #[test]
    fn comments_that_silence_nothing_go_and_the_rest_stays_as_it_is() {
        let folder = folder(&[("a.yaml", METHOD), ("a.html.j2", TEMPLATE)]);
        let before = mails(folder.path());
        let report = check(folder.path());
        let count = report.findings.iter().filter(|f| f.code == "unused-allow").count();
        assert_eq!(
            (count, report.findings.len()),
            (10, 10),
            "{}",
            shown(&report.findings, folder.path())
        );
        apply(folder.path(), &report);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(
            read("a.yaml"),
            "# Sent to say hello.\ndescription:   Hello\n\n\
             arguments: {name: string,   to: address}  # as the caller knows them\n\
             headers: { from: shop@x.test, to: \"{{ to }}\", subject: 'Hello {{ name }}' }   # mailmethod: allow(no-display-name)\n\
             samples:\n    first:   {name: Ada, to: ada@x.test}\n"
        );
        assert_eq!(mails(folder.path()), before);
        let after = check(folder.path());
        assert_eq!(shown(&after.findings, folder.path()), "none");
        assert!(after.fixes.is_empty());
    }

    #[test]
    fn a_method_without_a_sample_gets_one_that_renders() {
        let arguments = "\
arguments:
  name: { type: string, max_length: 3 }
  order_no: string
  note: string?
  count: { type: integer, min: 7 }
  price: decimal
  weight: float
  paid: boolean
  due: date
  at: time
  moment: datetime
  who: address
  all: addresses
  link: url
  plan: enum(free|team)
  kind: string = x
  lines: { list: { title: string, more: { list: integer } } }
  invoice: file
  what: any
headers: { from: Shop <shop@x.test>, to: \"{{ who }}\", subject: Hello }
text: |
  {{ name }} {{ order_no }} {{ note }} {{ count }} {{ price }} {{ weight }} {{ paid }} {{ due }} {{ at }}
  {{ moment }} {{ all }} {{ link }} {{ plan }} {{ kind }} {{ what }}
  {% for line in lines %}{{ line.title }}{% for one in line.more %}{{ one }}{% endfor %}{% endfor %}
attachments: [{ argument: invoice }]
# the end";
        let folder = folder(&[("a.yaml", arguments)]);
        let report = check(folder.path());
        assert_eq!(report.findings[0].code, "no-sample");
        apply(folder.path(), &report);
        let text = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
        assert!(text.starts_with(arguments) && text.contains("\n# the end\nsamples:\n  first:\n"));
        let after = check(folder.path());
        assert_eq!(shown(&after.findings, folder.path()), "none");
        assert!(after.fixes.is_empty() && after.previews == 1);
    }

    #[test]
    fn windows_line_ends_stay() {
        let yaml = "headers: {from: Shop <a@x.test>, to: b@x.test, subject: Hello}\r\ntext: Hi\r\n";
        let folder = folder(&[("a.yaml", yaml)]);
        apply(folder.path(), &check(folder.path()));
        let text = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
        assert_eq!(text, format!("{yaml}samples:\r\n  first: {{}}\r\n"));
    }

    #[test]
    fn what_cannot_be_made_up_is_not_written() {
        let pattern = "arguments: {no: {type: string, pattern: '[0-9]{4}'}}\nheaders: {from: S <a@x.test>, to: b@x.test, subject: '{{ no }}'}\ntext: Hi\n";
        let empty =
            "headers: {from: S <a@x.test>, to: b@x.test, subject: Hi}\ntext: Hi\nsamples:\n";
        for yaml in [pattern, empty] {
            let folder = folder(&[("a.yaml", yaml)]);
            let report = check(folder.path());
            assert_eq!(report.findings[0].code, "no-sample");
            assert!(report.fixes.is_empty());
        }
    }
}

#[test]
fn the_shop_has_no_finding_of_any_rule_and_allows_none() {
    let settings = mailmethod::host::Settings::read_with("mailmethod.yaml", &|_| None).unwrap();
    let methods = MailMethods::load_with("templates", settings.rendering, settings.limits).unwrap();
    let report = methods.check(&[]).unwrap();
    assert_eq!(shown(&report.findings, Path::new("templates")), "none");
    let mut files = vec![PathBuf::from("templates")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = fs::read_to_string(&path) {
            assert!(!text.contains("mailmethod: allow"), "{}", path.display());
        }
    }
}

#[test]
fn the_value_of_a_secret_argument_is_in_no_finding() {
    let yaml = "
kind: bulk
arguments: { code: { type: string, secret: true }, page: url }
headers: { from: Shop <shop@x.test>, to: a@x.test, subject: \"Code {{ code }}\" }
html: |
  <p>{{ '{{' }} {{ code }} }}</p><a href='http://x.test/{{ code }}'></a>
  <a href='{{ code }}'>go</a><a href='https://x.test/a?code={{ code }}'>here</a>
  <a href='{{ page }}'>there</a><img src='{{ code }}.svg'><img src='http://x.test/{{ code }}'>
  <p style='display: flex; color: var(--{{ code }})'>x</p><{{ code }}>x</{{ code }}><p>1{{ code }}1</p>
text: Something else than that, in a few words, so that it is compared {{ code }} 999
";
    let methods = MailMethods::from_embedded([("a.yaml", yaml)]).unwrap();
    for secret in ["zq7x", "hunter2secret", "0123456789"] {
        let call = Call::new("a").arg("code", secret).unwrap();
        let call = call.arg("page", "http://x.test/there").unwrap();
        let findings = methods.lint(&call).unwrap();
        let shown = shown(&findings, Path::new("no folder"));
        let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
        for code in ["http-link", "relative-link", "text-differs", "missing-alt", "css-support"] {
            assert!(codes.contains(code), "{code}: {codes:?}");
        }
        assert_eq!(codes.contains("secret-in-link"), secret.len() > 4);
        assert!(!shown.contains(secret), "{shown}");
        assert!(shown.contains("http://x.test/•••"), "{shown}");
        // What is not secret is shown, so that a person finds it.
        assert!(shown.contains("http://x.test/there"), "{shown}");
    }
}

#[test]
fn a_rule_that_stops_a_mail_is_an_error_and_others_are_warnings() {
    let errors: Vec<&str> =
        Rule::all().filter(|rule| rule.severity() == Severity::Error).map(Rule::name).collect();
    let expected = "undeclared unknown-field optional-unguarded unknown-filter unknown-test \
                    unknown-function placeholder sample";
    assert_eq!(errors.join(" "), expected);
}

mod bad_input {
    use super::effort::soon;
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "headers: { from: Shop <a@x.test>, to: b@x.test, subject: Hello }\n";

    fn load(files: &[(&str, &str)]) -> Result<MailMethods, mailmethod::LoadError> {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let limits = mailmethod::render::Limits { fuel: 20_000_000, ..Default::default() };
        MailMethods::from_embedded_with(files, Settings { limits, ..settings() }, Limits::default())
    }

    #[test]
    fn a_megabyte_of_html_is_looked_at_in_time_and_gives_few_findings() {
        let yaml = format!(
            "kind: bulk\n{HEAD}arguments: {{ html: text, secret: {{ type: string, secret: true }} }}\n"
        );
        let methods = load(&[
            ("a.yaml", &yaml),
            ("a.html.j2", "<p>Hello</p>{{ html | safe }}{{ secret }}"),
            ("b.yaml", &format!("{yaml}html: \"{{{{ html | safe }}}}{{{{ secret }}}}\"\ntext: Some words, so that there is something to compare with here.\n")),
        ])
        .unwrap();
        // What would take the square of its length is as clear in a quarter of it.
        let big = |part: &str| part.repeat(256 * 1024 / part.len() + 1);
        for (number, html) in [
            big("<img>"),
            big("<a href=''>"),
            big("<a href=http://x.test/a?b&amp;c>x</a>"),
            big("<a href=/x><img alt='' src=x.svg>"),
            big("<script>"),
            big("<script>x</script>"),
            big("<style>"),
            big("<p style='display:flex;display:grid;color:var(--x);margin:1rem'>"),
            format!("<style>{}</style>", big("a{display:flex}")),
            format!("<style>{}", big("@media x {")),
            format!("<style>{}", big("@import 'x';")),
            format!("<style>{}", big("/*")),
            format!("<p style=\"{}\">", big("a:b;")),
            format!("<p style=\"{}\">", big("calc(")),
            format!("<p style='display:none'>{}", big("<p>x")),
            big("<div style='display:none'>"),
            big("<"),
            big("<a "),
            big("<!--"),
            big("\"'"),
            big("&amp;&#60;&nosuch;"),
            big("{{ x }} "),
            big("word 123,456 "),
            big("ü\u{202e}\u{0}").replace('\0', "0"),
            format!("<a href='{}'>", big("x")),
            format!("<img alt=\"{}\" src='data:{}'>", big("y"), big("z")),
        ]
        .into_iter()
        .enumerate()
        {
            let call = |name: &str| {
                let call = Call::new(name).arg("html", html.as_str()).unwrap();
                call.arg("secret", "a secret of some length").unwrap()
            };
            // A text part made from the HTML has tests of its own.
            let names = if number % 4 == 0 { &["a", "b"][..] } else { &["b"] };
            for name in names {
                let findings = soon(|| methods.lint(&call(name)).unwrap());
                assert!(findings.len() < 100, "{:.40}: {}", html, findings.len());
                for finding in findings {
                    assert!(finding.to_string().len() < 2_000, "{:.40}", html);
                }
            }
        }
    }

    #[test]
    fn a_text_part_of_a_megabyte_is_compared_in_time() {
        let yaml = format!(
            "{HEAD}arguments: {{ html: text }}\nhtml: \"{{{{ html | safe }}}}\"\ntext: \"{{{{ html }}}}\"\n"
        );
        let methods = load(&[("a.yaml", &yaml)]).unwrap();
        let numbers: String = (0..120_000).map(|i| format!("{i:06} ")).collect();
        let links: String =
            (0..30_000).map(|i| format!("<a href=http://x.test/{i:05}>x</a> ")).collect();
        for html in [numbers, links] {
            let call = Call::new("a").arg("html", &html).unwrap();
            let findings = soon(|| methods.lint(&call).unwrap());
            assert!(findings.iter().all(|finding| finding.code != "text-differs"));
        }
    }

    #[test]
    fn templates_that_lead_back_to_themselves_end() {
        let yaml = format!(
            "{HEAD}arguments: {{ n: integer, l: {{ list: {{ x: string }} }} }}\nsamples: {{ first: {{ n: 1, l: [] }} }}\n"
        );
        for templates in [
            &[(
                "a.txt.j2",
                "{% if n > 1 %}{% include 'a.txt.j2' %}{% endif %}{{ n }}{{ l | length }}",
            )][..],
            &[
                (
                    "a.txt.j2",
                    "{% if n > 1 %}{% include '_b.txt.j2' %}{% endif %}{{ n }}{{ l | length }}",
                ),
                ("_b.txt.j2", "{% include '_c.txt.j2' %}"),
                ("_c.txt.j2", "{% include '_b.txt.j2' %}"),
            ],
            &[(
                "a.txt.j2",
                "{% macro m(x) %}{% if x > 1 %}{{ m(x - 1) }}{% endif %}{{ x }}{% endmacro %}{{ m(n) }}{{ l | length }}",
            )],
            &[
                ("a.txt.j2", "{% from '_b.txt.j2' import m %}{{ m(n) }}{{ l | length }}"),
                (
                    "_b.txt.j2",
                    "{% macro m(x) %}{{ x }}{% endmacro %}{% if false %}{% from '_b.txt.j2' import m as q %}{% endif %}",
                ),
            ],
            &[(
                "a.txt.j2",
                "{% for i in l recursive %}{{ i.x }}{{ loop(l) }}{% else %}{{ n }}{% endfor %}",
            )],
            &[(
                "a.txt.j2",
                "{% block b %}{{ n }}{{ l | length }}{% if n > 1 %}{{ self.b() }}{% endif %}{% endblock %}",
            )],
            &[
                (
                    "a.txt.j2",
                    "{% extends '_b.txt.j2' %}{% block b %}{{ super() }}{{ n }}{{ l | length }}{% endblock %}",
                ),
                ("_b.txt.j2", "{% block b %}x{{ super() if n > 2 }}{% endblock %}"),
            ],
        ] {
            let files: Vec<(&str, &str)> = std::iter::once(("a.yaml", yaml.as_str()))
                .chain(templates.iter().copied())
                .collect();
            let methods = load(&files).unwrap_or_else(|error| panic!("{error}"));
            let report = soon(|| methods.check(&[]).unwrap());
            let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
            assert!(
                codes.iter().all(|code| ["unreached"].contains(code)),
                "{templates:?}: {codes:?}"
            );
        }
        let endless = [
            ("a.yaml", yaml.as_str()),
            ("a.txt.j2", "{% extends 'a.txt.j2' %}{{ n }}{{ l | length }}"),
        ];
        let report = soon(|| load(&endless).unwrap().check(&[]).unwrap());
        assert!(["render", "limit"].contains(&report.findings[0].code), "{}", report.findings[0]);
    }

    #[test]
    fn macros_that_call_each_other_a_million_times_are_walked_for_a_while() {
        let mut text = String::from("{% macro m0(x) %}{{ x }}{% endmacro %}");
        for i in 1..20 {
            text.push_str(&format!(
                "{{% macro m{i}(x) %}}{}{{% endmacro %}}",
                format!("{{{{ m{}(x) }}}}", i - 1).repeat(8)
            ));
        }
        text.push_str("{{ m19(name) if false }}{{ name }}");
        let yaml =
            format!("{HEAD}arguments: {{ name: string }}\nsamples: {{ first: {{ name: Ada }} }}\n");
        let methods = load(&[("a.yaml", &yaml), ("a.txt.j2", &text)]).unwrap();
        let report = soon(|| methods.check(&[]).unwrap());
        assert_eq!(report.findings, []);
    }

    #[test]
    fn a_catalogue_that_nobody_uses_is_told_in_few_findings() {
        let keys: String = (0..20_000).map(|i| format!("key-{i}: Text\n")).collect();
        let yaml = format!("{HEAD}text: Hi\nsamples: {{ first: {{}} }}\n");
        let methods =
            load(&[("a.yaml", &yaml), ("_locales/en.yaml", &keys), ("_locales/de.yaml", "{a: b}")])
                .unwrap();
        let report = soon(|| methods.check(&[]).unwrap());
        assert_eq!(report.findings.len(), 22);
        let last = report.findings.last().unwrap();
        assert_eq!(last.message, "no method uses 19980 further translations in en");
    }

    #[test]
    fn a_thousand_comments_of_a_file_are_read_and_more_are_not() {
        let comments = "# mailmethod: allow(no-text, missing-alt)\n".repeat(10_000);
        let yaml = format!("{comments}{HEAD}text: Hi\nsamples: {{ first: {{}} }}\n");
        let methods = load(&[("a.yaml", &yaml)]).unwrap();
        let report = soon(|| methods.check(&[]).unwrap());
        assert!(report.findings.iter().all(|finding| finding.code == "unused-allow"));
        assert_eq!((report.findings.len(), report.fixes.len()), (1_000, 500));
        let fixed = soon(|| Fix::apply(&report.fixes, &yaml));
        assert_eq!(fixed.matches("mailmethod:").count(), 9_500);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_template_that_loads_is_checked_without_a_panic(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "{{ ", " }}", "{% ", " %}", "{% if a %}", "{% endif %}", "{% else %}", "{% for i in l %}",
                "{% endfor %}", "{% set x = ", "{% macro m(p) %}", "{% endmacro %}", "{% block b %}",
                "{% endblock %}", "{{ m(a) }}", "{{ l[0].x }}", "{{ i.y }}", "{{ r.s }}", "{{ e == 'v' }}",
                "{% include '_p.txt.j2' %}", "{% from '_p.txt.j2' import q %}", "{{ q(r) }}", "{{ t('k' ~ e) }}",
                "{{ loop.index }}", "{{ a | default(r) }}", "{{ l | map(attribute='x') | first }}", "{{ (a, [r, {'k': l}]) }}",
                "{# mailmethod: allow(", ") #}", "unreached", "a", "r", "l", "e", "x", ".", "|", "(", ")", "'", "\n", " ",
            ]), 0..30)
        ) {
            let text = pieces.concat();
            let yaml = format!("{HEAD}arguments: {{ a: string, r: {{ s: string?, o: address }}, l: {{ list: {{ x: string, y: date? }} }}, e: enum(u|w) }}\nsamples: {{ first: {{ a: x, r: {{ o: a@x.test }}, l: [{{ x: y }}], e: u }} }}\n");
            let files = [("a.yaml", yaml.as_str()), ("a.txt.j2", text.as_str()), ("_p.txt.j2", "{% macro q(z) %}{{ z.s }}{% endmacro %}{{ a }}")];
            if let Ok(methods) = load(&files) {
                let report = methods.check(&[]).unwrap();
                for finding in report.findings {
                    prop_assert!(finding.location.is_some(), "{}\n{}", finding, text);
                }
            }
        }
    }
}
