//! PostgreSQL: how arguments go in and rows come out.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{AssertSqlSafe, PgConnection, Row as _, TypeInfo as _, ValueRef as _};

use super::query::{Arg, Column};
use super::row::{Cell, Row};

pub(super) async fn rows(
    connection: &mut PgConnection,
    sql: Arc<str>,
    args: Vec<Arg<'_>>,
) -> Result<Vec<Row>, sqlx::Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql), bound(args)?);
    query.fetch_all(connection).await?.iter().map(row).collect()
}

pub(super) async fn run(
    connection: &mut PgConnection,
    sql: Arc<str>,
    args: Vec<Arg<'_>>,
) -> Result<u64, sqlx::Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql), bound(args)?);
    Ok(query.execute(connection).await?.rows_affected())
}

fn bound(args: Vec<Arg<'_>>) -> Result<PgArguments, sqlx::Error> {
    use sqlx::Arguments as _;
    let mut bound = PgArguments::default();
    bound.reserve(args.len(), 0);
    for arg in args {
        let added = match arg {
            Arg::Int(value) => bound.add(value),
            Arg::Text(value) => bound.add(value.as_deref().map(sound)),
            Arg::Bytes(value) => bound.add(value.as_deref()),
            Arg::Id(value) => bound.add(value),
            Arg::Column(Column::Int(values)) => bound.add(values),
            Arg::Column(Column::Text(values)) => {
                let values = values.iter().map(|value| value.as_deref().map(sound));
                bound.add(values.collect::<Vec<_>>())
            }
            Arg::Column(Column::Bytes(values)) => {
                bound.add(values.iter().map(Option::as_deref).collect::<Vec<_>>())
            }
            Arg::Column(Column::Id(values)) => bound.add(values),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

/// PostgreSQL has no NUL in its texts: where others put one, a sign stands that something was there.
fn sound(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

fn row(row: &PgRow) -> Result<Row, sqlx::Error> {
    let cells = (0..row.len()).map(|at| {
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        let kind = value.type_info();
        Ok(match kind.name() {
            "INT8" => Cell::Int(row.try_get(at)?),
            "INT4" => Cell::Int(i64::from(row.try_get::<i32, _>(at)?)),
            "BOOL" => Cell::Int(i64::from(row.try_get::<bool, _>(at)?)),
            "UUID" => Cell::Id(row.try_get(at)?),
            "BYTEA" => Cell::Bytes(row.try_get(at)?),
            _ => Cell::Text(row.try_get_unchecked(at)?),
        })
    });
    cells.collect::<Result<Vec<_>, sqlx::Error>>().map(Row)
}
