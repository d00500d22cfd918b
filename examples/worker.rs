//! Two mailers share one queue on PostgreSQL, as they would on two machines: each mail is sent once.
//!
//! `DATABASE_URL=postgres://me@localhost/test cargo run --example worker`
//!
//! It makes the schema `mailmethod` in that database if it is not there. Without a database it says
//! so, and ends.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mailmethod::host::Observer;
use mailmethod::mailer::Attempt;
use mailmethod::queue::Location;
use mailmethod::testing::FaultServer;
use mailmethod::{Call, MailHost, MailMethods};

/// Prints what a mailer has done, and counts it.
struct Told {
    mailer: &'static str,
    attempts: AtomicUsize,
}

impl Told {
    fn new(mailer: &'static str) -> Arc<Self> {
        Arc::new(Self { mailer, attempts: AtomicUsize::new(0) })
    }

    fn is_idle(&self) -> bool {
        self.attempts.load(Ordering::Relaxed) == 0
    }
}

impl Observer for Told {
    fn attempted(&self, attempt: &Attempt) {
        println!("{}: {} {}", self.mailer, attempt.verdict, attempt.id);
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(url) = std::env::var("DATABASE_URL") else {
        println!("set DATABASE_URL=postgres://… to see two mailers at work on one queue");
        return Ok(());
    };
    let location: Location = url.parse()?;
    let relay = FaultServer::start().await?;
    let methods = MailMethods::from_embedded([(
        "ticket.yaml",
        "arguments: { number: integer, email: address }\n\
         headers: { from: fair@example.test, to: '{{ email }}', subject: 'Ticket {{ number }}' }\n\
         text: Ticket {{ number }} is yours.",
    )])?;
    let host = |told: &Arc<Told>| {
        MailHost::builder()
            .methods(methods.clone())
            .adapter_url("default", format!("{}?connections=2", relay.url()))
            .store(location.clone())
            .observer(Arc::<Told>::clone(told))
            .build()
    };

    let told = [Told::new("mailer 1"), Told::new("mailer 2")];
    let (one, other) = (host(&told[0])?, host(&told[1])?);
    let mut stops = Vec::new();
    let mut mailers = Vec::new();
    for host in [&one, &other] {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        mailers.push(tokio::spawn(host.mailer().run(async move { drop(stopped.await) })));
        stops.push(stop);
    }

    // So that there is somebody to share with from the first mail on.
    let store = one.store().await?;
    while store.mailers().await?.len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    // Both are told of each commit by NOTIFY, and each takes what the other has not: a few mails may
    // all be taken by one of them.
    let (before, mut queued) = (relay.taken().len(), 0);
    while told.iter().any(|told| told.is_idle()) {
        let numbers = queued..queued + 40;
        let calls: Result<Vec<Call>, _> = numbers
            .map(|number| {
                Call::new("ticket").arg("number", &number)?.arg("email", "ada@example.test")
            })
            .collect();
        one.queue_many(calls?).await?;
        queued += 40;
        relay.until(|relay| relay.taken().len() >= before + queued).await;
    }
    drop(stops);
    for mailer in mailers {
        mailer.await??;
    }
    println!("{} of {queued} mails arrived, each once", relay.taken().len() - before);
    Ok(())
}
