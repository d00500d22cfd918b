//! The schemas of the API's bodies and answers.

use serde_json::{Map, Value, json};

/// All of them, by name.
pub(super) fn all() -> Map<String, Value> {
    let mut all = Map::new();
    for part in [calls(), answers(), mails(), acts(), problems()] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    all
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn maybe_text() -> Value {
    json!({ "type": ["string", "null"] })
}

fn moment() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

fn version() -> Value {
    json!({ "const": 1 })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn mailboxes() -> Value {
    json!({ "type": ["string", "array"], "items": text() })
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
    let mut queued = call.clone();
    if let (Value::Object(queued), Value::Object(more)) = (
        &mut queued,
        json!({
            "key": text(),
            "at": { "type": "string", "format": "date-time" },
            "expires_in": { "type": "string", "pattern": "^[0-9]+[smhd]$" },
            "priority": { "type": "integer", "minimum": 1, "maximum": 5 },
        }),
    ) {
        queued.extend(more);
    }
    let body = |properties: &Value| json!({ "type": "object", "properties": properties, "required": ["arguments"], "additionalProperties": false });
    json!({ "Any": {}, "Call": body(&call), "QueuedCall": body(&queued) })
}

fn answers() -> Value {
    let attachment = json!({ "type": "object", "properties": {
        "filename": maybe_text(), "content_type": text(), "disposition": text(),
        "content_id": maybe_text(), "size": { "type": "integer" }, "sha256": text(),
    } });
    let recipient = json!({ "type": "object", "properties": {
        "address": text(), "outcome": text(), "code": { "type": ["integer", "null"] },
        "enhanced": maybe_text(), "text": maybe_text(),
    } });
    json!({
        "Rendered": { "type": "object", "properties": {
            "v": version(), "method": text(), "locale": text(),
            "envelope": { "type": "object", "properties": { "from": maybe_text(), "to": list(&text()) } },
            "headers": list(&list(&text())), "subject": maybe_text(), "text": maybe_text(),
            "html": maybe_text(), "attachments": list(&attachment), "message_id": text(), "raw": text(),
            "preheader": maybe_text(),
        } },
        "Explained": explained(),
        "Sent": { "type": "object", "properties": {
            "v": version(), "outcome": { "enum": ["sent", "partial", "refused", "deferred", "unknown"] },
            "message_id": text(), "recipients": list(&recipient),
            "error": { "type": ["object", "null"], "properties": { "phase": text(), "message": text() } },
        } },
        "Queued": { "type": "object", "properties": {
            "v": version(), "id": { "type": "string", "format": "uuid" }, "new": { "type": "boolean" },
        } },
        "MethodEntry": { "type": "object", "properties": {
            "name": text(), "description": maybe_text(), "kind": { "enum": ["transactional", "bulk"] },
            "adapter": text(), "arguments": list(&json!({ "type": "object" })),
            "locales": list(&text()), "samples": list(&text()),
        } },
        "Methods": { "type": "object", "properties": {
            "v": version(), "methods": list(&json!({ "$ref": "#/components/schemas/MethodEntry" })),
            "broken": list(&text()),
        } },
        "Method": { "allOf": [
            { "$ref": "#/components/schemas/MethodEntry" },
            { "type": "object", "properties": { "v": version(), "schema": { "type": "object" } } },
        ] },
    })
}

fn explained() -> Value {
    let line = json!({ "type": ["integer", "null"] });
    let origin = json!({ "type": "object", "properties": {
        "kind": { "enum": ["default", "folder", "method", "locale", "derived", "call", "interceptor", "redirect"] },
        "file": maybe_text(), "line": line, "name": maybe_text(),
    } });
    let translation = json!({ "type": "object", "properties": {
        "key": text(), "file": text(), "line": { "type": "integer" },
    } });
    let header = json!({ "type": "object", "properties": {
        "name": text(), "value": maybe_text(), "origin": origin, "translations": list(&translation),
    } });
    let recipient = json!({ "type": "object", "properties": {
        "address": text(), "origin": origin, "blocked": { "type": "boolean" },
    } });
    let body = json!({ "type": "object", "properties": {
        "part": { "enum": ["text", "html"] }, "origin": origin,
    } });
    json!({ "type": "object", "properties": {
        "v": version(), "method": text(), "locale": text(),
        "sender": { "type": "object", "properties": { "address": maybe_text(), "origin": origin } },
        "recipients": list(&recipient), "headers": list(&header), "bodies": list(&body),
    } })
}

fn mails() -> Value {
    let last = json!({ "type": ["object", "null"], "properties": {
        "code": { "type": ["integer", "null"] }, "enhanced": maybe_text(), "text": text(),
        "phase": text(), "at": moment(),
    } });
    let recipient = json!({ "type": "object", "properties": {
        "address": text(), "kind": { "enum": ["to", "cc", "bcc"] },
        "outcome": { "enum": ["pending", "accepted", "refused", "deferred", "unknown"] },
    } });
    let views =
        ["outgoing", "scheduled", "deferred", "sending", "attention", "sent", "dead", "cancelled"];
    let counts: Map<String, Value> =
        views.iter().map(|view| ((*view).to_owned(), json!({ "type": "integer" }))).collect();
    json!({
        "Mail": { "type": "object", "properties": {
            "id": { "type": "string", "format": "uuid" },
            "state": { "enum": ["queued", "sending", "uncertain", "held", "sent", "partial", "dead", "expired", "cancelled"] },
            "view": { "enum": views }, "method": text(), "to": list(&text()), "subject": text(),
            "attempts": { "type": "integer" }, "due": moment(), "last": last,
            "recipients": list(&recipient), "message_id": maybe_text(), "key": maybe_text(),
        } },
        "Mails": { "type": "object", "properties": {
            "v": version(), "mails": list(&json!({ "$ref": "#/components/schemas/Mail" })),
            "next": maybe_text(),
        } },
        "MailDetail": { "allOf": [
            { "$ref": "#/components/schemas/Mail" },
            { "type": "object", "properties": { "v": version(), "events": list(&json!({ "type": "object" })) } },
        ] },
        "Explanation": { "type": "object", "properties": {
            "v": version(), "id": text(), "state": text(),
            "meaning": { "type": ["object", "null"], "properties": { "summary": text(), "advice": text(), "source": text() } },
            "next": text(), "at": moment(), "advice": text(), "commands": list(&text()),
        } },
        "Stats": { "type": "object", "properties": {
            "v": version(), "views": { "type": "object", "properties": counts },
        } },
        "Routes": { "type": "object", "properties": {
            "v": version(), "routes": list(&json!({ "type": "object", "properties": {
                "name": text(), "breaker": { "enum": ["closed", "open", "suspect"] }, "paused": moment(),
                "failures": { "type": "integer" }, "opened": moment(), "probe": moment(), "error": maybe_text(),
            } })),
        } },
    })
}

fn acts() -> Value {
    json!({
        "Act": { "type": "object", "additionalProperties": false, "properties": {
            "to": { "description": "for redirect: who gets it instead", "type": ["string", "array"], "items": text() },
        } },
        "Acted": { "type": "object", "properties": {
            "v": version(), "action": text(), "id": text(), "origin": text(),
        } },
        "Bulk": { "type": "object", "additionalProperties": false, "properties": {
            "filter": { "type": "string", "description": "which mails; or name them by `ids`" },
            "ids": list(&text()),
            "all": { "type": "boolean", "description": "must be true for a filter that takes all" },
            "as_of": { "type": "string", "format": "date-time", "description": "leaves alone what was queued later" },
            "expected": { "type": "integer", "description": "nothing is done if it would be done to more" },
            "dry_run": { "type": "boolean" },
        } },
        "BulkDone": { "type": "object", "properties": {
            "v": version(), "action": text(), "entries": { "type": "integer" }, "dry_run": { "type": "boolean" },
        } },
    })
}

fn problems() -> Value {
    let error = json!({ "type": "object", "properties": {
        "code": text(), "message": text(), "path": maybe_text(), "file": maybe_text(),
        "line": { "type": ["integer", "null"] }, "column": { "type": ["integer", "null"] },
        "help": maybe_text(),
    } });
    json!({ "Problem": { "type": "object", "properties": {
        "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text(),
        "errors": list(&error), "sent": { "$ref": "#/components/schemas/Sent" },
    } } })
}
