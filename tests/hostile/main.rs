//! A hostile eye on queue and mailer: what hangs, breaks off, lies, comes late, or stands in the
//! way must cost no other mail, and nothing of it may be lost or unseen.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/puppet.rs"]
mod puppet;
#[path = "../support/queue.rs"]
mod support;
#[path = "../support/working.rs"]
mod working;

mod lanes;
mod locks;
mod stores;
mod words;

use std::time::Duration;

use mailmethod::mailer::MailerSettings;
use mailmethod::queue::{EntryId, NewEntry, State, Store};
use support::{World, entry};
use working::{Working, bulk, count, drained, state, until};

pub(crate) use working::on_both;
