//! Mailers, as the store knows them: who they are, and that they live.

use uuid::Uuid;

use super::database::{Query, Session};
use super::{QueueError, Store};
use jiff::Timestamp;

/// A mailer that is at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailerInfo {
    /// Its id.
    pub id: Uuid,
    /// The machine.
    pub host: String,
    /// The process.
    pub process: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When it last told that it lives.
    pub seen_at: Timestamp,
    /// What it wants people to know.
    pub note: Option<String>,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Shared parts.
    pub blobs: u64,
    /// Their octets.
    pub blob_octets: u64,
}

impl Store {
    /// Makes a mailer known; gives its id.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn register(&self, host: &str, process: u32) -> Result<Uuid, QueueError> {
        let (id, host) = (Uuid::now_v7(), host.to_owned());
        self.write(move |session| {
            Box::pin(async move {
                if !session.dialect.is_postgres() {
                    // The lock on the file proves that no other mailer lives.
                    session.run(Query::new("DELETE FROM {mailer}")).await?;
                }
                let query = "INSERT INTO {mailer} (id, host, process, started_at, seen_at) \
                     VALUES ($1, $2, $3, {now}, {now})";
                let query = Query::new(query).bind(id).bind(host).bind(i64::from(process));
                session.run(query).await
            })
        })
        .await?;
        Ok(id)
    }

    /// Tells that a mailer lives, and what people should know; gives whether it is still known.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn beat(&self, mailer: Uuid, note: Option<String>) -> Result<bool, QueueError> {
        self.write(move |session| {
            Box::pin(async move {
                let query = "UPDATE {mailer} SET seen_at = {now}, note = $2 WHERE id = $1";
                let told = session.run(Query::new(query).bind(mailer).bind(note)).await?;
                Ok(told > 0)
            })
        })
        .await
    }

    /// Forgets a mailer that has ended well.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn unregister(&self, mailer: Uuid) -> Result<(), QueueError> {
        self.write(move |session| {
            Box::pin(async move {
                let query = Query::new("DELETE FROM {mailer} WHERE id = $1").bind(mailer);
                session.run(query).await.map(drop)
            })
        })
        .await
    }

    /// The mailers that are known, ordered by their beginning.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn mailers(&self) -> Result<Vec<MailerInfo>, QueueError> {
        let mut reader = self.reader().await?;
        let query = "SELECT id, host, process, started_at, seen_at, note FROM {mailer} ORDER BY id";
        let rows = reader.session()?.rows(Query::new(query)).await?;
        let time = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
        rows.into_iter()
            .map(|row| {
                let mut row = row.read();
                Ok(MailerInfo {
                    id: row.id()?,
                    host: row.text()?,
                    process: u32::try_from(row.count()?).unwrap_or_default(),
                    started_at: time(row.int()?),
                    seen_at: time(row.int()?),
                    note: row.maybe_text()?,
                })
            })
            .collect()
    }

    /// How much the store holds.
    ///
    /// # Errors
    ///
    /// As the database fails.
    pub async fn usage(&self) -> Result<Usage, QueueError> {
        let mut reader = self.reader().await?;
        usage(&mut reader.session()?).await
    }
}

async fn usage(session: &mut Session<'_>) -> Result<Usage, QueueError> {
    let query = "SELECT count(*), CAST(coalesce(sum(length(data)), 0) AS bigint) FROM {blob}";
    let Some(row) = session.row(Query::new(query)).await? else { return Ok(Usage::default()) };
    let mut row = row.read();
    Ok(Usage { blobs: row.count()?, blob_octets: row.count()? })
}
