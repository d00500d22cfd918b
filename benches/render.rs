//! One realistic mail, from its arguments to its sealed bytes, against what it is made of.
//!
//! `cargo bench --bench render` prints one table. `-- --criterion` runs the same rows under
//! criterion as well; `-- --test` only shows that all rows work; `-- --only a` makes the mails of
//! one row, for a profiler. Allocations are counted by the bench `allocations`, since counting them
//! costs time.

#![expect(clippy::print_stdout, reason = "this is a program that prints a table")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use criterion::Criterion;
use mailmethod::message::Limits;
use mailmethod::{MailMethods, Message, Stamp};

#[path = "render/measure.rs"]
mod measure;
#[path = "render/order.rs"]
mod order;
#[path = "render/peers.rs"]
mod peers;

use measure::{Plan, Spread};
use order::Order;
use peers::Engine;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const PDF: usize = 20 * 1024;
const METHODS: usize = 1_000;

fn main() -> Result<()> {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // Without `--bench` it is `cargo test --benches`.
    let quick = given("--test") || !given("--bench");
    let plan = if quick { Plan { rounds: 3, batch: 5 } } else { Plan { rounds: 501, batch: 20 } };
    let bench = Bench::new(PDF)?;
    bench.check()?;
    if let Some(at) = std::env::args().position(|argument| argument == "--only") {
        return bench.only(&std::env::args().nth(at + 1).unwrap_or_default());
    }
    bench.print_times(plan);
    print_loading(if quick { 20 } else { METHODS })?;
    if given("--criterion") {
        bench.criterion();
    }
    Ok(())
}

/// The rows of the table, each ready to be run again and again.
struct Bench {
    order: Order,
    methods: MailMethods,
    engine: Engine,
    rendered: peers::Rendered,
    stamp: Stamp,
    limits: Limits,
}

impl Bench {
    fn new(pdf: usize) -> Result<Self> {
        let order = Order::new(pdf);
        let engine = Engine::new()?;
        let rendered = engine.render(&order)?;
        Ok(Self {
            order,
            methods: order::methods()?,
            engine,
            rendered,
            stamp: peers::stamp()?,
            limits: Limits::default(),
        })
    }

    /// (a) The whole call: bind, render, seal.
    #[inline(never)]
    fn whole(&self) -> Result<Message> {
        let mail = self.methods.call(&self.order.call()?)?;
        Ok(mail.seal(&self.stamp, &self.limits)?)
    }

    /// (b) minijinja alone: the context and all templates, headers too.
    #[inline(never)]
    fn engine(&self) -> Result<peers::Rendered> {
        Ok(self.engine.render(&self.order)?)
    }

    /// (c) mail-builder alone, on what was rendered before.
    #[inline(never)]
    fn builder(&self) -> Result<Vec<u8>> {
        Ok(peers::with_mail_builder(&self.rendered, &self.order)?)
    }

    /// (d) minijinja and lettre's builder.
    #[inline(never)]
    fn lettre(&self) -> Result<Vec<u8>> {
        peers::with_lettre(&self.engine.render(&self.order)?, &self.order)
    }

    /// All rows make the same mail: ours and mail-builder's to the octet.
    fn check(&self) -> Result<()> {
        let ours = self.whole()?;
        let theirs = self.builder()?;
        if ours.as_bytes() != theirs {
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            return Err(
                format!("{}\n\nis not\n\n{}", shown(ours.as_bytes()), shown(&theirs)).into()
            );
        }
        println!(
            "One mail: {} octets of HTML, {} of text, a PDF of {}; {} sealed ({} by lettre).",
            self.rendered.html.len(),
            self.rendered.text.len(),
            self.order.invoice.content().len(),
            theirs.len(),
            self.lettre()?.len(),
        );
        Ok(())
    }

    /// (b) and (c), one after the other: what the two cost a mail that needs both.
    #[inline(never)]
    fn both(&self) -> Result<Vec<u8>> {
        black_box(self.engine()?);
        self.builder()
    }

    fn print_times(&self, plan: Plan) {
        let rows: [&dyn Fn(); 5] = [
            &|| drop(black_box(self.whole())),
            &|| drop(black_box(self.engine())),
            &|| drop(black_box(self.builder())),
            &|| drop(black_box(self.lettre())),
            &|| drop(black_box(self.both())),
        ];
        let rounds = measure::interleaved(plan, rows);
        println!("\n{:34} {:>8} {:>8} {:>8}", "microseconds a mail", "least", "median", "greatest");
        let names = [
            "a  bind, render, seal",
            "b  minijinja alone",
            "c  mail-builder alone",
            "d  minijinja and lettre's builder",
            "   b and c in turn",
        ];
        for (index, name) in names.into_iter().enumerate() {
            row(name, Spread::of(rounds.iter().filter_map(|round| round.get(index).copied())), "");
        }
        println!();
        let parts = Spread::of(rounds.iter().map(|[a, b, c, ..]| a / (b + c)));
        row("a / (b + c)", parts, "at most 1.3, better 1.18");
        let lettre = Spread::of(rounds.iter().map(|[a, _, _, d, _]| d / a));
        row("d / a", lettre, "at least 2, better 2.5");
        let threads = Spread::of(measure::speed_up(plan, &|| drop(black_box(self.whole()))));
        row("two threads / one, of a", threads, "at least 1.6");
    }

    /// Makes the mails of one row, ten thousand times.
    fn only(&self, name: &str) -> Result<()> {
        let row: &dyn Fn() = match name {
            "a" => &|| drop(black_box(self.whole())),
            "b" => &|| drop(black_box(self.engine())),
            "c" => &|| drop(black_box(self.builder())),
            "d" => &|| drop(black_box(self.lettre())),
            "both" => &|| drop(black_box(self.both())),
            _ => return Err("write --only a, b, c, d or both".into()),
        };
        let times = 10_000;
        println!(
            "{name}: {:.2} microseconds a mail",
            measure::micros(measure::timed(times, row), times)
        );
        Ok(())
    }

    fn criterion(&self) {
        let mut criterion = Criterion::default();
        let mut group = criterion.benchmark_group("render");
        group.bench_function("a", |bencher| bencher.iter(|| self.whole()));
        group.bench_function("b", |bencher| bencher.iter(|| self.engine()));
        group.bench_function("c", |bencher| bencher.iter(|| self.builder()));
        group.bench_function("d", |bencher| bencher.iter(|| self.lettre()));
        group.finish();
    }
}

fn row(name: &str, spread: Spread, target: &str) {
    let Spread { least, median, greatest } = spread;
    println!("{name:34} {least:8.2} {median:8.2} {greatest:8.2}   {target}");
}

fn print_loading(count: usize) -> Result<()> {
    let files = generated(count);
    let start = Instant::now();
    let methods = MailMethods::from_embedded(files)?;
    let elapsed = start.elapsed();
    println!(
        "\nLoading {} methods with two bodies each: {:.0} ms, {:.0} microseconds a method",
        methods.iter().count(),
        elapsed.as_secs_f64() * 1e3,
        measure::micros(elapsed, u32::try_from(count)?),
    );
    Ok(())
}

/// That many generated methods with two bodies each, as files, below one layout.
fn generated(count: usize) -> Vec<(String, &'static str)> {
    let [layout, html, text] = order::TEMPLATES;
    let mut files = vec![(layout.0.to_owned(), layout.1)];
    for number in 0..count {
        let name = format!("generated/method-{number}");
        files.push((format!("{name}.yaml"), order::DEFINITION.1));
        files.push((format!("{name}.html.j2"), html.1));
        files.push((format!("{name}.txt.j2"), text.1));
    }
    files
}
