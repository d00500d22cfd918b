//! The draft: what was given in a form that a URL cannot hold: files, secrets, much text.
//!
//! Drafts are in memory, few, and for an hour.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Given;
use crate::manage::secret;

/// How many drafts there are at most.
const DRAFTS: usize = 64;
/// How many octets they have together at most.
const OCTETS: usize = 96 * 1_024 * 1_024;
/// How long one is kept.
const LIFETIME: Duration = Duration::from_secs(3_600);

/// What was given in a form.
pub(in crate::manage) struct Draft {
    /// The method that it is for.
    pub(in crate::manage) method: String,
    /// Who gave it: nobody else gets it back.
    pub(in crate::manage) owner: String,
    pub(in crate::manage) given: Given,
}

/// The drafts of everybody.
#[derive(Default)]
pub(in crate::manage) struct Drafts(Mutex<VecDeque<Entry>>);

struct Entry {
    id: String,
    at: Instant,
    octets: usize,
    draft: Arc<Draft>,
}

impl Drafts {
    /// Keeps a draft; gives its id.
    pub(in crate::manage) fn keep(&self, draft: Draft) -> String {
        let id = secret::word();
        let octets = draft.given.octets();
        let entry = Entry { id: id.clone(), at: Instant::now(), octets, draft: Arc::new(draft) };
        let mut drafts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drafts.retain(|entry| entry.at.elapsed() < LIFETIME);
        drafts.push_back(entry);
        let total = |drafts: &VecDeque<Entry>| drafts.iter().map(|one| one.octets).sum::<usize>();
        while drafts.len() > DRAFTS || (drafts.len() > 1 && total(&drafts) > OCTETS) {
            drafts.pop_front();
        }
        id
    }

    /// A draft of a method, if it is there and belongs to that person.
    pub(in crate::manage) fn get(&self, id: &str, method: &str, owner: &str) -> Option<Arc<Draft>> {
        let drafts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = drafts.iter().find(|entry| secret::equal(&entry.id, id))?;
        let own = found.draft.method == method && found.draft.owner == owner;
        (own && found.at.elapsed() < LIFETIME).then(|| Arc::clone(&found.draft))
    }
}

impl fmt::Debug for Drafts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drafts")
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Drafts, Given};

    fn draft(text: &str) -> Draft {
        let given = Given::parse(format!("a={text}").as_bytes());
        Draft { method: "hello".to_owned(), owner: "ada".to_owned(), given }
    }

    #[test]
    fn a_draft_belongs_to_its_method_and_its_owner() {
        let drafts = Drafts::default();
        let id = drafts.keep(draft("x"));
        assert!(drafts.get(&id, "hello", "ada").is_some());
        assert!(drafts.get(&id, "hello", "bob").is_none());
        assert!(drafts.get(&id, "other", "ada").is_none());
        assert!(drafts.get("x", "hello", "ada").is_none());
    }

    #[test]
    fn old_drafts_make_room() {
        let drafts = Drafts::default();
        let first = drafts.keep(draft("x"));
        let large = "x".repeat(40 * 1_024 * 1_024);
        let ids: Vec<String> = (0..3).map(|_| drafts.keep(draft(&large))).collect();
        assert!(drafts.get(&first, "hello", "ada").is_none());
        assert!(drafts.get(&ids[0], "hello", "ada").is_none());
        assert!(drafts.get(&ids[2], "hello", "ada").is_some());
    }
}
