//! The link: one stream to a server, with what was read and not yet used, a deadline for
//! every wait, and a transcript.
//!
//! It knows lines and replies, no commands. After any error it is of no further use.

use std::fmt::{self, Display, Write as _};
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

use crate::adapter::error::{Fault, millis};
use crate::adapter::{Class, DeliveryError, Phase, Trace, trace};

use super::body::Body;
use super::reply::Answer;

/// Anything that carries octets both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// How many octets a line of the transcript mostly has room in.
const LINE: usize = 64;

pub(super) struct Link {
    stream: Box<dyn Stream>,
    /// Read and not yet used: everything from `used` on.
    inbox: Vec<u8>,
    used: usize,
    /// Not yet written.
    outbox: Vec<u8>,
    pub(super) encrypted: bool,
    label: Arc<str>,
    trace: Option<Trace>,
}

/// A body that did not leave as a whole.
pub(super) struct Unfinished {
    pub(super) error: DeliveryError,
    /// Whether every octet up to the final dot was handed to the stream.
    pub(super) dot_left: bool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(stream: Box<dyn Stream>, label: Arc<str>, trace: Option<Trace>) -> Self {
        let (inbox, outbox) = (Vec::with_capacity(1_024), Vec::with_capacity(4_096));
        Self { stream, inbox, used: 0, outbox, encrypted: false, label, trace }
    }

    /// Gives the stream away for a handshake; what was read before it is discarded (RFC 3207 §4.2).
    pub(super) fn into_stream(self) -> Box<dyn Stream> {
        self.stream
    }

    pub(super) fn trace(&self) -> Option<Trace> {
        self.trace.clone()
    }

    pub(super) fn error(&self, phase: Phase, fault: Fault) -> DeliveryError {
        let error = DeliveryError::new(phase, Class::Transient)
            .with_host(Arc::clone(&self.label))
            .with_fault(fault);
        self.note("***", &error);
        error
    }

    /// Writes a line of the transcript that is no dialogue.
    pub(super) fn note(&self, prefix: &str, what: &dyn Display) {
        if !self.is_noted() {
            return;
        }
        let mut line = String::with_capacity(LINE);
        // Writing to a String cannot fail.
        write!(line, "{prefix} {what}").unwrap_or_default();
        if let Some(trace) = &self.trace {
            trace.line(&line);
        }
        trace::capture(line);
    }

    /// Whether anybody wants the transcript.
    fn is_noted(&self) -> bool {
        self.trace.is_some() || trace::is_capturing()
    }

    /// Adds a command, which ends in CRLF, to what is written next.
    pub(super) fn queue(&mut self, command: &dyn Display) {
        let begin = self.outbox.len();
        // Writing to a Vec cannot fail.
        if write!(Text(&mut self.outbox), "{command}").is_ok() && self.is_noted() {
            self.note_sent(&String::from_utf8_lossy(self.outbox.get(begin..).unwrap_or_default()));
        }
    }

    /// The same, with other words in the transcript: for logins.
    pub(super) fn queue_shown(&mut self, command: &dyn Display, shown: &dyn Display) {
        if write!(Text(&mut self.outbox), "{command}").is_ok() && self.is_noted() {
            self.note_sent(&shown.to_string());
        }
    }

    fn note_sent(&self, commands: &str) {
        for command in commands.lines() {
            self.note(self.arrow(), &command);
        }
    }

    const fn arrow(&self) -> &'static str {
        if self.encrypted { "~>" } else { "->" }
    }

    /// Writes what was queued.
    pub(super) async fn flush(
        &mut self,
        phase: Phase,
        deadline: Duration,
    ) -> Result<(), DeliveryError> {
        let Self { stream, outbox, .. } = self;
        let written = timeout(deadline, async {
            stream.write_all(outbox).await?;
            stream.flush().await
        });
        let written = written.await;
        self.outbox.clear();
        self.settled(phase, deadline, written)
    }

    /// Writes a body, the final dot, and `behind` it in the same write; `deadline` is for a block.
    pub(super) async fn send_body(
        &mut self,
        bytes: &[u8],
        behind: &str,
        deadline: Duration,
    ) -> Result<(), Unfinished> {
        if self.is_noted() {
            self.note(self.arrow(), &format_args!("(the message, {} octets)", bytes.len()));
            self.note_sent(behind);
        }
        let mut body = Body::new(bytes);
        while !body.ended() {
            let plain = body.block(&mut self.outbox);
            let dot_at = plain.len() + self.outbox.len();
            if body.ended() {
                self.outbox.extend_from_slice(behind.as_bytes());
            }
            let mut written = 0;
            let Self { stream, outbox, .. } = self;
            let both = [plain, outbox];
            let done = timeout(deadline, write_counted(stream, both, &mut written)).await;
            self.outbox.clear();
            if let Err(error) = self.settled(Phase::Data, deadline, done) {
                return Err(Unfinished { error, dot_left: body.ended() && written >= dot_at });
            }
        }
        Ok(())
    }

    fn settled(
        &self,
        phase: Phase,
        deadline: Duration,
        done: Result<io::Result<()>, tokio::time::error::Elapsed>,
    ) -> Result<(), DeliveryError> {
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.broken(phase, error)),
            Err(_elapsed) => Err(self.timed_out(phase, deadline)),
        }
    }

    /// The next reply, within `deadline` as a whole, however slowly its octets drip.
    pub(super) async fn answer(
        &mut self,
        phase: Phase,
        deadline: Duration,
    ) -> Result<Answer, DeliveryError> {
        if let Some(answer) = self.buffered(phase)? {
            return Ok(answer);
        }
        let reading = async {
            loop {
                self.inbox.drain(..self.used);
                self.used = 0;
                match self.stream.read_buf(&mut self.inbox).await {
                    Ok(0) => return Err(self.error(phase, Fault::Closed)),
                    Ok(_) => {}
                    Err(error) => return Err(self.broken(phase, error)),
                }
                if let Some(answer) = self.buffered(phase)? {
                    return Ok(answer);
                }
            }
        };
        match timeout(deadline, reading).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(self.timed_out(phase, deadline)),
        }
    }

    fn buffered(&mut self, phase: Phase) -> Result<Option<Answer>, DeliveryError> {
        let unused = self.inbox.get(self.used..).unwrap_or_default();
        match Answer::read(unused) {
            Ok(None) => Ok(None),
            Ok(Some((answer, taken))) => {
                self.used += taken;
                if self.is_noted() {
                    let prefix = if self.encrypted { "<~" } else { "<-" };
                    self.note(prefix, &answer.reply());
                }
                Ok(Some(answer))
            }
            Err(_unreadable) => Err(self.error(phase, Fault::Unreadable)),
        }
    }

    /// Whether nothing was read that nobody asked for.
    pub(super) fn is_quiet(&self) -> bool {
        self.used == self.inbox.len()
    }

    /// Whether an idle link is still open and silent, without waiting.
    pub(super) async fn is_silent(&mut self) -> bool {
        let mut octet = [0_u8; 1];
        let mut buffer = ReadBuf::new(&mut octet);
        let looked = poll_fn(|context| {
            Poll::Ready(Pin::new(&mut self.stream).poll_read(context, &mut buffer))
        });
        self.used == self.inbox.len() && looked.await.is_pending()
    }

    fn broken(&self, phase: Phase, error: io::Error) -> DeliveryError {
        let closed = matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionAborted
        );
        let fault = if closed { Fault::Closed } else { Fault::Broken };
        self.error(phase, fault).with_source(error)
    }

    fn timed_out(&self, phase: Phase, deadline: Duration) -> DeliveryError {
        self.error(phase, Fault::TimedOut { millis: millis(deadline) })
    }
}

/// Writes both parts as one and counts, so that a broken write tells how far it came.
async fn write_counted(
    stream: &mut Box<dyn Stream>,
    [first, second]: [&[u8]; 2],
    written: &mut usize,
) -> io::Result<()> {
    while *written < first.len() + second.len() {
        let first_rest = first.get(*written..).unwrap_or_default();
        let second_rest = second.get(written.saturating_sub(first.len())..).unwrap_or_default();
        let rest = [IoSlice::new(first_rest), IoSlice::new(second_rest)];
        match stream.write_vectored(&rest).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => *written += count,
        }
    }
    stream.flush().await
}

/// Lets a command be formatted into octets.
struct Text<'a>(&'a mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, IoSlice};
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll};
    use std::time::Duration;

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::Link;

    /// Keeps each write apart.
    #[derive(Clone, Default)]
    struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

    impl AsyncRead for Writes {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Writes {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.0.lock().unwrap().push(octets.to_vec());
            Poll::Ready(Ok(octets.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            parts: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let octets: Vec<u8> = parts.iter().flat_map(|part| part.to_vec()).collect();
            self.poll_write(context, &octets)
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn sent(body: &[u8], behind: &str) -> Vec<Vec<u8>> {
        let writes = Writes::default();
        let mut link = Link::new(Box::new(writes.clone()), "r.test:25".into(), None);
        let sent = link.send_body(body, behind, Duration::from_secs(1)).await;
        assert!(sent.is_ok());
        std::mem::take(&mut writes.0.lock().unwrap())
    }

    /// A2.3: two writes are 40 ms for each mail where Nagle meets a delayed ACK.
    #[tokio::test]
    async fn a_body_its_dot_and_the_next_mail_leave_in_one_write() {
        let writes = sent(b"Hi\r\n.x\r\n", "MAIL FROM:<>\r\n").await;
        assert_eq!(writes, [b"Hi\r\n..x\r\n.\r\nMAIL FROM:<>\r\n"]);
    }

    #[tokio::test]
    async fn the_end_of_a_large_body_and_its_dot_leave_together() {
        let body = b"0123456789abcdef0123456789abcd\r\n".repeat(655_360);
        let writes = sent(&body, "").await;
        let longest = writes.iter().map(Vec::len).max().unwrap();
        assert!(longest < 160 * 1_024 && writes.len() > 100, "{longest} {}", writes.len());
        assert!(writes.last().unwrap().len() > 3);
        assert_eq!(writes.concat(), [&body[..], b".\r\n"].concat());
    }
}
