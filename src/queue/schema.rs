//! The schema: the tables of a store, and which version of them is there.
//!
//! The bookkeeping is a table of our own, beside the others: an application's
//! migrations and ours know nothing of each other.

use uuid::Uuid;

use super::QueueError;
use super::database::{Dialect, Query, Session};

/// What brings a store to each version, on SQLite and on PostgreSQL.
const STEPS: [(&str, &str); 1] = [(
    include_str!("../../migrations/sqlite/0001_queue.sql"),
    include_str!("../../migrations/postgres/0001_queue.sql"),
)];

/// The newest version of the tables.
pub(super) const NEWEST: i64 = 1;
const _: () = assert!(NEWEST.unsigned_abs() == STEPS.len() as u64, "each version has a step");

/// What is particular to one store.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Tells this store from all others.
    pub(super) id: String,
    /// Keys the hashes of contents, so that they tell nothing about secrets in them.
    pub(super) secret: String,
}

/// The version of the tables; 0 if there are none.
pub(super) async fn version(session: &mut Session<'_>) -> Result<i64, QueueError> {
    let exists = if session.dialect.is_postgres() {
        Query::new("SELECT to_regclass($1) IS NOT NULL").bind(qualified(&session.dialect))
    } else {
        Query::new("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1")
            .bind(qualified(&session.dialect))
    };
    let exists = session.row(exists).await?.map(|row| row.read().bool()).transpose()?;
    if exists != Some(true) {
        return Ok(0);
    }
    let row = session.row(Query::new("SELECT max(version) FROM {migration}")).await?;
    Ok(row.map(|row| row.read().maybe_int()).transpose()?.flatten().unwrap_or(0))
}

fn qualified(dialect: &Dialect) -> String {
    format!("{}migration", dialect.prefix)
}

/// Refuses a version that this program cannot work with.
pub(super) fn check(found: i64) -> Result<(), QueueError> {
    if found > NEWEST {
        return Err(QueueError::Newer { found, known: NEWEST });
    }
    if found < NEWEST {
        return Err(QueueError::Older { found, known: NEWEST });
    }
    Ok(())
}

/// Brings the tables to the newest version, in the open transaction; gives the version before.
pub(super) async fn migrate(session: &mut Session<'_>) -> Result<i64, QueueError> {
    if session.dialect.is_postgres() {
        // Two programs that start at once take turns.
        session.run(Query::new("SELECT pg_advisory_xact_lock(7810123)")).await?;
        create_schema(session).await?;
    }
    let found = version(session).await?;
    if found > NEWEST {
        return Err(QueueError::Newer { found, known: NEWEST });
    }
    if found == 0 {
        let table =
            "CREATE TABLE {migration} (version bigint PRIMARY KEY, applied_at bigint NOT NULL)";
        session.script(table).await?;
    }
    for (number, (sqlite, postgres)) in (1..).zip(STEPS) {
        if number <= found {
            continue;
        }
        session.script(if session.dialect.is_postgres() { postgres } else { sqlite }).await?;
        let applied = Query::new("INSERT INTO {migration} (version, applied_at) VALUES ($1, $2)");
        session.run(applied.bind(number).bind(session.now)).await?;
    }
    if found == 0 {
        let random = || Uuid::new_v4().simple().to_string();
        let names = [("store", random()), ("secret", random() + &random())];
        for (name, value) in names {
            let insert = Query::new("INSERT INTO {meta} (name, value) VALUES ($1, $2)");
            session.run(insert.bind(name).bind(value)).await?;
        }
    }
    Ok(found)
}

async fn create_schema(session: &mut Session<'_>) -> Result<(), QueueError> {
    let schema = session.dialect.prefix.trim_end_matches('.').trim_matches('"').to_owned();
    let exists = Query::new("SELECT count(*) FROM pg_namespace WHERE nspname = $1").bind(schema);
    let exists = session.row(exists).await?.map(|row| row.read().bool()).transpose()?;
    if exists == Some(true) {
        return Ok(());
    }
    let create = format!("CREATE SCHEMA {}", session.dialect.prefix.trim_end_matches('.'));
    session.script(&create).await
}

/// Reads what is particular to the store.
pub(super) async fn identity(session: &mut Session<'_>) -> Result<Identity, QueueError> {
    let mut identity = Identity { id: String::new(), secret: String::new() };
    for row in session.rows(Query::new("SELECT name, value FROM {meta}")).await? {
        let mut row = row.read();
        let (name, value) = (row.text()?, row.text()?);
        match name.as_str() {
            "store" => identity.id = value,
            "secret" => identity.secret = value,
            _ => {}
        }
    }
    if identity.id.is_empty() || identity.secret.is_empty() {
        return Err(QueueError::Damaged { what: "it has no identity".to_owned() });
    }
    Ok(identity)
}
