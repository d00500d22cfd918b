//! `queue migrate` and `purge`: keeps the store itself in order.

use std::time::Duration;

use mailmethod::queue::{QueueError, Store};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Output, counted};
use crate::queue_args::Purge;
use crate::store::{self, actor, failed};

pub(super) async fn migrate(context: &Context, output: &mut Output) -> Result<Exit, Failure> {
    let location = store::location(context)?;
    let (from, to) = Store::migrate(&location).await.map_err(|error| failed(&error))?;
    if output.json {
        output.json(&json!({ "v": 1, "from": from, "to": to }))?;
        return Ok(Exit::Done);
    }
    let line = match from {
        0 => format!("{location}: the schema {to} was made"),
        from if from == to => format!("{location}: the schema is {to} already"),
        from => format!("{location}: the schema {from} is now {to}"),
    };
    output.line(&line)?;
    Ok(Exit::Done)
}

pub(super) async fn purge(
    context: &Context,
    args: &Purge,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let queue = &context.settings.queue;
    let older = args.older.unwrap_or(queue.purge_after);
    let Some(store) = store::existing(context).await? else {
        output.note(&super::list::missing(context)?);
        return Purged::default().tell(args.dry_run, output);
    };
    if args.dry_run {
        let mails = store.count_ended(micros(older), u64::MAX).await;
        let mails = mails.map_err(|error| failed(&error))?;
        return Purged { mails, ..Purged::default() }.tell(true, output);
    }
    let mut purged = Purged::default();
    let done = purged.retain(&store, micros(queue.wipe_after), micros(older)).await;
    // What has gone is on record, whatever came in between.
    if purged.mails > 0 {
        let target = format!("ended {}s ago or before", older.as_secs());
        let audit = store.audit(&actor(), "purge", &target, purged.mails).await;
        audit.map_err(|error| failed(&error))?;
    }
    done.map_err(|error| failed(&error))?;
    purged.tell(false, output)
}

/// What has gone.
#[derive(Default)]
struct Purged {
    mails: u64,
    contents: u64,
    parts: u64,
}

impl Purged {
    /// Lets everything go that may, step by step.
    async fn retain(&mut self, store: &Store, wipe: i64, purge: i64) -> Result<(), QueueError> {
        loop {
            let (contents, mails, parts) = store.retain(wipe, purge).await?;
            if (contents, mails, parts) == (0, 0, 0) {
                return Ok(());
            }
            self.contents += contents;
            self.mails += mails;
            self.parts += parts;
        }
    }

    fn tell(&self, dry_run: bool, output: &mut Output) -> Result<Exit, Failure> {
        let Self { mails, contents, parts } = self;
        if output.json {
            output.json(&json!({
                "v": 1, "forgotten": mails, "wiped": contents, "parts": parts, "dry_run": dry_run,
            }))?;
            return Ok(Exit::Done);
        }
        let count = |count: u64, what| counted(usize::try_from(count).unwrap_or(usize::MAX), what);
        let line = if dry_run {
            format!("dry run: {} would be forgotten", count(*mails, "mail"))
        } else {
            format!(
                "{} forgotten, {} wiped, {} dropped",
                count(*mails, "mail"),
                count(*contents, "content"),
                count(*parts, "shared part")
            )
        };
        output.line(&line)?;
        Ok(Exit::Done)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
