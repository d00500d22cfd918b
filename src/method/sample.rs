//! The sample: a named argument set; here alone `{file: PATH}` reads a file.

use super::file::File;
use super::input::Input;
use super::parameter::{Fields, Parameter, Type};
use crate::render::Asset;
use crate::source::Path;

/// One step into an argument set.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A file that a sample names: the way to it, its path as written, and where that stands.
pub(super) type Named = (Vec<Step>, String, Path);

/// Finds each `{file: PATH}` that stands for an argument of type file.
pub(super) fn file_paths(fields: &Fields, input: &Input, path: &Path, found: &mut Vec<Named>) {
    for parameter in fields.all() {
        if let Some(value) = input.get(parameter.name()) {
            let steps = vec![Step::Key(parameter.name().to_owned())];
            search(parameter, value, &path.key(parameter.name()), &steps, found);
        }
    }
}

fn search(
    parameter: &Parameter,
    input: &Input,
    path: &Path,
    steps: &[Step],
    found: &mut Vec<Named>,
) {
    let next = |step: Step| {
        let mut steps = steps.to_vec();
        steps.push(step);
        steps
    };
    match (parameter.kind(), input) {
        (Type::File, Input::Map(entries)) => {
            if let [(key, Input::Text(text))] = entries.as_slice()
                && key == "file"
            {
                found.push((steps.to_vec(), text.to_string(), path.key("file")));
            }
        }
        (Type::List(item), Input::List(items)) => {
            for (i, value) in items.iter().enumerate() {
                search(item, value, &path.index(i), &next(Step::Index(i)), found);
            }
        }
        (Type::Record(fields), value) => {
            for field in fields.all() {
                if let Some(value) = value.get(field.name()) {
                    let steps = next(Step::Key(field.name().to_owned()));
                    search(field, value, &path.key(field.name()), &steps, found);
                }
            }
        }
        _ => {}
    }
}

/// Puts a file in the place that the steps lead to.
pub(super) fn replace(input: &mut Input, steps: &[Step], asset: &Asset) {
    let mut slot = input;
    for step in steps {
        let next = match (step, slot) {
            (Step::Key(key), Input::Map(entries)) => {
                entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            (Step::Index(index), Input::List(items)) => items.get_mut(*index),
            _ => None,
        };
        match next {
            Some(value) => slot = value,
            None => return,
        }
    }
    *slot = Input::File(File::new(asset.file_name(), std::sync::Arc::clone(&asset.content)));
}
