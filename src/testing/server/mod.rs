//! The fault server: a small SMTP server on loopback that does what a test tells it.
//!
//! By itself it takes every mail. [`Rule`]s make it refuse, stall, drip, close,
//! reset or talk nonsense. What it took is the ground truth that a test compares
//! with what a client reported. It is strict: what a client does against the
//! protocol is written down as a violation.

mod dialogue;
mod rule;
#[cfg(feature = "smtp")]
mod tls;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use rule::{Rule, Verb};

/// A mail that a [`FaultServer`] took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The sender as it was given, `""` for the null sender.
    pub sender: String,
    /// The recipients that were accepted, in order.
    pub recipients: Vec<String>,
    /// The message, without dot-stuffing.
    pub bytes: Vec<u8>,
}

/// A scripted SMTP server on 127.0.0.1, on a port of its own; dropping it stops it.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "smtp")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mailmethod::adapter::{self, Verdict};
/// use mailmethod::testing::{FaultServer, Rule, Verb};
/// # use mailmethod::message::{Envelope, Field, Message, Recipient};
/// # let to = Recipient { address: "ada@example.test".parse()?, field: Field::To };
/// # let envelope = Envelope::new(None, vec![to])?;
/// # let message = Message::from_parts("<1@x.test>".into(), envelope, b"Hi\r\n".into());
///
/// let server = FaultServer::start().await?;
/// server.rule(Rule::on(Verb::Dot).times(1).reply("451 4.3.0 try later"));
/// let adapter = adapter::open(&server.url())?;
/// assert_eq!(adapter::send(&*adapter, &message).await?.summary(), Verdict::Deferred);
/// assert_eq!(adapter::send(&*adapter, &message).await?.summary(), Verdict::Sent);
/// assert_eq!(server.taken().len(), 1);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "smtp"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct FaultServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    task: JoinHandle<()>,
    #[cfg(feature = "smtp")]
    roots: Option<tls::RootFile>,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    Never,
    #[cfg(feature = "smtp")]
    Starttls,
    #[cfg(feature = "smtp")]
    FirstByte,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Counts what happened, so that a test can wait for it.
    events: watch::Sender<u64>,
    released: watch::Sender<bool>,
    tls: Tls,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    keywords: Vec<String>,
    login: Option<(String, String)>,
    #[cfg(feature = "smtp")]
    wants_certificate: bool,
    taken: Vec<Taken>,
    commands: Vec<String>,
    violations: Vec<String>,
    connections: usize,
    open: usize,
    peak: usize,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.events.send_modify(|count| *count += 1);
        changed
    }
}

impl FaultServer {
    /// Starts a server without TLS.
    ///
    /// # Errors
    ///
    /// The system's error if no port can be had.
    pub async fn start() -> std::io::Result<Self> {
        Self::listen(Tls::Never, "smtp").await
    }

    /// Starts a server with STARTTLS and a throwaway certificate.
    ///
    /// # Errors
    ///
    /// The system's error if no port or no temporary file can be had.
    #[cfg(feature = "smtp")]
    pub async fn start_with_starttls() -> std::io::Result<Self> {
        let mut server = Self::listen(Tls::Starttls, "smtp+starttls").await?;
        server.roots = Some(tls::RootFile::write(server.address.port())?);
        Ok(server)
    }

    /// Starts a server with TLS from the first byte and a throwaway certificate.
    ///
    /// # Errors
    ///
    /// The system's error if no port or no temporary file can be had.
    #[cfg(feature = "smtp")]
    pub async fn start_with_tls() -> std::io::Result<Self> {
        let mut server = Self::listen(Tls::FirstByte, "smtps").await?;
        server.roots = Some(tls::RootFile::write(server.address.port())?);
        Ok(server)
    }

    async fn listen(tls: Tls, scheme: &'static str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let keywords = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 0"].map(str::to_owned);
        let state = State { keywords: keywords.to_vec(), ..State::default() };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            events: watch::Sender::new(0),
            released: watch::Sender::new(false),
            tls,
        });
        let task = tokio::spawn(dialogue::listen(listener, Arc::clone(&shared)));
        Ok(Self {
            shared,
            address,
            scheme,
            task,
            #[cfg(feature = "smtp")]
            roots: None,
        })
    }

    /// The adapter URL of the server, with the key `tls_ca` where it has TLS.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with("", "")
    }

    /// The URL with a login `USER:PASSWORD` (or `""`) and further keys `key=value&…` (or `""`).
    #[must_use]
    pub fn url_with(&self, login: &str, keys: &str) -> String {
        let at = if login.is_empty() { "" } else { "@" };
        let mut all: Vec<String> = Vec::new();
        #[cfg(feature = "smtp")]
        all.extend(self.roots.as_ref().map(|roots| format!("tls_ca={}", roots.path())));
        all.extend((!keys.is_empty()).then(|| keys.to_owned()));
        let mark = if all.is_empty() { "" } else { "?" };
        format!("{}://{login}{at}{}{mark}{}", self.scheme, self.address, all.join("&"))
    }

    /// Where the server listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a rule; the earlier ones are asked first.
    pub fn rule(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Forgets every rule.
    pub fn clear_rules(&self) {
        self.shared.state().rules.clear();
    }

    /// The EHLO keywords from the next EHLO on; STARTTLS and AUTH are added where they are on.
    pub fn keywords(&self, keywords: &[&str]) {
        self.shared.state().keywords = keywords.iter().map(|&k| k.to_owned()).collect();
    }

    /// Takes mail only after this login (PLAIN, LOGIN, or XOAUTH2 with the password as token).
    pub fn login(&self, user: &str, password: &str) {
        self.shared.state().login = Some((user.to_owned(), password.to_owned()));
    }

    /// Takes TLS only with the client certificate of the file that this names: it holds the
    /// throwaway certificate and its key, for `tls_cert` and `tls_key`.
    ///
    /// `None` for a server without TLS.
    #[cfg(feature = "smtp")]
    pub fn want_certificate(&self) -> Option<String> {
        self.shared.state().wants_certificate = true;
        self.roots.as_ref().map(tls::RootFile::path)
    }

    /// Lets every reply go that a rule holds, now and later.
    pub fn release(&self) {
        self.shared.released.send_replace(true);
    }

    /// The mails that were taken, in order: the ground truth.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.shared.state().taken.clone()
    }

    /// Every command line that came, in order, of all connections.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    /// What clients did against the protocol, in words.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.shared.state().violations.clone()
    }

    /// How many connections came.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.state().open
    }

    /// How many connections were open at once, at most.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.shared.state().peak
    }

    /// Waits until something holds; it is looked at again whenever something happened here.
    ///
    /// # Panics
    ///
    /// If it does not hold within 10 seconds.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut events = self.shared.events.subscribe();
        let waited = timeout(Duration::from_secs(10), async {
            loop {
                events.borrow_and_update();
                if holds(self) || events.changed().await.is_err() {
                    return;
                }
            }
        });
        assert!(waited.await.is_ok(), "it never came; the server saw {:?}", self.commands());
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
