//! The house: which room may import which, in which room each library lives, and that every file
//! of tests and examples runs. A wrong import fails with its file and line.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may import.
const ROOMS: [(&str, &[&str]); 18] = [
    ("source", &[]),
    ("html", &[]),
    ("unsubscribe", &[]),
    ("message", &["unsubscribe"]),
    ("transaction", &[]),
    ("render", &["source", "html", "unsubscribe"]),
    ("method", &["source", "html", "unsubscribe", "message", "render"]),
    ("adapter", &["message"]),
    ("queue", &["message"]),
    ("mailer", &["message", "queue", "adapter"]),
    ("outbox", &["transaction", "message", "queue", "adapter"]),
    (
        "host",
        &[
            "source",
            "unsubscribe",
            "message",
            "transaction",
            "render",
            "method",
            "adapter",
            "queue",
            "mailer",
            "outbox",
        ],
    ),
    (
        "testing",
        &[
            "source",
            "message",
            "transaction",
            "render",
            "method",
            "adapter",
            "queue",
            "mailer",
            "outbox",
            "host",
        ],
    ),
    ("codegen", &["source", "message", "method"]),
    ("lint", &["source", "html", "message", "method"]),
    (
        "manage",
        &[
            "source",
            "html",
            "message",
            "transaction",
            "render",
            "method",
            "adapter",
            "queue",
            "mailer",
            "outbox",
            "host",
            "testing",
            "codegen",
        ],
    ),
    ("guide", &[]),
    // A crate of its own: it sees the public API as any other program does.
    ("bin", &[]),
];

/// Imports beside the table: from, to, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "adapter",
        "source",
        "the error of an adapter's URL names the nearest right key, as every finding does",
    ),
    ("queue", "source", "the error of a filter names the nearest right key, as every finding does"),
];

/// The libraries that every room may use.
const EVERYWHERE: [&str; 6] = ["serde", "thiserror", "tracing", "jiff", "uuid", "url"];

/// Every other library: its rooms, and why there is more than one.
const LIBRARIES: [(&str, &[&str], &str); 29] = [
    ("minijinja", &["render", "manage"], "the page has templates of its own"),
    (
        "lettre",
        &["message", "adapter"],
        "addresses are the message's, the words of SMTP are the adapter's",
    ),
    ("serde_yaml", &["source"], ""),
    ("mail_builder", &["message"], ""),
    ("encodify", &["message"], ""),
    (
        "hmac",
        &["unsubscribe", "queue"],
        "tokens are signed by it, and contents of keys named without telling them",
    ),
    ("idna", &["message"], ""),
    ("mime_guess", &["message"], ""),
    ("regex_lite", &["method"], ""),
    (
        "rust_decimal",
        &["method", "render", "codegen"],
        "an amount is bound in one and printed in the other; the third names it for callers",
    ),
    (
        "sha2",
        &[
            "unsubscribe",
            "message",
            "render",
            "method",
            "queue",
            "mailer",
            "testing",
            "manage",
            "bin",
        ],
        "what is named by its content: previews, images, revisions, keys, shared parts, assets; \
         jitter; hashes for people; tokens are signed by it, and compared",
    ),
    (
        "base64",
        &["unsubscribe", "message", "method", "testing", "manage", "bin"],
        "parts on the wire, files in JSON, AUTH as the loopback server reads it, raw bytes in \
         JSON, tokens in URLs, images in previews",
    ),
    (
        "serde_json",
        &["method", "codegen", "queue", "mailer", "host", "testing", "manage", "bin"],
        "arguments, schemas and history as JSON, the outputs of the program and the page",
    ),
    (
        "async_trait",
        &["transaction", "adapter", "queue", "outbox", "host", "testing"],
        "the traits with two real sides, and the implementations of tests",
    ),
    (
        "tokio",
        &[
            "transaction",
            "adapter",
            "queue",
            "mailer",
            "outbox",
            "host",
            "testing",
            "manage",
            "bin",
        ],
        "async begins at transaction, adapter and queue",
    ),
    ("rustls", &["adapter", "testing"], "the loopback server offers TLS"),
    ("tokio_rustls", &["adapter", "testing"], "the loopback server offers TLS"),
    ("rustls_native_certs", &["adapter"], ""),
    ("similar", &["testing"], ""),
    ("mail_parser", &["message"], ""),
    ("clap", &["bin"], ""),
    ("clap_complete", &["bin"], ""),
    ("tracing_subscriber", &["bin"], ""),
    ("rusqlite", &["queue"], "the connections of mailers to an SQLite file"),
    ("lz4_flex", &["queue"], "what a mail stores of its own takes less room"),
    ("sqlx", &["queue", "outbox"], "an outbox writes in the caller's own transaction"),
    ("axum", &["manage"], ""),
    ("futures_core", &["manage"], ""),
    ("criterion", &[], "benches alone"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A line of code without what stands behind `//`, and where it stands.
struct Line {
    room: String,
    place: String,
    code: String,
}

/// All lines of code below `src`, but for the crate's root.
fn lines() -> Vec<Line> {
    let source = root().join("src");
    let mut lines = Vec::new();
    for file in rust_files(&source) {
        let path = file.strip_prefix(&source).unwrap();
        let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy());
        let first = parts.next().unwrap().into_owned();
        if first == "lib.rs" {
            continue;
        }
        let room = first.strip_suffix(".rs").map_or(first.clone(), str::to_owned);
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            lines.push(Line {
                room: room.clone(),
                place: format!("src/{}:{}", path.display(), number + 1),
                code: line.split("//").next().unwrap_or_default().to_owned(),
            });
        }
    }
    lines
}

/// The words that follow `before` in a line, where `before` is no part of a longer word.
fn words_after<'a>(code: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(before).filter_map(move |(at, _)| {
        let ahead = code.get(..at)?.chars().next_back();
        if ahead.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '$')) {
            return None;
        }
        let rest = code.get(at + before.len()..)?;
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end)
    })
}

fn fail_on(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_room_imports_only_the_rooms_below_it() {
    let table: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let mut wrong = Vec::new();
    for Line { room, place, code } in lines() {
        let Some(allowed) = table.get(room.as_str()) else {
            wrong.push(format!("{place}: the room `{room}` is not in the table of imports"));
            continue;
        };
        if room == "bin" {
            continue;
        }
        if code.contains("use crate::{") || code.contains("super::super::") {
            wrong.push(format!("{place}: write `use crate::room::Name`, and `super::` once"));
        }
        for other in words_after(&code, "crate::").filter(|other| table.contains_key(other)) {
            let excepted =
                EXCEPTIONS.iter().any(|(from, to, _)| *from == room.as_str() && *to == other);
            if other != room && !allowed.contains(&other) && !excepted {
                wrong.push(format!("{place}: {room} may not import {other}: {}", code.trim()));
            }
        }
    }
    wrong.dedup();
    fail_on(&wrong);
}

#[test]
fn the_rooms_stand_one_above_the_other() {
    let order: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    for (i, (room, below)) in ROOMS.iter().enumerate() {
        for other in *below {
            let at = order.iter().position(|known| known == other).unwrap();
            assert!(at < i, "{room} imports {other}, which stands above it");
        }
    }
    for (from, to, why) in EXCEPTIONS {
        assert!(order.contains(&from) && order.contains(&to) && !why.is_empty());
        let rank = |room| order.iter().position(|known| *known == room);
        assert!(rank(to) < rank(from), "{from} imports {to}, which stands above it");
    }
}

#[test]
fn a_library_has_one_room_or_a_reason() {
    for (library, rooms, why) in LIBRARIES {
        assert!(rooms.len() == 1 || !why.is_empty(), "{library} needs a reason for its rooms");
    }
    let mut wrong = Vec::new();
    for Line { room, place, code } in lines() {
        for (library, rooms, _) in LIBRARIES {
            let path = format!("{library}::");
            let named = words_after(&code, &path).next().is_some()
                || code.trim_start().starts_with(&format!("use {library};"));
            if named && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{place}: {library} has no business in {room}"));
            }
        }
    }
    fail_on(&wrong);
}

/// The names in a table of Cargo.toml, as code writes them.
fn names_in(table: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    manifest
        .lines()
        .skip_while(|line| *line != format!("[{table}]"))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().replace('-', "_")))
        .collect()
}

#[test]
fn every_dependency_has_its_room() {
    let dependencies = names_in("dependencies");
    assert!(dependencies.contains("minijinja"));
    for library in dependencies {
        let known = EVERYWHERE.contains(&library.as_str())
            || LIBRARIES.iter().any(|(name, rooms, _)| *name == library && !rooms.is_empty());
        assert!(known, "Cargo.toml: give {library} its room in the table of libraries");
    }
}

#[test]
fn every_file_of_tests_and_examples_runs() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for switch in ["autotests", "autoexamples", "autobenches"] {
        assert!(
            !manifest.lines().any(|line| line.starts_with(switch)),
            "{switch} is in Cargo.toml"
        );
    }
    let top = |folder: &str| {
        rust_files(&root().join(folder))
            .into_iter()
            .filter(|file| file.parent() == Some(&root().join(folder)))
            .map(|file| (file.clone(), fs::read_to_string(file).unwrap()))
            .collect::<Vec<_>>()
    };
    let runs = |text: &str| text.contains("#[test]") || text.contains("#[tokio::test");
    for (file, text) in top("tests") {
        // A large one keeps its tests in a folder of its name.
        let folder = file.with_extension("");
        let parts = if folder.is_dir() { rust_files(&folder) } else { Vec::new() };
        let inside = parts.iter().any(|part| runs(&fs::read_to_string(part).unwrap()));
        assert!(runs(&text) || inside, "{} has no test", file.display());
    }
    for (file, text) in top("examples") {
        assert!(text.contains("fn main()"), "{} is no example", file.display());
    }
    for (file, _) in top("benches") {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let declared = format!("name = \"{name}\"\nharness = false");
        assert!(manifest.contains(&declared), "Cargo.toml: declare the bench {name}");
    }
}
