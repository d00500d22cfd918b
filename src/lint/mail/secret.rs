//! The secrets: the values that no message shows and no link of bulk mail holds.

use std::cmp::Reverse;

use crate::html::percent_decoded;

/// What stands for a secret.
const HIDDEN: &str = "•••";
/// A shorter value is in many links by chance.
const LEAST: usize = 5;
/// With more values than that nothing of the mail is shown: to look for each would take long.
const MOST: usize = 100;

/// The values of the secret arguments of a call as texts, the longest first.
#[derive(Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn new(mut values: Vec<String>) -> Self {
        values.retain(|value| !value.is_empty());
        values.sort_by_key(|value| Reverse(value.len()));
        Self(values)
    }

    /// Whether a link holds one of them, encoded or not.
    pub(super) fn are_in(&self, href: &str) -> bool {
        let decoded = percent_decoded(href);
        let mut long = self.0.iter().take(MOST).filter(|secret| secret.len() >= LEAST);
        long.any(|secret| href.contains(secret) || decoded.contains(secret))
    }

    /// A part of a mail without them.
    pub(super) fn hidden(&self, text: &str) -> String {
        if self.0.is_empty() || text.is_empty() {
            return text.to_owned();
        }
        // What is shown of a mail can be a piece of a secret as well.
        if self.0.len() > MOST || self.0.iter().any(|secret| secret.contains(text)) {
            return HIDDEN.to_owned();
        }
        let decoded = percent_decoded(text);
        let is_encoded = |secret: &String| !text.contains(secret) && decoded.contains(secret);
        let shown = if self.0.iter().any(is_encoded) { decoded } else { text.to_owned() };
        self.0.iter().fold(shown, |shown, secret| shown.replace(secret.as_str(), HIDDEN))
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    fn secrets(values: &[&str]) -> Secrets {
        Secrets::new(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn a_secret_is_hidden_as_it_is_encoded_and_in_pieces() {
        let secrets = secrets(&["", "1234", "a b/c", "a b/cd"]);
        for (text, hidden) in [
            ("", ""),
            ("http://x.test/1234?y", "http://x.test/•••?y"),
            ("http://x.test/%61%20b%2Fc", "http://x.test/•••"),
            ("a b/cde a b/c", "•••e •••"),
            ("b/c", "•••"),
            ("12 %", "12 %"),
        ] {
            assert_eq!(secrets.hidden(text), hidden);
        }
        let many: Vec<String> = (0..101).map(|i| format!("value {i}")).collect();
        assert_eq!(Secrets::new(many).hidden("http://x.test"), "•••");
        assert_eq!(Secrets::default().hidden("x"), "x");
    }

    #[test]
    fn a_link_holds_a_secret_of_some_length() {
        let secrets = secrets(&["1234", "a b/c"]);
        assert!(secrets.are_in("http://x.test/a%20b/c"));
        assert!(!secrets.are_in("http://x.test/1234"));
    }
}
