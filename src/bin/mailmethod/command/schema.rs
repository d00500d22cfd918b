//! `schema`: the JSON Schema of a method's arguments, or of all methods.

use mailmethod::codegen::{schema, schemas};

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;

pub(super) fn run(
    context: &Context,
    method: Option<&str>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let document = match method {
        Some(name) => schema(context.find(name)?),
        None => schemas(context.sound()?),
    };
    if output.json {
        output.json(&document)?;
    } else {
        output.line(&format!("{document:#}"))?;
    }
    Ok(Exit::Done)
}
