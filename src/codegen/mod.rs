//! Code for callers: calls that the compiler checks, schemas, and typed clients of the HTTP API.
//!
//! A call by name fails when it runs: at a misspelt argument, at a missing one, at one of another
//! type. A generated call does not compile. It is made from the declarations alone; what a method
//! says and to whom stays in its files, and can be reloaded while the program runs.
//!
//! # In a program
//!
//! Add this crate to `[build-dependencies]` as well (`default-features = false`), and write
//! `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), mailmethod::codegen::BuildError> {
//!     mailmethod::codegen::build("templates")
//! }
//! ```
//!
//! Then `mod mails { mailmethod::include_methods!(); }` holds a module for each folder and a struct
//! for each method, which every verb of a host takes:
//!
//! ```ignore
//! use mails::account::{Welcome, welcome::Plan};
//!
//! host.send(&Welcome { plan: Some(Plan::Team), ..Welcome::new("Ada", address) }).await?;
//! host.send(&Welcome::new("Ada", address).call().locale("de")).await?;
//! ```
//!
//! `mailmethod codegen -o src/mails.rs` writes the same into a file, and `--check` tells whether
//! it is stale; then there is no build script. The example crate `examples/typed` shows the whole.
//!
//! - An argument keeps its name; a keyword is written raw (`r#type`), or with an underscore behind it
//!   (`crate_`). Its type is in [`types`].
//! - What must be given is a plain field and a parameter of `new`. What may be left out is an
//!   `Option`: without it the method's own default counts, also one that changes later.
//! - The records and enums of a method `orders/confirmation` are in the module
//!   `orders::confirmation`, named after their arguments, a list's after one of its items:
//!   `customer` is a `Customer`, `lines` are of `Line`.
//! - Names of one folder that would be the same in Rust (`a-b` and `a_b`) are spelled out
//!   (`a_2d_b`, `a_5f_b`).
//! - A secret is in no `Debug` output.
//!
//! ```
//! use mailmethod::MailMethods;
//! use mailmethod::codegen::{Language, generate};
//!
//! let methods = MailMethods::from_embedded([(
//!     "account/hello.yaml",
//!     "arguments: {name: string}\nheaders: {to: a@x.test, from: b@x.test}\ntext: Hi",
//! )])?;
//! let code = generate(&methods, Language::Rust);
//! assert!(code.contains("pub mod account {"));
//! assert!(code.contains("    pub struct Hello {"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In other languages
//!
//! [`fn@schema`] describes the arguments of a method in JSON Schema; [`Language::TypeScript`] and
//! [`Language::Python`] are clients of the HTTP API, whose shapes are in [`api`].

pub mod api;
mod inner;
mod names;
mod pattern;
mod prose;
mod python;
mod rust;
mod schema;
mod script;
pub mod types;
mod typescript;
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
    /// A client of the HTTP API for browsers and Node.js: one file, no dependency.
    TypeScript,
    /// A client of the HTTP API for Python 3.10 and later: one file, no dependency.
    Python,
}

/// Writes the code for all methods: the same text for the same declarations.
#[must_use]
pub fn generate(methods: &MailMethods, language: Language) -> String {
    match language {
        Language::Rust => rust::generate(methods),
        Language::TypeScript => typescript::generate(methods),
        Language::Python => python::generate(methods),
    }
}
