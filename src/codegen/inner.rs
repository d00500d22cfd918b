//! The records and enums inside of a method's arguments, each with a name.

use std::collections::BTreeMap;

use super::names::{Scope, pascal, singular};
use crate::method::{Fields, Parameter, Type};

/// A record or an enum that some argument is made of.
pub(super) struct Inner<'a> {
    /// The way to it: `lines`, `lines.tax`. Items of a list add nothing.
    pub(super) key: String,
    pub(super) what: What<'a>,
    /// Whether it stands inside of a secret.
    pub(super) secret: bool,
    /// Whether it is an item of a list.
    pub(super) item: bool,
}

pub(super) enum What<'a> {
    Record(&'a Fields),
    Enum(&'a [String]),
}

/// All records and enums of some arguments, outer ones first, in the order declared.
pub(super) fn all(fields: &Fields) -> Vec<Inner<'_>> {
    let mut found = Vec::new();
    search(fields, "", false, &mut found);
    found
}

/// Whether there is any.
pub(super) fn any(fields: &Fields) -> bool {
    fields.all().iter().any(|field| {
        let mut leaf = field;
        while let Type::List(of) = leaf.kind() {
            leaf = of;
        }
        matches!(leaf.kind(), Type::Record(_) | Type::Enum(_))
    })
}

fn search<'a>(fields: &'a Fields, outer: &str, secret: bool, found: &mut Vec<Inner<'a>>) {
    for field in fields.all() {
        let key = under(outer, field);
        let mut secret = secret || field.is_secret();
        let mut leaf = field;
        let mut item = false;
        while let Type::List(of) = leaf.kind() {
            leaf = of;
            item = true;
            secret = secret || leaf.is_secret();
        }
        match leaf.kind() {
            Type::Record(fields) => {
                found.push(Inner { key: key.clone(), what: What::Record(fields), secret, item });
                search(fields, &key, secret, found);
            }
            Type::Enum(words) => {
                found.push(Inner { key, what: What::Enum(words), secret, item });
            }
            _ => {}
        }
    }
}

/// The key of a field.
pub(super) fn under(outer: &str, field: &Parameter) -> String {
    if outer.is_empty() { field.name().to_owned() } else { format!("{outer}.{}", field.name()) }
}

/// The name of each record and enum, by its key: `lines.tax` is `LineTax`.
///
/// Where that is another one's name as well, both are named without the singular.
pub(super) fn names(
    inner: &[Inner<'_>],
    scope: &mut Scope,
    allowed: fn(String) -> String,
) -> BTreeMap<String, String> {
    let mut usual: BTreeMap<&str, (String, String)> = BTreeMap::new();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for one in inner {
        let (outer, name) = one.key.rsplit_once('.').unwrap_or(("", &one.key));
        let (outer, full) = usual.get(outer).cloned().unwrap_or_default();
        let prefix = if outer.is_empty() { "Record" } else { "" };
        let short = if one.item { singular(name) } else { name.to_owned() };
        let short = format!("{outer}{}", pascal(&short, prefix));
        let full = format!("{full}{}", pascal(name, prefix));
        *count.entry(short.clone()).or_default() += 1;
        usual.insert(&one.key, (short, full));
    }
    let mut names = BTreeMap::new();
    for one in inner {
        let Some((short, full)) = usual.remove(one.key.as_str()) else { continue };
        let name = if count.get(&short) == Some(&1) { short } else { full };
        names.insert(one.key.clone(), scope.claim(allowed(name)));
    }
    names
}

/// Whether the value of a field, or each item of it, is a secret.
pub(super) fn hides(field: &Parameter) -> bool {
    field.is_secret() || matches!(field.kind(), Type::List(item) if hides(item))
}
