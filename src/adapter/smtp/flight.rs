//! The flight: MAIL, each RCPT and perhaps DATA of one mail, and what the server said to each.
//!
//! Where PIPELINING is offered they leave together, else one by one. What the
//! server cannot take (SIZE, SMTPUTF8, 8BITMIME) is refused here, before it is asked.
//!
//! RFC 2920, RFC 1870, RFC 6531, RFC 6152.

use std::fmt::{self, Write as _};
use std::ops::Range;

use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter};

use crate::adapter::error::Fault;
use crate::adapter::{Class, DeliveryError, Depth, Outcome, Phase, RecipientOutcome, Reply};
use crate::message::{Address, Message};

use super::helps;
use super::reply::Answer;
use super::session::Session;

/// How many recipients are asked in one write: more could fill the buffers of both sides, and
/// each would wait for the other to read (RFC 2920 §3.1).
const GROUP: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Mail,
    /// The recipient at this place of the offer.
    Rcpt(usize),
    Data,
}

impl Step {
    const fn phase(self) -> Phase {
        match self {
            Self::Mail => Phase::Mail,
            Self::Rcpt(_) => Phase::Rcpt,
            Self::Data => Phase::Data,
        }
    }
}

/// How a flight came down.
pub(super) enum Landed {
    /// Somebody was accepted, and the server waits for DATA or for the body.
    Open,
    /// No body may be sent. Whether the session is clean and can be kept.
    Over { clean: bool },
    /// The sender was refused. Whether the session is clean and can be kept.
    Refused { error: DeliveryError, clean: bool },
}

pub(super) struct Flight {
    sender: Option<Address>,
    parameters: [Option<MailParameter>; 3],
    replies: Vec<RecipientOutcome>,
    asked: Vec<usize>,
    depth: Depth,
    mail_refused: Option<Answer>,
    /// Whether a recipient was accepted although the sender was refused.
    contradicted: bool,
    data: Option<Answer>,
}

impl Flight {
    /// Checks what the server offers against what the mail needs.
    pub(super) fn plan(
        session: &Session,
        message: &Message,
        recipients: &[Address],
        depth: Depth,
    ) -> Result<Self, DeliveryError> {
        let keywords = &session.keywords;
        let refused = |code, text: &str, help| {
            DeliveryError::new(Phase::Mail, Class::Permanent)
                .with_host(session.settings.host())
                .with_reply(Reply::new(code, text))
                .with_fault(Fault::Local)
                .with_help(help)
        };
        let bytes = message.as_bytes();
        let octets = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if let Some(limit) = keywords.size_limit.filter(|&limit| octets > limit) {
            let text = format!("5.3.4 the message has {octets} octets, the server takes {limit}");
            return Err(refused(552, &text, helps::TOO_LARGE));
        }
        let sender = message.envelope().sender();
        let ascii = bytes.is_ascii();
        let utf8_for_all = sender.is_some_and(Address::needs_smtputf8)
            || (!ascii && !header_section(bytes).is_ascii());
        if utf8_for_all && !keywords.smtputf8 {
            let text = "5.6.7 sender or headers need SMTPUTF8";
            return Err(refused(550, text, helps::NO_SMTPUTF8));
        }
        if !ascii && !keywords.eight_bit {
            return Err(refused(554, "5.6.3 the body needs 8BITMIME", helps::NO_8BITMIME));
        }
        let mut flight = Self {
            sender: sender.cloned(),
            parameters: [None, None, None],
            replies: Vec::with_capacity(recipients.len()),
            asked: Vec::with_capacity(recipients.len()),
            depth,
            mail_refused: None,
            contradicted: false,
            data: None,
        };
        flight.ask(recipients, keywords.smtputf8);
        let utf8 = utf8_for_all || flight.asks_utf8();
        flight.parameters = [
            keywords.size.then_some(MailParameter::Size(bytes.len())),
            (!ascii).then_some(MailParameter::Body(MailBodyParameter::EightBitMime)),
            utf8.then_some(MailParameter::SmtpUtfEight),
        ];
        Ok(flight)
    }

    /// Lists the recipients; one that needs SMTPUTF8 where it is not offered costs no other.
    fn ask(&mut self, recipients: &[Address], smtputf8: bool) {
        for (place, address) in recipients.iter().enumerate() {
            let mut outcome = RecipientOutcome {
                address: address.clone(),
                outcome: Outcome::Deferred,
                phase: Phase::Rcpt,
                reply: None,
            };
            if address.needs_smtputf8() && !smtputf8 {
                outcome.outcome = Outcome::Refused;
                let text = "5.6.7 not asked: the server takes no address beyond ASCII";
                outcome.reply = Some(Reply::new(553, text));
            } else {
                self.asked.push(place);
            }
            self.replies.push(outcome);
        }
    }

    fn asks_utf8(&self) -> bool {
        self.asked
            .iter()
            .filter_map(|&place| self.replies.get(place))
            .any(|recipient| recipient.address.needs_smtputf8())
    }

    /// Whether there is anybody to ask.
    pub(super) const fn asks_nobody(&self) -> bool {
        self.asked.is_empty()
    }

    /// What is known of each recipient.
    pub(super) fn into_replies(self) -> Vec<RecipientOutcome> {
        self.replies
    }

    /// The whole flight, if it fits into one write.
    pub(super) fn single(&self) -> Option<Range<usize>> {
        let all = self.steps();
        (all <= GROUP + 2).then_some(0..all)
    }

    /// How many steps it takes.
    fn steps(&self) -> usize {
        1 + self.asked.len() + usize::from(self.depth == Depth::Data)
    }

    fn step(&self, number: usize) -> Step {
        match number.checked_sub(1) {
            None => Step::Mail,
            Some(place) => self.asked.get(place).map_or(Step::Data, |&place| Step::Rcpt(place)),
        }
    }

    /// The commands of these steps.
    pub(super) fn commands(&self, steps: Range<usize>) -> String {
        let mut text = String::with_capacity(64 * steps.len());
        for number in steps {
            // Writing to a String cannot fail.
            let _infallible = match self.step(number) {
                Step::Mail => self.write_mail(&mut text),
                Step::Rcpt(place) => {
                    let address = self.replies.get(place).map(|r| r.address.as_str());
                    write!(text, "RCPT TO:<{}>", address.unwrap_or_default())
                }
                Step::Data => text.write_str("DATA"),
            };
            text.push_str("\r\n");
        }
        text
    }

    fn write_mail(&self, out: &mut String) -> fmt::Result {
        write!(out, "MAIL FROM:<{}>", self.sender.as_ref().map_or("", Address::as_str))?;
        self.parameters.iter().flatten().try_for_each(|parameter| write!(out, " {parameter}"))
    }

    /// Sends the commands and reads the replies, as far as that makes sense.
    pub(super) async fn run(
        &mut self,
        session: &mut Session,
        pipelined: bool,
    ) -> Result<(), DeliveryError> {
        let (all, size) = (self.steps(), if pipelined { GROUP + 2 } else { 1 });
        for begin in (0..all).step_by(size) {
            let group = begin..all.min(begin + size);
            let first = self.step(begin);
            let only_data = first == Step::Data;
            if self.mail_refused.is_some() || (only_data && !self.accepted_any()) {
                break;
            }
            session.link.queue(&self.commands(group.clone()));
            session.link.flush(first.phase(), session.deadlines.command).await?;
            self.read(session, group).await?;
        }
        Ok(())
    }

    /// Reads the replies to commands that are on their way.
    pub(super) async fn read(
        &mut self,
        session: &mut Session,
        steps: Range<usize>,
    ) -> Result<(), DeliveryError> {
        for number in steps {
            let step = self.step(number);
            let answer = session.answer(step.phase()).await?;
            self.take(session, step, answer)?;
        }
        Ok(())
    }

    fn take(&mut self, session: &Session, step: Step, answer: Answer) -> Result<(), DeliveryError> {
        // After a refused MAIL the rest is refused too, with 503 or any other words.
        if self.mail_refused.is_some() && step != Step::Data {
            self.contradicted |= !answer.is_negative();
            return Ok(());
        }
        let nobody = step == Step::Data && !self.accepted_any();
        if !nobody {
            check_step(session, step, &answer)?;
        }
        match step {
            Step::Mail if answer.is_negative() => self.mail_refused = Some(answer),
            Step::Mail => {}
            Step::Rcpt(place) => {
                if let Some(recipient) = self.replies.get_mut(place) {
                    let reply = answer.into_reply();
                    recipient.outcome = reply.outcome();
                    recipient.reply = Some(reply);
                }
            }
            Step::Data => self.data = Some(answer),
        }
        Ok(())
    }

    pub(super) fn accepted_any(&self) -> bool {
        self.mail_refused.is_none()
            && self.replies.iter().any(|recipient| recipient.outcome == Outcome::Accepted)
    }

    /// Decides what the replies mean, and leaves a session that is in step where it can.
    pub(super) async fn land(&mut self, session: &mut Session) -> Landed {
        let go_ahead = self.data.as_ref().is_some_and(|answer| answer.code == 354);
        let refused = self.data.as_ref().filter(|answer| answer.is_negative());
        if let (Some(answer), true) = (refused, self.accepted_any()) {
            let reply = answer.reply();
            give_accepted(&mut self.replies, Phase::Data, reply);
            return Landed::Over { clean: session.reset().await };
        }
        if self.accepted_any() {
            return Landed::Open;
        }
        // A server that wants a body for nobody gets an empty one (RFC 2920 §3.1); if it may have
        // somebody in mind, only the end of the connection is safe.
        let mut clean = !self.contradicted;
        if go_ahead && clean {
            session.link.queue(&".\r\n");
            clean = session.link.flush(Phase::Data, session.deadlines.command).await.is_ok()
                && session.answer(Phase::Data).await.is_ok();
        }
        clean = clean && session.reset().await;
        match &self.mail_refused {
            None => Landed::Over { clean },
            Some(answer) => {
                let mut error = session.refused(Phase::Mail, answer);
                if answer.code >= 500 {
                    error.class = Class::Permanent;
                }
                if answer.code == 552 {
                    error.help = Some(helps::TOO_LARGE);
                }
                Landed::Refused { error, clean }
            }
        }
    }
}

/// Gives everyone who was accepted so far the outcome of a later reply.
pub(super) fn give_accepted(replies: &mut [RecipientOutcome], phase: Phase, reply: Reply) {
    let mut left = replies.iter_mut().filter(|r| r.outcome == Outcome::Accepted).peekable();
    let (outcome, mut reply) = (reply.outcome(), Some(reply));
    while let Some(recipient) = left.next() {
        recipient.outcome = outcome;
        recipient.phase = phase;
        // The last one gets it itself: most mails have one recipient.
        recipient.reply = if left.peek().is_some() { reply.clone() } else { reply.take() };
    }
}

/// Refuses replies that end the whole: the login is wanted, or the dialogue is out of step.
pub(super) fn check_step(
    session: &Session,
    step: Step,
    answer: &Answer,
) -> Result<(), DeliveryError> {
    match (step, answer.code) {
        (_, 530 | 534 | 535 | 538) => Err(session.refused(Phase::Auth, answer)),
        (Step::Data, 354) | (Step::Mail | Step::Rcpt(_), 200..=299) => Ok(()),
        (_, 400..=599) if answer.code != 503 => Ok(()),
        _ => Err(session.refused(step.phase(), answer).with_fault(Fault::OutOfStep)),
    }
}

/// The headers, up to the first empty line.
fn header_section(bytes: &[u8]) -> &[u8] {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    end.and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}
