//! The JSON of the program: stable, with its version in each document.

use mailmethod::lint::Fix;
pub(crate) use mailmethod::manage::shape::{error, explained, mail, method, sent, why};
use mailmethod::source::Finding;
use serde_json::{Map, Value, json};

/// All errors of a command that failed.
pub(crate) fn errors(findings: &[Finding]) -> Value {
    json!({ "v": 1, "errors": findings.iter().map(error).collect::<Value>() })
}

/// What a check found.
pub(crate) fn findings(findings: &[Finding], methods: usize, previews: usize) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut entry = Map::new();
            entry.insert("severity".to_owned(), finding.severity.as_str().into());
            if let Value::Object(fields) = error(finding) {
                entry.extend(fields);
            }
            Value::Object(entry)
        })
        .collect();
    json!({ "v": 1, "findings": findings, "methods": methods, "previews": previews })
}

/// What was mended in a file.
pub(crate) fn fix(fix: &Fix) -> Value {
    json!({ "code": fix.code(), "file": fix.file(), "what": fix.what() })
}
