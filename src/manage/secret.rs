//! Secrets of the page: random words, and comparing without telling by time how much is right.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A word of 128 random bits or a little less, in hexadecimal digits.
pub(super) fn word() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Whether two texts are equal; it takes as long whatever they are.
pub(super) fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (Sha256::digest(one), Sha256::digest(other));
    one.iter().zip(other.iter()).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

/// What proves that a form is ours: it belongs to a visitor, and to this process.
pub(super) fn proof(key: &str, visitor: &str) -> String {
    let digest = Sha256::digest(format!("{key}\0{visitor}\0{key}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{equal, proof, word};

    #[test]
    fn words_differ_and_proofs_belong_to_one_visitor_of_one_process() {
        let key = word();
        assert_ne!(key, word());
        assert_eq!(proof(&key, "ada"), proof(&key, "ada"));
        assert_ne!(proof(&key, "ada"), proof(&key, "bob"));
        assert_ne!(proof(&key, "ada"), proof(&word(), "ada"));
    }

    #[test]
    fn only_equal_texts_are_equal() {
        assert!(equal("token", "token") && equal("", ""));
        for other in ["", "toke", "tokem", "token "] {
            assert!(!equal("token", other), "{other}");
        }
    }
}
