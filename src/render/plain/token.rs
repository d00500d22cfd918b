//! The tokenizer: HTML text to tags and runs of text, in one pass.
//!
//! It is as tolerant as a browser's (WHATWG HTML §13.2.5) and goes forward only:
//! what is not closed ends at the end of the input. Comments, doctypes, CDATA
//! sections, processing instructions and the content of raw elements are skipped.

use super::entity;

#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Text as it is written, character references included.
    Text(&'a str),
    Open {
        name: &'a str,
        attributes: Attributes<'a>,
    },
    Close {
        name: &'a str,
    },
}

/// Elements whose content is no markup and nothing to read.
const RAW: &[&str] =
    &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    fn text(&mut self) -> Token<'a> {
        // A `<` that begins no tag is text, and so is what follows it.
        let begin = usize::from(self.rest.starts_with('<'));
        let next = self.rest.get(begin..).and_then(|rest| rest.find('<'));
        let (text, rest) = self.rest.split_at(next.map_or(self.rest.len(), |at| at + begin));
        self.rest = rest;
        Token::Text(text)
    }

    /// A tag whose name begins at the first character of `tail`.
    fn tag(&mut self, tail: &'a str, closing: bool) -> Option<Token<'a>> {
        let ends = |c: char| c.is_ascii_whitespace() || c == '/' || c == '>';
        let (name, tail) = tail.split_at(tail.find(ends).unwrap_or(tail.len()));
        let Some(end) = tag_end(tail) else {
            self.rest = "";
            return None;
        };
        let (attributes, tail) = tail.split_at(end);
        self.rest = tail.get(1..).unwrap_or_default();
        if closing {
            return Some(Token::Close { name });
        }
        if let Some(raw) = RAW.iter().find(|raw| raw.eq_ignore_ascii_case(name)) {
            self.rest = after_raw(self.rest, raw);
            return None;
        }
        Some(Token::Open { name, attributes: Attributes(attributes) })
    }

    fn skip(&mut self, tail: &'a str) {
        let past = |end: &str| tail.find(end).and_then(|at| tail.get(at + end.len()..));
        let rest = if let Some(comment) = tail.strip_prefix("!--") {
            let empty = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->"));
            empty.or_else(|| past("-->"))
        } else if tail.starts_with("![CDATA[") {
            past("]]>")
        } else {
            past(">")
        };
        self.rest = rest.unwrap_or_default();
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while !self.rest.is_empty() {
            let Some(tail) = self.rest.strip_prefix('<') else { return Some(self.text()) };
            let letter = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
            if letter(tail) {
                if let Some(tag) = self.tag(tail, false) {
                    return Some(tag);
                }
            } else if let Some(name) = tail.strip_prefix('/').filter(|name| letter(name)) {
                if let Some(tag) = self.tag(name, true) {
                    return Some(tag);
                }
            } else if tail.starts_with(['!', '?', '/']) {
                self.skip(tail);
            } else {
                return Some(self.text());
            }
        }
        None
    }
}

/// Where the `>` of a tag is: not inside a quoted value.
fn tag_end(tail: &str) -> Option<usize> {
    let mut quote = None;
    let mut value_begins = false;
    for (at, byte) in tail.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if value_begins => quote = Some(byte),
            _ => {}
        }
        value_begins = byte == b'=' || value_begins && byte.is_ascii_whitespace();
    }
    None
}

/// What follows the closing tag of a raw element.
fn after_raw<'a>(content: &'a str, name: &str) -> &'a str {
    let mut rest = content;
    while let Some((_, tail)) = rest.split_once("</") {
        let named = tail.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        let after = tail.get(name.len()..).unwrap_or_default();
        if named && after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>') {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = tail;
    }
    ""
}

/// The attributes of a tag, unparsed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    /// The names and the values as they are written.
    fn pairs(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let ends = |(at, c): (usize, char)| {
                let end = c.is_ascii_whitespace() || c == '/' || c == '=' && at > 0;
                end.then_some(at)
            };
            let (name, tail) =
                rest.split_at(rest.char_indices().find_map(ends).unwrap_or(rest.len()));
            let Some(value) = tail.trim_ascii_start().strip_prefix('=') else {
                rest = tail;
                return Some((name, ""));
            };
            let (value, tail) = value_of(value.trim_ascii_start());
            rest = tail;
            Some((name, value))
        })
    }

    /// The decoded value of the first attribute with this name.
    pub(super) fn get(self, wanted: &str) -> Option<String> {
        let mut pairs = self.pairs();
        let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(entity::decoded(value, true).into_owned())
    }
}

fn value_of(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::{Token, Tokens};

    fn tokens(html: &str) -> Vec<String> {
        Tokens::new(html)
            .map(|token| match token {
                Token::Text(text) => text.to_owned(),
                Token::Open { name, attributes } => format!("<{name}|{}", attributes.0),
                Token::Close { name } => format!("/{name}"),
            })
            .collect()
    }

    #[test]
    fn values_are_quoted_in_each_way_or_not_at_all() {
        let html = "<A href = 'a>b' TITLE=\"c'd\" x=e/f hidden data-g=''>";
        let Some(Token::Open { attributes, .. }) = Tokens::new(html).next() else { panic!() };
        let get = |name| attributes.get(name);
        assert_eq!(get("href").unwrap(), "a>b");
        assert_eq!(get("title").unwrap(), "c'd");
        assert_eq!(get("x").unwrap(), "e/f");
        assert_eq!(get("hidden").unwrap(), "");
        assert_eq!(get("data-g").unwrap(), "");
        assert_eq!(get("none"), None);
    }

    #[test]
    fn what_is_no_element_is_skipped_and_a_lone_bracket_is_text() {
        assert_eq!(
            tokens("<!DOCTYPE html>a<!-- <b> -->b<![CDATA[<i>]]>c<?xml ?>d<!-->e<![endif]>f"),
            ["a", "b", "c", "d", "e", "f"]
        );
        assert_eq!(tokens("1 < 2 <3 </> x"), ["1 ", "< 2 ", "<3 ", " x"]);
        assert_eq!(tokens("<!--[if mso]><p>x</p><![endif]-->y"), ["y"]);
        assert_eq!(tokens("<!--[if !mso]><!-->x<!--<![endif]-->"), ["x"]);
    }

    #[test]
    fn raw_elements_are_skipped_with_their_content() {
        assert_eq!(tokens("a<style>p > b { } </p></STYLE >b"), ["a", "b"]);
        assert_eq!(tokens("a<script>'</scripty>'</script>b<title>"), ["a", "b"]);
    }

    #[test]
    fn what_is_not_closed_ends_with_the_input() {
        assert_eq!(tokens("a<b c=\"d"), ["a"]);
        assert_eq!(tokens("a<!-- b"), ["a"]);
        assert_eq!(tokens("a<style>b"), ["a"]);
        assert_eq!(tokens("a<"), ["a", "<"]);
    }
}
