//! The mail: rendered and checked, still structured, not yet bytes.
//!
//! Whoever holds a mail knows that it has one sender, a recipient and a body, and
//! that no header of it can leave its line. It has no date and no id: those come
//! with the stamp, at sealing.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::draft::Draft;
use super::{
    Attachment, Envelope, Field, Header, HeaderValue, Limits, Mailbox, MessageError, Recipient,
};

/// A rendered mail. Cloning it copies nothing.
///
/// # Examples
///
/// ```
/// use mailmethod::message::{Draft, Header, Limits, Mail, Stamp};
///
/// let draft = Draft {
///     headers: vec![
///         Header::parse("from", "Shop <shop@example.test>")?,
///         Header::parse("to", "Ada <ada@example.test>")?,
///         Header::parse("subject", "Grüße")?,
///     ],
///     text: Some("Hello, Ada!".to_owned()),
///     ..Draft::default()
/// };
/// let mail = Mail::new(draft, &Limits::default())?;
/// assert_eq!(mail.subject(), "Grüße");
/// assert_eq!(mail.text(), Some("Hello, Ada!\n"));
///
/// let message = mail.seal(&Stamp::preview(), &Limits::default())?;
/// assert!(message.id().ends_with("@preview.invalid>"));
/// # Ok::<(), mailmethod::message::MessageError>(())
/// ```
#[derive(Clone)]
pub struct Mail(Arc<Parts>);

struct Parts {
    draft: Draft,
    from: Mailbox,
}

impl Mail {
    /// Checks a draft as a whole.
    ///
    /// # Errors
    ///
    /// [`MessageError::NoSender`] without From, [`MessageError::NoRecipient`] without To, Cc and
    /// Bcc, [`MessageError::NoBody`] without text and HTML, [`MessageError::RepeatedHeader`] if
    /// one that stands once at most stands twice, [`MessageError::Limit`] for two mailboxes in
    /// From or what passes `limits`, [`MessageError::Unsafe`] for a NUL in a body or a content id
    /// that stands twice, [`MessageError::Unsubscribe`] for what is no name of a list.
    pub fn new(draft: Draft, limits: &Limits) -> Result<Self, MessageError> {
        let (draft, from) = draft.checked(limits)?;
        Ok(Self(Arc::new(Parts { draft, from })))
    }

    /// The parts of it, to be changed and checked again.
    #[must_use]
    pub fn to_draft(&self) -> Draft {
        self.0.draft.clone()
    }

    /// The name of the mail method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.draft.method
    }

    /// The locale it was rendered in; may be empty.
    #[must_use]
    pub fn locale(&self) -> &str {
        &self.0.draft.locale
    }

    /// The subject; empty if there is none.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self.value("Subject") {
            Some(HeaderValue::Text(subject)) => subject,
            _ => "",
        }
    }

    /// Who it is from.
    #[must_use]
    pub fn from(&self) -> &Mailbox {
        &self.0.from
    }

    /// Whom it is to, in order; may be empty.
    #[must_use]
    pub fn to(&self) -> &[Mailbox] {
        self.0.draft.mailboxes("To")
    }

    /// Who gets a copy, in order; may be empty.
    #[must_use]
    pub fn cc(&self) -> &[Mailbox] {
        self.0.draft.mailboxes("Cc")
    }

    /// Who gets a copy that no one else sees, in order; may be empty.
    #[must_use]
    pub fn bcc(&self) -> &[Mailbox] {
        self.0.draft.mailboxes("Bcc")
    }

    /// Where replies go, in order; empty means From.
    #[must_use]
    pub fn reply_to(&self) -> &[Mailbox] {
        self.0.draft.mailboxes("Reply-To")
    }

    /// The first header of that name, however spelled, decoded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.value(name).map(|value| match value {
            HeaderValue::Text(text) | HeaderValue::Structured(text) => Cow::Borrowed(text.as_str()),
            value => Cow::Owned(value.to_string()),
        })
    }

    /// The headers that were set, in order, Bcc included; none is empty.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.0.draft.headers
    }

    /// The text body: LF line ends, one at its end.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.0.draft.text.as_deref()
    }

    /// The HTML body: LF line ends, one at its end.
    #[must_use]
    pub fn html(&self) -> Option<&str> {
        self.0.draft.html.as_deref()
    }

    /// What inboxes show beside the subject, if the method says so; it stands in the HTML body.
    #[must_use]
    pub fn preheader(&self) -> Option<&str> {
        self.0.draft.preheader.as_deref()
    }

    /// The attachments, inline ones included, in order.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        &self.0.draft.attachments
    }

    /// Sender and recipients: the return path, else From's address; To, then Cc, then Bcc, an
    /// address named twice once.
    #[must_use]
    pub fn envelope(&self) -> Envelope {
        let sender = match &self.0.draft.return_path {
            Some(path) => path.clone(),
            None => Some(self.0.from.address().clone()),
        };
        let fields = [(self.to(), Field::To), (self.cc(), Field::Cc), (self.bcc(), Field::Bcc)];
        let mut recipients = Vec::with_capacity(fields.iter().map(|(list, _)| list.len()).sum());
        for (mailboxes, field) in fields {
            recipients.extend(
                mailboxes.iter().map(|one| Recipient { address: one.address().clone(), field }),
            );
        }
        Envelope::of(sender, recipients)
    }

    pub(super) fn draft(&self) -> &Draft {
        &self.0.draft
    }

    /// The same mail with another draft, which is as sound as this one.
    pub(super) fn with(&self, draft: Draft) -> Self {
        Self(Arc::new(Parts { draft, from: self.0.from.clone() }))
    }

    pub(super) fn value(&self, name: &str) -> Option<&HeaderValue> {
        self.headers().iter().find(|header| header.name().is(name)).map(Header::value)
    }
}

impl fmt::Debug for Mail {
    /// Shows names and sizes, no body and no value of a header: both may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mail").field(&self.0.draft).finish()
    }
}
