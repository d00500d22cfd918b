//! The sendmail adapter: hands each mail to a local program, as `sendmail -i -f FROM -- TO…`.
//!
//! The program speaks by its exit code only (`sysexits.h`). What concerns the mail
//! or its recipients is permanent; what concerns the machine is worth a later try.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::message::{Address, Message};

use super::error::{Fault, millis};
use super::null::{all_accepted, handed_over};
use super::{Adapter, Class, DeliveryError, Depth, Offer, Phase, Probe, Receipt, RecipientOutcome};

/// Hands each mail to a local `sendmail` program: `sendmail:/usr/sbin/sendmail?timeout=60s`.
#[derive(Clone, Debug)]
pub struct SendmailAdapter {
    program: PathBuf,
    timeout: Duration,
}

impl SendmailAdapter {
    /// Where `sendmail` is on most machines.
    pub const USUAL_PROGRAM: &'static str = "/usr/sbin/sendmail";

    /// Runs `program`, and gives each run 60 seconds.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), timeout: Duration::from_secs(60) }
    }

    /// Gives each run this long; then the program is killed.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn error(&self, phase: Phase, class: Class, fault: Fault) -> DeliveryError {
        DeliveryError::new(phase, class)
            .with_host(self.program.display().to_string())
            .with_fault(fault)
    }

    async fn check(&self) -> Result<(), DeliveryError> {
        let help = "name the program in the URL: sendmail:/path/to/sendmail";
        let not_started = || self.error(Phase::Connect, Class::Transient, Fault::NotStarted);
        match tokio::fs::metadata(&self.program).await {
            Ok(found) if found.is_file() => Ok(()),
            Ok(_folder) => Err(not_started().with_help(help)),
            Err(error) => Err(not_started().with_source(error).with_help(help)),
        }
    }

    async fn run(&self, message: &Message, to: &[&Address]) -> Result<(), DeliveryError> {
        let mut child = self.start(message, to)?;
        let mut fed = false;
        let ran = tokio::time::timeout(self.timeout, async {
            let Some(mut stdin) = child.stdin.take() else { return child.wait().await };
            // A program that ends early closes its input; its exit code says why.
            if stdin.write_all(&with_lf(message.as_bytes())).await.is_ok() {
                fed = stdin.shutdown().await.is_ok();
            }
            drop(stdin);
            child.wait().await
        });
        let ran = ran.await;
        let unfinished = if fed { Class::Unknown } else { Class::Transient };
        let phase = if fed { Phase::Dot } else { Phase::Data };
        match ran {
            Ok(Ok(status)) => match status.code() {
                Some(0) => Ok(()),
                Some(code) => {
                    let fault = Fault::Exited { status: code };
                    Err(self.error(Phase::Dot, class_of(code), fault))
                }
                None => Err(self.error(phase, unfinished, Fault::Killed)),
            },
            Ok(Err(error)) => Err(self.error(phase, unfinished, Fault::Broken).with_source(error)),
            Err(_elapsed) => {
                let fault = Fault::TimedOut { millis: millis(self.timeout) };
                Err(self.error(phase, unfinished, fault))
            }
        }
    }

    fn start(&self, message: &Message, to: &[&Address]) -> Result<Child, DeliveryError> {
        let sender = message.envelope().sender().map_or("<>", Address::as_str);
        Command::new(&self.program)
            .args(["-i", "-f", sender, "--"])
            .args(to.iter().map(|address| address.as_str()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                self.error(Phase::Connect, Class::Transient, Fault::NotStarted).with_source(error)
            })
    }
}

/// What an exit code of `sysexits.h` means for the mail.
///
/// 65 (data), 67 (no such user) and 68 (no such host) are about this mail; the
/// others are about the program or the machine.
const fn class_of(code: i32) -> Class {
    match code {
        65 | 67 | 68 => Class::Permanent,
        _ => Class::Transient,
    }
}

/// Local programs read lines that end in LF.
fn with_lf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\r' || rest.peek() != Some(&b'\n') {
            out.push(byte);
        }
    }
    out
}

#[async_trait]
impl Adapter for SendmailAdapter {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        _depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        self.check().await?;
        Ok(Box::new(SendmailOffer {
            adapter: self.clone(),
            message: message.clone(),
            replies: all_accepted(recipients),
        }))
    }

    async fn probe(&self) -> Probe {
        let mut probe = Probe::default();
        match self.check().await {
            Ok(()) => {
                let seen = format!("the program {} is there", Path::display(&self.program));
                probe.saw(Phase::Connect, seen);
            }
            Err(error) => probe.error = Some(error),
        }
        probe
    }
}

#[derive(Debug)]
struct SendmailOffer {
    adapter: SendmailAdapter,
    message: Message,
    replies: Vec<RecipientOutcome>,
}

#[async_trait]
impl Offer for SendmailOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(self: Box<Self>) -> Receipt {
        let to: Vec<&Address> = self.replies.iter().map(|reply| &reply.address).collect();
        match self.adapter.run(&self.message, &to).await {
            Ok(()) => Receipt { recipients: handed_over(self.replies), error: None },
            Err(error) => {
                let recipients = to.iter().map(|address| error.outcome_for(address)).collect();
                Receipt { recipients, error: Some(error) }
            }
        }
    }

    async fn withdraw(self: Box<Self>) {}
}

#[cfg(test)]
mod tests {
    use super::{Class, class_of, with_lf};

    #[test]
    fn only_what_concerns_the_mail_is_permanent() {
        for code in [65, 67, 68] {
            assert_eq!(class_of(code), Class::Permanent, "{code}");
        }
        for code in [1, 64, 66, 69, 70, 71, 75, 77, 78, 127] {
            assert_eq!(class_of(code), Class::Transient, "{code}");
        }
    }

    #[test]
    fn only_a_cr_before_an_lf_is_dropped() {
        assert_eq!(with_lf(b"a\r\nb\rc\n\r"), b"a\nb\rc\n\r");
    }
}
