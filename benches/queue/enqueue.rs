//! How fast mails become durable: by one caller, by sixteen, and many at once.

use std::time::Instant;

use mailmethod::queue::Store;
use uuid::Uuid;

use crate::measure::Spread;
use crate::{Plan, Result, disk, judge, mails};

const OCTETS: usize = 8 * 1_024;
const CALLERS: usize = 16;

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    println!("\nenqueue: sealed messages of 8 KB, SQLite, synchronous=FULL; mails/s");
    let names = ["raw append + fdatasync", "one caller", "16 callers", "100 at once"];
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let (one, many) = (plan.count(2_000), plan.count(12_000));
    for _ in 0..plan.rounds {
        let raw = disk::raw(&plan.folder, 1_500)?;
        let store = mails::store(&plan.folder, "enqueue").await?;
        let figures = [
            raw,
            single(&store, one).await?,
            callers(&store, many).await?,
            batches(&store, many).await?,
        ];
        for (at, figure) in figures.into_iter().enumerate() {
            if let (Some(rates), Some(ratios)) = (rates.get_mut(at), ratios.get_mut(at)) {
                rates.push(figure);
                ratios.push(figure / raw);
            }
        }
    }
    let mut medians = Vec::new();
    for ((name, rates), ratios) in names.iter().zip(&rates).zip(ratios) {
        let (rate, ratio) = (Spread::of(rates.iter().copied()), Spread::of(ratios));
        let (Some(rate), Some(ratio)) = (rate, ratio) else { continue };
        println!("  {name:<24} {rate:<28} {ratio} x raw");
        medians.push((rate.median, ratio.median));
    }
    let [(raw, _), one, callers, batches] = medians[..] else { return Ok(()) };
    if raw > disk::COMPARABLE {
        println!("  not comparable: this disk makes {raw:.0} writes a second durable, as it says");
    }
    judge("one caller / raw", one.1, 0.4, Some(0.6));
    judge("16 callers / raw", callers.1, 1.8, Some(2.5));
    judge("100 at once / raw", batches.1, 2.8, Some(4.0));
    Ok(())
}

async fn single(store: &Store, count: usize) -> Result<f64> {
    let entries = mails::entries(count, OCTETS, false)?;
    let begun = Instant::now();
    for entry in entries {
        store.insert(vec![entry]).await?;
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

async fn callers(store: &Store, count: usize) -> Result<f64> {
    let mut shares = Vec::new();
    for _ in 0..CALLERS {
        shares.push(mails::entries(count / CALLERS, OCTETS, false)?);
    }
    let begun = Instant::now();
    let mut tasks: tokio::task::JoinSet<Result<()>> = tokio::task::JoinSet::new();
    for share in shares {
        let store = store.clone();
        tasks.spawn(async move {
            for mut entry in share {
                // As a call does it: ids grow with the time, whoever makes them.
                entry.id = Uuid::now_v7().into();
                store.insert(vec![entry]).await?;
            }
            Result::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok((count / CALLERS * CALLERS) as f64 / begun.elapsed().as_secs_f64())
}

async fn batches(store: &Store, count: usize) -> Result<f64> {
    let mut groups = Vec::new();
    for _ in 0..count.div_ceil(100) {
        groups.push(mails::entries(100, OCTETS, false)?);
    }
    let total = groups.len() * 100;
    let begun = Instant::now();
    for group in groups {
        store.insert(group).await?;
    }
    Ok(total as f64 / begun.elapsed().as_secs_f64())
}
