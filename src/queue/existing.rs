//! The existing store: opened only if it is there, so that looking makes nothing.

use super::database::Session;
use super::location::{Location, Place};
use super::open::Options;
use super::{QueueError, Store, schema};

impl Store {
    /// Opens a store if it is there. No file, schema or table is made, and a file without a store
    /// in it stays as it is.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_existing(location: &Location) -> Result<Option<Self>, QueueError> {
        if let Place::Sqlite { file, .. } = &location.place {
            match file.metadata() {
                Ok(found) if found.is_dir() => {
                    let (location, problem) = (location.to_string(), "is a folder".to_owned());
                    return Err(QueueError::Location { location, problem });
                }
                Ok(found) if found.len() == 0 && found.is_file() => return Ok(None),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                // Whatever else is wrong is said by the database.
                Ok(_) | Err(_) => {}
            }
        }
        let peek = Options::peeking(location)?;
        let mut owned = peek.connect_once().await?;
        let dialect = peek.dialect(location, &mut owned).await?;
        let mut session = Session::new(owned.connection(), dialect, 0);
        let found = schema::version(&mut session).await?;
        drop(session);
        owned.close().await;
        if found == 0 { Ok(None) } else { Self::open(location).await.map(Some) }
    }
}
