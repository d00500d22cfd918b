//! The page beside the database and the library that it stands on.
//!
//! `cargo bench --bench manage` prints tables and the targets. It starts and stops a throwaway
//! PostgreSQL where that is installed, and contacts nothing but loopback. `-- --quick` only shows
//! that all rows work; `-- pages`, `preview`, `listeners` measure one part. Its files lie below
//! `target`, on the disk of the checkout.

#![expect(clippy::print_stdout, reason = "this is a program that prints tables")]

use std::error::Error;
use std::path::PathBuf;

#[path = "manage/listeners.rs"]
mod listeners;
#[path = "smtp/measure.rs"]
#[expect(dead_code, reason = "the other benches use the rest")]
mod measure;
#[path = "manage/pages.rs"]
mod pages;
#[path = "../tests/support/postgres.rs"]
mod postgres;
#[path = "manage/preview.rs"]
mod preview;
#[path = "manage/rows.rs"]
mod rows;
#[path = "../tests/support/page.rs"]
#[expect(clippy::panic, reason = "a helper of a test fails like the test")]
mod support;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// How thorough a run is.
struct Plan {
    quick: bool,
    wanted: Option<String>,
    /// Where files are.
    folder: PathBuf,
}

impl Plan {
    fn wants(&self, part: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| part == wanted)
    }

    fn rounds(&self, thorough: usize) -> usize {
        if self.quick { 2 } else { thorough }
    }
}

fn main() -> Result<()> {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // Without `--bench` it is `cargo test --benches`.
    let quick = given("--quick") || !given("--bench");
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("manage-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let plan = Plan { quick, wanted, folder };
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
    if plan.wants("preview") {
        preview::measure(plan).await?;
    }
    if plan.wants("listeners") {
        listeners::measure(plan).await?;
    }
    if plan.wants("pages") {
        pages::measure(plan).await?;
    }
    Ok(())
}

/// Says whether a figure is what was aimed at.
fn judge(what: &str, figure: f64, most: f64) {
    let verdict = if figure <= most { "met" } else { "MISSED" };
    println!("  {what}: {figure:.2} (at most {most:.2} {verdict})");
}
