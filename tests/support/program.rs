//! The program, run as users run it, and the goldens of what people read.
//!
//! Include it by `#[path = "support/program.rs"] mod program;`.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails as the test does")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

#[path = "memory.rs"]
mod memory;

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) line: String,
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(line: String, output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Self { line, code, out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The codes of the errors, which must be the whole of stdout.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<String> {
        let document = self.json();
        assert_eq!(keys(&document), ["v", "errors"]);
        let errors = document["errors"].as_array().unwrap().clone();
        for error in &errors {
            assert_eq!(keys(error), ["code", "message", "file", "line", "column", "path", "help"]);
        }
        errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}{}", self.line, self.out, self.err);
        self
    }

    pub(crate) fn transcript(&self) -> String {
        let out =
            if self.out.is_empty() { String::new() } else { format!("--- stdout\n{}", self.out) };
        let err =
            if self.err.is_empty() { String::new() } else { format!("--- stderr\n{}", self.err) };
        format!("$ {}\n{out}{err}--- exit {}\n", self.line, self.code)
    }
}

pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailmethod"));
    for name in ["TEMPLATES", "SMTP_URL", "STORE", "TOKEN"].map(|name| format!("MAILMETHOD_{name}"))
    {
        command.env_remove(name);
    }
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.args(args).stdin(Stdio::null());
    command
}

pub(crate) fn line(args: &[&str]) -> String {
    format!("mailmethod {}", args.join(" "))
}

/// A folder of its own to run in.
pub(crate) struct Project(pub(crate) TempDir);

impl Project {
    /// A project of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let project = Self(memory::folder());
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command.current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(line(args), self.command(args).output().unwrap())
    }
}

/// Compares a text with its golden; `MAILMETHOD_GOLDEN=accept` writes it.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let file = Path::new("tests/cli").join(format!("{name}.txt"));
    if std::env::var("MAILMETHOD_GOLDEN").is_ok_and(|value| value == "accept") {
        fs::write(&file, text).unwrap();
    }
    let golden = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, golden, "{} differs; MAILMETHOD_GOLDEN=accept writes it", file.display());
}
