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

/// A sealed message of about so many octets: prose of a few hundred words, which the store does not
/// pack.
pub(crate) fn message(octets: usize) -> Result<Message> {
    let id = format!("<{}@x.test>", Uuid::now_v7().simple());
    let mut bytes =
        format!("From: shop@x.test\r\nTo: ada@x.test\r\nMessage-ID: {id}\r\n\r\n").into_bytes();
    let mut random = numbers(id.as_bytes());
    let mut line = 0;
    while bytes.len() + 12 < octets {
        let word = word(random() % 400);
        line += word.len() + 1;
        if line > 76 {
            bytes.extend_from_slice(b"\r\n");
            line = word.len() + 1;
        }
        bytes.extend_from_slice(word.as_bytes());
        bytes.push(b' ');
    }
    bytes.extend_from_slice(b"\r\n");
    let to = Recipient { address: "ada@x.test".parse()?, field: Field::To };
    let envelope = Envelope::new(Some("shop@x.test".parse()?), vec![to])?;
    Ok(Message::from_parts(id, envelope, bytes))
}

/// Numbers without a pattern, the same for the same seed.
fn numbers(seed: &[u8]) -> impl FnMut() -> u64 + use<> {
    let mut state = seed.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    });
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 33
    }
}

/// One of the words, of two to nine letters.
fn word(number: u64) -> String {
    let mut random = numbers(&number.to_le_bytes());
    let length = 2 + random() % 8;
    (0..length)
        .map(|_| char::from(b'a' + u8::try_from(random() % 26).unwrap_or_default()))
        .collect()
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
