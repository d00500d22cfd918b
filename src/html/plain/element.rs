//! Which elements there are, and which of them a reader does not see.

use crate::html::Attributes;

/// An element by its name, as far as the text depends on it.
///
/// `Block` and `Inline` carry a place in a list of names, so that a closing tag
/// meets the opening tag of its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tag {
    Anchor,
    Block(usize),
    Break,
    Caption,
    Cell,
    Definition,
    Head,
    HeaderCell,
    Heading(u8),
    Image,
    Inline(usize),
    Item,
    NumberedList,
    List,
    Never,
    Paragraph,
    Preformatted,
    Quotation,
    Quote,
    Row,
    Rule,
    Section,
    Table,
    Term,
}

const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "body",
    "center",
    "details",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hgroup",
    "html",
    "legend",
    "main",
    "menu",
    "nav",
    "section",
    "summary",
];

const INLINES: &[&str] = &[
    "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var",
];

/// Elements without content, of which nothing is shown.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "col", "embed", "frame", "input", "link", "meta",
    "param", "source", "track", "wbr",
];

/// Elements whose content is not to be read.
const NEVER: &[&str] = &["canvas", "datalist", "map", "select", "svg", "template"];

impl Tag {
    /// The element with this name; `None` is one without content or effect.
    pub(super) fn named(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let name = lower.as_str();
        let place = |names: &[&str]| names.iter().position(|other| *other == name);
        Some(match name {
            "a" => Self::Anchor,
            "blockquote" => Self::Quotation,
            "br" => Self::Break,
            "caption" => Self::Caption,
            "dd" => Self::Definition,
            "dt" => Self::Term,
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" | "h4" | "h5" | "h6" => Self::Heading(3),
            "head" => Self::Head,
            "hr" => Self::Rule,
            "img" | "image" => Self::Image,
            "li" => Self::Item,
            "ol" => Self::NumberedList,
            "p" => Self::Paragraph,
            "pre" | "listing" => Self::Preformatted,
            "q" => Self::Quote,
            "table" => Self::Table,
            "tbody" | "thead" | "tfoot" | "colgroup" => Self::Section,
            "td" => Self::Cell,
            "th" => Self::HeaderCell,
            "tr" => Self::Row,
            "ul" => Self::List,
            _ if VOID.contains(&name) => return None,
            _ if NEVER.contains(&name) => Self::Never,
            _ => match place(BLOCKS) {
                Some(place) => Self::Block(place),
                None => Self::Inline(place(INLINES).unwrap_or(usize::MAX)),
            },
        })
    }

    pub(super) fn has_no_content(self) -> bool {
        matches!(self, Self::Break | Self::Image | Self::Rule)
    }

    /// Whether it stands in the flow of a line.
    pub(super) fn is_inline(self) -> bool {
        matches!(
            self,
            Self::Anchor | Self::Break | Self::Image | Self::Inline(_) | Self::Never | Self::Quote
        )
    }

    pub(super) fn is_cell(self) -> bool {
        matches!(self, Self::Cell | Self::HeaderCell)
    }

    /// Whether it is a part of a table, which only ends with this table.
    pub(super) fn is_of_table(self) -> bool {
        self.is_cell() || matches!(self, Self::Caption | Self::Row | Self::Section)
    }

    /// Whether a table with this in a cell lays out a page.
    pub(super) fn is_no_data(self) -> bool {
        matches!(
            self,
            Self::Heading(_)
                | Self::List
                | Self::NumberedList
                | Self::Preformatted
                | Self::Quotation
                | Self::Rule
        )
    }
}

/// What an element says about being seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Unsaid,
    /// It and all that is in it is hidden.
    Hidden,
    /// Its text has no size, unless an element within gives it one.
    NoSize,
    /// Its text has a size.
    Size,
}

impl Sight {
    pub(super) fn of(tag: Tag, attributes: Attributes<'_>) -> Self {
        if matches!(tag, Tag::Never | Tag::Head) || attributes.get("hidden").is_some() {
            return Self::Hidden;
        }
        let mut sight = Self::Unsaid;
        let style = attributes.get("style").unwrap_or_default().to_ascii_lowercase();
        for declaration in style.split(';') {
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let value = value.replace("!important", "");
            match (property.trim(), value.trim()) {
                ("display", "none") | ("mso-hide", "all") | ("visibility", "hidden") => {
                    return Self::Hidden;
                }
                ("max-height" | "opacity", value) if is_zero(value) => return Self::Hidden,
                ("font-size", value) if is_zero(value) => sight = Self::NoSize,
                ("font-size", _) => sight = Self::Size,
                ("font", value) => {
                    let size = |part: &str| part.split('/').next().is_some_and(is_zero);
                    let zero = value.split(' ').any(size);
                    sight = if zero { Self::NoSize } else { Self::Size };
                }
                _ => {}
            }
        }
        sight
    }
}

/// `0`, `0px`, `0.0em`, `0%`.
fn is_zero(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    number.parse::<f64>().is_ok_and(|number| number == 0.0)
}
