//! Two mailers share one queue on PostgreSQL, as they would on two machines: each mail is sent once.
//!
//! `DATABASE_URL=postgres://me@localhost/test cargo run --example worker`
//!
//! It makes the schema `mailmethod` in that database if it is not there. Without a database it says
//! so, and ends.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::time::Duration;

use mailmethod::host::Observer;
use mailmethod::mailer::Attempt;
use mailmethod::queue::Location;
use mailmethod::testing::FaultServer;
use mailmethod::{Call, MailHost, MailMethods};

/// Prints what a mailer has done.
struct Told(&'static str);

impl Observer for Told {
    fn attempted(&self, attempt: &Attempt) {
        println!("{}: {} {}", self.0, attempt.verdict, attempt.id);
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
    let host = |watched: &'static str| {
        MailHost::builder()
            .methods(methods.clone())
            .adapter_url("default", format!("{}?connections=2", relay.url()))
            .store(location.clone())
            .observer(Arc::new(Told(watched)))
            .build()
    };

    let (one, other) = (host("mailer 1")?, host("mailer 2")?);
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

    let before = relay.taken().len();
    for number in 0..40 {
        let call = Call::new("ticket").arg("number", &number)?.arg("email", "ada@example.test")?;
        one.queue(&call).await?; // both mailers are told by NOTIFY
        if number % 10 == 9 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    relay.until(|relay| relay.taken().len() >= before + 40).await;
    drop(stops);
    for mailer in mailers {
        mailer.await??;
    }
    println!("{} mails arrived, each once", relay.taken().len() - before);
    Ok(())
}
