//! From the call to the outcome: 10,000 mails queued durably, gated, handed to a relay, settled.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use mailmethod::adapter;
use mailmethod::mailer::{Mailer, MailerSettings};
use mailmethod::queue::Filter;

use crate::measure::Spread;
use crate::servers::{SmtpSink, installed};
use crate::{Plan, Result, judge, mails};

const OCTETS: usize = 9_000;
const CONNECTIONS: usize = 4;

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    let Some(sink) = SmtpSink::start()? else {
        println!("\nend to end: smtp-sink is not installed");
        return Ok(());
    };
    let count = plan.count(10_000);
    println!("\nend to end: {count} mails of 9 KB, SQLite, 4 connections, smtp-sink; mails/s");
    let names = [
        "smtp-source -d -s 4",
        "window 8",
        "window 1",
        "window 1: enqueue alone",
        "window 1: bound",
    ];
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for _ in 0..plan.rounds {
        let peer = source(&sink, count)?;
        let (eight, _) = run(plan, &sink, count, true).await?;
        let (one, enqueue) = run(plan, &sink, count, false).await?;
        let bound = bound(plan, &sink, count, enqueue).await?;
        for (rates, rate) in rates.iter_mut().zip([peer, eight, one, enqueue, bound]) {
            rates.push(rate);
        }
    }
    let mut medians = Vec::new();
    for (name, rates) in names.iter().zip(rates) {
        if let Some(spread) = Spread::of(rates) {
            println!("  {name:<26} {spread}");
            medians.push(spread.median);
        }
    }
    let [peer, eight, one, _, bound] = medians[..] else { return Ok(()) };
    if peer > 0.0 {
        judge("window 8 / smtp-source", eight / peer, 0.5, Some(0.75));
    }
    judge("window 1 / bound", one / bound, 0.8, None);
    Ok(())
}

/// Queues and sends all; gives mails a second over all, and of queueing alone.
async fn run(plan: &Plan, sink: &SmtpSink, count: usize, bulk: bool) -> Result<(f64, f64)> {
    let store = mails::store(&plan.folder, "end").await?;
    let mut groups = Vec::new();
    for _ in 0..count.div_ceil(100) {
        groups.push(mails::entries(100, OCTETS, bulk)?);
    }
    let total = groups.len() * 100;
    let url = format!("smtp://{}?connections={CONNECTIONS}&messages=100000", sink.address);
    let relay = adapter::open(&url)?;
    let mailer = Mailer::new(
        store.clone(),
        Arc::new(move |_| Ok(Arc::clone(&relay))),
        MailerSettings::default(),
    );
    let begun = Instant::now();
    for group in groups {
        store.insert(group).await?;
    }
    let queued = begun.elapsed().as_secs_f64();
    mailer.drain(std::future::pending()).await?;
    let all = begun.elapsed().as_secs_f64();
    let sent = store.count(&"state:sent".parse::<Filter>()?, u64::MAX).await?;
    if sent != total as u64 {
        return Err(format!("{sent} of {total} were sent").into());
    }
    Ok((total as f64 / all, total as f64 / queued))
}

/// What gate commits and round trips allow, where each mail has a commit of its connection's: four
/// connections take turns with commits that they share. Outcomes cost nothing here; the mailer
/// writes them in the same commits.
async fn bound(plan: &Plan, sink: &SmtpSink, count: usize, enqueue: f64) -> Result<f64> {
    let store = mails::store(&plan.folder, "bound").await?;
    let mailer = store.register("bench", 1).await?;
    let rounds = (count / 20).max(50);
    store.insert(mails::entries(100, 500, false)?).await?;
    let claims = store.claim(mailer, "default", 100).await?;
    let tickets: Vec<_> =
        claims.iter().map(mailmethod::queue::Claim::ticket).take(CONNECTIONS).collect();
    // The commit of a gate for each of the connections.
    let begun = Instant::now();
    for _ in 0..rounds {
        let gates = tickets.iter().map(|ticket| store.round(mailer, Vec::new(), vec![*ticket]));
        for passed in join_all(gates).await {
            passed?;
        }
    }
    let commit = begun.elapsed().as_secs_f64() / rounds as f64;
    // The round trip of a mail, on as many connections.
    let peer = source(sink, count)?;
    let trip = if peer > 0.0 { CONNECTIONS as f64 / peer } else { 0.0 };
    let each = (commit + trip) / CONNECTIONS as f64 + 1.0 / enqueue;
    Ok(1.0 / each)
}

async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Postfix's client, without a queue; 0 if it is not installed.
fn source(sink: &SmtpSink, count: usize) -> Result<f64> {
    let Some(program) = installed("smtp-source") else { return Ok(0.0) };
    let begun = Instant::now();
    let status = Command::new(program)
        .args(["-d", "-f", "shop@x.test", "-t", "ada@x.test", "-s", "4"])
        .args(["-m", &count.to_string(), "-l", &OCTETS.to_string(), &sink.address.to_string()])
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        return Err("smtp-source has failed".into());
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}
