//! The pages of the queue: its views, and what is done to many mails at once.

mod bulk;
mod list;
mod row;
mod search;

pub(super) use bulk::bulk;
pub(super) use list::{is_dangerous, label, list, rows, to_first};
pub(super) use row::{Row, action_permission, reply, state_label};
pub(super) use search::Search;
