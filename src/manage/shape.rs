//! The shapes of the API: the same as those of the program's `--json`.

use serde_json::{Value, json};

use crate::source::Finding;

/// One thing that is wrong.
pub(super) fn error(finding: &Finding) -> Value {
    let place = finding.location.as_ref();
    json!({
        "code": finding.code,
        "message": finding.message,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line).filter(|line| *line > 0),
        "column": place.map(|place| place.column).filter(|column| *column > 0),
        "path": finding.path,
        "help": finding.help,
    })
}
