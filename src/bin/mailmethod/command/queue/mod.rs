//! `queue`: queues mails, shows, manages and sends them. One file for each kind of command.

mod act;
mod add;
mod again;
mod export;
mod keep;
mod list;
mod route;
mod run;
mod show;
mod stats;
mod stop;
mod tally;
mod watch;

pub(crate) use stop::Interrupts;
pub(crate) use tally::Tally;

use mailmethod::queue::Action;

use crate::command::{runtime, why};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::queue_args::Queue;

pub(super) fn run(
    context: &Context,
    command: &Queue,
    output: &mut Output,
) -> Result<Exit, Failure> {
    match command {
        // It has a runtime of many threads.
        Queue::Run(args) => run::run(context, args, output),
        command => runtime()?.block_on(Box::pin(one(context, command, output))),
    }
}

async fn one(context: &Context, command: &Queue, output: &mut Output) -> Result<Exit, Failure> {
    match command {
        Queue::Add(args) => add::run(context, args, output).await,
        Queue::List(args) => list::run(context, args, output).await,
        Queue::Show(args) => show::run(context, &args.id, output).await,
        Queue::Why(args) => why::run(context, args, output).await,
        Queue::Stats => stats::run(context, output).await,
        Queue::Watch => watch::run(context, output).await,
        Queue::Retry(args) => act::run(context, Action::Retry, args, output).await,
        Queue::Hold(args) => act::run(context, Action::Hold, args, output).await,
        Queue::Release(args) => act::run(context, Action::Release, args, output).await,
        Queue::Cancel(args) => act::run(context, Action::Cancel, args, output).await,
        Queue::Delete(args) => act::run(context, Action::Delete, args, output).await,
        Queue::MarkSent(args) => act::run(context, Action::MarkSent, args, output).await,
        Queue::Resend(args) => again::run(context, args, None, output).await,
        Queue::Redirect(args) => again::run(context, &args.act, Some(&args.to), output).await,
        Queue::Pause(args) => route::run(context, &args.route, true, output).await,
        Queue::Resume(args) => route::run(context, &args.route, false, output).await,
        Queue::Run(args) => run::run(context, args, output),
        Queue::Migrate => keep::migrate(context, output).await,
        Queue::Purge(args) => keep::purge(context, args, output).await,
        Queue::Export(args) => export::run(context, args, output).await,
    }
}
