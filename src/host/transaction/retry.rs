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
        let mut left = attempts;
        while left > 0 {
            left -= 1;
            let mut tx = self.begin();
            match work(&mut tx).await {
                Ok(value) => match tx.commit().await {
                    Ok(committed) => return Ok((value, committed)),
                    Err(error) if left > 0 && error.is_conflict() => {}
                    Err(error) => return Err(RetryError::Commit(error)),
                },
                Err(source) => {
                    let again = left > 0 && tx.should_retry(source.as_ref());
                    let abort = tx.abort().await.err();
                    if !again || abort.is_some() {
                        return Err(RetryError::Work { source, abort });
                    }
                }
            }
        }
        Err(RetryError::NoAttempts)
    }
}
