//! The catalogue: translations by locale and key, and how a message is chosen and filled.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::source::Document;

/// One translation: a text with `{name}` placeholders, or one text for each plural category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Translation {
    Text(String),
    Plural(BTreeMap<String, String>),
}

impl Translation {
    /// Its text, or the texts of its forms.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, forms) = match self {
            Self::Text(text) => (Some(text), None),
            Self::Plural(forms) => (None, Some(forms.values())),
        };
        one.into_iter().chain(forms.into_iter().flatten()).map(String::as_str)
    }
}

/// The translations of all locales.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    locales: BTreeMap<Arc<str>, Locale>,
}

/// The translations of one locale, and the file that they stand in.
#[derive(Clone, Debug)]
struct Locale {
    keys: BTreeMap<String, Translation>,
    document: Arc<Document>,
}

impl Catalogue {
    /// Adds the translations of one locale; `keys` are full keys such as `orders.subject`.
    pub(crate) fn add(
        &mut self,
        locale: &str,
        keys: BTreeMap<String, Translation>,
        document: Arc<Document>,
    ) {
        self.locales.insert(locale.into(), Locale { keys, document });
    }

    /// The file and the translations of a locale.
    pub(crate) fn of(
        &self,
        locale: &str,
    ) -> Option<(&Arc<Document>, &BTreeMap<String, Translation>)> {
        self.locales.get(locale).map(|locale| (&locale.document, &locale.keys))
    }

    /// The locales that have translations, in order.
    pub(crate) fn locales(&self) -> impl Iterator<Item = &Arc<str>> {
        self.locales.keys()
    }

    /// All keys of all locales.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.locales.values().flat_map(|locale| locale.keys.keys().map(String::as_str))
    }

    /// The translation of the first locale of a chain that has the key, with that locale.
    pub(crate) fn find(&self, chain: &[Arc<str>], key: &str) -> Option<(&Translation, Arc<str>)> {
        chain.iter().find_map(|locale| {
            let found = self.locales.get(locale)?.keys.get(key)?;
            Some((found, Arc::clone(locale)))
        })
    }
}

/// Why a pattern cannot be filled: the placeholder that nobody gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MissingPlaceholder(pub(crate) String);

/// Fills the `{name}` placeholders of a pattern; `{{` and `}}` are single braces.
pub(crate) fn fill(
    pattern: &str,
    mut value: impl FnMut(&str) -> Option<String>,
) -> Result<String, MissingPlaceholder> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let doubled = behind.starts_with("{{") || behind.starts_with("}}");
        let close = behind.find('}');
        match close {
            _ if doubled => {
                out.push_str(behind.get(..1).unwrap_or_default());
                rest = behind.get(2..).unwrap_or_default();
            }
            Some(close) if close > 0 => {
                let name = behind.get(1..close).unwrap_or_default().trim();
                let found = value(name).ok_or_else(|| MissingPlaceholder(name.to_owned()))?;
                let _infallible = out.write_str(&found);
                rest = behind.get(close + 1..).unwrap_or_default();
            }
            _ => {
                out.push_str(behind.get(..1).unwrap_or_default());
                rest = behind.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The placeholders of a pattern.
pub(crate) fn placeholders(pattern: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = pattern;
    while let Some((_, behind)) = rest.split_once('{') {
        let doubled = behind.strip_prefix('{');
        match (doubled, behind.split_once('}')) {
            (Some(behind), _) => rest = behind,
            (None, Some((name, behind))) => {
                names.insert(name.trim());
                rest = behind;
            }
            (None, None) => break,
        }
    }
    names
}

/// The locales that are asked in turn: `de-AT`, `de`, then the default and its language.
pub(crate) fn fallback_chain(locale: &str, default: &str) -> Arc<[Arc<str>]> {
    let mut chain: Vec<Arc<str>> = Vec::with_capacity(3);
    for tag in [locale, default] {
        let mut tag = tag;
        loop {
            if !tag.is_empty() && !chain.iter().any(|known| known.as_ref() == tag) {
                chain.push(tag.into());
            }
            match tag.rsplit_once('-') {
                Some((shorter, _)) => tag = shorter,
                None => break,
            }
        }
    }
    chain.into()
}

#[cfg(test)]
mod tests {
    use super::{MissingPlaceholder, fallback_chain, fill, placeholders};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_placeholders_are_those_that_filling_asks_for(pattern in "[{} ab]{0,20}") {
            let mut asked = std::collections::BTreeSet::new();
            let filled = fill(&pattern, |name| {
                asked.insert(name.to_owned());
                Some(String::new())
            });
            prop_assert!(filled.is_ok());
            let found: std::collections::BTreeSet<String> =
                placeholders(&pattern).into_iter().map(str::to_owned).collect();
            prop_assert_eq!(found, asked, "{}", pattern);
        }
    }

    #[test]
    fn placeholders_are_filled_and_double_braces_are_single() {
        let value = |name: &str| (name == "who").then(|| "Ada {who}".to_owned());
        assert_eq!(fill("Hi { who }, {{x}} } {", value).unwrap(), "Hi Ada {who}, {x} } {");
        assert_eq!(fill("{other}", value), Err(MissingPlaceholder("other".into())));
    }

    #[test]
    fn a_locale_falls_back_to_its_language_and_then_to_the_default() {
        let chain = |locale, default| {
            fallback_chain(locale, default).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(chain("de-AT", "en"), ["de-AT", "de", "en"]);
        assert_eq!(chain("en", "en-GB"), ["en", "en-GB"]);
    }
}
