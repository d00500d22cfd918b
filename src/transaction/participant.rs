//! The participant: whatever has a part in a transaction and can prepare, finish or abort it.

use std::any::Any;
use std::error::Error;

use async_trait::async_trait;

/// The error of a participant or hook: it can hold any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Something that takes part in a [`Transaction`](super::Transaction).
///
/// Each participant is prepared once, then either finished or aborted; that both
/// happen, or one of them twice, does not compile, because they consume it. A
/// participant that is dropped without either (the process or its runtime ends)
/// must leave nothing behind either: presume an abort.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use mailmethod::transaction::{BoxError, FinishError, Participant, Transaction};
///
/// /// Writes a file beside its place, and moves it there on commit.
/// struct NewFile {
///     draft: std::path::PathBuf,
///     place: std::path::PathBuf,
/// }
///
/// #[async_trait]
/// impl Participant for NewFile {
///     fn name(&self) -> &str {
///         "file"
///     }
///
///     async fn prepare(&mut self) -> Result<(), BoxError> {
///         Ok(std::fs::write(&self.draft, "report")?)
///     }
///
///     async fn finish(self: Box<Self>) -> Result<(), FinishError> {
///         std::fs::rename(&self.draft, &self.place).map_err(FinishError::undone)
///     }
///
///     async fn abort(self: Box<Self>) -> Result<(), BoxError> {
///         match std::fs::remove_file(&self.draft) {
///             Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
///             removed => Ok(removed?),
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let (draft, place) = (folder.path().join("draft"), folder.path().join("place"));
/// let mut tx = Transaction::new();
/// tx.join(NewFile { draft, place: place.clone() });
/// tx.commit().await?;
/// assert_eq!(std::fs::read_to_string(place)?, "report");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Participant: Any + Send {
    /// What it is called in errors, such as `orders database`.
    fn name(&self) -> &str;

    /// What it has to itself once it is prepared, such as a database: a name that others who work
    /// on the same would give. `None` if it does not matter.
    fn resource(&self) -> Option<&str> {
        None
    }

    /// Why it cannot take part beside a participant that has this [resource](Self::resource); it is
    /// asked before it prepares.
    fn excludes(&self, _resource: &str) -> Option<BoxError> {
        None
    }

    /// Makes sure, as far as that can be known, that [`finish`](Self::finish) will not fail.
    ///
    /// No participant is finished before all are prepared.
    ///
    /// # Errors
    ///
    /// Any error refuses the transaction: every participant is aborted, this one too.
    async fn prepare(&mut self) -> Result<(), BoxError>;

    /// Makes the part real. It is called in a task of its own, in the order of joining.
    ///
    /// # Errors
    ///
    /// [`FinishError`], which says whether anything of this part may be there. Those that follow
    /// are aborted; what has finished before stays.
    async fn finish(self: Box<Self>) -> Result<(), FinishError>;

    /// Undoes the part. It may come at any time before `finish`, prepared or not.
    ///
    /// # Errors
    ///
    /// Any error is handed to whoever aborted; the others are aborted all the same.
    async fn abort(self: Box<Self>) -> Result<(), BoxError>;

    /// Whether [`savepoint`](Self::savepoint) and [`rollback_to`](Self::rollback_to) are there.
    ///
    /// `false` by default: then a transaction that it has joined gives no savepoint.
    fn has_savepoints(&self) -> bool {
        false
    }

    /// Marks this moment. Numbers rise and are never used again.
    ///
    /// # Errors
    ///
    /// Any error fails the transaction: it can only be aborted.
    async fn savepoint(&mut self, number: u64) -> Result<(), BoxError> {
        Err(format!("{} has no savepoint {number}", self.name()).into())
    }

    /// Undoes what came after a mark. The mark stays, and those after it are gone.
    ///
    /// # Errors
    ///
    /// Any error fails the transaction: it can only be aborted.
    async fn rollback_to(&mut self, number: u64) -> Result<(), BoxError> {
        Err(format!("{} has no savepoint {number}", self.name()).into())
    }

    /// Whether an error is a passing conflict of this participant: the same work, done anew in
    /// another transaction, may well succeed. `false` by default.
    ///
    /// It is asked about each error of a chain of sources.
    fn should_retry(&self, error: &(dyn Error + 'static)) -> bool {
        let _error = error;
        false
    }
}

/// Why a participant did not finish, and what that leaves of it.
#[derive(Debug)]
pub enum FinishError {
    /// Nothing of its part is there, as if it had been aborted.
    Undone {
        /// What happened.
        error: BoxError,
        /// Whether the same work may well succeed in another transaction.
        retry: bool,
    },
    /// Some of its part is there, or nobody can tell.
    Uncertain(BoxError),
}

impl FinishError {
    /// Nothing of the part is there, and to try again is of no use.
    pub fn undone(error: impl Into<BoxError>) -> Self {
        Self::Undone { error: error.into(), retry: false }
    }

    /// Some of the part is there, or nobody can tell.
    pub fn uncertain(error: impl Into<BoxError>) -> Self {
        Self::Uncertain(error.into())
    }
}

/// An error that says of itself that it is a passing conflict, wherever it comes from.
///
/// # Examples
///
/// ```
/// use mailmethod::transaction::{Conflict, Transaction};
///
/// let error = Conflict("the seat was taken meanwhile".into());
/// assert!(Transaction::new().should_retry(&error));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("a passing conflict")]
pub struct Conflict(#[source] pub BoxError);
