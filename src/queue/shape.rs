//! The shape: an entry as JSON, the same on the command line and in the API.
//!
//! Names and order are a promise; what is added later is added behind.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::{Delivery, Detail, EntryId, Event, LastReply, RecipientKind, RecipientState, Summary};

/// Words and ids are written as people read them.
macro_rules! as_text {
    ($($name:ty)+) => {
        $(impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        })+
    };
}

as_text!(EntryId Delivery RecipientKind super::State super::View);

impl Serialize for LastReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("enhanced", &self.enhanced)?;
        map.serialize_entry("text", &self.text)?;
        map.serialize_entry("phase", &self.phase)?;
        map.serialize_entry("at", &self.at)?;
        map.end()
    }
}

impl Serialize for RecipientState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("address", &self.address)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("outcome", &self.outcome)?;
        map.end()
    }
}

/// A recipient with what was said about it.
struct Replied<'a>(&'a RecipientState);

impl Serialize for Replied<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("address", &self.0.address)?;
        map.serialize_entry("kind", &self.0.kind)?;
        map.serialize_entry("outcome", &self.0.outcome)?;
        map.serialize_entry("reply", &self.0.reply)?;
        map.end()
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("at", &self.at)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("actor", &self.actor)?;
        map.serialize_entry("detail", &json(Some(&self.detail)))?;
        map.end()
    }
}

/// Stored JSON as the JSON that it is.
fn json(text: Option<&str>) -> Option<Value> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

impl Serialize for Summary {
    /// `{"id","state","view","method","to":[…],"subject","attempts","due","last":{…}|null,
    /// "recipients":[{"address","kind","outcome"}],"message_id","key"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        head(self, &mut map)?;
        map.serialize_entry("recipients", &self.recipients)?;
        foot(self, &mut map)?;
        map.end()
    }
}

fn head<M: SerializeMap>(summary: &Summary, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("id", &summary.id)?;
    map.serialize_entry("state", &summary.state)?;
    map.serialize_entry("view", &summary.view)?;
    map.serialize_entry("method", &summary.method)?;
    map.serialize_entry("to", &summary.to())?;
    map.serialize_entry("subject", &summary.subject)?;
    map.serialize_entry("attempts", &summary.attempts)?;
    map.serialize_entry("due", &summary.due_at)?;
    map.serialize_entry("last", &summary.last)
}

fn foot<M: SerializeMap>(summary: &Summary, map: &mut M) -> Result<(), M::Error> {
    let message_id = Some(&summary.message_id).filter(|id| !id.is_empty());
    map.serialize_entry("message_id", &message_id)?;
    map.serialize_entry("key", &summary.key)
}

impl Summary {
    /// The addresses of those whom the header `To` names, in order.
    #[must_use]
    pub fn to(&self) -> Vec<&str> {
        let to = self.recipients.iter().filter(|one| one.kind == RecipientKind::To);
        to.map(|one| one.address.as_str()).collect()
    }
}

impl Serialize for Detail {
    /// What [`Summary`] has, each recipient with its `reply`, and then `"locale", "route",
    /// "priority", "size", "attachments", "secret", "created", "expires", "tried", "gated", "done",
    /// "wiped", "reason", "wanted", "on_uncertain", "crashes", "doubts", "sender", "origin",
    /// "copies":[…], "revision", "arguments":{…}|null, "shown":{…}|null,
    /// "events":[{"at","kind","actor","detail":{…}}]`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let summary = &self.summary;
        let mut map = serializer.serialize_map(None)?;
        head(summary, &mut map)?;
        let recipients: Vec<Replied<'_>> = summary.recipients.iter().map(Replied).collect();
        map.serialize_entry("recipients", &recipients)?;
        foot(summary, &mut map)?;
        map.serialize_entry("locale", &summary.locale)?;
        map.serialize_entry("route", &summary.route)?;
        map.serialize_entry("priority", &summary.priority)?;
        map.serialize_entry("size", &summary.size)?;
        map.serialize_entry("attachments", &summary.attachments)?;
        map.serialize_entry("secret", &summary.secret)?;
        map.serialize_entry("created", &summary.created_at)?;
        map.serialize_entry("expires", &summary.expires_at)?;
        map.serialize_entry("tried", &self.tried_at)?;
        map.serialize_entry("gated", &self.gated_at)?;
        map.serialize_entry("done", &summary.done_at)?;
        map.serialize_entry("wiped", &self.wiped_at)?;
        map.serialize_entry("reason", &summary.reason)?;
        map.serialize_entry("wanted", &self.wanted)?;
        map.serialize_entry("on_uncertain", &self.on_uncertain)?;
        map.serialize_entry("crashes", &self.crashes)?;
        map.serialize_entry("doubts", &self.doubts)?;
        map.serialize_entry("sender", &self.sender)?;
        map.serialize_entry("origin", &self.origin)?;
        map.serialize_entry("copies", &self.copies)?;
        map.serialize_entry("revision", &self.revision)?;
        map.serialize_entry("arguments", &json(self.arguments.as_deref()))?;
        map.serialize_entry("shown", &json(self.shown.as_deref()))?;
        map.serialize_entry("events", &self.events)?;
        map.end()
    }
}
