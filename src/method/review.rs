//! The review: what can be seen to be wrong in a template before anybody renders it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::{Content, Definition};
use super::folder::Folder;
use super::mail_method::Bodies;
use super::parameter::Parameter;
use crate::render::{
    Asset, Assets, Engine, FILTERS, FUNCTIONS, Role, Source, TESTS, bound_names, is_html, mentions,
    mixed, references, resolve, tags_of, unknown_name,
};
use crate::source::{Finding, nearest};

/// The endings of the images that a template may name by a variable.
const IMAGES: [&str; 6] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"];

/// The names that every template knows.
const ALWAYS_KNOWN: [&str; 6] = ["loop", "self", "super", "caller", "varargs", "kwargs"];

/// The files that a template names literally.
pub(super) fn referenced(name: &str, source: &Source) -> Vec<String> {
    references(&tags_of(source))
        .into_iter()
        .filter_map(|reference| resolve(reference.name.as_deref()?, name))
        .collect()
}

/// Reviews all templates: the files and images that they name, their filters, tests and functions.
///
/// The images that they name are read into the assets.
pub(super) fn review(
    engine: &Engine,
    folder: &Folder,
    assets: &mut Assets,
) -> BTreeMap<String, Vec<Finding>> {
    let mut all_bound: BTreeSet<String> = BTreeSet::new();
    for source in engine.names().filter_map(|name| engine.source(name)) {
        all_bound.extend(bound_names(&tags_of(source)).into_iter().map(str::to_owned));
    }
    let mut review = BTreeMap::new();
    for name in engine.names() {
        let Some(source) = engine.source(name) else { continue };
        let mut found = named_files(engine, name, source);
        found.extend(named_functions(source, &all_bound));
        found.extend(images(name, source, folder, assets));
        if !found.is_empty() {
            review.insert(name.to_owned(), found);
        }
    }
    review
}

fn named_files(engine: &Engine, name: &str, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for reference in references(&tags_of(source)) {
        let Some(named) = reference.name else { continue };
        let finding = match resolve(&named, name) {
            None => {
                Finding::error("outside", format!("{named:?} leads out of the templates folder"))
            }
            Some(path) if is_html(&path) != is_html(name) => mixed(&named),
            Some(path) if engine.source(&path).is_none() => {
                let known = engine.names().filter(|name| !name.contains('#'));
                Finding::error("no-template", format!("there is no template {named:?}"))
                    .did_you_mean(&path, known)
            }
            Some(_) => continue,
        };
        findings.push(source.place(finding, &(reference.start..reference.end)));
    }
    findings
}

fn named_functions(source: &Source, bound: &BTreeSet<String>) -> Vec<Finding> {
    let tags = tags_of(source);
    let mut findings = Vec::new();
    for mention in mentions(&tags) {
        let name = mention.token.text.as_str();
        let finding = match mention.role {
            Role::Filter if !FILTERS.contains(&name) => unknown_name("filter", name, &FILTERS),
            Role::Test if !TESTS.contains(&name) => unknown_name("test", name, &TESTS),
            Role::Call
                if !FUNCTIONS.contains(&name)
                    && !bound.contains(name)
                    && !ALWAYS_KNOWN.contains(&name) =>
            {
                unknown_name("function", name, &FUNCTIONS)
            }
            _ => continue,
        };
        findings.push(source.place(finding, &(mention.token.start..mention.token.end)));
    }
    findings
}

fn images(name: &str, source: &Source, folder: &Folder, assets: &mut Assets) -> Vec<Finding> {
    let tags = tags_of(source);
    let mut findings = Vec::new();
    for mention in mentions(&tags) {
        if mention.role != Role::Call || mention.token.text != "inline_image" {
            continue;
        }
        let Some(literal) = mention.literal else {
            // Any image may be meant.
            let images = folder.names().filter(|name| IMAGES.iter().any(|end| name.ends_with(end)));
            for image in images {
                let _unreadable_images_are_missing = read(image, folder, assets);
            }
            continue;
        };
        let range = literal.start..literal.end;
        let found = match resolve(&literal.text, name) {
            None => {
                let message = format!("{:?} leads out of the templates folder", literal.text);
                Err(Box::new(Finding::error("outside", message)))
            }
            Some(path) if folder.contains(&path) => read(&path, folder, assets),
            Some(path) => {
                let message = format!("there is no image {:?}", literal.text);
                let finding = Finding::error("no-file", message);
                Err(Box::new(finding.did_you_mean(&path, folder.names())))
            }
        };
        if let Err(finding) = found {
            findings.push(source.place(*finding, &range));
        }
    }
    findings
}

fn read(path: &str, folder: &Folder, assets: &mut Assets) -> Result<(), Box<Finding>> {
    if !assets.contains_key(path) {
        assets.insert(path.to_owned(), Arc::new(Asset::new(path, folder.bytes(path)?)));
    }
    Ok(())
}

/// All templates that a method's rendering can use: its own, and what they name literally.
pub(super) fn closure(engine: &Engine, definition: &Definition, bodies: &Bodies) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for rule in &definition.headers {
        names.extend(rule.values.iter().map(|value| value.name.clone()));
    }
    for rule in &definition.attachments {
        names.extend(rule.filename.iter().map(|filename| filename.name.clone()));
        if let Content::Template(file) = &rule.content {
            names.push(file.clone());
        }
    }
    names.extend(definition.key.iter().map(|key| key.name.clone()));
    names.extend(bodies.text.values().chain(bodies.html.values()).map(|body| body.name.clone()));
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        at += 1;
        let Some(source) = engine.source(&name) else { continue };
        for file in referenced(&name, source) {
            if !names.contains(&file) {
                names.push(file);
            }
        }
    }
    names
}

/// Whether a template of a method translates.
pub(super) fn translates(engine: &Engine, closure: &[String]) -> bool {
    closure.iter().filter_map(|name| engine.source(name)).any(|source| {
        mentions(&tags_of(source)).iter().any(|m| m.role == Role::Call && m.token.text == "t")
    })
}

/// The names in a method's templates that are neither arguments nor bound by a template.
pub(super) fn names(
    engine: &Engine,
    method: &str,
    definition: &Definition,
    closure: &[String],
) -> Vec<Finding> {
    let declared: Vec<&str> = definition.parameters.all().iter().map(Parameter::name).collect();
    let mut bound: BTreeSet<String> = BTreeSet::new();
    for source in closure.iter().filter_map(|name| engine.source(name)) {
        bound.extend(bound_names(&tags_of(source)).into_iter().map(str::to_owned));
    }
    let mut findings = Vec::new();
    for name in closure {
        let Some(source) = engine.source(name) else { continue };
        let unknown: Vec<String> = engine
            .undeclared(name)
            .into_iter()
            .filter(|name| !declared.contains(&name.as_str()) && !bound.contains(name))
            .filter(|name| {
                !ALWAYS_KNOWN.contains(&name.as_str()) && !FUNCTIONS.contains(&name.as_str())
            })
            .collect();
        if unknown.is_empty() {
            continue;
        }
        let tags = tags_of(source);
        for mention in mentions(&tags) {
            let token = mention.token;
            if mention.role != Role::Variable || !unknown.contains(&token.text) {
                continue;
            }
            let finding = Finding::error(
                "undeclared",
                format!("`{}` is not an argument of {method}", token.text),
            );
            let finding = match nearest(&token.text, declared.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None if declared.is_empty() => finding.help("the method declares no arguments"),
                None => finding.help(format!("declared are: {}", declared.join(", "))),
            };
            findings.push(source.place(finding, &(token.start..token.end)));
        }
    }
    findings
}
