//! `check --explain`: the page of a rule, or a list of all rules.

use mailmethod::lint::Rule;
use mailmethod::source::Finding;
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::table::Table;

/// Prints the page of a rule; without a name, all rules.
pub(super) fn run(name: &str, output: &mut Output) -> Result<Exit, Failure> {
    if name.is_empty() {
        return list(output);
    }
    let Some(rule) = Rule::named(name) else {
        let finding = Finding::error("unknown-rule", format!("there is no rule `{name}`"));
        return Err(Failure::one(
            Exit::NotFound,
            match Rule::nearest(name) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help("`mailmethod check --explain` lists the rules"),
            },
        ));
    };
    if output.json {
        let mut document = Map::new();
        document.insert("v".to_owned(), 1.into());
        if let Value::Object(fields) = entry(rule) {
            document.extend(fields);
        }
        document.insert("page".to_owned(), rule.page().into());
        output.json(&Value::Object(document))?;
    } else {
        output.data(rule.page().as_bytes())?;
    }
    Ok(Exit::Done)
}

fn list(output: &mut Output) -> Result<Exit, Failure> {
    if output.json {
        output.json(&json!({ "v": 1, "rules": Rule::all().map(entry).collect::<Vec<_>>() }))?;
        return Ok(Exit::Done);
    }
    let rows = Rule::all().map(|rule| {
        vec![rule.name().to_owned(), rule.severity().as_str().to_owned(), summary(rule)]
    });
    Table { columns: vec!["RULE", "SEVERITY", "WHAT IT FINDS"], rows: rows.collect() }
        .write(output)?;
    Ok(Exit::Done)
}

fn entry(rule: Rule) -> Value {
    json!({
        "name": rule.name(),
        "severity": rule.severity().as_str(),
        "can_be_allowed": rule.can_be_allowed(),
        "summary": summary(rule),
    })
}

/// The first sentence of a page.
fn summary(rule: Rule) -> String {
    let body = rule.page().split("\n\n").nth(1).unwrap_or_default();
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").unwrap_or(line.len());
    line.get(..end).unwrap_or(&line).trim_end_matches('.').to_owned()
}
