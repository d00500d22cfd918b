//! Queueing: calls by name become entries of the host's store.

use jiff::Timestamp;
use serde_json::json;
use tracing::{Instrument, info_span};
use uuid::Uuid;

use super::error::EnqueueError;
use super::mail_host::MailHost;
use crate::message::{Mail, Message, Stamp};
use crate::method::{Composed, DOTS, Due, MailKind, MailMethod, Terms, ToCall, Wake, each};
use crate::queue::{self, CallerConnection, EntryId, Key, NewEntry, QueueError, Store};

/// How many mails are rendered before they are shown to observers.
const RENDERED: usize = 256;

impl MailHost {
    /// The store of the queue, opened at its first use.
    ///
    /// It is the one that the builder or the settings name, else `sqlite:mailmethod.db`.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub async fn store(&self) -> Result<Store, QueueError> {
        let opened = self.shared().store.get_or_try_init(|| async { self.source()?.open().await });
        opened.await.cloned()
    }

    /// Queues a mail, durably, in a transaction of its own; gives its id.
    ///
    /// It is rendered and sealed now: what is queued is what will be sent, on every attempt.
    ///
    /// # Errors
    ///
    /// [`EnqueueError`]; nothing is queued then, unless the connection to the database was lost.
    ///
    /// # Cancel safety
    ///
    /// A cancelled call may or may not have queued the mail; a [key](crate::Call::key) makes it safe to
    /// call again.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(all(feature = "sqlite", feature = "testing"))]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use mailmethod::{Call, MailHost};
    ///
    /// let host = MailHost::for_tests("templates").await?;
    /// let call = Call::new("account/welcome").args(&[("name", "Ada"), ("email", "ada@example.test")])?;
    /// let id = host.queue(&call).await?;
    /// host.inbox().assert_empty(); // queued, and not sent
    ///
    /// host.tick(Duration::ZERO).await?; // a mailer's turn
    /// assert_eq!(host.inbox().only().subject(), "Welcome, Ada");
    /// assert_eq!(host.store().await?.detail(id).await?.summary.state.as_str(), "sent");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "sqlite", feature = "testing")))]
    /// # fn main() {}
    /// ```
    pub async fn queue(&self, call: &dyn ToCall) -> Result<EntryId, EnqueueError> {
        self.queue_or_find(call).await.map(|(id, _new)| id)
    }

    /// Queues a mail as [`queue`](Self::queue) does; gives besides whether it is new, which it is
    /// not where its key has an entry with the same content.
    ///
    /// # Errors
    ///
    /// As [`queue`](Self::queue).
    pub async fn queue_or_find(&self, call: &dyn ToCall) -> Result<(EntryId, bool), EnqueueError> {
        let entry = self.entry(call, new_id())?;
        let (id, span, sealed) = (entry.id, span_of(&entry), Sealed::of(&entry));
        let ids = async { self.store().await?.insert(vec![entry]).await }.instrument(span).await?;
        let queued = self.told(&sealed, ids.first().copied());
        Ok((queued, queued == id))
    }

    /// Queues mails, all or none, with one commit; gives their ids, in order.
    ///
    /// Many are rendered on several threads; observers are told of them in order, on this one.
    ///
    /// # Errors
    ///
    /// As [`queue`](Self::queue); the first call that gives no mail, or whose key is taken, keeps
    /// all from being queued.
    pub async fn queue_many<C: ToCall>(
        &self,
        calls: impl IntoIterator<Item = C>,
    ) -> Result<Vec<EntryId>, EnqueueError> {
        let calls: Vec<(C, Uuid)> = calls.into_iter().map(|call| (call, new_id())).collect();
        let mut entries = Vec::with_capacity(calls.len());
        let mut packed = Vec::with_capacity(calls.len());
        let render = |(call, id): &(C, Uuid)| {
            self.composed(call, &Ids::New(*id)).map(|prepared| {
                let own = queue::own_of(&prepared.entry);
                (prepared, own)
            })
        };
        for some in calls.chunks(RENDERED) {
            for rendered in each(some, render) {
                let (prepared, own) = rendered?;
                entries.push(self.observed(prepared));
                packed.push(own);
            }
        }
        let span = info_span!("queue_many", mails = entries.len());
        let sealed: Vec<Sealed> = entries.iter().map(Sealed::of).collect();
        let ids = async { self.store().await?.insert_packed(entries, packed).await }
            .instrument(span)
            .await?;
        Ok(sealed.iter().zip(ids).map(|(sealed, id)| self.told(sealed, Some(id))).collect())
    }

    /// Queues a mail in the caller's own sqlx transaction: it is sent if and only if that commits.
    ///
    /// The transaction must be on the database of the host's store. Whatever fails, it can go on.
    /// The store's tables must be there: call [`store`](Self::store) once when the application
    /// starts.
    /// A mailer notices the commit by itself: at once on PostgreSQL, within 250 ms on SQLite, or
    /// as soon as [`wake`](Self::wake) is called.
    ///
    /// # Errors
    ///
    /// [`EnqueueError`]; [`QueueError::OtherDatabase`] if the transaction is on another database.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(all(feature = "sqlite", feature = "testing"))]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::time::Duration;
    /// # use mailmethod::{Call, MailHost};
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("shop.db");
    /// # let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    /// # let pool = sqlx::SqlitePool::connect_with(options).await?;
    /// # sqlx::query("CREATE TABLE customer (name TEXT)").execute(&pool).await?;
    /// let host = MailHost::for_tests_on("templates", &pool).await?;
    /// let call = Call::new("account/welcome").args(&[("name", "Ada"), ("email", "ada@example.test")])?;
    ///
    /// let mut tx = pool.begin().await?;
    /// sqlx::query("INSERT INTO customer VALUES ('Ada')").execute(&mut *tx).await?;
    /// host.queue_in(&mut tx, &call).await?;
    /// tx.rollback().await?;
    /// host.tick(Duration::ZERO).await?;
    /// host.inbox().assert_empty(); // no customer, no mail
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "sqlite", feature = "testing")))]
    /// # fn main() {}
    /// ```
    pub async fn queue_in<C: CallerConnection + ?Sized>(
        &self,
        transaction: &mut C,
        call: &dyn ToCall,
    ) -> Result<EntryId, EnqueueError> {
        let entry = self.entry(call, new_id())?;
        let (span, sealed) = (span_of(&entry), Sealed::of(&entry));
        let ids = async { self.store().await?.insert_in(transaction, &[entry]).await };
        let ids = ids.instrument(span).await?;
        Ok(self.told(&sealed, ids.first().copied()))
    }

    /// Wakes the mailer of this host: mail was committed that it may not have noticed yet.
    pub fn wake(&self) {
        if let Some(store) = self.shared().store.get() {
            store.ring();
        }
    }

    /// Tells whoever observes that a sealed mail is queued, and gives the id under which it is: not
    /// its own if it was queued before.
    pub(super) fn told(&self, sealed: &Sealed, id: Option<EntryId>) -> EntryId {
        let Sealed { id: own, method, message } = sealed;
        if id.is_none_or(|id| id == *own) {
            tracing::debug!(entry = %own, method, message_id = message.id(), "queued");
            self.shared().observers.queued(*own, message);
        }
        id.unwrap_or(*own)
    }

    /// Renders, seals and describes the mail of a call as an entry of this id, and shows it to
    /// whoever observes.
    pub(super) fn entry(&self, call: &dyn ToCall, id: Uuid) -> Result<NewEntry, EnqueueError> {
        self.composed(call, &Ids::New(id)).map(|prepared| self.observed(prepared))
    }

    /// Shows a mail to whoever observes.
    fn observed(&self, Prepared { mail, entry, .. }: Prepared) -> NewEntry {
        self.shared().observers.sealed(&mail, &entry.message);
        entry
    }

    /// Renders, seals and describes the mail of a call.
    pub(super) fn composed(&self, call: &dyn ToCall, ids: &Ids) -> Result<Prepared, EnqueueError> {
        let call = call.to_call();
        let methods = self.methods();
        let method = methods.find(call.method()).map_err(EnqueueError::Call)?;
        let mut composed = method.compose(&call, methods.limits()).map_err(EnqueueError::Call)?;
        let interceptors = &self.shared().interceptors;
        composed.mail =
            interceptors.apply(composed.mail, methods.limits()).map_err(EnqueueError::Call)?;
        let terms = method.terms(&call);
        let stamp = match ids {
            Ids::New(id) => Stamp::new(date(&terms), *id),
            Ids::Of(stamp) => *stamp,
        };
        composed.mail = composed.mail.stamped(&stamp).map_err(EnqueueError::Message)?;
        let sealed = composed.mail.seal(&stamp, methods.limits());
        let message = sealed.map_err(EnqueueError::Message)?;
        let mail = composed.mail.clone();
        let entry = entry(method, composed, &terms, message, &stamp);
        Ok(Prepared { mail, entry, stamp })
    }
}

/// What is told of a mail once it is queued.
pub(super) struct Sealed {
    id: EntryId,
    method: String,
    message: Message,
}

impl Sealed {
    pub(super) fn of(entry: &NewEntry) -> Self {
        Self { id: entry.id, method: entry.method.clone(), message: entry.message.clone() }
    }
}

/// With which stamp a mail is sealed.
pub(super) enum Ids {
    /// One with this id, of the time at which the mail is due.
    New(Uuid),
    /// This one.
    Of(Stamp),
}

/// A mail, the entry that was made of it, and the stamp of its message.
pub(super) struct Prepared {
    pub(super) mail: Mail,
    pub(super) entry: NewEntry,
    pub(super) stamp: Stamp,
}

/// What one follows a mail by.
fn span_of(entry: &NewEntry) -> tracing::Span {
    info_span!(
        "queue",
        entry = %entry.id,
        method = entry.method,
        message_id = entry.message.id(),
    )
}

fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// The date that the message carries: when it is due, or now.
fn date(terms: &Terms) -> Timestamp {
    let now = Stamp::time();
    match terms.due {
        None => now,
        Some(Due::At(time)) => time.max(now),
        Some(Due::After(delay)) => now.checked_add(delay).unwrap_or(now),
    }
}

fn entry(
    method: &MailMethod,
    composed: Composed,
    terms: &Terms,
    message: Message,
    stamp: &Stamp,
) -> NewEntry {
    let Composed { mail, key, arguments, secret_headers } = composed;
    let micros =
        |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let hidden = |name: &str| {
        secret_headers
            .as_ref()
            .is_some_and(|names| names.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)))
    };
    let subject = if hidden("Subject") { DOTS.to_owned() } else { mail.subject().to_owned() };
    NewEntry {
        id: EntryId::from(stamp.id().unwrap_or_else(new_id)),
        route: method.adapter().to_owned(),
        bulk: method.kind() == MailKind::Bulk,
        priority: terms.priority,
        due: match terms.due {
            None => queue::Due::In(0),
            Some(Due::After(delay)) => queue::Due::In(micros(delay)),
            Some(Due::At(time)) => queue::Due::At(time),
        },
        // Further than any clock goes is for ever.
        expires_in: micros(terms.expires).min(100 * 365 * 86_400 * 1_000_000),
        on_uncertain: terms.on_uncertain,
        key: key.map(|(key, content)| Key { key, content, on_conflict: terms.on_conflict }),
        method: method.name().to_owned(),
        locale: mail.locale().to_owned(),
        revision: Some(method.revision().to_owned()),
        subject,
        arguments,
        attachments: mail.attachments().len(),
        secret: secret_headers.is_some().then(|| shown(&mail, stamp, hidden)),
        origin: None,
        wake: terms.wake == Wake::Immediate,
        message,
    }
}

/// What people may see of a mail whose content is secret: its headers but for those that hold a
/// secret, and its structure.
fn shown(mail: &Mail, stamp: &Stamp, hidden: impl Fn(&str) -> bool) -> String {
    let headers: Vec<(String, String)> = mail
        .sealed_headers(stamp)
        .into_iter()
        .map(|(name, value)| {
            let value = if hidden(&name) { DOTS.to_owned() } else { value };
            (name, value)
        })
        .collect();
    let parts: Vec<serde_json::Value> = mail
        .attachments()
        .iter()
        .map(|part| {
            json!({
                "content_type": part.content_type().to_string(),
                "disposition": part.disposition().as_str(),
                "size": part.content().len(),
            })
        })
        .collect();
    let octets = |body: Option<&str>| body.map(str::len);
    json!({
        "headers": headers,
        "text": octets(mail.text()),
        "html": octets(mail.html()),
        "attachments": parts,
    })
    .to_string()
}
