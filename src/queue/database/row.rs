//! The row: what a statement gives back, read column by column.

use uuid::Uuid;

use crate::queue::QueueError;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::queue) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    #[cfg(feature = "postgres")]
    Id(Uuid),
}

/// The values of one row, in order.
#[derive(Clone, Debug)]
pub(in crate::queue) struct Row(pub(super) Vec<Cell>);

impl Row {
    /// Begins to read it at its first column.
    pub(in crate::queue) fn read(self) -> Reading {
        Reading { cells: self.0.into_iter(), column: 0 }
    }
}

/// A row that is being read: each call takes the next column.
#[derive(Debug)]
pub(in crate::queue) struct Reading {
    cells: std::vec::IntoIter<Cell>,
    column: usize,
}

impl Reading {
    fn next(&mut self) -> Cell {
        self.column += 1;
        self.cells.next().unwrap_or(Cell::Null)
    }

    fn wrong<T>(&self, expected: &'static str) -> Result<T, QueueError> {
        Err(QueueError::Damaged { what: format!("column {} is no {expected}", self.column) })
    }

    pub(in crate::queue) fn maybe_int(&mut self) -> Result<Option<i64>, QueueError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Int(value) => Ok(Some(value)),
            _ => self.wrong("number"),
        }
    }

    pub(in crate::queue) fn int(&mut self) -> Result<i64, QueueError> {
        self.maybe_int()?.map_or_else(|| self.wrong("number"), Ok)
    }

    pub(in crate::queue) fn bool(&mut self) -> Result<bool, QueueError> {
        Ok(self.int()? != 0)
    }

    /// A count: a number that is not negative.
    pub(in crate::queue) fn count(&mut self) -> Result<u64, QueueError> {
        u64::try_from(self.int()?).or_else(|_negative| self.wrong("count"))
    }

    pub(in crate::queue) fn maybe_text(&mut self) -> Result<Option<String>, QueueError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            _ => self.wrong("text"),
        }
    }

    pub(in crate::queue) fn text(&mut self) -> Result<String, QueueError> {
        self.maybe_text()?.map_or_else(|| self.wrong("text"), Ok)
    }

    pub(in crate::queue) fn maybe_bytes(&mut self) -> Result<Option<Vec<u8>>, QueueError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes)),
            _ => self.wrong("bytes"),
        }
    }

    pub(in crate::queue) fn maybe_id(&mut self) -> Result<Option<Uuid>, QueueError> {
        match self.next() {
            Cell::Null => Ok(None),
            #[cfg(feature = "postgres")]
            Cell::Id(id) => Ok(Some(id)),
            Cell::Text(text) => match Uuid::try_parse(&text) {
                Ok(id) => Ok(Some(id)),
                Err(_no_id) => self.wrong("id"),
            },
            _ => self.wrong("id"),
        }
    }

    pub(in crate::queue) fn id(&mut self) -> Result<Uuid, QueueError> {
        self.maybe_id()?.map_or_else(|| self.wrong("id"), Ok)
    }

    /// A word that one of `words` is; anything else is damage.
    pub(in crate::queue) fn word<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, QueueError> {
        let text = self.text()?;
        parse(&text).map_or_else(|| self.wrong("known word"), Ok)
    }
}
