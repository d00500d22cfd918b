//! The assets: the files below the templates folder that a mail may embed or attach.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// A file that was read when the definitions were loaded.
#[derive(Clone)]
pub(crate) struct Asset {
    /// Its path from the templates folder.
    pub(crate) path: Arc<str>,
    pub(crate) content: Arc<[u8]>,
    /// Its Content-ID without angle brackets: the same for the same name and content.
    pub(crate) content_id: Arc<str>,
}

impl Asset {
    pub(crate) fn new(path: &str, content: Vec<u8>) -> Self {
        let digest = Sha256::digest(&content);
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let plain: String = file_name(path)
            .chars()
            .map(
                |c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' },
            )
            .take(60)
            .collect();
        let content_id = format!("{hex}.{}@inline", plain.trim_matches('.')).into();
        Self { path: path.into(), content: content.into(), content_id }
    }

    /// The last part of its path.
    pub(crate) fn file_name(&self) -> &str {
        file_name(&self.path)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} octets)", self.path, self.content.len())
    }
}

/// Files by their path from the templates folder.
pub(crate) type Assets = BTreeMap<String, Arc<Asset>>;
