//! The meaning: what a reply says, in plain words, and what to do about it.
//!
//! The words are a table, for the command line, the page and the API alike. A
//! reply is looked up by its enhanced code, else by its code and the phase in
//! which it came, else by the phase alone; its text is never interpreted.
//!
//! RFC 3463 and RFC 5248 (enhanced codes), RFC 5321 §4.2.3 (codes).

mod table;

use serde::Serialize;

use table::{CODES, ENHANCED, PHASES};

/// What a reply means, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Meaning {
    /// What happened, as a sentence.
    pub summary: &'static str,
    /// What to do, as a sentence.
    pub advice: &'static str,
    /// Where that is defined: `RFC 3463 3.2`.
    pub source: &'static str,
}

/// What a reply means: by its enhanced code, its code, and the phase of the delivery.
///
/// There is always an answer, for whatever is given.
///
/// # Examples
///
/// ```
/// use mailmethod::queue::meaning;
///
/// let full = meaning(Some(452), Some("4.2.2"), "rcpt");
/// assert!(full.summary.contains("mailbox is full"));
/// assert_eq!(meaning(Some(452), Some("4.2.2"), "rcpt"), meaning(None, Some("4.2.2"), "dot"));
/// ```
#[must_use]
pub fn meaning(code: Option<u16>, enhanced: Option<&str>, phase: &str) -> Meaning {
    enhanced
        .and_then(of_enhanced)
        .or_else(|| code.and_then(|code| of_code(code, phase)))
        .or_else(|| of_phase(phase))
        .unwrap_or_else(|| of_class(code))
}

/// The meaning of an enhanced code: its own, that of its detail in any class, or of its subject.
fn of_enhanced(enhanced: &str) -> Option<Meaning> {
    let (class, rest) = enhanced.split_once('.')?;
    let subject = rest.split_once('.')?.0;
    let found = |wanted: &str| {
        ENHANCED.iter().find(|(code, ..)| *code == wanted).map(|(_, meaning)| *meaning)
    };
    // An acceptance means what it says, whatever its detail.
    if class == "2" {
        return Some(table::ACCEPTED);
    }
    found(enhanced)
        .or_else(|| found(&format!("x.{rest}")))
        .or_else(|| found(&format!("x.{subject}.0")))
}

/// The meaning of a code in a phase, or in any.
fn of_code(code: u16, phase: &str) -> Option<Meaning> {
    let found = |wanted: &str| {
        let mut codes = CODES.iter();
        codes.find(|(known, at, _)| *known == code && *at == wanted).map(|(.., meaning)| *meaning)
    };
    found(phase).or_else(|| found(""))
}

fn of_phase(phase: &str) -> Option<Meaning> {
    PHASES.iter().find(|(known, _)| *known == phase).map(|(_, meaning)| *meaning)
}

/// What the first digit alone says.
const fn of_class(code: Option<u16>) -> Meaning {
    match code {
        Some(200..=399) => table::ACCEPTED,
        Some(500..=599) => table::REFUSED,
        _ => table::DEFERRED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_in_the_table_once_and_has_all_its_words() {
        let mut keys: Vec<String> = Vec::new();
        let enhanced = ENHANCED.iter().map(|(code, meaning)| ((*code).to_owned(), meaning));
        let codes = CODES.iter().map(|(code, phase, meaning)| (format!("{code} {phase}"), meaning));
        let phases = PHASES.iter().map(|(phase, meaning)| ((*phase).to_owned(), meaning));
        for (key, meaning) in enhanced.chain(codes).chain(phases) {
            for sentence in [meaning.summary, meaning.advice] {
                assert!(sentence.len() > 15 && sentence.ends_with('.'), "{key}: {sentence:?}");
                assert!(!sentence.contains("  "), "{key}: {sentence:?}");
            }
            assert!(!meaning.source.is_empty(), "{key}");
            assert!(!keys.contains(&key), "{key} is there twice");
            keys.push(key);
        }
        assert!(ENHANCED.len() >= 60, "{}", ENHANCED.len());
    }

    #[test]
    fn the_most_exact_words_win() {
        let greylisted = meaning(Some(451), Some("4.7.1"), "rcpt");
        let refused = meaning(Some(550), Some("5.7.1"), "rcpt");
        assert_ne!(greylisted.summary, refused.summary);
        // One that nobody has defined is as its subject is.
        assert_eq!(meaning(None, Some("5.1.99"), ""), meaning(None, Some("5.1.0"), ""));
        assert_ne!(meaning(Some(550), None, "rcpt"), meaning(Some(550), None, "dot"));
        assert_eq!(meaning(Some(250), Some("2.0.0"), "dot"), table::ACCEPTED);
    }

    #[test]
    fn whatever_is_given_there_is_an_answer() {
        for enhanced in [None, Some(""), Some("x"), Some("9.9.9"), Some("5."), Some("....")] {
            for code in [None, Some(0), Some(199), Some(299), Some(354), Some(599), Some(u16::MAX)]
            {
                for phase in ["", "dot", "no phase", "render"] {
                    assert!(!meaning(code, enhanced, phase).summary.is_empty());
                }
            }
        }
        assert_eq!(meaning(Some(599), None, "?"), table::REFUSED);
        assert_eq!(meaning(Some(499), None, "?"), table::DEFERRED);
    }
}
