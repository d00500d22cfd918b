//! Code generation for a thousand methods, beside the loading that it needs.
//!
//! `cargo bench --bench codegen` prints one table; `-- --test` only shows that all rows work.

#![expect(clippy::print_stdout, reason = "this is a program that prints a table")]

use std::error::Error;
use std::time::Instant;

use mailmethod::MailMethods;
use mailmethod::codegen::{Language, generate, schemas};

#[path = "render/measure.rs"]
#[expect(dead_code, reason = "the bench `render` uses the rest of it")]
mod measure;

use measure::Spread;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const METHODS: usize = 1_000;

/// What all together may take: loading, and generating in one language.
const TARGET: f64 = 2_000.0;

fn main() -> Result<()> {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // Without `--bench` it is `cargo test --benches`.
    let quick = given("--test") || !given("--bench");
    let (count, rounds) = if quick { (20, 2) } else { (METHODS, 11) };
    let files = files(count);
    println!(
        "{count} methods; milliseconds     {:>8} {:>8} {:>8} {:>12}",
        "least", "median", "greatest", "octets"
    );
    let mut methods = MailMethods::from_embedded(files.clone())?;
    let load = measured(rounds, || {
        methods = MailMethods::from_embedded(files.clone())?;
        Ok(())
    })?;
    row("load", load, "");
    for (name, language) in [
        ("generate Rust", Language::Rust),
        ("generate TypeScript", Language::TypeScript),
        ("generate Python", Language::Python),
    ] {
        let mut size = 0;
        let spread = measured(rounds, || {
            size = generate(&methods, language).len();
            Ok(())
        })?;
        row(name, spread, &size.to_string());
        if !quick && load.median + spread.median > TARGET {
            println!("    with loading more than {TARGET} ms");
        }
    }
    let mut size = 0;
    let spread = measured(rounds, || {
        size = schemas(&methods).to_string().len();
        Ok(())
    })?;
    row("all schemas", spread, &size.to_string());
    println!("target: load and generate in less than {TARGET} ms");
    Ok(())
}

fn measured(rounds: usize, mut run: impl FnMut() -> Result<()>) -> Result<Spread> {
    let mut figures = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        run()?;
        figures.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Spread::of(figures))
}

fn row(name: &str, spread: Spread, size: &str) {
    let Spread { least, median, greatest } = spread;
    println!("{name:26} {least:8.1} {median:8.1} {greatest:8.1} {size:>12}");
}

/// That many methods with two bodies each, in folders of forty: the order confirmation of the
/// bench `render`, with descriptions and limits in every other one.
fn files(count: usize) -> Vec<(String, String)> {
    let layout = include_str!("render/templates/_layouts/base.html.j2");
    let mut files = vec![("_layouts/base.html.j2".to_owned(), layout.to_owned())];
    let plain = include_str!("render/templates/orders/confirmation.yaml");
    let described = plain.replace(
        "  order_no: string",
        "  order_no: { type: string, max_length: 20, pattern: '[0-9-]+', description: The number. }",
    );
    for number in 0..count {
        let name = format!("folder-{}/method-{number}", number / 40);
        let yaml = if number % 2 == 0 { plain } else { &described };
        for (end, text) in [
            ("yaml", yaml),
            ("html.j2", include_str!("render/templates/orders/confirmation.html.j2")),
            ("txt.j2", include_str!("render/templates/orders/confirmation.txt.j2")),
        ] {
            files.push((format!("{name}.{end}"), text.to_owned()));
        }
    }
    files
}
