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

/// Puts a call into each branch of a template, which changes nothing of what it prints: the call is
/// a statement as the branch is, and treats the white space behind it in the same way.
pub(super) fn instrument(name: &str, text: &str, branches: &mut Vec<Branch>) -> String {
    let mut out = String::new();
    let mut from = 0;
    if !text.contains("{%") {
        return out;
    }
    for tag in scan::tags(text) {
        let found = ["if", "elif", "else", "for"].into_iter().find(|word| tag.keyword() == *word);
        let (Some(keyword), Some(first), Some(last)) =
            (found, tag.tokens.first(), tag.tokens.last())
        else {
            continue;
        };
        out.push_str(text.get(from..tag.end).unwrap_or_default());
        let trim = text.get(..tag.end).and_then(|head| head.strip_suffix("%}"));
        let trim = trim.and_then(|head| head.chars().next_back()).filter(|c| "-+".contains(*c));
        let trim = trim.map(String::from).unwrap_or_default();
        out.push_str(&format!("{{% do {FUNCTION}({}) {trim}%}}", branches.len()));
        from = tag.end;
        let range = first.start..last.end;
        branches.push(Branch { template: name.to_owned(), keyword, range });
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::render::{Engine, Limits, Origin, Root, Scanned, Scope, Settings, Source, Value};

    #[track_caller]
    fn check(template: &str) {
        let mut engine = Engine::new(Limits::default());
        let source = Source { text: template.into(), origin: Origin::File("a.txt.j2".into()) };
        engine.add("a.txt.j2", source, &Scanned::of(template)).unwrap();
        let (instrumented, _, reached) = engine.instrumented();
        let root = || {
            let shape = ["a", "l"].map(Arc::from).into_iter().collect();
            let list = Value::list(vec![Value::integer(1), Value::integer(2)]);
            let settings = Settings::default();
            let scope = Scope::new(Arc::default(), Arc::default(), Arc::default(), &settings);
            Root::new(shape, vec![Value::boolean(true), list], scope)
        };
        let plain = engine.render("a.txt.j2", &root()).unwrap();
        assert_eq!(instrumented.render("a.txt.j2", &root()).unwrap(), plain, "{template}");
        assert!(reached.contains(0));
    }

    #[test]
    fn instrumented_templates_print_the_same() {
        for line in ["\n", " ", "", "\n  ", "  \n\n", "x"] {
            for (open, close) in [("{%", "%}"), ("{%-", "-%}"), ("{%", "+%}"), ("{%", "-%}")] {
                let tag = |words: &str| format!("{line}{open} {words} {close}{line}");
                check(&format!(
                    "b{}c{}{{{{ i }}}}{}d{}e{}f{}g",
                    tag("if a"),
                    tag("for i in l"),
                    tag("else"),
                    tag("endfor"),
                    tag("else"),
                    tag("endif")
                ));
            }
        }
    }
}
