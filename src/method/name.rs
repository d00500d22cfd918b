//! The name of a method, and the tag of a locale.

/// The longest name of a method, in octets.
const LIMIT: usize = 200;

/// Why a text is no name of a method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing, or nothing between two slashes.
    #[error("a part of the name is empty: write it as `account/welcome`")]
    Empty,
    /// A part begins with `_`, as folders and files do that are no methods.
    #[error("{part:?} begins with `_`: what does is no method, but a part of methods")]
    Hidden {
        /// The part of the name.
        part: String,
    },
    /// A character that no name has.
    #[error(
        "a name has no {found:?}: it is of a to z, 0 to 9, `-` and `_`, with `/` between parts"
    )]
    Character {
        /// The character.
        found: char,
    },
    /// It is longer than 200 octets.
    #[error("the name is longer than 200 characters")]
    TooLong,
}

/// Checks the name of a method: `[a-z0-9_-]+(/[a-z0-9_-]+)*`, no part beginning with `_`.
///
/// # Errors
///
/// [`NameError`] says what is wrong with it.
///
/// # Examples
///
/// ```
/// use mailmethod::method::check_name;
///
/// assert!(check_name("account/welcome").is_ok());
/// let error = check_name("account/Welcome").unwrap_err();
/// assert!(error.to_string().starts_with("a name has no 'W'"));
/// ```
pub fn check_name(name: &str) -> Result<(), NameError> {
    let harmless = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-/".contains(c);
    if let Some(found) = name.chars().find(|&c| !harmless(c)) {
        return Err(NameError::Character { found });
    }
    if name.len() > LIMIT {
        return Err(NameError::TooLong);
    }
    match name.split('/').find(|part| part.is_empty() || part.starts_with('_')) {
        Some("") => Err(NameError::Empty),
        Some(part) => Err(NameError::Hidden { part: part.to_owned() }),
        None => Ok(()),
    }
}

/// Whether a text is the name of a method.
pub(crate) fn is_method_name(name: &str) -> bool {
    check_name(name).is_ok()
}

/// Whether a text is a locale tag as this crate uses them: `de`, `de-AT`, `zh-Hant-TW` (BCP 47).
pub(crate) fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// The tag of a locale in its usual spelling, `de-AT` for `DE_at`; `None` if it is none (BCP 47).
///
/// # Examples
///
/// ```
/// use mailmethod::method::locale_tag;
///
/// assert_eq!(locale_tag("DE_at").as_deref(), Some("de-AT"));
/// assert_eq!(locale_tag("german!"), None);
/// ```
#[must_use]
pub fn locale_tag(text: &str) -> Option<String> {
    Some(normal_locale(text)).filter(|tag| is_locale(tag))
}

/// A locale tag in its usual spelling: `DE_at` is `de-AT`.
pub(crate) fn normal_locale(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len());
    for (i, part) in tag.split(['-', '_']).enumerate() {
        if i > 0 {
            out.push('-');
        }
        match (i, part.len()) {
            (0, _) => out.push_str(&part.to_ascii_lowercase()),
            (_, 2) => out.push_str(&part.to_ascii_uppercase()),
            (_, 4) => {
                let mut letters = part.chars();
                out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
                out.push_str(&letters.as_str().to_ascii_lowercase());
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// The words that no argument may have as its name: Jinja's keywords and the functions of
/// templates.
pub(crate) const RESERVED: [&str; 45] = [
    "and",
    "as",
    "autoescape",
    "block",
    "break",
    "call",
    "caller",
    "continue",
    "do",
    "elif",
    "else",
    "endautoescape",
    "endblock",
    "endcall",
    "endfilter",
    "endfor",
    "endif",
    "endmacro",
    "endraw",
    "endset",
    "endwith",
    "extends",
    "false",
    "filter",
    "for",
    "from",
    "if",
    "import",
    "in",
    "include",
    "inline_image",
    "is",
    "loop",
    "macro",
    "none",
    "not",
    "or",
    "raw",
    "self",
    "set",
    "super",
    "t",
    "true",
    "unsubscribe_url",
    "url",
];

/// Whether a text can be the name of an argument or field: `[A-Za-z_][A-Za-z0-9_]*`.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether an argument may not have this name.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || matches!(name, "True" | "False" | "None" | "with" | "without")
}

#[cfg(test)]
mod tests {
    use super::{is_identifier, is_locale, is_method_name, is_reserved, normal_locale};

    #[test]
    fn a_method_name_is_lower_case_parts_with_slashes() {
        for name in ["a", "orders/confirmation", "a-b_c/2/d"] {
            assert!(is_method_name(name), "{name}");
        }
        for name in ["", "/a", "a/", "A", "a//b", "_a", "a/_b", "a.b", "a b", "ä", "../a"] {
            assert!(!is_method_name(name), "{name}");
        }
    }

    #[test]
    fn a_locale_is_a_language_with_subtags() {
        assert!(is_locale("de") && is_locale("de-AT") && is_locale("zh-Hant-TW"));
        assert!(!is_locale("") && !is_locale("../x") && !is_locale("de_AT") && !is_locale("txt."));
        assert_eq!(normal_locale("DE_at"), "de-AT");
        assert_eq!(normal_locale("zh-hant-tw"), "zh-Hant-TW");
    }

    #[test]
    fn the_usual_words_of_mail_are_free_as_argument_names() {
        for name in ["to", "subject", "body", "name", "html", "locale"] {
            assert!(is_identifier(name) && !is_reserved(name), "{name}");
        }
        for name in ["loop", "self", "super", "t", "url", "inline_image", "for", "if", "in"] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_identifier("a-b") && !is_identifier("1a") && !is_identifier(""));
    }
}
