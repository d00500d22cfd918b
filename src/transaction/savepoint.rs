//! Savepoints: a moment of a transaction to which it can go back.

use super::open::{State, Transaction, next_number};
use super::{Failure, TransactionError};

/// A moment of one transaction. Copies name the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Savepoint(u64);

/// A savepoint, and how many participants had joined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    number: u64,
    seats: usize,
}

impl Transaction {
    /// Marks this moment in every participant. Savepoints nest.
    ///
    /// # Errors
    ///
    /// [`TransactionError::NoSavepoints`] if a participant cannot do that: nobody was asked then,
    /// and the transaction goes on. [`TransactionError::Savepoint`] if one that can failed: the
    /// transaction has failed. [`TransactionError::Failed`] if it had failed before.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the transaction has failed.
    pub async fn savepoint(&mut self) -> Result<Savepoint, TransactionError> {
        let before = self.usable()?;
        if let Some(seat) = self.seats.iter().find(|seat| !seat.participant.has_savepoints()) {
            return Err(TransactionError::NoSavepoints { participant: seat.name() });
        }
        let number = next_number();
        self.state = State::Failed;
        for seat in &mut self.seats {
            if let Err(source) = seat.participant.savepoint(number).await {
                return Err(TransactionError::Savepoint { participant: seat.name(), source });
            }
        }
        self.state = before;
        self.marks.push(Mark { number, seats: self.seats.len() });
        Ok(Savepoint(number))
    }

    /// Goes back to a savepoint, which stays: it can be gone back to again. Later ones are gone.
    ///
    /// Participants that joined after it are aborted, and their keys are void. Hooks and doom stay.
    ///
    /// # Errors
    ///
    /// [`TransactionError::UnknownSavepoint`] if it is not of this transaction, or gone.
    /// [`TransactionError::Rollback`] if a participant failed: the transaction has failed.
    /// [`TransactionError::Failed`] if it had failed before.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the transaction has failed.
    pub async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<(), TransactionError> {
        let before = self.usable()?;
        let position = self.marks.iter().position(|mark| mark.number == savepoint.0);
        let Some((position, mark)) = position.and_then(|at| Some((at, *self.marks.get(at)?)))
        else {
            return Err(TransactionError::UnknownSavepoint);
        };
        self.state = State::Failed;
        self.marks.truncate(position + 1);
        let mut failed = None;
        while self.seats.len() > mark.seats {
            let Some(seat) = self.seats.pop() else { break };
            let participant = seat.name();
            if let Err(error) = seat.participant.abort().await {
                failed = failed.or(Some(Failure { participant, error }));
            }
        }
        for seat in &mut self.seats {
            if let Err(error) = seat.participant.rollback_to(savepoint.0).await {
                failed = failed.or_else(|| Some(seat.failure(error)));
            }
        }
        match failed {
            None => {
                self.state = before;
                Ok(())
            }
            Some(Failure { participant, error }) => {
                Err(TransactionError::Rollback { participant, source: error })
            }
        }
    }

    const fn usable(&self) -> Result<State, TransactionError> {
        match self.state {
            State::Failed => Err(TransactionError::Failed),
            state => Ok(state),
        }
    }
}
