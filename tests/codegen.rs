//! Code generation: what is written, what the compiler says to a call that does not fit, and what
//! a build script says to a folder that is wrong.
//!
//! `MAILMETHOD_GOLDEN=accept cargo test --test codegen` writes the goldens.
#![cfg(feature = "testing")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use mailmethod::MailMethods;
use mailmethod::codegen::{Language, generate};
use tempfile::TempDir;

#[path = "support/effort.rs"]
mod effort;

/// Compares a text with its golden.
#[track_caller]
fn golden(name: &str, found: &str) {
    let file = Path::new("tests/codegen").join(name);
    if env::var("MAILMETHOD_GOLDEN").is_ok_and(|value| value == "accept") {
        fs::write(&file, found).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(expected.as_str(), found);
    let shown = difference.unified_diff().context_radius(2).header("expected", "found").to_string();
    assert!(expected == found, "{} differs:\n{shown}", file.display());
}

fn rust(folder: impl AsRef<Path>) -> String {
    generate(&MailMethods::load(folder).unwrap(), Language::Rust)
}

#[test]
fn the_code_of_a_nasty_folder_is_as_it_was_reviewed() {
    golden("nasty.rs", &rust("tests/codegen/nasty"));
}

/// The first lines of a client: up to what is the same for all folders.
fn client(language: Language, end: &str) -> String {
    let methods = MailMethods::load("tests/codegen/nasty").unwrap();
    let code = generate(&methods, language);
    code.split_once(end).unwrap().0.to_owned()
}

#[test]
fn the_clients_of_a_nasty_folder_are_as_they_were_reviewed() {
    golden("nasty.ts", &client(Language::TypeScript, "/** The name of a mail method. */"));
    golden("nasty.py", &client(Language::Python, "Mailboxes = "));
}

#[test]
fn the_same_declarations_give_the_same_code() {
    for language in [Language::Rust, Language::TypeScript, Language::Python] {
        let code = || generate(&MailMethods::load("tests/codegen/nasty").unwrap(), language);
        let first = code();
        assert_eq!(first, code());
        let harmless =
            |c: char| c == '\n' || !c.is_control() && !('\u{2028}'..='\u{202e}').contains(&c);
        assert!(first.chars().all(harmless), "{language:?}");
    }
}

// What compilers say.

/// The library as cargo has built it for this test, and the folder of all that it needs.
fn library() -> (PathBuf, PathBuf) {
    let folder = env::current_exe().unwrap().parent().unwrap().to_owned();
    let built = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let built = built.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libmailmethod-") && name.ends_with(".rlib")
    });
    let latest = built.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    (latest.unwrap(), folder)
}

/// Compiles a file into a folder; `kind` is `lib`, of which only the types are checked, or `bin`.
fn rustc(file: &Path, kind: &str, into: &Path) -> Output {
    let (library, dependencies) = library();
    let emit = if kind == "lib" { "metadata" } else { "link" };
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--color", "never", "--crate-name", "sample"])
        .args(["--crate-type", kind, "--emit", emit, "--out-dir"])
        .args([into, file])
        .arg("--extern")
        .arg(format!("mailmethod={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap()
}

/// Compiles code with the calls of some methods in the module `mails`.
fn compiled(methods: &str, code: &str) -> Output {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mails.rs"), methods).unwrap();
    let file = folder.path().join("lib.rs");
    fs::write(&file, format!("#![allow(unused)]\npub mod mails;\n{code}\n")).unwrap();
    rustc(&file, "lib", folder.path())
}

/// The essential lines of what a compiler says: its errors, and what it writes under the code.
fn essence(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let mut essence = String::new();
    for line in said.lines() {
        let label = line.split_once('^').map(|(_, rest)| rest.trim_start_matches('^').trim());
        match label {
            Some("") => {}
            Some(label) => writeln!(essence, "    {label}").unwrap(),
            None if line.starts_with("error[") => writeln!(essence, "  {line}").unwrap(),
            None => {}
        }
    }
    essence
}

const CALL: &str = r#"
pub fn confirm() -> mails::orders::Confirmation {
    use mails::orders::confirmation::{Customer, Line, Plan};
    mails::orders::Confirmation {
        customer: Customer::new("Ada", "ada@example.test".parse::<mailmethod::message::Mailbox>().unwrap()),
        order_no: "2026-041".into(),
        lines: vec![Line { title: "Fieldbook".into(), quantity: 2, price: "12.00".parse().unwrap() }],
        due: mailmethod::codegen::types::Date::constant(2026, 12, 7),
        plan: Some(Plan::Team),
        note: None,
        invoice: None,
    }
}
"#;

#[test]
fn a_call_that_does_not_fit_is_told_by_the_compiler() {
    let shop = rust("templates");
    let good = compiled(&shop, CALL);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let mut said = String::new();
    for (what, right, wrong) in [
        ("a missing argument", "order_no: \"2026-041\".into(),", ""),
        ("a misspelt argument", "order_no:", "ordr_no:"),
        ("an ill-typed argument", "\"2026-041\".into()", "2026"),
        ("an ill-typed field of a record", "quantity: 2", "quantity: 2.5"),
        (
            "an address that is only text",
            "\"ada@example.test\".parse::<mailmethod::message::Mailbox>().unwrap()",
            "\"ada@example.test\"",
        ),
        ("an optional argument as if it were none", "plan: Some(Plan::Team)", "plan: Plan::Team"),
        ("a word that the enum does not have", "Plan::Team", "Plan::Tem"),
        (
            "a method that there is not",
            "mails::orders::Confirmation {",
            "mails::orders::Confirmaton {",
        ),
    ] {
        let code = CALL.replace(right, wrong);
        assert_ne!(code, CALL, "{what}");
        let output = compiled(&shop, &code);
        assert!(!output.status.success(), "{what} compiles");
        writeln!(said, "{what}\n{}", essence(&output)).unwrap();
    }
    golden("errors.txt", &said);
}

#[test]
fn a_declaration_that_no_longer_fits_a_call_does_not_compile() {
    let yaml = fs::read_to_string("templates/orders/confirmation.yaml").unwrap();
    let with = |yaml: &str| {
        let body = ("orders/confirmation.txt.j2", String::from("Hello\n"));
        // The samples are of no matter to the types, and would no longer fit either.
        let yaml = yaml.split("headers:").next().unwrap().to_owned()
            + "headers: { to: a@example.test, from: b@example.test }\n";
        let methods = MailMethods::from_embedded([("orders/confirmation.yaml", yaml), body]);
        compiled(&generate(&methods.unwrap(), Language::Rust), CALL)
    };
    assert!(with(&yaml).status.success());
    let mut said = String::new();
    for (what, before, after) in [
        ("renamed", "order_no: string", "number: string"),
        ("removed", "note: string?", ""),
        ("added and required", "due: date", "due: date\n  carrier: string"),
        ("required from now on", "note: string?", "note: string"),
        ("of another type", "due: date", "due: datetime"),
        ("of other words", "enum(free|team) = free", "enum(free|business) = free"),
        ("without a field", "quantity: integer, ", ""),
    ] {
        let changed = yaml.replace(before, after);
        assert_ne!(changed, yaml, "{what}");
        let output = with(&changed);
        assert!(!output.status.success(), "an argument is {what}, and the call compiles");
        writeln!(said, "an argument is {what}\n{}", essence(&output)).unwrap();
    }
    golden("changes.txt", &said);
}

#[test]
fn generated_code_passes_under_strict_lints_of_the_program() {
    let folder = TempDir::new().unwrap();
    let nasty = rust("tests/codegen/nasty");
    fs::write(folder.path().join("mails.rs"), nasty).unwrap();
    let file = folder.path().join("lib.rs");
    let lints = "#![deny(warnings, missing_docs, unused_qualifications, rust_2018_idioms)]\n\
                 #![forbid(unsafe_code)]\n//! A program.\n/// Its mails.\npub mod mails;\n";
    fs::write(&file, lints).unwrap();
    let output = rustc(&file, "lib", folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// A few of some pieces, one behind the other.
    fn word(&mut self, pieces: &[&str]) -> String {
        (0..=self.roll(3)).map(|_| self.pick(pieces)).collect()
    }

    /// The arguments of a method or the fields of a record, in YAML; no name twice.
    fn fields(&mut self, depth: usize) -> String {
        let mut names: Vec<String> = (0..=self.roll(6))
            .map(|_| {
                self.word(&["a", "A", "_", "1", "type", "Self", "crate", "q", "Some", "dyn", "x"])
            })
            .filter(|name| !name.starts_with('1') && !matches!(name.as_str(), "self" | "super"))
            .collect();
        names.sort();
        names.dedup();
        names.push("z".to_owned());
        let fields = names.iter().map(|name| format!("{name}: {}", self.kind(depth)));
        format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
    }

    fn kind(&mut self, depth: usize) -> String {
        match self.roll(if depth == 0 { 3 } else { 6 }) {
            0 => format!(
                "{}{}",
                self.pick(&["string", "integer", "file", "any", "url"]),
                self.pick(&["", "?"])
            ),
            1 => self.words(),
            2 => "string = \"a b\"".to_owned(),
            3 => format!("{{ type: record, fields: {} }}", self.fields(depth - 1)),
            4 => format!("{{ list: {} }}", self.kind(depth - 1)),
            _ => format!(
                "{{ type: list, secret: true, optional: true, of: {} }}",
                self.kind(depth - 1)
            ),
        }
    }

    fn words(&mut self) -> String {
        let pieces =
            ["a", "A", "-", "_", " x", "1", "ä", "日本", "self", "Self", "+", "fn", "Ok", "'"];
        let mut words: Vec<String> = (0..=self.roll(5))
            .map(|_| self.word(&pieces).trim().trim_matches('\'').to_owned())
            .collect();
        words.retain(|word| !word.is_empty());
        words.push("z".to_owned());
        words.sort();
        words.dedup();
        format!("{:?}", format!("enum({})", words.join("|")))
    }
}

#[test]
fn whatever_the_names_the_code_compiles() {
    let mut dice = Dice(20_001_014);
    let mut files = std::collections::BTreeMap::new();
    while files.len() < 120 {
        let folder =
            dice.pick(&["", "", "a/", "a-b/", "a_b/", "type/", "1/", "self/", "-/", "str/"]);
        let name = dice.word(&["a", "b", "-", "1", "self", "type", "2_", "str", "i64", "option"]);
        let yaml = format!(
            "arguments: {}\nheaders: {{ to: a@x.test, from: b@x.test }}\ntext: Hi\n",
            dice.fields(3)
        );
        files.insert(format!("{folder}{name}.yaml"), yaml);
    }
    let methods = MailMethods::from_embedded(files).unwrap();
    let output = compiled(&generate(&methods, Language::Rust), "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = TempDir::new().unwrap();
    for (language, file, program, args) in [
        (Language::Python, "mails.py", "python3", &["-W", "error", "mails.py"][..]),
        (
            Language::TypeScript,
            "mails.ts",
            "tsc",
            &["--strict", "--noEmit", "--target", "es2022", "mails.ts"],
        ),
    ] {
        fs::write(folder.path().join(file), generate(&methods, language)).unwrap();
        // The tests of the clients say where a program is missing.
        if let Ok(output) = Command::new(program).args(args).current_dir(folder.path()).output() {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn huge_declarations_are_written_in_bounded_time() {
    let words: Vec<String> = (0..20_000).map(|number| format!("w {number}")).collect();
    let fields: Vec<String> =
        (0..2_000).map(|number| format!("f{number}: {{ list: {{ a: string }} }}")).collect();
    let deep = "{ list: { a: ".repeat(7) + "string" + &" } }".repeat(7);
    let yaml = format!(
        "description: \"{}\"\narguments: {{ many: \"enum({})\", long: 'enum({}|{})', deep: {deep}, {} }}\n\
         headers: {{ to: a@x.test, from: b@x.test }}\ntext: Hi\n",
        "x*".repeat(400_000),
        words.join("|"),
        "y".repeat(500_000),
        "-".repeat(300_000),
        fields.join(", "),
    );
    let methods = MailMethods::from_embedded([("a.yaml", yaml.as_str().to_owned())]).unwrap();
    effort::soon(|| {
        for language in [Language::Rust, Language::TypeScript, Language::Python] {
            let size = generate(&methods, language).len();
            assert!(size < 20 * yaml.len(), "{language:?}: {size} of {}", yaml.len());
        }
        let size = mailmethod::codegen::schemas(&methods).to_string().len();
        assert!(size < 20 * yaml.len(), "{size}");
    });
}

// The build script.

const BUILD: &str = "fn main() -> Result<(), mailmethod::codegen::BuildError> {\n    \
                     mailmethod::codegen::build(\"templates\")\n}\n";

/// A package with a compiled build script.
struct Package(TempDir);

impl Package {
    fn new(files: &[(&str, &str)]) -> Self {
        let package = Self(TempDir::new().unwrap());
        package.write("build.rs", BUILD);
        for (name, text) in files {
            package.write(name, text);
        }
        let output = rustc(&package.path().join("build.rs"), "bin", package.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        package
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Runs the script as cargo does: in the package, with a folder to write into.
    fn build(&self, out: Option<&Path>) -> (bool, String, String) {
        let mut command = Command::new(self.path().join("sample"));
        command.current_dir(self.path()).env_remove("OUT_DIR");
        command.envs(out.map(|out| ("OUT_DIR", out)));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    }
}

const HELLO: &str = "arguments: { name: string }\n\
                     headers: { to: ada@example.test, from: shop@example.test }\n";

#[test]
fn a_build_script_writes_the_calls_and_watches_every_file() {
    let package = Package::new(&[
        ("templates/a/hello.yaml", HELLO),
        ("templates/a/hello.txt.j2", "Hello {{ name }}"),
    ]);
    let (good, out, err) = package.build(Some(package.path()));
    assert!(good, "{err}");
    assert_eq!(
        out,
        "cargo::rerun-if-changed=templates\n\
         cargo::rerun-if-changed=templates/a/hello.txt.j2\n\
         cargo::rerun-if-changed=templates/a/hello.yaml\n"
    );
    let written = fs::read_to_string(package.path().join("mailmethods.rs")).unwrap();
    assert_eq!(written, rust(package.path().join("templates")));
    let code = "mod mails { mailmethod::include_methods!(); }\n\
                pub fn hello() -> impl mailmethod::method::ToCall { mails::a::Hello::new(\"Ada\") }\n";
    package.write("lib.rs", code);
    let file = package.path().join("lib.rs");
    let compile = |out: &str| {
        let (library, dependencies) = library();
        let mut command = Command::new("rustc");
        command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-L"]);
        command.arg(format!("dependency={}", dependencies.display()));
        command.arg("--extern").arg(format!("mailmethod={}", library.display()));
        command.arg("--out-dir").arg(package.path()).arg(&file).env("OUT_DIR", out);
        command.output().unwrap()
    };
    let output = compile(package.path().to_str().unwrap());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!compile("/nowhere").status.success());
}

#[test]
fn a_build_fails_on_a_broken_folder_with_every_finding_at_its_place() {
    let package = Package::new(&[
        (
            "templates/hello.yaml",
            "arguments: { name: strin }\nheaders: { to: x@x.test }\ntxt: Hi\n",
        ),
        ("templates/hello.txt.j2", "Hello {{ nmae | uper }}\n"),
    ]);
    let (good, out, err) = package.build(Some(package.path()));
    assert!(!good && !package.path().join("mailmethods.rs").exists());
    assert!(out.contains("cargo::rerun-if-changed=templates/hello.yaml\n"), "{out}");
    golden("build.txt", &err);
}

#[test]
fn a_build_script_says_what_it_misses() {
    let package = Package::new(&[]);
    let (good, out, err) = package.build(Some(package.path()));
    assert!(!good && err.contains("error[no-folder]: "), "{err}");
    assert_eq!(out, "cargo::rerun-if-changed=templates\n");
    package.write("templates/hello.yaml", &format!("{HELLO}text: Hi\n"));
    let (good, _, err) = package.build(None);
    assert!(
        !good && err.contains("OUT_DIR is not set: call this in the `main` of build.rs"),
        "{err}"
    );
    let (good, _, err) = package.build(Some(&package.path().join("nowhere")));
    assert!(!good && err.contains("mailmethods.rs cannot be written: No such file"), "{err}");
}
