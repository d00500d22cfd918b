//! SQLite on a thread of our own: how arguments go in and rows come out without a hop to another.

use std::sync::Arc;

use rusqlite::types::{Null, ValueRef};
use rusqlite::{CachedStatement, Connection, Error, Statement};

use super::query::Arg;
use super::row::{Cell, Row};

pub(super) fn rows(connection: &Connection, sql: &str, args: &[Arg]) -> Result<Vec<Row>, Error> {
    let mut statement = prepared(connection, sql)?;
    bind(&mut statement, args)?;
    let width = statement.column_count();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let cells = (0..width).map(|at| cell(at, row.get_ref(at)?));
        rows.push(Row(cells.collect::<Result<_, Error>>()?));
    }
    Ok(rows)
}

/// Runs statements one after the other, and tells of each with its arguments how many rows it changed.
/// Those of the same text that follow each other are prepared once.
pub(super) fn run(
    connection: &Connection,
    statements: &[(Arc<str>, Vec<Arg>)],
    mut changed: impl FnMut(&[Arg], u64),
) -> Result<(), Error> {
    for same in statements.chunk_by(|(one, _), (next, _)| Arc::ptr_eq(one, next)) {
        let Some((sql, _)) = same.first() else { continue };
        let mut statement = prepared(connection, sql)?;
        for (_, args) in same {
            bind(&mut statement, args)?;
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            drop(rows);
            changed(args, connection.changes());
        }
    }
    Ok(())
}

/// A statement that is ready; like sqlx's, it can be seen in the log.
fn prepared<'c>(connection: &'c Connection, sql: &str) -> Result<CachedStatement<'c>, Error> {
    tracing::trace!(target: "mailmethod::query", statement = sql);
    connection.prepare_cached(sql)
}

fn bind(statement: &mut Statement<'_>, args: &[Arg]) -> Result<(), Error> {
    // A statement need not use all of the arguments; the time is always among them.
    let count = statement.parameter_count();
    for (place, arg) in (1..=count).zip(args) {
        match arg {
            Arg::Int(value) => statement.raw_bind_parameter(place, value)?,
            Arg::Text(value) => statement.raw_bind_parameter(place, value)?,
            Arg::Bytes(value) => statement.raw_bind_parameter(place, value)?,
            Arg::Id(Some(id)) => {
                let mut buffer = uuid::Uuid::encode_buffer();
                let text: &str = id.hyphenated().encode_lower(&mut buffer);
                statement.raw_bind_parameter(place, text)?;
            }
            Arg::Id(None) => statement.raw_bind_parameter(place, Null)?,
            #[cfg(feature = "postgres")]
            Arg::Column(_) => return Err(Error::InvalidParameterCount(place, count)),
        }
    }
    Ok(())
}

fn cell(at: usize, value: ValueRef<'_>) -> Result<Cell, Error> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Int(value),
        // No table has a column of this type, and no statement asks for one.
        ValueRef::Real(_) => {
            return Err(Error::InvalidColumnType(at, String::new(), value.data_type()));
        }
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    })
}
