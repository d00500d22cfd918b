//! The tokenizer: HTML text to tags and runs of text, in one pass.
//!
//! It is as tolerant as a browser's (WHATWG HTML §13.2.5) and goes forward only:
//! what is not closed ends at the end of the input. Doctypes, CDATA sections and
//! processing instructions are skipped.

use super::entity;

#[derive(Debug)]
pub(crate) enum Token<'a> {
    /// Text as it is written, character references included.
    Text(&'a str),
    Open {
        name: &'a str,
        attributes: Attributes<'a>,
    },
    Close {
        name: &'a str,
    },
    /// An element whose content is no markup, up to its end.
    Raw {
        name: &'a str,
        attributes: Attributes<'a>,
        content: &'a str,
    },
    /// What stands between `<!--` and `-->`.
    Comment,
}

/// Elements whose content is no markup and nothing to read.
const RAW: &[&str] =
    &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

/// The tokens of a text, each with the byte offset at which it begins.
pub(crate) struct Tokens<'a> {
    length: usize,
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        Self { length: html.len(), rest: html }
    }

    /// The byte offset behind the last token.
    pub(crate) fn offset(&self) -> usize {
        self.length - self.rest.len()
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
        let attributes = Attributes(attributes);
        if let Some(raw) = RAW.iter().find(|raw| raw.eq_ignore_ascii_case(name)) {
            let (content, rest) = raw_content(self.rest, raw);
            self.rest = rest;
            return Some(Token::Raw { name, attributes, content });
        }
        Some(Token::Open { name, attributes })
    }

    /// Passes what begins with `<!`, `<?` or `</`; a comment is a token.
    fn skip(&mut self, tail: &'a str) -> Option<Token<'a>> {
        if let Some(comment) = tail.strip_prefix("!--") {
            let empty = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->"));
            // The dashes that open a comment may also close it.
            let dashes = || tail.get(1..)?.split_once("-->").map(|(_, rest)| rest);
            self.rest = empty.or_else(dashes).unwrap_or_default();
            return Some(Token::Comment);
        }
        let end = if tail.starts_with("![CDATA[") { "]]>" } else { ">" };
        self.rest = tail.split_once(end).map_or("", |(_, rest)| rest);
        None
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<(usize, Token<'a>)> {
        while !self.rest.is_empty() {
            let at = self.offset();
            let letter = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
            let found = match self.rest.strip_prefix('<') {
                None => Some(self.text()),
                Some(tail) if letter(tail) => self.tag(tail, false),
                Some(tail) => match tail.strip_prefix('/').filter(|name| letter(name)) {
                    Some(name) => self.tag(name, true),
                    None if tail.starts_with(['!', '?', '/']) => self.skip(tail),
                    None => Some(self.text()),
                },
            };
            if let Some(token) = found {
                return Some((at, token));
            }
        }
        None
    }
}

/// Where the `>` of a tag is: not inside a quoted value.
fn tag_end(tail: &str) -> Option<usize> {
    let octets = tail.as_bytes();
    let mut at = 0;
    loop {
        let rest = octets.get(at..)?;
        at += rest.iter().position(|octet| matches!(octet, b'>' | b'"' | b'\''))?;
        let (before, behind) = octets.split_at_checked(at)?;
        let (sign, behind) = behind.split_first()?;
        if *sign == b'>' {
            return Some(at);
        }
        at += 1;
        // Elsewhere than behind a `=` it is a part of a name or of an unquoted value.
        if before.trim_ascii_end().ends_with(b"=") {
            at += behind.iter().position(|octet| octet == sign)? + 1;
        }
    }
}

/// The content of a raw element, and what follows its closing tag.
fn raw_content<'a>(text: &'a str, name: &str) -> (&'a str, &'a str) {
    let mut rest = text;
    while let Some((_, tail)) = rest.split_once("</") {
        let named = tail.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        let after = tail.get(name.len()..).unwrap_or_default();
        if named && after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>') {
            let content = text.get(..text.len() - tail.len() - 2).unwrap_or_default();
            return (content, after.split_once('>').map_or("", |(_, rest)| rest));
        }
        rest = tail;
    }
    (text, "")
}

/// The attributes of a tag, unparsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    /// The names and the values as they are written: parts of the text that was read.
    pub(crate) fn pairs(self) -> impl Iterator<Item = (&'a str, &'a str)> {
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
    pub(crate) fn get(self, wanted: &str) -> Option<String> {
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
            .filter_map(|(_, token)| match token {
                Token::Text(text) => Some(text.to_owned()),
                Token::Open { name, attributes } => Some(format!("<{name}|{}", attributes.0)),
                Token::Close { name } => Some(format!("/{name}")),
                Token::Raw { .. } | Token::Comment => None,
            })
            .collect()
    }

    #[test]
    fn values_are_quoted_in_each_way_or_not_at_all() {
        let html = "<A href = 'a>b' TITLE=\"c'd\" x=e/f hidden data-g=''>";
        let Some((0, Token::Open { attributes, .. })) = Tokens::new(html).next() else { panic!() };
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
    fn comments_and_raw_elements_are_told_with_their_place_and_content() {
        let html = "a<!-- b --><style media=x>p > i { } </p></STYLE >c<!--->d<!---->e<!-- f";
        let found: Vec<String> = Tokens::new(html)
            .filter_map(|(at, token)| match token {
                Token::Raw { name, content, .. } => Some(format!("{at} {name}:{content}")),
                Token::Comment => Some(format!("{at} #")),
                _ => None,
            })
            .collect();
        assert_eq!(found, ["1 #", "11 style:p > i { } </p>", "50 #", "57 #", "65 #"]);
    }

    #[test]
    fn raw_elements_are_no_text_and_no_tags() {
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
