//! The nearest right word for a wrong one.

/// The candidate that was most likely meant, if one is near enough.
///
/// Near is: equal but for case and `-`/`_`, or at most a third of the letters
/// (and at least one) put in, left out, changed or swapped.
///
/// # Examples
///
/// ```
/// use mailmethod::source::nearest;
///
/// assert_eq!(nearest("subjct", ["subject", "sender"]), Some("subject"));
/// assert_eq!(nearest("colour", ["subject", "sender"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = folded(word);
    if plain.len() > 64 {
        return None;
    }
    let limit = (plain.len() / 3).max(1);
    // Words differ in at least as many letters as one of them is longer.
    let may_be_near = |candidate: &str| candidate.chars().count().abs_diff(plain.len()) <= limit;
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 96 && *candidate != word)
        .filter(|candidate| may_be_near(candidate))
        .map(|candidate| (distance(&plain, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn folded(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The optimal string alignment distance: Levenshtein with swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = '\0';
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut previous_right = '\0';
        for (j, &right) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&last, j) + usize::from(left != right))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            if i > 0 && j > 0 && left == previous_right && previous == right {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
            previous_right = right;
        }
        before = std::mem::replace(&mut last, row);
        previous = left;
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_swap_a_slip_and_another_case_are_near() {
        let keys = ["subject", "html", "text", "arguments", "on_conflict"];
        assert_eq!(nearest("sbuject", keys), Some("subject"));
        assert_eq!(nearest("HTML", keys), Some("html"));
        assert_eq!(nearest("argument", keys), Some("arguments"));
        assert_eq!(nearest("on-conflict", keys), Some("on_conflict"));
    }

    #[test]
    fn something_else_is_not_near() {
        assert_eq!(nearest("xyz", ["subject", "html"]), None);
        assert_eq!(nearest("", ["a", "b"]), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }
}
