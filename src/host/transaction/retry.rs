//! Doing work again when it met a passing conflict.

use crate::host::{Committed, MailHost, RetryError, Transaction};
use crate::transaction::BoxError;

impl MailHost {
    /// Does work in a transaction and commits it; after a passing conflict, all of it once more.
    ///
    /// `attempts` counts the first one too. Each attempt has a transaction of its own, so mail that
    /// a failed one staged is never sent. A conflict is what a participant takes for one (such as a
    /// serialisation failure or a busy database), or a
    /// [`Conflict`](crate::transaction::Conflict); the next attempt begins at once. What is torn is
    /// never tried again, nor is mail that was refused.
    ///
    /// In a task that is spawned, work that borrows what is outside of it does not compile
    /// ("`Send` is not general enough"): there, write the loop of [`attempts`](Self::attempts).
    ///
    /// # Errors
    ///
    /// [`RetryError::NoAttempts`] for 0 attempts; [`RetryError::Work`] and [`RetryError::Commit`]
    /// with the error of the last attempt.
    ///
    /// # Cancel safety
    ///
    /// As [`Transaction::commit`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mailmethod::adapter::MemoryAdapter;
    /// # use mailmethod::{Call, MailHost, MailMethods};
    /// use mailmethod::transaction::Conflict;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let methods = MailMethods::from_embedded([
    /// #     ("hello.yaml", "headers: {to: ada@example.test, from: shop@example.test, subject: Hi}\ntext: Hello!"),
    /// # ])?;
    /// # let memory = MemoryAdapter::new();
    /// # let host = MailHost::builder().methods(methods).adapter("default", Arc::new(memory.clone())).build()?;
    /// let mut attempt = 0;
    /// let (seat, committed) = host
    ///     .retry(3, async |tx| {
    ///         attempt += 1;
    ///         tx.stage(&Call::new("hello"))?;
    ///         if attempt < 3 { Err(Conflict("the seat was taken".into()).into()) } else { Ok("12A") }
    ///     })
    ///     .await?;
    /// assert_eq!((seat, committed.sent.len(), memory.messages().len()), ("12A", 1, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn retry<T>(
        &self,
        attempts: u32,
        mut work: impl AsyncFnMut(&mut Transaction) -> Result<T, BoxError>,
    ) -> Result<(T, Committed), RetryError> {
        let mut attempts = self.attempts(attempts);
        loop {
            let mut tx = attempts.begin()?;
            let worked = work(&mut tx).await;
            if let Some(done) = attempts.end(tx, worked).await? {
                return Ok(done);
            }
        }
    }

    /// The same as a loop, which may borrow and be spawned as it likes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mailmethod::adapter::MemoryAdapter;
    /// # use mailmethod::{Call, MailHost, MailMethods};
    /// use mailmethod::transaction::BoxError;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let methods = MailMethods::from_embedded([
    /// #     ("hello.yaml", "headers: {to: ada@example.test, from: shop@example.test, subject: Hi}\ntext: Hello!"),
    /// # ])?;
    /// # let memory = MemoryAdapter::new();
    /// # let host = MailHost::builder().methods(methods).adapter("default", Arc::new(memory.clone())).build()?;
    /// let mut attempts = host.attempts(3);
    /// let (seat, committed) = loop {
    ///     let mut tx = attempts.begin()?;
    ///     let worked = async {
    ///         tx.stage(&Call::new("hello"))?;
    ///         Ok::<_, BoxError>("12A")
    ///     };
    ///     let worked = worked.await;
    ///     if let Some(done) = attempts.end(tx, worked).await? {
    ///         break done;
    ///     }
    /// };
    /// assert_eq!((seat, committed.sent.len(), memory.messages().len()), ("12A", 1, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn attempts(&self, attempts: u32) -> Attempts {
        Attempts { host: self.clone(), left: attempts }
    }
}

/// How often work may still be tried; see [`MailHost::attempts`].
#[derive(Clone, Debug)]
pub struct Attempts {
    host: MailHost,
    left: u32,
}

impl Attempts {
    /// Begins the transaction of the next attempt.
    ///
    /// # Errors
    ///
    /// [`RetryError::NoAttempts`] if none is left.
    pub fn begin(&mut self) -> Result<Transaction, RetryError> {
        self.left = self.left.checked_sub(1).ok_or(RetryError::NoAttempts)?;
        Ok(self.host.begin())
    }

    /// Ends an attempt: commits if the work went well, else aborts.
    ///
    /// Gives what the work gave and what was committed, or `None` if it met a passing conflict and
    /// is to be done once more.
    ///
    /// # Errors
    ///
    /// [`RetryError::Work`] and [`RetryError::Commit`] if it is not to be tried again.
    pub async fn end<T>(
        &mut self,
        transaction: Transaction,
        worked: Result<T, BoxError>,
    ) -> Result<Option<(T, Committed)>, RetryError> {
        let more = self.left > 0;
        match worked {
            Ok(value) => match transaction.commit().await {
                Ok(committed) => Ok(Some((value, committed))),
                Err(error) if more && error.is_conflict() => Ok(None),
                Err(error) => Err(RetryError::Commit(error)),
            },
            Err(source) => {
                let again = more && transaction.should_retry(source.as_ref());
                match transaction.abort().await {
                    Ok(()) if again => Ok(None),
                    aborted => Err(RetryError::Work { source, abort: aborted.err() }),
                }
            }
        }
    }
}
