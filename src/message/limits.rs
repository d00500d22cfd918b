//! The limits: how large a mail may be.

/// How many recipients and octets a mail may have.
///
/// The defaults: 1,000 recipients, 25 MiB (25 × 1,048,576 octets) for a whole sealed message, 20
/// MiB for the content of all attachments together, before encoding makes it a third larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Recipients in To, Cc and Bcc together.
    pub recipients: usize,
    /// Octets of a sealed message.
    pub message: usize,
    /// Octets of all attachments, not encoded.
    pub attachments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { recipients: 1_000, message: 25 * 1024 * 1024, attachments: 20 * 1024 * 1024 }
    }
}
