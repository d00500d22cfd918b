//! Where a link leads: to a footnote, to an address, or nowhere.

use std::collections::HashMap;

/// What a link shows besides its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A footnote.
    Url(String),
    /// A mail address or telephone number, shown in place.
    Address(String),
}

/// Schemes that lead nowhere from a text.
const NOWHERE: &[&str] = &["about", "blob", "cid", "data", "file", "javascript", "vbscript"];

impl Target {
    /// The target of an `href`; `None` for empty ones, fragments and scripts.
    pub(super) fn of(href: &str) -> Option<Self> {
        let clean: String = href.trim().chars().filter(|c| !c.is_control()).collect();
        let url: String = clean.split_whitespace().collect::<Vec<_>>().join("%20");
        if url.is_empty() || url.starts_with('#') {
            return None;
        }
        let (scheme, rest) = url.split_once(':').unwrap_or(("", &url));
        let scheme = scheme.to_ascii_lowercase();
        if NOWHERE.contains(&scheme.as_str()) {
            return None;
        }
        if matches!(scheme.as_str(), "mailto" | "tel" | "sms" | "callto") {
            let address = rest.split('?').next().unwrap_or_default();
            let address = percent_decoded(address);
            return (!address.is_empty()).then_some(Self::Address(address));
        }
        Some(Self::Url(url))
    }

    /// Whether the text of the link says already where it leads.
    pub(super) fn is_said_by(&self, text: &str) -> bool {
        match self {
            Self::Url(url) => {
                text.trim_end_matches('/').eq_ignore_ascii_case(url.trim_end_matches('/'))
            }
            Self::Address(address) if address.contains('@') => {
                text.to_ascii_lowercase().contains(&address.to_ascii_lowercase())
            }
            Self::Address(number) => digits(text).ends_with(&digits(number)),
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The text with `%40` as `@`; what is no UTF-8, or would break the line, stays encoded.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            bytes.push(high * 16 + low);
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    let decoded = String::from_utf8(bytes).ok();
    decoded.filter(|it| !it.contains(char::is_control)).unwrap_or_else(|| text.to_owned())
}

/// The footnotes so far: one for each URL.
#[derive(Default)]
pub(super) struct Footnotes {
    numbers: HashMap<String, usize>,
    urls: Vec<String>,
}

impl Footnotes {
    pub(super) fn number(&mut self, url: &str) -> usize {
        if let Some(number) = self.numbers.get(url) {
            return *number;
        }
        self.urls.push(url.to_owned());
        self.numbers.insert(url.to_owned(), self.urls.len());
        self.urls.len()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.urls.iter().zip(1..).map(|(url, number)| format!("[{number}] {url}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn an_href_leads_to_a_url_an_address_or_nowhere() {
        let url = |text: &str| Some(Target::Url(text.to_owned()));
        let address = |text: &str| Some(Target::Address(text.to_owned()));
        assert_eq!(Target::of(" https://a.test/\n x y "), url("https://a.test/%20x%20y"));
        assert_eq!(Target::of("/orders?a=b:c"), url("/orders?a=b:c"));
        assert_eq!(Target::of("mailto:ada%40a.test?subject=x"), address("ada@a.test"));
        assert_eq!(Target::of("TEL:+43 1 23"), address("+43 1 23"));
        for nowhere in ["", " ", "#top", "javascript:alert(1)", "java\nscript:x", "mailto:"] {
            assert_eq!(Target::of(nowhere), None, "{nowhere}");
        }
    }
}
