//! What tests of the queue have in common: stores that are thrown away, and mails to queue.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

use std::time::Duration;

use mailmethod::message::{
    Attachment, ContentType, Draft, Header, Limits, Mail, Message, OnUncertain, Stamp,
};
use mailmethod::queue::{Due, EntryId, NewEntry, Store};
use uuid::Uuid;

#[path = "memory.rs"]
mod memory;

pub(crate) use memory::folder;

/// A store of its own, gone with this value.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) location: String,
    folder: Option<tempfile::TempDir>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = folder();
        let location = format!("sqlite:{}", folder.path().join("mail.db").display());
        let store = Store::open(&location.parse().unwrap()).await.unwrap();
        Self { store, location, folder: Some(folder) }
    }

    pub(crate) async fn postgres(url: &str) -> Self {
        let location = url.to_owned();
        let store = Store::open(&location.parse().unwrap()).await.unwrap();
        Self { store, location, folder: None }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.store.sqlite_file().is_none()
    }

    /// Runs a script on a connection of its own, one for each database; our tables are written
    /// `@name`, so that no other `@` can be in it.
    pub(crate) async fn sql(&self, sqlite: &str, postgres: &str) {
        use sqlx::{AssertSqlSafe, Connection as _};
        if self.is_postgres() {
            let script = AssertSqlSafe(postgres.replace('@', "mailmethod."));
            let mut connection = sqlx::PgConnection::connect(&self.location).await.unwrap();
            sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let script = AssertSqlSafe(sqlite.replace('@', ""));
            let mut connection = sqlx::SqliteConnection::connect(&self.location).await.unwrap();
            sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// The number that a query gives.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        use sqlx::{AssertSqlSafe, Connection as _};
        if self.is_postgres() {
            let sql = AssertSqlSafe(sql.replace('@', "mailmethod."));
            let mut connection = sqlx::PgConnection::connect(&self.location).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let sql = AssertSqlSafe(sql.replace('@', ""));
            let mut connection = sqlx::SqliteConnection::connect(&self.location).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }
}

/// Lets time go by while mailers live: none of them is silent for long.
pub(crate) async fn pass(store: &Store, by: Duration) {
    let step = Duration::from_secs(15);
    let mut left = by;
    while store.sqlite_file().is_none() && left > step {
        store.advance(step).await.unwrap();
        for mailer in store.mailers().await.unwrap() {
            store.beat(mailer.id, mailer.note).await.unwrap();
        }
        left -= step;
    }
    store.advance(left).await.unwrap();
    store.ring();
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
    let content: Vec<u8> = (0..octets).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
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

/// Checks that the relay has taken what the store says, and that no mail is in nobody's hands.
///
/// `doubled` is how many mails the relay may have got twice.
#[cfg(feature = "smtp")]
pub(crate) async fn conserved(
    store: &Store,
    server: &mailmethod::testing::FaultServer,
    doubled: usize,
) {
    use std::collections::HashMap;

    use mailmethod::queue::{Delivery, Filter, Order, State};

    let mut taken: HashMap<(String, String), usize> = HashMap::new();
    for one in server.taken() {
        let text = String::from_utf8_lossy(&one.bytes).into_owned();
        let id = text.split("Message-ID: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let id = id.unwrap_or_default().to_owned();
        for to in one.recipients {
            *taken.entry((id.clone(), to)).or_default() += 1;
        }
    }
    let twice: usize = taken.values().map(|count| count - 1).sum();
    assert!(twice <= doubled, "{twice} mails were sent twice, and not {doubled} at most");
    let all = store.list(&Filter::default(), Order::Oldest, None, 1_000_000).await.unwrap();
    for entry in all {
        assert_ne!(entry.state, State::Sending, "{} is in nobody's hands", entry.id);
        for one in &entry.recipients {
            let there = taken.contains_key(&(entry.message_id.clone(), one.address.clone()));
            match one.outcome {
                Delivery::Accepted => {
                    assert!(there, "{} to {} was not taken", entry.id, one.address);
                }
                Delivery::Unknown => {}
                _ => {
                    assert!(!there, "{} to {} was taken: {:?}", entry.id, one.address, one.outcome);
                }
            }
        }
    }
}

/// Loses what mails share.
pub(crate) async fn lose_blobs(world: &World) {
    world.sql("PRAGMA foreign_keys = OFF; DELETE FROM @blob", "DELETE FROM @blob").await;
}

/// Damages what a mail stores of its own.
pub(crate) async fn damage(world: &World, id: EntryId) {
    let sql = |octets: &str| format!("UPDATE @mail SET content = {octets} WHERE id = '{id}'");
    world.sql(&sql("x'01ffffffff00'"), &sql(r"'\x01ffffffff00'")).await;
}

/// An adapter that panics at mail to panic@x.test.
#[derive(Debug)]
pub(crate) struct Panicking {
    pub(crate) inner: std::sync::Arc<dyn mailmethod::adapter::Adapter>,
}

#[async_trait::async_trait]
impl mailmethod::adapter::Adapter for Panicking {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[mailmethod::message::Address],
        depth: mailmethod::adapter::Depth,
    ) -> Result<Box<dyn mailmethod::adapter::Offer>, mailmethod::adapter::DeliveryError> {
        assert!(recipients.iter().all(|to| to.as_str() != "panic@x.test"), "as told");
        self.inner.offer(message, recipients, depth).await
    }

    fn max_offers(&self) -> usize {
        1
    }
}
