//! One click: how a mail's only recipient unsubscribes.
//!
//! Rendering knows neither key nor day, so a mail holds the token of previews;
//! the stamp, which brings the day, puts the recipient's own in its place.
//!
//! RFC 8058.

use std::fmt;
use std::sync::Arc;

use super::draft::within;
use super::{Draft, Header, HeaderValue, Mail, MessageError, Stamp};
use crate::unsubscribe::{PREVIEW_TOKEN, Unsubscribe};

/// What a recipient unsubscribes from, and where.
#[derive(Clone)]
pub struct OneClick {
    /// The URL and the keys.
    pub settings: Arc<Unsubscribe>,
    /// The name of the list: 1 to 64 letters, digits, `.`, `-`, `_` and `/`.
    pub list: Arc<str>,
}

impl OneClick {
    /// The headers of a preview: List-Unsubscribe and List-Unsubscribe-Post.
    fn headers(&self) -> Result<[Header; 2], MessageError> {
        Ok([
            Header::parse("List-Unsubscribe", &self.settings.header(PREVIEW_TOKEN))?,
            Header::parse("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?,
        ])
    }
}

impl fmt::Debug for OneClick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneClick").field(&self.list).finish()
    }
}

/// Adds the headers of one click to a draft: it has one recipient and none of them yet.
pub(super) fn add_headers(draft: &mut Draft) -> Result<(), MessageError> {
    let Some(one_click) = &draft.unsubscribe else { return Ok(()) };
    crate::unsubscribe::check_list(&one_click.list)
        .map_err(|source| MessageError::Unsubscribe { source })?;
    let recipients = ["To", "Cc", "Bcc"].map(|name| draft.mailboxes(name).len()).iter().sum();
    within("recipients of a mail with one-click unsubscribing", recipients, 1)?;
    let headers = one_click.headers()?;
    for header in headers {
        match draft.headers.iter().find(|other| other.name() == header.name()) {
            None => draft.headers.push(header),
            // A mail that was made a draft again.
            Some(other) if other.value() == header.value() => {}
            Some(_) => {
                return Err(MessageError::RepeatedHeader { name: header.name().to_string() });
            }
        }
    }
    Ok(())
}

impl Mail {
    /// The mail as it is sent under a stamp: with the unsubscribe token of its recipient and day.
    ///
    /// [`seal`](Self::seal) does this itself; who shows or keeps what was sent asks for it here.
    /// Under the stamp of previews, and without one-click unsubscribing, it is the same mail.
    ///
    /// # Errors
    ///
    /// [`MessageError::Unsubscribe`] if there is no key to sign with.
    pub fn stamped(&self, stamp: &Stamp) -> Result<Self, MessageError> {
        let draft = self.draft();
        let (Some(one_click), Some(_)) = (&draft.unsubscribe, stamp.id()) else {
            return Ok(self.clone());
        };
        let envelope = self.envelope();
        let recipient = envelope.addresses().next().map_or("", |address| address.as_str());
        let token = one_click
            .settings
            .token(recipient, &one_click.list, stamp.date())
            .map_err(|source| MessageError::Unsubscribe { source })?;
        let mut draft = draft.clone();
        draft.unsubscribe = None;
        for header in &mut draft.headers {
            let text = match header.value() {
                HeaderValue::Text(text) | HeaderValue::Structured(text) => text,
                HeaderValue::Mailboxes(_) | HeaderValue::Ids(_) => continue,
            };
            if text.contains(PREVIEW_TOKEN) {
                *header =
                    Header::parse(header.name().as_str(), &text.replace(PREVIEW_TOKEN, &token))?;
            }
        }
        for body in [&mut draft.text, &mut draft.html, &mut draft.preheader].into_iter().flatten() {
            *body = body.replace(PREVIEW_TOKEN, &token);
        }
        Ok(self.with(draft))
    }
}
