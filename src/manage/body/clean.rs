//! The copy of a mail's HTML that is shown: links open elsewhere, nothing is looked up or connected
//! to ahead.
//!
//! It changes text, not a tree: a parser of ours would read some tag otherwise than
//! the browser does, while a tag can begin in no other way than with its name.

use base64::Engine as _;

/// How many octets of inline images are put into the page.
const IMAGES: usize = 8 * 1_024 * 1_024;

/// A part of a mail that its HTML shows.
#[derive(Clone, Copy, Debug)]
pub(in crate::manage) struct Inline<'p> {
    pub(in crate::manage) content_id: &'p str,
    pub(in crate::manage) content_type: &'p str,
    pub(in crate::manage) content: &'p [u8],
}

/// What takes the place of the beginning of a tag, or of an attribute's name.
const RENAMED: [(&str, &str, bool); 11] = [
    ("<link", "<x-link", true),
    ("<base", "<x-base", true),
    // A browser connects to where a frame leads before it asks the policy whether it may.
    ("<iframe", "<x-iframe", true),
    ("<frame", "<x-frame", true),
    ("<fencedframe", "<x-fencedframe", true),
    ("<portal", "<x-portal", true),
    ("<object", "<x-object", true),
    ("<embed", "<x-embed", true),
    ("<a", "<a target=\"_blank\" rel=\"noopener noreferrer\"", true),
    ("<area", "<area target=\"_blank\" rel=\"noopener noreferrer\"", true),
    ("http-equiv", "data-was", false),
];

/// The HTML as a frame shows it.
pub(super) fn cleaned(html: &str, inline: &[Inline<'_>]) -> String {
    let html = with_images(html, inline);
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html.as_str();
    while let Some(at) = rest.find(['<', 'h', 'H']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let found = RENAMED.iter().find(|(name, _, tag)| begins(from, name, *tag));
        let taken = match found {
            Some((name, new, _)) => {
                out.push_str(new);
                name.len()
            }
            None => {
                let first = from.chars().next().unwrap_or('<');
                out.push(first);
                first.len_utf8()
            }
        };
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Whether a text begins with a name, however spelled; a tag's name ends there.
fn begins(text: &str, name: &str, tag: bool) -> bool {
    let Some(start) = text.get(..name.len()) else { return false };
    if !start.eq_ignore_ascii_case(name) {
        return false;
    }
    let next = text.get(name.len()..).and_then(|rest| rest.chars().next());
    !tag || next.is_none_or(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
}

/// The HTML with its inline images in it, because a frame without an origin has no cookie to fetch
/// them with.
fn with_images(html: &str, inline: &[Inline<'_>]) -> String {
    let mut html = html.to_owned();
    let mut room = IMAGES;
    for part in inline {
        let name = format!("cid:{}", part.content_id);
        let image = part.content_type.starts_with("image/");
        if part.content_id.is_empty() || !image || !html.contains(&name) {
            continue;
        }
        let uses = html.matches(&name).count();
        let Some(left) = room.checked_sub(part.content.len().saturating_mul(uses)) else {
            continue;
        };
        room = left;
        let content = base64::engine::general_purpose::STANDARD.encode(part.content);
        html = html.replace(&name, &format!("data:{};base64,{content}", part.content_type));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{Inline, cleaned};

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(cleaned(html, &[]), expected);
    }

    #[test]
    fn what_is_looked_up_ahead_is_no_tag_any_more() {
        check("<LINK rel=dns-prefetch>", "<x-link rel=dns-prefetch>");
        check("<base\nhref=x><basefont>", "<x-base\nhref=x><basefont>");
        check("<meta HTTP-Equiv=refresh>", "<meta data-was=refresh>");
        check("<link", "<x-link");
        check("<iFrame src=x>y</iframe><frame/>", "<x-iframe src=x>y</iframe><x-frame/>");
        check("<frameset><object\tdata=x>", "<frameset><x-object\tdata=x>");
        check("<embed src=x><embedded>", "<x-embed src=x><embedded>");
    }

    #[test]
    fn links_open_elsewhere() {
        let link = "<a target=\"_blank\" rel=\"noopener noreferrer\"";
        check("<a href=x target=_top>", &format!("{link} href=x target=_top>"));
        check("<A>", &format!("{link}>"));
        check("<abbr><address>", "<abbr><address>");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for html in ["", "<", "höhe < 1 & http://x", "<p>Grüße</p><!-- <x> -->"] {
            check(html, html);
        }
    }

    #[test]
    fn inline_images_are_put_in() {
        let part = Inline { content_id: "a@x", content_type: "image/png", content: b"png" };
        let script = Inline { content_id: "b@x", content_type: "text/html", content: b"x" };
        let html = cleaned("<img src=cid:a@x><img src=cid:b@x>", &[part, script]);
        assert_eq!(html, "<img src=data:image/png;base64,cG5n><img src=cid:b@x>");
    }
}
