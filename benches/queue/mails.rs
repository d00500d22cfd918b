//! Mails and stores to measure with.

use std::path::Path;

use mailmethod::message::{Envelope, Field, Message, OnUncertain, Recipient};
use mailmethod::queue::{Due, EntryId, NewEntry, Store};
use uuid::Uuid;

use crate::Result;

/// A store in a new file.
pub(crate) async fn store(folder: &Path, name: &str) -> Result<Store> {
    let file = folder.join(format!("{name}-{}.db", Uuid::now_v7().simple()));
    Ok(Store::open(&format!("sqlite:{}", file.display()).parse()?).await?)
}

/// A sealed message of about so many octets.
pub(crate) fn message(octets: usize) -> Result<Message> {
    let id = format!("<{}@x.test>", Uuid::now_v7().simple());
    let mut bytes =
        format!("From: shop@x.test\r\nTo: ada@x.test\r\nMessage-ID: {id}\r\n\r\n").into_bytes();
    while bytes.len() + 74 < octets {
        bytes.extend_from_slice(&[b'x'; 72]);
        bytes.extend_from_slice(b"\r\n");
    }
    let to = Recipient { address: "ada@x.test".parse()?, field: Field::To };
    let envelope = Envelope::new(Some("shop@x.test".parse()?), vec![to])?;
    Ok(Message::from_parts(id, envelope, bytes))
}

/// A mail of about so many octets that is due at once.
pub(crate) fn entry(octets: usize, bulk: bool) -> Result<NewEntry> {
    Ok(NewEntry {
        id: EntryId::from(Uuid::now_v7()),
        route: "default".to_owned(),
        bulk,
        priority: 3,
        due: Due::In(0),
        expires_in: 4 * 86_400_000_000,
        on_uncertain: OnUncertain::Retry,
        key: None,
        method: "orders/confirmation".to_owned(),
        locale: "en".to_owned(),
        revision: None,
        subject: "Order 2026-041 confirmed".to_owned(),
        arguments: Some(r#"{"order_no":"2026-041"}"#.to_owned()),
        attachments: 0,
        secret: None,
        origin: None,
        wake: false,
        message: message(octets)?,
    })
}

/// Many of them.
pub(crate) fn entries(count: usize, octets: usize, bulk: bool) -> Result<Vec<NewEntry>> {
    (0..count).map(|_| entry(octets, bulk)).collect()
}
