//! The received mail: structured, with assertions that say what is there instead.

use std::fmt;
use std::ops::Deref;

use similar::TextDiff;

use super::failure::fail;
use super::form;
use crate::message::{Address, Disposition, Mail, Mailbox, Message};

/// How alike a line must be to be shown as the nearest one, from 0 to 1.
const LIKENESS: f32 = 0.5;

/// A mail that an [`Inbox`](super::Inbox) received.
///
/// It is a [`Mail`]: `subject()`, `from()`, `to()`, `header(name)`, `text()`, `html()`,
/// `attachments()`, `envelope()` and so on are its own. The assertions can be chained, and each
/// shows what is there if it fails. Printed, it is in the golden form.
///
/// # Examples
///
/// ```
/// use mailmethod::{Call, MailHost};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = MailHost::for_tests("templates").await?;
/// let first_order = host.methods().find("orders/confirmation")?.sample("first-order");
/// host.send(&first_order.ok_or("no sample")?.locale("de")).await?;
///
/// let mail = host.inbox().only();
/// mail.assert_subject("Bestellung 2026-041 bestätigt")
///     .assert_to("Ada Lovelace <ada@example.test>")
///     .assert_text_contains("2 × 12,00\u{a0}€")
///     .assert_no_html("{{")
///     .assert_attachment("terms.pdf");
/// assert!(mail.to_string().contains("~~~ text/plain\nDanke, Ada Lovelace\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Received {
    mail: Mail,
    message: Message,
    recipients: Vec<Address>,
}

impl Deref for Received {
    type Target = Mail;

    fn deref(&self) -> &Mail {
        &self.mail
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        form::write(&self.mail, f)
    }
}

impl Received {
    pub(super) const fn new(mail: Mail, message: Message, recipients: Vec<Address>) -> Self {
        Self { mail, message, recipients }
    }

    /// The message as it was sent.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// The recipients that it went to: those of the envelope, less the refused ones.
    #[must_use]
    pub fn recipients(&self) -> &[Address] {
        &self.recipients
    }

    /// Asserts the whole subject.
    ///
    /// # Panics
    ///
    /// If it is another.
    #[track_caller]
    pub fn assert_subject(&self, expected: &str) -> &Self {
        self.assert_value("the subject", Some(self.subject()), expected)
    }

    /// Asserts the sender: an address, or a whole mailbox `Name <address>`.
    ///
    /// # Panics
    ///
    /// If it is another.
    #[track_caller]
    pub fn assert_from(&self, expected: &str) -> &Self {
        self.assert_mailbox("From", std::slice::from_ref(self.from()), expected)
    }

    /// Asserts that To has an address, or a whole mailbox `Name <address>`.
    ///
    /// # Panics
    ///
    /// If it has not; the text lists whom it has.
    #[track_caller]
    pub fn assert_to(&self, expected: &str) -> &Self {
        self.assert_mailbox("To", self.to(), expected)
    }

    /// Asserts that Cc has an address, or a whole mailbox `Name <address>`.
    ///
    /// # Panics
    ///
    /// If it has not; the text lists whom it has.
    #[track_caller]
    pub fn assert_cc(&self, expected: &str) -> &Self {
        self.assert_mailbox("Cc", self.cc(), expected)
    }

    /// Asserts that Bcc has an address, or a whole mailbox `Name <address>`.
    ///
    /// # Panics
    ///
    /// If it has not; the text lists whom it has.
    #[track_caller]
    pub fn assert_bcc(&self, expected: &str) -> &Self {
        self.assert_mailbox("Bcc", self.bcc(), expected)
    }

    /// Asserts the whole decoded value of a header, however its name is spelled.
    ///
    /// # Panics
    ///
    /// If it is another, or there is no such header.
    #[track_caller]
    pub fn assert_header(&self, name: &str, expected: &str) -> &Self {
        self.assert_value(&format!("the header {name}"), self.header(name).as_deref(), expected)
    }

    /// Asserts that the text body contains this. Amounts of money have no-break spaces, `\u{a0}`.
    ///
    /// # Panics
    ///
    /// If it does not, or there is no text body; the text shows what is nearest.
    #[track_caller]
    pub fn assert_text_contains(&self, expected: &str) -> &Self {
        self.assert_contains("text", self.text(), expected)
    }

    /// Asserts that the HTML body contains this, as it is written in HTML.
    ///
    /// # Panics
    ///
    /// If it does not, or there is no HTML body; the text shows what is nearest.
    #[track_caller]
    pub fn assert_html_contains(&self, expected: &str) -> &Self {
        self.assert_contains("HTML", self.html(), expected)
    }

    /// Asserts that the text body, if there is one, does not contain this.
    ///
    /// # Panics
    ///
    /// If it does; the text shows each line.
    #[track_caller]
    pub fn assert_no_text(&self, unexpected: &str) -> &Self {
        self.assert_lacks("text", self.text(), unexpected)
    }

    /// Asserts that the HTML body, if there is one, does not contain this.
    ///
    /// # Panics
    ///
    /// If it does; the text shows each line.
    #[track_caller]
    pub fn assert_no_html(&self, unexpected: &str) -> &Self {
        self.assert_lacks("HTML", self.html(), unexpected)
    }

    /// Asserts that a file of this name is attached. Images inside the HTML are no attachments.
    ///
    /// # Panics
    ///
    /// If none is; the text lists what is attached.
    #[track_caller]
    pub fn assert_attachment(&self, filename: &str) -> &Self {
        let attached = || {
            self.attachments().iter().filter(|part| part.disposition() == Disposition::Attachment)
        };
        if attached().any(|part| part.filename() == Some(filename)) {
            return self;
        }
        let there: Vec<String> = attached().map(form::part_line).collect();
        self.fail(&format!("{filename} is not attached"), &listed("attached is", &there))
    }

    #[track_caller]
    fn assert_value(&self, what: &str, found: Option<&str>, expected: &str) -> &Self {
        match found {
            Some(found) if found == expected => self,
            Some(found) => {
                let both = format!("  expected: {expected}\n  found:    {found}");
                self.fail(&format!("{what} is another"), &both)
            }
            None => {
                let names: Vec<String> =
                    self.headers().iter().map(|header| header.name().to_string()).collect();
                self.fail(&format!("{what} is not there"), &listed("there are", &names))
            }
        }
    }

    #[track_caller]
    fn assert_mailbox(&self, field: &str, found: &[Mailbox], expected: &str) -> &Self {
        let wanted: Mailbox = match expected.parse() {
            Ok(wanted) => wanted,
            Err(error) => self.fail(&format!("{expected:?} is no mailbox"), &format!("  {error}")),
        };
        let is = |one: &Mailbox| match wanted.name() {
            Some(_) => *one == wanted,
            None => one.address() == wanted.address(),
        };
        if found.iter().any(is) {
            return self;
        }
        let there: Vec<String> = found.iter().map(ToString::to_string).collect();
        self.fail(&format!("{field} has no {wanted}"), &listed("it has", &there))
    }

    #[track_caller]
    fn assert_contains(&self, what: &str, body: Option<&str>, expected: &str) -> &Self {
        let Some(body) = body else {
            self.fail(
                &format!("there is no {what} body"),
                &format!("  expected in it: {expected:?}"),
            );
        };
        if body.contains(expected) {
            return self;
        }
        self.fail(
            &format!("the {what} body does not contain {expected:?}"),
            &nearest(body, expected),
        )
    }

    #[track_caller]
    fn assert_lacks(&self, what: &str, body: Option<&str>, unexpected: &str) -> &Self {
        let body = body.unwrap_or_default();
        if !body.contains(unexpected) {
            return self;
        }
        let lines = body.lines().enumerate().filter(|(_, line)| line.contains(unexpected));
        let mut shown: Vec<String> = lines.map(|(at, line)| numbered(at, line)).collect();
        if shown.is_empty() {
            shown.push("  over several lines".to_owned());
        }
        self.fail(&format!("the {what} body contains {unexpected:?}"), &shown.join("\n"))
    }

    /// Fails: names the mail, says what is wrong and what is there.
    #[track_caller]
    fn fail(&self, wrong: &str, there: &str) -> ! {
        let to: Vec<&str> = self.recipients.iter().map(Address::as_str).collect();
        let to = to.join(", ");
        fail(&format!("{} ({}) → {to}: {wrong}\n{there}", self.method(), self.locale()))
    }
}

fn listed(before: &str, items: &[String]) -> String {
    match items {
        [] => format!("  {before}: nothing"),
        items => format!("  {before}: {}", items.join("\n  and: ")),
    }
}

fn numbered(at: usize, line: &str) -> String {
    format!("  line {}: {}", at + 1, form::visible(line))
}

/// Where a body has nearly what is expected.
fn nearest(body: &str, expected: &str) -> String {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = plain(expected);
    if let Some((at, line)) =
        body.lines().enumerate().find(|(_, line)| plain(line).contains(&wanted))
    {
        return format!("  it is there, but with other white space:\n{}", numbered(at, line));
    }
    if plain(body).contains(&wanted) {
        return "  it is there, but broken over lines".to_owned();
    }
    if body.to_lowercase().contains(&expected.to_lowercase()) {
        return "  it is there, but in other case".to_owned();
    }
    let escaped = expected.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped != expected && body.contains(&escaped) {
        return format!("  it is there, but escaped: {escaped:?}");
    }
    let likeness = |line: &str| TextDiff::from_chars(expected, line.trim()).ratio();
    let lines = body.lines().enumerate().map(|(at, line)| (likeness(line), at, line));
    match lines.max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((ratio, at, line)) if ratio >= LIKENESS => {
            format!("  the nearest is\n{}", numbered(at, line))
        }
        _ => format!("  it is, in {} lines,\n{}", body.lines().count(), excerpt(body)),
    }
}

/// The beginning of a body, indented.
fn excerpt(body: &str) -> String {
    let mut lines: Vec<String> =
        body.lines().take(40).map(|line| format!("  | {}", form::visible(line))).collect();
    if body.lines().count() > lines.len() {
        lines.push("  …".to_owned());
    }
    lines.join("\n")
}
