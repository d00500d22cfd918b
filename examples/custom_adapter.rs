//! An adapter of your own, here a list in memory where yours would call an API, held to the
//! promises of every adapter: `cargo run --example custom_adapter`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example shows what it does")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mailmethod::adapter::{Adapter, DeliveryError, Depth, Offer};
use mailmethod::adapter::{Outcome, Phase, Receipt, RecipientOutcome};
use mailmethod::message::{Address, Message};
use mailmethod::testing::{Subject, adapter_conforms};
use mailmethod::{Call, MailHost, MailMethods};

/// Keeps what was delivered. Clones share one list.
#[derive(Clone, Debug, Default)]
struct Drawer(Arc<Mutex<Vec<Message>>>);

/// What accepting will deliver. Nothing has left yet, so withdrawing or dropping it is easy.
struct Pending(Drawer, Message, Vec<RecipientOutcome>);

type Offered = Result<Box<dyn Offer>, DeliveryError>;

#[async_trait]
impl Adapter for Drawer {
    async fn offer(&self, message: &Message, to: &[Address], _: Depth) -> Offered {
        let (to, outcome, phase) = (to.iter().cloned(), Outcome::Accepted, Phase::Rcpt);
        let replies = to.map(|address| RecipientOutcome { address, outcome, phase, reply: None });
        Ok(Box::new(Pending(self.clone(), message.clone(), replies.collect())))
    }
}

#[async_trait]
impl Offer for Pending {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.2
    }
    async fn accept(self: Box<Self>) -> Receipt {
        self.0.0.lock().unwrap().push(self.1);
        Receipt { recipients: self.2, error: None }
    }
    async fn withdraw(self: Box<Self>) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    adapter_conforms(async || {
        let drawer = Drawer::default();
        let list = Arc::clone(&drawer.0);
        let octets = move || list.lock().unwrap().iter().map(|m| m.as_bytes().to_vec()).collect();
        Subject::new(Arc::new(drawer)).delivering(octets)
    })
    .await;
    println!("The adapter keeps the promises of every adapter.");
    let file = "arguments: {to: address}\nheaders: {to: '{{ to }}', from: a@shop.test}\ntext: Hi!";
    let methods = MailMethods::from_embedded([("hi.yaml", file)])?;
    let host = MailHost::builder().methods(methods).adapter("default", Arc::new(Drawer::default()));
    let sent = host.build()?.send(&Call::new("hi").arg("to", "ada@example.test")?).await?;
    println!("{}: {}", sent.message.id(), sent.receipt.summary());
    Ok(())
}
