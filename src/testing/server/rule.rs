//! The rules of a fault server: at which command, for whom and how often it does what.

use std::collections::HashMap;
use std::time::Duration;

/// Where in a dialogue a [`Rule`] applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// A new connection; the reply is the greeting.
    Connect,
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS.
    Starttls,
    /// AUTH, and each further line of a login.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The final dot.
    Dot,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
}

/// One thing that a fault server does at a command, instead of answering well.
///
/// Rules are asked in the order in which they were added; the first that fits
/// and is not used up counts.
///
/// # Examples
///
/// ```
/// use mailmethod::testing::{Rule, Verb};
///
/// let greylisted = Rule::on(Verb::Rcpt).address("ada@example.test").times(1).reply("451 4.7.1 later");
/// let lost = Rule::on(Verb::Dot).after(3).taking().close();
/// # let _ = (greylisted, lost);
/// ```
#[derive(Clone, Debug)]
pub struct Rule {
    pub(super) verb: Verb,
    pub(super) address: Option<String>,
    pub(super) skip: u32,
    pub(super) left: Option<u32>,
    /// How often it applies for each address, and how often it has for those that came.
    pub(super) each: Option<(u32, HashMap<String, u32>)>,
    pub(super) takes: bool,
    pub(super) act: Act,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    /// These octets, in one write.
    Say(Vec<u8>),
    /// These octets, one at a time.
    Drip(Vec<u8>),
    /// These octets once the test says so.
    Hold(Vec<u8>),
    /// These octets after a while.
    Late(Vec<u8>, Duration),
    /// These octets, and then the connection is closed.
    SayAndClose(Vec<u8>),
    Silence,
    Close,
    Reset,
}

impl Rule {
    /// A rule at this command; until an action is given it stays silent.
    #[must_use]
    pub const fn on(verb: Verb) -> Self {
        let (address, left, each) = (None, None, None);
        Self { verb, address, skip: 0, left, each, takes: false, act: Act::Silence }
    }

    /// Only for this address (of MAIL or RCPT), or for all of a domain: `@greylist.test`.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// Only after it would have applied this often.
    #[must_use]
    pub const fn after(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Only this often; without it, always.
    #[must_use]
    pub const fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    /// Only this often for each address (of MAIL or RCPT).
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::testing::{Rule, Verb};
    ///
    /// let greylisting = Rule::on(Verb::Rcpt).address("@greylist.test").times_each(2).reply("451 4.7.1 later");
    /// # let _ = greylisting;
    /// ```
    #[must_use]
    pub fn times_each(mut self, count: u32) -> Self {
        self.each = Some((count, HashMap::new()));
        self
    }

    /// At [`Verb::Dot`]: takes the mail, whatever is answered.
    #[must_use]
    pub const fn taking(mut self) -> Self {
        self.takes = true;
        self
    }

    /// Answers these lines, each with its code; CRLF is added. 2yz and 3yz let the command pass.
    #[must_use]
    pub fn reply(self, lines: &str) -> Self {
        self.act(Act::Say(wire(lines)))
    }

    /// Answers exactly these octets.
    #[must_use]
    pub fn raw(self, octets: &[u8]) -> Self {
        self.act(Act::Say(octets.to_vec()))
    }

    /// Answers octet by octet.
    #[must_use]
    pub fn drip(self, lines: &str) -> Self {
        self.act(Act::Drip(wire(lines)))
    }

    /// Answers once [`FaultServer::release`](super::FaultServer::release) is called.
    #[must_use]
    pub fn hold(self, lines: &str) -> Self {
        self.act(Act::Hold(wire(lines)))
    }

    /// Answers after this time.
    #[must_use]
    pub fn late(self, lines: &str, after: Duration) -> Self {
        self.act(Act::Late(wire(lines), after))
    }

    /// Answers, and closes the connection.
    #[must_use]
    pub fn reply_and_close(self, lines: &str) -> Self {
        self.act(Act::SayAndClose(wire(lines)))
    }

    /// Says nothing more on this connection.
    #[must_use]
    pub fn silence(self) -> Self {
        self.act(Act::Silence)
    }

    /// Closes the connection without a word.
    #[must_use]
    pub fn close(self) -> Self {
        self.act(Act::Close)
    }

    /// Resets the connection (RST).
    #[must_use]
    pub fn reset(self) -> Self {
        self.act(Act::Reset)
    }

    fn act(mut self, act: Act) -> Self {
        self.act = act;
        self
    }
}

impl Rule {
    /// Whether the rule is for this address, and not used up.
    pub(super) fn fits(&self, verb: Verb, address: &str) -> bool {
        let meant = |wanted: &String| {
            wanted == address || (wanted.starts_with('@') && address.ends_with(wanted.as_str()))
        };
        let left = self
            .each
            .as_ref()
            .is_none_or(|(count, met)| met.get(address).copied().unwrap_or(0) < *count);
        self.verb == verb && self.left != Some(0) && left && self.address.as_ref().is_none_or(meant)
    }

    /// Notes that it applies once.
    pub(super) fn use_up(&mut self, address: &str) {
        self.left = self.left.map(|left| left - 1);
        if let Some((_, met)) = &mut self.each {
            *met.entry(address.to_owned()).or_default() += 1;
        }
    }
}

impl Act {
    /// Whether the command passes: the answer is 2yz or 3yz.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Say(octets)
            | Self::Drip(octets)
            | Self::Hold(octets)
            | Self::Late(octets, _)
            | Self::SayAndClose(octets) => matches!(octets.first(), Some(b'2' | b'3')),
            Self::Silence | Self::Close | Self::Reset => false,
        }
    }
}

fn wire(lines: &str) -> Vec<u8> {
    lines.lines().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}
