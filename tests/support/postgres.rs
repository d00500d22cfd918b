//! The PostgreSQL of tests: one throwaway server for each test binary, one database for each test.
//!
//! Include it by `#[path = "support/postgres.rs"] mod postgres;`. Needs no service: the server is
//! started from the programs of PostgreSQL, which are looked for in `PATH` and where Debian has
//! them, by an unprivileged user where the tests are run by root. It does not survive a crash of
//! the machine, but it forgets nothing while it runs.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![expect(clippy::expect_used, clippy::panic, reason = "a helper of a test fails like the test")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

#[path = "guard.rs"]
mod guard;
#[path = "require.rs"]
pub(crate) mod require;

use guard::{Guard, Recipe, free_port};

const USER: &str = "mailmethod";

/// The database of one test, empty; dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    name: String,
    server: &'static Server,
}

/// A new, empty database on this binary's server, which is started if it is the first; `None`
/// where there is no PostgreSQL, after one line on stderr.
pub(crate) async fn database() -> Option<Database> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start(&["fsync=off", "full_page_writes=off"]));
    let server = server.as_ref()?;
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server.run(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    Some(Database { name, server })
}

impl Database {
    /// Its URL over TCP, password included.
    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Its URL over the server's Unix socket.
    pub(crate) fn socket_url(&self) -> String {
        self.server.socket_url(&self.name)
    }
}

impl Drop for Database {
    /// In a thread of its own, because a test has its own runtime and may be at its end or panic.
    fn drop(&mut self) {
        let (server, name) = (self.server, &self.name);
        std::thread::scope(|scope| {
            let dropped = scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let sql = format!("DROP DATABASE {name} WITH (FORCE)");
                runtime.expect("a runtime can be built").block_on(server.run(&sql));
            });
            // The server goes with all its databases; a second panic would hide the first.
            drop(dropped.join());
        });
    }
}

/// A throwaway server; dropping it, or the end of the test binary, stops and deletes it.
#[derive(Debug)]
pub(crate) struct Server {
    guard: Guard,
    port: u16,
    password: String,
}

impl Server {
    /// Starts one with settings `name=value` beside its own; `None` without PostgreSQL.
    ///
    /// # Panics
    /// With the server's log, if it does not start.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        Self::start_as(settings, "QUIT", |server| server)
    }

    /// Starts one that [`restart`](Self::restart) can stop at once: it comes again by itself.
    pub(crate) fn start_restartable(settings: &[&str]) -> Option<Self> {
        // What runs in the background cannot trap SIGQUIT.
        Self::start_as(settings, "TERM", |server| {
            format!(
                r#"sh -c 'trap "kill -QUIT \$server; exit" TERM; \
                   while :; do {server} & server=$!; wait $server; done'"#
            )
        })
    }

    fn start_as(settings: &[&str], signal: &str, as_told: fn(String) -> String) -> Option<Self> {
        let programs = require::program("postgres", &["initdb"], &debian())?;
        // Through a link in /usr/local/bin, say, the others are beside what it leads to.
        let programs = programs.canonicalize().expect("a program that was found has a path");
        let programs = programs.parent().expect("a program is in a folder");
        let tried = (0..3).map(|_| Self::try_start(programs, settings, signal, as_told));
        let mut failed = String::new();
        for outcome in tried {
            match outcome {
                Ok(server) => return Some(server),
                Err(log) => failed = log,
            }
        }
        panic!("PostgreSQL in {} does not start:\n{failed}", programs.display());
    }

    fn try_start(
        programs: &Path,
        settings: &[&str],
        signal: &str,
        as_told: fn(String) -> String,
    ) -> Result<Self, String> {
        let password = uuid::Uuid::now_v7().simple().to_string();
        let port = free_port().map_err(|error| error.to_string())?;
        let first = format!(
            r#"(umask 077; echo {password} >"$FOLDER/password") && "$BIN/initdb" --no-sync \
                -D "$FOLDER/data" -U {USER} --pwfile="$FOLDER/password" \
                -A scram-sha-256 -E UTF8 --locale=C"#
        );
        let own = ["listen_addresses=127.0.0.1", "max_connections=200", "wal_level=minimal"];
        let own = own.iter().chain(&["max_wal_senders=0", "shared_buffers=32MB"]);
        let own = own.chain(&["min_wal_size=32MB", "max_wal_size=128MB"]);
        let settings: String =
            own.chain(settings).map(|setting| format!(" -c {setting}")).collect();
        let server =
            format!(r#""$BIN/postgres" -D "$FOLDER/data" -k "$FOLDER" -p {port}{settings}"#);
        let recipe = Recipe {
            name: "postgres",
            programs,
            first: &first,
            server: &as_told(server),
            signal,
            users: &["postgres", "nobody"],
        };
        let guard = Guard::start(&recipe).map_err(|error| error.to_string())?;
        guard.wait(|guard| {
            let state = std::fs::read_to_string(guard.folder().join("data/postmaster.pid"));
            state.is_ok_and(|state| state.lines().nth(7).is_some_and(|l| l.starts_with("ready")))
        })?;
        Ok(Self { guard, port, password })
    }

    /// Stops a restartable server as a crash does, and waits until it answers again.
    pub(crate) async fn restart(&self) {
        let file = self.folder().join("data/postmaster.pid");
        let first = || std::fs::read_to_string(&file).ok()?.lines().next().map(str::to_owned);
        let process = first().expect("the server runs");
        let killed = std::process::Command::new("kill").args(["-s", "QUIT", &process]).status();
        assert!(killed.is_ok_and(|status| status.success()), "the server can be stopped");
        let again = async {
            while first().is_none_or(|now| now == process)
                || PgConnection::connect(&self.url("postgres")).await.is_err()
            {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        let again = tokio::time::timeout(std::time::Duration::from_secs(60), again).await;
        assert!(again.is_ok(), "the server does not come again");
    }

    /// Where its files and its log are.
    pub(crate) fn folder(&self) -> &Path {
        self.guard.folder()
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    pub(crate) fn socket_url(&self, database: &str) -> String {
        let folder = self.folder().display();
        format!("{}?host={folder}", self.url(database))
    }

    /// Runs a statement as its owner, outside of all tests' databases.
    pub(crate) async fn run(&self, sql: &str) {
        let connection = PgConnection::connect(&self.url("postgres")).await;
        let mut connection = connection.expect("the server of tests runs");
        connection.execute(AssertSqlSafe(sql.to_owned())).await.expect("its statement is right");
        connection.close().await.expect("it closes");
    }
}

/// Where Debian has the programs of each version; the newest first.
fn debian() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbered = versions.filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        Some((number, version.path().join("bin")))
    });
    let mut folders: Vec<(u32, PathBuf)> = numbered.collect();
    folders.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    folders.into_iter().map(|(_, folder)| folder).collect()
}
