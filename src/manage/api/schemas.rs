//! The schemas of the API's bodies and answers.
//!
//! Every member of an answer is required: what is not known is null, never missing.

use serde_json::{Map, Value, json};

/// All of them, by name.
pub(super) fn all() -> Map<String, Value> {
    let parts = [
        calls(),
        rendered(),
        explained(),
        sent(),
        methods(),
        mails(),
        details(),
        acts(),
        problems(),
    ];
    let parts = parts.into_iter().filter_map(|part| match part {
        Value::Object(part) => Some(part),
        _ => None,
    });
    parts.flatten().collect()
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn maybe_text() -> Value {
    json!({ "type": ["string", "null"] })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn maybe_count() -> Value {
    json!({ "type": ["integer", "null"] })
}

fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn maybe_moment() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn version() -> Value {
    json!({ "const": 1 })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object that has all of these members.
fn object(members: &Value) -> Value {
    let names: Vec<String> =
        members.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default();
    json!({ "type": "object", "properties": members, "required": names })
}

/// The same, or null.
fn maybe(mut object: Value) -> Value {
    if let Some(kind) = object.get_mut("type") {
        *kind = json!(["object", "null"]);
    }
    object
}

fn mailboxes() -> Value {
    json!({ "type": ["string", "array"], "items": text() })
}

/// A body of a request, with the members that it must have.
fn body(members: &[&Value], required: &[&str]) -> Value {
    let members = members.iter().filter_map(|part| part.as_object());
    let members: Map<String, Value> =
        members.flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect();
    json!({
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": false,
    })
}

fn calls() -> Value {
    let call = json!({
        "arguments": { "type": "object", "description": "as `Arguments.NAME` describes them" },
        "locale": text(),
        "from": text(),
        "to": mailboxes(),
        "cc": mailboxes(),
        "bcc": mailboxes(),
        "reply_to": mailboxes(),
        "headers": { "type": "object", "additionalProperties": text() },
    });
    let terms = json!({
        "key": text(),
        "at": moment(),
        "expires_in": { "type": "string", "description": "90m, 24h, 4d" },
        "priority": { "type": "integer", "minimum": 1, "maximum": 5 },
    });
    json!({
        "Any": {},
        "Call": body(&[&call], &["arguments"]),
        "QueuedCall": body(&[&call, &terms], &["arguments"]),
        "Queued": object(&json!({ "v": version(), "id": id(), "new": { "type": "boolean" } })),
    })
}

fn rendered() -> Value {
    let attachment = object(&json!({
        "filename": maybe_text(),
        "content_type": text(),
        "disposition": { "enum": ["attachment", "inline"] },
        "content_id": maybe_text(),
        "size": count(),
        "sha256": text(),
    }));
    let header = json!({ "type": "array", "items": text(), "minItems": 2, "maxItems": 2 });
    json!({ "Rendered": object(&json!({
        "v": version(),
        "method": text(),
        "locale": text(),
        "envelope": object(&json!({ "from": maybe_text(), "to": list(&text()) })),
        "headers": list(&header),
        "subject": maybe_text(),
        "text": maybe_text(),
        "html": maybe_text(),
        "attachments": list(&attachment),
        "message_id": text(),
        "raw": text(),
        "preheader": maybe_text(),
    })) })
}

fn explained() -> Value {
    let kinds =
        ["default", "folder", "method", "locale", "derived", "call", "interceptor", "redirect"];
    let origin = object(&json!({
        "kind": { "enum": kinds },
        "file": maybe_text(),
        "line": maybe_count(),
        "name": maybe_text(),
    }));
    let translation = object(&json!({ "key": text(), "file": text(), "line": count() }));
    let header = object(&json!({
        "name": text(),
        "value": maybe_text(),
        "origin": origin,
        "translations": list(&translation),
    }));
    let recipient =
        object(&json!({ "address": text(), "origin": origin, "blocked": { "type": "boolean" } }));
    let body = object(&json!({ "part": { "enum": ["text", "html"] }, "origin": origin }));
    json!({ "Explained": object(&json!({
        "v": version(),
        "method": text(),
        "locale": text(),
        "sender": object(&json!({ "address": maybe_text(), "origin": origin })),
        "recipients": list(&recipient),
        "headers": list(&header),
        "bodies": list(&body),
    })) })
}

fn sent() -> Value {
    let recipient = object(&json!({
        "address": text(),
        "outcome": { "enum": ["accepted", "refused", "deferred", "unknown"] },
        "code": maybe_count(),
        "enhanced": maybe_text(),
        "text": maybe_text(),
    }));
    json!({ "Sent": object(&json!({
        "v": version(),
        "outcome": { "enum": ["sent", "partial", "refused", "deferred", "unknown"] },
        "message_id": text(),
        "recipients": list(&recipient),
        "error": maybe(object(&json!({ "phase": text(), "message": text() }))),
    })) })
}

fn methods() -> Value {
    let argument = object(&json!({
        "name": text(),
        "type": text(),
        "optional": { "type": "boolean" },
        "secret": { "type": "boolean" },
        "default": {},
    }));
    json!({
        "MethodEntry": object(&json!({
            "name": text(),
            "description": maybe_text(),
            "kind": { "enum": ["transactional", "bulk"] },
            "adapter": text(),
            "arguments": list(&argument),
            "locales": list(&text()),
            "samples": list(&text()),
        })),
        "Methods": object(&json!({
            "v": version(),
            "methods": list(&named("MethodEntry")),
            "broken": list(&text()),
        })),
        "Method": { "allOf": [
            named("MethodEntry"),
            object(&json!({ "v": version(), "schema": { "type": "object" } })),
        ] },
    })
}

/// The views of the queue.
const VIEWS: [&str; 8] =
    ["outgoing", "scheduled", "deferred", "sending", "attention", "sent", "dead", "cancelled"];

/// The members that a mail has in lists and alone.
fn mail() -> Value {
    let recipient = object(&json!({
        "address": text(),
        "kind": { "enum": ["to", "cc", "bcc"] },
        "outcome": { "enum": ["pending", "accepted", "refused", "deferred", "unknown"] },
    }));
    json!({
        "id": id(),
        "state": { "enum": ["queued", "sending", "uncertain", "held", "sent", "partial", "dead",
            "expired", "cancelled"] },
        "view": { "enum": VIEWS },
        "method": text(),
        "to": list(&text()),
        "subject": text(),
        "attempts": count(),
        "due": maybe_moment(),
        "last": maybe(reply()),
        "recipients": list(&recipient),
        "message_id": maybe_text(),
        "key": maybe_text(),
    })
}

fn reply() -> Value {
    object(&json!({
        "code": maybe_count(),
        "enhanced": maybe_text(),
        "text": text(),
        "phase": text(),
        "at": moment(),
    }))
}

fn mails() -> Value {
    let counts: Map<String, Value> =
        VIEWS.iter().map(|view| ((*view).to_owned(), count())).collect();
    json!({
        "Mail": object(&mail()),
        "Mails": object(&json!({
            "v": version(),
            "mails": list(&named("Mail")),
            "next": maybe_text(),
        })),
        "Stats": object(&json!({ "v": version(), "views": object(&Value::Object(counts)) })),
        "Routes": object(&json!({
            "v": version(),
            "routes": list(&object(&json!({
                "name": text(),
                "breaker": { "enum": ["closed", "open", "suspect"] },
                "paused": maybe_moment(),
                "failures": count(),
                "opened": maybe_moment(),
                "probe": maybe_moment(),
                "error": maybe_text(),
            }))),
        })),
    })
}

fn details() -> Value {
    let event = object(&json!({
        "at": moment(),
        "kind": text(),
        "actor": maybe_text(),
        "detail": { "type": ["object", "null"] },
    }));
    let more = object(&json!({
        "v": version(),
        "locale": text(),
        "route": text(),
        "priority": count(),
        "size": count(),
        "attachments": count(),
        "secret": { "type": "boolean" },
        "created": moment(),
        "expires": moment(),
        "tried": maybe_moment(),
        "gated": maybe_moment(),
        "done": maybe_moment(),
        "wiped": maybe_moment(),
        "reason": maybe_text(),
        "wanted": maybe_text(),
        "on_uncertain": { "enum": ["retry", "hold", "assume_sent"] },
        "crashes": count(),
        "doubts": count(),
        "sender": maybe_text(),
        "origin": maybe_text(),
        "copies": list(&id()),
        "revision": maybe_text(),
        "arguments": { "type": ["object", "null"] },
        "shown": { "type": ["object", "null"] },
        "events": list(&named("Event")),
    }));
    let meaning = object(&json!({ "summary": text(), "advice": text(), "source": text() }));
    let why = object(&json!({
        "v": version(),
        "reason": maybe_text(),
        "events": list(&named("Event")),
        "explanation": object(&json!({
            "meaning": maybe(meaning),
            "next": text(),
            "at": maybe_moment(),
            "advice": text(),
            "commands": list(&text()),
        })),
    }));
    json!({
        "Event": event,
        "MailDetail": { "allOf": [named("Mail"), more] },
        "Explanation": { "allOf": [named("Mail"), why] },
    })
}

fn acts() -> Value {
    let to = json!({ "to": {
        "description": "for redirect: who gets it instead",
        "type": ["string", "array"],
        "items": text(),
    } });
    let many = json!({
        "filter": { "type": "string", "description": "which mails; or name them by `ids`" },
        "ids": list(&id()),
        "all": { "type": "boolean", "description": "must be true for a filter that takes all" },
        "as_of": {
            "type": "string",
            "format": "date-time",
            "description": "leaves alone what was queued later",
        },
        "expected": {
            "type": "integer",
            "description": "nothing is done if it would be done to more",
        },
        "dry_run": { "type": "boolean" },
    });
    json!({
        "Act": body(&[&to], &[]),
        "Acted": {
            "type": "object",
            "properties": { "v": version(), "action": text(), "id": id(), "origin": id() },
            "required": ["v", "action", "id"],
        },
        "Bulk": body(&[&many], &[]),
        "BulkDone": object(&json!({
            "v": version(),
            "action": text(),
            "entries": count(),
            "dry_run": { "type": "boolean" },
        })),
        "RouteActed": object(&json!({
            "v": version(),
            "action": { "enum": ["pause", "resume"] },
            "route": text(),
        })),
    })
}

fn problems() -> Value {
    let error = object(&json!({
        "code": text(),
        "message": text(),
        "file": maybe_text(),
        "line": maybe_count(),
        "column": maybe_count(),
        "path": maybe_text(),
        "help": maybe_text(),
    }));
    json!({ "Problem": {
        "type": "object",
        "properties": {
            "type": text(),
            "title": text(),
            "status": count(),
            "detail": text(),
            "errors": list(&error),
            "sent": named("Sent"),
        },
        "required": ["type", "title", "status", "detail", "errors"],
    } })
}
