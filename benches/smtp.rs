//! Our SMTP adapter beside its peers, all over connections that are already open.
//!
//! `cargo bench --bench smtp` prints one table of interleaved rounds and the targets; it starts
//! and stops Postfix's `smtp-sink` where that is installed, and contacts nothing but loopback.
//! `-- --quick` only shows that all rows work; `-- "10 KB"` measures what is titled so, and
//! `--client bare` behind it only the clients that are named so, for a profiler.

#![expect(clippy::print_stdout, reason = "this is a program that prints a table")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

#[path = "smtp/bare.rs"]
mod bare;
#[path = "smtp/clients.rs"]
mod clients;
#[path = "smtp/measure.rs"]
mod measure;
#[path = "smtp/memory.rs"]
mod memory;
#[path = "smtp/servers.rs"]
mod servers;
#[path = "smtp/table.rs"]
mod table;

use clients::{Client, Load, single_sends};
use measure::Spread;
use memory::Memory;
use servers::{SmtpSink, delayed, installed, own_sink};
use table::{Case, at_least, at_most};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const ROUND_TRIP: Duration = Duration::from_millis(20);
const FAR: &str = "20 ms, 10 KB, 1 connection";

/// Octets of a mail, and how many mails keep four connections busy for about half a second.
const SIZES: [(usize, u32); 3] = [(1_000, 16_000), (10_000, 6_000), (100_000, 800)];

/// How thorough a run is.
struct Plan {
    rounds: u32,
    /// What the numbers of mails are divided by.
    share: u32,
    /// A part of the titles of the cases that are measured; all of them without it.
    wanted: Option<String>,
    /// A part of the names of the clients that are measured; all of them without it.
    client: Option<String>,
}

impl Plan {
    fn clients(&self, all: &[(Client, Load)]) -> Vec<(Client, Load)> {
        let wanted = |name: &str| self.client.as_ref().is_none_or(|part| name.contains(&**part));
        all.iter().filter(|(client, _)| wanted(client.name())).copied().collect()
    }

    fn wants(&self, title: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| title.contains(wanted.as_str()))
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(memory::FLAG) {
        let Memory { before, most } = memory::sent(arguments)?;
        println!("{before} {most}");
        return Ok(());
    }
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // Without `--bench` it is `cargo test --benches`.
    let quick = given("--quick") || !given("--bench");
    let (rounds, share) = if quick { (1, 50) } else { (7, 1) };
    let mut rest: Vec<String> = std::env::args().skip(1).collect();
    let client = rest.iter().position(|argument| argument == "--client");
    let client = client.and_then(|at| rest.drain(at..(at + 2).min(rest.len())).nth(1));
    let wanted = rest.into_iter().find(|argument| !argument.starts_with('-'));
    let plan = Plan { rounds, share, wanted, client };
    if quick {
        println!("a quick run: its figures mean nothing");
    }
    let own = own_sink()?;
    let postfix = SmtpSink::start()?;
    let server = match &postfix {
        Some(sink) => {
            println!("server: Postfix's smtp-sink, one thread");
            sink.address
        }
        None => {
            println!("server: our own sink, one thread; smtp-sink is not installed");
            own
        }
    };
    if installed("smtp-source").is_none() {
        println!("smtp-source is not installed: its rows are left out");
    }
    let mut cases = Vec::new();
    for (connections, (octets, mails)) in
        [1, 4].into_iter().flat_map(|connections| SIZES.map(|size| (connections, size)))
    {
        cases.extend(on_loopback(server, &plan, (octets, connections, mails))?);
    }
    cases.extend(far_away(own, &plan)?);
    println!("\ntargets (medians)");
    judge_cases(&cases);
    if plan.wanted.is_none() {
        judge_latency(server, &plan)?;
        judge_memory(own)?;
    }
    Ok(())
}

/// Lets the clients take turns, so that all of them meet the same moods of the machine.
fn measure(
    title: String,
    (server, rounds): (SocketAddr, u32),
    mut clients: Vec<(Client, Load)>,
) -> Result<Case> {
    if installed("smtp-source").is_none() {
        clients.retain(|(client, _)| *client != Client::SmtpSource);
    }
    let mut case = Case::new(title, clients.iter().map(|(client, _)| *client));
    for _ in 0..rounds {
        for &(client, load) in &clients {
            case.add(client, client.run(server, load)?);
        }
    }
    case.print();
    Ok(case)
}

fn on_loopback(
    server: SocketAddr,
    plan: &Plan,
    (octets, connections, mails): (usize, u32, u32),
) -> Result<Option<Case>> {
    let title = title(octets, connections);
    if !plan.wants(&title) {
        return Ok(None);
    }
    let load = Load { octets, connections, each: (mails / plan.share / 4).max(2) };
    // 40 ms each.
    let stalled = Load { each: (10 / plan.share).max(2), ..load };
    let clients = plan.clients(&[
        (Client::SmtpSource, load),
        (Client::LettreReleased, stalled),
        (Client::LettreNodelay, load),
        (Client::Bare, load),
        (Client::OursTwoFlights, load),
        (Client::Ours, load),
    ]);
    measure(title, (server, plan.rounds), clients).map(Some)
}

fn title(octets: usize, connections: u32) -> String {
    let plural = if connections == 1 { "" } else { "s" };
    format!("{} KB, {connections} connection{plural}", octets / 1_000)
}

fn far_away(server: SocketAddr, plan: &Plan) -> Result<Option<Case>> {
    if !plan.wants(FAR) {
        return Ok(None);
    }
    let load = Load { octets: 10_000, connections: 1, each: (40 / plan.share).max(2) };
    let clients = [
        Client::SmtpSource,
        Client::LettreReleased,
        Client::LettreNodelay,
        Client::Bare,
        Client::OursTwoFlights,
        Client::Ours,
    ];
    let clients = plan.clients(&clients.map(|client| (client, load)));
    let server = delayed(server, ROUND_TRIP)?;
    measure(FAR.to_owned(), (server, plan.rounds.min(3)), clients).map(Some)
}

fn judge_cases(cases: &[Case]) {
    let case = |title: &str| cases.iter().find(|case| case.title == title);
    let four = [(1_000, 2.0, 2.2), (10_000, 1.45, 1.5)];
    for (octets, source, lettre) in four {
        let title = title(octets, 4);
        let Some(case) = case(&title) else { continue };
        let rate = |under| case.rates(Client::Ours, under);
        at_least(&format!("{title}, x smtp-source"), rate(Client::SmtpSource), source);
        at_least(&format!("{title}, x lettre NODELAY"), rate(Client::LettreNodelay), lettre);
        at_least(&format!("{title}, x bare client"), rate(Client::Bare), 0.85);
        let cost = case.costs(Client::Ours, Client::SmtpSource);
        at_most(&format!("{title}, client CPU x smtp-source"), cost, 0.7);
    }
    let Some(far) = case(FAR) else { return };
    let two = far.rates(Client::OursTwoFlights, Client::SmtpSource);
    at_least("20 ms, two flights, x smtp-source", two, 1.8);
    let joined = far.rates(Client::Ours, Client::SmtpSource);
    at_least("20 ms, accept-and-offer, x smtp-source", joined, 3.6);
}

fn judge_latency(server: SocketAddr, plan: &Plan) -> Result<()> {
    for octets in [1_000, 10_000, 100_000] {
        let took = single_sends(server, octets, 2_000 / plan.share)?;
        let rank = |share: usize| took.get(took.len() * share / 100).copied();
        let what = format!("{} KB, p99 of single sends in ms", octets / 1_000);
        at_most(&what, Spread::of(rank(99)), 5.0);
        if let (Some(half), Some(most)) = (rank(50), took.last()) {
            println!("{:<8} half of them took {half:.2} ms, the slowest {most:.2} ms", "");
        }
    }
    Ok(())
}

fn judge_memory(server: SocketAddr) -> Result<()> {
    for (connections, bound) in [(1, 60.0), (4, 120.0)] {
        let Memory { before, most } = memory::of(server, connections)?;
        println!(
            "20 MB over each of {connections}: {before:.1} MB before, {:.1} MB more",
            most - before
        );
        at_most("most that was resident in MB", Spread::of([most]), bound);
    }
    Ok(())
}
