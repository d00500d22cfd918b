//! The after-commit hooks: told how a commit ended, unable to undo it.

use std::collections::VecDeque;
use std::pin::Pin;

use super::BoxError;
use super::apart::apart;

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Every participant has finished.
    Committed,
    /// Nothing has happened: every participant was aborted.
    Refused,
    /// Some have finished and some have not.
    Torn,
}

/// A future in a box, as hooks give it: `Box::pin(async move { … })`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Hook = Box<dyn FnOnce(Status) -> BoxFuture<'static, Result<(), BoxError>> + Send>;

/// Hooks in the order in which they came; each runs once.
#[derive(Default)]
pub(super) struct AfterHooks(VecDeque<Hook>);

impl AfterHooks {
    pub(super) fn push<F, R>(&mut self, hook: F)
    where
        F: FnOnce(Status) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.0.push_back(Box::new(move |status| Box::pin(hook(status))));
    }

    /// Runs every hook in a task of its own, whatever the others do, and gives the errors of those that failed.
    pub(super) async fn run(&mut self, status: Status) -> Vec<BoxError> {
        let mut errors = Vec::new();
        while let Some(hook) = self.0.pop_front() {
            errors.extend(apart(hook(status)).await.and_then(|told| told).err());
        }
        errors
    }
}
