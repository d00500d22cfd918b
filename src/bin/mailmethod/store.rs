//! The store of the queue: where it is, how it is opened, and what its errors mean for a script.

use std::error::Error;

use mailmethod::host::{DEFAULT_STORE, EnqueueError};
use mailmethod::queue::{Detail, FilterError, Location, QueueError, Store};
use mailmethod::source::{Finding, Findings};

use crate::context::{Context, called};
use crate::exit::{Exit, Failure};
use crate::selection;

/// Where the store is.
pub(crate) fn location(context: &Context) -> Result<Location, Failure> {
    let location = context.settings.store();
    let location = location.map_err(|Findings(findings)| Failure::new(Exit::Settings, findings))?;
    location.as_deref().unwrap_or(DEFAULT_STORE).parse().map_err(|error| failed(&error))
}

/// Opens the store, and makes it if it is not there.
pub(crate) async fn open(context: &Context) -> Result<Store, Failure> {
    Store::open(&location(context)?).await.map_err(|error| failed(&error))
}

/// Opens the store if it is there: whoever looks makes nothing.
pub(crate) async fn existing(context: &Context) -> Result<Option<Store>, Failure> {
    Store::open_existing(&location(context)?).await.map_err(|error| failed(&error))
}

/// The mail of an id, and the store that it is in.
pub(crate) async fn found(context: &Context, id: &str) -> Result<(Store, Detail), Failure> {
    let store = existing(context).await?;
    let entry = selection::one(id, store.as_ref()).await?;
    // What was found is in a store.
    let Some(store) = store else { return Err(failed(&QueueError::Closed)) };
    let detail = store.detail(entry).await.map_err(|error| failed(&error))?;
    Ok((store, detail))
}

/// The failure of the queue.
pub(crate) fn failed(error: &QueueError) -> Failure {
    if let QueueError::Filter(error) = error {
        return wrong_filter(error);
    }
    Failure::one(exit(error), finding(error))
}

/// The exit code of an error: 75 if a later try may go better, 78 if a person must mend something.
fn exit(error: &QueueError) -> Exit {
    match error {
        QueueError::UnknownEntry { .. } | QueueError::MissingBlob { .. } => Exit::NotFound,
        QueueError::AmbiguousEntry { .. } | QueueError::Filter(_) => Exit::Usage,
        QueueError::NotPossible { .. } | QueueError::KeyConflict { .. } => Exit::Data,
        QueueError::Unexpected { .. } | QueueError::Closed => Exit::TryLater,
        error if error.is_transient() => Exit::TryLater,
        _ => Exit::Settings,
    }
}

pub(crate) fn finding(error: &QueueError) -> Finding {
    let finding = Finding::error(code(error), chain(error));
    match error {
        QueueError::UnknownEntry { .. } => {
            finding.help("`mailmethod queue list` shows all; an id is given whole, or by its first six digits or more")
        }
        QueueError::AmbiguousEntry { .. } => finding.help("write more digits of the id"),
        QueueError::KeyConflict { .. } => {
            finding.help("--on-conflict skip takes the mail that is there, replace puts this one in its place")
        }
        QueueError::MailerRuns { .. } => finding.help("one mailer works on a SQLite file at a time"),
        QueueError::Unreachable(_) => finding.help("--store, MAILMETHOD_STORE or `store:` in mailmethod.yaml say where it is"),
        QueueError::Full(_) => finding.help("make room, or `mailmethod queue purge`"),
        QueueError::Damaged { .. } => finding.help("restore it from a backup, or name another one by --store"),
        QueueError::ReadOnly(_) => finding.help("give this user the right to write to the file and its folder"),
        _ => finding,
    }
}

const fn code(error: &QueueError) -> &'static str {
    match error {
        QueueError::UnknownEntry { .. } => "unknown-mail",
        QueueError::AmbiguousEntry { .. } => "ambiguous-mail",
        QueueError::NotPossible { .. } => "not-possible",
        QueueError::KeyConflict { .. } => "key-conflict",
        QueueError::MissingBlob { .. } => "missing-part",
        QueueError::MailerRuns { .. } => "mailer-runs",
        QueueError::Newer { .. } | QueueError::Older { .. } => "schema",
        QueueError::Locked | QueueError::NoTables => "store-locked",
        QueueError::Full(_) => "store-full",
        QueueError::ReadOnly(_) => "store-read-only",
        QueueError::Damaged { .. } => "store-damaged",
        QueueError::Unreachable(_) => "store-unreachable",
        QueueError::Unexpected { .. } => "changed-meanwhile",
        QueueError::Filter(_) => "filter",
        _ => "store",
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text.replace('\n', " ")
}

/// The failure of a filter, with a caret below what is wrong.
pub(crate) fn wrong_filter(error: &FilterError) -> Failure {
    let message = crate::entries::plain(&error.message);
    let finding = Finding::error("filter", &message).help(&error.help);
    let shown: String = error.shown().lines().map(|line| format!("\n  {line}")).collect();
    let text = format!("error[filter]: {message}{shown} {}", error.help);
    Failure::Told { exit: Exit::Usage, findings: vec![finding], text: Some(text) }
}

/// The failure of a call that was to be queued.
pub(crate) fn unqueued(error: &EnqueueError, method: &str) -> Failure {
    match error {
        EnqueueError::Call(error) => called(error),
        EnqueueError::Queue(error) => failed(error),
        error => {
            let finding = Finding::error("limit", format!("{method}: {}", chain(error)));
            Failure::one(Exit::Data, finding)
        }
    }
}

/// Who does it, for the record: a name is nice to have, and never missed.
pub(crate) fn actor() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME")).or_else(|| variable("USERNAME"));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.filter(|name| !name.trim().is_empty()).or_else(|| variable("HOSTNAME"));
    let name = match (user, host) {
        (Some(user), Some(host)) => format!("{}@{}", user.trim(), host.trim()),
        (Some(user), None) => user,
        (None, Some(host)) => format!("somebody@{}", host.trim()),
        (None, None) => "somebody".to_owned(),
    };
    name.chars().filter(|c| !c.is_control()).take(100).collect()
}
