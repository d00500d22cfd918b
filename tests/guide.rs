//! The guide: its commands, files and settings are taken out of the pages and run as they stand.

#![expect(clippy::unwrap_used, reason = "a helper of the test unwraps as the test does")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    #[cfg(unix)]
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

#[cfg(unix)]
#[test]
#[ignore = "it compiles a project of its own: some seconds after the first time, minutes at first"]
fn a_new_user_follows_getting_started_word_for_word() {
    assert_eq!(follow(&page("getting_started.md"), true), 12);
}

#[cfg(unix)]
#[test]
fn the_program_does_what_getting_started_shows() {
    assert_eq!(follow(&page("getting_started.md"), false), 7);
}
