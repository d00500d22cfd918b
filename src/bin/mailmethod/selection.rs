//! The selection: the mails that a command is about, by their ids or by a filter.

use mailmethod::queue::{EntryId, Filter, QueueError, Store};
use mailmethod::source::Finding;

use crate::exit::{Exit, Failure};
use crate::queue_args::Act;
use crate::store;

/// How many digits of an id are enough to name it.
const DIGITS: usize = 6;

/// Which mails.
#[derive(Debug)]
pub(crate) enum Selection {
    /// These, at least one, each once.
    Ids(Vec<EntryId>),
    /// All that a filter takes.
    Filter(Filter),
}

/// The filter that words make.
pub(crate) fn filter(words: &[String]) -> Result<Filter, Failure> {
    words.join(" ").parse().map_err(|error| store::wrong_filter(&error))
}

/// What the words of a command line mean: ids, or one filter.
enum Words {
    Ids,
    Filter,
}

fn meant(words: &[String]) -> Words {
    // A slip in one of several ids must not make a search of all of them.
    let plain = words.iter().all(|word| !word.contains([':', ' ', '"', '*', '!']));
    match words {
        [_] if plain => Words::Ids,
        words if plain && words.iter().any(|word| is_id(word)) => Words::Ids,
        _ => Words::Filter,
    }
}

/// Whether a word looks like an id, or the beginning of one.
fn is_id(word: &str) -> bool {
    let digits = word.chars().filter(|c| *c != '-').count();
    (DIGITS..=32).contains(&digits) && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// What is said if no mail is named.
pub(crate) fn nothing() -> Failure {
    let finding = Finding::error("usage", "no mail is named")
        .help("write ids, a filter such as state:dead, or --all");
    Failure::one(Exit::Usage, finding)
}

impl Selection {
    /// The mails of a command line, in a store that may not be there.
    pub(crate) async fn of(act: &Act, store: Option<&Store>) -> Result<Self, Failure> {
        if act.all {
            return Ok(Self::Filter(Filter::default()));
        }
        if act.what.iter().all(|word| word.trim().is_empty()) {
            return Err(nothing());
        }
        match meant(&act.what) {
            Words::Filter => filter(&act.what).map(Self::Filter),
            Words::Ids => ids(&act.what, store).await.map(Self::Ids),
        }
    }
}

/// The entries of ids, each once; all that are wrong are told at once.
pub(crate) async fn ids(words: &[String], store: Option<&Store>) -> Result<Vec<EntryId>, Failure> {
    let (mut ids, mut wrong) = (Vec::new(), Vec::new());
    for word in words {
        match one(word, store).await {
            Ok(id) if ids.contains(&id) => {}
            Ok(id) => ids.push(id),
            Err(Failure::Told { exit, findings, .. }) => wrong.push((exit, findings)),
            Err(closed) => return Err(closed),
        }
    }
    // What was not understood weighs more than what is not there.
    match wrong.iter().map(|(exit, _)| *exit).min_by_key(|exit| *exit as u8) {
        None => Ok(ids),
        Some(exit) => {
            let findings = wrong.into_iter().flat_map(|(_, findings)| findings).collect();
            Err(Failure::new(exit, findings))
        }
    }
}

/// The entry of an id.
pub(crate) async fn one(word: &str, store: Option<&Store>) -> Result<EntryId, Failure> {
    let word = word.trim();
    let digits = word.chars().filter(char::is_ascii_hexdigit).count();
    if (1..DIGITS).contains(&digits) && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
        let finding = Finding::error("ambiguous-mail", format!("{word:?} is too short for an id"))
            .help(format!("write {DIGITS} digits of it or more"));
        return Err(Failure::one(Exit::Usage, finding));
    }
    let found = match store {
        Some(store) => store.find(word).await,
        None => Err(QueueError::UnknownEntry { id: word.chars().take(60).collect() }),
    };
    found.map_err(|error| store::failed(&error))
}

#[cfg(test)]
mod tests {
    use super::{Words, meant};

    #[track_caller]
    fn check(words: &[&str], ids: bool) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(matches!(meant(&words), Words::Ids), ids, "{words:?}");
    }

    #[test]
    fn ids_and_filters_are_told_apart() {
        check(&["0192ab"], true);
        check(&["0192ab34-5678-7abc-8def-0123456789ab"], true);
        check(&["0192ab", "0192cd"], true);
        check(&["0192ab", "0192cg"], true);
        check(&["nonsense"], true);
        check(&["state:dead"], false);
        check(&["state:dead older:2h"], false);
        check(&["free", "text"], false);
        check(&["state:dead", "0192ab"], false);
        check(&["\"free text\""], false);
    }
}
