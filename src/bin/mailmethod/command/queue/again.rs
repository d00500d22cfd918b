//! `queue resend` and `redirect`: queues mails once more, as they were or to another address.

use mailmethod::message::Address;
use mailmethod::queue::{EntryId, Filter, Order, QueueError, State, Store, Summary};
use serde_json::json;

use super::act::{impossible, tell};
use crate::confirm;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Output, counted};
use crate::queue_args::Act;
use crate::selection::Selection;
use crate::store::{self, actor, failed};

/// How many mails are read at once.
const PAGE: usize = 500;

/// Queues copies; with addresses, to these in place of the mails' own.
pub(super) async fn run(
    context: &Context,
    args: &Act,
    to: Option<&Vec<Address>>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let (action, past) = match to {
        None => ("resend", "queued once more"),
        Some(_) => ("redirect", "redirected"),
    };
    let store = store::existing(context).await?;
    let selection = Selection::of(args, store.as_ref()).await?;
    let Some(store) = &store else { return tell(action, past, 0, args.dry_run, output) };
    let kind = Kind { action, redirects: to.is_some() };
    let ids = match selection {
        Selection::Ids(ids) => kind.checked(store, ids).await?,
        Selection::Filter(filter) => {
            let ids = kind.possible(store, &filter).await?;
            let question = format!("{action} {}?", counted(ids.len(), "mail"));
            if !args.dry_run && !args.yes && !confirm::ask(&question, output)? {
                output.note("nothing was done");
                return Ok(Exit::Done);
            }
            ids
        }
    };
    if args.dry_run {
        return tell(action, past, ids.len() as u64, true, output);
    }
    let actor = actor();
    for id in ids {
        let new = match to {
            None => store.resend(id, &actor).await,
            Some(to) => store.redirect(id, to, &actor).await,
        };
        let new = new.map_err(|error| failed(&error))?;
        output.told(&match output.json {
            true => json!({ "v": 1, "action": action, "id": new, "origin": id }).to_string(),
            false => new.to_string(),
        })?;
    }
    Ok(Exit::Done)
}

/// What is done to mails.
struct Kind {
    action: &'static str,
    redirects: bool,
}

impl Kind {
    /// Why it cannot be done to a mail, if it cannot.
    fn wrong(&self, entry: &Summary) -> Option<QueueError> {
        let right =
            if self.redirects { entry.state != State::Sending } else { entry.state.is_final() };
        let state = match (right, entry.has_content) {
            (true, true) => return None,
            (true, false) => format!("{}, and its content was wiped", entry.state),
            (false, _) => entry.state.to_string(),
        };
        Some(QueueError::NotPossible { action: self.action, state })
    }

    /// These mails, if it can be done to all of them.
    async fn checked(&self, store: &Store, ids: Vec<EntryId>) -> Result<Vec<EntryId>, Failure> {
        let mut wrong = Vec::new();
        for id in &ids {
            match store.detail(*id).await {
                Ok(detail) => wrong.extend(self.wrong(&detail.summary).map(|error| (*id, error))),
                Err(error @ QueueError::UnknownEntry { .. }) => wrong.push((*id, error)),
                Err(error) => return Err(failed(&error)),
            }
        }
        if wrong.is_empty() { Ok(ids) } else { Err(impossible(&wrong)) }
    }

    /// The mails of a filter to which it can be done now.
    async fn possible(&self, store: &Store, filter: &Filter) -> Result<Vec<EntryId>, Failure> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(filter, Order::Oldest, after, PAGE).await;
            let page = page.map_err(|error| failed(&error))?;
            let Some(last) = page.last() else { return Ok(ids) };
            after = Some(last.cursor());
            ids.extend(page.iter().filter(|one| self.wrong(one).is_none()).map(|one| one.id));
        }
    }
}
