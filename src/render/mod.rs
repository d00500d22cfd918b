#![doc = include_str!("templates.md")]

mod assets;
mod catalogue;
mod coverage;
mod engine;
mod filters;
mod format;
mod functions;
mod html;
mod path;
mod phrase;
mod place;
mod preheader;
mod scan;
mod scope;
mod settings;
mod syntax;
mod value;

pub(crate) use assets::{Asset, Assets};
pub(crate) use catalogue::{Catalogue, Translation, fallback_chain, placeholders};
pub(crate) use coverage::{Branch, Reached};
pub(crate) use engine::{
    Engine, Origin, Printed, RenderError, Source, mixed, tags_of, unknown_name,
};
pub(crate) use filters::{NAMES as FILTERS, TESTS};
pub(crate) use functions::NAMES as FUNCTIONS;
pub(crate) use path::{is_html, resolve, resolve_beside};
pub(crate) use place::{Fenced, Place, fenced, inline_name, is_plain};
pub(crate) use preheader::{one_line, with_preheader};
pub(crate) use scan::{Role, Scanned, Tag, bound_names, mentions, references};
pub(crate) use scope::{Root, Scope};
pub use settings::{Limits, Settings};
pub(crate) use syntax::{Argument, Expression, Statement, Syntax, What, Word, parse};
pub(crate) use value::Shape;
pub use value::Value;
