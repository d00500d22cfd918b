//! The review: what can be seen to be wrong in a template before anybody renders it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::{Content, Definition};
use super::each;
use super::folder::Folder;
use super::mail_method::Bodies;
use super::parameter::Parameter;
use crate::render::{
    Asset, Assets, Engine, FILTERS, FUNCTIONS, Role, Source, TESTS, Tag, bound_names, is_html,
    mentions, mixed, references, resolve, unknown_name,
};
use crate::source::{Finding, nearest};

/// The endings of the images that a template may name by a variable.
const IMAGES: [&str; 6] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"];

/// The names that every template knows.
const ALWAYS_KNOWN: [&str; 6] = ["loop", "self", "super", "caller", "varargs", "kwargs"];

/// The files that a template names literally.
pub(super) fn named(name: &str, tags: &[Tag]) -> Vec<String> {
    references(tags)
        .into_iter()
        .filter_map(|reference| Some(resolve(reference.name.as_deref()?, name)?.into_owned()))
        .collect()
}

/// What stands in the templates of a folder: each is read once, however many methods use it.
pub(super) struct Scans<'a>(BTreeMap<&'a str, Scan<'a>>);

/// What stands in one template.
struct Scan<'a> {
    source: &'a Source,
    tags: &'a [Tag],
    /// The files that it names literally.
    files: Vec<String>,
    /// The names that it gives itself.
    bound: BTreeSet<&'a str>,
    /// The names that it reads and does not give itself.
    undeclared: Vec<String>,
}

impl<'a> Scans<'a> {
    pub(super) fn new(engine: &'a Engine, tags: &'a BTreeMap<String, Vec<Tag>>) -> Self {
        let templates: Vec<(&'a String, &'a Vec<Tag>)> = tags.iter().collect();
        let scan = |(name, tags): &(&'a String, &'a Vec<Tag>)| {
            let source = engine.source(name)?;
            let files = named(name, tags);
            let bound = bound_names(tags).into_iter().collect();
            let mut undeclared = engine.undeclared(name);
            undeclared.retain(|name| {
                !ALWAYS_KNOWN.contains(&name.as_str()) && !FUNCTIONS.contains(&name.as_str())
            });
            Some((name.as_str(), Scan { source, tags, files, bound, undeclared }))
        };
        Self(each(&templates, scan).into_iter().flatten().collect())
    }

    fn of(&self, closure: &[String]) -> impl Iterator<Item = &Scan<'a>> {
        closure.iter().filter_map(|name| self.0.get(name.as_str()))
    }
}

/// Reviews all templates: the files and images that they name, their filters, tests and functions.
///
/// The images that they name are read into the assets.
pub(super) fn review(
    scans: &Scans<'_>,
    folder: &Folder,
    assets: &mut Assets,
) -> BTreeMap<String, Vec<Finding>> {
    let all_bound: BTreeSet<&str> =
        scans.0.values().flat_map(|scan| scan.bound.iter().copied()).collect();
    let mut review = BTreeMap::new();
    for (name, scan) in &scans.0 {
        let mut found = named_files(scans, name, scan);
        found.extend(named_functions(scan, &all_bound));
        found.extend(images(name, scan, folder, assets));
        if !found.is_empty() {
            review.insert((*name).to_owned(), found);
        }
    }
    review
}

fn named_files(scans: &Scans<'_>, name: &str, scan: &Scan<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for reference in references(scan.tags) {
        let Some(named) = reference.name else { continue };
        let finding = match resolve(&named, name) {
            None => {
                Finding::error("outside", format!("{named:?} leads out of the templates folder"))
            }
            Some(path) if is_html(&path) != is_html(name) => mixed(&named),
            Some(path) if !scans.0.contains_key(path.as_ref()) => {
                let known = scans.0.keys().copied().filter(|name| !name.contains('#'));
                Finding::error("no-template", format!("there is no template {named:?}"))
                    .did_you_mean(&path, known)
            }
            Some(_) => continue,
        };
        findings.push(scan.source.place(finding, &(reference.start..reference.end)));
    }
    findings
}

fn named_functions(scan: &Scan<'_>, bound: &BTreeSet<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for mention in mentions(scan.tags) {
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
        findings.push(scan.source.place(finding, &(mention.token.start..mention.token.end)));
    }
    findings
}

fn images(name: &str, scan: &Scan<'_>, folder: &Folder, assets: &mut Assets) -> Vec<Finding> {
    let mut findings = Vec::new();
    for mention in mentions(scan.tags) {
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
            findings.push(scan.source.place(*finding, &range));
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
pub(super) fn closure(scans: &Scans<'_>, definition: &Definition, bodies: &Bodies) -> Vec<String> {
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
    let lines = [&definition.key, &definition.preheader, &definition.unsubscribe];
    names.extend(lines.into_iter().flatten().map(|line| line.name.clone()));
    names.extend(bodies.text.values().chain(bodies.html.values()).map(|body| body.name.clone()));
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        at += 1;
        let Some(scan) = scans.0.get(name.as_str()) else { continue };
        for file in &scan.files {
            if !names.contains(file) {
                names.push(file.clone());
            }
        }
    }
    names
}

/// Whether a template of a method translates.
pub(super) fn translates(scans: &Scans<'_>, closure: &[String]) -> bool {
    scans
        .of(closure)
        .any(|scan| mentions(scan.tags).iter().any(|m| m.role == Role::Call && m.token.text == "t"))
}

/// The names in a method's templates that are neither arguments nor bound by a template.
pub(super) fn names(
    scans: &Scans<'_>,
    method: &str,
    definition: &Definition,
    closure: &[String],
) -> Vec<Finding> {
    let declared: Vec<&str> = definition.parameters.all().iter().map(Parameter::name).collect();
    let bound = |name: &str| scans.of(closure).any(|scan| scan.bound.contains(name));
    let mut findings = Vec::new();
    for scan in scans.of(closure) {
        let unknown: Vec<&str> = scan
            .undeclared
            .iter()
            .map(String::as_str)
            .filter(|name| !declared.contains(name) && !bound(name))
            .collect();
        if unknown.is_empty() {
            continue;
        }
        for mention in mentions(scan.tags) {
            let token = mention.token;
            if mention.role != Role::Variable || !unknown.contains(&token.text.as_str()) {
                continue;
            }
            let message = format!("`{}` is not an argument of {method}", token.text);
            let finding = Finding::error("undeclared", message);
            let finding = match nearest(&token.text, declared.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None if declared.is_empty() => finding.help("the method declares no arguments"),
                None => finding.help(format!("declared are: {}", declared.join(", "))),
            };
            findings.push(scan.source.place(finding, &(token.start..token.end)));
        }
    }
    findings
}
