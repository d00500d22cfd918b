//! The session: one conversation with a server, from the first octet to QUIT.
//!
//! Each method is one exchange. A method that returns an error leaves a session
//! that must be dropped; who keeps sessions keeps only those that are clean.
//!
//! RFC 5321, RFC 3207 (STARTTLS), RFC 4954 (AUTH).

use std::sync::Arc;

use lettre::transport::smtp::commands::{Data, Ehlo, Noop, Quit, Rset, Starttls};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, timeout};

use crate::adapter::error::{Fault, millis};
use crate::adapter::{Class, DeliveryError, Phase, Probe, Trace};

use super::connect::{connect, own_name};
use super::deadlines::Deadlines;
use super::keywords::Keywords;
use super::link::{Link, Unfinished};
use super::reply::Answer;
use super::settings::{Security, SmtpSettings};
use super::{auth, helps};

#[derive(Debug)]
pub(super) struct Session {
    pub(super) link: Link,
    pub(super) keywords: Keywords,
    pub(super) settings: Arc<SmtpSettings>,
    pub(super) deadlines: Deadlines,
    pub(super) born: Instant,
    /// How many bodies were sent.
    pub(super) messages: u32,
}

impl Session {
    /// Opens a connection, and goes on until mail can be offered; `probe` is told each step.
    pub(super) async fn open(
        settings: &Arc<SmtpSettings>,
        trace: Option<Trace>,
        probe: &mut Probe,
    ) -> Result<Self, DeliveryError> {
        let deadlines = Deadlines::capped(settings.timeout);
        let stream = connect(settings, &deadlines, trace.as_ref(), probe).await?;
        let our_address = stream.local_addr().ok();
        let link = Link::new(Box::new(stream), Arc::clone(&settings.label), trace);
        let mut session = Self {
            link,
            keywords: Keywords::default(),
            settings: Arc::clone(settings),
            deadlines,
            born: Instant::now(),
            messages: 0,
        };
        if settings.security == Security::FirstByte {
            session = session.encrypt(probe).await?;
        }
        session.greet(probe).await?;
        let helo = settings.helo.clone().unwrap_or_else(|| own_name(our_address));
        session.ehlo(&helo).await?;
        let starttls = match settings.security {
            Security::None | Security::FirstByte => false,
            Security::Opportunistic => session.keywords.starttls,
            Security::Starttls => true,
        };
        if starttls {
            session = session.starttls(probe).await?;
            session.ehlo(&helo).await?;
        }
        probe.saw(Phase::Ehlo, format!("it offers {}", session.keywords.shown.join(", ")));
        if let Some(login) = &settings.login {
            auth::log_in(&mut session, login, probe).await?;
        }
        let size = match session.keywords.size_limit {
            Some(limit) => format!("it takes messages of up to {limit} octets"),
            None => "it names no largest message".to_owned(),
        };
        probe.saw(Phase::Mail, size);
        Ok(session)
    }

    async fn greet(&mut self, probe: &mut Probe) -> Result<(), DeliveryError> {
        let answer = self.link.answer(Phase::Greeting, self.deadlines.greeting).await;
        let answer = answer.map_err(|error| match error.fault() {
            Fault::Unreadable => error.with_help(helps::NOT_SMTP),
            Fault::TimedOut { .. } => error.with_help(helps::SILENT_GREETING),
            _ => error,
        })?;
        if !answer.is_positive() {
            return Err(self.refused(Phase::Greeting, &answer));
        }
        probe.saw(Phase::Greeting, format!("it answers {}", answer.reply()));
        Ok(())
    }

    /// EHLO, or HELO where a server does not know EHLO.
    async fn ehlo(&mut self, name: &ClientId) -> Result<(), DeliveryError> {
        self.keywords = Keywords::default();
        self.link.queue(&Ehlo::new(name.clone()));
        let answer = self.exchange(Phase::Ehlo).await?;
        if answer.is_positive() {
            self.keywords = Keywords::read(&answer);
            return Ok(());
        }
        let knows_no_ehlo = matches!(answer.code, 500..=504);
        if !knows_no_ehlo {
            return Err(self.refused(Phase::Ehlo, &answer));
        }
        self.link.queue(&format_args!("HELO {name}\r\n"));
        let answer = self.exchange(Phase::Ehlo).await?;
        if answer.is_positive() { Ok(()) } else { Err(self.refused(Phase::Ehlo, &answer)) }
    }

    async fn starttls(mut self, probe: &mut Probe) -> Result<Self, DeliveryError> {
        if !self.keywords.starttls {
            let error = self.link.error(Phase::Tls, Fault::NoStarttls);
            return Err(error.with_help(helps::NO_STARTTLS));
        }
        self.link.queue(&Starttls);
        let answer = self.exchange(Phase::Tls).await?;
        if !answer.is_positive() {
            return Err(self.refused(Phase::Tls, &answer));
        }
        self.encrypt(probe).await
    }

    async fn encrypt(self, probe: &mut Probe) -> Result<Self, DeliveryError> {
        let Self { link, settings, deadlines, .. } = self;
        let (label, trace) = (Arc::clone(&settings.label), link.trace());
        let error = |fault| {
            let error = DeliveryError::new(Phase::Tls, Class::Transient)
                .with_host(Arc::clone(&label))
                .with_fault(fault);
            if let Some(trace) = &trace {
                trace.line(&format!("*** {error}"));
            }
            error
        };
        let shaking = settings.trust.handshake(&settings.host, link.into_stream());
        let stream = match timeout(deadlines.tls, shaking).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(source)) => {
                let error = error(Fault::Handshake).with_shared_source(source);
                return Err(error.with_help(helps::handshake(&settings)));
            }
            Err(_elapsed) => return Err(error(Fault::TimedOut { millis: millis(deadlines.tls) })),
        };
        let version = stream.get_ref().1.protocol_version();
        let seen = match version {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3, its certificate is good",
            _ => "TLS 1.2, its certificate is good",
        };
        probe.saw(Phase::Tls, seen);
        let mut link = Link::new(Box::new(stream), Arc::clone(&settings.label), trace.clone());
        link.encrypted = true;
        link.note("===", &seen);
        let keywords = Keywords::default();
        Ok(Self { link, keywords, settings, deadlines, born: self.born, messages: 0 })
    }

    /// Writes the command that was queued and reads its reply, which may be anything but 421.
    pub(super) async fn exchange(&mut self, phase: Phase) -> Result<Answer, DeliveryError> {
        self.link.flush(phase, self.deadlines.command).await?;
        self.answer(phase).await
    }

    /// The next reply; 421 is an error in every phase but the dot.
    pub(super) async fn answer(&mut self, phase: Phase) -> Result<Answer, DeliveryError> {
        let deadline = match phase {
            Phase::Data => self.deadlines.data,
            Phase::Dot => self.deadlines.dot,
            _ => self.deadlines.command,
        };
        let answer = self.link.answer(phase, deadline).await?;
        if answer.code == 421 && phase != Phase::Dot {
            return Err(self.refused(phase, &answer));
        }
        Ok(answer)
    }

    /// The error for a reply that ends the session, or the mail as a whole.
    pub(super) fn refused(&self, phase: Phase, answer: &Answer) -> DeliveryError {
        let error = DeliveryError::new(phase, Class::Transient)
            .with_host(Arc::clone(&self.settings.label))
            .with_reply(answer.reply());
        self.link.note("***", &error);
        match helps::for_reply(phase, answer.code) {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    /// Ends a transaction that has no body, and proves that the session is in step.
    pub(super) async fn reset(&mut self) -> bool {
        self.link.queue(&Rset);
        let answer = self.exchange(Phase::Mail).await;
        answer.is_ok_and(|answer| answer.is_positive()) && self.link.is_quiet()
    }

    /// Whether the server still answers, after a time of silence.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.link.queue(&Noop);
        let deadline = self.deadlines.noop;
        if self.link.flush(Phase::Mail, deadline).await.is_err() {
            return false;
        }
        let answer = self.link.answer(Phase::Mail, deadline).await;
        answer.is_ok_and(|answer| answer.is_positive()) && self.link.is_quiet()
    }

    /// Asks for permission to send the body.
    pub(super) async fn data(&mut self) -> Result<Answer, DeliveryError> {
        self.link.queue(&Data);
        self.exchange(Phase::Data).await
    }

    /// Sends the body and reads the reply to its dot.
    pub(super) async fn body(&mut self, bytes: &[u8], behind: &str) -> Result<Answer, Unfinished> {
        self.messages += 1;
        if let Err(unfinished) = self.link.send_body(bytes, behind, self.deadlines.block).await {
            return self.early_answer(unfinished).await;
        }
        let answer = self.answer(Phase::Dot).await;
        answer.map_err(|error| Unfinished { error, dot_left: true })
    }

    /// A server that stops reading a body often says why before it closes.
    async fn early_answer(&mut self, unfinished: Unfinished) -> Result<Answer, Unfinished> {
        if unfinished.error.fault() != Fault::Closed || unfinished.dot_left {
            return Err(unfinished);
        }
        match self.link.answer(Phase::Data, self.deadlines.quit).await {
            Ok(answer) if answer.is_negative() => Ok(answer),
            _ => Err(unfinished),
        }
    }

    /// Says goodbye; whatever comes of it, the connection is closed.
    pub(super) async fn quit(mut self) {
        self.link.queue(&Quit);
        let deadline = self.deadlines.quit;
        if self.link.flush(Phase::Mail, deadline).await.is_ok()
            && let Err(error) = self.link.answer(Phase::Mail, deadline).await
        {
            tracing::debug!(%error, "no answer to QUIT");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::{Deadlines, Keywords, Link, Phase, Probe, Session, SmtpSettings};

    fn session(keys: &str) -> (Session, DuplexStream) {
        let settings = Arc::new(SmtpSettings::from_url(&format!("smtp://r.test{keys}")).unwrap());
        let (ours, theirs) = duplex(1_024 * 1_024);
        let session = Session {
            link: Link::new(Box::new(ours), Arc::clone(&settings.label), None),
            keywords: Keywords::default(),
            deadlines: Deadlines::capped(settings.timeout),
            settings,
            born: Instant::now(),
            messages: 0,
        };
        (session, theirs)
    }

    /// How long a silent server is waited for.
    async fn patience(keys: &str, phase: Phase) -> Duration {
        let (mut session, _silent) = session(keys);
        let begun = Instant::now();
        let lost = match phase {
            Phase::Greeting => session.greet(&mut Probe::default()).await.is_err(),
            Phase::Data => session.data().await.is_err(),
            Phase::Dot => session.body(b"Hi", "").await.is_err_and(|lost| lost.dot_left),
            _ => session.answer(phase).await.is_err(),
        };
        assert!(lost);
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_waited_for_as_long_as_its_stage_allows() {
        for (phase, seconds) in [
            (Phase::Greeting, 60),
            (Phase::Ehlo, 60),
            (Phase::Mail, 60),
            (Phase::Rcpt, 60),
            (Phase::Data, 120),
            (Phase::Dot, 600),
        ] {
            assert_eq!(patience("", phase).await.as_secs(), seconds, "{phase}");
            assert_eq!(patience("?timeout=10s", phase).await.as_secs(), 10, "{phase}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_drips_gains_no_time() {
        let (mut session, mut server) = session("?timeout=10s");
        let dripping = async {
            let mut second = tokio::time::interval(Duration::from_secs(1));
            loop {
                second.tick().await;
                server.write_all(b"2").await.unwrap();
            }
        };
        let begun = Instant::now();
        tokio::select! {
            answer = session.answer(Phase::Mail) => assert!(answer.is_err()),
            () = dripping => {}
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_a_server_does_not_read_ends_before_its_dot() {
        let (ours, mut theirs) = duplex(100);
        let (mut session, _) = session("");
        session.link = Link::new(Box::new(ours), "r.test:25".into(), None);
        let unfinished = session.body(&[b'x'; 1_000], "").await.unwrap_err();
        assert!(!unfinished.dot_left);
        let mut got = [0; 100];
        theirs.read_exact(&mut got).await.unwrap();
        assert_eq!(got, [b'x'; 100]);
    }
}
