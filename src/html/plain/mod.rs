//! A readable text part from an HTML mail.
//!
//! Not a browser: no style sheet is applied, only what an element says itself.
//! Time and output are linear in the input, whatever it holds.

mod element;
mod grid;
mod link;
mod tree;
mod writer;

pub(crate) use link::percent_decoded;

#[cfg(test)]
mod tests;

/// The text of an HTML mail, for the part that stands beside it.
///
/// Lines are wrapped at 72 characters and end with LF; nothing to read is an
/// empty text. Links become footnotes `[1]`, lists and quotations keep their
/// marks, headings are underlined, tables of data become columns, or lines
/// `Header: value` where they are too wide; tables that lay out the page flow.
/// Hidden elements (preview texts, parts for one mail program only) are left out.
pub(crate) fn from_html(html: &str) -> String {
    writer::Writer::default().write(tree::events(html))
}
