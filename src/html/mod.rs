//! HTML as mail programs read it: its tags, their attributes, and the text that a reader sees.
//!
//! Not a browser: no tree is built, no script runs, no style sheet is applied,
//! and nothing is fetched. Whatever the input holds, time and memory are linear
//! in its length.

mod entity;
mod fill;
mod plain;
mod token;

pub(crate) use entity::decoded;
pub(crate) use fill::fill;
pub(crate) use plain::{from_html, percent_decoded};
pub(crate) use token::{Attributes, Token, Tokens};
