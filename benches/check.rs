//! The check of a thousand methods beside plain loading, and the lint of a mail beside its render.
//!
//! `cargo bench --bench check`. The methods are those of the shop, copied into a temporary folder
//! as often as it takes. `-- --test` only shows that all of it works.

#![expect(clippy::print_stdout, reason = "this is a program that prints a table")]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use mailmethod::host::Settings;
use mailmethod::{Call, MailMethods, lint};

#[path = "render/measure.rs"]
#[expect(dead_code, reason = "another bench measures by threads as well")]
mod measure;

use measure::{Plan, Spread};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// The folders of the shop that hold methods, and those that the methods share.
const OWN: [&str; 4] = ["account", "news", "orders", "team"];
const SHARED: [&str; 5] = ["_defaults.yaml", "_layouts", "_locales", "_partials", "images"];

fn main() -> Result<()> {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    let quick = given("--test") || !given("--bench");
    print_folder(if quick { 2 } else { 125 }, if quick { 1 } else { 7 })?;
    print_mails(if quick { Plan { rounds: 3, batch: 1 } } else { Plan { rounds: 201, batch: 1 } })
}

/// The check of that many copies of the shop, beside loading them.
fn print_folder(copies: usize, rounds: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for name in SHARED {
        copy(&Path::new("templates").join(name), &folder.path().join(name))?;
    }
    for number in 0..copies {
        for name in OWN {
            let to = folder.path().join(format!("copy-{number}/{name}"));
            copy(&Path::new("templates").join(name), &to)?;
        }
    }
    let settings = Settings::read("mailmethod.yaml")?;
    let (mut loading, mut checking, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let mut sum = String::new();
    for _ in 0..rounds {
        let begin = Instant::now();
        let rendering = settings.rendering.clone();
        let methods = MailMethods::load_with(folder.path(), rendering, settings.limits)?;
        let loaded = begin.elapsed();
        let report = methods.check(&[])?;
        let checked = begin.elapsed();
        sum = format!(
            "{} methods, {} previews, {} findings",
            report.methods,
            report.previews,
            report.findings.len()
        );
        loading.push(millis(loaded));
        checking.push(millis(checked) - millis(loaded));
        both.push(millis(checked));
    }
    println!("{sum}\n{:34} {:>8} {:>8} {:>8}", "milliseconds", "least", "median", "greatest");
    row("loading", Spread::of(loading), "");
    row("check, without loading", Spread::of(checking), "");
    row("mailmethod check: both", Spread::of(both), "less than 2,000");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to)?;
    Ok(())
}

/// The lint of each mail of the shop, beside its render.
fn print_mails(plan: Plan) -> Result<()> {
    let settings = Settings::read("mailmethod.yaml")?;
    let methods = MailMethods::load_with("templates", settings.rendering, settings.limits)?;
    let mut calls: Vec<Call> = Vec::new();
    for method in methods.iter() {
        for sample in method.samples() {
            let call = method.sample(sample).ok_or("a sample of its own")?;
            calls
                .extend(method.locales().iter().map(|locale| call.clone().locale(locale.as_ref())));
        }
    }
    let mails = calls
        .iter()
        .map(|call| Ok((methods.find(call.method())?, methods.call(call)?)))
        .collect::<Result<Vec<_>>>()?;
    let render = || calls.iter().for_each(|call| drop(black_box(methods.call(call))));
    let look = || mails.iter().for_each(|(method, mail)| drop(black_box(lint::mail(mail, method))));
    let rounds = measure::interleaved(plan, [&render, &look]);
    let count = mails.len() as f64;
    println!("\n{:34} {:>8} {:>8} {:>8}", "microseconds a mail", "least", "median", "greatest");
    let of =
        |index: usize| Spread::of(rounds.iter().filter_map(|r| r.get(index).map(|t| t / count)));
    row("render", of(0), "");
    row("lint", of(1), "");
    row(
        "lint / render",
        Spread::of(rounds.iter().map(|[render, look]| look / render)),
        "at most 5",
    );
    Ok(())
}

fn millis(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1e3
}

fn row(name: &str, spread: Spread, target: &str) {
    let Spread { least, median, greatest } = spread;
    println!("{name:34} {least:8.2} {median:8.2} {greatest:8.2}   {target}");
}
