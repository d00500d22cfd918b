//! Rust: a tree of modules like the folders, and a struct for each method.
//!
//! Generated code names everything by its full path, so that no method, folder or
//! word can come between; it needs nothing but this crate.

mod docs;
mod ident;
mod item;
mod words;

use std::collections::BTreeMap;

use super::inner::{self, Inner, What};
use super::names::{Scope, pascal};
use super::prose;
use super::writer::Writer;
use crate::method::{MailMethod, MailMethods};
use item::{Item, Role};

/// The lint levels and the style of generated code, on each item outside of any module.
const ATTRIBUTES: [&str; 3] = [
    "#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]",
    "#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]",
    "#[rustfmt::skip]",
];

/// The methods of a folder, and the folders in it, by their names.
#[derive(Default)]
struct Folder<'a> {
    methods: BTreeMap<&'a str, &'a MailMethod>,
    folders: BTreeMap<&'a str, Self>,
}

impl<'a> Folder<'a> {
    fn add(&mut self, name: &'a str, method: &'a MailMethod) {
        match name.split_once('/') {
            Some((folder, rest)) => self.folders.entry(folder).or_default().add(rest, method),
            None => {
                self.methods.insert(name, method);
            }
        }
    }
}

/// What stands in one module, with all names given.
struct Module<'a> {
    /// Its identifier; of the outermost one, nothing.
    name: String,
    docs: Vec<String>,
    /// The methods of its folder with their identifiers, by their names.
    methods: BTreeMap<&'a str, (String, &'a MailMethod)>,
    /// The records and enums of a method that has the name of the module.
    types: Vec<Inner<'a>>,
    type_names: BTreeMap<String, String>,
    modules: BTreeMap<&'a str, Self>,
}

/// Writes the module tree of all methods.
pub(super) fn generate(methods: &MailMethods) -> String {
    let mut root = Folder::default();
    for method in methods.iter() {
        root.add(method.name(), method);
    }
    let mut out = Writer::new("    ");
    out.line("// Made by mailmethod from the mail methods of a folder: do not edit.");
    Module::new(String::new(), Some(root), None, "").write(&mut out);
    out.finish()
}

impl<'a> Module<'a> {
    /// Names what stands in a folder, and behind it the types of the method beside that folder.
    fn new(
        name: String,
        folder: Option<Folder<'a>>,
        beside: Option<&'a MailMethod>,
        path: &str,
    ) -> Self {
        let mut scope = Scope::default();
        let is_folder = folder.is_some();
        let Folder { methods, mut folders } = folder.unwrap_or_default();
        let usual = |part: &&str| ((*part).to_owned(), pascal(part, "Mail"));
        let mut method_names = scope.distinct(methods.keys().map(usual).collect(), ident::allowed);
        let mut parts: Vec<&str> = folders.keys().copied().collect();
        let with_types = methods.iter().filter(|(_, method)| inner::any(method.parameters()));
        parts.extend(with_types.map(|(part, _)| *part));
        parts.sort_unstable();
        parts.dedup();
        let usual = |part: &&str| ((*part).to_owned(), ident::module(part));
        let mut names = scope.distinct(parts.iter().map(usual).collect(), ident::allowed);
        let types = beside.map(|method| inner::all(method.parameters())).unwrap_or_default();
        let type_names = inner::names(&types, &mut scope, ident::allowed);
        let modules = parts.into_iter().map(|part| {
            let name = names.remove(part).unwrap_or_default();
            let beside = methods.get(part).copied();
            let inside = format!("{path}{part}/");
            (part, Self::new(name, folders.remove(part), beside, &inside))
        });
        let modules = modules.collect();
        let methods = methods
            .into_iter()
            .map(|(part, method)| (part, (method_names.remove(part).unwrap_or_default(), method)));
        let folder = format!("The mail methods in {}.", prose::code(path));
        let types_of = |method: &MailMethod| {
            format!("What the arguments of {} are made of.", prose::code(method.name()))
        };
        let docs = [is_folder.then_some(folder), beside.map(types_of)];
        Self {
            name,
            docs: docs.into_iter().flatten().collect(),
            methods: methods.collect(),
            types,
            type_names,
            modules,
        }
    }

    fn write(&self, out: &mut Writer) {
        for (part, (name, method)) in &self.methods {
            let module = self.modules.get(part);
            let types = module.map(|module| &module.type_names);
            let place = module.map(|module| format!("self::{}::", module.name));
            let description = docs::plain(method.description());
            let item = Item {
                name,
                docs: vec![description, prose::title(method)],
                fields: method.parameters(),
                key: "",
                secret: false,
                types,
                place: place.as_deref().unwrap_or_default(),
                role: Role::Method(method.name()),
            };
            item.write(out);
        }
        for one in &self.types {
            self.write_type(out, one);
        }
        for module in self.modules.values() {
            begin(out, &module.docs);
            out.open(&format!("pub mod {} {{", module.name));
            module.write(out);
            out.close("}");
        }
    }

    fn write_type(&self, out: &mut Writer, one: &Inner<'_>) {
        let Some(name) = self.type_names.get(&one.key) else { return };
        let of = if one.item { "An item of" } else { "The argument" };
        let docs = vec![format!("{of} {}.", prose::code(&one.key))];
        match one.what {
            What::Enum(words) => words::write(out, name, &docs, words),
            What::Record(fields) => {
                let item = Item {
                    name,
                    docs,
                    fields,
                    key: &one.key,
                    secret: one.secret,
                    types: Some(&self.type_names),
                    place: "self::",
                    role: Role::Record,
                };
                item.write(out);
            }
        }
    }
}

/// Writes what stands before an item: an empty line, its documentation and its attributes.
fn begin(out: &mut Writer, paragraphs: &[String]) {
    out.gap();
    docs::write(out, paragraphs);
    if out.at_top() {
        for attribute in ATTRIBUTES {
            out.line(attribute);
        }
    }
}
