//! The main job in one command: an order and its mail are one transaction. The order that is rolled
//! back mails nobody; the one that commits arrives over real SMTP, at a relay that this program
//! starts on loopback.
//!
//! `cargo run --example quickstart`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use mail_parser::{MessageParser, MimeHeaders};
use mailmethod::host::{DEFAULT_FILE, Settings};
use mailmethod::testing::FaultServer;
use mailmethod::{Call, MailHost};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

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
    let folder = tempfile::tempdir()?;
    let file = SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    let shop = SqlitePool::connect_with(file.create_if_missing(true)).await?;
    sqlx::query("CREATE TABLE orders (number TEXT PRIMARY KEY)").execute(&shop).await?;

    // Mail methods from templates/, a relay, and the queue in the shop's own database.
    let host = MailHost::builder()
        .settings(Settings::read(DEFAULT_FILE)?)
        .adapter_url("default", relay.url())
        .store(&shop)
        .build()?;
    host.store().await?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mailer = tokio::spawn(host.mailer().run(async move { drop(stopped.await) }));

    for (order_no, paid) in [("2026-117", false), ("2026-118", true)] {
        let order = Order {
            customer: Customer { name: "Zoë Okafor".into(), email: "zoe@example.test".into() },
            order_no: order_no.into(),
            lines: vec![Line { title: "Enamel mug".into(), quantity: 2, price: "14.50".parse()? }],
            due: "2026-12-07".parse()?,
        };
        let mut tx = shop.begin().await?;
        sqlx::query("INSERT INTO orders VALUES (?)").bind(order_no).execute(&mut *tx).await?;
        let id = host.queue_in(&mut tx, &Call::new("orders/confirmation").args(&order)?).await?;
        if paid {
            tx.commit().await?;
            println!("order {order_no}: committed, its mail is {id}");
        } else {
            tx.rollback().await?;
            println!("order {order_no}: rolled back, and so is its mail");
        }
    }

    host.wake();
    relay.until(|relay| !relay.taken().is_empty()).await;
    drop(stop); // the mailer finishes what is past the gate, and ends
    mailer.await??;
    println!("\n{} mail arrived at {}:\n", relay.taken().len(), relay.url());
    for arrived in relay.taken() {
        show(&arrived.sender, &arrived.recipients, &arrived.bytes)?;
    }
    Ok(())
}

fn show(from: &str, to: &[String], message: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let mail = MessageParser::default().parse(message).ok_or("no message arrived")?;
    println!("Envelope  {from} → {}", to.join(", "));
    println!("Subject   {}", mail.subject().unwrap_or_default());
    for part in mail.parts.iter().filter(|part| !part.is_multipart()) {
        let kind = part.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or("")));
        let (kind, subkind) = kind.unwrap_or_default();
        println!("Part      {kind}/{subkind} {}", part.attachment_name().unwrap_or("(body)"));
    }
    println!("\n{}", mail.body_text(0).unwrap_or_default());
    Ok(())
}
