//! The servers: Postfix's `smtp-sink`, a sink of our own, and a proxy that makes way longer.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Result;

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// `smtp-sink`, ended with this value.
pub(crate) struct SmtpSink {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl SmtpSink {
    /// `None` where it is not installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let Some(program) = installed("smtp-sink") else { return Ok(None) };
        let address = StdListener::bind(LOOPBACK)?.local_addr()?;
        let mut command = Command::new(program);
        if fs::read_to_string("/proc/self/status")?.contains("\nUid:\t0\t") {
            command.args(["-u", "nobody"]);
        }
        command.args(["-m", "1000", &address.to_string(), "1024"]).stdin(Stdio::null());
        let sink = Self { process: command.spawn()?, address };
        for _ in 0..100 {
            if StdStream::connect(address).is_ok() {
                return Ok(Some(sink));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("smtp-sink does not answer".into())
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The path of a program of Postfix.
pub(crate) fn installed(name: &str) -> Option<String> {
    let places = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec/postfix"];
    places.iter().map(|place| format!("{place}/{name}")).find(|path| Path::new(path).exists())
}

/// A server in a thread of its own, which lasts as long as the process.
fn serve<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> Result<SocketAddr>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = StdListener::bind(LOOPBACK)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(each(stream));
            }
            #[expect(unreachable_code, reason = "it gives the block its type")]
            Ok::<(), io::Error>(())
        })
    });
    Ok(address)
}

/// Takes every mail, several commands at a time.
pub(crate) fn own_sink() -> Result<SocketAddr> {
    serve(sink)
}

async fn sink(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"220 sink.test\r\n").await?;
    let mut inbox = Vec::with_capacity(256 * 1024);
    let mut replies = Vec::new();
    let mut body = false;
    while stream.read_buf(&mut inbox).await? > 0 {
        let mut used = 0;
        while let Some(rest) = inbox.get(used..) {
            let end: &[u8] = if body { b"\r\n.\r\n" } else { b"\r\n" };
            let Some(at) = rest.windows(end.len()).position(|window| window == end) else { break };
            let line = rest.get(..at).unwrap_or_default();
            used += at + end.len();
            if body {
                body = false;
                replies.extend_from_slice(b"250 kept\r\n");
                continue;
            }
            replies.extend_from_slice(match line.get(..4) {
                Some(b"EHLO") => b"250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
                Some(b"DATA") => b"354 go on\r\n",
                Some(b"QUIT") => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            });
            if line == b"DATA" {
                // The line break before the body may be the one before a lone dot.
                body = true;
                used -= 2;
            }
        }
        if body {
            used = used.max(inbox.len().saturating_sub(4));
        }
        inbox.drain(..used);
        if !replies.is_empty() {
            stream.write_all(&replies).await?;
            replies.clear();
        }
    }
    Ok(())
}

/// Stands before a server and holds everything back for half of a round trip, each way.
pub(crate) fn delayed(server: SocketAddr, round_trip: Duration) -> Result<SocketAddr> {
    serve(move |near| async move {
        // A connection is made by one round trip.
        sleep(round_trip).await;
        let far = TcpStream::connect(server).await?;
        far.set_nodelay(true)?;
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        let half = round_trip / 2;
        tokio::try_join!(pump(near_in, far_out, half), pump(far_in, near_out, half))?;
        Ok(())
    })
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
) -> io::Result<()> {
    let (sender, mut held) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        loop {
            let mut octets = Vec::with_capacity(64 * 1024);
            if from.read_buf(&mut octets).await? == 0
                || sender.send((Instant::now(), octets)).is_err()
            {
                return Ok::<(), io::Error>(());
            }
        }
    };
    let writing = async move {
        while let Some((came, octets)) = held.recv().await {
            sleep_until(came + delay).await;
            to.write_all(&octets).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(reading, writing)?;
    Ok(())
}
