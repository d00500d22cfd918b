//! A queue with many rows, put into the tables from beside.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::Result;

/// A database of a store that has been opened once.
pub(crate) enum Side {
    Sqlite(String),
    Postgres(String),
}

impl Side {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn location(&self) -> &str {
        match self {
            Self::Sqlite(location) | Self::Postgres(location) => location,
        }
    }

    async fn run(&self, sql: String) -> Result<()> {
        match self {
            Self::Sqlite(file) => {
                SqliteConnection::connect(file).await?.execute(AssertSqlSafe(sql)).await?;
            }
            Self::Postgres(url) => {
                PgConnection::connect(url).await?.execute(AssertSqlSafe(sql)).await?;
            }
        }
        Ok(())
    }

    /// Fills the tables with mails that wait: a tenth for later, a tenth after a try; and besides
    /// a tenth as many that were sent, and a hundredth as many that are dead.
    pub(crate) async fn fill(&self, queued: usize) -> Result<()> {
        let rows = queued + queued / 10 + queued / 100;
        // Their ids are of this hour, as those of mails that were just queued.
        let (now, millis) = (now(), now() / 1_000 - 60_000);
        let begin = format!("{:08x}-{:04x}-7000-8000-", millis >> 16, millis & 0xffff);
        let (numbers, id, prefix) = match self {
            Self::Sqlite(_) => (
                format!(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
                ),
                format!("printf('{begin}%012x', i)"),
                String::new(),
            ),
            Self::Postgres(_) => (
                format!("WITH n(i) AS (SELECT generate_series(1::bigint, {rows}))"),
                format!("('{begin}' || lpad(to_hex(i), 12, '0'))::uuid"),
                "mailmethod.".to_owned(),
            ),
        };
        let sent = queued + queued / 10;
        self.run(format!(
            "INSERT INTO {prefix}mail (id, method, locale, message_id, subject, attachments, \
               secret, created_at, content) \
             {numbers} SELECT {id}, 'account/welcome', 'en', '<' || i || '@x>', 'Welcome, Ada', \
               0, 0, {now} - 90000000 + i, NULL FROM n"
        ))
        .await?;
        let state = format!(
            "CASE WHEN i <= {queued} THEN 'queued' WHEN i <= {sent} THEN 'sent' ELSE 'dead' END"
        );
        let due =
            format!("CASE WHEN i % 10 = 0 THEN {now} + 86400000000 ELSE {now} - 60000000 + i END");
        let (tried, over) = (format!("i % 10 = 1 OR i > {queued}"), format!("i > {queued}"));
        self.run(format!(
            "INSERT INTO {prefix}entry (id, route, bulk, priority, size, state, due_at, expires_at, \
               on_uncertain, attempts, done_at, last_at, last_phase, last_code, last_text) \
             {numbers} SELECT {id}, 'default', 0, 3, 300, {state}, {due}, {now} + 400000000000, 'retry', \
               CASE WHEN {tried} THEN 1 ELSE 0 END, CASE WHEN {over} THEN {now} - i END, \
               CASE WHEN {tried} THEN {now} END, CASE WHEN {tried} THEN 'rcpt' END, \
               CASE WHEN {tried} THEN 451 END, CASE WHEN {tried} THEN 'come back later' END FROM n"
        ))
        .await?;
        self.run(format!(
            "INSERT INTO {prefix}recipient (entry, place, kind, address) \
             {numbers} SELECT {id}, 0, 'to', 'somebody.' || i || '@shop.test' FROM n"
        ))
        .await?;
        match self {
            Self::Postgres(_) => {
                for table in ["entry", "mail", "recipient"] {
                    self.run(format!("VACUUM ANALYZE mailmethod.{table}")).await?;
                }
                self.run("CHECKPOINT".to_owned()).await
            }
            Self::Sqlite(_) => self.run("PRAGMA wal_checkpoint(TRUNCATE)".to_owned()).await,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench has no stamp to make")]
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
