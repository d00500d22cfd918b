//! Plain text: wrapping, shortening, and line breaks for HTML.
//!
//! Widths are counted in characters, not in columns of a terminal.

use crate::html::fill;

/// The text with lines of at most `width` characters where words allow it.
///
/// Line breaks stay. The lines that a long line becomes keep its indent and
/// quote marks (`> `), and stand under the text of a list item. A word is never
/// broken, so a URL stays whole; lines that fit are not touched. Width 0 wraps
/// nothing.
pub(crate) fn wordwrap(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / 32);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let ending = line.get(content.len()..).unwrap_or_default();
        if width == 0 || content.chars().count() <= width {
            wrapped.push_str(line);
            continue;
        }
        let (first, rest, words) = prefixes(content);
        let newline = if ending == "\r\n" { "\r\n" } else { "\n" };
        for (index, filled) in fill(words, width, first.chars().count()).into_iter().enumerate() {
            wrapped.push_str(if index == 0 { "" } else { newline });
            wrapped.push_str(if index == 0 { first } else { &rest });
            wrapped.push_str(filled);
        }
        wrapped.push_str(ending);
    }
    wrapped
}

/// What a line begins with, what its continuations begin with, and its words.
fn prefixes(line: &str) -> (&str, String, &str) {
    let body = line.trim_start_matches([' ', '\t', '>']);
    let quote = line.get(..line.len() - body.len()).unwrap_or_default();
    let item = marker_length(body);
    let first = line.get(..quote.len() + item).unwrap_or_default();
    let words = body.get(item..).unwrap_or_default();
    (first, format!("{quote}{:item$}", ""), words)
}

/// The length of `- `, `* `, `1. ` or `12) ` at the beginning.
fn marker_length(body: &str) -> usize {
    let Some((marker, _)) = body.split_once(' ') else { return 0 };
    let number = marker.strip_suffix(['.', ')']).unwrap_or_default();
    let numbered = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if numbered || matches!(marker, "-" | "*" | "\u{2022}") {
        marker.chars().count() + 1
    } else {
        0
    }
}

/// The text as HTML: escaped, and each line break as `<br>` and a line feed.
pub(crate) fn nl2br(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#x27;"),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\n' => html.push_str("<br>\n"),
            other => html.push(other),
        }
    }
    html
}

/// The text in at most `length` characters, cut at a word's border and ended with `…`.
///
/// A single word that takes more than half of the room is cut inside, but never
/// between a letter and its accent or inside an emoji.
pub(crate) fn truncate(text: &str, length: usize) -> String {
    if text.chars().nth(length).is_none() {
        return text.to_owned();
    }
    let Some(room) = length.checked_sub(1) else { return String::new() };
    let mut end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
    let head = text.get(..end).unwrap_or_default();
    let inside = !text.get(end..).unwrap_or_default().starts_with(char::is_whitespace);
    let border = head.rfind(char::is_whitespace).filter(|at| *at * 2 >= head.len());
    if let Some(at) = border.filter(|_| inside) {
        end = at;
    } else if inside {
        end = whole_character(text, end);
    }
    let kept = text.get(..end).unwrap_or_default();
    let kept = kept.trim_end_matches(|c: char| c.is_whitespace() || ",;:.–—-".contains(c));
    format!("{kept}…")
}

/// The last place at or before `end` where no character joins the one before it.
fn whole_character(text: &str, end: usize) -> usize {
    let joins = |c: char| {
        matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{20e3}'
            | '\u{1f3fb}'..='\u{1f3ff}')
    };
    let mut end = end;
    loop {
        let (head, tail) = (text.get(..end), text.get(end..));
        let after = tail.and_then(|tail| tail.chars().next()).is_some_and(joins);
        let before = head.and_then(|head| head.chars().next_back());
        match before {
            Some(last) if after || last == '\u{200d}' => end -= last.len_utf8(),
            _ => return end,
        }
    }
}

/// The text on one line, its white space collapsed, in at most `length` characters.
pub(crate) fn excerpt(text: &str, length: usize) -> String {
    let mut line = String::new();
    // One character more than fits, and its joiners, decide where the cut is.
    for word in text.split_whitespace() {
        if line.len() > length.saturating_mul(4).saturating_add(64) {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    truncate(&line, length)
}

#[cfg(test)]
mod tests {
    use super::{excerpt, nl2br, truncate, wordwrap};
    use proptest::prelude::*;

    #[test]
    fn long_lines_are_wrapped_and_short_ones_are_left_alone() {
        assert_eq!(wordwrap("one two three four", 9), "one two\nthree\nfour");
        assert_eq!(wordwrap("a  b \n-- \n\n c", 9), "a  b \n-- \n\n c");
        assert_eq!(
            wordwrap("one two\r\nthree four five\r\n", 10),
            "one two\r\nthree four\r\nfive\r\n"
        );
        assert_eq!(wordwrap("one two three", 0), "one two three");
        assert_eq!(wordwrap("", 10), "");
    }

    #[test]
    fn continuations_keep_the_indent_the_quote_and_the_item() {
        assert_eq!(wordwrap("  one two three", 9), "  one two\n  three");
        assert_eq!(wordwrap("> > one two three", 11), "> > one two\n> > three");
        assert_eq!(wordwrap("> one two three", 9), "> one two\n> three");
        assert_eq!(wordwrap("- one two three", 9), "- one two\n  three");
        assert_eq!(wordwrap("12. one two", 9), "12. one\n    two");
    }

    #[test]
    fn a_url_and_a_word_longer_than_the_width_stay_whole() {
        assert_eq!(
            wordwrap("see https://shop.example.test/orders/2026-041 now", 20),
            "see\nhttps://shop.example.test/orders/2026-041\nnow"
        );
        assert_eq!(wordwrap("1.234,50\u{a0}€ in total", 9), "1.234,50\u{a0}€\nin total");
    }

    #[test]
    fn line_breaks_become_tags_and_the_rest_is_escaped() {
        assert_eq!(nl2br("a\nb\r\nc\rd"), "a<br>\nb<br>\nc<br>\nd");
        assert_eq!(nl2br("<b> & \"q\" 'a'"), "&lt;b&gt; &amp; &quot;q&quot; &#x27;a&#x27;");
    }

    #[test]
    fn a_text_is_cut_between_words_and_says_so() {
        assert_eq!(truncate("one two three", 13), "one two three");
        assert_eq!(truncate("one two three", 12), "one two…");
        assert_eq!(truncate("one two, three", 9), "one two…");
        assert_eq!(truncate("one two three", 8), "one two…");
        assert_eq!(truncate("incomprehensible", 8), "incompr…");
        assert_eq!(truncate("abc", 1), "…");
        assert_eq!(truncate("abc", 0), "");
    }

    #[test]
    fn an_accent_and_a_family_are_not_cut_apart() {
        assert_eq!(truncate("cafe\u{301}s", 5), "caf…");
        assert_eq!(truncate("ab👩\u{200d}👩\u{200d}👧!", 5), "ab…");
    }

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(excerpt(" one\n\n two\tthree ", 40), "one two three");
        assert_eq!(excerpt("one\ntwo three", 9), "one two…");
    }

    proptest! {
        #[test]
        fn wrapping_changes_white_space_only(text in "[a-z >\n\u{e9}-]{0,200}", width in 0_usize..40) {
            let bare = |text: &str| text.replace([' ', '\n', '>'], "");
            let wrapped = wordwrap(&text, width);
            prop_assert_eq!(bare(&wrapped), bare(&text));
            for line in wrapped.lines().filter(|line| width > 0 && line.chars().count() > width) {
                let words = line.trim_start_matches([' ', '>', '-']);
                prop_assert!(!words.trim_end().contains(' ') || text.lines().any(|l| l == line), "{}", line);
            }
        }

        #[test]
        fn a_shortened_text_is_never_too_long(text in "\\PC{0,60}", length in 0_usize..40) {
            prop_assert!(truncate(&text, length).chars().count() <= length);
            prop_assert!(excerpt(&text, length).chars().count() <= length);
        }
    }
}
