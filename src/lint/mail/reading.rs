//! The reading: what the HTML of a mail holds, read once.

use std::borrow::Cow;
use std::ops::Range;

use crate::html::{Attributes, Token, Tokens, decoded};

/// The tags, links and styles of an HTML body.
pub(super) struct Reading<'m> {
    pub(super) html: &'m str,
    pub(super) elements: Vec<Element<'m>>,
    pub(super) links: Vec<Link>,
    pub(super) styles: Vec<Style<'m>>,
    /// The text that readers see, in pieces, with its character references resolved.
    pub(super) visible: Vec<Cow<'m, str>>,
    /// The first braces of a template outside of styles, which end in such as well.
    pub(super) braces: Option<usize>,
}

/// An opening tag.
pub(super) struct Element<'m> {
    pub(super) name: &'m str,
    pub(super) range: Range<usize>,
    pub(super) attributes: Attributes<'m>,
    /// Where in the links it stands in one.
    pub(super) link: Option<usize>,
}

impl Element<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// An anchor with a target.
pub(super) struct Link {
    pub(super) href: String,
    /// Where the target stands, or the tag if it is empty.
    pub(super) range: Range<usize>,
    /// Whether it has words that can be read.
    pub(super) has_text: bool,
}

/// Declarations of CSS, or a sheet of them.
pub(super) struct Style<'m> {
    pub(super) css: &'m str,
    /// Where it begins in the HTML.
    pub(super) at: usize,
    pub(super) is_sheet: bool,
}

impl<'m> Reading<'m> {
    pub(super) fn new(html: &'m str) -> Self {
        let (elements, links, styles) = (Vec::new(), Vec::new(), Vec::new());
        let mut reading = Self { html, elements, links, styles, visible: Vec::new(), braces: None };
        let mut tokens = Tokens::new(html);
        let mut open: Option<usize> = None;
        let mut hidden: Option<Hidden<'_>> = None;
        while let Some((at, token)) = tokens.next() {
            if reading.braces.is_none() && !matches!(token, Token::Raw { .. } | Token::Comment) {
                let part = html.get(at..tokens.offset()).unwrap_or_default();
                reading.braces = braces(part).map(|found| at + found);
            }
            match token {
                Token::Open { name, attributes } => {
                    let range = at..tokens.offset();
                    reading.element(name, range, attributes, &mut open);
                    match &mut hidden {
                        Some(hidden) => hidden.open(name),
                        None => hidden = reading.hides(name),
                    }
                }
                Token::Raw { name, attributes, content } => {
                    let tag = reading.offset(content);
                    if name.eq_ignore_ascii_case("style") {
                        reading.styles.push(Style { css: content, at: tag, is_sheet: true });
                    }
                    reading.element(name, at..tag, attributes, &mut None);
                }
                Token::Close { name } => {
                    if name.eq_ignore_ascii_case("a") {
                        open = None;
                    }
                    hidden = hidden.and_then(|hidden| hidden.close(name));
                }
                Token::Text(_) if hidden.is_some() && open.is_none() => {}
                Token::Text(text) => {
                    let text = decoded(text, false);
                    if text.trim_start().is_empty() {
                        continue;
                    }
                    if let Some(link) = open.and_then(|link| reading.links.get_mut(link)) {
                        link.has_text = true;
                    }
                    if hidden.is_none() {
                        reading.visible.push(text);
                    }
                }
                Token::Comment => {}
            }
        }
        reading
    }

    fn element(
        &mut self,
        name: &'m str,
        range: Range<usize>,
        attributes: Attributes<'m>,
        open: &mut Option<usize>,
    ) {
        if name.eq_ignore_ascii_case("a") {
            *open = None;
            if let Some((value, href)) = self.value(attributes, "href") {
                let range = if value.is_empty() { range.clone() } else { value };
                *open = Some(self.links.len());
                self.links.push(Link { href, range, has_text: false });
            }
        }
        let style = attributes.pairs().find(|(name, _)| name.eq_ignore_ascii_case("style"));
        if let Some((_, css)) = style {
            self.styles.push(Style { css, at: self.offset(css), is_sheet: false });
        }
        self.elements.push(Element { name, range, attributes, link: *open });
    }

    /// Whether the last element that was read hides what is in it.
    fn hides(&self, name: &'m str) -> Option<Hidden<'m>> {
        let start = self.elements.last()?.range.start;
        let style = self.styles.last().filter(|style| !style.is_sheet && style.at > start)?;
        let mut declarations = style.css.split(';').filter_map(|one| one.split_once(':'));
        let hides = declarations.any(|(property, value)| {
            let value = value.trim_start().get(..4).unwrap_or_default();
            property.trim().eq_ignore_ascii_case("display") && value.eq_ignore_ascii_case("none")
        });
        hides.then_some(Hidden { name, depth: 1 })
    }

    /// The value of an attribute: where it stands, and what it is.
    pub(super) fn value(
        &self,
        attributes: Attributes<'m>,
        wanted: &str,
    ) -> Option<(Range<usize>, String)> {
        let (_, value) = attributes.pairs().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        let start = self.offset(value);
        Some((start..start + value.len(), decoded(value, true).into_owned()))
    }

    /// Where a part of the HTML begins in it.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr().addr().saturating_sub(self.html.as_ptr().addr())).min(self.html.len())
    }
}

/// An element that hides what is in it, and how many of its name are open.
struct Hidden<'m> {
    name: &'m str,
    depth: usize,
}

impl Hidden<'_> {
    fn open(&mut self, name: &str) {
        self.depth += usize::from(name.eq_ignore_ascii_case(self.name));
    }

    /// What is hidden behind a closing tag.
    fn close(mut self, name: &str) -> Option<Self> {
        self.depth -= usize::from(name.eq_ignore_ascii_case(self.name));
        (self.depth > 0).then_some(self)
    }
}

/// Where the first braces of a template stand in a text.
pub(super) fn braces(text: &str) -> Option<usize> {
    // One pass without a branch in it, and nothing more for most texts.
    let is_sign = |octet: u8| matches!(octet, b'{' | b'}' | b'%');
    if !text.bytes().fold(false, |any, octet| any | is_sign(octet)) {
        return None;
    }
    let pairs = text.as_bytes().windows(2);
    let is_brace = |pair: &[u8]| matches!(pair, b"{{" | b"}}" | b"{%" | b"%}");
    pairs.into_iter().position(is_brace)
}

#[cfg(test)]
mod tests {
    use super::Reading;

    #[test]
    fn what_is_hidden_is_not_visible() {
        let html = "a<div style='x:y; DISPLAY : none !important'>b<div>c</div>d</div>&amp;e \n<p> <b style='display:block'>f</b>";
        let visible = Reading::new(html).visible;
        assert_eq!(visible, ["a", "&e \n", "f"]);
        assert_eq!(Reading::new("a<p style=display:none>b").visible, ["a"]);
    }

    #[test]
    fn tags_links_and_styles_are_found_with_their_places() {
        let html = "<style>p{}</style><p STYLE='a:b'>x<a href=\"/x&amp;y\"> <b>y</b></a>\
                    <A HREF=''><img></A>z<a name=q>w</a>";
        let reading = Reading::new(html);
        let names: Vec<&str> = reading.elements.iter().map(|e| e.name).collect();
        assert_eq!(names, ["style", "p", "a", "b", "A", "img", "a"]);
        let links: Vec<_> = reading
            .links
            .iter()
            .map(|link| (link.href.as_str(), html.get(link.range.clone()).unwrap(), link.has_text))
            .collect();
        assert_eq!(links, [("/x&y", "/x&amp;y", true), ("", "<A HREF=''>", false)]);
        assert_eq!(reading.elements[5].link, Some(1));
        let styles: Vec<_> = reading.styles.iter().map(|s| (s.css, s.at, s.is_sheet)).collect();
        assert_eq!(styles, [("p{}", 7, true), ("a:b", 28, false)]);
    }
}
