//! The content type: what a part is, as `type/subtype` with parameters.
//!
//! Checked by the grammar, because the MIME writer checks neither the type nor
//! the names of parameters.
//!
//! RFC 2045 §5.1, RFC 6838 §4.2 (registered names are at most 127 long).

use std::borrow::Cow;
use std::fmt;

use super::MessageError;
use super::header::breaks_lines;

/// The longest type, subtype or parameter name.
const NAME_LIMIT: usize = 127;
/// The longest parameter value, in octets.
const VALUE_LIMIT: usize = 1024;

/// A content type: `type/subtype`, with parameters in the order given.
///
/// # Examples
///
/// ```
/// use mailmethod::message::ContentType;
///
/// let calendar = ContentType::parse("text/calendar; method=PUBLISH")?;
/// assert_eq!(calendar.essence(), "text/calendar");
/// assert_eq!(calendar.parameter("method"), Some("PUBLISH"));
/// assert_eq!(calendar.to_string(), "text/calendar; method=PUBLISH");
/// assert_eq!(ContentType::guess("terms.pdf").to_string(), "application/pdf");
/// # Ok::<(), mailmethod::message::MessageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    /// In lower case.
    essence: Cow<'static, str>,
    /// Names in lower case.
    parameters: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl ContentType {
    /// Reads `type/subtype; name=value; name="quoted value"`.
    ///
    /// # Errors
    ///
    /// [`MessageError::Unsafe`] if it does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let refused =
            |reason| MessageError::Unsafe { what: "content type", text: text.to_owned(), reason };
        if breaks_lines(text) {
            return Err(refused("holds a line break or another control character"));
        }
        let (essence, mut rest) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim_matches(' ').to_ascii_lowercase();
        match essence.split_once('/') {
            Some((kind, subtype)) if is_token(kind) && is_token(subtype) => {}
            _ => return Err(refused("is not `type/subtype`")),
        }
        let mut parameters: Vec<(Cow<'static, str>, Cow<'static, str>)> = Vec::new();
        loop {
            rest = rest.trim_matches(' ');
            if rest.is_empty() {
                break;
            }
            let (name, value, after) = parameter(rest)
                .ok_or_else(|| refused("has a parameter that is not `name=value`"))?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(refused("has a parameter twice"));
            }
            parameters.push((Cow::Owned(name), Cow::Owned(value)));
            rest = after;
        }
        Ok(Self { essence: Cow::Owned(essence), parameters })
    }

    /// The type that the ending of a file name stands for; `application/octet-stream` if unknown.
    ///
    /// Text gets `charset=utf-8`.
    #[must_use]
    pub fn guess(filename: &str) -> Self {
        let essence =
            mime_guess::from_path(filename).first_raw().unwrap_or("application/octet-stream");
        let mut guessed = Self { essence: Cow::Borrowed(essence), parameters: Vec::new() };
        if guessed.is_text() {
            guessed.parameters.push((Cow::Borrowed("charset"), Cow::Borrowed("utf-8")));
        }
        guessed
    }

    /// The given type; without one the guess from the file name.
    ///
    /// # Errors
    ///
    /// [`MessageError::UntypedAttachment`] if there is neither; else as [`ContentType::parse`].
    pub fn given_or_guessed(
        given: Option<&str>,
        filename: Option<&str>,
    ) -> Result<Self, MessageError> {
        match (given, filename) {
            (Some(given), _) => Self::parse(given),
            (None, Some(filename)) => Ok(Self::guess(filename)),
            (None, None) => Err(MessageError::UntypedAttachment),
        }
    }

    /// `type/subtype` in lower case.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter, quotes resolved; names ignore case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The parameters in order, names in lower case.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    fn is_text(&self) -> bool {
        self.essence.starts_with("text/")
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in self.parameters() {
            write_parameter(f, name, value)?;
        }
        Ok(())
    }
}

/// Shows `; name=value`, quoted where a token will not do.
pub(super) fn write_parameter(f: &mut dyn fmt::Write, name: &str, value: &str) -> fmt::Result {
    if !value.is_empty() && value.bytes().all(is_token_octet) {
        return write!(f, "; {name}={value}");
    }
    write!(f, "; {name}=\"")?;
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}

/// Reads one parameter; gives its name, its value and what follows its `;`.
fn parameter(text: &str) -> Option<(String, String, &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_matches(' ').to_ascii_lowercase();
    // `name*` would be RFC 2231; that encoding is made at sealing, not by hand.
    if !is_token(&name) || name.contains('*') {
        return None;
    }
    let rest = rest.trim_start_matches(' ');
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, after) = rest.split_once(';').unwrap_or((rest, ""));
        let value = value.trim_end_matches(' ');
        return is_token(value).then(|| (name, value.to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => {
                let after = quoted.get(at + 1..)?.trim_start_matches(' ');
                let after = if after.is_empty() { "" } else { after.strip_prefix(';')? };
                return (value.len() <= VALUE_LIMIT).then_some((name, value, after));
            }
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

/// Whether this is a token of RFC 2045 of a bearable length.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_LIMIT && text.bytes().all(is_token_octet)
}

fn is_token_octet(b: u8) -> bool {
    b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b)
}

#[cfg(test)]
mod tests {
    use super::ContentType;
    use crate::message::MessageError;

    #[track_caller]
    fn refused(text: &str, reason: &str) {
        match ContentType::parse(text) {
            Err(MessageError::Unsafe { reason: found, .. }) => {
                assert_eq!(found, reason, "{text:?}");
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn a_type_is_shown_as_it_is_written() {
        for (text, shown) in [
            ("IMAGE/PNG", "image/png"),
            (" text/csv ; Charset = utf-8 ;", "text/csv; charset=utf-8"),
            ("a/b; x=\"1 \\\"2\\\" \\\\\"; y=z", "a/b; x=\"1 \\\"2\\\" \\\\\"; y=z"),
            ("a/b; x=\"plain\"", "a/b; x=plain"),
            ("a/b; x=\"\"", "a/b; x=\"\""),
            ("application/vnd.a.b+json", "application/vnd.a.b+json"),
        ] {
            let parsed = ContentType::parse(text).unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(ContentType::parse(shown).unwrap(), parsed);
        }
    }

    #[test]
    fn what_is_no_content_type_is_refused() {
        for text in ["", "text", "/plain", "text/", "text/a/b", "te xt/plain", "grüße/x", "a/b c"]
        {
            refused(text, "is not `type/subtype`");
        }
        refused(&format!("a/{}", "b".repeat(128)), "is not `type/subtype`");
        for text in ["a/b\r\nBcc: x@y.test", "a/b; x=\"\r\n\"", "a/b\0", "a/b\u{85}", "a/b\u{2028}"]
        {
            refused(text, "holds a line break or another control character");
        }
        for text in [
            "a/b; x",
            "a/b; x=",
            "a/b; =y",
            "a/b; x=a b",
            "a/b; x=\"a",
            "a/b; x=\"a\"b",
            "a/b; x*=y",
        ] {
            refused(text, "has a parameter that is not `name=value`");
        }
        refused("a/b; x=1; X=2", "has a parameter twice");
    }

    #[test]
    fn a_type_is_guessed_from_the_ending() {
        assert_eq!(ContentType::guess("a.b/terms.PDF").to_string(), "application/pdf");
        assert_eq!(ContentType::guess("foo.txt").to_string(), "text/plain; charset=utf-8");
        assert_eq!(ContentType::guess("noend").to_string(), "application/octet-stream");
        assert_eq!(ContentType::guess("").to_string(), "application/octet-stream");
    }

    #[test]
    fn t31_an_attachment_without_a_type_has_its_guess_and_without_a_name_too_an_error() {
        let guessed = ContentType::given_or_guessed(None, Some("foo.txt")).unwrap();
        assert_eq!(guessed.essence(), "text/plain");
        let given = ContentType::given_or_guessed(Some("a/b"), Some("foo.txt")).unwrap();
        assert_eq!(given.essence(), "a/b");
        let error = ContentType::given_or_guessed(None, None).unwrap_err();
        assert_eq!(error, MessageError::UntypedAttachment);
    }
}
