//! Code generation: what is written, what the compiler says to a call that does not fit, and what
//! a build script says to a folder that is wrong.
//!
//! `MAILMETHOD_GOLDEN=accept cargo test --test codegen` writes the goldens.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use mailmethod::MailMethods;
use mailmethod::codegen::{Language, generate};
use tempfile::TempDir;

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
