//! Files in arguments: handed over in Rust, or base64 in JSON; never a path.

use base64::Engine as _;

use super::file::File;
use super::input::Input;
use super::misfit::Misfit;
use super::scalar::one_line;
use crate::render::Value;

/// Reads a file argument, whose name and type may stand in a header.
pub(super) fn file(input: &Input, secret: bool) -> Result<File, Misfit> {
    let file = read(input, secret)?;
    one_line(file.filename(), "a file name that ")?;
    one_line(file.declared_type().unwrap_or_default(), "a content type that ")?;
    Ok(file)
}

fn read(input: &Input, secret: bool) -> Result<File, Misfit> {
    let expected = "write {\"filename\": …, \"content_type\": …, \"content\": base64}";
    let entries = match input {
        Input::File(file) => return Ok(file.clone()),
        Input::Map(entries) => entries,
        Input::Text(_) if !secret => {
            return Err(Misfit::new("is text, not a file")
                .help("a path is never read; on the command line write NAME=@FILE"));
        }
        other => return Err(Misfit::new(format!("is {}, not a file", other.kind())).help(expected)),
    };
    for (key, _) in entries {
        if !matches!(key.as_ref(), "filename" | "content_type" | "content") {
            let misfit = Misfit::new(format!("has the unknown key `{key}`"));
            return Err(match key.as_ref() {
                "file" | "path" => misfit.help("a path is never read: give the content"),
                _ => misfit.help(expected),
            });
        }
    }
    let text = |key: &str| match input.get(key) {
        Some(Input::Text(text)) => Ok(Some(text.to_string())),
        None | Some(Input::Null) => Ok(None),
        Some(other) => Err(Misfit::new(format!("has {} as its {key}, not text", other.kind()))),
    };
    let missing = |key: &str| Misfit::new(format!("has no `{key}`")).help(expected);
    let filename = text("filename")?.ok_or_else(|| missing("filename"))?;
    let encoded = text("content")?.ok_or_else(|| missing("content"))?;
    let compact: String = encoded.split_ascii_whitespace().collect();
    let content = base64::engine::general_purpose::STANDARD
        .decode(compact)
        .map_err(|error| Misfit::new(format!("has a `content` that is no base64: {error}")))?;
    let file = File::new(filename, content);
    Ok(match text("content_type")? {
        Some(content_type) => file.content_type(content_type),
        None => file,
    })
}

/// A file as a template sees it.
pub(super) fn shown(file: &File) -> Value {
    Value::file(file.filename(), file.declared_type(), file.content().len())
}
