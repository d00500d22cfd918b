//! Bad input: whatever a file or a caller gives, there is no panic, no hang, and no byte in the
//! message that the method did not mean.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mail_parser::MessageParser;
use mailmethod::message::{Field, Limits, Mail, Stamp};
use mailmethod::render::{self, Settings};
use mailmethod::source::Finding;
use mailmethod::{Call, CallError, File, LoadError, MailMethods};

#[path = "support/effort.rs"]
mod effort;

use effort::{Effort, soon};

/// Few steps, so that what is endless ends soon in a build without optimisation.
fn settings() -> Settings {
    let limits = render::Limits { fuel: 50_000, output: 1024 * 1024, ..render::Limits::default() };
    Settings { limits, base_url: Some("https://shop.test".into()), ..Settings::default() }
}

fn load(files: &[(&str, &str)]) -> Result<MailMethods, LoadError> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    MailMethods::from_embedded_with(files, settings(), Limits::default())
}

const HEAD: &str =
    "headers: { from: shop@example.test, to: ada@example.test, subject: Hi }\narguments:";

/// Writes a folder of files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn inspect(folder: &Path) -> MailMethods {
    MailMethods::inspect(folder, settings(), Limits::default())
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

mod files {
    use super::*;

    #[track_caller]
    fn refused(yaml: &str, expected: &str) {
        let error = soon(|| load(&[("a.yaml", yaml), ("a.txt.j2", "Hi")])).expect_err(yaml);
        let text = error.to_string();
        assert!(text.contains("embedded/a.yaml"), "no file in:\n{text}");
        assert!(text.contains(expected), "{:.60}: {text}", yaml);
    }

    #[test]
    fn yaml_that_is_none_is_refused_with_its_place() {
        refused("", "error[empty-file]");
        refused("# nothing\n\n", "error[empty-file]");
        refused("headers: [", "error[yaml]");
        refused("\u{0}", "error[yaml]");
        refused("headers: {a: b, a: c}", "error[duplicate-key]: the key `a` stands twice");
        refused("just words", "error[wrong-type]: the file is text, not a map");
        refused("- a\n- list", "error[wrong-type]: the file is a list, not a map");
        refused("headers: &x { to: *x }", "error[yaml]");
        refused("? [a, b]\n: c", "error[yaml]");
        refused("text: !python/object:os.system x", "error[yaml]: a value with a tag");
        refused(&"[".repeat(1_000_000), "error[yaml]: brackets are nested too deeply");
        refused(&"{a: ".repeat(250_000), "error[yaml]: brackets are nested too deeply");
        refused(&"- ".repeat(500_000), "error[yaml]");
        refused(&"a:\n ".repeat(300), "error[duplicate-key]");
        refused(&format!("description: {}", "x".repeat(5_000_000)), "larger than 4 MB");
    }

    #[test]
    fn deep_nesting_in_every_key_is_refused_or_read() {
        let deep = format!("{}x{}", "[".repeat(120), "]".repeat(120));
        for key in ["arguments", "headers", "attachments", "delivery", "samples", "text"] {
            let yaml = format!("{key}: {deep}\n");
            let error = soon(|| load(&[("a.yaml", &yaml)])).expect_err(key);
            assert!(error.to_string().contains("embedded/a.yaml"), "{error}");
        }
        let arguments =
            format!("{HEAD} {{ a: {}string{} }}", "{ list: ".repeat(60), " }".repeat(60));
        refused(&arguments, "nested too deeply");
    }

    #[test]
    fn aliases_that_explode_are_refused() {
        let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
            writeln!(yaml, "a{i}: &a{i} [{aliases}]").unwrap();
        }
        refused(&yaml, "repetition limit exceeded");
    }

    #[test]
    fn files_that_are_no_utf8_are_refused_with_their_place() {
        let good = format!("{HEAD} {{}}");
        let folder = folder(&[
            ("yaml.yaml", b"headers: { subject: \xff }"),
            ("body.yaml", good.as_bytes()),
            ("body.txt.j2", b"One\nTw\xc3"),
            ("_locales/de.yaml", b"a: \xfe\xff"),
            ("utf16.yaml", &[0xff, 0xfe, b'a', 0, b':', 0]),
        ]);
        let text = shown(inspect(folder.path()).findings());
        for place in ["yaml.yaml:1:21", "body.txt.j2:2:3", "de.yaml:1:4", "utf16.yaml:1:1"] {
            assert!(text.contains(place), "{place}: {text}");
        }
        assert_eq!(text.matches("error[utf-8]").count(), 4, "{text}");
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
        let yaml = format!("\u{feff}{}", format!("{HEAD} {{}}\n").replace('\n', "\r\n"));
        let methods = load(&[("a.yaml", &yaml), ("a.txt.j2", "\u{feff}One\r\nTwo\r\n")]).unwrap();
        assert_eq!(methods.call(&Call::new("a")).unwrap().text(), Some("One\nTwo\n"));
    }

    #[test]
    fn a_folder_where_a_file_should_be_is_no_file() {
        let yaml =
            format!("{HEAD} {{}}\nattachments: [{{ file: images }}]\ntext: {{ file: images }}");
        let folder = folder(&[("a.yaml", yaml.as_bytes()), ("images/x.png", b"")]);
        let text = shown(inspect(folder.path()).findings());
        assert_eq!(text.matches("there is no file \"images\"").count(), 2, "{text}");
        let folder = super::folder(&[("a.yaml/x", b""), ("b.txt.j2/y", b"")]);
        assert_eq!(shown(inspect(folder.path()).findings()), "");
        let missing = MailMethods::load(folder.path().join("nowhere")).unwrap_err();
        assert!(missing.to_string().contains("nowhere"), "{missing}");
        let file = MailMethods::load(folder.path().join("a.yaml/x")).unwrap_err();
        assert!(file.to_string().contains("this is no folder"), "{file}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_or_back_into_itself_is_not_followed() {
        use std::os::unix::fs::symlink;
        let outside = folder(&[("secret.txt.j2", b"root:x:0:0"), ("dir/a.yaml", b"")]);
        let yaml = format!("{HEAD} {{}}\nattachments: [{{ file: secret.pdf }}]");
        let inside = folder(&[
            ("a.yaml", yaml.as_bytes()),
            ("b.yaml", format!("{HEAD} {{}}").as_bytes()),
            ("b.txt.j2", b"{% include \"dir/secret.txt.j2\" ignore missing %}Hi"),
            ("loops/x/y.png", b""),
        ]);
        symlink(outside.path().join("secret.txt.j2"), inside.path().join("a.txt.j2")).unwrap();
        symlink(outside.path().join("secret.txt.j2"), inside.path().join("secret.pdf")).unwrap();
        symlink(outside.path(), inside.path().join("dir")).unwrap();
        symlink(inside.path(), inside.path().join("loops/one")).unwrap();
        symlink(inside.path().join("loops"), inside.path().join("loops/x/two")).unwrap();
        symlink("nowhere", inside.path().join("dangling.txt.j2")).unwrap();
        let methods = soon(|| inspect(inside.path()));
        let text = shown(methods.findings());
        for name in ["a.txt.j2", "secret.pdf", "dir", "loops/one", "loops/x/two", "dangling.txt.j2"]
        {
            assert!(text.contains(&format!("/{name}\n")) || text.ends_with(name), "{name}: {text}");
        }
        assert!(!text.contains("root:x"), "{text}");
        for method in methods.iter() {
            if let Ok(mail) = methods.call(&Call::new(method.name())) {
                assert_eq!(mail.text(), Some("Hi"));
            }
        }
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let above = folder(&[("secret.txt", b"root"), ("in/_keep", b"")]);
        let inside = above.path().join("in");
        let paths = [
            "../secret.txt",
            "/../secret.txt",
            "x/../../secret.txt",
            "/etc/passwd",
            "..\\secret.txt",
        ];
        for path in paths {
            let yaml = format!(
                "{HEAD} {{ f: file? }}\ntext: {{ file: '{path}' }}\nattachments: [{{ file: '{path}' }}, \
                 {{ template: '{path}' }}]\nsamples: {{ one: {{ f: {{ file: '{path}' }} }} }}"
            );
            fs::write(inside.join("a.yaml"), yaml).unwrap();
            let text = shown(inspect(&inside).findings());
            let found =
                text.matches("leads out of").count() + text.matches("there is no file").count();
            assert_eq!(found, 4, "{path}: {text}");
            let template = format!(
                "{{% extends '{path}' %}}{{% include '{path}' %}}{{% import '{path}' as x %}}\
                 {{% from '{path}' import y %}}{{{{ inline_image('{path}') }}}}"
            );
            fs::write(inside.join("a.yaml"), format!("{HEAD} {{}}")).unwrap();
            fs::write(inside.join("a.html.j2"), &template).unwrap();
            let text = shown(inspect(&inside).findings());
            let found = text.matches("leads out of").count()
                + text.matches("which is no HTML file").count()
                + text.matches("there is no image").count();
            assert_eq!(found, 5, "{path}: {text}");
            fs::remove_file(inside.join("a.html.j2")).unwrap();
        }
    }

    #[test]
    fn a_name_that_a_caller_gives_leads_nowhere() {
        let yaml = format!("{HEAD} {{ name: string }}");
        let methods = load(&[
            ("a.yaml", &yaml),
            ("a.html.j2", "{% include name %}"),
            ("b.yaml", &yaml),
            ("b.html.j2", "{{ inline_image(name) }}"),
            ("c.yaml", &yaml),
            ("c.html.j2", "{% extends name %}"),
            ("x.txt.j2", "{{ name }}"),
            ("_y.html.j2", "Y"),
        ])
        .unwrap();
        for name in
            ["../secret", "/etc/passwd", "x.txt.j2", "%outside/x", "%scope", "a.yaml#header:x", ""]
        {
            for method in ["a", "b", "c"] {
                let call = Call::new(method).arg("name", name).unwrap();
                let error = methods.call(&call).expect_err(name);
                assert!(matches!(error, CallError::Mail { .. }), "{method} {name}: {error}");
            }
        }
        let call = Call::new("a").arg("name", "_y.html.j2").unwrap();
        assert_eq!(methods.call(&call).unwrap().html(), Some("Y\n"));
    }

    #[test]
    fn a_content_id_of_the_definition_cannot_end_a_line() {
        for id in [
            "a\\nBcc: x@y.test",
            "a\\0",
            "a\\N",
            "a\\L",
            "<a>",
            "",
            "a b",
            "\u{fc}",
            &"x".repeat(100_000),
        ] {
            let yaml = format!(
                "{HEAD} {{}}\nattachments: [{{ file: x.png, disposition: inline, content_id: \"{id}\" }}]"
            );
            let error =
                load(&[("a.yaml", &yaml), ("a.txt.j2", "Hi"), ("x.png", "")]).expect_err(id);
            assert!(error.to_string().contains("error[content-id]"), "{error}");
            assert!(error.to_string().len() < 2_000);
        }
    }
}

mod templates {
    use super::*;

    #[track_caller]
    fn fails(template: &str, expected: &[&str]) {
        let yaml = format!("{HEAD} {{ n: integer = 3, s: string = abc }}");
        let methods = match load(&[("a.yaml", &yaml), ("a.txt.j2", template)]) {
            Ok(methods) => methods,
            Err(error) => panic!("{template}: {error}"),
        };
        let error = soon(|| methods.call(&Call::new("a"))).expect_err(template);
        let text = error.to_string();
        assert!(text.contains("embedded/a.txt.j2"), "no file in:\n{text}");
        assert!(expected.iter().any(|expected| text.contains(expected)), "{text}");
        assert!(text.len() < 2_000, "{}", text.len());
    }

    #[test]
    fn what_never_ends_runs_out_of_steps() {
        let nested = "{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9999) %}x\
                      {% endfor %}{% endfor %}{% endfor %}";
        fails(nested, &["error[limit]: the template does more than 50000 steps"]);
        fails("{% for i in range(10000000000) %}{% endfor %}", &["limit", "range"]);
        fails(
            "{% set x = range(100000) | list %}{{ x | map('string') | join | length }}{% for a in x %}{% endfor %}",
            &["limit", "range"],
        );
        fails("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", &["limit", "nested"]);
    }

    #[test]
    fn what_includes_or_calls_itself_is_stopped() {
        fails("{% include 'a.txt.j2' %}", &["nested more than 100 deep"]);
        fails("{% extends 'a.txt.j2' %}", &["nested", "limit", "cycle", "recursive"]);
        fails("{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}", &["nested more than 100 deep"]);
        fails("{% import 'a.txt.j2' as a %}", &["nested", "limit"]);
        fails("{% block x %}{{ self.x() }}{% endblock %}", &["nested more than 100 deep"]);
    }

    #[test]
    fn what_would_overflow_the_stack_of_the_compiler_is_refused() {
        let chains = ["{{ n", "{{ n", "{{ n", "{{ n", "{{ ", "{% if n %}", "{% for x in n"];
        let links = [".a", "|e", "+1", " if n else n", "not ", "{% elif n %}", "[0]"];
        for (start, link) in chains.into_iter().zip(links) {
            for (times, end) in [(20_000, " }}"), (20_000, "")] {
                let template = format!("{start}{}{end}", link.repeat(times));
                let yaml = format!("{HEAD} {{ n: any? }}");
                let error =
                    soon(|| load(&[("a.yaml", &yaml), ("a.txt.j2", &template)])).expect_err(link);
                assert!(
                    error.to_string().contains("error[limit]: the template is too long"),
                    "{error}"
                );
                assert!(error.to_string().contains("embedded/a.txt.j2:1:"), "{error}");
            }
        }
        for (open, close) in [("(", ")"), ("[", "]"), ("{% if n %}", "{% endif %}")] {
            let inside = format!("{}1{}", open.repeat(900), close.repeat(900));
            let template =
                if open.starts_with('{') { inside } else { format!("{{{{ {inside} }}}}") };
            let yaml = format!("{HEAD} {{ n: any? }}");
            let error = load(&[("a.yaml", &yaml), ("a.txt.j2", &template)]).expect_err(open);
            assert!(error.to_string().contains("recursion limit"), "{error}");
        }
    }

    #[test]
    fn what_grows_without_end_is_stopped() {
        let doubled = "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}\
                       {% endfor %}{{ ns.s | length }}";
        fails(doubled, &["limit", "large"]);
        let replaced = "{% set ns = namespace(s='xx') %}{% for i in range(60) %}\
                        {% set ns.s = ns.s | replace('x', ns.s) %}{% endfor %}{{ ns.s | length }}";
        fails(replaced, &["limit", "large"]);
        let joined = "{% set ns = namespace(s='xx') %}{% for i in range(60) %}\
                      {% set ns.s = [ns.s, ns.s, ns.s] | join %}{% endfor %}{{ ns.s | length }}";
        fails(joined, &["limit", "large"]);
        let captured = "{% set ns = namespace(s='xx') %}{% for i in range(60) %}\
                        {% set x %}{{ ns.s }}{{ ns.s }}{% endset %}{% set ns.s = x %}{% endfor %}{{ ns.s | length }}";
        fails(captured, &["limit", "large"]);
        fails("{{ 'x' * 100000000000 }}", &["limit", "large", "failed"]);
        fails("{{ ([1] * 100000000000) | length }}", &["limit", "large"]);
        fails("{% for i in range(3000) %}{{ 'x' * 5000 }}{% endfor %}", &["error[limit]"]);
        fails("{{ 2 ** 100000 }}", &["render", "overflow"]);
        fails(
            "{{ 9223372036854775807 * 9223372036854775807 * 9223372036854775807 }}",
            &["overflow", "render"],
        );
    }
}

mod values {
    use super::*;

    /// What a value may hold to break out of its place.
    fn payloads() -> Vec<String> {
        [
            "\r\nBcc: evil@y.test",
            "\nBcc: evil@y.test",
            "\rBcc: evil@y.test",
            "a\r\n\r\nEvil body",
            "a\0b",
            "a\u{85}Bcc: evil@y.test",
            "a\u{2028}Bcc: evil@y.test",
            "a\u{2029}b",
            "a\u{b}b\u{c}c\u{1b}d\u{7f}e\u{9b}f",
            "a\u{3}, evil@y.test, \u{2}b",
            "\u{4}evil@y.test\u{1f}evil@y.test\u{3}",
            "Evil <evil@y.test>, z",
            "evil@y.test, ",
            "evil@y.test>, <",
            "\" <evil@y.test>, \"",
            "\\\" <evil@y.test>, ",
            "evil@y.test (",
            "(",
            ")",
            "\\",
            "\"",
            "<",
            ">",
            "x: evil@y.test;",
            "=?utf-8?q?=0D=0ABcc:_evil=40y.test?=",
            "ada@example.test\r\nRCPT TO:<evil@y.test>",
            "\r\n.\r\nMAIL FROM:<evil@y.test>",
            "{{ secret }}{% include 'a.yaml' %}",
            "../../etc/passwd",
            "\u{202e}txe.exe",
            "\u{feff}x\u{200b}",
            "e\u{301}\u{1f469}\u{200d}\u{1f4bb}",
            " ",
            "",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// The same at length: 100 KB.
    fn long_payloads() -> [String; 4] {
        ["x".repeat(100_000), "ü ".repeat(33_333), " ".repeat(100_000), "a@y.test,".repeat(11_111)]
    }

    const ONE: &str = "ada@example.test";

    /// Seals a mail and checks that nothing of a value became structure.
    #[track_caller]
    fn is_sound(mail: &Mail, what: &str) {
        let message = mail.seal(&Stamp::preview(), &Limits::default()).unwrap();
        let raw = message.as_bytes();
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&raw[..end]).unwrap();
        let known: BTreeSet<String> = [
            "from",
            "to",
            "cc",
            "bcc",
            "reply-to",
            "sender",
            "subject",
            "x-note",
            "list-unsubscribe",
            "message-id",
            "in-reply-to",
            "references",
            "date",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "x-own",
            "organization",
        ]
        .map(str::to_owned)
        .into();
        for line in head.split("\r\n") {
            assert!(!line.contains(['\r', '\n', '\0']), "{what}: {line:?}");
            assert!(line.len() <= 998, "{what}: {} octets", line.len());
            if !line.starts_with([' ', '\t']) {
                let name = line.split(':').next().unwrap().to_ascii_lowercase();
                // A call may set a header of any name that RFC 5322 allows.
                let own = matches!(
                    name.strip_prefix("x-").unwrap_or(&name),
                    "../../etc/passwd" | "" | "(" | ")" | "\\" | "\"" | "<" | ">"
                );
                assert!(own || known.contains(&name), "{what}: {line:?}");
                assert!(name != "bcc", "{what}: {line:?}");
            }
        }
        assert!(!raw.windows(2).any(|two| two[0] != b'\r' && two[1] == b'\n'), "{what}: bare LF");
        let parsed = MessageParser::default().parse(raw).unwrap();
        assert_eq!(parsed.body_text(0).unwrap().trim(), "Body", "{what}");
        assert_eq!(parsed.attachment_count(), mail.attachments().len(), "{what}");
        let names: Vec<&str> = parsed.headers().iter().map(|header| header.name()).collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{what}: {names:?}");
    }

    /// The types whose values can be any text, and how a payload is given.
    const TYPES: [(&str, bool); 4] =
        [("string", false), ("text", false), ("any", false), ("{ list: string }", true)];

    const PART: &str = "{{ v }}";
    const MACROS: &str =
        "{% macro who(n) %}{{ n }}{% endmacro %}{% macro raw(n) %}{{ n | safe }}{% endmacro %}";

    /// All ways in which a template may print a value.
    const WAYS: [&str; 16] = [
        "{{ v }}",
        "{{ v | safe }}",
        "{% set x %}{{ v }}{% endset %}{{ x }}",
        "{% set x %}{{ v | safe }}{% endset %}{{ x | safe }}",
        "{% macro m(n) %}{{ n }}{% endmacro %}{{ m(v) }}",
        "{% autoescape false %}{{ v }}{% endautoescape %}",
        "{% autoescape 'html' %}{{ v }}{% endautoescape %}",
        "{% autoescape false %}{% set x %}{{ v }}{% endset %}{{ x }}{% endautoescape %}",
        "{% filter trim %}{{ v }}{% endfilter %}",
        "{% filter upper | safe %}{{ v }}{% endfilter %}",
        "{{ v ~ '' }}",
        "{{ (v ~ '') | safe }}",
        "{% for x in [v] %}{{ x }}{% endfor %}",
        "{% include '_part.txt.j2' %}",
        "{% from '_macros.txt.j2' import who %}{{ who(v) }}",
        "{% from '_macros.txt.j2' import raw %}{{ raw(v) | replace('a', 'a') }}",
    ];

    fn method(kind: &str, headers: &str) -> Result<MailMethods, LoadError> {
        let yaml = format!("arguments: {{ v: {kind} }}\ntext: Body\n{headers}");
        load(&[("a.yaml", &yaml), ("_part.txt.j2", PART), ("_macros.txt.j2", MACROS)])
    }

    fn call(payload: &str, list: bool) -> Call {
        let call = Call::new("a");
        if list { call.arg("v", &[payload]).unwrap() } else { call.arg("v", payload).unwrap() }
    }

    #[track_caller]
    fn check(kind: &str, list: bool, headers: &str, recipients: Option<&[&str]>) {
        let methods = method(kind, headers).unwrap_or_else(|error| panic!("{headers}: {error}"));
        // What is long takes long: it is tried where it is printed as it is.
        let long = if headers.contains("{% ") { Vec::new() } else { long_payloads().to_vec() };
        for payload in payloads().into_iter().chain(long) {
            let what = format!("{kind} {headers:.200} {payload:.60?}");
            match soon(|| methods.call(&call(&payload, list))) {
                Ok(mail) => {
                    is_sound(&mail, &what);
                    let envelope = mail.envelope();
                    let found: Vec<&str> = envelope.addresses().map(|a| a.as_str()).collect();
                    match recipients {
                        Some(expected) => assert_eq!(found, expected, "{what}"),
                        None => assert_eq!(found.len(), 1, "{what}: {found:?}"),
                    }
                }
                Err(error) => {
                    let text = error.to_string();
                    assert!(
                        text.contains("embedded/") && text.contains("error["),
                        "{what}: {text}"
                    );
                    assert!(text.len() < 3_000, "{what}: {} octets", text.len());
                }
            }
        }
    }

    #[test]
    fn a_display_name_stays_a_name_however_it_is_printed() {
        for (kind, list) in TYPES {
            for way in WAYS.into_iter().take(if kind == "string" { WAYS.len() } else { 6 }) {
                let headers =
                    format!("headers:\n  from: shop@x.test\n  to: |\n    {way} <{ONE}>\n");
                check(kind, list, &headers, Some(&[ONE]));
            }
        }
    }

    #[test]
    fn a_quoted_name_a_copy_and_a_sender_stay_what_they_are() {
        for way in WAYS {
            let headers = format!(
                "headers:\n  from: |\n    {way} <shop@x.test>\n  to: |\n    \"{way}\" <{ONE}>\n  cc: |\n    \
                 {way} <{ONE}>\n  bcc: |\n    {way} <{ONE}>\n  reply-to: |\n    {way} <{ONE}>\n  sender: |\n    \
                 {way} <{ONE}>\n"
            );
            check("string", false, &headers, Some(&[ONE]));
        }
    }

    #[test]
    fn a_whole_mailbox_from_a_block_or_a_macro_is_one_recipient() {
        for whole in [
            format!("{{% set x %}}{{{{ v }}}} <{ONE}>{{% endset %}}{{{{ x }}}}"),
            format!("{{% macro m(n) %}}{{{{ n }}}} <{ONE}>{{% endmacro %}}{{{{ m(v) }}}}"),
            format!("{{% filter trim %}}{{{{ v }}}} <{ONE}>{{% endfilter %}}"),
        ] {
            let headers = format!("headers:\n  from: shop@x.test\n  to: |\n    {whole}\n");
            check("string", false, &headers, Some(&[ONE]));
        }
    }

    #[test]
    fn a_value_that_is_the_recipient_is_one_recipient() {
        for way in WAYS {
            for around in ["WAY", "<WAY>", "Ada <WAY>", "\"Ada\" <WAY>"] {
                let to = around.replace("WAY", way);
                let headers = format!("headers:\n  from: shop@x.test\n  to: |\n    {to}\n");
                check("string", false, &headers, None);
                check("address", false, &headers, None);
            }
        }
    }

    #[test]
    fn a_list_of_addresses_has_no_more_recipients_than_items() {
        let methods = method(
            "addresses",
            "headers: { from: shop@x.test, to: \"{{ v }}\", x-note: \"{{ v }}\" }",
        );
        let methods = methods.unwrap();
        for payload in payloads().into_iter().chain(long_payloads()) {
            let what = format!("{payload:.60?}");
            let call = Call::new("a").arg("v", &[ONE, payload.as_str()]).unwrap();
            match soon(|| methods.call(&call)) {
                Ok(mail) => {
                    is_sound(&mail, &what);
                    let envelope = mail.envelope();
                    let found: Vec<&str> = envelope.addresses().map(|a| a.as_str()).collect();
                    assert!(found.len() <= 2 && found[0] == ONE, "{what}: {found:?}");
                }
                Err(error) => assert!(error.to_string().len() < 3_000, "{what}"),
            }
        }
    }

    #[test]
    fn a_field_of_a_record_is_as_harmless_as_an_argument() {
        let headers = format!(
            "headers: {{ from: shop@x.test, to: \"{{{{ v.name }}}} <{ONE}>\", subject: \"{{{{ v.name }}}}\" }}"
        );
        let methods = method("{ name: string }", &headers).unwrap();
        for payload in payloads().into_iter().chain(long_payloads()) {
            let what = format!("{payload:.60?}");
            let call = Call::new("a").arg("v", &serde_json::json!({ "name": payload })).unwrap();
            match soon(|| methods.call(&call)) {
                Ok(mail) => {
                    is_sound(&mail, &what);
                    assert_eq!(mail.envelope().recipients().len(), 1, "{what}");
                }
                Err(error) => assert!(error.to_string().len() < 3_000, "{what}"),
            }
        }
    }

    #[test]
    fn a_text_header_an_id_and_a_list_header_stay_one_header() {
        for (kind, list) in TYPES {
            // All ways for the usual type, the plain ones for the others.
            for way in WAYS.into_iter().take(if kind == "string" { WAYS.len() } else { 3 }) {
                for name in [
                    "subject",
                    "x-note",
                    "organization",
                    "list-unsubscribe",
                    "message-id",
                    "references",
                ] {
                    let value = match name {
                        "list-unsubscribe" => format!("<https://x.test/{way}>"),
                        "message-id" => format!("<{way}@x.test>"),
                        "references" => format!("<1@x.test> <{way}@x.test>"),
                        _ => way.to_owned(),
                    };
                    let headers = format!(
                        "headers:\n  from: shop@x.test\n  to: {ONE}\n  {name}: |\n    {value}\n"
                    );
                    check(kind, list, &headers, Some(&[ONE]));
                }
            }
        }
    }

    #[test]
    fn a_file_name_from_a_value_stays_in_its_parameter() {
        for way in WAYS {
            let headers = format!(
                "headers: {{ from: shop@x.test, to: {ONE} }}\nattachments:\n  - template: _part.txt.j2\n    \
                 filename: |\n      {way}.txt\n"
            );
            check("string", false, &headers, Some(&[ONE]));
        }
    }

    #[test]
    fn a_file_argument_cannot_break_out_by_its_name_or_type() {
        let headers = format!(
            "headers: {{ from: shop@x.test, to: {ONE}, x-note: \"{{{{ v.filename }}}}\" }}\nattachments: [{{ argument: v }}]"
        );
        let methods = method("file", &headers).unwrap();
        for payload in payloads().into_iter().chain(long_payloads()) {
            for file in [
                File::new(payload.clone(), b"x".to_vec()),
                File::new("a.bin", b"x".to_vec()).content_type(payload.clone()),
                File::new("a.bin", b"x".to_vec())
                    .content_type(format!("text/plain; name={payload}")),
            ] {
                match methods.call(&Call::new("a").arg("v", &file).unwrap()) {
                    Ok(mail) => is_sound(&mail, &format!("{payload:.60?}")),
                    Err(error) => assert!(error.to_string().len() < 3_000),
                }
            }
        }
    }

    #[test]
    fn what_a_call_sets_itself_stays_one_header() {
        let methods =
            method("string?", &format!("headers: {{ from: shop@x.test, to: {ONE} }}")).unwrap();
        for payload in payloads().into_iter().chain(long_payloads()) {
            let what = format!("{payload:.60?}");
            let calls = [
                Call::new("a").header("X-Own", payload.clone()),
                Call::new("a").header("Subject", payload.clone()),
                Call::new("a").header(payload.clone(), "x"),
                Call::new("a").header(format!("X-{payload}"), "x"),
                Call::new("a").from(payload.as_str()),
                Call::new("a").reply_to(payload.as_str()),
                Call::new("a").locale(payload.clone()),
            ];
            for call in calls {
                match methods.call(&call) {
                    Ok(mail) => {
                        is_sound(&mail, &what);
                        let envelope = mail.envelope();
                        assert_eq!(envelope.recipients().len(), 1, "{what}");
                        assert_eq!(envelope.recipients()[0].field, Field::To);
                    }
                    Err(error) => assert!(error.to_string().len() < 3_000, "{what}"),
                }
            }
            let error = methods.call(&Call::new(payload.clone())).unwrap_err();
            assert!(error.to_string().len() < 3_000, "{what}");
            let error = methods.call(&Call::new("a").arg(&payload, "x").unwrap()).unwrap_err();
            assert!(error.to_string().len() < 3_000, "{what}");
        }
    }

    #[test]
    fn a_value_of_a_strict_type_is_refused_by_its_name() {
        for kind in [
            "integer",
            "decimal",
            "float",
            "boolean",
            "date",
            "time",
            "datetime",
            "enum(a|b)",
            "file",
            "url",
        ] {
            let headers =
                format!("headers: {{ from: shop@x.test, to: {ONE}, subject: \"{{{{ v }}}}\" }}");
            let methods = method(kind, &headers).unwrap();
            for payload in payloads().into_iter().chain(long_payloads()) {
                let error = methods.call(&call(&payload, false)).expect_err(kind);
                let CallError::Arguments { findings, .. } = &error else { panic!("{error}") };
                assert_eq!(findings[0].path.as_deref(), Some("v"), "{kind}: {error}");
                assert!(error.to_string().len() < 1_000, "{kind}: {error}");
            }
        }
    }

    #[test]
    fn what_is_printed_in_html_is_text_there() {
        let yaml = format!("{HEAD} {{ v: text }}");
        let template = "<p title=\"{{ v }}\">{{ v }}</p>{% include '_p.html.j2' %}";
        let methods = load(&[
            ("a.yaml", &yaml),
            ("a.html.j2", template),
            ("_p.html.j2", "<b>{{ v }}</b>"),
            ("a.txt.j2", "Body"),
        ])
        .unwrap();
        for payload in
            ["<script>alert(1)</script>", "\" onload=\"x", "' a='", "&lt;", "--><img src=x>"]
        {
            let call = Call::new("a").arg("v", payload).unwrap();
            let mail = methods.call(&call).unwrap();
            let html = mail.html().unwrap();
            assert_eq!(html.matches('<').count(), 4, "{html}");
            assert_eq!(html.matches('"').count(), 2, "{html}");
        }
    }

    #[test]
    fn nothing_prints_none() {
        let yaml = "headers:\n  from: shop@x.test\n  to: ada@example.test\n  subject: \"[{{ a }}{{ none }}{{ b }}]\"\n  \
                    x-note: \"{{ a }}\"\narguments: { a: string?, b: any?, c: date?, d: { list: string? }, e: file?, f: any? }\n";
        let body = "[{{ a }}{{ b }}{{ c }}{{ e }}{{ f }}{{ none }}{{ None }}{% for x in d %}{{ x }}{% endfor %}\
                    {{ c | date }}{{ a | upper }}{{ a ~ '' }}{{ 'x' if false }}]";
        let methods = load(&[("a.yaml", yaml), ("a.txt.j2", body), ("a.html.j2", body)]).unwrap();
        for value in [
            serde_json::json!({ "d": [null, null] }),
            serde_json::json!({ "a": null, "b": null, "c": null, "d": [], "e": null, "f": null }),
        ] {
            let mail = methods.call(&Call::new("a").args(&value).unwrap()).unwrap();
            assert_eq!(mail.subject(), "[]");
            assert_eq!(mail.header("x-note"), None);
            assert_eq!(mail.text().map(str::trim), Some("[]"));
            assert_eq!(mail.html().map(str::trim), Some("[]"));
        }
        let error = methods.call(
            &Call::new("a")
                .arg("b", &serde_json::json!({ "x": null }))
                .unwrap()
                .arg("d", &Vec::<String>::new())
                .unwrap(),
        );
        let text = error.unwrap().text().unwrap().to_ascii_lowercase();
        assert!(!text.contains("none") && !text.contains("null"), "{text}");
    }

    #[test]
    fn a_secret_is_in_no_error_and_no_debug() {
        const SECRET: &str = "hunter2-hunter2";
        for kind in [
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
            "file",
            "list",
        ] {
            let headers = format!("headers: {{ from: shop@x.test, to: {ONE} }}");
            let methods = method(&format!("{{ type: {kind}, secret: true }}"), &headers).unwrap();
            let calls = [
                Call::new("a").arg("v", SECRET).unwrap(),
                Call::new("a").arg("v", &format!("{SECRET}\n")).unwrap(),
                Call::new("a").arg("v", &[[SECRET]]).unwrap(),
                Call::new("a").arg("v", &serde_json::json!({ "type": SECRET })).unwrap(),
                Call::new("a").arg("v", &[format!("<{SECRET}"), SECRET.to_owned()]).unwrap(),
            ];
            for call in calls {
                assert!(!format!("{call:?}").contains(SECRET));
                if let Err(error) = methods.call(&call) {
                    assert!(!format!("{error} {error:?}").contains(SECRET), "{kind}: {error}");
                }
                if let Err(error) = methods.call(&call.from_text()) {
                    assert!(!format!("{error} {error:?}").contains(SECRET), "{kind}: {error}");
                }
            }
        }
        let bounded = "{ type: string, secret: true, pattern: '[0-9]+', max_length: 3 }";
        let methods =
            method(bounded, &format!("headers: {{ from: shop@x.test, to: {ONE} }}")).unwrap();
        let error = methods.call(&call(SECRET, false)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
        let uses = "headers: { from: shop@x.test, to: \"{{ v }}\", message-id: \"{{ v }}\", x-note: \"{{ v }}\" }";
        for kind in ["{ type: string, secret: true }", "{ type: text, secret: true }"] {
            let methods = method(kind, uses).unwrap();
            for value in [SECRET.to_owned(), format!("{SECRET}\n"), format!("<{SECRET}")] {
                if let Err(error) = methods.call(&call(&value, false)) {
                    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
                }
            }
            assert!(!format!("{methods:?}").contains(SECRET));
        }
    }

    #[test]
    fn a_file_in_json_is_its_content_and_never_a_path() {
        let methods = method(
            "file",
            &format!(
                "headers: {{ from: shop@x.test, to: {ONE} }}\nattachments: [{{ argument: v }}]"
            ),
        )
        .unwrap();
        let given =
            |value: serde_json::Value| methods.call(&Call::new("a").arg("v", &value).unwrap());
        let good =
            given(serde_json::json!({ "filename": "a.txt", "content": "SGVsbG8=" })).unwrap();
        assert_eq!(good.attachments()[0].content(), b"Hello");
        for bad in [
            serde_json::json!("/etc/passwd"),
            serde_json::json!({ "file": "/etc/passwd" }),
            serde_json::json!({ "path": "/etc/passwd" }),
            serde_json::json!({ "filename": "/etc/passwd" }),
            serde_json::json!({ "filename": "a", "content": "not base64!" }),
            serde_json::json!({ "filename": "a", "content": 12 }),
            serde_json::json!({ "filename": ["a"], "content": "" }),
            serde_json::json!({ "filename": "a", "content": "", "mode": 1 }),
            serde_json::json!(["a"]),
            serde_json::json!(null),
        ] {
            let error = given(bad.clone()).expect_err("it is no file");
            let CallError::Arguments { findings, .. } = &error else { panic!("{error}") };
            assert_eq!(findings[0].path.as_deref(), Some("v"), "{bad}: {error}");
            assert!(!error.to_string().contains("root:"), "{error}");
        }
        let mail = given(serde_json::json!({ "filename": "../../etc/passwd", "content": "" }));
        if let Ok(mail) = mail {
            let name = mail.attachments()[0].filename().unwrap();
            assert!(!name.contains('/'), "{name}");
        }
    }
}

mod mutations {
    use super::*;

    /// A small generator, the same on every machine: xorshift64*.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
            usize::try_from(number).unwrap() % limit.max(1)
        }

        fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
            let start = self.below(length + 1);
            start..(start + self.below(most + 1)).min(length)
        }
    }

    const INSERTED: [&[u8]; 28] = [
        b"{{",
        b"}}",
        b"{%",
        b"%}",
        b"{#",
        b"#}",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"'",
        b":",
        b": ",
        b"- ",
        b"&a",
        b"*a",
        b"!t ",
        b"|",
        b"\n",
        b"\t",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xc3\xbc",
        b"{{ x }}",
        b"{% endif %}",
        b"\n---\n",
    ];

    /// Changes some octets or some lines.
    fn mutate(random: &mut Random, content: &mut Vec<u8>) {
        for _ in 0..=random.below(3) {
            let mut lines: Vec<Vec<u8>> =
                content.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let (one, other) = (random.below(lines.len()), random.below(lines.len()));
            match random.below(7) {
                0 => drop(content.drain(random.range(content.len(), 8))),
                1 => {
                    let range = random.range(content.len(), 40);
                    let copy = content[range.clone()].to_vec();
                    content.splice(range.end..range.end, copy);
                }
                2 => {
                    let at = random.below(content.len() + 1);
                    content.splice(at..at, INSERTED[random.below(INSERTED.len())].iter().copied());
                }
                3 if !content.is_empty() => {
                    let at = random.below(content.len());
                    content[at] = u8::try_from(random.below(256)).unwrap();
                }
                4 if !lines.is_empty() => {
                    lines.remove(one);
                    *content = lines.concat();
                }
                5 if !lines.is_empty() => {
                    lines.insert(one, lines[other].clone());
                    *content = lines.concat();
                }
                _ if !lines.is_empty() => {
                    lines.swap(one, other);
                    *content = lines.concat();
                }
                _ => {}
            }
        }
    }

    fn read(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                read(&entry.path(), &format!("{name}/"), files);
            } else {
                files.push((name, fs::read(entry.path()).unwrap()));
            }
        }
        files.sort();
    }

    /// Loads, checks and calls the shop with one file changed, as often as is said.
    fn survive(times: usize, seed: u64) {
        let mut shop = Vec::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), "", &mut shop);
        let texts: Vec<usize> = (0..shop.len())
            .filter(|i| [".yaml", ".j2"].iter().any(|end| shop[*i].0.ends_with(end)))
            .collect();
        let mut random = Random(seed);
        let mut sound = 0;
        for round in 0..times {
            let mut files = shop.clone();
            let file = texts[random.below(texts.len())];
            mutate(&mut random, &mut files[file].1);
            let what = format!("round {round}: {}", files[file].0);
            let effort = Effort::begin();
            let settings = Settings { base_url: Some("https://shop.test".into()), ..settings() };
            match MailMethods::from_embedded_with(files, settings, Limits::default()) {
                Ok(methods) => {
                    // A whole check, with all locales and branches, now and then.
                    let findings = if round % 10 == 0 {
                        methods.check(&[]).unwrap().findings
                    } else {
                        called(&methods)
                    };
                    sound += usize::from(findings.is_empty());
                    names_a_file(&findings, &what);
                }
                Err(error) => names_a_file(&error.findings, &what),
            }
            assert!(effort.spent() < Duration::from_secs(10), "{what}: {:?}", effort.spent());
        }
        assert!(sound < times, "no change was noticed");
    }

    /// What is wrong when every sample is called once.
    fn called(methods: &MailMethods) -> Vec<Finding> {
        let samples = methods.iter().flat_map(|m| m.samples().filter_map(|name| m.sample(name)));
        let findings = samples.filter_map(|call| match methods.call(&call).err()? {
            // What a caller gives has no file; what a sample gives has one.
            CallError::Arguments { method, .. } => Some(methods.check(&[&method]).ok()?.findings),
            error => Some(error.findings()),
        });
        findings.flatten().collect()
    }

    #[track_caller]
    fn names_a_file(findings: &[Finding], what: &str) {
        for finding in findings {
            let shown = finding.to_string();
            let place = finding.location.as_ref().unwrap_or_else(|| panic!("{what}: {shown}"));
            assert!(place.file.starts_with("embedded/"), "{what}: {shown}");
            assert!(shown.len() < 5_000 && !shown.contains("__mailmethod"), "{what}: {shown}");
        }
    }

    #[test]
    fn a_shop_with_a_random_change_is_sound_or_has_a_finding_with_a_file() {
        std::thread::scope(|scope| {
            for part in 0..2 {
                scope.spawn(move || survive(250, 0x6d61_696c + part));
            }
        });
    }

    #[test]
    #[ignore = "ten thousand changes take minutes: run it with --ignored"]
    fn a_shop_with_ten_thousand_random_changes_is_sound_or_has_a_finding_with_a_file() {
        std::thread::scope(|scope| {
            for part in 0..4 {
                scope.spawn(move || survive(2_500, 0x6d65_7468_6f64 + part));
            }
        });
    }
}
