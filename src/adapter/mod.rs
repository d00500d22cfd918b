//! The adapter room.
