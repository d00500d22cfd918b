//! Postfix's `smtp-sink` for tests: a server that its flags make fail, started on a port of its own.
//!
//! Include it by `#[path = "support/smtp_sink.rs"] mod smtp_sink;`. What it took it writes into files,
//! so that a test knows the truth. It is run by an unprivileged user where the tests are run by root.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper of a test fails like the test")]

use std::path::{Path, PathBuf};

#[path = "guard.rs"]
mod guard;
#[path = "require.rs"]
mod require;

use guard::{Guard, Recipe, free_port};

/// Where the program is, to be run as often as a test likes; `None` where Postfix is not installed,
/// after one line on stderr.
pub(crate) fn program() -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec/postfix"].map(PathBuf::from);
    require::program("smtp-sink", &["smtp-sink"], &folders)
}

/// A running sink; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Sink {
    guard: Guard,
    port: u16,
}

impl Sink {
    /// Starts it with flags as a shell reads them.
    ///
    /// # Panics
    /// With what it said, if it does not start.
    pub(crate) fn start(program: &Path, flags: &str) -> Self {
        let mut failed = String::new();
        for _ in 0..3 {
            match Self::try_start(program, flags) {
                Ok(sink) => return sink,
                Err(log) => failed = log,
            }
        }
        panic!("{} {flags} does not start:\n{failed}", program.display());
    }

    fn try_start(program: &Path, flags: &str) -> Result<Self, String> {
        let port = free_port().map_err(|error| error.to_string())?;
        let recipe = Recipe {
            name: "sink",
            programs: program.parent().expect("a program is in a folder"),
            first: "true",
            server: &format!(r#""$BIN/smtp-sink" -d "$FOLDER/mail." {flags} 127.0.0.1:{port} 64"#),
            signal: "TERM",
            users: &["nobody"],
        };
        let guard = Guard::start(&recipe).map_err(|error| error.to_string())?;
        guard.wait(|_guard| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(Self { guard, port })
    }

    /// Its URL with further keys.
    pub(crate) fn url(&self, keys: &str) -> String {
        format!("smtp://127.0.0.1:{}?{keys}", self.port)
    }

    /// The mails that it got so far, with their envelopes, in no order.
    pub(crate) fn taken(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.guard.folder()).expect("its folder is there");
        let files = files.map(|file| file.expect("a file has a name").path());
        let mails = files.filter(|file| file.extension().is_some() && !file.ends_with("log"));
        mails.filter_map(|mail| std::fs::read_to_string(mail).ok()).collect()
    }
}
