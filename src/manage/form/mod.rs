//! The form: the arguments of a method as a person fills them in.
//!
//! What was given, as pairs of names and texts, becomes a [`Tree`] in the shape of
//! the declaration; that becomes a call, the controls of the page, and code to
//! copy. Names are those of the command line: `customer.email`, `lines.0.title`.
//! What belongs to the page and not to the method has a name that no argument can
//! have: it begins with a hyphen, unless no argument has the plain one.

mod code;
mod controls;
mod draft;
mod given;
mod tree;

pub(super) use code::{query, snippets};
pub(super) use controls::controls;
pub(super) use draft::{Draft, Drafts};
pub(super) use given::Given;
pub(super) use tree::{Kept, Tree};

use crate::method::{Fields, Parameter, Type};

/// The name of something of the page's own in a form of these arguments.
pub(super) fn own(fields: &Fields, name: &str) -> String {
    if fields.get(name).is_some() { format!("-{name}") } else { name.to_owned() }
}

/// The declaration of what stands at a path of a form.
pub(super) fn declared<'f>(fields: &'f Fields, path: &str) -> Option<&'f Parameter> {
    let mut steps = path.split('.');
    let first = fields.get(steps.next()?)?;
    steps.try_fold(first, |parameter, step| match parameter.kind() {
        Type::Record(fields) => fields.get(step),
        Type::List(item) => step.parse::<usize>().ok().map(|_number| item.as_ref()),
        _ => None,
    })
}

/// A path of findings as names of a form are: `lines[2].price` is `lines.2.price`.
pub(super) fn dotted(path: &str) -> String {
    path.replace('[', ".").replace(']', "")
}
