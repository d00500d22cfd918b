//! The commit: prepare all, then finish one after the other.

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::apart::apart;
use super::hook::AfterHooks;
use super::open::{Seat, State, Transaction};
use super::{
    BoxError, Cause, CommitError, Committed, Failure, FinishError, Participant, Refused, Status,
    Torn,
};

impl Transaction {
    /// Prepares every participant, then finishes them in the order of joining.
    ///
    /// Once the first begins to finish, all goes on to its end in a task of its own, whether the
    /// caller waits or not. Without a Tokio runtime it is done in place.
    ///
    /// # Errors
    ///
    /// [`CommitError::Refused`] if nothing has happened, [`CommitError::Torn`] if some of it has.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while participants prepare, all are aborted. If it is dropped
    /// later, the commit goes on; how it ends is told to the after-commit hooks, and logged as an
    /// error unless it was committed.
    pub async fn commit(self) -> Result<Committed, CommitError> {
        self.run(None).await
    }

    /// Commits with one more participant that prepares and finishes last, whoever has joined.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub async fn commit_with_last(self, last: impl Participant) -> Result<Committed, CommitError> {
        self.run(Some(Box::new(last))).await
    }

    /// Aborts every participant and gives the error of a commit that an own hook stopped.
    pub async fn refuse(mut self, error: BoxError) -> CommitError {
        let retry = self.should_retry(error.as_ref());
        self.refused(Cause::Hook(error), retry).await
    }

    async fn run(mut self, last: Option<Box<dyn Participant>>) -> Result<Committed, CommitError> {
        let last = last.map(|participant| Seat { number: super::open::next_number(), participant });
        self.seats.extend(last);
        match self.state {
            State::Active => {}
            State::Doomed => return Err(self.refused(Cause::Doomed, false).await),
            State::Failed => return Err(self.refused(Cause::Failed, false).await),
        }
        if let Err(failure) = self.prepare().await {
            let retry = self.should_retry(failure.error.as_ref());
            return Err(self.refused(Cause::Prepare(failure), retry).await);
        }
        let finishing = Finishing {
            seats: std::mem::take(&mut self.seats),
            after: std::mem::take(&mut self.after),
        };
        finishing.begin().await
    }

    async fn prepare(&mut self) -> Result<(), Failure> {
        let mut resources: Vec<String> = Vec::new();
        for seat in &mut self.seats {
            let excluded = resources.iter().find_map(|taken| seat.participant.excludes(taken));
            if let Some(error) = excluded {
                return Err(seat.failure(error));
            }
            if let Err(error) = seat.participant.prepare().await {
                return Err(seat.failure(error));
            }
            resources.extend(seat.participant.resource().map(str::to_owned));
        }
        Ok(())
    }

    async fn refused(&mut self, cause: Cause, retry: bool) -> CommitError {
        let abort_failures = self.abort_all().await;
        let hook_errors = self.after.run(Status::Refused).await;
        CommitError::Refused(Box::new(Refused { cause, retry, abort_failures, hook_errors }))
    }
}

/// What is left of a transaction when all are prepared.
struct Finishing {
    seats: Vec<Seat>,
    after: AfterHooks,
}

impl Finishing {
    async fn begin(self) -> Result<Committed, CommitError> {
        let Ok(runtime) = Handle::try_current() else {
            return self.finish().await;
        };
        let participants = self.seats.iter().map(Seat::name).collect();
        let (tell, told) = oneshot::channel();
        drop(runtime.spawn(async move {
            if let Err(Err(unheard)) = tell.send(self.finish().await) {
                tracing::error!(error = outline(&unheard), "nobody waited for a failed commit");
            }
        }));
        told.await.unwrap_or(Err(CommitError::Interrupted { participants }))
    }

    async fn finish(mut self) -> Result<Committed, CommitError> {
        let mut finished = Vec::new();
        let mut seats = std::mem::take(&mut self.seats).into_iter();
        while let Some(Seat { participant, .. }) = seats.next() {
            let name = participant.name().to_owned();
            // A panic is a failure as any other: those that follow are aborted, and all is told.
            let ended = apart(participant.finish()).await;
            match ended.unwrap_or_else(|error| Err(FinishError::Uncertain(error))) {
                Ok(()) => finished.push(name),
                Err(error) => return Err(self.stopped(finished, (name, error), seats).await),
            }
        }
        let hook_errors = self.after.run(Status::Committed).await;
        Ok(Committed { hook_errors })
    }

    /// Aborts the rest. Nothing has happened if nobody finished and the one that failed is undone.
    async fn stopped(
        &mut self,
        finished: Vec<String>,
        (participant, error): (String, FinishError),
        rest: impl Iterator<Item = Seat> + Send,
    ) -> CommitError {
        let (mut aborted, mut abort_failures) = (Vec::new(), Vec::new());
        for Seat { participant, .. } in rest {
            let name = participant.name().to_owned();
            if let Err(error) = participant.abort().await {
                abort_failures.push(Failure::new(&name, error));
            }
            aborted.push(name);
        }
        match error {
            FinishError::Undone { error, retry } if finished.is_empty() => {
                let hook_errors = self.after.run(Status::Refused).await;
                let cause = Cause::Finish(Failure { participant, error });
                CommitError::Refused(Box::new(Refused {
                    cause,
                    retry,
                    abort_failures,
                    hook_errors,
                }))
            }
            FinishError::Undone { error, .. } | FinishError::Uncertain(error) => {
                let hook_errors = self.after.run(Status::Torn).await;
                let failed = Failure { participant, error };
                CommitError::Torn(Box::new(Torn {
                    finished,
                    failed,
                    aborted,
                    abort_failures,
                    hook_errors,
                }))
            }
        }
    }
}

/// Who did what. The errors themselves stay out of the log: they may name a blind copy.
fn outline(error: &CommitError) -> String {
    match error {
        CommitError::Refused(refused) => format!("{error}: {refused}"),
        CommitError::Torn(torn) => format!("{error}: {torn}"),
        CommitError::Interrupted { .. } => error.to_string(),
    }
}
