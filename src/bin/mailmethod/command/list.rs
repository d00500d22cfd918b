//! `list`: the methods, one a line.

use mailmethod::MailMethod;
use mailmethod::method::Parameter;
use serde_json::json;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Output;
use crate::table::Table;

pub(super) fn run(context: &Context, output: &mut Output) -> Result<Exit, Failure> {
    let methods = context.folder()?;
    if output.json {
        let methods: Vec<_> = methods.iter().map(json::method).collect();
        output.json(&json!({ "v": 1, "methods": methods }))?;
    } else {
        let columns =
            vec!["METHOD", "KIND", "ADAPTER", "ARGUMENTS", "LOCALES", "SAMPLES", "DESCRIPTION"];
        Table { columns, rows: methods.iter().map(row).collect() }.write(output)?;
    }
    let broken: Vec<&str> = methods.broken().collect();
    if !broken.is_empty() {
        output.note(&format!(
            "not listed, because their files are wrong: {}; `mailmethod check` says why",
            broken.join(", ")
        ));
    }
    Ok(Exit::Done)
}

fn row(method: &MailMethod) -> Vec<String> {
    let parameters = method.parameters().all();
    let arguments: Vec<&str> = parameters.iter().map(Parameter::name).collect();
    let locales: Vec<&str> = method.locales().iter().map(AsRef::as_ref).collect();
    let samples: Vec<&str> = method.samples().collect();
    vec![
        method.name().to_owned(),
        method.kind().as_str().to_owned(),
        method.adapter().to_owned(),
        arguments.join(","),
        locales.join(","),
        samples.join(","),
        method.description().unwrap_or_default().to_owned(),
    ]
}
