//! The main job in one command: a mail method is called by its name with typed arguments, and
//! the mail is sent over real SMTP, to a relay that this program starts on loopback.
//!
//! `cargo run --example quickstart`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use mail_parser::{MessageParser, MimeHeaders};
use mailmethod::host::{DEFAULT_FILE, Settings};
use mailmethod::testing::FaultServer;
use mailmethod::{Call, MailHost};

#[derive(serde::Serialize)]
struct Order {
    customer: Customer,
    order_no: String,
    lines: Vec<Line>,
    due: jiff::civil::Date,
}

#[derive(serde::Serialize)]
struct Customer {
    name: String,
    email: String,
}

#[derive(serde::Serialize)]
struct Line {
    title: String,
    quantity: u32,
    price: rust_decimal::Decimal,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let relay = FaultServer::start().await?;
    let settings = Settings::read(DEFAULT_FILE)?;
    let host =
        MailHost::builder().settings(settings).adapter_url("default", relay.url()).build()?;

    let order = Order {
        customer: Customer { name: "Zoë Okafor".into(), email: "zoe@example.test".into() },
        order_no: "2026-118".into(),
        lines: vec![Line { title: "Enamel mug".into(), quantity: 2, price: "14.50".parse()? }],
        due: "2026-12-07".parse()?,
    };
    let sent = host.send(&Call::new("orders/confirmation").args(&order)?).await?;
    println!("{}: {} to {}\n", sent.message.id(), sent.receipt.summary(), relay.url());

    let arrived = relay.taken().pop().ok_or("nothing arrived")?;
    let mail = MessageParser::default().parse(&arrived.bytes).ok_or("no message arrived")?;
    println!("Envelope  {} → {}", arrived.sender, arrived.recipients.join(", "));
    println!("Subject   {}", mail.subject().unwrap_or_default());
    for part in mail.parts.iter().filter(|part| !part.is_multipart()) {
        let kind = part.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or("")));
        let (kind, subkind) = kind.unwrap_or_default();
        println!("Part      {kind}/{subkind} {}", part.attachment_name().unwrap_or("(body)"));
    }
    println!("\n{}", mail.body_text(0).unwrap_or_default());
    Ok(())
}
