//! `why`: what happened to a mail, what it means, what happens next, and what to do.

use mailmethod::queue::{Detail, Explanation};

use crate::ago::Clock;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::queue_args::Why;
use crate::store::{self, failed};
use crate::{entries, json, timeline};

pub(super) async fn run(
    context: &Context,
    args: &Why,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let (store, detail) = store::found(context, &args.id).await?;
    let explanation = store.explain(&detail).await.map_err(|error| failed(&error))?;
    if output.json {
        output.json(&json::why(&detail, &explanation))?;
    } else {
        let clock = Clock::new(context.settings.rendering.timezone.clone(), output.terminal);
        tell(&detail, &explanation, &clock, args.trace, output)?;
    }
    Ok(Exit::Done)
}

fn tell(
    detail: &Detail,
    explanation: &Explanation,
    clock: &Clock,
    trace: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    let paint = output.paint();
    output.line(&headline(detail, clock, paint))?;
    for line in timeline::lines(detail, clock, trace) {
        output.line(&line)?;
    }
    if detail.summary.recipients.len() > 1 {
        for line in recipients(detail) {
            output.line(&line)?;
        }
    }
    if let Some(meaning) = &explanation.meaning {
        let source = paint.dim(&format!("[{}]", meaning.source));
        output.line(&format!("{} {} {source}", paint.bold("Meaning:"), meaning.summary))?;
    }
    let at = explanation.at.map(|at| format!(" {} ", clock.both(at))).unwrap_or_default();
    let next = entries::plain(&explanation.next);
    output.line(&format!("{}{at} {next}", paint.bold("Next:")))?;
    output.line(&format!("{} {}", paint.bold("Do:"), explanation.advice))?;
    for command in &explanation.commands {
        output.line(&format!("    {command}"))?;
    }
    let kept = detail.events.iter().filter_map(|event| event.attempt());
    if !trace && output.terminal && kept.into_iter().any(|attempt| !attempt.dialogue.is_empty()) {
        output.note("the dialogue with the server: --trace");
    }
    Ok(())
}

/// The mail in one line: what, to whom, and what it is doing.
pub(super) fn headline(detail: &Detail, clock: &Clock, paint: crate::output::Paint) -> String {
    let summary = &detail.summary;
    let due = summary.due_at.map(|at| {
        let what = if summary.attempts > 0 { "next try" } else { "due" };
        format!(", {what} {}", clock.both(at))
    });
    format!(
        "{} → {}   {}{}",
        paint.bold(&entries::plain(&summary.method)),
        entries::to(summary),
        entries::painted(summary, paint),
        due.unwrap_or_default()
    )
}

/// A line for each recipient, with what was said about it.
pub(super) fn recipients(detail: &Detail) -> Vec<String> {
    let rows = detail.summary.recipients.iter().map(|one| {
        let reply = one.reply.as_ref().map(entries::reply).unwrap_or_default();
        let name = entries::recipient(&one.address, one.kind);
        vec![name, one.outcome.to_string(), entries::plain(&reply)]
    });
    let table = crate::table::Table { columns: vec!["", "", ""], rows: rows.collect() };
    let mut lines = table.aligned(&vec![String::new(); 3], "  ");
    lines.remove(0);
    lines
}
