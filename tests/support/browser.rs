//! A real browser for tests: one headless Chromium for each test binary, spoken to over a pipe in the
//! words of its DevTools protocol.
//!
//! The pipe is two named ones in the guard's folder, so that no port is opened and no library for
//! WebSockets is needed. The guard ends the browser however the tests end.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

#[path = "guard.rs"]
mod guard;
#[path = "require.rs"]
mod require;

use guard::{Guard, Recipe};

/// How long the browser may take for an answer; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// No window, nothing from or to another machine, and a profile that is thrown away.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
     --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
     --disable-default-apps --disable-dev-shm-usage --disable-crash-reporter --disable-breakpad \
     --mute-audio --hide-scrollbars --force-color-profile=srgb --password-store=basic \
     --disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,CertificateTransparencyComponentUpdater";

/// What a browser tells by itself: in which session, what, and its data.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) session: String,
    pub(crate) method: String,
    pub(crate) data: Value,
}

/// All that one tab and its frames have told.
pub(crate) type Events = Arc<Mutex<Vec<Event>>>;

/// A running browser.
#[derive(Debug)]
pub(crate) struct Browser {
    to: Mutex<File>,
    number: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>,
    /// Who listens to a session: a tab, also for those of its frames.
    listening: Mutex<HashMap<String, Events>>,
    guard: Guard,
}

/// This binary's browser; `None` where there is none, after one line on stderr.
pub(crate) fn browser() -> Option<&'static Browser> {
    static BROWSER: LazyLock<Option<Arc<Browser>>> = LazyLock::new(|| {
        let folders = ["/usr/bin", "/usr/local/bin", "/snap/bin"].map(PathBuf::from);
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        Some(Browser::start(&require::program("chromium", &names, &folders)?))
    });
    BROWSER.as_deref()
}

impl Browser {
    fn start(program: &Path) -> Arc<Self> {
        let name = program.file_name().expect("a program has a name").to_string_lossy();
        let recipe = Recipe {
            name: "chromium",
            programs: program.parent().expect("a program is in a folder"),
            first: r#"mkfifo "$FOLDER/in" "$FOLDER/out" && touch "$FOLDER/ready""#,
            server: &format!(
                r#"env HOME="$FOLDER" TMPDIR="$FOLDER" "$BIN/{name}" {FLAGS} --user-data-dir="$FOLDER/profile" --remote-debugging-pipe about:blank 3<"$FOLDER/in" 4>"$FOLDER/out""#
            ),
            signal: "TERM",
            users: &["nobody"],
        };
        let guard = Guard::start(&recipe).expect("the guard starts");
        let made = guard.wait(|guard| guard.folder().join("ready").exists());
        made.expect("its pipes are made");
        // Opened both ways, so that neither side waits for the other.
        let open = |name: &str| {
            let file = OpenOptions::new().read(true).write(true).open(guard.folder().join(name));
            file.expect("a pipe can be opened")
        };
        let (to, from) = (open("in"), open("out"));
        let browser = Arc::new(Self {
            to: Mutex::new(to),
            number: AtomicU64::new(1),
            waiting: Mutex::default(),
            listening: Mutex::default(),
            guard,
        });
        let reader = Arc::clone(&browser);
        std::thread::spawn(move || reader.read(from));
        browser
    }

    /// Sends a command, and waits for its answer.
    ///
    /// # Errors
    /// What the browser says against it.
    pub(crate) async fn try_command(
        &self,
        session: &str,
        method: &str,
        data: Value,
    ) -> Result<Value, String> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).insert(number, answer);
        self.send(number, session, method, &data);
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answer) => answer.map_err(|error| error.to_string())?,
            Err(_) => panic!("{method}: Chromium does not answer\n{}", self.guard.log()),
        }
    }

    /// The same, where nothing can be said against it.
    #[track_caller]
    pub(crate) fn command(
        &self,
        session: &str,
        method: &str,
        data: Value,
    ) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.try_command(session, method, data).await;
            answer.unwrap_or_else(|error| panic!("{place}: {method}: {error}"))
        }
    }

    /// Sends what tells a session into a tab's list of events.
    pub(crate) fn listen(&self, session: &str, events: &Events) {
        lock(&self.listening).insert(session.to_owned(), Arc::clone(events));
    }

    /// Forgets a tab.
    pub(crate) fn leave(&self, events: &Events, context: &str) {
        lock(&self.listening).retain(|_, known| !Arc::ptr_eq(known, events));
        self.send(0, "", "Target.disposeBrowserContext", &json!({ "browserContextId": context }));
    }

    fn send(&self, number: u64, session: &str, method: &str, data: &Value) {
        let mut message = json!({ "id": number, "method": method, "params": data });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        let mut octets = message.to_string().into_bytes();
        octets.push(0);
        lock(&self.to).write_all(&octets).expect("the browser reads");
    }

    fn read(&self, from: File) {
        let mut from = BufReader::new(from);
        let mut octets = Vec::new();
        while from.read_until(0, &mut octets).is_ok_and(|length| length > 0) {
            octets.pop();
            let message: Value = serde_json::from_slice(&octets).expect("messages are JSON");
            octets.clear();
            match message["id"].as_u64() {
                Some(number) => self.answered(number, message),
                None => self.told(message),
            }
        }
    }

    fn answered(&self, number: u64, mut message: Value) {
        let Some(waiting) = lock(&self.waiting).remove(&number) else { return };
        let answer = match message.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(message["result"].take()),
        };
        // Who has given up waiting needs no answer.
        drop(waiting.send(answer));
    }

    fn told(&self, mut message: Value) {
        let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
        let Some(events) = lock(&self.listening).get(&session).cloned() else { return };
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let data = message["params"].take();
        if method == "Target.attachedToTarget" {
            // A frame in a process of its own: it is listened to before it begins.
            let frame = data["sessionId"].as_str().unwrap_or_default();
            self.listen(frame, &events);
            for (method, data) in watching() {
                self.send(0, frame, method, &data);
            }
        }
        lock(&events).push(Event { session, method, data });
    }
}

/// What is asked of every tab and frame before it begins: to tell what it fetches, says and suffers.
pub(crate) fn watching() -> [(&'static str, Value); 6] {
    let frames = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
    [
        ("Network.enable", json!({})),
        ("Runtime.enable", json!({})),
        ("Log.enable", json!({})),
        ("Audits.enable", json!({})),
        ("Target.setAutoAttach", frames),
        ("Runtime.runIfWaitingForDebugger", json!({})),
    ]
}

/// A lock that a failed test did not spoil.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
