//! Staging: the mails of an open transaction, in memory, in call order.
//!
//! Every change is written behind the last one, and what is staged is read off
//! the whole. So a savepoint is the length of the list, and going back is to cut
//! the list there, whatever was added, amended or dropped meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::adapter::Adapter;
use crate::message::{Mail, Message, Stamp};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::queue::NewEntry;

use super::UnknownMail;

/// Names one staged mail; no other mail of this process has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StagedId(u64);

/// A mail that leaves if its transaction commits. Cloning it copies no bytes.
#[derive(Clone)]
pub struct StagedMail {
    id: StagedId,
    mail: Mail,
    message: Message,
    stamp: Stamp,
    /// Its way out, if it is handed over as the transaction commits.
    adapter: Option<Arc<dyn Adapter>>,
    /// What is queued, if there is a queue for it.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    entry: Option<Box<NewEntry>>,
}

impl StagedMail {
    /// A mail, sealed with this stamp, and its way out.
    #[must_use]
    pub fn new(mail: Mail, message: Message, stamp: Stamp, adapter: Arc<dyn Adapter>) -> Self {
        Self {
            id: StagedId::new(),
            mail,
            message,
            stamp,
            adapter: Some(adapter),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            entry: None,
        }
    }

    /// A mail that was made with this stamp, and that is queued.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[must_use]
    pub fn queued(mail: Mail, stamp: Stamp, entry: NewEntry) -> Self {
        let message = entry.message.clone();
        Self {
            id: StagedId::new(),
            mail,
            message,
            stamp,
            adapter: None,
            entry: Some(Box::new(entry)),
        }
    }

    /// The same mail with an entry for the queue, in case it cannot be handed over.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[must_use]
    pub fn with_entry(mut self, entry: NewEntry) -> Self {
        self.entry = Some(Box::new(entry));
        self
    }

    /// What is queued of it.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[must_use]
    pub fn entry(&self) -> Option<&NewEntry> {
        self.entry.as_deref()
    }

    /// Its name in the transaction.
    #[must_use]
    pub const fn id(&self) -> StagedId {
        self.id
    }

    /// The mail as it was rendered, still structured.
    #[must_use]
    pub const fn mail(&self) -> &Mail {
        &self.mail
    }

    /// The message as it will be sent.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// The stamp with which it was sealed.
    #[must_use]
    pub const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    pub(super) fn adapter(&self) -> Option<&Arc<dyn Adapter>> {
        self.adapter.as_ref()
    }
}

impl StagedId {
    /// An id that no other mail of this process has.
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for StagedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedMail")
            .field("id", &self.id)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// The mails of a transaction.
#[derive(Debug, Default)]
pub struct Staging {
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    /// A new mail, or another one in the place of the mail with this id.
    Put(StagedId, Box<StagedMail>),
    Drop(StagedId),
}

impl Staging {
    /// Adds a mail behind the others.
    pub fn stage(&mut self, mail: StagedMail) -> StagedId {
        let id = mail.id;
        self.changes.push(Change::Put(id, Box::new(mail)));
        id
    }

    /// Puts another mail in the place of one; it takes over the id and the place in the order.
    ///
    /// # Errors
    ///
    /// [`UnknownMail`] if that is not staged (any more).
    pub fn amend(&mut self, id: StagedId, mail: StagedMail) -> Result<(), UnknownMail> {
        self.find(id).ok_or(UnknownMail)?;
        self.changes.push(Change::Put(id, Box::new(StagedMail { id, ..mail })));
        Ok(())
    }

    /// Drops a mail.
    ///
    /// # Errors
    ///
    /// [`UnknownMail`] if it is not staged (any more).
    pub fn unstage(&mut self, id: StagedId) -> Result<(), UnknownMail> {
        self.find(id).ok_or(UnknownMail)?;
        self.changes.push(Change::Drop(id));
        Ok(())
    }

    /// The mail of an id, as it is now.
    #[must_use]
    pub fn find(&self, id: StagedId) -> Option<&StagedMail> {
        let last = self.changes.iter().rev().find(|change| match change {
            Change::Put(of, _) | Change::Drop(of) => *of == id,
        });
        match last? {
            Change::Put(_, mail) => Some(mail),
            Change::Drop(_) => None,
        }
    }

    /// The mails that are staged now, in the order in which they were first staged.
    #[must_use]
    pub fn mails(&self) -> Vec<&StagedMail> {
        let mut mails: Vec<Option<&StagedMail>> = Vec::new();
        let mut places: HashMap<StagedId, usize> = HashMap::new();
        for change in &self.changes {
            let (id, mail) = match change {
                Change::Put(id, mail) => (id, Some(&**mail)),
                Change::Drop(id) => (id, None),
            };
            let place = *places.entry(*id).or_insert(mails.len());
            match mails.get_mut(place) {
                Some(there) => *there = mail,
                None => mails.push(mail),
            }
        }
        mails.into_iter().flatten().collect()
    }

    /// A mark to go back to: how many changes there were.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Forgets what came after a mark.
    pub fn truncate(&mut self, mark: usize) {
        self.changes.truncate(mark);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{StagedMail, Staging};
    use crate::adapter::NullAdapter;
    use crate::message::{Draft, Header, Limits, Mail, Stamp};

    fn mail(subject: &str) -> StagedMail {
        let headers = [("from", "a@x.test"), ("to", "b@x.test"), ("subject", subject)];
        let headers = headers.map(|(name, value)| Header::parse(name, value).unwrap()).to_vec();
        let draft = Draft { headers, text: Some("Hi".to_owned()), ..Draft::default() };
        let mail = Mail::new(draft, &Limits::default()).unwrap();
        let stamp = Stamp::now();
        let message = mail.seal(&stamp, &Limits::default()).unwrap();
        StagedMail::new(mail, message, stamp, Arc::new(NullAdapter))
    }

    fn subjects(staging: &Staging) -> Vec<&str> {
        staging.mails().iter().map(|staged| staged.mail().subject()).collect()
    }

    #[test]
    fn going_back_undoes_what_was_added_amended_and_dropped() {
        let mut staging = Staging::default();
        let (one, two) = (staging.stage(mail("one")), staging.stage(mail("two")));
        let mark = staging.mark();
        staging.stage(mail("three"));
        staging.amend(one, mail("ONE")).unwrap();
        staging.unstage(two).unwrap();
        assert_eq!(subjects(&staging), ["ONE", "three"]);
        assert_eq!(staging.find(one).unwrap().mail().subject(), "ONE");
        assert!(staging.find(two).is_none());
        staging.truncate(mark);
        assert_eq!(subjects(&staging), ["one", "two"]);
        assert_eq!(staging.find(two).unwrap().id(), two);
    }

    #[test]
    fn an_amended_mail_keeps_its_place_and_its_id() {
        let mut staging = Staging::default();
        let (one, _two) = (staging.stage(mail("one")), staging.stage(mail("two")));
        staging.amend(one, mail("first")).unwrap();
        staging.amend(one, mail("still first")).unwrap();
        assert_eq!(subjects(&staging), ["still first", "two"]);
        assert_eq!(staging.mails()[0].id(), one);
    }

    #[test]
    fn a_mail_that_is_gone_can_neither_be_amended_nor_dropped() {
        let mut staging = Staging::default();
        let mark = staging.mark();
        let one = staging.stage(mail("one"));
        staging.truncate(mark);
        let two = staging.stage(mail("two"));
        assert!(staging.amend(one, mail("x")).is_err() && staging.unstage(one).is_err());
        staging.unstage(two).unwrap();
        assert!(staging.unstage(two).is_err() && staging.amend(two, mail("x")).is_err());
    }
}
