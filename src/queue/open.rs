//! Opening: from a location to connections that keep what they are told.
//!
//! SQLite is durable only with the right settings on every connection, and only
//! on a disk of this machine; both are made sure of here.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::time::Duration;

use super::QueueError;
use super::database::{Connection, Dialect, Kind};
#[cfg(feature = "sqlite")]
use super::database::{Query, Session};
#[cfg(feature = "sqlite")]
use super::location::SHARED_PREFIX;
use super::location::{Location, Place};

/// How long we wait for another writer, and for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// For how much of that SQLite waits by itself, where we look in between how long others have waited.
#[cfg(feature = "sqlite")]
const GLANCE: Duration = Duration::from_millis(100);
/// Who stands in our way keeps all others waiting that we write for. And what is answered for is
/// durable, whatever is usual in this database.
#[cfg(feature = "postgres")]
const PROMISES: &str = "SELECT set_config('lock_timeout', '2s', false), \
     CASE WHEN current_setting('synchronous_commit') = 'off' \
       THEN set_config('synchronous_commit', 'on', false) END";
/// What the connection that writes has more of than others: pages of indexes in memory, and mails
/// between two checkpoints, at which pages that changed often are copied once.
#[cfg(feature = "sqlite")]
const ROOM: &str =
    "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY";
/// A connection that reads for mailers writes nothing, and reads little twice.
#[cfg(feature = "sqlite")]
const FOR_MAILERS: &str =
    "PRAGMA query_only = ON; PRAGMA cache_size = -2000; PRAGMA busy_timeout = 5000";
/// How many statements a connection to SQLite keeps ready.
#[cfg(feature = "sqlite")]
const STATEMENTS: usize = 200;

/// How new connections are made.
#[derive(Clone, Debug)]
pub(super) enum Options {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<sqlx::sqlite::SqliteConnectOptions>),
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

/// A connection of our own.
#[derive(Debug)]
pub(super) enum Owned {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqliteConnection),
    /// That of the writer, whose statements run on its own thread.
    #[cfg(feature = "sqlite")]
    Direct(rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgConnection),
}

impl Owned {
    /// Says goodbye; whatever fails now changes nothing.
    pub(super) async fn close(self) {
        use sqlx::Connection as _;
        let closed = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => connection.close().await,
            #[cfg(feature = "sqlite")]
            Self::Direct(connection) => return drop(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.close().await,
        };
        drop(closed);
    }

    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            #[cfg(feature = "sqlite")]
            Self::Direct(connection) => Connection::Direct(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

impl Options {
    /// The options of a location; for SQLite, the file is made if it is not there.
    pub(super) fn of(location: &Location) -> Result<Self, QueueError> {
        match &location.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite { file, .. } => {
                make_file(file)?;
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                Ok(Self::sqlite(options))
            }
            #[cfg(feature = "postgres")]
            Place::Postgres { url, .. } => {
                let options = url.parse().map_err(|error: sqlx::Error| QueueError::Location {
                    location: location.to_string(),
                    problem: format!("cannot be used: {error}"),
                })?;
                Ok(Self::postgres(options))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            _ => Err(QueueError::Closed),
        }
    }

    /// The options of a location for a look that changes nothing: no file is made, and none is put
    /// into another mode.
    pub(super) fn peeking(location: &Location) -> Result<Self, QueueError> {
        match &location.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite { file, .. } => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let options = options.create_if_missing(false).busy_timeout(PATIENCE);
                Ok(Self::Sqlite(Box::new(options)))
            }
            _ => Self::of(location),
        }
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn sqlite(options: sqlx::sqlite::SqliteConnectOptions) -> Self {
        use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
        Self::Sqlite(Box::new(
            options
                .create_if_missing(false)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(PATIENCE)
                .statement_cache_capacity(STATEMENTS),
        ))
    }

    #[cfg(feature = "postgres")]
    pub(super) fn postgres(options: sqlx::postgres::PgConnectOptions) -> Self {
        Self::Postgres(Box::new(options.application_name("mailmethod")))
    }

    /// Opens one connection, and makes sure of its settings.
    pub(super) async fn connect(&self) -> Result<Owned, QueueError> {
        #[cfg_attr(not(feature = "sqlite"), expect(unused_mut, reason = "SQLite is switched off"))]
        let mut owned = self.connect_once().await?;
        #[cfg(feature = "sqlite")]
        if !owned.connection().is_postgres() {
            durable(owned.connection()).await?;
        }
        Ok(owned)
    }

    /// Opens the connection that writes. It may wait for the disk: this is for a thread of its own.
    pub(super) async fn connect_writer(&self) -> Result<Owned, QueueError> {
        #[cfg(feature = "sqlite")]
        #[cfg_attr(
            not(feature = "postgres"),
            expect(irrefutable_let_patterns, reason = "there is SQLite alone")
        )]
        if let Self::Sqlite(options) = self {
            match direct(options.get_filename()) {
                Ok(connection) => {
                    let mut owned = Owned::Direct(connection);
                    durable(owned.connection()).await?;
                    return Ok(owned);
                }
                Err(QueueError::Locked) => return Err(QueueError::Locked),
                // An application's file may need settings that only its own options know: a key.
                Err(_) => {}
            }
        }
        self.connect().await
    }

    pub(super) const fn is_postgres(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }

    /// Opens a connection that reads.
    pub(super) async fn connect_reader(&self) -> Result<Owned, QueueError> {
        use sqlx::ConnectOptions as _;
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(options) => {
                let connection = options.connect().await.map_err(QueueError::from_database)?;
                Ok(Owned::Sqlite(connection))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(options) => {
                let connecting = tokio::time::timeout(PATIENCE * 2, options.connect());
                let connection =
                    connecting.await.map_err(|late| QueueError::Unreachable(late.into()))?;
                Ok(Owned::Postgres(connection.map_err(QueueError::from_database)?))
            }
        }
    }

    /// Opens a connection to SQLite that reads on the thread where it is used; none where it takes an
    /// application's own options.
    pub(super) fn connect_loader(&self) -> Option<Owned> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(options) => {
                let connection = direct(options.get_filename()).ok()?;
                connection.execute_batch(FOR_MAILERS).ok()?;
                Some(Owned::Direct(connection))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Opens one connection that writes, as it comes.
    pub(super) async fn connect_once(&self) -> Result<Owned, QueueError> {
        let mut owned = self.connect_reader().await?;
        match &mut owned {
            #[cfg(feature = "sqlite")]
            Owned::Sqlite(connection) => {
                let glance = format!("PRAGMA busy_timeout = {}", GLANCE.as_millis());
                let glance = sqlx::query(sqlx::AssertSqlSafe(glance)).execute(connection);
                glance.await.map_err(QueueError::from_database)?;
            }
            #[cfg(feature = "sqlite")]
            Owned::Direct(_) => {}
            #[cfg(feature = "postgres")]
            Owned::Postgres(connection) => {
                let promised = sqlx::query(PROMISES).execute(connection);
                promised.await.map_err(QueueError::from_database)?;
            }
        }
        Ok(owned)
    }

    /// How the tables are written.
    pub(super) async fn dialect(
        &self,
        location: &Location,
        owned: &mut Owned,
    ) -> Result<Dialect, QueueError> {
        #[cfg(not(feature = "sqlite"))]
        let _ = owned;
        match &location.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite { prefix, .. } => {
                let prefix = match prefix {
                    Some(prefix) => prefix.clone(),
                    None => found_prefix(owned).await?,
                };
                Ok(Dialect::new(Kind::Sqlite, &prefix))
            }
            #[cfg(feature = "postgres")]
            Place::Postgres { schema, .. } => {
                Ok(Dialect::new(Kind::Postgres, &format!("\"{schema}\".")))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            _ => Err(QueueError::Closed),
        }
    }
}

/// What stands before the tables of a file: nothing in a file of ours, a name in an application's.
#[cfg(feature = "sqlite")]
async fn found_prefix(owned: &mut Owned) -> Result<String, QueueError> {
    let dialect = Dialect::new(Kind::Sqlite, "");
    let mut session = Session::new(owned.connection(), dialect, 0);
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'";
    let rows = session.rows(Query::new(tables)).await?;
    let tables: Vec<String> =
        rows.into_iter().map(|row| row.read().text()).collect::<Result<_, _>>()?;
    let has = |prefix: &str| {
        ["migration", "recipient"].iter().all(|name| tables.contains(&format!("{prefix}{name}")))
    };
    let ours = tables.is_empty() || (has("") && !has(SHARED_PREFIX));
    Ok(if ours { String::new() } else { SHARED_PREFIX.to_owned() })
}

/// Opens an SQLite file that is there, with the settings of [`Options::sqlite`].
#[cfg(feature = "sqlite")]
fn direct(file: &Path) -> Result<rusqlite::Connection, QueueError> {
    use rusqlite::OpenFlags;
    use rusqlite::config::DbConfig;
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
        )?;
        connection.execute_batch(ROOM)?;
        // Else a statement is planned anew whenever an argument changes that it compares by order.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.busy_timeout(GLANCE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    open().map_err(QueueError::from_direct)
}

/// Makes sure that what is committed on this connection survives a loss of power.
#[cfg(feature = "sqlite")]
async fn durable(connection: Connection<'_>) -> Result<(), QueueError> {
    let mut session = Session::new(connection, Dialect::new(Kind::Sqlite, ""), 0);
    let settings = "SELECT (SELECT lower(journal_mode) FROM pragma_journal_mode), \
         (SELECT synchronous FROM pragma_synchronous)";
    let row = session.row(Query::new(settings)).await?.ok_or(QueueError::Closed)?;
    let mut row = row.read();
    let (journal, synchronous) = (row.text()?, row.int()?);
    if journal != "wal" || synchronous < 2 {
        let what = format!("journal_mode is {journal} and synchronous {synchronous}");
        return Err(QueueError::Damaged { what: format!("SQLite is not durable: {what}") });
    }
    Ok(())
}

/// Makes the file of a store if it is not there, for its owner's eyes only.
#[cfg(feature = "sqlite")]
fn make_file(file: &Path) -> Result<(), QueueError> {
    let wrong = |problem: String| {
        Err(QueueError::Location { location: format!("sqlite:{}", file.display()), problem })
    };
    if let Some(kind) = network_file_system(file) {
        return wrong(format!(
            "lies on a network file system ({kind}), on which SQLite loses data: \
             use a disk of this machine, or postgres://…"
        ));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_made) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && !file.is_dir() => Ok(()),
        Err(error) => wrong(format!("cannot be made: {error}")),
    }
}

/// The kind of the network file system that a file lies on, if it does.
#[cfg(feature = "sqlite")]
fn network_file_system(file: &Path) -> Option<String> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().ok()?;
    network_mount(&std::fs::read_to_string("/proc/self/mounts").ok()?, &folder)
}

#[cfg(feature = "sqlite")]
fn network_mount(mounts: &str, folder: &Path) -> Option<String> {
    const NETWORK: [&str; 14] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "coda",
        "ceph",
        "gfs2",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.glusterfs",
    ];
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        // A space in a path is written so.
        let place = words.next()?.replace("\\040", " ");
        folder.starts_with(&place).then(|| (place.len(), words.next().unwrap_or_default()))
    });
    // Of two mounts on one place the later one counts.
    let (_, kind) = mounts.enumerate().max_by_key(|(at, (length, _))| (*length, *at))?.1;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]
    async fn durability(connection: Connection<'_>) -> (String, i64, i64) {
        let mut session = Session::new(connection, Dialect::new(Kind::Sqlite, ""), 0);
        let query = "SELECT (SELECT lower(journal_mode) FROM pragma_journal_mode), \
             (SELECT synchronous FROM pragma_synchronous), \
             (SELECT foreign_keys FROM pragma_foreign_keys)";
        let row = session.row(Query::new(query)).await.unwrap().unwrap();
        let mut row = row.read();
        (row.text().unwrap(), row.int().unwrap(), row.int().unwrap())
    }

    #[tokio::test]
    async fn g9_every_connection_is_wal_and_full() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mail.db");
        let own = format!("sqlite:{}", file.display()).parse().unwrap();
        // An application may have set its own connections otherwise.
        let lax = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(folder.path().join("shop.db"))
            .create_if_missing(true)
            .foreign_keys(false)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Delete)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Off);
        drop(sqlx::SqlitePool::connect_with(lax.clone()).await.unwrap());
        for options in [Options::of(&own).unwrap(), Options::sqlite(lax)] {
            let expected = ("wal".to_owned(), 2, 1);
            let mut owned = options.connect().await.unwrap();
            assert_eq!(durability(owned.connection()).await, expected);
            let mut writer = options.connect_writer().await.unwrap();
            assert!(matches!(writer, Owned::Direct(_)));
            assert_eq!(durability(writer.connection()).await, expected);
            let mut reader = options.connect_reader().await.unwrap();
            assert_eq!(durability(reader.connection()).await, expected);
        }
    }

    #[test]
    fn the_innermost_mount_decides_whether_a_file_is_on_a_network() {
        let mounts = "/dev/vda / ext4 rw 0 0\nhost:/x /srv nfs4 rw 0 0\ntmpfs /srv/own\\040disk tmpfs rw 0 0\n";
        let found = |folder| network_mount(mounts, Path::new(folder));
        assert_eq!(found("/home/me"), None);
        assert_eq!(found("/srv/mail").as_deref(), Some("nfs4"));
        assert_eq!(found("/srv/own disk/mail"), None);
        assert_eq!(found("/srvx"), None);
    }
}
