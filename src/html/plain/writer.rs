//! The writer: events to lines, with their prefixes, blank lines and footnotes.

use crate::html::fill;

use super::element::Tag;
use super::grid::Grid;
use super::link::{Footnotes, Target};
use super::tree::Event;

/// Where lines are wrapped.
const WIDTH: usize = 72;

/// Deeper quotations and lists are not indented further.
const WIDEST_PREFIX: usize = 32;

/// What parts the next line from the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    Line,
    Blank,
}

/// White space that is written once something follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Space {
    #[default]
    None,
    Plain,
    NoBreak(char),
}

struct Link {
    target: Target,
    /// Where its text begins in `line`.
    start: usize,
    marked: bool,
}

/// A list that is open.
struct List {
    /// The next number; `None` for bullets.
    next: Option<u32>,
}

#[derive(Default)]
pub(super) struct Writer {
    out: String,
    /// The paragraph so far; `\n` are its `<br>`.
    line: String,
    space: Space,
    gap: Gap,
    /// How much of the prefix a blank line keeps.
    gap_prefix: usize,
    prefix: String,
    /// The lengths of the prefix to go back to.
    prefixes: Vec<usize>,
    /// The mark of a list item, and where in the prefix it belongs.
    marker: Option<(usize, String)>,
    lists: Vec<List>,
    link: Option<Link>,
    footnotes: Footnotes,
    /// The underline of the next paragraph.
    underline: Option<&'static str>,
    preformatted: usize,
    grid: Option<Grid>,
    /// The open cell of the grid: whether it is a header, and its span.
    cell: Option<(bool, usize)>,
}

impl Writer {
    pub(super) fn write(mut self, events: Vec<Event<'_>>) -> String {
        for event in events {
            match event {
                Event::Text(text) => self.text(&text),
                Event::Open { tag, value } => self.open(tag, value.as_deref()),
                Event::Close(tag) => self.close(tag),
                Event::OpenData => {
                    self.block(Gap::Blank);
                    self.grid = Some(Grid::default());
                }
                Event::CloseData => self.close_data(),
            }
        }
        self.block(Gap::Blank);
        let footnotes = std::mem::take(&mut self.footnotes);
        for footnote in footnotes.lines() {
            self.push_line(&footnote);
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn open(&mut self, tag: Tag, value: Option<&str>) {
        match tag {
            Tag::Anchor => {
                let target = value.and_then(Target::of);
                let start = self.line.len();
                self.link = target.map(|target| Link { target, start, marked: false });
            }
            Tag::Break => self.line_break(),
            Tag::Image => self.text(value.unwrap_or_default()),
            Tag::Quote => self.text("\u{201c}"),
            Tag::Rule => {
                self.block(Gap::Blank);
                self.push_line(&"-".repeat(WIDTH - WIDEST_PREFIX));
                self.block(Gap::Blank);
            }
            Tag::Heading(level) => {
                self.block(Gap::Blank);
                self.underline = match level {
                    1 => Some("="),
                    2 => Some("-"),
                    _ => None,
                };
            }
            Tag::List | Tag::NumberedList => {
                self.block(self.list_gap());
                let first = value.and_then(|start| start.trim().parse().ok()).unwrap_or(1);
                self.lists.push(List { next: (tag == Tag::NumberedList).then_some(first) });
            }
            Tag::Item => self.open_item(),
            Tag::Definition => {
                self.block(Gap::Line);
                self.push_prefix("  ");
            }
            Tag::Quotation => {
                self.block(Gap::Blank);
                self.push_prefix("> ");
            }
            Tag::Preformatted => {
                self.block(Gap::Blank);
                self.preformatted += 1;
            }
            Tag::Cell | Tag::HeaderCell => {
                self.block(Gap::Line);
                let span = value.and_then(|span| span.trim().parse().ok()).unwrap_or(1);
                self.cell = self.grid.is_some().then_some((tag == Tag::HeaderCell, span));
            }
            Tag::Row => {
                self.block(self.row_gap());
                if let Some(grid) = &mut self.grid {
                    grid.begin_row();
                }
            }
            Tag::Paragraph | Tag::Table => self.block(Gap::Blank),
            Tag::Block(_) | Tag::Caption | Tag::Section | Tag::Term => self.block(Gap::Line),
            Tag::Head | Tag::Inline(_) | Tag::Never => {}
        }
    }

    fn close(&mut self, tag: Tag) {
        match tag {
            Tag::Anchor => {
                self.mark_link(true);
                self.link = None;
            }
            Tag::Quote => self.text("\u{201d}"),
            Tag::Heading(_) => {
                self.block(Gap::Blank);
                self.underline = None;
            }
            Tag::List | Tag::NumberedList => {
                self.block(Gap::Line);
                self.lists.pop();
                self.block(self.list_gap());
            }
            Tag::Item => {
                self.block(Gap::Line);
                self.marker = None;
                self.pop_prefix();
            }
            Tag::Definition => {
                self.block(Gap::Line);
                self.pop_prefix();
            }
            Tag::Quotation => {
                self.block(Gap::Blank);
                self.pop_prefix();
                self.block(Gap::Blank);
            }
            Tag::Preformatted => {
                self.block(Gap::Blank);
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            Tag::Cell | Tag::HeaderCell => self.close_cell(),
            Tag::Row => self.block(self.row_gap()),
            Tag::Paragraph | Tag::Table => self.block(Gap::Blank),
            Tag::Block(_) | Tag::Caption | Tag::Section | Tag::Term => self.block(Gap::Line),
            Tag::Break | Tag::Head | Tag::Image | Tag::Inline(_) | Tag::Never | Tag::Rule => {}
        }
    }

    /// Lists within lists follow without a blank line.
    fn list_gap(&self) -> Gap {
        if self.lists.is_empty() { Gap::Blank } else { Gap::Line }
    }

    /// Rows of a layout are paragraphs of their own.
    fn row_gap(&self) -> Gap {
        if self.grid.is_some() { Gap::Line } else { Gap::Blank }
    }

    fn open_item(&mut self) {
        self.block(Gap::Line);
        let number = self.lists.last_mut().and_then(|list| {
            let number = list.next?;
            list.next = Some(number.saturating_add(1));
            Some(number)
        });
        let marker = number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "));
        let at = self.prefix.len();
        self.push_prefix(&" ".repeat(marker.len()));
        self.marker = Some((at, marker));
    }

    fn push_prefix(&mut self, text: &str) {
        self.prefixes.push(self.prefix.len());
        if self.prefix.len() + text.len() <= WIDEST_PREFIX {
            self.prefix.push_str(text);
        }
    }

    fn pop_prefix(&mut self) {
        if let Some(length) = self.prefixes.pop() {
            self.prefix.truncate(length);
            self.gap_prefix = self.gap_prefix.min(length);
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\n' | '\t' if self.preformatted > 0 => self.line.push(character),
                '\u{a0}' | '\u{202f}' if self.preformatted == 0 => {
                    self.space = match self.space {
                        Space::None => Space::NoBreak(character),
                        _ => Space::Plain,
                    };
                    self.drop_joiners();
                }
                ' ' if self.preformatted > 0 => self.line.push(' '),
                _ if character.is_whitespace() => {
                    self.space = Space::Plain;
                    self.drop_joiners();
                }
                // Padding of preview texts, and hints where to break a word.
                '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => {}
                // A joiner is only one between two characters.
                '\u{200c}' | '\u{200d}' if self.space != Space::None || self.at_line_start() => {}
                _ if character.is_control() => {}
                _ => {
                    self.write_space();
                    self.line.push(character);
                }
            }
        }
    }

    fn at_line_start(&self) -> bool {
        self.line.is_empty() || self.line.ends_with('\n')
    }

    fn write_space(&mut self) {
        let space = std::mem::take(&mut self.space);
        if !self.at_line_start() {
            match space {
                Space::None => {}
                Space::Plain => self.line.push(' '),
                Space::NoBreak(space) => self.line.push(space),
            }
        }
    }

    fn drop_joiners(&mut self) {
        let kept = self.line.trim_end_matches(['\u{200c}', '\u{200d}']).len();
        self.line.truncate(kept);
    }

    fn line_break(&mut self) {
        self.space = Space::None;
        if self.line.is_empty() && self.cell.is_none() && self.preformatted == 0 {
            self.widen(Gap::Blank);
        } else {
            self.drop_joiners();
            self.line.push('\n');
        }
    }

    /// Ends the paragraph, so that what follows is parted by at least this gap.
    fn block(&mut self, gap: Gap) {
        self.space = Space::None;
        if self.cell.is_some() {
            if !self.at_line_start() {
                self.line.push('\n');
            }
            return;
        }
        self.flush();
        self.widen(gap);
    }

    fn widen(&mut self, gap: Gap) {
        self.gap_prefix = self.gap_prefix.min(self.prefix.len());
        // Nothing parts the mark of an item from its text.
        if self.marker.is_none() {
            self.gap = self.gap.max(gap);
        }
    }

    fn flush(&mut self) {
        self.drop_joiners();
        self.mark_link(false);
        let paragraph = std::mem::take(&mut self.line);
        if let Some(link) = &mut self.link {
            link.start = 0;
        }
        if paragraph.trim().is_empty() {
            return;
        }
        let underline = self.underline.take();
        let mut widest = 0;
        let paragraph = paragraph.trim_matches('\n').trim_end();
        for line in paragraph.split('\n') {
            if self.preformatted > 0 {
                self.push_line(line);
                continue;
            }
            for line in fill(line, WIDTH, self.prefix.chars().count()) {
                widest = widest.max(line.chars().count());
                self.push_line(line);
            }
        }
        if let Some(underline) = underline {
            self.push_line(&underline.repeat(widest.min(WIDTH)));
        }
    }

    /// Writes one line; an empty one becomes the blank before the next.
    fn push_line(&mut self, line: &str) {
        let line = line.trim_end();
        if line.is_empty() {
            self.widen(Gap::Blank);
            return;
        }
        if !self.out.is_empty() {
            self.out.push('\n');
            if self.gap == Gap::Blank {
                let kept = self.prefix.get(..self.gap_prefix).unwrap_or_default();
                self.out.push_str(kept.trim_end());
                self.out.push('\n');
            }
        }
        self.gap = Gap::Line;
        self.gap_prefix = self.prefix.len();
        match self.marker.take() {
            Some((at, marker)) => {
                self.out.push_str(self.prefix.get(..at).unwrap_or_default());
                self.out.push_str(&marker);
                self.out.push_str(self.prefix.get(at + marker.len()..).unwrap_or_default());
            }
            None => self.out.push_str(&self.prefix),
        }
        self.out.push_str(line);
    }

    /// Writes where the open link leads, once, behind its text.
    fn mark_link(&mut self, at_end: bool) {
        let Some(link) = self.link.as_mut().filter(|link| !link.marked) else { return };
        let text = self.line.get(link.start..).unwrap_or_default().trim();
        if text.is_empty() && !at_end {
            return;
        }
        link.marked = true;
        if link.target.is_said_by(text) {
            return;
        }
        let kept = self.line.trim_end_matches('\n').len();
        let breaks = self.line.split_off(kept.max(link.start));
        let (empty, target) = (text_is_empty(&self.line, link.start), link.target.clone());
        let mark = match target {
            Target::Url(url) => format!("[{}]", self.footnotes.number(&url)),
            Target::Address(address) if empty => address,
            Target::Address(address) => format!("({address})"),
        };
        if empty {
            self.write_space();
        } else {
            self.line.push(' ');
        }
        self.line.push_str(&mark);
        self.line.push_str(&breaks);
    }

    fn close_cell(&mut self) {
        let Some((header, span)) = self.cell.take() else {
            self.block(Gap::Line);
            return;
        };
        self.drop_joiners();
        self.space = Space::None;
        self.mark_link(false);
        let text = std::mem::take(&mut self.line);
        if let Some(link) = &mut self.link {
            link.start = 0;
        }
        if let Some(grid) = &mut self.grid {
            grid.push(&text, header, span);
        }
    }

    fn close_data(&mut self) {
        self.cell = None;
        self.block(Gap::Blank);
        let Some(grid) = self.grid.take() else { return };
        let indent = self.prefix.chars().count();
        for line in grid.lines(WIDTH - indent) {
            if line.trim_end().chars().count() + indent <= WIDTH {
                self.push_line(&line);
                continue;
            }
            for (index, part) in fill(&line, WIDTH, indent + 2).into_iter().enumerate() {
                let indented = if index == 0 { part.to_owned() } else { format!("  {part}") };
                self.push_line(&indented);
            }
        }
        self.widen(Gap::Blank);
    }
}

fn text_is_empty(line: &str, start: usize) -> bool {
    line.get(start..).unwrap_or_default().trim().is_empty()
}
