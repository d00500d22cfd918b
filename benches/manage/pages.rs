//! How long a page takes before a million mails: the first one of a process, and the next ones.

use std::time::Instant;

use mailmethod::queue::Store;

use crate::measure::Spread;
use crate::rows::Side;
use crate::support::Site;
use crate::{Plan, Result, judge, postgres};

/// What people open first, and what they open then.
const PAGES: [&str; 8] = [
    "/overview",
    "/queue/outgoing",
    "/queue/deferred",
    "/queue/dead",
    "/queue/all",
    "/queue/all?q=to:somebody.77@shop.test",
    "/queue/outgoing?q=method:account/welcome",
    "/routes",
];
/// How many of them may be first.
const FIRST: usize = 5;

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    let queued = if plan.quick { 10_000 } else { 1_000_000 };
    println!("\npages: {queued} mails queued; milliseconds, the first of a process and the next");
    let file = plan.folder.join("pages.db");
    side(plan, &Side::Sqlite(format!("sqlite:{}", file.display())), queued).await?;
    if let Some(server) = postgres::Server::start(&["shared_buffers=512MB", "max_wal_size=4GB"]) {
        server.run("CREATE DATABASE pages").await;
        side(plan, &Side::Postgres(server.url("pages")), queued).await?;
    }
    Ok(())
}

async fn side(plan: &Plan, side: &Side, queued: usize) -> Result<()> {
    drop(Store::open(&side.location().parse()?).await?);
    side.fill(queued).await?;
    let mut worst: f64 = 0.0;
    for (number, path) in PAGES.into_iter().enumerate() {
        let (mut first, mut next, mut said) = (Vec::new(), Vec::new(), 200);
        for _ in 0..plan.rounds(5) {
            // A host and a page of its own have nothing in memory.
            let (_site, mut client) =
                Site::with(tempfile::tempdir()?, side.location(), |page| page).await;
            for times in [&mut first, &mut next] {
                let begun = Instant::now();
                let answer = client.get(path).await;
                times.push(begun.elapsed().as_secs_f64() * 1e3);
                said = answer.status.max(said);
            }
        }
        let spread = |times| Spread::of(times).ok_or("nothing was measured");
        let (first, next) = (spread(first)?, spread(next)?);
        println!("  {:<10}  {path:<42} {said} {first:<16} {next}", side.name());
        if number < FIRST {
            worst = worst.max(first.median);
        }
    }
    judge(&format!("{}: the first page, ms", side.name()), worst, 60.0);
    Ok(())
}
