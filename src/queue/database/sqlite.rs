//! SQLite: how arguments go in and rows come out.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::query::Arg;
use super::row::{Cell, Row};

pub(super) async fn rows(
    connection: &mut SqliteConnection,
    sql: Arc<str>,
    args: impl Iterator<Item = Arg<'_>>,
) -> Result<Vec<Row>, sqlx::Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql), bound(args)?);
    query.fetch_all(connection).await?.iter().map(row).collect()
}

pub(super) async fn run(
    connection: &mut SqliteConnection,
    sql: Arc<str>,
    args: impl Iterator<Item = Arg<'_>>,
) -> Result<u64, sqlx::Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql), bound(args)?);
    Ok(query.execute(connection).await?.rows_affected())
}

fn bound<'a>(args: impl Iterator<Item = Arg<'a>>) -> Result<SqliteArguments, sqlx::Error> {
    use sqlx::Arguments as _;
    let mut bound = SqliteArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Int(value) => bound.add(value),
            Arg::Text(value) => bound.add(value.map(Cow::into_owned)),
            Arg::Bytes(value) => bound.add(value.map(Cow::into_owned)),
            Arg::Id(value) => bound.add(value.map(|id| id.hyphenated().to_string())),
            #[cfg(feature = "postgres")]
            Arg::Column(_) => Err("a column is no argument of SQLite".into()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

fn row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let cells = (0..row.len()).map(|at| {
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        let kind = value.type_info();
        Ok(match kind.name() {
            "TEXT" => Cell::Text(row.try_get_unchecked(at)?),
            "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
            _ => Cell::Int(row.try_get_unchecked(at)?),
        })
    });
    cells.collect::<Result<Vec<_>, sqlx::Error>>().map(Row)
}
