//! The clients, each with the same mails over as many connections, which are open before the clock
//! starts. Each run has a thread of its own, so that its processor time can be told apart.

use std::io::Read as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use mailmethod::adapter::{Adapter as _, Depth, Receipt, SmtpAdapter, SmtpSettings, Verdict, send};
use mailmethod::message::{Address, Envelope, Field, Message, Recipient};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::Result;
use crate::bare::Bare;
use crate::measure::{Sample, Stopwatch, cpu_seconds};
use crate::servers::installed;

const FROM: &str = "shop@example.test";
const TO: &str = "ada@example.test";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    SmtpSource,
    LettreReleased,
    LettreNodelay,
    Bare,
    OursTwoFlights,
    Ours,
}

/// What is sent in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// The size of a mail in octets.
    pub(crate) octets: usize,
    pub(crate) connections: u32,
    /// Mails over each connection.
    pub(crate) each: u32,
}

impl Load {
    const fn mails(self) -> u32 {
        self.connections * self.each
    }
}

impl Client {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SmtpSource => "smtp-source -d",
            Self::LettreReleased => "lettre 0.11.23 as released",
            Self::LettreNodelay => "lettre connection, NODELAY",
            Self::Bare => "bare tokio client (limit)",
            Self::OursTwoFlights => "mailmethod, pipelining=mail",
            Self::Ours => "mailmethod, pipelining=on",
        }
    }

    /// Runs once, and says how fast that was.
    pub(crate) fn run(self, server: SocketAddr, load: Load) -> Result<Sample> {
        if self == Self::SmtpSource {
            return smtp_source(server, load);
        }
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async move {
                match self {
                    Self::LettreReleased => lettre_released(server, load).await,
                    Self::LettreNodelay => lettre_nodelay(server, load).await,
                    Self::Bare => bare(server, load).await,
                    Self::OursTwoFlights => ours(server, load, "mail").await,
                    Self::Ours | Self::SmtpSource => ours(server, load, "on").await,
                }
            })
        };
        thread::spawn(run).join().map_err(|_panic| "a client has panicked")?
    }
}

/// A mail of this size in lines of 72 characters.
pub(crate) fn mail(octets: usize) -> Vec<u8> {
    let mut mail = Vec::with_capacity(octets);
    mail.extend_from_slice(
        b"From: shop@example.test\r\nTo: ada@example.test\r\nSubject: Order 1 confirmed\r\n\r\n",
    );
    while mail.len() + 74 < octets {
        mail.extend_from_slice(&[b'x'; 72]);
        mail.extend_from_slice(b"\r\n");
    }
    mail.resize(octets.saturating_sub(2), b'y');
    mail.extend_from_slice(b"\r\n");
    mail
}

/// The same mail, sealed.
pub(crate) fn message(octets: usize) -> Result<Message> {
    let to = Recipient { address: TO.parse()?, field: Field::To };
    let envelope = Envelope::new(Some(FROM.parse()?), vec![to])?;
    Ok(Message::from_parts("<1@example.test>".to_owned(), envelope, mail(octets)))
}

pub(crate) fn adapter(server: SocketAddr, connections: u32, keys: &str) -> Result<SmtpAdapter> {
    let url = format!("smtp://{server}?connections={connections}&messages=1000000&{keys}");
    Ok(SmtpAdapter::new(SmtpSettings::from_url(&url)?))
}

/// Opens all connections of an adapter, with a mail over each.
pub(crate) async fn warm_up(
    adapter: &SmtpAdapter,
    message: &Message,
    connections: u32,
) -> Result<()> {
    let all_open = Arc::new(Barrier::new(usize::try_from(connections)?));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (adapter, message) = (adapter.clone(), message.clone());
        let all_open = Arc::clone(&all_open);
        tasks.spawn(async move {
            let to: Vec<Address> = message.envelope().addresses().cloned().collect();
            let offer = adapter.offer(&message, &to, Depth::Data).await?;
            all_open.wait().await;
            delivered(&offer.accept().await)
        });
    }
    all(tasks).await
}

async fn all(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

fn delivered(receipt: &Receipt) -> Result<()> {
    match receipt.summary() {
        Verdict::Sent => Ok(()),
        _ => Err(format!("not delivered: {receipt:?}").into()),
    }
}

async fn ours(server: SocketAddr, load: Load, pipelining: &str) -> Result<Sample> {
    let keys = format!("pipelining={pipelining}");
    let adapter = adapter(server, load.connections, &keys)?;
    let message = message(load.octets)?;
    warm_up(&adapter, &message, load.connections).await?;
    let watch = Stopwatch::start()?;
    let mut tasks = JoinSet::new();
    for _ in 0..load.connections {
        tasks.spawn(chain(adapter.clone(), message.clone(), load.each));
    }
    all(tasks).await?;
    let sample = watch.stop(load.mails());
    adapter.close().await;
    sample
}

/// What a mailer does with one connection: each mail is accepted together with the next offer.
async fn chain(adapter: SmtpAdapter, message: Message, mails: u32) -> Result<()> {
    let to: Vec<Address> = message.envelope().addresses().cloned().collect();
    let mut offer = adapter.offer(&message, &to, Depth::Data).await?;
    for _ in 1..mails {
        let (receipt, next) = offer.accept_and_offer(&adapter, &message, &to).await;
        delivered(&receipt)?;
        offer = next?;
    }
    delivered(&offer.accept().await)
}

/// How long each of several single sends took, in milliseconds, on one warm connection.
pub(crate) fn single_sends(server: SocketAddr, octets: usize, mails: u32) -> Result<Vec<f64>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let adapter = adapter(server, 1, "")?;
        let message = message(octets)?;
        warm_up(&adapter, &message, 1).await?;
        let mut took = Vec::new();
        for _ in 0..mails {
            let begun = Instant::now();
            delivered(&send(&adapter, &message).await?)?;
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        adapter.close().await;
        took.sort_by(f64::total_cmp);
        Ok(took)
    })
}

async fn bare(server: SocketAddr, load: Load) -> Result<Sample> {
    let mail: Arc<[u8]> = mail(load.octets).into();
    let mut open = Vec::new();
    for _ in 0..load.connections {
        let mut bare = Bare::connect(server).await?;
        bare.send(&mail, 1).await?;
        open.push(bare);
    }
    let watch = Stopwatch::start()?;
    let mut tasks = JoinSet::new();
    for mut bare in open {
        let mail = Arc::clone(&mail);
        tasks.spawn(async move { bare.send(&mail, load.each).await });
    }
    all(tasks).await?;
    watch.stop(load.mails())
}

fn lettre_envelope() -> Result<lettre::address::Envelope> {
    Ok(lettre::address::Envelope::new(Some(FROM.parse()?), vec![TO.parse()?])?)
}

async fn lettre_released(server: SocketAddr, load: Load) -> Result<Sample> {
    let pool = PoolConfig::new().max_size(load.connections);
    let transport =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.ip().to_string())
            .port(server.port())
            .pool_config(pool)
            .build();
    let (envelope, mail): (_, Arc<[u8]>) = (lettre_envelope()?, mail(load.octets).into());
    let sending = |mails: u32| {
        let mut tasks = JoinSet::new();
        for _ in 0..load.connections {
            let (transport, envelope) = (transport.clone(), envelope.clone());
            let mail = Arc::clone(&mail);
            tasks.spawn(async move {
                for _ in 0..mails {
                    transport.send_raw(&envelope, &mail).await?;
                }
                Ok(())
            });
        }
        all(tasks)
    };
    sending(1).await?;
    let watch = Stopwatch::start()?;
    sending(load.each).await?;
    let sample = watch.stop(load.mails());
    transport.shutdown().await;
    sample
}

async fn lettre_nodelay(server: SocketAddr, load: Load) -> Result<Sample> {
    let (envelope, mail): (_, Arc<[u8]>) = (lettre_envelope()?, mail(load.octets).into());
    let mut open = Vec::new();
    for _ in 0..load.connections {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let name = ClientId::Domain("bench.test".to_owned());
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &name).await?;
        connection.send(&envelope, &mail).await?;
        open.push(connection);
    }
    let watch = Stopwatch::start()?;
    let mut tasks = JoinSet::new();
    for mut connection in open {
        let (envelope, mail) = (envelope.clone(), Arc::clone(&mail));
        tasks.spawn(async move {
            for _ in 0..load.each {
                connection.send(&envelope, &mail).await?;
            }
            connection.quit().await?;
            Ok(())
        });
    }
    all(tasks).await?;
    watch.stop(load.mails())
}

/// `smtp-source`, whose connections are not open yet when it starts.
fn smtp_source(server: SocketAddr, load: Load) -> Result<Sample> {
    let program = installed("smtp-source").ok_or("smtp-source is not installed")?;
    let begun = Instant::now();
    let mut process = Command::new(program)
        .args(["-d", "-f", FROM, "-t", TO])
        .args(["-s", &load.connections.to_string(), "-m", &load.mails().to_string()])
        .args(["-l", &load.octets.to_string(), &server.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    // It prints nothing: its output ends when it does.
    let mut printed = Vec::new();
    process.stdout.take().ok_or("no output")?.read_to_end(&mut printed)?;
    let wall = begun.elapsed().as_secs_f64();
    // Its files are closed a little before its last clock tick is counted.
    thread::sleep(Duration::from_millis(5));
    let cpu = cpu_seconds(&format!("/proc/{}/schedstat", process.id()))?;
    if !process.wait()?.success() {
        return Err("smtp-source has failed".into());
    }
    let mails = f64::from(load.mails());
    Ok(Sample { rate: mails / wall, cpu: cpu * 1e6 / mails })
}
