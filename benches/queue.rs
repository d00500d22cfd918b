//! The durable queue beside what the disk and the relay can do.
//!
//! `cargo bench --bench queue` prints tables of interleaved rounds and the targets. It starts and
//! stops a throwaway PostgreSQL and Postfix's `smtp-sink` where they are installed, and contacts
//! nothing but loopback. `-- --quick` only shows that all rows work; `-- enqueue`, `claims`,
//! `mailers`, `end`, `idle` measure one part. Its files lie below `target`, on the disk of the
//! checkout: a file system in memory would say nothing.

#![expect(clippy::print_stdout, reason = "this is a program that prints tables")]

use std::error::Error;
use std::path::PathBuf;

#[path = "queue/claims.rs"]
mod claims;
#[path = "queue/disk.rs"]
mod disk;
#[path = "queue/end_to_end.rs"]
mod end_to_end;
#[path = "queue/enqueue.rs"]
mod enqueue;
#[path = "queue/idle.rs"]
mod idle;
#[path = "queue/mails.rs"]
mod mails;
#[path = "smtp/measure.rs"]
#[expect(dead_code, reason = "the other bench uses the rest")]
mod measure;
#[path = "../tests/support/postgres.rs"]
mod postgres;
#[path = "smtp/servers.rs"]
#[expect(dead_code, reason = "the other bench uses the rest")]
mod servers;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// How thorough a run is.
struct Plan {
    rounds: usize,
    quick: bool,
    wanted: Option<String>,
    /// Where files are.
    folder: PathBuf,
}

impl Plan {
    fn wants(&self, part: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| part == wanted)
    }

    /// A number of mails, fewer where the run is quick.
    fn count(&self, thorough: usize) -> usize {
        if self.quick { (thorough / 50).max(20) } else { thorough }
    }
}

fn main() -> Result<()> {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // Without `--bench` it is `cargo test --benches`.
    let quick = given("--quick") || !given("--bench");
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("queue-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let rounds = if quick { 1 } else { 5 };
    let plan = Plan { rounds, quick, wanted, folder };
    if quick {
        println!("a quick run: its figures mean nothing");
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(measured(&plan));
    std::fs::remove_dir_all(&plan.folder)?;
    done
}

async fn measured(plan: &Plan) -> Result<()> {
    if plan.wants("enqueue") {
        enqueue::measure(plan).await?;
    }
    if plan.wants("claims") {
        claims::measure(plan).await?;
    }
    if plan.wants("mailers") {
        claims::mailers(plan).await?;
    }
    if plan.wants("end") {
        end_to_end::measure(plan).await?;
    }
    if plan.wants("idle") {
        idle::measure(plan).await?;
    }
    Ok(())
}

/// Says whether a figure is what was aimed at.
fn judge(what: &str, figure: f64, least: f64, stretch: Option<f64>) {
    let verdict = if figure >= least { "met" } else { "MISSED" };
    let stretch = stretch.map_or_else(String::new, |stretch| {
        format!(", stretch {stretch:.2} {}", if figure >= stretch { "met" } else { "not met" })
    });
    println!("  {what}: {figure:.2} (at least {least:.2} {verdict}{stretch})");
}

/// The same where less is better.
fn judge_most(what: &str, figure: f64, most: f64) {
    let verdict = if figure <= most { "met" } else { "MISSED" };
    println!("  {what}: {figure:.2} (at most {most:.2} {verdict})");
}
