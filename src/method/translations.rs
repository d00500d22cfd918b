//! The translations: whether each call of `t` finds its text in each locale, and what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::flow::{Keys, Syntaxes, Translated};
use crate::render::{Catalogue, Translation, fallback_chain, placeholders};
use crate::source::{Document, Finding, Node, Part, Path, nearest};

/// The most keys of one file that are reported one by one: to find the place of each, the file is
/// parsed up to there.
const LIMIT: usize = 20;

/// What is wrong with calls of `t`: keys that a locale lacks, and placeholders that do not fit.
///
/// `default` is the locale that the methods' own fall back to.
pub(crate) fn calls(
    translated: &[Translated],
    default: &str,
    catalogue: &Catalogue,
    syntaxes: &Syntaxes<'_>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for call in translated {
        let Keys::These(keys) = &call.keys else { continue };
        for key in keys {
            let mut told = BTreeSet::new();
            for locale in &call.locales {
                let chain = fallback_chain(locale, default);
                let found = catalogue.find(&chain, key);
                let mut wrong: Vec<Finding> =
                    missing(key, locale, default, &found, catalogue).into_iter().collect();
                if let Some((translation, found_in)) = &found {
                    wrong.extend(misfits(key, found_in, translation, call.given.as_deref()));
                }
                for finding in wrong {
                    if !told.insert(finding.message.clone()) {
                        continue;
                    }
                    if let Some(source) = syntaxes.source(&call.template) {
                        findings.push(source.place(finding, &call.range));
                    }
                }
            }
        }
    }
    findings
}

/// A key that a locale lacks, or that no locale of its chain has.
fn missing(
    key: &str,
    locale: &str,
    default: &str,
    found: &Option<(&Translation, Arc<str>)>,
    catalogue: &Catalogue,
) -> Option<Finding> {
    let Some((_, found_in)) = found else {
        let last = fallback_chain(locale, default).last().cloned().unwrap_or_default();
        let finding =
            Finding::error("missing-translation", format!("no translation for `{key}` in {last}"));
        return Some(match nearest(key, catalogue.keys()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("add it to _locales/{last}.yaml")),
        });
    };
    let own = fallback_chain(locale, locale);
    if own.contains(found_in) {
        return None;
    }
    let language = own.last().map_or(locale, AsRef::as_ref);
    let message =
        format!("no translation for `{key}` in {locale}: readers get the one in {found_in}");
    Some(
        Finding::warning("missing-translation", message)
            .help(format!("add it to _locales/{language}.yaml")),
    )
}

/// Placeholders that a text has and a call does not give, or the other way round.
fn misfits(
    key: &str,
    locale: &str,
    translation: &Translation,
    given: Option<&[String]>,
) -> Vec<Finding> {
    let Some(given) = given else { return Vec::new() };
    let plural = matches!(translation, Translation::Plural(_));
    let mut findings = Vec::new();
    let mut wrong = |message: String, text: Option<&str>| {
        let finding = Finding::error("placeholder", message);
        findings.push(match text {
            Some(text) => finding.help(format!("its text is {text:?}")),
            None => finding.help("write `count=` with the number that decides"),
        });
    };
    if plural && !given.iter().any(|name| name == "count") {
        wrong(format!("`{key}` in {locale} is a plural and needs `count=`"), None);
        return findings;
    }
    for text in translation.texts() {
        let names = placeholders(text);
        for name in names.iter().filter(|name| !given.iter().any(|other| other == *name)) {
            wrong(format!("`{key}` in {locale} needs `{name}=`"), Some(text));
        }
        let extra = given.iter().filter(|name| !names.contains(name.as_str()));
        for name in extra.filter(|name| !plural || *name != "count") {
            wrong(format!("`{key}` in {locale} has no placeholder `{{{name}}}`"), Some(text));
        }
    }
    findings
}

/// What is wrong in the catalogue itself: placeholders that differ between its locales, and, if
/// all methods were looked at, keys that nobody uses.
pub(crate) fn catalogue(
    catalogue: &Catalogue,
    default: &str,
    translated: &[Translated],
    is_all: bool,
) -> Vec<Finding> {
    let mut findings = differences(catalogue, default);
    if !is_all {
        return findings;
    }
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut beginnings: BTreeSet<&str> = BTreeSet::new();
    for call in translated {
        match &call.keys {
            Keys::These(keys) => used.extend(keys.iter().map(String::as_str)),
            Keys::Beginning(text) => {
                beginnings.insert(text);
            }
        }
    }
    let is_used =
        |key: &str| used.contains(key) || beginnings.iter().any(|text| key.starts_with(text));
    for locale in catalogue.locales() {
        let Some((document, keys)) = catalogue.of(locale) else { continue };
        let unused: Vec<&str> =
            keys.keys().map(String::as_str).filter(|key| !is_used(key)).collect();
        for key in unused.iter().take(LIMIT) {
            let message = format!("no method uses the translation `{key}`");
            let finding = Finding::warning("unused-translation", message);
            findings.push(at_key(document, key, finding).help("remove it"));
        }
        if let Some(more) = unused.len().checked_sub(LIMIT).filter(|more| *more > 0) {
            let message = format!("no method uses {more} further translations in {locale}");
            let finding = Finding::warning("unused-translation", message);
            findings.push(finding.in_file(document.file()));
        }
    }
    findings
}

/// Placeholders that differ from those of the default locale, else of the first that has the key.
fn differences(catalogue: &Catalogue, default: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut first: BTreeMap<&str, (&str, BTreeSet<&str>)> = BTreeMap::new();
    let default_first = catalogue.locales().filter(|locale| locale.as_ref() == default);
    let others = catalogue.locales().filter(|locale| locale.as_ref() != default);
    for locale in default_first.chain(others) {
        let Some((document, keys)) = catalogue.of(locale) else { continue };
        let before = findings.len();
        for (key, translation) in keys {
            let mut names: BTreeSet<&str> =
                translation.texts().flat_map(|text| placeholders(text)).collect();
            names.remove("count");
            let Some((reference, expected)) = first.get(key.as_str()) else {
                first.insert(key, (locale, names));
                continue;
            };
            if *expected == names || findings.len() - before >= LIMIT {
                continue;
            }
            let list = |names: &BTreeSet<&str>| {
                let shown: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
                if shown.is_empty() { "no placeholder".to_owned() } else { shown.join(", ") }
            };
            let message = format!(
                "`{key}` has {} in {locale} and {} in {reference}",
                list(&names),
                list(expected)
            );
            let finding = Finding::warning("placeholders-differ", message);
            findings.push(at_key(document, key, finding).help("use the same in all locales"));
        }
    }
    findings
}

/// Places a finding at a key of a catalogue.
fn at_key(document: &Arc<Document>, key: &str, finding: Finding) -> Finding {
    match path_of(&document.root, key, &Path::default()) {
        Some(path) => document.place(finding, &path, Part::Key),
        None => finding.in_file(document.file()),
    }
}

/// The way to a full key: a key may have dots of its own.
fn path_of(node: &Node, key: &str, path: &Path) -> Option<Path> {
    let Node::Map(entries) = node else { return None };
    entries.iter().find_map(|(name, inner)| {
        let rest = key.strip_prefix(name.as_str())?;
        let here = path.key(name);
        match rest.strip_prefix('.') {
            None if rest.is_empty() => Some(here),
            None => None,
            Some(rest) => path_of(inner, rest, &here),
        }
    })
}
