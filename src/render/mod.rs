//! The render room.

pub(crate) mod format;
