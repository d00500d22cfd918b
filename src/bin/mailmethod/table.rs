//! The table: aligned columns for people, tabs for pipes.

use crate::exit::Failure;
use crate::output::Output;

/// Rows of equal length, with a name for each column.
pub(crate) struct Table {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Writes the table: for a pipe without names and with tabs between the cells.
    pub(crate) fn write(&self, output: &mut Output) -> Result<(), Failure> {
        if !output.terminal {
            for row in &self.rows {
                output.line(&row.join("\t"))?;
            }
            return Ok(());
        }
        let names = self.columns.iter().map(|name| (*name).to_owned()).collect();
        let lines = self.aligned(&names, "");
        for (i, line) in lines.iter().enumerate() {
            let line = if i == 0 { output.paint().bold(line) } else { line.clone() };
            output.line(&line)?;
        }
        Ok(())
    }

    /// The names and the rows as lines, each cell as wide as its column.
    pub(crate) fn aligned(&self, names: &Vec<String>, indent: &str) -> Vec<String> {
        let all = std::iter::once(names).chain(&self.rows);
        let mut widths = vec![0; self.columns.len()];
        for row in all.clone() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(shown(cell));
            }
        }
        all.map(|row| {
            let mut line = indent.to_owned();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                let gap = width.saturating_sub(shown(cell)) + 2;
                line.extend(std::iter::repeat_n(' ', gap));
            }
            line.trim_end().to_owned()
        })
        .collect()
    }
}

/// How many characters of a cell are seen: its colours are not.
fn shown(cell: &str) -> usize {
    let mut pieces = cell.split('\x1b');
    let first = pieces.next().map_or(0, |piece| piece.chars().count());
    let coloured = pieces.map(|piece| {
        let text = piece.split_once('m').map_or(piece, |(_, text)| text);
        text.chars().count()
    });
    first + coloured.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{Table, shown};

    #[test]
    fn a_colour_takes_no_room() {
        assert_eq!((shown("dead"), shown("\x1b[1;31mdead\x1b[0m"), shown("")), (4, 4, 0));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let table = Table { columns: vec!["A", "B"], rows: vec![row("long", "x"), row("é", "")] };
        assert_eq!(table.aligned(&row("A", "B"), " "), [" A     B", " long  x", " é"]);
    }
}
