//! The rendering: what of a call's mail has rendered, and what has not.
//!
//! For people who work on a method: where one body fails they still see the other
//! one. Whoever sends takes a [`Mail`] or nothing.

use super::assemble::{self, Assembled};
use super::{Call, CallError, MailMethod};
use crate::message::{Limits, Mail};
use crate::source::Finding;

/// What of a call's mail has rendered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rendering {
    /// The mail, if nothing is wrong.
    pub mail: Option<Mail>,
    /// The headers that have rendered, in order: name and value.
    pub headers: Vec<(String, String)>,
    /// The text body, if it has rendered.
    pub text: Option<String>,
    /// The HTML body, if it has rendered.
    pub html: Option<String>,
    /// What is wrong; none if there is a mail.
    pub findings: Vec<Finding>,
}

impl MailMethod {
    /// Renders the method as [`call`](Self::call) does; where it fails, what has rendered is there
    /// beside the findings.
    ///
    /// # Errors
    ///
    /// [`CallError::Arguments`]: with wrong arguments nothing is rendered.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::message::Limits;
    /// use mailmethod::{Call, MailMethods};
    ///
    /// let methods = MailMethods::from_embedded([(
    ///     "hello.yaml",
    ///     "headers: {from: shop@example.test, to: ada@example.test, subject: Hi}\n\
    ///      arguments: {day: string}\ntext: Hello\nhtml: '{{ day | date }}'",
    /// )])?;
    /// let call = Call::new("hello").arg("day", "soon")?;
    /// let rendering = methods.find("hello")?.rendering(&call, &Limits::default())?;
    /// assert!(rendering.mail.is_none() && rendering.html.is_none());
    /// assert_eq!(rendering.text.as_deref(), Some("Hello"));
    /// assert_eq!(rendering.findings.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rendering(&self, call: &Call, limits: &Limits) -> Result<Rendering, CallError> {
        let begun = assemble::begin(self, call, false)?;
        let headers = begun.draft.headers.iter();
        let headers =
            headers.map(|header| (header.name().to_string(), header.value().to_string())).collect();
        let (text, html) = (begun.draft.text.clone(), begun.draft.html.clone());
        let (mail, findings) = match begun.finish(self, limits) {
            Ok(Assembled { mail, .. }) => (Some(mail), Vec::new()),
            Err(error) => (None, error.findings()),
        };
        Ok(Rendering { mail, headers, text, html, findings })
    }
}
