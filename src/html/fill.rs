//! Filling: which words stand on a line of plain text.

/// The lines that `words` makes beside a prefix of `indent` characters.
///
/// Only ordinary spaces part words; spaces at a break are dropped, those within
/// a line stay.
pub(crate) fn fill(words: &str, width: usize, indent: usize) -> Vec<&str> {
    let room = width.saturating_sub(indent).max(1);
    let mut lines = Vec::new();
    let (mut start, mut end, mut length) = (0, 0, 0);
    let mut at = 0;
    for word in words.split(' ') {
        let next = at + word.len();
        if !word.is_empty() {
            let (gap, size) = (at - end, word.chars().count());
            if length > 0 && length + gap + size > room {
                lines.extend(words.get(start..end));
                (start, length) = (at, size);
            } else if length > 0 {
                length += gap + size;
            } else {
                (start, length) = (at, size);
            }
            end = next;
        }
        at = next + 1;
    }
    lines.extend(words.get(start..end));
    lines
}
