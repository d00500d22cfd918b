//! What a mailer costs that has nothing to do, and one before a million mails that are not due.

use std::sync::Arc;
use std::time::Duration;

use mailmethod::adapter;
use mailmethod::mailer::{Mailer, MailerSettings};
use mailmethod::queue::Due;

use crate::measure::{cpu_seconds, memory_megabytes};
use crate::{Plan, Result, judge_most, mails};

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    let store = mails::store(&plan.folder, "idle").await?;
    let count = plan.count(1_000_000);
    println!("\nidle: a mailer, SQLite, {count} mails queued for later");
    for _ in 0..count.div_ceil(500) {
        let later = mails::entries(500, 300, false)?
            .into_iter()
            .map(|entry| mailmethod::queue::NewEntry { due: Due::In(86_400_000_000), ..entry });
        store.insert(later.collect()).await?;
    }
    let relay = adapter::open("null:")?;
    let mailer = Mailer::new(
        store.clone(),
        Arc::new(move |_| Ok(Arc::clone(&relay))),
        MailerSettings::default(),
    );
    let seconds = if plan.quick { 2 } else { 20 };
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let working = tokio::spawn(mailer.run(async move { drop(ended.await) }));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = process_seconds()?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let used = process_seconds()? - before;
    drop(end);
    working.await??;
    judge_most("processor, %", used / seconds as f64 * 100.0, 1.0);
    judge_most("resident memory, MB", memory_megabytes("VmRSS")?, 80.0);
    Ok(())
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
