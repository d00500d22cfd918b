//! The interceptor: what an application does to each mail before it is sealed.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::message::{Draft, Limits, Mail};
use crate::method::CallError;

type Intercept = dyn Fn(&mut Draft) -> Result<(), Veto> + Send + Sync;

/// Why an interceptor lets no mail be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veto(String);

impl Veto {
    /// A veto for this reason, which the caller is told.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl From<&str> for Veto {
    fn from(reason: &str) -> Self {
        Self::new(reason)
    }
}

impl From<String> for Veto {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

/// The interceptors of a host, in order.
#[derive(Clone, Default)]
pub(super) struct Interceptors(Vec<(Arc<str>, Arc<Intercept>)>);

impl Interceptors {
    pub(super) fn add(
        &mut self,
        name: Arc<str>,
        intercept: impl Fn(&mut Draft) -> Result<(), Veto> + Send + Sync + 'static,
    ) {
        self.0.push((name, Arc::new(intercept)));
    }

    /// Lets all of them change the mail; it is checked as a whole after each.
    pub(super) fn apply(&self, mail: Mail, limits: &Limits) -> Result<Mail, CallError> {
        self.0.iter().try_fold(mail, |mail, one| changed(one, &mail, limits))
    }

    /// The same one by one: the name of each, and the mail that it leaves; ends behind one that
    /// refuses.
    pub(super) fn steps<'a>(
        &'a self,
        mail: Mail,
        limits: &'a Limits,
    ) -> impl Iterator<Item = (Arc<str>, Result<Mail, CallError>)> + 'a {
        let mut mail = Some(mail);
        self.0.iter().map_while(move |one| {
            let left = changed(one, &mail.take()?, limits);
            mail = left.as_ref().ok().cloned();
            Some((Arc::clone(&one.0), left))
        })
    }
}

/// The mail as an interceptor leaves it.
fn changed(
    (name, intercept): &(Arc<str>, Arc<Intercept>),
    mail: &Mail,
    limits: &Limits,
) -> Result<Mail, CallError> {
    let refused = |reason: String| CallError::Intercepted {
        method: mail.method().to_owned(),
        interceptor: name.to_string(),
        reason,
    };
    let mut draft = mail.to_draft();
    // A mailer also calls it, for the calls of other programs, and has to go on.
    catch_unwind(AssertUnwindSafe(|| intercept(&mut draft)))
        .map_err(|_payload| refused("it panicked".to_owned()))?
        .map_err(|Veto(reason)| refused(reason))?;
    Mail::new(draft, limits).map_err(|error| refused(error.to_string()))
}

impl fmt::Debug for Interceptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
