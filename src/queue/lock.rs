//! The lock: one mailer for each SQLite file.
//!
//! Whoever holds it knows that every other mailer of the file is dead, whatever
//! the clock says: the system takes the lock from a process that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::{QueueError, Store};

/// How often we ask for a lock that we wait for.
const GLANCE: Duration = Duration::from_millis(500);

/// The right to be the mailer of a store. On PostgreSQL everybody has it.
#[derive(Debug)]
pub struct MailerLock {
    /// The file that is locked for as long as it is open.
    _file: Option<File>,
}

impl Store {
    /// Takes the right to be the mailer of this store, if nobody has it.
    ///
    /// # Errors
    ///
    /// [`QueueError::MailerRuns`] with who has it; [`QueueError::Unreachable`] if the lock file
    /// cannot be made.
    pub fn lock_mailer(&self) -> Result<MailerLock, QueueError> {
        let Some(file) = self.sqlite_file() else { return Ok(MailerLock { _file: None }) };
        let failed = |error: std::io::Error| QueueError::Unreachable(error.into());
        // One file has one lock, by whatever path it is reached.
        let mut path = file.canonicalize().map_err(failed)?.into_os_string();
        path.push(".mailer");
        let path = PathBuf::from(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut lock = options.open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is told as far as it can be read.
                drop(lock.take(200).read_to_string(&mut holder));
                let holder = if holder.trim().is_empty() { "somebody".into() } else { holder };
                return Err(QueueError::MailerRuns { file: file.display().to_string(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let told = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| write!(lock, "process {}", std::process::id()));
        told.map_err(failed)?;
        Ok(MailerLock { _file: Some(lock) })
    }

    /// Takes the right to be the mailer of this store, once nobody else has it.
    ///
    /// # Errors
    ///
    /// As [`lock_mailer`](Self::lock_mailer), but for [`QueueError::MailerRuns`].
    pub async fn wait_for_lock(&self) -> Result<MailerLock, QueueError> {
        loop {
            match self.lock_mailer() {
                Err(QueueError::MailerRuns { .. }) => tokio::time::sleep(GLANCE).await,
                done => return done,
            }
        }
    }
}
