//! `queue list`: the mails of a filter, the oldest first, a page at a time.

use mailmethod::queue::{Cursor, Filter, Order, Route, Store, Summary};
use mailmethod::source::Finding;

use crate::ago::Clock;
use crate::context::Context;
use crate::entries::{self, COLUMNS};
use crate::exit::{Exit, Failure};
use crate::output::{Output, counted};
use crate::queue_args::List;
use crate::table::Table;
use crate::{selection, store};

/// How many mails are read at once.
const PAGE: usize = 500;

pub(super) async fn run(
    context: &Context,
    args: &List,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let filter = selection::filter(&args.filter)?;
    let Some(store) = store::existing(context).await? else {
        output.note(&missing(context)?);
        return Ok(Exit::Done);
    };
    let routes = store.routes().await.map_err(|error| store::failed(&error))?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    let (mut after, mut listed, mut oldest) = (None, 0, None);
    while left > 0 {
        let page = page(&store, &filter, after, left.min(PAGE)).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        oldest = oldest.or_else(|| page.first().map(|first| first.created_at));
        if output.json {
            documents(&page, output)?;
        } else {
            rows(context, &page, (&routes, listed == 0), output)?;
        }
        output.finish()?;
        listed += page.len();
        left -= page.len().min(left);
    }
    if output.terminal && !output.json {
        let clock = clock(context, output);
        let oldest = oldest.map(|at| format!(" · the oldest {}", clock.distance(at)));
        let help = if listed > 0 { " · `mailmethod why ID` explains" } else { "" };
        output.note(&format!("{}{}{help}", counted(listed, "mail"), oldest.unwrap_or_default()));
    }
    Ok(Exit::Done)
}

async fn page(
    store: &Store,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Summary>, Failure> {
    let page = store.list(filter, Order::Oldest, after, limit).await;
    page.map_err(|error| store::failed(&error))
}

/// How times are written on stdout.
pub(super) fn clock(context: &Context, output: &Output) -> Clock {
    Clock::new(context.settings.rendering.timezone.clone(), output.terminal)
}

/// What is said where there is no store.
pub(super) fn missing(context: &Context) -> Result<String, Failure> {
    Ok(format!("there is no queue yet: {} is not there", store::location(context)?))
}

/// One object a line.
fn documents(page: &[Summary], output: &mut Output) -> Result<(), Failure> {
    for entry in page {
        let line = serde_json::to_string(entry)
            .map_err(|error| Failure::one(Exit::Bug, Finding::error("json", error.to_string())))?;
        output.line(&line)?;
    }
    Ok(())
}

/// A table, its columns named if it is the first.
fn rows(
    context: &Context,
    page: &[Summary],
    (routes, first): (&[Route], bool),
    output: &mut Output,
) -> Result<(), Failure> {
    let (clock, paint) = (clock(context, output), output.paint());
    let rows = page.iter().map(|entry| {
        let mut row = entries::row(entry, routes, &clock, output.terminal);
        if output.terminal
            && let Some(cell) = row.get_mut(5)
        {
            *cell = entries::painted(entry, paint);
        }
        row
    });
    let table = Table { columns: COLUMNS.to_vec(), rows: rows.collect() };
    if first || !output.terminal {
        return table.write(output);
    }
    // The names of the columns stand above the first page.
    let names = COLUMNS.map(str::to_owned).to_vec();
    for line in table.aligned(&names, "").iter().skip(1) {
        output.line(line)?;
    }
    Ok(())
}
