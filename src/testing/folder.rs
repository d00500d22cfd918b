//! A temporary folder that goes with its owner.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use uuid::Uuid;

use crate::host::MailHostBuilder;
use crate::queue::QueueError;

/// A folder of its own below the system's; it is deleted when this is dropped.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> std::io::Result<Self> {
        let path =
            std::env::temp_dir().join(format!("mailmethod-test-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be deleted is left to the system.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl MailHostBuilder {
    /// Keeps what is queued in a temporary file, which goes with the host. That does not count as
    /// having named a store.
    pub(super) fn temporary_store(self) -> Self {
        let source = OnceLock::new();
        self.spare_store(move || {
            let folder: &Result<Folder, std::io::Error> = source.get_or_init(Folder::new);
            match folder {
                Ok(folder) => {
                    let place = format!("sqlite:{}", folder.path().join("mail.db").display());
                    place.parse()
                }
                Err(error) => Err(QueueError::Unreachable(error.to_string().into())),
            }
        })
    }
}
