//! How fast mailers get their work: claims of 100, from few rows and from a million.

use std::time::{Duration, Instant};

use mailmethod::queue::{Next, Settlement, State, Store, Ticket};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::measure::Spread;
use crate::{Plan, Result, judge, judge_most, mails, postgres};

/// A claim of 100 is measured so often.
const CLAIMS: usize = 30;

/// A database, and how rows are put into it from beside.
enum Side {
    Sqlite(String),
    Postgres(String),
}

impl Side {
    async fn run(&self, sql: &str) -> Result<()> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(file) => {
                SqliteConnection::connect(file).await?.execute(sql).await?;
            }
            Self::Postgres(url) => {
                PgConnection::connect(url).await?.execute(sql).await?;
            }
        }
        Ok(())
    }

    /// Fills the tables with entries, `future` of a hundred due in a day.
    async fn fill(&self, rows: usize, future: usize) -> Result<()> {
        let (numbers, id, prefix) = match self {
            Self::Sqlite(_) => (
                format!(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
                ),
                "printf('01900000-0000-7000-8000-%012x', i)".to_owned(),
                String::new(),
            ),
            Self::Postgres(_) => (
                format!("WITH n(i) AS (SELECT generate_series(1::bigint, {rows}))"),
                "('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid".to_owned(),
                "mailmethod.".to_owned(),
            ),
        };
        let now = jiff_now();
        let due = format!(
            "CASE WHEN i % 100 < {future} THEN {now} + 86400000000 ELSE {now} - 60000000 + i END"
        );
        self.run(&format!(
            "INSERT INTO {prefix}mail (id, method, locale, message_id, subject, attachments, secret, \
               created_at, content) \
             {numbers} SELECT {id}, 'bench', 'en', '<' || i || '@x>', 'Bench', 0, 0, {now}, NULL FROM n"
        ))
        .await?;
        self.run(&format!(
            "INSERT INTO {prefix}entry (id, route, bulk, priority, size, state, due_at, expires_at, on_uncertain) \
             {numbers} SELECT {id}, 'default', 0, 3, 300, 'queued', {due}, {now} + 400000000000, 'retry' FROM n"
        ))
        .await?;
        if matches!(self, Self::Postgres(_)) {
            self.run("VACUUM ANALYZE mailmethod.entry").await?;
            self.run("VACUUM ANALYZE mailmethod.mail").await?;
            self.run("CHECKPOINT").await?;
        } else {
            self.run("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench has no stamp to make")]
fn jiff_now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// Milliseconds of a claim of 100, without bodies; in between, this becomes of the claimed.
async fn claim(store: &Store, outcome: Outcome) -> Result<Spread> {
    let mailer = store.register("bench", 1).await?;
    let mut times = Vec::new();
    for _ in 0..CLAIMS {
        let begun = Instant::now();
        let claims = store.claim(mailer, "default", 100).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        if claims.len() != 100 {
            return Err(format!("{} were claimed", claims.len()).into());
        }
        let outcomes = claims.iter().map(|claim| outcome(claim.ticket())).collect();
        store.round(mailer, outcomes, Vec::new()).await?;
    }
    store.unregister(mailer).await?;
    Spread::of(times).ok_or_else(|| "nothing was measured".into())
}

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    println!("\nclaims: 100 without bodies, one commit; milliseconds");
    let large = if plan.quick { 20_000 } else { 1_000_000 };
    let mut figures = Vec::new();
    for (rows, future) in [(10_000, 0), (large, 0), (large, 90)] {
        let store = mails::store(&plan.folder, "claims").await?;
        let file = store.location().to_string();
        Side::Sqlite(file).fill(rows, future).await?;
        let spread = claim(&store, Settlement::release).await?;
        println!("  SQLite      {rows:>8} rows, {future:>2} % later   {spread}");
        figures.push(("SQLite", spread.median));
    }
    let server = postgres::Server::start(&["shared_buffers=512MB", "max_wal_size=4GB"]);
    if let Some(server) = &server {
        for (at, (rows, future)) in [(10_000, 0), (large, 0), (large, 90)].into_iter().enumerate() {
            let name = format!("claims{at}");
            server.run(&format!("CREATE DATABASE {name}")).await;
            let store = Store::open(&server.url(&name).parse()?).await?;
            Side::Postgres(server.url(&name)).fill(rows, future).await?;
            let spread = claim(&store, Settlement::release).await?;
            println!("  PostgreSQL  {rows:>8} rows, {future:>2} % later   {spread}");
            figures.push(("PostgreSQL", spread.median));
        }
        held_snapshots(server, plan).await?;
    }
    for three in figures.chunks(3) {
        let [(name, few), (_, many), (_, later)] = three else { continue };
        judge_most(&format!("{name}: a claim of 100, ms"), many.max(*few), 3.0);
        judge_most(&format!("{name}: {large} / 10000 rows"), many / few, 1.3);
        judge_most(&format!("{name}: most of them later / 10000 rows"), later / few, 1.3);
    }
    Ok(())
}

/// What becomes of what a claim took.
type Outcome = fn(Ticket) -> Settlement;

fn sent(ticket: Ticket) -> Settlement {
    Settlement { next: Next::Done(State::Sent), counted: true, ..Settlement::release(ticket) }
}

/// What a transaction that stays open elsewhere costs, while 60,000 rows die: those of mails that are
/// sent, and, beside the target, the versions of always the same mails that are given back.
async fn held_snapshots(server: &postgres::Server, plan: &Plan) -> Result<()> {
    let dead = plan.count(60_000);
    let [before, held, after] = held_snapshot(server, "sent", dead, sent).await?;
    judge_most("PostgreSQL: held snapshot / before", held / before, 6.0);
    judge_most("PostgreSQL: within a minute after it / before", after / before, 1.3);
    // Each goes to a mailer and back again, which are two versions.
    let [before, held, _] = held_snapshot(server, "back", dead / 2, Settlement::release).await?;
    println!("  PostgreSQL: the same with 100 mails that go to and fro: {:.2}", held / before);
    Ok(())
}

/// Milliseconds of a claim before, with and after a held snapshot.
async fn held_snapshot(
    server: &postgres::Server,
    name: &str,
    claimed: usize,
    outcome: Outcome,
) -> Result<[f64; 3]> {
    server.run(&format!("CREATE DATABASE {name}")).await;
    let store = Store::open(&server.url(name).parse()?).await?;
    Side::Postgres(server.url(name)).fill(200_000, 0).await?;
    let before = claim(&store, outcome).await?.median;
    let mut holder = PgConnection::connect(&server.url(name)).await?;
    holder
        .execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM mailmethod.entry")
        .await?;
    let mailer = store.register("bench", 1).await?;
    let mut dead = 0;
    while dead < claimed {
        let claims = store.claim(mailer, "default", 100).await?;
        dead += claims.len();
        let outcomes = claims.iter().map(|claim| outcome(claim.ticket())).collect();
        store.round(mailer, outcomes, Vec::new()).await?;
    }
    let held = claim(&store, outcome).await?.median;
    holder.execute("COMMIT").await?;
    let freed = Instant::now();
    let mut after = f64::MAX;
    while after > before * 1.3 && freed.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_secs(2)).await;
        after = claim(&store, outcome).await?.median;
    }
    println!(
        "  PostgreSQL  held snapshot, {claimed} {name}: before {before:.2}, with it {held:.2}, {:.0} s after it {after:.2}",
        freed.elapsed().as_secs_f64()
    );
    Ok([before, held, after])
}

/// Two mailers with batches against two that claim one by one.
pub(crate) async fn mailers(plan: &Plan) -> Result<()> {
    let Some(server) = postgres::Server::start(&[]) else { return Ok(()) };
    println!("\nmailers: claim, gate and outcome, two mailers on PostgreSQL; mails/s");
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..plan.rounds {
        for (at, (batch, count)) in [(100, 20_000), (1, 2_000)].into_iter().enumerate() {
            let name = format!("mailers{round}x{batch}");
            server.run(&format!("CREATE DATABASE {name}")).await;
            let rate = two(&server.url(&name), batch, plan.count(count)).await?;
            if let Some(rates) = rates.get_mut(at) {
                rates.push(rate);
            }
        }
    }
    let [batches, singles] = rates.map(Spread::of);
    let (Some(batches), Some(singles)) = (batches, singles) else { return Ok(()) };
    println!("  batches of 100   {batches}\n  one by one       {singles}");
    judge("batches / one by one", batches.median / singles.median, 4.0, None);
    Ok(())
}

async fn two(url: &str, batch: usize, count: usize) -> Result<f64> {
    let store = Store::open(&url.parse()?).await?;
    for group in 0..count.div_ceil(500) {
        store.insert(mails::entries(500.min(count - group * 500), 1_000, true)?).await?;
    }
    let begun = Instant::now();
    let mut tasks: tokio::task::JoinSet<Result<usize>> = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let location = url.parse()?;
        tasks.spawn(async move {
            let store = Store::open(&location).await?;
            let mailer = store.register("bench", 1).await?;
            work(&store, mailer, batch).await
        });
    }
    let mut done = 0;
    while let Some(sent) = tasks.join_next().await {
        done += sent??;
    }
    if done != count {
        return Err(format!("{done} of {count} were claimed").into());
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

async fn work(store: &Store, mailer: Uuid, batch: usize) -> Result<usize> {
    let mut done = 0;
    loop {
        let claims = store.claim(mailer, "default", batch).await?;
        if claims.is_empty() {
            return Ok(done);
        }
        done += claims.len();
        let tickets: Vec<_> = claims.iter().map(mailmethod::queue::Claim::ticket).collect();
        store.round(mailer, Vec::new(), tickets.clone()).await?;
        store.round(mailer, tickets.into_iter().map(sent).collect(), Vec::new()).await?;
    }
}
