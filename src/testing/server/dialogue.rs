//! One connection of a fault server: commands in, replies or faults out.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, yield_now};

use super::rule::{Act, Verb};
use super::{Shared, Taken, Tls};

/// More than any test sends.
const LIMIT: usize = 64 * 1024 * 1024;

pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, so no connection outlives its server.
    let mut dialogues = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while dialogues.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        dialogues.spawn(async move {
            shared.event(|state| {
                state.connections += 1;
                state.open += 1;
                state.peak = state.peak.max(state.open);
            });
            let open = Open(Arc::clone(&shared));
            // How a connection ended is what the test is about.
            converse(stream, &shared).await.ok();
            drop(open);
        });
    }
}

/// Counts a connection as open for as long as it lives.
struct Open(Arc<Shared>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.event(|state| state.open -= 1);
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Lets the end of the connection be a reset.
    fn will_reset(&self) -> io::Result<()>;
}

impl Stream for TcpStream {
    fn will_reset(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

#[cfg(feature = "smtp")]
impl Stream for tokio_rustls::server::TlsStream<Box<dyn Stream>> {
    fn will_reset(&self) -> io::Result<()> {
        self.get_ref().0.will_reset()
    }
}

struct Dialogue<'a> {
    shared: &'a Shared,
    stream: Box<dyn Stream>,
    inbox: Vec<u8>,
    encrypted: bool,
    logged_in: bool,
    pipelining: bool,
    sender: Option<String>,
    recipients: Vec<String>,
}

/// What comes after a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Handshake,
    Reset,
    End,
}

async fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut dialogue = Dialogue {
        shared,
        stream: Box::new(stream),
        inbox: Vec::new(),
        encrypted: false,
        logged_in: false,
        pipelining: false,
        sender: None,
        recipients: Vec::new(),
    };
    #[cfg(feature = "smtp")]
    if shared.tls == Tls::FirstByte {
        dialogue = dialogue.encrypt().await?;
    }
    let mut then = dialogue.reply(Verb::Connect, "", "220 fault.test ESMTP").await?.1;
    while then == Then::GoOn {
        let Some(line) = dialogue.line().await? else { return Ok(()) };
        then = dialogue.command(&line).await?;
        #[cfg(feature = "smtp")]
        if then == Then::Handshake {
            dialogue = dialogue.encrypt().await?;
            then = Then::GoOn;
        }
    }
    if then == Then::Reset {
        dialogue.stream.will_reset()?;
    }
    Ok(())
}

impl Dialogue<'_> {
    #[cfg(feature = "smtp")]
    async fn encrypt(self) -> io::Result<Self> {
        let Dialogue { shared, stream, .. } = self;
        let wants_certificate = shared.state().wants_certificate;
        let stream = super::tls::acceptor(wants_certificate)?.accept(stream).await?;
        Ok(Dialogue {
            shared,
            stream: Box::new(stream),
            inbox: Vec::new(),
            encrypted: true,
            logged_in: false,
            pipelining: false,
            sender: None,
            recipients: Vec::new(),
        })
    }

    fn violation(&self, what: &str) {
        self.shared.event(|state| state.violations.push(what.to_owned()));
    }

    /// The next line without its end; `None` at the end of the connection.
    async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.inbox.iter().position(|&b| b == b'\n') {
                let line: Vec<u8> = self.inbox.drain(..=end).collect();
                let Some(line) = line.strip_suffix(b"\r\n") else {
                    self.violation("a command ends in a bare LF");
                    return Ok(None);
                };
                return Ok(Some(String::from_utf8_lossy(line).into_owned()));
            }
            if self.inbox.len() > LIMIT || self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn command(&mut self, line: &str) -> io::Result<Then> {
        self.shared.event(|state| state.commands.push(line.to_owned()));
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        if !self.inbox.is_empty() {
            let may = matches!(word.as_str(), "MAIL" | "RCPT" | "RSET") && self.pipelining;
            if !may {
                self.violation(&format!("something was sent behind {word} before its reply"));
            }
        }
        match word.as_str() {
            "EHLO" => self.ehlo().await,
            "HELO" => Ok(self.reply(Verb::Ehlo, "", "250 fault.test").await?.1),
            "STARTTLS" if self.offers_starttls() => {
                let (passed, then) = self.reply(Verb::Starttls, "", "220 go on").await?;
                Ok(if passed && then == Then::GoOn { Then::Handshake } else { then })
            }
            "AUTH" => self.auth(line).await,
            "MAIL" => self.mail(line).await,
            "RCPT" => self.rcpt(line).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.sender = None;
                self.recipients.clear();
                Ok(self.reply(Verb::Rset, "", "250 2.0.0 ok").await?.1)
            }
            "NOOP" => Ok(self.reply(Verb::Noop, "", "250 2.0.0 ok").await?.1),
            "QUIT" => {
                self.reply(Verb::Quit, "", "221 2.0.0 bye").await?;
                Ok(Then::End)
            }
            _ => {
                self.violation(&format!("{word} is no command here"));
                self.say(b"500 5.5.2 what?\r\n").await?;
                Ok(Then::GoOn)
            }
        }
    }

    fn offers_starttls(&self) -> bool {
        !self.encrypted && self.shared.tls != Tls::Never
    }

    async fn ehlo(&mut self) -> io::Result<Then> {
        let mut lines = vec!["fault.test".to_owned()];
        {
            let state = self.shared.state();
            lines.extend(state.keywords.iter().cloned());
            if state.login.is_some() && (self.encrypted || self.shared.tls == Tls::Never) {
                lines.push("AUTH PLAIN LOGIN XOAUTH2".to_owned());
            }
        }
        if self.offers_starttls() {
            lines.push("STARTTLS".to_owned());
        }
        self.pipelining = lines.iter().any(|line| line.eq_ignore_ascii_case("PIPELINING"));
        let last = lines.pop().unwrap_or_default();
        let mut reply: String = lines.iter().map(|line| format!("250-{line}\n")).collect();
        reply.push_str(&format!("250 {last}"));
        Ok(self.reply(Verb::Ehlo, "", &reply).await?.1)
    }

    async fn auth(&mut self, line: &str) -> io::Result<Then> {
        let login = self.shared.state().login.clone();
        let Some((user, password)) = login else {
            self.say(b"502 5.5.1 no login here\r\n").await?;
            return Ok(Then::GoOn);
        };
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let initial = words.next().unwrap_or_default().to_owned();
        let good = match mechanism.as_str() {
            "PLAIN" => initial == STANDARD.encode(format!("\0{user}\0{password}")),
            "XOAUTH2" => {
                let token = format!("user={user}\x01auth=Bearer {password}\x01\x01");
                let good = initial == STANDARD.encode(token);
                if !good {
                    // The reason comes as a challenge, and the client answers an empty line.
                    self.say(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").await?;
                    self.line().await?;
                }
                good
            }
            "LOGIN" => {
                self.say(b"334 VXNlcm5hbWU6\r\n").await?;
                let given_user = self.line().await?;
                self.say(b"334 UGFzc3dvcmQ6\r\n").await?;
                let given_password = self.line().await?;
                given_user == Some(STANDARD.encode(user))
                    && given_password == Some(STANDARD.encode(password))
            }
            _ => false,
        };
        let usual = if good { "235 2.7.0 welcome" } else { "535 5.7.8 wrong login" };
        let (passed, then) = self.reply(Verb::Auth, "", usual).await?;
        self.logged_in = passed;
        Ok(then)
    }

    async fn mail(&mut self, line: &str) -> io::Result<Then> {
        let sender = path(line);
        let wants_login = self.shared.state().login.is_some() && !self.logged_in;
        let usual = if wants_login {
            "530 5.7.0 log in first"
        } else if self.sender.is_some() {
            self.violation("MAIL inside a transaction");
            "503 5.5.1 one at a time"
        } else {
            "250 2.1.0 ok"
        };
        let (passed, then) = self.reply(Verb::Mail, &sender, usual).await?;
        if passed {
            self.sender = Some(sender);
            self.recipients.clear();
        }
        Ok(then)
    }

    async fn rcpt(&mut self, line: &str) -> io::Result<Then> {
        let recipient = path(line);
        let usual = if self.sender.is_some() { "250 2.1.5 ok" } else { "503 5.5.1 MAIL first" };
        let (passed, then) = self.reply(Verb::Rcpt, &recipient, usual).await?;
        if passed {
            self.recipients.push(recipient);
        }
        Ok(then)
    }

    async fn data(&mut self) -> io::Result<Then> {
        let usual =
            if self.recipients.is_empty() { "554 5.5.1 no valid recipients" } else { "354 go on" };
        let (passed, then) = self.reply(Verb::Data, "", usual).await?;
        if !passed || then != Then::GoOn {
            return Ok(then);
        }
        let Some(bytes) = self.body().await? else { return Ok(Then::End) };
        let sender = self.sender.take().unwrap_or_default();
        let recipients = std::mem::take(&mut self.recipients);
        let usual =
            if recipients.is_empty() { "554 5.5.1 no valid recipients" } else { "250 2.0.0 taken" };
        let act = self.choose(Verb::Dot, "", usual);
        if act.takes {
            let taken = Taken { sender, recipients, bytes };
            self.shared.event(|state| state.taken.push(taken));
        }
        Ok(self.perform(act.act).await?.1)
    }

    /// Reads up to the lone dot and takes the dot-stuffing off.
    async fn body(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut looked = 0;
        loop {
            while let Some(end) =
                self.inbox.iter().skip(looked).position(|&b| b == b'\n').map(|at| looked + at + 1)
            {
                let line = self.inbox.get(looked..end).unwrap_or_default();
                looked = end;
                if line == b".\r\n" {
                    self.inbox.drain(..looked);
                    return Ok(Some(bytes));
                }
                if !line.ends_with(b"\r\n") || line.iter().filter(|&&b| b == b'\r').count() > 1 {
                    self.violation("a bare CR or LF in a body");
                }
                bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            }
            self.inbox.drain(..looked);
            looked = 0;
            if self.inbox.len() > LIMIT || self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Answers by rule, or with what is usual; whether the command passed, and what comes next.
    async fn reply(&mut self, verb: Verb, address: &str, usual: &str) -> io::Result<(bool, Then)> {
        let chosen = self.choose(verb, address, usual);
        self.perform(chosen.act).await
    }

    fn choose(&self, verb: Verb, address: &str, usual: &str) -> Chosen {
        let mut state = self.shared.state();
        for rule in &mut state.rules {
            if !rule.fits(verb, address) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.use_up(address);
            return Chosen { takes: rule.takes || rule.act.passes(), act: rule.act.clone() };
        }
        let octets: Vec<u8> =
            usual.lines().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect();
        let act = Act::Say(octets);
        Chosen { takes: act.passes(), act }
    }

    async fn perform(&mut self, act: Act) -> io::Result<(bool, Then)> {
        let passes = act.passes();
        match act {
            Act::Say(octets) => self.say(&octets).await?,
            Act::Drip(octets) => {
                for octet in octets {
                    self.say(&[octet]).await?;
                    yield_now().await;
                }
            }
            Act::Hold(octets) => {
                // The sender lives as long as the server.
                self.shared.released.subscribe().wait_for(|released| *released).await.ok();
                self.say(&octets).await?;
            }
            Act::Late(octets, after) => {
                tokio::time::sleep(after).await;
                self.say(&octets).await?;
            }
            Act::SayAndClose(octets) => {
                self.say(&octets).await?;
                self.stream.shutdown().await?;
                return Ok((false, Then::End));
            }
            Act::Silence => {
                // Until the client gives up.
                while self.stream.read_buf(&mut self.inbox).await? > 0 {
                    self.inbox.clear();
                }
                return Ok((false, Then::End));
            }
            Act::Close => return Ok((false, Then::End)),
            Act::Reset => return Ok((false, Then::Reset)),
        }
        Ok((passes, Then::GoOn))
    }

    async fn say(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets).await?;
        self.stream.flush().await
    }
}

struct Chosen {
    act: Act,
    takes: bool,
}

/// What stands between `<` and `>`.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or("", |(path, _)| path).to_owned()
}
