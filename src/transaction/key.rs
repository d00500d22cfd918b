//! The key: how a participant stays usable after it has joined.

use std::fmt;
use std::marker::PhantomData;

/// Names one participant of one transaction, and knows its type.
pub struct Key<P> {
    pub(super) number: u64,
    participant: PhantomData<fn() -> P>,
}

impl<P> Key<P> {
    pub(super) const fn new(number: u64) -> Self {
        Self { number, participant: PhantomData }
    }
}

impl<P> Clone for Key<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Key<P> {}

impl<P> fmt::Debug for Key<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.number).finish()
    }
}
