//! Copies: a new entry that sends again what an entry has sent, or should have.
//!
//! The bytes are the same but for the Message-ID, where the mail may have
//! arrived before: otherwise its reader's program would take it for the same.

use uuid::Uuid;

use super::database::{Arg, Column, Query, Session};
use super::entry::{EntryId, State};
use super::manage::{audited, note};
use super::pack::{packed, unpacked};
use super::recovery::wipe_secret;
use super::{QueueError, Store};
use crate::message::Address;

/// For how long a copy is tried, in microseconds.
const LIFETIME: i64 = 4 * 86_400 * 1_000_000;

/// What is copied.
struct Original {
    state: State,
    gated: bool,
    accepted: i64,
    message_id: String,
    own: Vec<u8>,
    secret: bool,
}

impl Store {
    /// Queues a mail once more, to everybody, with a new Message-ID; gives the new entry.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownEntry`] if it is not there, [`QueueError::NotPossible`] if it is still
    /// on its way or its content was wiped.
    pub async fn resend(&self, id: EntryId, actor: &str) -> Result<EntryId, QueueError> {
        self.copy(id, None, actor).await
    }

    /// Queues a mail to other recipients in place of its own; gives the new entry.
    ///
    /// If it has not left yet, the old entry is cancelled. Recipients that had accepted the mail
    /// keep it.
    ///
    /// # Errors
    ///
    /// As [`resend`](Self::resend); [`QueueError::NotPossible`] if it is being sent, or if there
    /// are no recipients.
    pub async fn redirect(
        &self,
        id: EntryId,
        to: &[Address],
        actor: &str,
    ) -> Result<EntryId, QueueError> {
        if to.is_empty() {
            let state = "without a recipient".to_owned();
            return Err(QueueError::NotPossible { action: "redirect", state });
        }
        self.copy(id, Some(to.to_vec()), actor).await
    }

    async fn copy(
        &self,
        id: EntryId,
        to: Option<Vec<Address>>,
        actor: &str,
    ) -> Result<EntryId, QueueError> {
        let action = if to.is_some() { "redirect" } else { "resend" };
        let actor = actor.to_owned();
        let copy = self
            .write(move |session| {
                Box::pin(async move { copy(session, id, to.as_deref(), action, &actor).await })
            })
            .await?;
        self.ring();
        Ok(copy)
    }
}

async fn copy(
    session: &mut Session<'_>,
    id: EntryId,
    to: Option<&[Address]>,
    action: &'static str,
    actor: &str,
) -> Result<EntryId, QueueError> {
    let original = original(session, id, action).await?;
    let possible = match to {
        None => original.state.is_final(),
        Some(_) => original.state != State::Sending,
    };
    if !possible {
        let state = match original.state {
            State::Sending if original.gated => "being sent, and past the gate".to_owned(),
            state => state.to_string(),
        };
        return Err(QueueError::NotPossible { action, state });
    }
    let (new, secret) = (EntryId(Uuid::now_v7()), original.secret);
    let arrived = original.accepted > 0 || original.state == State::Uncertain;
    let bytes = if to.is_none() || arrived {
        renamed(original, new)
    } else {
        Bytes { own: original.own, message_id: original.message_id, grown: 0 }
    };
    let own = if secret { bytes.own } else { packed(bytes.own) };
    insert(session, id, new, Bytes { own, ..bytes }).await?;
    match to {
        None => {
            let query = "INSERT INTO {recipient} (entry, place, kind, address) \
                 SELECT $2, place, kind, address FROM {recipient} WHERE entry = $1";
            session.run(Query::new(query).bind(id.0).bind(new.0)).await?;
        }
        Some(to) => {
            let columns = vec![
                Column::ints((0_i64..).take(to.len())),
                Column::texts(to.iter().map(Address::as_str)),
            ];
            let query = "INSERT INTO {recipient} (entry, place, kind, address) \
                 {values} $1, {1}, 'to', {2} {end}";
            session.run(Query::new(query).bind(new.0).batch(columns)).await?;
            let query = "UPDATE {entry} SET state = 'cancelled', done_at = {now}, reason = 'redirected' \
                 WHERE id = $1 AND state IN ('queued', 'held', 'uncertain')";
            session.run(Query::new(query).bind(id.0)).await?;
            wipe_secret(session, &[id.0]).await?;
        }
    }
    audited(session, actor, action, &id.to_string(), 1).await?;
    note(session, &[id.0], action, actor, &format!("{{\"as\":\"{new}\"}}")).await?;
    super::writer::ring(session).await?;
    Ok(new)
}

async fn original(
    session: &mut Session<'_>,
    id: EntryId,
    action: &'static str,
) -> Result<Original, QueueError> {
    let query = "SELECT e.state, e.gated_at IS NOT NULL, m.message_id, m.content, \
           (SELECT count(*) FROM {recipient} r WHERE r.entry = m.id AND r.outcome = 'accepted'), \
           m.secret \
         FROM {mail} m JOIN {entry} e ON e.id = m.id WHERE m.id = $1";
    // No mailer takes it on meanwhile.
    let lock = if session.dialect.is_postgres() { " FOR UPDATE OF e" } else { "" };
    let query = format!("{query}{lock}");
    let Some(row) = session.row(Query::new(query).bind(id.0)).await? else {
        return Err(QueueError::UnknownEntry { id: id.to_string() });
    };
    let mut row = row.read();
    let (state, gated) = (row.word(State::from_word)?, row.bool()?);
    let message_id = row.text()?;
    let Some(own) = row.maybe_bytes()? else {
        let state = format!("{state}, and its content was wiped");
        return Err(QueueError::NotPossible { action, state });
    };
    let (accepted, secret) = (row.int()?, row.bool()?);
    let Some(own) = unpacked(own) else {
        let state = format!("{state}, and its content is damaged");
        return Err(QueueError::NotPossible { action, state });
    };
    Ok(Original { state, gated, accepted, message_id, own, secret })
}

/// The bytes with a new Message-ID.
fn renamed(original: Original, new: EntryId) -> Bytes {
    let old = original.message_id.as_str();
    let domain =
        old.trim_end_matches('>').rsplit_once('@').map_or("mailmethod.invalid", |(_, d)| d);
    let message_id = format!("<{}@{domain}>", new.0.simple());
    let field = format!("Message-ID: {old}");
    let found = original.own.windows(field.len()).position(|octets| octets == field.as_bytes());
    // A folded one is left as it is: then the copy is taken for the same mail, and not for none.
    let Some(at) = found else {
        return Bytes { own: original.own, message_id: original.message_id, grown: 0 };
    };
    let mut own = Vec::with_capacity(original.own.len() + message_id.len());
    own.extend_from_slice(original.own.get(..at).unwrap_or_default());
    own.extend_from_slice(b"Message-ID: ");
    own.extend_from_slice(message_id.as_bytes());
    own.extend_from_slice(original.own.get(at + field.len()..).unwrap_or_default());
    let length = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let grown = length(own.len()) - length(original.own.len());
    Bytes { own, message_id, grown }
}

/// The bytes of a copy; once they are packed they are what is stored.
struct Bytes {
    own: Vec<u8>,
    message_id: String,
    /// By how many octets they are longer than the original's.
    grown: i64,
}

async fn insert(
    session: &mut Session<'_>,
    old: EntryId,
    new: EntryId,
    bytes: Bytes,
) -> Result<(), QueueError> {
    let Bytes { own, message_id, grown } = bytes;
    let query = "INSERT INTO {mail} (id, method, locale, revision, sender, message_id, subject, \
           attachments, secret, shown, arguments, origin, created_at, content) \
         SELECT $2, method, locale, revision, sender, $3, subject, attachments, secret, \
           shown, arguments, $4, {now}, $5 FROM {mail} WHERE id = $1";
    let query = Query::new(query)
        .bind(old.0)
        .bind(new.0)
        .bind(message_id)
        .bind(old.to_string())
        .bind(Arg::Bytes(Some(own.into())));
    session.run(query).await?;
    let query = "INSERT INTO {entry} (id, route, bulk, priority, size, state, due_at, expires_at, on_uncertain) \
         SELECT $2, route, bulk, priority, size + $4, 'queued', {now}, {now} + $3, on_uncertain \
         FROM {entry} WHERE id = $1";
    let query = Query::new(query).bind(old.0).bind(new.0).bind(LIFETIME).bind(grown);
    session.run(query).await?;
    // The head has grown, and the shared parts stand behind it.
    let query = "INSERT INTO {piece} (entry, place, start, hash) \
         SELECT $2, place, start + $3, hash FROM {piece} WHERE entry = $1";
    session.run(Query::new(query).bind(old.0).bind(new.0).bind(grown)).await.map(drop)
}
