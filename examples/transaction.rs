//! An order and its mail commit or roll back together, in three ways: in the order's own SQL
//! transaction; with participants beside the queue; and, without a queue, straight to the relay.
//!
//! `cargo run --example transaction`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::time::Duration;

use mailmethod::adapter::MemoryAdapter;
use mailmethod::outbox::SqlParticipant;
use mailmethod::queue::{Filter, Location};
use mailmethod::{Call, MailHost, MailMethods};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn methods() -> Result<MailMethods> {
    Ok(MailMethods::from_embedded([(
        "receipt.yaml",
        "arguments: { number: string, email: address }\n\
         headers: { from: shop@example.test, to: '{{ email }}', subject: 'Receipt {{ number }}' }\n\
         text: Thank you for order {{ number }}.",
    )])?)
}

fn receipt(number: &str) -> Result<Call> {
    Ok(Call::new("receipt").arg("number", number)?.arg("email", "ada@example.test")?)
}

async fn orders(pool: &SqlitePool) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(pool).await?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    let shop = SqlitePool::connect_with(file.create_if_missing(true)).await?;
    sqlx::query("CREATE TABLE orders (number TEXT PRIMARY KEY)").execute(&shop).await?;

    // 1. Mail and data share a database: the outbox. Nothing can come between them.
    let relay = MemoryAdapter::new();
    let host = MailHost::builder()
        .methods(methods()?)
        .adapter("default", Arc::new(relay.clone()))
        .store(&shop)
        .build()?;
    let store = host.store().await?;
    for (number, fails) in [("1", true), ("2", false)] {
        let mut tx = shop.begin().await?;
        sqlx::query("INSERT INTO orders VALUES (?)").bind(number).execute(&mut *tx).await?;
        host.queue_in(&mut tx, &receipt(number)?).await?;
        if fails {
            drop(tx); // an error on the way: `?` would do just this
        } else {
            tx.commit().await?;
        }
    }
    host.mailer().drain(std::future::pending()).await?;
    println!("outbox: {} order, {} mail sent", orders(&shop).await?, relay.messages().len());

    // 2. The queue has a database of its own: a transaction of several participants.
    let location: Location =
        format!("sqlite:{}", folder.path().join("mail.db").display()).parse()?;
    let host = MailHost::builder()
        .methods(methods()?)
        .adapter("default", Arc::new(relay.clone()))
        .store(location)
        .build()?;
    let mut tx = host.begin();
    let db = tx.join(SqlParticipant::new(shop.begin().await?));
    sqlx::query("INSERT INTO orders VALUES ('3')").execute(&mut **tx.get(&db)?).await?;
    tx.stage(&receipt("3")?)?;
    let savepoint = tx.savepoint().await?;
    sqlx::query("INSERT INTO orders VALUES ('4')").execute(&mut **tx.get(&db)?).await?;
    tx.stage(&receipt("4")?.after(Duration::from_secs(60)))?;
    tx.rollback_to(savepoint).await?; // order 4 and its mail are gone
    let committed = tx.commit().await?;
    let queued = host.store().await?.count(&Filter::default(), 10).await?;
    println!(
        "queue:  {} orders, {queued} mail in the queue, {} by this commit",
        orders(&shop).await?,
        committed.queued.len()
    );

    // 3. No queue: the relay is asked before anything commits, so an unknown recipient stops it all.
    let host = MailHost::builder()
        .methods(methods()?)
        .adapter("default", Arc::new(relay.clone()))
        .build()?;
    relay.refuse(&"ada@example.test".parse()?, 550, "5.1.1 no such user");
    let mut tx = host.begin_direct();
    let db = tx.join(SqlParticipant::new(shop.begin().await?));
    sqlx::query("INSERT INTO orders VALUES ('5')").execute(&mut **tx.get(&db)?).await?;
    tx.stage(&receipt("5")?)?;
    let refused = tx.commit().await.err().ok_or("the relay refuses")?;
    println!("direct: {} orders still: {refused}", orders(&shop).await?);
    drop(store);
    Ok(())
}
