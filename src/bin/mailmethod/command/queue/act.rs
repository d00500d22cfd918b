//! `queue retry`, `hold`, `release`, `cancel`, `delete`, `mark-sent`: changes mails.
//!
//! Named mails are changed all or none: if it cannot be done to one of them, it
//! is said of each, and nothing is done.

use mailmethod::queue::{Action, EntryId, Filter, QueueError, Store};
use serde_json::json;

use crate::confirm;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Output, counted};
use crate::queue_args::Act;
use crate::selection::Selection;
use crate::store::{self, actor, failed, finding};

pub(super) async fn run(
    context: &Context,
    action: Action,
    args: &Act,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let store = store::existing(context).await?;
    let done = match (Selection::of(args, store.as_ref()).await?, &store) {
        (Selection::Ids(ids), Some(store)) => these(store, action, &ids, args.dry_run).await?,
        (Selection::Filter(filter), Some(store)) => {
            all(store, action, &filter, args, output).await?
        }
        // A filter takes nothing where there is nothing.
        (_, None) => Some(0),
    };
    let Some(done) = done else {
        output.note("nothing was done");
        return Ok(Exit::Done);
    };
    tell(action.as_str(), past(action), done, args.dry_run, output)
}

/// Does it to named mails, if it can be done to all of them.
async fn these(
    store: &Store,
    action: Action,
    ids: &[EntryId],
    dry_run: bool,
) -> Result<Option<u64>, Failure> {
    let mut wrong = Vec::new();
    for id in ids {
        match store.can_act_on(action, *id).await {
            Ok(()) => {}
            Err(error @ (QueueError::NotPossible { .. } | QueueError::UnknownEntry { .. })) => {
                wrong.push((*id, error));
            }
            Err(error) => return Err(failed(&error)),
        }
    }
    if !wrong.is_empty() {
        return Err(impossible(&wrong));
    }
    if !dry_run {
        let actor = actor();
        for id in ids {
            store.act_on(action, *id, &actor).await.map_err(|error| failed(&error))?;
        }
    }
    Ok(Some(ids.len() as u64))
}

/// The failure of named mails, each with its reason.
pub(super) fn impossible(wrong: &[(EntryId, QueueError)]) -> Failure {
    let findings = wrong.iter().map(|(id, error)| {
        let mut finding = finding(error);
        if matches!(error, QueueError::NotPossible { .. }) {
            finding.message = format!("{id}: {}", finding.message);
        }
        finding
    });
    Failure::new(Exit::Data, findings.collect())
}

/// Does it to all mails of a filter that it can be done to, once a person has said so; `None` if
/// the person does not want it.
async fn all(
    store: &Store,
    action: Action,
    filter: &Filter,
    args: &Act,
    output: &mut Output,
) -> Result<Option<u64>, Failure> {
    let count = async || {
        let count = store.count_possible(action, filter, u64::MAX).await;
        count.map_err(|error| failed(&error))
    };
    let expected = count().await?;
    if args.dry_run {
        return Ok(Some(expected));
    }
    if !args.yes {
        let mails = counted(usize::try_from(expected).unwrap_or(usize::MAX), "mail");
        if !confirm::ask(&format!("{action} {mails}?"), output)? {
            return Ok(None);
        }
        // More than the person has seen are not meant; fewer are.
        let found = count().await?;
        if found > expected {
            return Err(failed(&QueueError::Unexpected { expected, found }));
        }
    }
    let done = store.act(action, filter, None, &actor()).await;
    done.map(Some).map_err(|error| failed(&error))
}

/// Says to how many mails it was done, or would be.
pub(super) fn tell(
    action: &str,
    past: &str,
    entries: u64,
    dry_run: bool,
    output: &mut Output,
) -> Result<Exit, Failure> {
    if output.json {
        let document = json!({ "v": 1, "action": action, "entries": entries, "dry_run": dry_run });
        output.json(&document)?;
        return Ok(Exit::Done);
    }
    let mails = counted(usize::try_from(entries).unwrap_or(usize::MAX), "mail");
    let line = if dry_run {
        format!("dry run: {mails} would be {past}")
    } else {
        format!("{mails} {past}")
    };
    output.line(&line)?;
    Ok(Exit::Done)
}

const fn past(action: Action) -> &'static str {
    match action {
        Action::Retry => "due now",
        Action::Hold => "held",
        Action::Release => "released",
        Action::Cancel => "cancelled",
        Action::Delete => "deleted",
        Action::MarkSent => "marked as sent",
    }
}
