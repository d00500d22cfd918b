//! The names: what people wrote in YAML as identifiers of a language, each different.
//!
//! Where several texts give the same identifier, none of them gets it: each is
//! spelled out instead. So a new method or word never takes over the calls of
//! another one: they no longer compile.

use std::collections::{BTreeMap, BTreeSet};

/// The identifiers of one scope that are given away.
#[derive(Debug, Default)]
pub(super) struct Scope(BTreeSet<String>);

impl Scope {
    /// Gives an identifier away; one that is taken gets underscores behind it.
    pub(super) fn claim(&mut self, mut name: String) -> String {
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    /// Whether an identifier is given away.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Gives each text its identifier: the usual one, given beside it, unless two are the same.
    /// `allowed` mends what the language does not take.
    pub(super) fn distinct(
        &mut self,
        texts: Vec<(String, String)>,
        allowed: fn(String) -> String,
    ) -> BTreeMap<String, String> {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for (_, usual) in &texts {
            *count.entry(usual.clone()).or_default() += 1;
        }
        let mut names = BTreeMap::new();
        for (text, usual) in texts {
            let alone = count.get(&usual).is_some_and(|count| *count == 1);
            let name = if alone { usual } else { spelled(&text, &usual) };
            names.insert(text, self.claim(allowed(name)));
        }
        names
    }
}

/// A text letter by letter, with the numbers of all that is no letter or digit; never `usual`.
fn spelled(text: &str, usual: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else {
            out.push_str(&format!("_{:x}_", u32::from(c)));
        }
    }
    let mut out = not_a_digit(out, "_");
    if out == usual {
        out.push('_');
    }
    out
}

/// A text as the name of a type: `password-reset` is `PasswordReset`. What begins with a digit
/// gets a prefix.
pub(super) fn pascal(text: &str, prefix: &str) -> String {
    let shouted = text.contains(['-', '_', ' ']) && !text.contains(|c: char| c.is_lowercase());
    let mut out = String::new();
    let mut begins = true;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(match (begins, shouted) {
                (true, _) => c.to_ascii_uppercase(),
                (false, true) => c.to_ascii_lowercase(),
                (false, false) => c,
            });
            begins = false;
        } else {
            if !c.is_ascii() {
                out.push_str(&format!("U{:x}", u32::from(c)));
            }
            begins = true;
        }
    }
    if out.is_empty() {
        for c in text.chars() {
            out.push_str(&format!("U{:x}", u32::from(c)));
        }
    }
    not_a_digit(out, prefix)
}

/// A name that begins with no digit.
pub(super) fn not_a_digit(name: String, prefix: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("{prefix}{name}") } else { name }
}

/// One of what a list is named after: `lines` are each a `line`. What has no plural stays.
pub(super) fn singular(name: &str) -> String {
    let ends = |stem: &str, ends: &[&str]| ends.iter().any(|end| stem.ends_with(end));
    match name.strip_suffix('s') {
        None | Some("") => name.to_owned(),
        Some(stem) if ends(stem, &["s", "u", "i", "_"]) => name.to_owned(),
        Some(stem) if ends(stem, &["sse", "xe", "che", "she"]) => {
            stem.strip_suffix('e').unwrap_or(stem).to_owned()
        }
        Some(stem) => match stem.strip_suffix("ie") {
            Some(short) if short.len() > 1 => format!("{short}y"),
            _ => stem.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, pascal, singular, spelled};

    #[test]
    fn a_type_is_named_in_words_that_begin_with_a_capital() {
        for (text, name) in [
            ("password-reset", "PasswordReset"),
            ("a_b--c", "ABC"),
            ("EUR", "EUR"),
            ("IN_STOCK", "InStock"),
            ("orderNo", "OrderNo"),
            ("2fa", "Mail2fa"),
            ("ä", "Ue4"),
            ("in Köln", "InKUf6Ln"),
            ("+", "U2b"),
            ("-", "U2d"),
        ] {
            assert_eq!(pascal(text, "Mail"), name, "{text}");
        }
    }

    #[test]
    fn a_list_names_one_of_its_items() {
        for (name, one) in [
            ("lines", "line"),
            ("addresses", "address"),
            ("boxes", "box"),
            ("prices", "price"),
            ("entries", "entry"),
            ("ties", "tie"),
            ("status", "status"),
            ("data", "data"),
            ("address", "address"),
            ("s", "s"),
            ("axis", "axis"),
        ] {
            assert_eq!(singular(name), one, "{name}");
        }
    }

    #[test]
    fn what_clashes_is_spelled_out_and_takes_over_nothing() {
        let mut scope = Scope::default();
        let texts = ["a-b", "a_b", "ab", "Free", "free", "a1", "a-1"];
        let texts = texts.map(|text| (text.to_owned(), pascal(text, "_"))).to_vec();
        let names = scope.distinct(texts, |name| name);
        let expected = [
            ("Free", "Free_"),
            ("a-1", "a_2d_1"),
            ("a-b", "a_2d_b"),
            ("a1", "a1"),
            ("a_b", "a_5f_b"),
            ("ab", "Ab"),
            ("free", "free"),
        ];
        assert!(names.iter().map(|(text, name)| (text.as_str(), name.as_str())).eq(expected));
        assert_eq!(scope.claim("Ab".to_owned()), "Ab_");
        assert_eq!(spelled("2-", ""), "_2_2d_");
    }
}
