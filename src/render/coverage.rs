//! The coverage: which branches and loop bodies the samples of a method reach.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{Environment, value::Value as Raw};

use super::scan;

/// The function that instrumented templates call; ten letters longer than anybody would write.
const FUNCTION: &str = "__mailmethod_reached";

/// A branch or loop body of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    /// The template it stands in.
    pub(crate) template: String,
    /// The first word of its tag: `if`, `elif`, `else` or `for`.
    pub(crate) keyword: &'static str,
    /// Where its tag's words stand.
    pub(crate) range: Range<usize>,
}

/// The numbers of the branches that were reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reached(Arc<Mutex<BTreeSet<usize>>>);

impl Reached {
    pub(super) fn register(&self, env: &mut Environment<'static>) {
        let reached = Arc::clone(&self.0);
        env.add_function(FUNCTION, move |branch: usize| {
            reached.lock().unwrap_or_else(PoisonError::into_inner).insert(branch);
            Raw::from("")
        });
    }

    pub(crate) fn contains(&self, branch: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&branch)
    }
}

/// Puts a call into each branch of a template; the call trims the white space behind it.
pub(super) fn instrument(name: &str, text: &str, branches: &mut Vec<Branch>) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for tag in scan::tags(text) {
        let found = ["if", "elif", "else", "for"].into_iter().find(|word| tag.keyword() == *word);
        let (Some(keyword), Some(first), Some(last)) =
            (found, tag.tokens.first(), tag.tokens.last())
        else {
            continue;
        };
        out.push_str(text.get(from..tag.end).unwrap_or_default());
        out.push_str(&format!("{{{{ {FUNCTION}({}) -}}}}", branches.len()));
        from = tag.end;
        let range = first.start..last.end;
        branches.push(Branch { template: name.to_owned(), keyword, range });
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
