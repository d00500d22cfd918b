//! Styles: what mail programs ignore, where the mail depends on it.
//!
//! Rules inside of `@media` and `@supports` are passed by: who writes them counts
//! on mail programs that ignore them.

use std::ops::Range;

use super::reading::Reading;
use super::support::{Row, Support, named};
use super::{Place, Problems};
use crate::lint::rules::CSS_SUPPORT;

/// One declaration, and where it stands in its text.
struct Declaration<'c> {
    property: &'c str,
    value: &'c str,
    range: Range<usize>,
}

pub(super) fn check(reading: &Reading<'_>, problems: &mut Problems) {
    for style in &reading.styles {
        let mut found = Vec::new();
        if style.is_sheet {
            sheet(style.css, &mut found, problems, style.at);
        } else {
            declarations(style.css, 0, &mut found);
        }
        for declaration in found {
            declared(&declaration, style.at, problems);
        }
    }
}

fn declared(declaration: &Declaration<'_>, at: usize, problems: &mut Problems) {
    let (property, value) = (declaration.property, declaration.value);
    let Some(row) = unsupported(property, value) else { return };
    let range = declaration.range.start + at..declaration.range.end + at;
    let shown = problems.shown(&format!("{property}: {value}"));
    let message = format!("`{shown}` does not work in {}", row.clients());
    problems.add(CSS_SUPPORT, Place::Html(range), message, row.instead);
}

/// The row of the table that a declaration is in.
fn unsupported(property: &str, value: &str) -> Option<&'static Row> {
    let support = Support::get();
    let value = value.strip_suffix("!important").unwrap_or(value).trim_end();
    if let Some(row) = named(&support.properties, property) {
        return (!value.eq_ignore_ascii_case("none")).then_some(row);
    }
    // The lengths come first: hardly any declaration is in the table.
    let is_pair = |row: &&Row| {
        row.name.len() == property.len() + 1 + value.len()
            && row.name.split_once(':').is_some_and(|(name, word)| {
                name.eq_ignore_ascii_case(property) && word.eq_ignore_ascii_case(value)
            })
    };
    let called = |row: &&Row| {
        value.split('(').rev().skip(1).any(|head| {
            let name = head.rsplit([' ', ',', '(', '+', '*', '/']).next();
            name.is_some_and(|name| name.eq_ignore_ascii_case(row.name))
        })
    };
    let pair = support.values.iter().find(is_pair);
    let function = || support.functions.iter().find(called);
    let function = || value.contains('(').then(function).flatten();
    let has_digit = value.bytes().any(|octet| octet.is_ascii_digit());
    let unit = || support.units.iter().find(|row| has_unit(value, row.name));
    pair.or_else(function).or_else(|| has_digit.then(unit).flatten())
}

/// Whether a number with that unit stands in a value.
fn has_unit(value: &str, unit: &str) -> bool {
    // Values are short: no search is worth preparing.
    value.as_bytes().windows(unit.len().max(1)).enumerate().any(|(at, octets)| {
        if octets != unit.as_bytes() {
            return false;
        }
        let before = value.get(..at).and_then(|head| head.chars().next_back());
        let behind = value.get(at + unit.len()..).and_then(|tail| tail.chars().next());
        before.is_some_and(|c| c.is_ascii_digit() || c == '.')
            && behind.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// The declarations of a sheet that always hold; its at-rules are checked at once.
fn sheet<'c>(css: &'c str, found: &mut Vec<Declaration<'c>>, problems: &mut Problems, at: usize) {
    let mut position = 0;
    while let Some(rest) = css.get(position..).filter(|rest| !rest.is_empty()) {
        let trimmed = rest.trim_start();
        position += rest.len() - trimmed.len();
        if let Some(comment) = trimmed.strip_prefix("/*") {
            position += comment.find("*/").map_or(trimmed.len(), |end| end + 4);
            continue;
        }
        if let Some(rule) = trimmed.strip_prefix('@') {
            let end = rule.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rule.len());
            let name = rule.get(..end).unwrap_or_default();
            if let Some(row) = named(&Support::get().at_rules, name) {
                let range = at + position..at + position + name.len() + 1;
                let message = format!("`@{name}` does not work in {}", row.clients());
                problems.add(CSS_SUPPORT, Place::Html(range), message, row.instead);
            }
            position += at_rule_end(trimmed);
            continue;
        }
        let Some(open) = trimmed.find('{') else { return };
        let body = trimmed.get(open + 1..).unwrap_or_default();
        let length = body.find('}').unwrap_or(body.len());
        declarations(body.get(..length).unwrap_or_default(), position + open + 1, found);
        position += open + 1 + length + 1;
    }
}

/// Where an at-rule ends: at its `;`, or behind the block that it holds.
fn at_rule_end(css: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in css.bytes().enumerate() {
        match byte {
            b';' if depth == 0 => return at + 1,
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    css.len()
}

fn declarations<'c>(css: &'c str, at: usize, found: &mut Vec<Declaration<'c>>) {
    let (mut start, mut colon) = (0, None);
    for (end, octet) in css.bytes().chain(std::iter::once(b';')).enumerate() {
        match octet {
            b':' if colon.is_none() => colon = Some(end),
            b';' => {
                found.extend(colon.take().and_then(|colon| {
                    let (part, head) = (css.get(start..end)?, css.get(start..colon)?);
                    let from = at + start + (part.len() - part.trim_start().len());
                    let range = from..from + part.trim().len();
                    let value = css.get(colon + 1..end)?.trim();
                    Some(Declaration { property: head.trim(), value, range })
                }));
                start = end + 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Declaration, Problems, declarations, has_unit, sheet, unsupported};

    fn shown(css: &str, found: &[Declaration<'_>]) -> Vec<String> {
        found.iter().map(|one| css.get(one.range.clone()).unwrap().to_owned()).collect()
    }

    #[test]
    fn declarations_have_their_places() {
        let css = " color : red ;x;; position:absolute";
        let mut found = Vec::new();
        declarations(css, 0, &mut found);
        assert_eq!(shown(css, &found), ["color : red", "position:absolute"]);
        assert_eq!((found[0].property, found[0].value), ("color", "red"));
    }

    #[test]
    fn a_sheet_gives_what_always_holds() {
        let css =
            "/* a{b:c} */ p , td{ d:e } @media (x) { q { f:g } r { h:i } }\n@import url(x); s{j:k";
        let (mut found, mut problems) = (Vec::new(), Problems::default());
        sheet(css, &mut found, &mut problems, 100);
        assert_eq!(shown(css, &found), ["d:e", "j:k"]);
        assert_eq!(problems.found.len(), 1);
    }

    #[test]
    fn a_declaration_is_looked_up_in_any_case() {
        let found = |property, value| unsupported(property, value).map(|row| row.name);
        assert_eq!(found("Display", "FLEX !important"), Some("display:flex"));
        assert_eq!(found("display", "block"), None);
        assert_eq!(found("float", "Left"), Some("float"));
        assert_eq!(found("float", "none"), None);
        assert_eq!(found("width", "max(1px, CALC(2px + 3px))"), Some("calc"));
        assert_eq!(found("color", "var(--x)"), Some("var"));
        assert_eq!(found("color", "rgb(1, 2, 3)"), None);
        assert_eq!(found("src", "url(calc.png)"), None);
        assert_eq!(found("margin", "0 1.5rem"), Some("rem"));
    }

    #[test]
    fn a_unit_stands_behind_a_number() {
        assert!(has_unit("1.5rem", "rem") && has_unit("0 2rem auto", "rem"));
        assert!(!has_unit("remote", "rem") && !has_unit("1rems", "rem") && !has_unit("x", "rem"));
    }
}
