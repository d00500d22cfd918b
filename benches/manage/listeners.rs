//! What open pages cost while nothing happens: two hundred listen for events.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use crate::measure::cpu_seconds;
use crate::support::Site;
use crate::{Plan, Result, judge, postgres};

/// How many pages listen.
const LISTENERS: usize = 200;

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    let seconds: u32 = if plan.quick { 1 } else { 20 };
    println!(
        "\nlisteners: {LISTENERS} open pages, nothing happens; processor time of {seconds} s, %"
    );
    let (site, client) = Site::new().await;
    let figure = idle((site, client), seconds).await?;
    judge("SQLite, in development", figure, 5.0);
    if let Some(server) = postgres::Server::start(&[]) {
        server.run("CREATE DATABASE listeners").await;
        let site = Site::with(tempfile::tempdir()?, &server.url("listeners"), |page| page).await;
        judge("PostgreSQL, in development", idle(site, seconds).await?, 5.0);
    }
    Ok(())
}

async fn idle(page: (Site, crate::support::Client), seconds: u32) -> Result<f64> {
    let (_site, client) = page;
    let mut open = Vec::new();
    for _ in 0..LISTENERS {
        let mut stream = client.stream("/events", &[]).await;
        let mut greeting = [0; 256];
        if stream.read(&mut greeting).await? == 0 {
            return Err("a page was not let in".into());
        }
        open.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = process_seconds()?;
    tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
    let used = process_seconds()? - before;
    Ok(used / f64::from(seconds) * 100.0)
}

/// The processor time of all threads of this process.
fn process_seconds() -> Result<f64> {
    let mut all = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let path = task?.path().join("schedstat");
        all += cpu_seconds(&path.to_string_lossy()).unwrap_or(0.0);
    }
    Ok(all)
}
