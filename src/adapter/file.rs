//! The file adapter: one `.eml` file for each mail, whole or not there at all.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tokio::fs;
use tokio::io::AsyncWriteExt as _;

use crate::message::{Address, Message};

use super::error::Fault;
use super::null::{all_accepted, handed_over};
use super::{Adapter, Class, DeliveryError, Depth, Offer, Phase, Probe, Receipt, RecipientOutcome};

/// Writes each mail as a file `MESSAGE-ID.eml` into a folder: `file:DIR`.
///
/// The file holds exactly the message's bytes; the envelope is not written, so
/// no blind copy is. A second mail of the same Message-ID is `MESSAGE-ID-2.eml`.
/// The folder is made when the first mail comes.
#[derive(Clone, Debug)]
pub struct FileAdapter {
    folder: PathBuf,
}

impl FileAdapter {
    /// Writes into `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn failed(&self, phase: Phase, source: io::Error) -> DeliveryError {
        DeliveryError::new(phase, Class::Transient)
            .with_host(self.folder.display().to_string())
            .with_fault(Fault::Unwritable)
            .with_source(source)
            .with_help("check the folder's rights and the free space")
    }
}

#[async_trait]
impl Adapter for FileAdapter {
    async fn offer(
        &self,
        message: &Message,
        recipients: &[Address],
        _depth: Depth,
    ) -> Result<Box<dyn Offer>, DeliveryError> {
        let failed = |error| self.failed(Phase::Data, error);
        fs::create_dir_all(&self.folder).await.map_err(failed)?;
        let staged = Staged { path: self.folder.join(temporary_name()) };
        let mut file = fs::File::create_new(&staged.path).await.map_err(failed)?;
        file.write_all(message.as_bytes()).await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        Ok(Box::new(FileOffer {
            adapter: self.clone(),
            staged,
            stem: stem(message.id()),
            replies: all_accepted(recipients),
        }))
    }

    async fn probe(&self) -> Probe {
        let mut probe = Probe::default();
        let tried = async {
            fs::create_dir_all(&self.folder).await?;
            let staged = Staged { path: self.folder.join(temporary_name()) };
            fs::File::create_new(&staged.path).await
        };
        match tried.await {
            Ok(_file) => {
                let seen = format!("the folder {} can be written", self.folder.display());
                probe.saw(Phase::Connect, seen);
            }
            Err(error) => probe.error = Some(self.failed(Phase::Connect, error)),
        }
        probe
    }
}

/// A temporary file that goes when it is dropped.
#[derive(Debug)]
struct Staged {
    path: PathBuf,
}

impl Staged {
    /// Gives the file the first free name of `STEM.eml`, `STEM-2.eml`, ….
    async fn publish(self, folder: &Path, stem: &str) -> io::Result<()> {
        for number in 1_u32.. {
            let name =
                if number == 1 { format!("{stem}.eml") } else { format!("{stem}-{number}.eml") };
            let target = folder.join(name);
            // A link never replaces a file, which a rename would do. Where the file system has
            // no links the rename is guarded by the look before it.
            match fs::hard_link(&self.path, &target).await {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_no_links) if fs::try_exists(&target).await? => {}
                Err(_no_links) => return fs::rename(&self.path, &target).await,
            }
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "a temporary file stays behind");
        }
    }
}

#[derive(Debug)]
struct FileOffer {
    adapter: FileAdapter,
    staged: Staged,
    stem: String,
    replies: Vec<RecipientOutcome>,
}

#[async_trait]
impl Offer for FileOffer {
    fn replies(&self) -> &[RecipientOutcome] {
        &self.replies
    }

    async fn accept(self: Box<Self>) -> Receipt {
        let Self { adapter, staged, stem, replies } = *self;
        match staged.publish(&adapter.folder, &stem).await {
            Ok(()) => Receipt { recipients: handed_over(replies), error: None },
            Err(error) => {
                let error = adapter.failed(Phase::Data, error);
                let recipients =
                    replies.iter().map(|reply| error.outcome_for(&reply.address)).collect();
                Receipt { recipients, error: Some(error) }
            }
        }
    }

    async fn withdraw(self: Box<Self>) {}
}

/// A name that no other offer of this machine uses.
fn temporary_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!(".{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The Message-ID as a file name: letters, digits, `.`, `-`, `_`, at most 120 of them.
fn stem(id: &str) -> String {
    let id = id.trim_start_matches('<').trim_end_matches('>').trim_start_matches('.');
    let stem: String = id
        .chars()
        .take(120)
        .map(|c| if c.is_ascii_alphanumeric() || "._-@".contains(c) { c } else { '_' })
        .collect();
    if stem.is_empty() { "message".to_owned() } else { stem.replace('@', "_at_") }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_message_id_becomes_a_harmless_file_name() {
        assert_eq!(stem("<17.abc-D_e@shop.test>"), "17.abc-D_e_at_shop.test");
        assert_eq!(stem("<../../etc/passwd>"), "_.._etc_passwd");
        assert_eq!(stem("<a\0b\r\nc d>"), "a_b__c_d");
        assert_eq!(stem("<>"), "message");
        assert_eq!(stem(&"é".repeat(5_000)).len(), 120);
    }
}
