//! Code for callers: calls that the compiler checks, schemas, and typed clients of the HTTP API.

mod inner;
mod names;
mod pattern;
mod prose;
mod rust;
mod schema;
mod script;
pub mod types;
mod word;
mod writer;

pub use schema::{schema, schemas};
pub use script::{BuildError, build};
pub use word::UnknownWord;

use crate::method::MailMethods;

/// A language that code is generated in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// Structs that are calls, for a program that links this crate.
    Rust,
}

/// Writes the code for all methods: the same text for the same declarations.
#[must_use]
pub fn generate(methods: &MailMethods, language: Language) -> String {
    match language {
        Language::Rust => rust::generate(methods),
    }
}
