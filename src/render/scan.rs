//! The scanner: which names, templates, filters and branches a template mentions, and where.
//!
//! It reads tags only as far as findings need it; the engine alone decides what
//! is a template. On text that the engine would refuse it stops without a word.

use std::ops::Range;

/// A tag: `{{ … }}` or `{% … %}`; comments and raw blocks are none.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) statement: bool,
    /// The byte offset behind the closing delimiter.
    pub(crate) end: usize,
    pub(crate) tokens: Vec<Token>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Text,
    Number,
    Sign,
}

/// A token inside a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// The name, the string's content, the number or the operator.
    pub(crate) text: String,
    /// The byte offset of its first character.
    pub(crate) start: usize,
    /// The byte offset behind its last character.
    pub(crate) end: usize,
}

impl Tag {
    /// The token at an index as a name; empty where there is none.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.tokens.get(index).filter(|token| token.kind == Kind::Name).map_or("", |t| &t.text)
    }

    /// All names in the tag, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter(|token| token.kind == Kind::Name).map(|t| t.text.as_str())
    }

    /// Whether the token at an index is this operator.
    pub(crate) fn sign(&self, index: usize, sign: &str) -> bool {
        self.tokens.get(index).is_some_and(|t| t.kind == Kind::Sign && t.text == sign)
    }

    /// Whether the token before an index is this operator.
    fn sign_before(&self, index: usize, sign: &str) -> bool {
        index.checked_sub(1).is_some_and(|before| self.sign(before, sign))
    }

    /// The first word of a statement: `if`, `for`, `include`, ….
    pub(crate) fn keyword(&self) -> &str {
        if self.statement { self.name(0) } else { "" }
    }
}

/// The most tokens in one tag, and the most `elif` in one template: the engine compiles both by
/// recursion, and more of them could overflow the stack of a thread.
const TAG_LIMIT: usize = 2_000;
const ELIF_LIMIT: usize = 500;

/// What stands in a template, read once.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) tags: Vec<Tag>,
    /// Where it is too long to be compiled, if it is.
    pub(crate) too_long: Option<Range<usize>>,
}

impl Scanned {
    pub(crate) fn of(source: &str) -> Self {
        let mut overlong = None;
        let tags = walk(source, &mut overlong);
        let elif = tags.iter().filter(|tag| tag.keyword() == "elif").nth(ELIF_LIMIT);
        let elif = elif.and_then(|tag| tag.tokens.first()).map(|token| token.start..token.end);
        let too_long = overlong.map(|open| open..open + 2).or(elif);
        Self { tags, too_long }
    }
}

/// All tags of a template, in order.
pub(crate) fn tags(source: &str) -> Vec<Tag> {
    walk(source, &mut None)
}

/// All tags up to one that is too long, and where that begins.
fn walk(source: &str, overlong: &mut Option<usize>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut at = 0;
    while let Some(found) = source.get(at..).and_then(|rest| rest.find('{')) {
        let open = at + found;
        let rest = source.get(open..).unwrap_or_default();
        let raw = tags.last().is_some_and(|tag| tag.keyword() == "raw");
        if raw && !is_endraw(rest) {
            at = open + 1;
        } else if rest.starts_with("{#") && !raw {
            match rest.find("#}") {
                Some(end) => at = open + end + 2,
                None => break,
            }
        } else if rest.starts_with("{{") || rest.starts_with("{%") {
            let Some(tag) = tag(source, open, overlong) else { break };
            at = tag.end;
            tags.push(tag);
        } else {
            at = open + 1;
        }
    }
    tags
}

fn is_endraw(rest: &str) -> bool {
    rest.strip_prefix("{%")
        .is_some_and(|rest| rest.trim_start_matches(['-', '+']).trim_start().starts_with("endraw"))
}

fn tag(source: &str, open: usize, overlong: &mut Option<usize>) -> Option<Tag> {
    let statement = source.get(open..)?.starts_with("{%");
    let close = if statement { "%}" } else { "}}" };
    let mut tokens = Vec::new();
    let mut at = open + 2;
    if source.get(at..)?.starts_with(['-', '+']) {
        at += 1;
    }
    let mut braces = 0_usize;
    loop {
        let rest = source.get(at..)?;
        let first = rest.chars().next()?;
        let trims = rest.starts_with('-') && rest.get(1..)?.starts_with(close);
        let keeps = rest.starts_with('+') && rest.get(1..)?.starts_with(close);
        if braces == 0 && (trims || keeps || rest.starts_with(close)) {
            let end = at + close.len() + usize::from(trims || keeps);
            return Some(Tag { statement, end, tokens });
        }
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let token = token(rest, first, at)?;
        match token.text.as_str() {
            "{" if token.kind == Kind::Sign => braces += 1,
            "}" if token.kind == Kind::Sign => braces = braces.saturating_sub(1),
            _ => {}
        }
        at = token.end;
        tokens.push(token);
        if tokens.len() > TAG_LIMIT {
            *overlong = Some(open);
            return None;
        }
    }
}

fn token(rest: &str, first: char, start: usize) -> Option<Token> {
    let (kind, text, length) = if first.is_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        (Kind::Name, rest.get(..length)?.to_owned(), length)
    } else if first.is_ascii_digit() {
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        (Kind::Number, rest.get(..length)?.to_owned(), length)
    } else if matches!(first, '"' | '\'') {
        let (text, length) = string(rest, first)?;
        (Kind::Text, text, length)
    } else {
        let double = ["==", "!=", "<=", ">=", "//", "**"].into_iter().find(|s| rest.starts_with(s));
        let text = double.map_or_else(|| first.to_string(), str::to_owned);
        let length = text.len();
        (Kind::Sign, text, length)
    };
    Some(Token { kind, text, start, end: start + length })
}

/// A string literal's content and its length in octets, quotes included.
fn string(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut escaped = false;
    for (i, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return Some((text, i + 1)),
            c => text.push(c),
        }
    }
    None
}

/// A template that another one names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The name as written; `None` if it is not a literal.
    pub(crate) name: Option<String>,
    /// `extends`, `include`, `import` or `from`.
    pub(crate) keyword: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The templates that a template extends, includes or imports.
pub(crate) fn references(tags: &[Tag]) -> Vec<Reference> {
    let mut references = Vec::new();
    for tag in tags {
        let Some(keyword) = ["extends", "include", "import", "from"]
            .into_iter()
            .find(|word| tag.keyword() == *word)
        else {
            continue;
        };
        let stop = |text: &str| matches!(text, "ignore" | "with" | "without" | "as" | "import");
        let target: Vec<&Token> = tag
            .tokens
            .iter()
            .skip(1)
            .take_while(|token| token.kind != Kind::Name || !stop(&token.text))
            .filter(|token| token.kind != Kind::Sign || !"[](),".contains(token.text.as_str()))
            .collect();
        let literal = target.iter().all(|token| token.kind == Kind::Text) && !target.is_empty();
        if literal {
            references.extend(target.iter().map(|token| Reference {
                name: Some(token.text.clone()),
                keyword,
                start: token.start,
                end: token.end,
            }));
        } else if let (Some(first), Some(last)) = (target.first(), target.last()) {
            references.push(Reference { name: None, keyword, start: first.start, end: last.end });
        }
    }
    references
}

/// A name in a tag: a variable, a filter, a test or a function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mention<'a> {
    pub(crate) token: &'a Token,
    pub(crate) role: Role,
    /// The literal first argument of a call.
    pub(crate) literal: Option<&'a Token>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Variable,
    Filter,
    Test,
    Call,
}

/// Words that stand in expressions and statements and name nothing.
const KEYWORDS: [&str; 21] = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "elif",
    "for",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "recursive",
    "as",
    "import",
    "with",
    "without",
    "ignore",
];

/// The variables, filters, tests and functions of a template, in order.
pub(crate) fn mentions(tags: &[Tag]) -> Vec<Mention<'_>> {
    let mut mentions = Vec::new();
    for tag in tags {
        let skip = usize::from(tag.statement);
        let filter_block = tag.keyword() == "filter";
        for (i, token) in tag.tokens.iter().enumerate().skip(skip) {
            if token.kind != Kind::Name || KEYWORDS.contains(&token.text.as_str()) {
                continue;
            }
            let before = |back: usize| i.checked_sub(back).map_or("", |index| tag.name(index));
            let named_argument = tag.sign(i + 1, "=") && !matches!(tag.keyword(), "set" | "with");
            if tag.sign_before(i, ".") || named_argument {
                continue;
            }
            let role = if tag.sign_before(i, "|") || (filter_block && i == 1) {
                Role::Filter
            } else if before(1) == "is" || (before(1) == "not" && before(2) == "is") {
                Role::Test
            } else if tag.sign(i + 1, "(") {
                Role::Call
            } else {
                Role::Variable
            };
            let literal = tag.tokens.get(i + 2).filter(|next| {
                next.kind == Kind::Text && tag.sign(i + 1, "(") && !tag.sign(i + 3, "~")
            });
            mentions.push(Mention { token, role, literal });
        }
    }
    mentions
}

/// The names that a template gives itself: loop variables, `set`, macros and their parameters,
/// imports, and those that it tests with `is defined`.
pub(crate) fn bound_names(tags: &[Tag]) -> Vec<&str> {
    let mut names = Vec::new();
    for tag in tags {
        let upto = |stop: &str| {
            tag.tokens
                .iter()
                .skip(1)
                .take_while(|token| token.text != stop)
                .filter(|token| token.kind == Kind::Name)
                .map(|token| token.text.as_str())
                .collect::<Vec<_>>()
        };
        match tag.keyword() {
            "for" => names.extend(upto("in")),
            "set" => names.extend(upto("=")),
            "with" | "macro" | "call" | "import" | "from" => names.extend(upto("%}")),
            _ => {}
        }
        for (i, token) in tag.tokens.iter().enumerate() {
            let tested = tag.name(i + 1) == "is"
                && (matches!(tag.name(i + 2), "defined" | "undefined")
                    || matches!(tag.name(i + 3), "defined" | "undefined"));
            let defaulted = tag.sign(i + 1, "|") && matches!(tag.name(i + 2), "default" | "d");
            if token.kind == Kind::Name && (tested || defaulted) {
                names.push(&token.text);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{Role, Scanned, bound_names, mentions, references, tags};

    #[test]
    fn tags_are_found_between_text_comments_and_raw_blocks() {
        let source = "{ {# {{ no }} #}{{ a['}}'] }}{% raw %}{{ no }}{% endraw %}{%- if b -%} x";
        let tags = tags(source);
        let words: Vec<String> = tags
            .iter()
            .map(|tag| tag.tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(words, ["a [ }} ]", "raw", "endraw", "if b"]);
        assert_eq!(source.get(tags[3].end..), Some(" x"));
    }

    #[test]
    fn what_never_ends_is_no_tag() {
        assert!(tags("{{ a").is_empty());
        assert!(tags("{% if 'x %}").is_empty());
        assert!(tags("{# x").is_empty());
        assert!(tags("{").is_empty());
    }

    #[test]
    fn references_are_literal_or_not() {
        let tags = tags(
            "{% extends 'a.html' %}{% include ['b', \"c\"] ignore missing %}{% include x %}\
             {% from './d' import e as f %}",
        );
        let found: Vec<_> = references(&tags).into_iter().map(|r| (r.keyword, r.name)).collect();
        assert_eq!(
            found,
            [
                ("extends", Some("a.html".to_owned())),
                ("include", Some("b".to_owned())),
                ("include", Some("c".to_owned())),
                ("include", None),
                ("from", Some("./d".to_owned())),
            ]
        );
    }

    #[test]
    fn a_name_is_a_variable_a_filter_a_test_or_a_call() {
        let tags = tags("{% if a.b is not blank and t('k', c=d) | e(f) %}{{ g }}{% endif %}");
        let found: Vec<_> =
            mentions(&tags).iter().map(|m| (m.token.text.clone(), m.role)).collect();
        let expected = [
            ("a", Role::Variable),
            ("blank", Role::Test),
            ("t", Role::Call),
            ("d", Role::Variable),
            ("e", Role::Filter),
            ("f", Role::Variable),
            ("g", Role::Variable),
        ];
        assert_eq!(found, expected.map(|(name, role)| (name.to_owned(), role)));
        assert_eq!(mentions(&tags)[2].literal.unwrap().text, "k");
    }

    #[test]
    fn a_tag_or_a_chain_that_is_too_long_is_found_even_if_it_never_ends() {
        let place = |source: &str| Scanned::of(source).too_long.map(|range| range.start);
        assert_eq!(place(&format!("x{{{{ n{} }}}}", ".a".repeat(990))), None);
        assert_eq!(place(&format!("x{{{{ n{} }}}}", ".a".repeat(2_000))), Some(1));
        assert_eq!(place(&format!("x{{% if n{}", "+1".repeat(2_000))), Some(1));
        assert!(place(&format!("{{% if n %}}{}", "{% elif n %}".repeat(501))).is_some());
    }

    #[test]
    fn a_template_binds_names_of_its_own() {
        let tags = tags(
            "{% for k, v in m %}{% set x = y %}{% macro b(c) %}{% endmacro %}\
             {% from 'f' import g as h %}{% if q is defined %}{{ w | default('') }}",
        );
        let names = bound_names(&tags);
        for name in ["k", "v", "x", "b", "c", "h", "q", "w"] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(!names.contains(&"y") && !names.contains(&"m"));
    }
}
