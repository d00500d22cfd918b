//! `queue watch`: the counts as they change, until Ctrl-C. On a terminal they stay in place.

use std::time::Duration;

use jiff::Timestamp;
use mailmethod::Stamp;
use mailmethod::queue::{Changes, Store, View};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::stats;
use super::stop::Interrupts;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::store;

/// How often the counts are read at most, and at least: what becomes due by time changes them too.
const GLANCE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(1));

type Counts = Vec<(View, u64)>;

pub(super) async fn run(context: &Context, output: &mut Output) -> Result<Exit, Failure> {
    let mut screen = Screen { shown: None };
    let mut stop = Interrupts::listen()?;
    let mut opened: Option<(Store, Changes)> = None;
    loop {
        if opened.is_none() {
            let store = store::existing(context).await?;
            opened = store.map(|store| (store.clone(), store.changes()));
        }
        let begun = Instant::now();
        let counts = stats::views(opened.as_ref().map(|(store, _)| store)).await?;
        screen.show(context, counts, output)?;
        // Counting a long queue takes a while: most of the time is left to others.
        let rest = GLANCE.0.max(begun.elapsed() * 4);
        tokio::select! {
            () = stop.first() => return Ok(Exit::Done),
            () = changed(opened.as_mut().map(|(_, changes)| changes), rest) => {}
        }
    }
}

/// Waits until something may have changed, and for `rest` at least.
async fn changed(changes: Option<&mut Changes>, rest: Duration) {
    let begun = Instant::now();
    if let Some(changes) = changes {
        tokio::select! {
            () = changes.next() => {}
            () = sleep(GLANCE.1) => {}
        }
        return sleep_until(begun + rest).await;
    }
    sleep(GLANCE.1).await;
}

/// What was shown last.
struct Screen {
    shown: Option<Counts>,
}

impl Screen {
    /// Shows the counts, unless they are as before.
    fn show(
        &mut self,
        context: &Context,
        counts: Counts,
        output: &mut Output,
    ) -> Result<(), Failure> {
        if self.shown.as_ref() == Some(&counts) {
            return Ok(());
        }
        let now = Stamp::now().date();
        if output.json {
            let views = stats::views_document(&counts);
            output.json(&json!({ "v": 1, "at": now, "views": views }))?;
        } else if output.terminal {
            self.draw(context, &counts, output)?;
        } else {
            output.line(&line(now, &counts))?;
        }
        self.shown = Some(counts);
        output.finish()
    }

    /// Draws over what was there.
    fn draw(&self, context: &Context, counts: &Counts, output: &mut Output) -> Result<(), Failure> {
        let paint = output.paint();
        if self.shown.is_some() {
            let up = format!("\x1b[{}A", counts.len() + 1);
            output.data(up.as_bytes())?;
        }
        let clock = super::list::clock(context, output);
        output.line(&format!("\x1b[K{}", paint.dim(&clock.time(clock.now))))?;
        for (view, count) in counts {
            let line = stats::line(*view, *count, true, paint);
            output.line(&format!("\x1b[K{line}"))?;
        }
        Ok(())
    }
}

/// The time and each count, with tabs between them.
fn line(now: Timestamp, counts: &Counts) -> String {
    let counts = counts.iter().map(|(view, count)| format!("\t{view} {count}"));
    format!("{now}{}", counts.collect::<String>())
}
