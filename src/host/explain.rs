//! The explanation of a mail by its host: what interceptors and the policy do to it as well.

use std::sync::PoisonError;

use super::mail_host::MailHost;
use crate::message::{Header, HeaderName, Limits, Mail, Stamp};
use crate::method::{
    Call, CallError, Explained, ExplainedHeader, ExplainedRecipient, MailMethod, ToCall,
    ValueOrigin,
};

impl MailHost {
    /// Renders a call as [`render`](Self::render) does, and tells where each header, each body and
    /// each recipient comes from: mailmethod, a folder's `_defaults.yaml`, the method, a locale, the
    /// call, an interceptor, or the setting `redirect`. Nothing is sent.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render).
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::message::Header;
    /// use mailmethod::{Call, MailHost, MailMethods};
    ///
    /// let methods = MailMethods::from_embedded([(
    ///     "hello.yaml",
    ///     "headers: {to: ada@example.test, from: shop@example.test}\ntext: Hello!",
    /// )])?;
    /// let host = MailHost::builder()
    ///     .methods(methods)
    ///     .interceptor("stage", |draft| {
    ///         draft.set_header(Header::parse("X-Stage", "test").map_err(|error| error.to_string())?);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// let explained = host.explain(&Call::new("hello"))?;
    /// let stage = explained.headers.iter().find(|header| header.name == "X-Stage").unwrap();
    /// assert_eq!(stage.origin.to_string(), "the interceptor `stage`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, call: &dyn ToCall) -> Result<Explained, CallError> {
        let call = call.to_call();
        let methods = self.0.methods.read().unwrap_or_else(PoisonError::into_inner);
        self.explained(methods.find(call.method())?, &call, methods.limits())
    }

    /// The same of a method that may be newer than the host's.
    pub(crate) fn explained(
        &self,
        method: &MailMethod,
        call: &Call,
        limits: &Limits,
    ) -> Result<Explained, CallError> {
        let mut explained = method.explain(call, limits)?;
        for (name, changed) in self.0.interceptors.steps(explained.mail.clone(), limits) {
            let changed = changed?;
            changed_by(&ValueOrigin::Interceptor(name), &mut explained, &changed);
            explained.mail = changed;
        }
        explained.explain_envelope();
        self.explain_policy(&mut explained);
        Ok(explained)
    }

    /// A mail as the interceptors leave it.
    #[cfg(all(feature = "manage", any(feature = "sqlite", feature = "postgres")))]
    pub(crate) fn intercepted(&self, mail: Mail, limits: &Limits) -> Result<Mail, CallError> {
        self.0.interceptors.apply(mail, limits)
    }

    /// What the settings `redirect` and `allow` make of the recipients.
    fn explain_policy(&self, explained: &mut Explained) {
        let policy = &self.0.settings.policy;
        if !policy.redirect.is_empty() {
            let seen = explained.recipients.iter();
            let seen = seen.filter(|one| one.origin != ValueOrigin::Derived("Bcc"));
            let original = seen.map(|one| {
                let (name, value) = ("X-Original-To".to_owned(), Some(one.address.to_string()));
                ExplainedHeader::new(name, value, ValueOrigin::Redirect)
            });
            let original: Vec<ExplainedHeader> = original.collect();
            explained.headers.splice(0..0, original);
            let redirected = policy.redirect.iter();
            explained.recipients = redirected
                .map(|address| ExplainedRecipient::new(address.clone(), ValueOrigin::Redirect))
                .collect();
        }
        for recipient in &mut explained.recipients {
            recipient.is_blocked = !policy.allows(&recipient.address);
        }
    }
}

/// Notes which headers and bodies are another's now.
fn changed_by(origin: &ValueOrigin, explained: &mut Explained, mail: &Mail) {
    let before = &explained.mail;
    let differs = |name: &str| values(before, name) != values(mail, name);
    let sealed = mail.sealed_headers(&Stamp::preview());
    let blind = mail.header("Bcc").map(|value| ("Bcc".to_owned(), value.into_owned()));
    let known = explained.headers.clone();
    let mut headers: Vec<ExplainedHeader> = sealed
        .into_iter()
        .chain(blind)
        .map(|(name, value)| {
            let mut of_name = known.iter().filter(|one| one.name == name);
            let same = of_name.clone().find(|one| one.value.as_deref() == Some(value.as_str()));
            match same.or_else(|| of_name.next()) {
                Some(one) if !differs(&name) => {
                    ExplainedHeader { value: Some(value), ..one.clone() }
                }
                _ => ExplainedHeader::new(name, Some(value), origin.clone()),
            }
        })
        .collect();
    let gone = known.into_iter().filter(|one| !headers.iter().any(|now| now.name == one.name));
    let gone: Vec<ExplainedHeader> = gone
        .map(|one| match one.value {
            None => one,
            Some(_) => ExplainedHeader::new(one.name, None, origin.clone()),
        })
        .collect();
    headers.extend(gone);
    let bodies = [
        ("text", before.text() != mail.text(), mail.text().is_some()),
        ("html", before.html() != mail.html(), mail.html().is_some()),
    ];
    for (part, is_changed, is_there) in bodies.into_iter().filter(|(_, changed, _)| *changed) {
        explained.bodies.retain(|(name, _)| *name != part);
        if is_changed && is_there {
            explained.bodies.push((part, origin.clone()));
        }
    }
    explained.headers = headers;
}

/// All values of the headers of that name.
fn values<'a>(mail: &'a Mail, name: &str) -> Vec<&'a crate::message::HeaderValue> {
    let Ok(name) = HeaderName::new(name) else { return Vec::new() };
    mail.headers().iter().filter(|header| *header.name() == name).map(Header::value).collect()
}
