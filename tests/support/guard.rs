//! The guard of a throwaway server: a child process that outlives the test binary by as long as it
//! takes to stop the server and to delete its folder.
//!
//! The guard holds the reading end of a pipe. The system closes the other end however the test
//! binary ends, kill -9 included, and that is the guard's sign.

#![allow(dead_code, reason = "each test binary uses what it needs")]

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[path = "memory.rs"]
mod memory;

/// Runs `$FIRST`, then `$SERVER`, until its standard input ends. A server that has just begun may
/// not hear its signal yet, so that it is told until it is gone.
const SCRIPT: &str = r#"
server=
if sh -c "$FIRST" </dev/null; then
    sh -c "exec $SERVER" &
    server=$!
fi
while read -r _; do :; done
while [ -n "$server" ] && kill -s "$SIGNAL" "$server" 2>/dev/null; do
    sleep 0.05
done
rm -rf "$FOLDER"
"#;

/// How to run a server, in the words of `sh`; `$FOLDER` is its folder, `$BIN` that of its programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe<'a> {
    /// What the folder's name says.
    pub(crate) name: &'a str,
    /// Where `$BIN` is.
    pub(crate) programs: &'a Path,
    /// What is run before, to its end: `true` for nothing.
    pub(crate) first: &'a str,
    /// The server itself, in the foreground.
    pub(crate) server: &'a str,
    /// What ends it at once.
    pub(crate) signal: &'a str,
    /// Who runs it where the tests are run by root, which such servers refuse: the first of these
    /// that the machine knows.
    pub(crate) users: &'a [&'a str],
}

/// A server with a folder of its own; dropping it stops the one and deletes the other.
#[derive(Debug)]
pub(crate) struct Guard {
    folder: PathBuf,
    child: Child,
}

impl Guard {
    /// Starts the guard, which starts the server. Neither is ready yet: see [`wait`](Self::wait).
    pub(crate) fn start(recipe: &Recipe<'_>) -> io::Result<Self> {
        let unique = uuid::Uuid::now_v7().simple();
        let folder = memory::place().join(format!("mailmethod-{}-{unique}", recipe.name));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).current_dir("/").process_group(0);
        command.env("FIRST", recipe.first).env("SERVER", recipe.server);
        command.env("SIGNAL", recipe.signal).env("FOLDER", &folder).env("BIN", recipe.programs);
        let log = File::create(folder.join("log"))?;
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        if folder.metadata()?.uid() == 0 {
            let (user, group) = unprivileged(recipe.users)?;
            chown(&folder, Some(user), Some(group))?;
            command.uid(user).gid(group);
        }
        let child = command.spawn()?;
        Ok(Self { folder, child })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the server has written.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Waits until the server is ready; its log, if it says that it will never be, or is not
    /// within a minute.
    pub(crate) fn wait(&self, ready: impl Fn(&Self) -> bool) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(60);
        while !ready(self) {
            let log = self.log();
            let failed = ["FATAL:", "fatal:", "error:"].iter().any(|word| log.contains(word));
            if failed || Instant::now() > end {
                return Err(log);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// A port of loopback that is free now and was not given before; some other program may take it
/// before the server has it.
pub(crate) fn free_port() -> io::Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
    }
}

/// The numbers of the first of the users that there is, and of its group.
fn unprivileged(users: &[&str]) -> io::Result<(u32, u32)> {
    let number = |kind: &str, user: &str| -> Option<u32> {
        let output = Command::new("id").args([kind, user]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let mut numbers =
        users.iter().filter_map(|user| Some((number("-u", user)?, number("-g", user)?)));
    numbers.next().ok_or_else(|| io::Error::other(format!("no user of {users:?} is known")))
}
