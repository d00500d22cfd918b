//! The render room.

pub(crate) mod format;
pub(crate) mod plain;
