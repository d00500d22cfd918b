//! The location: where a store is, as text.

use std::fmt;
use std::path::PathBuf;

use super::QueueError;

/// What stands before the tables of a store in an application's own SQLite file.
#[cfg(feature = "sqlite")]
pub(super) const SHARED_PREFIX: &str = "mailmethod_";
/// The schema of a store in PostgreSQL, unless another is named.
const SCHEMA: &str = "mailmethod";

/// Where a store is: `sqlite:PATH` or `postgres://…`.
///
/// `sqlite:PATH?prefix=NAME_` names the tables of a store inside an application's file, and
/// `postgres://…?schema=NAME` the schema, which is `mailmethod` by default.
///
/// # Examples
///
/// ```
/// use mailmethod::queue::Location;
///
/// let location: Location = "postgres://me:s3cret@db.test/shop".parse()?;
/// assert_eq!(location.to_string(), "postgres://me:•••@db.test/shop");
/// assert!("mysql://db.test/shop".parse::<Location>().is_err());
/// # Ok::<(), mailmethod::queue::QueueError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// What may be shown of it.
    shown: String,
    pub(super) place: Place,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    Sqlite { file: PathBuf, prefix: Option<String> },
    Postgres { url: String, schema: String },
}

impl Location {
    /// The SQLite file of this path, with tables of these names: nothing stands before them.
    #[cfg(feature = "sqlite")]
    pub(super) fn file(file: PathBuf, prefix: Option<String>) -> Self {
        Self { shown: format!("sqlite:{}", file.display()), place: Place::Sqlite { file, prefix } }
    }

    fn sqlite(shown: &str, rest: &str) -> Result<Self, QueueError> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" {
            return wrong(shown, "names no file: write sqlite:mailmethod.db");
        }
        let mut prefix = None;
        for (key, value) in pairs(query) {
            match key {
                "prefix" if is_name(value) => prefix = Some(value.to_owned()),
                "prefix" => {
                    return wrong(shown, "has a prefix that is not of a to z, 0 to 9 and _");
                }
                _ => {
                    return wrong(
                        shown,
                        &format!("has the unknown key {key:?}: `prefix` is known"),
                    );
                }
            }
        }
        if cfg!(not(feature = "sqlite")) {
            return wrong(shown, "needs the feature `sqlite`");
        }
        Ok(Self { shown: shown.to_owned(), place: Place::Sqlite { file: path.into(), prefix } })
    }

    fn postgres(text: &str) -> Result<Self, QueueError> {
        let shown = without_password(text);
        let mut url = match url::Url::parse(text) {
            Ok(url) => url,
            Err(error) => {
                let problem = format!(
                    "is no URL ({error}): write postgres://USER:PASSWORD@HOST/DATABASE, with % codes \
                     for special characters in the password"
                );
                return wrong(&shown, &problem);
            }
        };
        if url.username().is_empty() && !url.query_pairs().any(|(key, _)| key == "user") {
            return wrong(&shown, "names no user: write postgres://USER@HOST/DATABASE");
        }
        let schema = url.query_pairs().find(|(key, _)| key == "schema");
        let schema = schema.map_or_else(|| SCHEMA.to_owned(), |(_, value)| value.into_owned());
        if !is_name(&schema) {
            return wrong(&shown, "has a schema that is not of a to z, 0 to 9 and _");
        }
        let others: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| key != "schema")
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(&others);
        }
        if cfg!(not(feature = "postgres")) {
            return wrong(&shown, "needs the feature `postgres`");
        }
        Ok(Self { shown, place: Place::Postgres { url: url.to_string(), schema } })
    }
}

impl std::str::FromStr for Location {
    type Err = QueueError;

    fn from_str(text: &str) -> Result<Self, QueueError> {
        match text.split_once(':') {
            Some(("sqlite", rest)) => Self::sqlite(text, rest),
            Some(("postgres" | "postgresql", _)) => Self::postgres(text),
            _ => wrong(
                &without_password(text),
                "is of no known kind: write sqlite:PATH or postgres://USER@HOST/DATABASE",
            ),
        }
    }
}

impl fmt::Display for Location {
    /// Shows no password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Location").field(&self.shown).finish()
    }
}

fn wrong<T>(location: &str, problem: &str) -> Result<T, QueueError> {
    Err(QueueError::Location { location: location.to_owned(), problem: problem.to_owned() })
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Whether a text may stand in a statement as a part of a name.
pub(super) fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=40).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// The text of a URL with dots in place of its password, however wrong it is.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.rfind('@').unwrap_or(0);
    let (login, host) = rest.split_at_checked(end).unwrap_or(("", rest));
    match login.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:•••{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Location, Place};

    #[track_caller]
    fn problem(text: &str) -> String {
        text.parse::<Location>().unwrap_err().to_string()
    }

    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    #[test]
    fn a_location_says_file_and_prefix_or_url_and_schema() {
        let sqlite: Location = "sqlite:a/b.db?prefix=mail_".parse().unwrap();
        assert!(matches!(&sqlite.place, Place::Sqlite { file, prefix }
            if file.ends_with("b.db") && prefix.as_deref() == Some("mail_")));
        let url = "postgres://me:p%40ss@h/db?schema=post&sslmode=require";
        let postgres: Location = url.parse().unwrap();
        let Place::Postgres { url, schema } = &postgres.place else { panic!() };
        assert_eq!(
            (url.as_str(), schema.as_str()),
            ("postgres://me:p%40ss@h/db?sslmode=require", "post")
        );
    }

    #[test]
    fn a_wrong_location_says_what_would_be_right_and_no_password() {
        for (text, expected) in [
            ("mail.db", "is of no known kind"),
            ("sqlite:", "names no file"),
            ("sqlite::memory:", "names no file"),
            ("sqlite:a.db?prefx=x", "unknown key \"prefx\""),
            ("sqlite:a.db?prefix=a\"b", "prefix that is not of"),
            ("postgres://h/db", "names no user"),
            ("postgres://me@h/db?schema=a;b", "schema that is not of"),
            ("mysql://me:s3cret@h/db", "is of no known kind"),
            ("postgres://me:s3cret@h:port/db", "is no URL"),
        ] {
            let problem = problem(text);
            assert!(problem.contains(expected), "{text}: {problem}");
            assert!(!problem.contains("s3cret"), "{problem}");
        }
    }
}
