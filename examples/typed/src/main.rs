//! Calls that the compiler checks: `cargo run --package mailmethod-typed`.
//!
//! Rename an argument in `templates/orders/confirmation.yaml`, give a date where a decimal is
//! declared, or leave out what is required: this file no longer compiles.

/// The mail methods of `templates/`, as `build.rs` has generated them.
mod mails {
    mailmethod::include_methods!();
}

use std::error::Error;
use std::sync::Arc;

use mailmethod::adapter::MemoryAdapter;
use mailmethod::codegen::types::{Date, Decimal, Mailbox};
use mailmethod::host::Settings;
use mailmethod::{File, MailHost};
use mails::account::Welcome;
use mails::orders::Confirmation;
use mails::orders::confirmation::{Customer, Line, Plan};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let memory = MemoryAdapter::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut settings = Settings::read(format!("{root}/mailmethod.yaml"))?;
    settings.templates = format!("{root}/templates").into();
    let host = MailHost::builder().settings(settings);
    let host = host.adapter("default", Arc::new(memory.clone())).build()?;
    let ada: Mailbox = "ada@example.test".parse()?;

    // All fields by their names: adding an optional argument shows every place to look at.
    let order = Confirmation {
        customer: Customer { name: "Ada Lovelace".into(), email: ada.clone() },
        order_no: "2026-041".into(),
        lines: vec![Line { title: "Fieldbook".into(), quantity: 2, price: Decimal::new(1200, 2) }],
        due: Date::constant(2026, 12, 7),
        plan: Some(Plan::Team),
        note: None,
        invoice: Some(File::new("invoice.pdf", b"%PDF-1.7 ...".to_vec())),
    };
    host.send(&order).await?;

    // Only what must be given; the rest is left to the method.
    let welcome = Welcome::new("Ada", ada);
    println!("{:?}", host.render(&welcome)?.subject());

    // What is no argument: the call by name underneath has it.
    host.send(&order.call().locale("de").bcc("archive@shop.example.test")).await?;

    let mut transaction = host.begin();
    transaction.stage(&welcome)?;
    transaction.commit().await?;

    for message in memory.messages() {
        println!("{} to {}", message.id(), message.envelope().addresses().count());
    }
    Ok(())
}
