//! A transaction whose mail is queued, or goes on in the queue where it was not taken.

use super::{CommitError, Committed, StageError};
use crate::adapter::Receipt;
use crate::host::MailHost;
use crate::host::queueing::{Ids, Prepared};
use crate::mailer::{Retry, adopt};
use crate::message::Stamp;
use crate::method::ToCall;
use crate::outbox::{Fallback, QueuedOutbox, StagedMail};
use crate::queue::NewEntry;
use crate::transaction::{self, BoxError};

/// Renders and seals a call, with this stamp or one of its own, to be queued.
pub(super) fn staged(
    host: &MailHost,
    call: &dyn ToCall,
    stamp: Option<Stamp>,
) -> Result<StagedMail, StageError> {
    let ids = stamp.map_or_else(|| Ids::New(uuid::Uuid::now_v7()), Ids::Of);
    let Prepared { mail, entry, stamp } = host.composed(call, &ids)?;
    host.look(&mail, &entry.message);
    Ok(StagedMail::queued(mail, stamp, entry))
}

/// Gives a mail that is handed over an entry for the queue, in case it is not taken.
pub(super) fn with_entry(
    host: &MailHost,
    call: &dyn ToCall,
    staged: StagedMail,
) -> Result<StagedMail, StageError> {
    let prepared = host.composed(call, &Ids::Of(*staged.stamp()))?;
    Ok(staged.with_entry(prepared.entry))
}

/// Commits with the queue as the last participant.
pub(super) async fn commit(
    host: &MailHost,
    core: transaction::Transaction,
    mails: &[StagedMail],
) -> Result<Committed, CommitError> {
    let entries: Vec<NewEntry> = mails.iter().filter_map(|mail| mail.entry().cloned()).collect();
    let outbox = async {
        let store = host.store().await?;
        QueuedOutbox::new(store, entries).await
    };
    let (outbox, mut ids) = match outbox.await {
        Ok(outbox) => outbox,
        Err(error) => {
            return Err(CommitError::new(core.refuse(error.into()).await, Vec::new()));
        }
    };
    match core.commit_with_last(outbox).await {
        Ok(committed) => {
            let queued = ids.try_recv().unwrap_or_default();
            Ok(Committed { queued, hook_errors: committed.hook_errors, ..Committed::default() })
        }
        Err(error) => Err(CommitError::new(error, Vec::new())),
    }
}

/// Lets the queue go on with what was not taken after the others had finished, if there is one.
pub(super) fn fallback(host: &MailHost, mails: &[StagedMail]) -> Option<Fallback> {
    let entries: Option<Vec<NewEntry>> = mails.iter().map(|mail| mail.entry().cloned()).collect();
    let (host, entries) = (host.clone(), entries?);
    Some(Box::new(move |number, receipt: Receipt| {
        let (host, entry) = (host.clone(), entries.get(number).cloned());
        Box::pin(async move {
            let Some(entry) = entry else { return Err(BoxError::from("the mail has no entry")) };
            let store = host.store().await?;
            adopt(&store, entry, &receipt, &Retry::default()).await?;
            Ok(())
        })
    }))
}
