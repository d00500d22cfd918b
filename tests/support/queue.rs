//! What tests of the queue have in common: stores that are thrown away, and mails to queue.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

use std::time::Duration;

use mailmethod::message::{
    Attachment, ContentType, Draft, Header, Limits, Mail, Message, OnUncertain, Stamp,
};
use mailmethod::queue::{Due, EntryId, NewEntry, Store};
use uuid::Uuid;

/// A store of its own, gone with this value.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) location: String,
    folder: Option<tempfile::TempDir>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = format!("sqlite:{}", folder.path().join("mail.db").display());
        let store = Store::open(&location.parse().unwrap()).await.unwrap();
        Self { store, location, folder: Some(folder) }
    }

    pub(crate) async fn postgres(url: &str) -> Self {
        let location = url.to_owned();
        let store = Store::open(&location.parse().unwrap()).await.unwrap();
        Self { store, location, folder: None }
    }
}

fn draft(to: &[&str]) -> Draft {
    let list = to.join(", ");
    let headers = [("from", "shop@x.test"), ("to", list.as_str()), ("subject", "Hi")];
    let headers = headers.map(|(name, value)| Header::parse(name, value).unwrap()).to_vec();
    Draft { headers, text: Some("Hello".to_owned()), ..Draft::default() }
}

fn sealed(draft: Draft) -> Message {
    let limits = Limits::default();
    Mail::new(draft, &limits).unwrap().seal(&Stamp::now(), &limits).unwrap()
}

/// A message to these addresses.
pub(crate) fn message_to(to: &[&str]) -> Message {
    sealed(draft(to))
}

/// A mail to these addresses that is due at once.
pub(crate) fn entry(to: &[&str]) -> NewEntry {
    entry_of(message_to(to))
}

/// A mail with an attachment of so many octets, always the same.
pub(crate) fn entry_with_attachment(octets: usize) -> NewEntry {
    let content: Vec<u8> = (0..octets).map(|at| (at * 7 % 251) as u8).collect();
    let pdf = ContentType::guess("a.pdf");
    let part = Attachment::new(Some("a.pdf".to_owned()), pdf, content.into()).unwrap();
    entry_of(sealed(Draft { attachments: vec![part], ..draft(&["ada@x.test"]) }))
}

/// A mail of this message that is due at once.
pub(crate) fn entry_of(message: Message) -> NewEntry {
    NewEntry {
        id: EntryId::from(Uuid::now_v7()),
        route: "default".to_owned(),
        bulk: false,
        priority: 3,
        due: Due::In(0),
        expires_in: 4 * 86_400_000_000,
        on_uncertain: OnUncertain::Retry,
        key: None,
        method: "test/mail".to_owned(),
        locale: "en".to_owned(),
        revision: None,
        subject: "Hi".to_owned(),
        arguments: None,
        attachments: 0,
        secret: None,
        origin: None,
        wake: true,
        message,
    }
}

/// Lets a mailer die: what was in its hands is recovered.
pub(crate) async fn let_die(store: &Store, _mailer: Uuid) {
    if store.sqlite_file().is_none() {
        store.advance(Duration::from_secs(31)).await.unwrap();
    }
    store.recover().await.unwrap();
}
