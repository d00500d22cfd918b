//! The guard: what a condition makes sure of.

use super::Walker;
use crate::render::{Expression, What};

/// The filters whose result is true only if there is something.
const TELLING: [&str; 6] = ["length", "count", "trim", "first", "last", "string"];
/// The tests that nothing absent passes.
const PRESENT: [&str; 5] = ["string", "mapping", "number", "integer", "true"];

impl Walker<'_, '_> {
    /// Adds what is known where a condition holds, or does not; gives how much was known before.
    pub(super) fn guard(&mut self, condition: &Expression, holds: bool) -> usize {
        let before = self.guards.len();
        present(condition, holds, &mut self.guards);
        before
    }

    /// Whether a value of that path is there.
    pub(super) fn is_guarded(&self, path: &str) -> bool {
        self.guards.iter().any(|guard| {
            guard.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Forgets what was known of a name, which means something else now.
    pub(super) fn forget(&mut self, name: &str) {
        self.guards.retain(|guard| {
            !guard.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
    }
}

/// The paths that are there if a condition holds, or if it does not.
fn present(condition: &Expression, holds: bool, into: &mut Vec<String>) {
    match &condition.what {
        What::Not(inner) => present(inner, !holds, into),
        What::And(left, right) if holds => {
            present(left, true, into);
            present(right, true, into);
        }
        What::Or(left, right) if !holds => {
            present(left, false, into);
            present(right, false, into);
        }
        What::Test(of, test, _) => {
            let name = test.text.as_str();
            let there = if name == "none" { !holds } else { holds && PRESENT.contains(&name) };
            into.extend(path(of).filter(|_| there));
        }
        What::Filter(Some(of), filter, _) if holds && TELLING.contains(&filter.text.as_str()) => {
            present(of, true, into);
        }
        What::Compare(first, others) if holds => {
            if let [(sign, other)] = others.as_slice()
                && sign == "=="
                && matches!(other.what, What::Text(_) | What::Number(_))
            {
                into.extend(path(first));
            }
        }
        What::Name(_) | What::Field(..) if holds => into.extend(path(condition)),
        _ => {}
    }
}

/// An expression of names alone, as one text.
fn path(expression: &Expression) -> Option<String> {
    match &expression.what {
        What::Name(name) => Some(name.clone()),
        What::Field(of, word) => Some(format!("{}.{}", path(of)?, word.text)),
        _ => None,
    }
}
