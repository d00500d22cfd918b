//! The preheader: what an inbox shows beside the subject, hidden at the start of the HTML.
//!
//! Mail programs take the first text of a mail for it, so it stands first, is
//! hidden from the reader, and is followed by nothing that can be seen, so that
//! an inbox does not go on with the first words of the body.

use super::html::escaped;
use crate::html::{Token, Tokens};

/// How many characters no inbox shows more of; what is missing to them is filled with nothing.
const ROOM: usize = 150;
/// Nothing, as mail programs count it: characters without width, and a space that is not collapsed.
const FILLER: &str = "&#847;&zwnj;&nbsp;";
/// How many of them stand on a line of the source.
const PER_LINE: usize = 12;
/// Hidden in each of the ways that some mail program needs.
const OPEN: &str = "<div style=\"display:none; max-height:0; max-width:0; overflow:hidden; \
                    opacity:0; font-size:1px; line-height:1px; mso-hide:all;\">";

/// The text of a preheader on one line; `None` if there is none.
pub(crate) fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The HTML with a preheader behind its `<body>`; without one, before all that could be seen.
pub(crate) fn with_preheader(html: &str, text: &str) -> String {
    let at = place(html);
    let (before, behind) = html.split_at_checked(at).unwrap_or((html, ""));
    let mut filler = String::new();
    for number in 0..ROOM.saturating_sub(text.chars().count()) / 2 {
        filler.push_str(if number % PER_LINE == 0 { "\n" } else { "" });
        filler.push_str(FILLER);
    }
    let line = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let next = behind.strip_prefix('\n').unwrap_or(behind);
    format!("{before}{line}{OPEN}{}{filler}</div>\n{next}", escaped(text))
}

/// Where the body begins.
fn place(html: &str) -> usize {
    let mut tokens = Tokens::new(html);
    let mut place = 0;
    while let Some((_, token)) = tokens.next() {
        match token {
            Token::Open { name, .. } if name.eq_ignore_ascii_case("body") => {
                return tokens.offset();
            }
            Token::Open { name, .. }
                if ["html", "head", "meta", "link", "base"]
                    .iter()
                    .any(|other| name.eq_ignore_ascii_case(other)) => {}
            Token::Close { name } if name.eq_ignore_ascii_case("head") => {}
            Token::Raw { .. } | Token::Comment => continue,
            Token::Text(text) if text.trim().is_empty() => continue,
            _ => return place,
        }
        place = tokens.offset();
    }
    place
}

#[cfg(test)]
mod tests {
    use super::{FILLER, OPEN, one_line, with_preheader};

    #[track_caller]
    fn check(html: &str, expected: &str) {
        let found = with_preheader(html, "A & B");
        let found = found.replace(&format!("\n{FILLER}"), "").replace(FILLER, "");
        assert_eq!(found.replace(OPEN, "["), expected);
    }

    #[test]
    fn it_stands_first_in_the_body() {
        check("<body class='x'>\n<p>Hi", "<body class='x'>\n[A &amp; B</div>\n<p>Hi");
        check("<p>Hi", "[A &amp; B</div>\n<p>Hi");
        check("", "[A &amp; B</div>\n");
        check("Hi <body>", "[A &amp; B</div>\nHi <body>");
        let head = "<!doctype html><html><head><style>p{}</style></head>";
        check(&format!("{head}<p>Hi"), &format!("{head}\n[A &amp; B</div>\n<p>Hi"));
        check("<!-- <body> --><body>Hi", "<!-- <body> --><body>\n[A &amp; B</div>\nHi");
        check("<script>'<body>'</script>Hi", "[A &amp; B</div>\n<script>'<body>'</script>Hi");
    }

    #[test]
    fn it_is_filled_up_with_nothing_and_is_no_text_of_the_mail() {
        let html = with_preheader("<body><p>Hi", "Short");
        assert_eq!(html.matches(FILLER).count(), 72);
        assert_eq!(with_preheader("", &"x".repeat(200)).matches(FILLER).count(), 0);
        assert_eq!(crate::html::from_html(&html), "Hi\n");
    }

    #[test]
    fn it_is_one_line() {
        assert_eq!(one_line(" one\n two\t"), Some("one two".to_owned()));
        assert_eq!(one_line(" \n"), None);
    }
}
