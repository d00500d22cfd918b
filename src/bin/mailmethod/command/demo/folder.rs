//! The temporary folder of the demo.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// A folder that is deleted with its owner.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        let name = format!("mailmethod-demo-{}", Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
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
