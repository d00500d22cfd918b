//! The draft: the parts of a mail before they were checked as a whole.
//!
//! Each part is already sound in itself; here they are judged together: who
//! sends, who receives, is there a body, is it within the limits. Bodies get
//! plain line ends.
//!
//! RFC 5322 §3.6 (which header how often), RFC 2392 (content ids).

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::{
    Address, Attachment, Header, HeaderValue, Limits, Mailbox, MessageError, OneClick, one_click,
};

/// What a [`Mail`](super::Mail) is made from.
#[derive(Clone, Default)]
pub struct Draft {
    /// The name of the mail method.
    pub method: Arc<str>,
    /// The locale it was rendered in; may be empty.
    pub locale: Arc<str>,
    /// Where bounces go: `None` is From's address, `Some(None)` is nowhere (`<>`).
    ///
    /// A header `Return-Path` with one mailbox does the same, and is not written.
    pub return_path: Option<Option<Address>>,
    /// The headers, in order; one that is empty is dropped.
    pub headers: Vec<Header>,
    /// The text body. Blank lines at its end and CR are no part of it.
    pub text: Option<String>,
    /// The HTML body, in the same way.
    pub html: Option<String>,
    /// The attachments, in order. With HTML, inline ones go with it.
    pub attachments: Vec<Attachment>,
    /// What inboxes show beside the subject, on one line; it stands in the HTML body already.
    pub preheader: Option<String>,
    /// How the only recipient unsubscribes: List-Unsubscribe and List-Unsubscribe-Post are
    /// written, and [`PREVIEW_TOKEN`](crate::unsubscribe::PREVIEW_TOKEN) in a body or a header
    /// becomes the recipient's token when the mail is sealed.
    pub unsubscribe: Option<OneClick>,
}

impl Draft {
    /// Checks the draft as a whole; gives it in its final form, with the mailbox that it is from.
    pub(super) fn checked(mut self, limits: &Limits) -> Result<(Self, Mailbox), MessageError> {
        self.headers.retain(|header| !header.value().is_empty());
        self.check_singletons()?;
        self.take_return_path()?;
        let from = self.sender()?;
        self.check_recipients(limits.recipients)?;
        one_click::add_headers(&mut self)?;
        self.text = self.text.map(|text| normal("text", text)).transpose()?.flatten();
        self.html = self.html.map(|html| normal("HTML", html)).transpose()?.flatten();
        if self.text.is_none() && self.html.is_none() {
            return Err(MessageError::NoBody);
        }
        self.check_attachments(limits.attachments)?;
        Ok((self, from))
    }

    /// The mailboxes of the first header of that name, however spelled; none if there is no such
    /// header.
    #[must_use]
    pub fn mailboxes(&self, name: &str) -> &[Mailbox] {
        match self.headers.iter().find(|header| header.name().is(name)).map(Header::value) {
            Some(HeaderValue::Mailboxes(mailboxes)) => mailboxes,
            _ => &[],
        }
    }

    /// Puts this header in the place of all of its name, or behind the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::message::{Draft, Header};
    ///
    /// let mut draft = Draft { headers: vec![Header::parse("subject", "Hi")?], ..Draft::default() };
    /// draft.set_header(Header::parse("Subject", "Good day")?);
    /// assert_eq!(draft.headers.len(), 1);
    /// assert_eq!(draft.headers[0].value().to_string(), "Good day");
    /// # Ok::<(), mailmethod::message::MessageError>(())
    /// ```
    pub fn set_header(&mut self, header: Header) {
        let at = self.headers.iter().position(|other| other.name() == header.name());
        self.headers.retain(|other| other.name() != header.name());
        let at = at.unwrap_or(self.headers.len()).min(self.headers.len());
        self.headers.insert(at, header);
    }

    fn check_singletons(&self) -> Result<(), MessageError> {
        for (index, header) in self.headers.iter().enumerate() {
            let name = header.name();
            if name.is_singleton()
                && self.headers.iter().skip(index + 1).any(|later| later.name() == name)
            {
                return Err(MessageError::RepeatedHeader { name: name.to_string() });
            }
        }
        Ok(())
    }

    /// Makes a header `Return-Path` the envelope's sender: only the last server writes that header
    /// (RFC 5321 §4.4).
    fn take_return_path(&mut self) -> Result<(), MessageError> {
        let Some(at) = self.headers.iter().position(|header| header.name().is("Return-Path"))
        else {
            return Ok(());
        };
        let header = self.headers.remove(at);
        if self.return_path.is_some() {
            return Err(MessageError::RepeatedHeader { name: header.name().to_string() });
        }
        if let HeaderValue::Mailboxes(mailboxes) = header.value() {
            at_most_one("mailboxes in Return-Path", mailboxes)?;
            self.return_path = mailboxes.first().map(|mailbox| Some(mailbox.address().clone()));
        }
        Ok(())
    }

    fn sender(&self) -> Result<Mailbox, MessageError> {
        let from = self.mailboxes("From");
        at_most_one("mailboxes in From", from)?;
        at_most_one("mailboxes in Sender", self.mailboxes("Sender"))?;
        from.first().cloned().ok_or(MessageError::NoSender)
    }

    fn check_recipients(&self, limit: usize) -> Result<(), MessageError> {
        let found: usize = ["To", "Cc", "Bcc"].map(|name| self.mailboxes(name).len()).iter().sum();
        if found == 0 {
            return Err(MessageError::NoRecipient);
        }
        within("recipients", found, limit)
    }

    fn check_attachments(&self, limit: usize) -> Result<(), MessageError> {
        let octets = self.attachments.iter().map(|part| part.content().len()).sum();
        within("octets of attachments", octets, limit)?;
        let mut seen = HashSet::new();
        for id in self.attachments.iter().filter_map(Attachment::content_id) {
            if !seen.insert(id) {
                return Err(MessageError::Unsafe {
                    what: "content id",
                    text: id.to_owned(),
                    reason: "stands twice",
                });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Draft {
    /// Shows names and sizes, no body and no value of a header: both may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("method", &self.method)
            .field("locale", &self.locale)
            .field("headers", &self.headers)
            .field("text_octets", &self.text.as_deref().map(str::len))
            .field("html_octets", &self.html.as_deref().map(str::len))
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

/// Refuses what is over its limit.
pub(super) fn within(what: &'static str, found: usize, limit: usize) -> Result<(), MessageError> {
    if found > limit { Err(MessageError::Limit { what, found, limit }) } else { Ok(()) }
}

fn at_most_one(what: &'static str, mailboxes: &[Mailbox]) -> Result<(), MessageError> {
    within(what, mailboxes.len(), 1)
}

/// A body with LF line ends and exactly one at its end; none if nothing else is there.
fn normal(what: &'static str, mut body: String) -> Result<Option<String>, MessageError> {
    // One pass without a branch in it, which the compiler turns into wide instructions.
    let least = |(nul, cr): (u8, u8), octet: u8| (nul.min(octet), cr.min(octet ^ b'\r'));
    let (nul, cr) = body.bytes().fold((u8::MAX, u8::MAX), least);
    if nul == 0 {
        // No more of it: a body is in no error.
        let text = "\0".to_owned();
        return Err(MessageError::Unsafe { what, text, reason: "holds a NUL" });
    }
    if cr == 0 {
        body = body.replace("\r\n", "\n").replace('\r', "\n");
    }
    body.truncate(body.trim_end_matches('\n').len());
    if body.is_empty() {
        return Ok(None);
    }
    body.push('\n');
    Ok(Some(body))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[track_caller]
    fn check(body: &str, expected: Option<&str>) {
        assert_eq!(normal("text", body.to_owned()).unwrap().as_deref(), expected, "{body:?}");
    }

    #[test]
    fn a_body_has_plain_line_ends_and_one_at_its_end() {
        check("a", Some("a\n"));
        check("a\r\nb\rc\n\n\r\n", Some("a\nb\nc\n"));
        check("\n a \n", Some("\n a \n"));
        check("a\r\r\nb", Some("a\n\nb\n"));
    }

    #[test]
    fn a_body_of_line_ends_alone_is_none() {
        check("", None);
        check("\r\n\r", None);
    }

    #[test]
    fn the_error_for_a_nul_shows_nothing_of_the_body() {
        let error = normal("text", "secret\0secret".to_owned()).unwrap_err();
        assert_eq!(error.to_string(), r#"text "\0" holds a NUL"#);
    }
}
