//! The pages of one mail: its timeline with the reason for its state, what is sent, and what can be
//! done about it.

mod action;
mod content;
mod page;
mod timeline;

pub(super) use action::act;
pub(super) use content::part;
pub(super) use page::{mail, tab};
