//! A table of data as lines of text: aligned columns, or `Header: value` lines.

/// What stands between two columns.
const GAP: usize = 2;

/// The most columns that one cell spans.
const WIDEST_SPAN: usize = 20;

#[derive(Default)]
pub(super) struct Grid {
    rows: Vec<Row>,
}

#[derive(Default)]
struct Row {
    cells: Vec<Cell>,
}

#[derive(Default)]
struct Cell {
    /// One or more lines, none of them blank.
    text: String,
    header: bool,
}

impl Grid {
    pub(super) fn begin_row(&mut self) {
        self.rows.push(Row::default());
    }

    pub(super) fn push(&mut self, text: &str, header: bool, span: usize) {
        if self.rows.is_empty() {
            self.begin_row();
        }
        let Some(row) = self.rows.last_mut() else { return };
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        row.cells.push(Cell { text: lines.join("\n"), header });
        row.cells.extend((1..span.min(WIDEST_SPAN)).map(|_| Cell { text: String::new(), header }));
    }

    /// The lines, of at most `width` characters where the table fits.
    ///
    /// A blank line parts records; the caller wraps longer lines.
    pub(super) fn lines(mut self, width: usize) -> Vec<String> {
        self.rows.retain(|row| row.filled().next().is_some());
        let columns = self.columns();
        let used: Vec<usize> = columns.iter().map(|column| column.width).collect();
        let shown = used.iter().filter(|width| **width > 0).count();
        let total = used.iter().sum::<usize>() + GAP * shown.saturating_sub(1);
        if total <= width { self.table(&columns) } else { self.records() }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        for row in self.rows.iter().filter(|row| row.is_wide()) {
            for (index, cell) in row.cells.iter().enumerate() {
                if columns.len() == index {
                    columns.push(Column { width: 0, numbers: false, words: false });
                }
                let Some(column) = columns.get_mut(index) else { continue };
                let widest = cell.text.lines().map(|line| line.chars().count()).max();
                column.width = column.width.max(widest.unwrap_or(0));
                if !cell.header && !cell.text.is_empty() {
                    let number = is_number(&cell.text);
                    column.numbers |= number;
                    column.words |= !number;
                }
            }
        }
        columns
    }

    fn table(&self, columns: &[Column]) -> Vec<String> {
        let mut lines = Vec::new();
        for row in &self.rows {
            if !row.is_wide() {
                let alone = row.filled().flat_map(|cell| cell.text.lines());
                lines.extend(alone.map(str::to_owned));
                continue;
            }
            lines.extend(row.aligned(columns));
            if row.is_header() {
                let rules = columns.iter().filter(|column| column.width > 0);
                let rules: Vec<String> = rules.map(|column| "-".repeat(column.width)).collect();
                lines.push(rules.join("  "));
            }
        }
        lines
    }

    fn records(&self) -> Vec<String> {
        let header = self.rows.iter().find(|row| row.is_wide() && row.is_header());
        let mut lines = Vec::new();
        for row in self.rows.iter().filter(|row| !(row.is_wide() && row.is_header())) {
            if header.is_some() && !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(row.record(header));
        }
        lines
    }
}

struct Column {
    width: usize,
    numbers: bool,
    words: bool,
}

impl Row {
    fn filled(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.text.is_empty())
    }

    fn is_wide(&self) -> bool {
        self.filled().nth(1).is_some()
    }

    fn is_header(&self) -> bool {
        self.cells.iter().all(|cell| cell.header)
    }

    fn aligned(&self, columns: &[Column]) -> Vec<String> {
        let height = self.cells.iter().map(|cell| cell.text.lines().count()).max().unwrap_or(0);
        let mut cells: Vec<_> = self.cells.iter().map(|cell| cell.text.lines()).collect();
        let mut lines = Vec::with_capacity(height);
        for _ in 0..height {
            let mut line = String::new();
            let shown = cells.iter_mut().zip(columns).filter(|(_, column)| column.width > 0);
            for (index, (cell, column)) in shown.enumerate() {
                let (text, width) = (cell.next().unwrap_or_default(), column.width);
                line.push_str(if index == 0 { "" } else { "  " });
                if column.numbers && !column.words {
                    line.push_str(&format!("{text:>width$}"));
                } else {
                    line.push_str(&format!("{text:<width$}"));
                }
            }
            lines.push(line);
        }
        lines
    }

    fn record(&self, header: Option<&Self>) -> Vec<String> {
        let text = |cell: &Cell| cell.text.replace('\n', ", ");
        let label = |name: &str, value: String| {
            let colon = if name.ends_with(':') { "" } else { ":" };
            format!("{name}{colon} {value}")
        };
        let Some(header) = header else {
            let mut filled = self.filled().map(text);
            return match (filled.next(), filled.next(), filled.next()) {
                (Some(name), Some(value), None) => vec![label(&name, value)],
                _ => self.filled().map(text).collect(),
            };
        };
        let names = header.cells.iter().map(text).chain(std::iter::repeat(String::new()));
        let named = self.cells.iter().zip(names).filter(|(cell, _)| !cell.text.is_empty());
        named
            .map(|(cell, name)| if name.is_empty() { text(cell) } else { label(&name, text(cell)) })
            .collect()
    }
}

/// A number, an amount or a percentage: digits, and at most a currency's letters.
fn is_number(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    let currency = letters.len() == 3 && letters.iter().all(|c| c.is_ascii_uppercase());
    let short = matches!(letters.as_slice(), [] | ['k', 'r'] | ['z', 'ł']);
    text.contains(|c: char| c.is_ascii_digit())
        && (currency || short)
        && text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || SIGNS.contains(c))
}

const SIGNS: &str = "+-−.,'’%$€£¥₹₩₪₫₱×()";

#[cfg(test)]
mod tests {
    use super::Grid;

    fn grid(rows: &[&[&str]], headers: bool) -> Grid {
        let mut grid = Grid::default();
        for (index, row) in rows.iter().enumerate() {
            grid.begin_row();
            for cell in *row {
                grid.push(cell, headers && index == 0, 1);
            }
        }
        grid
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let rows: &[&[&str]] =
            &[&["Item", "Qty", "Price"], &["Mug", "2", "€12.00"], &["Tea towel", "10", "€7.50"]];
        assert_eq!(
            grid(rows, true).lines(72),
            [
                "Item       Qty   Price",
                "---------  ---  ------",
                "Mug          2  €12.00",
                "Tea towel   10   €7.50",
            ]
        );
    }

    #[test]
    fn what_does_not_fit_becomes_records() {
        let rows: &[&[&str]] = &[&["Item", "Note"], &["Mug", "blue\nand large"], &["Cup", "-"]];
        assert_eq!(
            grid(rows, true).lines(10),
            ["Item: Mug", "Note: blue, and large", "", "Item: Cup", "Note: -"]
        );
        let pairs: &[&[&str]] = &[&["Ship to:", "12 Long Street"], &["By", "post"]];
        assert_eq!(grid(pairs, false).lines(10), ["Ship to: 12 Long Street", "By: post"]);
    }

    #[test]
    fn a_spanning_cell_moves_the_next_and_an_empty_column_is_left_out() {
        let mut grid = grid(&[&["Mug", "", "2", "€24.00"]], false);
        grid.begin_row();
        grid.push("Total", false, 3);
        grid.push("€24.00", false, 1);
        assert_eq!(grid.lines(72), ["Mug    2  €24.00", "Total     €24.00"]);
    }
}
