//! HTML escaping: what a value needs to be text or an attribute's value, and no more.

use std::fmt::{self, Write};

/// Writes a text so that it is one piece of HTML text, or one quoted attribute's value.
///
/// A slash stays: it ends nothing inside quotes, and URLs stay readable.
pub(super) fn write_escaped(out: &mut impl Write, text: &str) -> fmt::Result {
    // One pass without a branch in it, and nothing more for most texts.
    if !text.bytes().fold(false, |any, octet| any | is_special(octet)) {
        return out.write_str(text);
    }
    let mut written = 0;
    for (at, octet) in text.bytes().enumerate().filter(|(_, octet)| is_special(*octet)) {
        let escaped = match octet {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        };
        out.write_str(text.get(written..at).unwrap_or_default())?;
        out.write_str(escaped)?;
        written = at + 1;
    }
    out.write_str(text.get(written..).unwrap_or_default())
}

const fn is_special(octet: u8) -> bool {
    matches!(octet, b'&' | b'<' | b'>' | b'"' | b'\'')
}

/// Escapes all that is written through it.
pub(super) struct Escaping<'w, W>(pub(super) &'w mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_escaped(self.0, text)
    }
}

/// A text as HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    // Writing to a string cannot fail.
    let _infallible = write_escaped(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_could_end_a_text_or_an_attribute_is_escaped() {
        assert_eq!(
            escaped("<a href=\"x\">Tom & 'O'</a> https://x.test/ü"),
            "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;O&#39;&lt;/a&gt; https://x.test/ü"
        );
    }
}
