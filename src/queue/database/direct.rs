//! SQLite on a thread of our own: how arguments go in and rows come out without a hop to another.

use rusqlite::types::{Null, ValueRef};
use rusqlite::{CachedStatement, Connection, Error, Statement};

use super::Dialect;
use super::query::{Arg, Piece, Query};
use super::row::{Cell, Row};

pub(super) fn rows(
    connection: &Connection,
    query: &Query<'_>,
    dialect: &Dialect,
    now: i64,
) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    each(connection, query, (dialect, now), |_, statement| {
        let width = statement.column_count();
        let mut found = statement.raw_query();
        while let Some(row) = found.next()? {
            let cells = (0..width).map(|at| cell(at, row.get_ref(at)?));
            rows.push(Row(cells.collect::<Result<_, Error>>()?));
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Runs a statement, and tells for each row of its batch how many rows it changed; or, where several
/// are changed at once, for the first of them.
pub(super) fn run(
    connection: &Connection,
    query: &Query<'_>,
    dialect: &Dialect,
    now: i64,
    mut changed: impl FnMut(usize, u64),
) -> Result<(), Error> {
    each(connection, query, (dialect, now), |row, statement| {
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        drop(rows);
        changed(row, connection.changes());
        Ok(())
    })
}

/// Goes through the statements of a query, each prepared once, and with its arguments.
fn each(
    connection: &Connection,
    query: &Query<'_>,
    (dialect, now): (&Dialect, i64),
    mut done: impl FnMut(usize, &mut Statement<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    for Piece { sql, rows, at_once } in query.pieces(dialect, true) {
        let mut statement = prepared(connection, &sql)?;
        for row in rows.step_by(at_once) {
            bind(&mut statement, query.values(row..row + at_once, now))?;
            done(row, &mut statement)?;
        }
    }
    Ok(())
}

/// A statement that is ready; like sqlx's, it can be seen in the log.
fn prepared<'c>(connection: &'c Connection, sql: &str) -> Result<CachedStatement<'c>, Error> {
    tracing::trace!(target: "mailmethod::query", statement = sql);
    connection.prepare_cached(sql)
}

fn bind<'a>(
    statement: &mut Statement<'_>,
    args: impl Iterator<Item = Arg<'a>>,
) -> Result<(), Error> {
    // A statement need not use all of the arguments; the time is always among them.
    let count = statement.parameter_count();
    for (place, arg) in (1..=count).zip(args) {
        match arg {
            Arg::Int(value) => statement.raw_bind_parameter(place, value)?,
            Arg::Text(value) => statement.raw_bind_parameter(place, value.as_deref())?,
            Arg::Bytes(value) => statement.raw_bind_parameter(place, value.as_deref())?,
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
