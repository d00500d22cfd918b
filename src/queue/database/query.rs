//! The query: a statement's text with tokens, its arguments, and at most one batch of rows.

use std::borrow::Cow;
use std::collections::HashMap;
#[cfg(feature = "sqlite")]
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::{Dialect, Kind};

/// How many rows of a batch go into one statement of SQLite: few sizes, so that prepared statements
/// are used again.
#[cfg(feature = "sqlite")]
const CHUNKS: [usize; 4] = [64, 16, 4, 1];

/// An argument of a statement; texts and octets may stay where they are until it runs.
#[derive(Clone, Debug)]
pub(in crate::queue) enum Arg<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
    Id(Option<Uuid>),
    /// A whole column of a batch, as PostgreSQL takes it.
    #[cfg(feature = "postgres")]
    Column(&'a Column<'a>),
}

impl Arg<'_> {
    fn borrowed(&self) -> Arg<'_> {
        match self {
            Self::Int(value) => Arg::Int(*value),
            Self::Text(value) => Arg::Text(value.as_deref().map(Cow::Borrowed)),
            Self::Bytes(value) => Arg::Bytes(value.as_deref().map(Cow::Borrowed)),
            Self::Id(value) => Arg::Id(*value),
            #[cfg(feature = "postgres")]
            Self::Column(column) => Arg::Column(column),
        }
    }
}

impl From<i64> for Arg<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Arg<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Arg<'_> {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl From<String> for Arg<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl From<Option<String>> for Arg<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Into::into))
    }
}

impl From<Uuid> for Arg<'_> {
    fn from(value: Uuid) -> Self {
        Self::Id(Some(value))
    }
}

impl From<Option<Uuid>> for Arg<'_> {
    fn from(value: Option<Uuid>) -> Self {
        Self::Id(value)
    }
}

/// A column of a batch: the values of all its rows.
#[derive(Clone, Debug)]
pub(in crate::queue) enum Column<'a> {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<Cow<'a, str>>>),
    Bytes(Vec<Option<Cow<'a, [u8]>>>),
    Id(Vec<Uuid>),
}

impl<'a> Column<'a> {
    pub(in crate::queue) fn ints(values: impl IntoIterator<Item = i64>) -> Self {
        Self::Int(values.into_iter().map(Some).collect())
    }

    pub(in crate::queue) fn texts<T: Into<Cow<'a, str>>>(
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::Text(values.into_iter().map(|text| Some(text.into())).collect())
    }

    pub(in crate::queue) fn ids(values: impl IntoIterator<Item = Uuid>) -> Self {
        Self::Id(values.into_iter().collect())
    }

    const fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bytes(values) => values.len(),
            Self::Id(values) => values.len(),
        }
    }

    /// The value of one row.
    #[cfg(feature = "sqlite")]
    fn get(&self, row: usize) -> Arg<'_> {
        fn at<'v, T: ToOwned + ?Sized>(
            values: &'v [Option<Cow<'_, T>>],
            row: usize,
        ) -> Option<&'v T> {
            values.get(row)?.as_deref()
        }
        match self {
            Self::Int(values) => Arg::Int(values.get(row).copied().flatten()),
            Self::Text(values) => Arg::Text(at(values, row).map(Cow::Borrowed)),
            Self::Bytes(values) => Arg::Bytes(at(values, row).map(Cow::Borrowed)),
            Self::Id(values) => Arg::Id(values.get(row).copied()),
        }
    }

    /// The array type that PostgreSQL is given.
    #[cfg(feature = "postgres")]
    const fn array(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint[]",
            Self::Text(_) => "text[]",
            Self::Bytes(_) => "bytea[]",
            Self::Id(_) => "uuid[]",
        }
    }
}

/// A statement with its arguments.
///
/// It reads a batch as a table, `WITH v(id, text) AS ({rows}) …`; or inserts it, `INSERT INTO {event}
/// (entry, at, detail) {values} {1}, {now}, {2} {end}`, where `{1}` is the first column of the batch;
/// or changes a row for each of it, `UPDATE {entry} SET due_at = {2} {from} WHERE id = {1} {changed}`,
/// where `{changed}` gives the `id` of those that were found.
#[derive(Clone, Debug)]
pub(in crate::queue) struct Query<'a> {
    template: Cow<'static, str>,
    args: Vec<Arg<'a>>,
    batch: Vec<Column<'a>>,
}

/// A statement of a batch, run once for each so many of these rows.
#[cfg(feature = "sqlite")]
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) sql: Arc<str>,
    pub(super) rows: Range<usize>,
    pub(super) at_once: usize,
}

impl<'a> Query<'a> {
    /// A statement; `$1` is its first argument.
    pub(in crate::queue) fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self { template: template.into(), args: Vec::new(), batch: Vec::new() }
    }

    /// Adds an argument.
    pub(in crate::queue) fn bind(mut self, arg: impl Into<Arg<'a>>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub(in crate::queue) fn bind_all(mut self, args: impl IntoIterator<Item = Arg<'a>>) -> Self {
        self.args.extend(args);
        self
    }

    /// Gives the rows that `{rows}` stands for, column by column, all of the same length.
    pub(in crate::queue) fn batch(mut self, columns: Vec<Column<'a>>) -> Self {
        self.batch = columns;
        self
    }

    /// The statements to run one after the other on PostgreSQL: one, or for an empty batch none.
    #[cfg(feature = "postgres")]
    pub(super) fn whole(&self, dialect: &Dialect) -> Option<(Arc<str>, Vec<Arg<'_>>)> {
        if self.batch.first().is_some_and(|column| column.len() == 0) {
            return None;
        }
        let own = self.args.iter().map(Arg::borrowed);
        let args = own.chain(self.batch.iter().map(Arg::Column)).collect();
        Some((dialect.statements.get(self, Form::Set(1), dialect), args))
    }

    /// The statements to run one after the other on SQLite: one, or for a batch none or more. Where one
    /// costs no more than its work, rows are inserted and changed one by one, for which SQLite needs
    /// neither a journal of the statement nor a table of the batch.
    #[cfg(feature = "sqlite")]
    pub(super) fn pieces(&self, dialect: &Dialect, cheap: bool) -> Vec<Piece> {
        let text = |form| dialect.statements.get(self, form, dialect);
        let Some(column) = self.batch.first() else {
            return vec![Piece { sql: text(Form::Set(1)), rows: 0..1, at_once: 1 }];
        };
        let all = column.len();
        let each = ["{values}", "{from}"].iter().any(|token| self.template.contains(token));
        if cheap && each && all > 0 {
            return vec![Piece { sql: text(Form::Each), rows: 0..all, at_once: 1 }];
        }
        let mut pieces = Vec::new();
        let mut done = 0;
        for size in CHUNKS {
            let end = all - (all - done) % size;
            if end > done {
                pieces.push(Piece { sql: text(Form::Set(size)), rows: done..end, at_once: size });
                done = end;
            }
        }
        pieces
    }

    /// The arguments of a statement for these rows; the time is the last of them.
    #[cfg(feature = "sqlite")]
    pub(super) fn values(&self, rows: Range<usize>, now: i64) -> impl Iterator<Item = Arg<'_>> {
        let batch = rows.flat_map(|row| self.batch.iter().map(move |column| column.get(row)));
        self.args.iter().map(Arg::borrowed).chain(batch).chain(std::iter::once(now.into()))
    }

    /// The rows of a batch, by their first column.
    #[cfg(feature = "sqlite")]
    pub(super) fn id(&self, row: usize) -> Option<Uuid> {
        match self.batch.first() {
            Some(Column::Id(ids)) => ids.get(row).copied(),
            _ => None,
        }
    }

    /// The text for a batch in this form.
    fn sql(&self, form: Form, dialect: &Dialect) -> String {
        let text = expanded(&self.template, dialect);
        let rows = form.rows();
        let text = if text.contains("{values}") {
            self.inserted(&text, rows, dialect)
        } else if text.contains("{from}") {
            self.changing(&text, form, dialect)
        } else {
            text.replace("{rows}", &self.rows(rows, dialect))
        };
        match dialect.kind {
            #[cfg(feature = "postgres")]
            Kind::Postgres => text.replace("{now}", &format!("(SELECT {}clock())", dialect.prefix)),
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => {
                let last = self.args.len() + rows * self.batch.len() + 1;
                numbered(&text.replace("{now}", &format!("${last}")))
            }
        }
    }

    /// The text of a statement that inserts its batch.
    fn inserted(&self, text: &str, rows: usize, dialect: &Dialect) -> String {
        let (before, rest) = text.split_once("{values}").unwrap_or((text, ""));
        let (list, after) = rest.split_once("{end}").unwrap_or((rest, ""));
        let width = self.batch.len();
        let row = |place: &dyn Fn(usize) -> String| self.with_columns(list.trim(), place);
        let values = match dialect.kind {
            #[cfg(feature = "postgres")]
            Kind::Postgres => {
                let columns: Vec<String> = (1..=width).map(|at| format!("c{at}")).collect();
                let source = self.rows(rows, dialect);
                let list = row(&|at| format!("c{}", at + 1));
                format!("SELECT {list} FROM ({source}) AS v({})", columns.join(", "))
            }
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => {
                let first = self.args.len() + 1;
                let rows = (0..rows)
                    .map(|number| row(&|at| format!("${}", first + number * width + at)))
                    .map(|row| format!("({row})"));
                format!("VALUES {}", rows.collect::<Vec<_>>().join(","))
            }
        };
        format!("{before}{values}{after}")
    }

    /// The text of a statement that changes a row for each of its batch.
    fn changing(&self, text: &str, form: Form, dialect: &Dialect) -> String {
        match form {
            #[cfg(feature = "sqlite")]
            Form::Each => {
                let first = self.args.len() + 1;
                let text = text.replace("{from}", "").replace("{changed}", "");
                self.with_columns(&text, &|at| format!("${}", first + at))
            }
            Form::Set(rows) => {
                let columns: Vec<String> =
                    (1..=self.batch.len()).map(|at| format!("c{at}")).collect();
                let text = text.replace("{from}", "FROM v").replace("{changed}", "RETURNING id");
                let text = self.with_columns(&text, &|at| format!("v.c{}", at + 1));
                let source = self.rows(rows, dialect);
                format!("WITH v({}) AS ({source}) {text}", columns.join(", "))
            }
        }
    }

    /// Writes the columns of the batch where `{1}` and the like stand for them.
    fn with_columns(&self, text: &str, place: &dyn Fn(usize) -> String) -> String {
        // From the last, so that what stands for one column is not taken for another.
        (0..self.batch.len())
            .rev()
            .fold(text.to_owned(), |text, at| text.replace(&format!("{{{}}}", at + 1), &place(at)))
    }

    fn rows(&self, rows: usize, dialect: &Dialect) -> String {
        let first = self.args.len() + 1;
        match dialect.kind {
            #[cfg(feature = "postgres")]
            Kind::Postgres => {
                let _ = rows;
                let arrays = self.batch.iter().enumerate();
                let arrays: Vec<String> = arrays
                    .map(|(at, column)| format!("${}::{}", first + at, column.array()))
                    .collect();
                format!("SELECT * FROM unnest({})", arrays.join(", "))
            }
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => {
                let width = self.batch.len();
                let row = |row: usize| {
                    let places = (0..width).map(|at| format!("${}", first + row * width + at));
                    format!("({})", places.collect::<Vec<_>>().join(","))
                };
                format!("VALUES {}", (0..rows).map(row).collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// Writes `$1` as `?1`: to SQLite the former is a name, and its place another.
#[cfg(feature = "sqlite")]
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        out.push(if behind.starts_with(|first: char| first.is_ascii_digit()) { '?' } else { '$' });
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Replaces the tokens that need no arguments.
pub(super) fn expanded(template: &str, dialect: &Dialect) -> String {
    let lock = if dialect.is_postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let Some((token, after)) = behind.split_once('}') else {
            out.push('{');
            rest = behind;
            continue;
        };
        match token {
            "lock" => out.push_str(lock),
            "rows" | "now" | "values" | "end" | "from" | "changed" => {
                out.push('{');
                out.push_str(token);
                out.push('}');
            }
            "channel" => out.push_str(dialect.channel()),
            table if !table.is_empty() && table.bytes().all(is_name) => {
                out.push_str(&dialect.prefix);
                out.push_str(table);
            }
            // Braces of SQL itself, as in '{}'.
            other => {
                out.push('{');
                out.push_str(other);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

/// How a statement takes its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    /// So many rows at once.
    Set(usize),
    /// One row, without a set around it.
    #[cfg(feature = "sqlite")]
    Each,
}

impl Form {
    const fn rows(self) -> usize {
        match self {
            Self::Set(rows) => rows,
            #[cfg(feature = "sqlite")]
            Self::Each => 1,
        }
    }
}

/// The texts of statements whose template is written in this crate, by template and form.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<(usize, Form), Arc<str>>>);

impl Cache {
    fn get(&self, query: &Query<'_>, form: Form, dialect: &Dialect) -> Arc<str> {
        let Cow::Borrowed(template) = &query.template else {
            return Arc::from(query.sql(form, dialect));
        };
        let key = (template.as_ptr().addr(), form);
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = texts.entry(key).or_insert_with(|| Arc::from(query.sql(form, dialect)));
        Arc::clone(text)
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_a_batch_goes_into_one_statement_with_its_own_arguments() {
        let dialect = Dialect::new(Kind::Sqlite, "");
        for rows in [0, 1, 3, 4, 15, 16, 63, 64, 85, 100, 128, 300] {
            let ints = Column::ints(0..rows);
            let texts = Column::texts((0..rows).map(|row| format!("row {row}")));
            let query =
                Query::new("INSERT INTO {event} (entry, at, kind) {values} {1}, $1, {2} {end}")
                    .bind(-1)
                    .batch(vec![ints, texts]);
            for cheap in [false, true] {
                let mut seen = Vec::new();
                for Piece { sql, rows, at_once } in query.pieces(&dialect, cheap) {
                    assert_eq!(sql.matches("),(").count(), at_once - 1, "{sql}");
                    for row in rows.step_by(at_once) {
                        let values: Vec<_> = query.values(row..row + at_once, 7).collect();
                        let (own, rest) = values.split_first().unwrap();
                        let (now, batch) = rest.split_last().unwrap();
                        assert!(matches!((own, now), (Arg::Int(Some(-1)), Arg::Int(Some(7)))));
                        seen.extend(batch.chunks(2).map(|pair| match pair {
                            [Arg::Int(Some(int)), Arg::Text(Some(text))] => {
                                (*int, text.to_string())
                            }
                            other => panic!("{other:?}"),
                        }));
                    }
                }
                let all: Vec<_> = (0..rows).map(|row| (row, format!("row {row}"))).collect();
                assert_eq!(seen, all);
            }
        }
    }

    #[test]
    fn an_empty_batch_is_no_statement_and_none_at_all_is_one() {
        let dialect = Dialect::new(Kind::Sqlite, "");
        let empty =
            Query::new("WITH v(a) AS ({rows}) DELETE FROM {event} WHERE id IN (SELECT a FROM v)");
        assert!(empty.batch(vec![Column::ids([])]).pieces(&dialect, true).is_empty());
        let plain = Query::new("SELECT {now}");
        let pieces = plain.pieces(&dialect, true);
        assert_eq!(pieces.len(), 1);
        assert_eq!(plain.values(pieces[0].rows.clone(), 7).count(), 1);
    }
}
