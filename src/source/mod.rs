//! The source: where a text came from, and what was found wrong in it.
//!
//! A [`Finding`] is one thing that a person should mend: its place, the line, a
//! caret, and the nearest right word. Errors in YAML, templates, arguments and
//! goldens are all findings, so they look the same everywhere.

mod finding;
mod nearest;
mod position;
mod reader;
mod yaml;

pub use finding::{Finding, Findings, Location, Severity};
pub use nearest::nearest;
pub(crate) use position::position;
pub(crate) use reader::{Reader, kind};
pub(crate) use yaml::{Document, Node, Part, Path};
