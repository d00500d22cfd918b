//! The support: what common mail programs do not show, from a table of facts.
//!
//! The table names its source. It holds what breaks a mail where it is missing;
//! what only makes it less pretty is no finding and not in it.

use std::sync::LazyLock;

const TABLE: &str = include_str!("support.tsv");

/// A row: what does not work, where, and what does instead.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    lacks: &'static str,
    pub(super) instead: &'static str,
}

impl Row {
    /// The mail programs in which it does not work, as people list them.
    pub(super) fn clients(&self) -> String {
        let mut names: Vec<&str> = self.lacks.split(',').map(str::trim).collect();
        match (names.pop(), names.is_empty()) {
            (Some(last), false) => format!("{} and {last}", names.join(", ")),
            (last, _) => last.unwrap_or_default().to_owned(),
        }
    }
}

/// The table, read once, by what its rows are about.
#[derive(Debug, Default)]
pub(super) struct Support {
    pub(super) elements: Vec<Row>,
    /// By the ending of an image's file, or `data:`.
    pub(super) images: Vec<Row>,
    pub(super) properties: Vec<Row>,
    /// By a property and one of its values.
    pub(super) values: Vec<Row>,
    pub(super) functions: Vec<Row>,
    pub(super) units: Vec<Row>,
    pub(super) at_rules: Vec<Row>,
}

impl Support {
    pub(super) fn get() -> &'static Self {
        static SUPPORT: LazyLock<Support> = LazyLock::new(Support::read);
        &SUPPORT
    }

    fn read() -> Self {
        let mut support = Self::default();
        for line in lines() {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            let (thing, row) = (next(), Row { name: next(), lacks: next(), instead: next() });
            match thing {
                "element" => support.elements.push(row),
                "image" => support.images.push(row),
                "property" => support.properties.push(row),
                "value" => support.values.push(row),
                "function" => support.functions.push(row),
                "unit" => support.units.push(row),
                "at-rule" => support.at_rules.push(row),
                _ => {}
            }
        }
        support
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// The row of a name, in whatever case it is written.
pub(super) fn named<'r>(rows: &'r [Row], name: &str) -> Option<&'r Row> {
    rows.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{Support, TABLE, lines, named};

    #[test]
    fn every_line_of_the_table_is_a_row() {
        let support = Support::get();
        let all = [
            &support.elements,
            &support.images,
            &support.properties,
            &support.values,
            &support.functions,
            &support.units,
            &support.at_rules,
        ];
        assert_eq!(all.iter().map(|rows| rows.len()).sum::<usize>(), lines().count());
        for line in lines() {
            assert_eq!(line.split('\t').count(), 4, "{line}");
        }
        for row in all.into_iter().flatten() {
            assert!(!row.clients().is_empty() && !row.instead.is_empty(), "{row:?}");
        }
        assert!(TABLE.starts_with("# Source:"));
        assert_eq!(
            named(&support.elements, "IFRAME").unwrap().clients(),
            "Gmail, Outlook and Yahoo"
        );
    }
}
