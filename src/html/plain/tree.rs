//! From tags to balanced events: what is open, what is hidden, which table holds data.
//!
//! There is no recursion and no search: for each kind of element the places
//! where it is open are known, so a closing tag costs what it closes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::element::{Sight, Tag};
use crate::html::{Attributes, Token, Tokens, decoded};

/// What the writer sees: each `Open` has its `Close`, and nothing is hidden.
#[derive(Debug)]
pub(super) enum Event<'a> {
    Text(Cow<'a, str>),
    /// `value` is the `href`, `alt`, `start` or `colspan`.
    Open {
        tag: Tag,
        value: Option<String>,
    },
    /// A table of data, whose rows are columns of text. It holds no other table.
    OpenData,
    Close(Tag),
    CloseData,
}

/// Longer text in a cell of a table without headers makes the table a layout.
const SHORT: usize = 60;

struct Element {
    tag: Tag,
    hidden: bool,
    no_size: bool,
}

/// What is known of an open table.
struct Table {
    event: usize,
    layout: bool,
    headers: bool,
    long: bool,
    /// Rows with several cells that hold text.
    wide_rows: usize,
    row: Row,
}

#[derive(Default)]
struct Row {
    cells: usize,
    longest: usize,
    /// Characters in the cell that is open.
    current: usize,
}

#[derive(Default)]
struct Tree<'a> {
    events: Vec<Event<'a>>,
    open: Vec<Element>,
    /// Where in `open` each kind stands, innermost last.
    places: BTreeMap<Tag, Vec<usize>>,
    /// Where in `open` elements stand that are not inline.
    blocks: Vec<usize>,
    tables: Vec<Table>,
}

/// The events of a document.
pub(super) fn events(html: &str) -> Vec<Event<'_>> {
    let mut tree = Tree::default();
    for (_, token) in Tokens::new(html) {
        match token {
            Token::Text(text) => tree.text(text),
            Token::Open { name, attributes } => {
                if let Some(tag) = Tag::named(name) {
                    tree.open(tag, attributes);
                }
            }
            Token::Close { name } => {
                if let Some(tag) = Tag::named(name) {
                    tree.close(tag);
                }
            }
            Token::Raw { .. } | Token::Comment => {}
        }
    }
    tree.close_down_to(0);
    tree.events
}

impl<'a> Tree<'a> {
    fn text(&mut self, text: &'a str) {
        let (hidden, no_size) = self.sight();
        if hidden || no_size {
            return;
        }
        let text = decoded(text, false);
        if let Some(table) = self.tables.last_mut() {
            table.row.current += text.split_whitespace().map(|word| word.len() + 1).sum::<usize>();
        }
        self.events.push(Event::Text(text));
    }

    fn sight(&self) -> (bool, bool) {
        self.open.last().map_or((false, false), |element| (element.hidden, element.no_size))
    }

    fn open(&mut self, tag: Tag, attributes: Attributes<'_>) {
        self.close_implied(tag);
        let (hidden, no_size) = self.sight();
        let sight = Sight::of(tag, attributes);
        let hidden = hidden || sight == Sight::Hidden;
        let no_size = sight == Sight::NoSize || no_size && sight != Sight::Size;
        if !hidden {
            self.note_in_table(tag, attributes);
            let value = match tag {
                Tag::Anchor => attributes.get("href"),
                Tag::Image => attributes.get("alt"),
                Tag::NumberedList => attributes.get("start"),
                Tag::Cell | Tag::HeaderCell => attributes.get("colspan"),
                _ => None,
            };
            self.events.push(Event::Open { tag, value });
        }
        if tag.has_no_content() {
            return;
        }
        let place = self.open.len();
        self.open.push(Element { tag, hidden, no_size });
        self.places.entry(tag).or_default().push(place);
        if !tag.is_inline() {
            self.blocks.push(place);
        }
    }

    /// Closes what cannot be open beside `tag`.
    fn close_implied(&mut self, tag: Tag) {
        if matches!(tag, Tag::Inline(_)) {
            return;
        }
        let table = self.innermost(&[Tag::Table]);
        let cell = self.innermost(&[Tag::Cell, Tag::HeaderCell]).max(table);
        let list = self.innermost(&[Tag::List, Tag::NumberedList]).max(cell);
        self.close_above(None, &[Tag::Head]);
        if !tag.is_inline() {
            self.close_above(cell, &[Tag::Paragraph]);
        }
        match tag {
            Tag::Anchor => self.close_above(cell, &[Tag::Anchor]),
            Tag::Item => self.close_above(list, &[Tag::Item]),
            Tag::Term | Tag::Definition => self.close_above(list, &[Tag::Term, Tag::Definition]),
            Tag::Cell | Tag::HeaderCell => self.close_above(table, &[Tag::Cell, Tag::HeaderCell]),
            Tag::Row => self.close_above(table, &[Tag::Cell, Tag::HeaderCell, Tag::Row]),
            Tag::Section => self.close_above(
                table,
                &[Tag::Cell, Tag::HeaderCell, Tag::Row, Tag::Section, Tag::Caption],
            ),
            _ => {}
        }
    }

    fn innermost(&self, tags: &[Tag]) -> Option<usize> {
        tags.iter().filter_map(|tag| self.places.get(tag)?.last().copied()).max()
    }

    /// Closes the outermost wanted element that is open above the barrier.
    fn close_above(&mut self, barrier: Option<usize>, tags: &[Tag]) {
        while let Some(place) = self.innermost(tags).filter(|place| Some(*place) > barrier) {
            self.close_down_to(place);
        }
    }

    fn close(&mut self, tag: Tag) {
        let barrier = match tag {
            Tag::Table => None,
            _ if tag.is_inline() => self.blocks.last().copied(),
            _ if tag.is_of_table() => self.innermost(&[Tag::Table]),
            _ => self.innermost(&[Tag::Table, Tag::Cell, Tag::HeaderCell]),
        };
        let open = match tag {
            // Any closing tag of a heading ends a heading.
            Tag::Heading(_) => [1, 2, 3].map(Tag::Heading),
            _ => [tag; 3],
        };
        match self.innermost(&open) {
            Some(place) if Some(place) > barrier => self.close_down_to(place),
            // A browser makes a line break of `</br>`.
            _ if tag == Tag::Break => self.events.push(Event::Open { tag, value: None }),
            _ => {}
        }
    }

    fn close_down_to(&mut self, place: usize) {
        while self.open.len() > place {
            let Some(element) = self.open.pop() else { return };
            if let Some(places) = self.places.get_mut(&element.tag) {
                places.pop();
            }
            if !element.tag.is_inline() {
                self.blocks.pop();
            }
            if !element.hidden {
                self.close_event(element.tag);
            }
        }
    }

    fn close_event(&mut self, tag: Tag) {
        let mut event = Event::Close(tag);
        if let Some(table) = self.tables.last_mut() {
            if tag.is_cell() {
                let length = std::mem::take(&mut table.row.current);
                table.row.cells += usize::from(length > 0);
                table.row.longest = table.row.longest.max(length);
            }
            if matches!(tag, Tag::Row | Tag::Table) {
                let row = std::mem::take(&mut table.row);
                table.wide_rows += usize::from(row.cells > 1);
                table.long |= row.cells > 1 && row.longest > SHORT;
            }
            if tag == Tag::Table {
                let data = !table.layout && table.wide_rows > 0 && (table.headers || !table.long);
                if let Some(open) = self.events.get_mut(table.event).filter(|_| data) {
                    *open = Event::OpenData;
                    event = Event::CloseData;
                }
                self.tables.pop();
            }
        }
        self.events.push(event);
    }

    fn note_in_table(&mut self, tag: Tag, attributes: Attributes<'_>) {
        if let Some(table) = self.tables.last_mut() {
            table.layout |= tag == Tag::Table || tag.is_no_data();
            table.headers |= tag == Tag::HeaderCell;
            match tag {
                Tag::Cell | Tag::HeaderCell => table.row.current = 0,
                Tag::Image => table.row.current += attributes.get("alt").map_or(0, |alt| alt.len()),
                _ => {}
            }
        }
        if tag == Tag::Table {
            let role = attributes.get("role").unwrap_or_default();
            self.tables.push(Table {
                event: self.events.len(),
                layout: matches!(role.trim(), "presentation" | "none"),
                headers: false,
                long: false,
                wide_rows: 0,
                row: Row::default(),
            });
        }
    }
}
