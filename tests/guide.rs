//! The guide: its commands, files and settings are taken out of the pages and run as they stand.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails like the test, and says what is missing"
)]

#[path = "support/postgres.rs"]
mod postgres_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mailmethod::MailMethods;
use mailmethod::host::Settings;

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    /// The line of its fence, from 1.
    line: usize,
    /// What stands behind the fence: `sh`, `sh,fails`, `yaml`.
    kind: String,
    text: String,
    /// The file that the paragraph before names at its end: `` `src/main.rs`: ``.
    file: Option<String>,
}

fn page(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide").join(name);
    fs::read_to_string(file).unwrap()
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let text: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let file = before.strip_suffix("`:").and_then(|text| text.rsplit_once('`'));
            blocks.push(Block {
                line: number + 1,
                kind: kind.to_owned(),
                text: text.iter().map(|line| format!("{line}\n")).collect(),
                file: file.map(|(_, file)| file.to_owned()),
            });
            before = "";
        } else if !line.is_empty() {
            before = line;
        }
    }
    blocks
}

/// What differs from run to run.
fn masked(said: &str) -> String {
    let seconds = regex_lite::Regex::new(r"in \d+\.\d\ds").unwrap();
    seconds.replace_all(said, "in 0.00s").trim().to_owned()
}

/// The folder in which the page is followed: where it is always the same, cargo knows its work
/// again. It is outside of this workspace, as a new user's folder is.
fn fresh_folder(of: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = root.display().to_string().replace(['/', '\\', ':'], "-");
    let folder = std::env::temp_dir().join(format!("mailmethod-guide{name}-{of}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(root, folder.join("mailmethod")).unwrap();
    folder
}

/// Runs the commands of a block, and gives what they print and whether they succeed.
fn run(folder: &Path, commands: &str) -> (String, bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_mailmethod")).parent().unwrap();
    let cargo = Path::new(env!("CARGO")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let output = Command::new("sh")
        .args(["-e", "-c", &format!("exec 2>&1\n{commands}")])
        .current_dir(folder)
        .env("PATH", format!("{}:{}:{path}", program.display(), cargo.display()))
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("RUSTFLAGS")
        .env_remove("MAILMETHOD_SMTP_URL")
        .env_remove("MAILMETHOD_STORE")
        .env_remove("MAILMETHOD_TEMPLATES")
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

/// Follows the page; without `cargo`, its commands are left out.
fn follow(page: &str, cargo: bool) -> usize {
    let folder = fresh_folder(if cargo { "all" } else { "program" });
    let shop = folder.join("shop");
    let mut followed = 0;
    let mut said = None;
    for block in blocks(page) {
        let place = format!("getting_started.md:{}", block.line);
        if let Some(file) = &block.file {
            let file = shop.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &block.text).unwrap();
            continue;
        }
        match block.kind.as_str() {
            "sh" | "sh,fails" => {
                let here = if shop.exists() { &shop } else { &folder };
                let new = block.text.starts_with("cargo new");
                if !cargo && (block.text.contains("cargo ") && !new) {
                    said = None;
                    continue;
                }
                let (printed, succeeded) = run(here, &block.text);
                let wanted = block.kind == "sh";
                assert_eq!(succeeded, wanted, "{place}: {}\n{printed}", block.text);
                if new {
                    // The versions that this crate is tested with are there already.
                    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
                    fs::copy(root.join("Cargo.lock"), shop.join("Cargo.lock")).unwrap();
                }
                said = Some(printed);
                followed += 1;
            }
            "text" => {
                if let Some(said) = said.take() {
                    let (said, wanted) = (masked(&said), masked(&block.text));
                    // Of what the compiler says, the page shows the line that matters.
                    let only_a_part = wanted.starts_with("error[E") && said.contains(&wanted);
                    assert!(
                        only_a_part || said == wanted,
                        "{place} shows\n{wanted}\nand it is\n{said}"
                    );
                }
            }
            other => panic!("{place}: nobody runs a block of {other:?}"),
        }
    }
    fs::remove_dir_all(folder).unwrap();
    followed
}

#[test]
#[ignore = "it compiles a project of its own: some seconds after the first time, minutes at first"]
fn a_new_user_follows_getting_started_word_for_word() {
    assert_eq!(follow(&page("getting_started.md"), true), 12);
}

#[test]
fn the_program_does_what_getting_started_shows() {
    assert_eq!(follow(&page("getting_started.md"), false), 7);
}

/// The blocks of a kind, in order.
fn of_kind(page: &str, kind: &str) -> Vec<String> {
    let blocks = blocks(page).into_iter().filter(|block| block.kind == kind);
    blocks.map(|block| block.text).collect()
}

/// What a test of settings takes for the environment.
fn variable(name: &str) -> Option<String> {
    (!name.starts_with("MAILMETHOD_")).then(|| format!("the-value-of-{name}"))
}

/// The keys that a row of the table of relays names, in its last column.
fn keys_of(row: &str) -> Option<&str> {
    let cell = row.trim_end_matches(" |").rsplit(" | ").next()?;
    Some(cell.split('`').nth(1).unwrap_or_default())
}

#[test]
fn the_settings_of_production_load_and_the_keys_for_relays_are_taken() {
    let page = page("production.md");
    let [yaml] = &of_kind(&page, "yaml")[..] else { panic!("there is one block of settings") };
    let settings = Settings::parse("mailmethod.yaml", yaml, &variable).unwrap();
    for name in ["default", "bulk"] {
        let url = settings.adapter_url(name).unwrap().unwrap();
        mailmethod::adapter::open(&url).unwrap();
    }
    assert!(settings.store().unwrap().unwrap().starts_with("postgres://shop:the-value"));

    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("](https://"));
    let mut urls = 0;
    for keys in rows.filter_map(keys_of) {
        if keys.starts_with('?') {
            mailmethod::adapter::open(&format!("smtp://relay.test{keys}")).unwrap();
            urls += 1;
        } else {
            Settings::parse("mailmethod.yaml", keys, &variable).unwrap();
        }
    }
    assert_eq!(urls, 5);
}

#[test]
fn the_settings_of_security_load() {
    let mut loaded = 0;
    for yaml in of_kind(&page("security.md"), "yaml") {
        if yaml.starts_with("arguments:") {
            let file = format!(
                "{yaml}headers: {{ from: a@x.test, to: '{{{{ email }}}}' }}\ntext: '{{{{ reset_url }}}}'"
            );
            MailMethods::from_embedded([("m.yaml", file)]).unwrap();
        } else {
            Settings::parse("mailmethod.yaml", &yaml, &variable).unwrap();
        }
        loaded += 1;
    }
    assert_eq!(loaded, 3);
}

/// A project with one mail in its queue, whose mails land in the folder `sent`.
fn queued() -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join("mailmethod.yaml"), "adapters: { default: 'file:sent' }")
        .unwrap();
    let commands = "mailmethod --quiet new hello && mailmethod queue add hello --sample first";
    let (printed, succeeded) = run(project.path(), commands);
    assert!(succeeded, "{printed}");
    project
}

fn sent(project: &Path) -> usize {
    let Ok(files) = fs::read_dir(project.join("sent")) else { return 0 };
    files
        .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml"))
        .count()
}

#[test]
fn the_commands_of_production_run_and_a_backup_that_is_put_back_sends_nothing_again() {
    let project = queued();
    let commands = of_kind(&page("production.md"), "sh");
    assert_eq!(commands.len(), 5);
    for command in commands {
        if command.starts_with("sqlite3") && !run(project.path(), "sqlite3 --version").1 {
            eprintln!("sqlite3 is not installed: the file is copied while nobody writes");
            fs::copy(project.path().join("mailmethod.db"), project.path().join("copy.db")).unwrap();
            continue;
        }
        if command.contains("cp copy.db") {
            // The mail leaves after the copy was made.
            let (printed, succeeded) = run(project.path(), "mailmethod queue run --once");
            assert!(succeeded && sent(project.path()) == 1, "{printed}");
        }
        let (printed, succeeded) = run(project.path(), &command);
        assert!(succeeded, "{command}\n{printed}");
        if command.contains("cp copy.db") {
            assert!(printed.contains("\theld\t"), "{printed}");
        }
    }
    let (printed, succeeded) = run(project.path(), "mailmethod queue run --once");
    assert!(succeeded && sent(project.path()) == 1, "{printed}");
}

#[test]
fn the_unit_of_production_starts_a_mailer_that_sends() {
    let project = queued();
    let [unit] = &of_kind(&page("production.md"), "ini")[..] else { panic!("there is one unit") };
    let value = |key: &str| {
        let line = unit.lines().find(|line| line.starts_with(&format!("{key}=")));
        line.unwrap().split_once('=').unwrap().1.to_owned()
    };
    let start = value("ExecStart").replace("/usr/local/bin/", "");
    let (printed, succeeded) = run(project.path(), &format!("{start} --once"));
    assert!(succeeded && sent(project.path()) == 1, "{printed}");
    // It gets more time than a relay may take for a body.
    assert_eq!(value("TimeoutStopSec"), "11min");
}

#[test]
fn the_commands_for_ci_pass_in_a_sound_project() {
    let project = queued();
    let (printed, succeeded) = run(project.path(), "mailmethod golden --accept");
    assert!(succeeded, "{printed}");
    let [commands] = &of_kind(&page("testing.md"), "sh")[..] else { panic!("there is one block") };
    let (printed, succeeded) = run(project.path(), commands);
    assert!(succeeded, "{printed}");
}

#[tokio::test]
async fn the_dump_of_production_holds_the_queue() {
    let Some(database) = postgres_server::database().await else { return };
    mailmethod::queue::Store::open(&database.url().parse().unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let page = page("production.md");
    let command = page.lines().find(|line| line.starts_with("pg_dump ")).unwrap();
    let command = command.strip_suffix(" shop").unwrap();
    if !run(folder.path(), "pg_dump --version").1 {
        eprintln!("pg_dump is not installed");
        return;
    }
    let (printed, succeeded) = run(folder.path(), &format!("{command} '{}'", database.url()));
    assert!(succeeded, "{printed}");
    let dump = fs::read(folder.path().join("queue.dump")).unwrap();
    assert!(dump.starts_with(b"PGDMP") && dump.len() > 10_000);
}

#[test]
fn every_page_is_in_the_table_and_every_metric_exists() {
    let index = page("mod.rs");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".md") else { continue };
        assert!(index.contains(&format!("]({name})")), "{name} is not in the table");
        assert!(index.contains(&format!("include_str!(\"{file}\")")), "{name} is not included");
    }
    let code = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/host/mailer.rs"))
        .unwrap()
        + &fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mailer/metrics.rs"))
            .unwrap();
    let page = page("production.md");
    let metrics = page.split('`').filter(|word| word.starts_with("mailmethod_"));
    let names: Vec<&str> = metrics.filter_map(|word| word.split('{').next()).collect();
    assert_eq!(names.len(), 5);
    for name in names {
        assert!(code.contains(&format!("\"{name}\"")), "there is no metric {name}");
    }
}
