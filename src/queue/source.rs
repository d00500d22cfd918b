//! Where a host's store comes from: a location, an application's own pool, or a store that is open.

use super::{Location, QueueError, Store};

/// Where a store comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreSource {
    /// A location, opened when it is needed.
    At(Location),
    /// A store that is open.
    Open(Store),
    /// An application's own SQLite file: tables that begin with `mailmethod_`.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    /// An application's own PostgreSQL database: the schema `mailmethod`.
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

impl StoreSource {
    /// Opens the store.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub async fn open(&self) -> Result<Store, QueueError> {
        match self {
            Self::At(location) => Store::open(location).await,
            Self::Open(store) => Ok(store.clone()),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Store::in_sqlite(pool).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Store::in_postgres(pool).await,
        }
    }
}

impl From<Location> for StoreSource {
    fn from(location: Location) -> Self {
        Self::At(location)
    }
}

impl From<Store> for StoreSource {
    fn from(store: Store) -> Self {
        Self::Open(store)
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for StoreSource {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::Sqlite(pool)
    }
}

#[cfg(feature = "sqlite")]
impl From<&sqlx::SqlitePool> for StoreSource {
    fn from(pool: &sqlx::SqlitePool) -> Self {
        Self::Sqlite(pool.clone())
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for StoreSource {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::Postgres(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<&sqlx::PgPool> for StoreSource {
    fn from(pool: &sqlx::PgPool) -> Self {
        Self::Postgres(pool.clone())
    }
}
