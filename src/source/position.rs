//! Lines and columns of byte offsets.

/// The line and the column, both from 1, of a byte offset; the column counts characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn a_column_counts_characters_and_a_line_counts_line_feeds() {
        assert_eq!(position("añb\nc", 0), (1, 1));
        assert_eq!(position("añb\nc", 3), (1, 3));
        assert_eq!(position("añb\nc", 5), (2, 1));
        assert_eq!(position("a", 99), (1, 2));
    }
}
