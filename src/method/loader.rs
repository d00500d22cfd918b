//! The loader: turns the files of a folder into methods; all that is wrong is collected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::definition::{BodyRule, Content, Definition, Inlines, conflicts, lay_over};
use super::each;
use super::folder::Folder;
use super::library::Library;
use super::mail_method::{Bodies, MailMethod, Parts, default_of};
use super::name::{is_locale, is_method_name};
use super::review;
use crate::render::{
    Asset, Assets, Catalogue, Engine, Origin, Scanned, Settings, Source, Tag, Translation,
    fallback_chain, is_html,
};
use crate::source::{Document, Finding, Node, Part, Path};

/// The endings of template files, behind which the kind of output stands.
const TEMPLATE_ENDINGS: [&str; 3] = [".j2", ".jinja", ".jinja2"];

/// What a folder gives: the sound methods, and all findings.
pub(super) struct Loaded {
    pub(super) library: Arc<Library>,
    pub(super) methods: BTreeMap<Arc<str>, MailMethod>,
    /// The methods that are wrong, with what is wrong in them.
    pub(super) broken: BTreeMap<Arc<str>, Vec<Finding>>,
    pub(super) findings: Vec<Finding>,
}

/// Loads all methods of a folder.
pub(super) fn load(folder: &Folder, settings: &Settings) -> Loaded {
    let mut loader = Loader {
        folder,
        settings,
        engine: Engine::new(settings.limits.clone()),
        catalogue: Catalogue::default(),
        assets: Assets::new(),
        tags: BTreeMap::new(),
        in_templates: BTreeMap::new(),
        in_defaults: BTreeMap::new(),
        findings: folder.findings.clone(),
    };
    loader.catalogues();
    let defaults = loader.defaults();
    let mut definitions = BTreeMap::new();
    let mut inlines = Inlines::new();
    let mut broken: BTreeMap<Arc<str>, Vec<Finding>> = BTreeMap::new();
    let names = loader.method_names();
    let read = each(&names, |name| loader.definition(name, &defaults));
    for (name, (definition, findings, inside)) in names.into_iter().zip(read) {
        inlines.extend(inside);
        if !findings.is_empty() {
            broken.entry(Arc::clone(&name)).or_default().extend(findings);
        }
        definitions.insert(name, definition);
    }
    loader.templates(&definitions, inlines);
    loader.finish(definitions, broken)
}

struct Loader<'a> {
    folder: &'a Folder,
    settings: &'a Settings,
    engine: Engine,
    catalogue: Catalogue,
    assets: Assets,
    /// What stands in each template.
    tags: BTreeMap<String, Vec<Tag>>,
    /// What is wrong in templates, by their names.
    in_templates: BTreeMap<String, Vec<Finding>>,
    /// What is wrong in `_defaults.yaml`, by their folders.
    in_defaults: BTreeMap<String, Vec<Finding>>,
    /// What is wrong elsewhere.
    findings: Vec<Finding>,
}

impl Loader<'_> {
    fn file_error(
        &mut self,
        name: &str,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) {
        let finding = Finding::error(code, message).in_file(self.folder.shown(name));
        self.findings.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    /// Reads and parses a YAML file.
    fn document(&self, name: &str) -> Result<Arc<Document>, Vec<Finding>> {
        let text = self.folder.text(name).map_err(|finding| vec![*finding])?;
        Document::parse(&self.folder.shown(name), name, &text).map(Arc::new)
    }

    /// Reads `_locales/*.yaml`.
    fn catalogues(&mut self) {
        let names: Vec<String> = self
            .folder
            .names()
            .filter(|name| name.starts_with("_locales/"))
            .map(str::to_owned)
            .collect();
        for name in names {
            let Some(locale) = name.strip_prefix("_locales/").and_then(|n| n.strip_suffix(".yaml"))
            else {
                continue;
            };
            if !is_locale(locale) {
                let help = Some("name it after a locale: de.yaml, de-AT.yaml".to_owned());
                self.file_error(&name, "locale", format!("{locale:?} is no locale"), help);
                continue;
            }
            match self.document(&name) {
                Ok(document) => {
                    let mut keys = BTreeMap::new();
                    let root = Path::default();
                    translations(&document, &document.root, &root, &mut keys, &mut self.findings);
                    self.catalogue.add(locale, keys, document);
                }
                Err(findings) => self.findings.extend(findings),
            }
        }
    }

    /// Reads all `_defaults.yaml`, by the folder that they stand in.
    fn defaults(&mut self) -> BTreeMap<String, Arc<Document>> {
        let mut defaults = BTreeMap::new();
        let names: Vec<String> = self.folder.names().map(str::to_owned).collect();
        for name in names {
            let (directory, file) = name.rsplit_once('/').unwrap_or(("", &name));
            if file != "_defaults.yaml" {
                if file.starts_with("_default") && file.ends_with("ml") {
                    let help = Some("rename it to _defaults.yaml".to_owned());
                    self.file_error(&name, "file-name", "this file is not read".to_owned(), help);
                }
                continue;
            }
            match self.document(&name) {
                Ok(document) => {
                    let mut scratch = Definition::default();
                    let found = lay_over(&mut scratch, &document, true, &mut Inlines::new());
                    if !found.is_empty() {
                        self.in_defaults.insert(directory.to_owned(), found);
                    }
                    defaults.insert(directory.to_owned(), document);
                }
                Err(findings) => {
                    self.in_defaults.insert(directory.to_owned(), findings);
                }
            }
        }
        defaults
    }

    /// The names of the methods: each YAML file whose path has no part that begins with `_`.
    fn method_names(&mut self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        let files: Vec<String> = self.folder.names().map(str::to_owned).collect();
        for file in files {
            if file.split('/').any(|part| part.starts_with('_')) {
                continue;
            }
            if let Some(name) = file.strip_suffix(".yml") {
                let help = Some(format!("rename it to {name}.yaml"));
                self.file_error(
                    &file,
                    "file-name",
                    "a method's file ends in .yaml".to_owned(),
                    help,
                );
                continue;
            }
            let Some(name) = file.strip_suffix(".yaml") else { continue };
            let stem = name.rsplit('/').next().unwrap_or(name);
            if is_method_name(name) {
                names.push(Arc::from(name));
            } else if let Some((base, locale)) = stem.split_once('.')
                && is_locale(locale)
            {
                let message = "a method has one YAML file for all locales".to_owned();
                let help = format!(
                    "translate headers with t(\"…\") and _locales/{locale}.yaml, bodies with \
                     {base}.{locale}.html.j2 and {base}.{locale}.txt.j2"
                );
                self.file_error(&file, "locale-file", message, Some(help));
            } else {
                let help =
                    "a name is lower-case letters, digits, `-` and `_`, with `/` between folders";
                let message = format!("{name:?} cannot be the name of a method");
                self.file_error(&file, "method-name", message, Some(help.to_owned()));
            }
        }
        names
    }

    /// Reads one method: the defaults of its folders, outermost first, then its own file.
    fn definition(
        &self,
        name: &str,
        defaults: &BTreeMap<String, Arc<Document>>,
    ) -> (Definition, Vec<Finding>, Inlines) {
        let (mut definition, mut inlines) = (Definition::default(), Inlines::new());
        for document in folders_above(name).filter_map(|folder| defaults.get(folder)) {
            // Findings in defaults were reported once, when they were read.
            let _reported = lay_over(&mut definition, document, true, &mut inlines);
        }
        let findings = match self.document(&format!("{name}.yaml")) {
            Ok(document) => {
                let mut findings = lay_over(&mut definition, &document, false, &mut inlines);
                findings.extend(conflicts(&definition));
                findings
            }
            Err(findings) => findings,
        };
        (definition, findings, inlines)
    }

    /// Compiles all templates: those in files, and those in YAML.
    fn templates(&mut self, definitions: &BTreeMap<Arc<str>, Definition>, inlines: Inlines) {
        let mut files: Vec<String> = self
            .folder
            .names()
            .filter(|name| TEMPLATE_ENDINGS.iter().any(|end| name.ends_with(end)))
            .map(str::to_owned)
            .collect();
        for definition in definitions.values() {
            let bodies = [&definition.text, &definition.html].into_iter().flatten();
            files.extend(bodies.filter_map(|body| match body {
                BodyRule::File(file, _) => Some(file.clone()),
                BodyRule::Inline(_) => None,
            }));
            files.extend(definition.attachments.iter().filter_map(|rule| match &rule.content {
                Content::Template(file) => Some(file.clone()),
                _ => None,
            }));
        }
        let mut known = BTreeSet::new();
        while !files.is_empty() {
            // Each once, and then those that these name.
            files.retain(|file| self.folder.contains(file) && known.insert(file.clone()));
            let read = each(&files, |file| self.template(file));
            let mut named = Vec::new();
            for (file, read) in files.into_iter().zip(read) {
                match read {
                    Ok((source, scanned)) => {
                        named.extend(review::named(&file, &scanned.tags));
                        self.add(file, source, scanned);
                    }
                    Err(finding) => self.in_templates.entry(file).or_default().push(*finding),
                }
            }
            files = named;
        }
        let inlines: Vec<(String, Source)> = inlines.into_iter().collect();
        let scanned = each(&inlines, |(_, source)| Scanned::of(&source.text));
        for ((name, source), scanned) in inlines.into_iter().zip(scanned) {
            self.add(name, source, scanned);
        }
    }

    /// Reads the file of a template.
    fn template(&self, file: &str) -> Result<(Source, Scanned), Box<Finding>> {
        let text: Arc<str> = self.folder.text(file)?.into();
        let scanned = Scanned::of(&text);
        let origin = Origin::File(self.folder.shown(file).into());
        Ok((Source { text, origin }, scanned))
    }

    fn add(&mut self, name: String, source: Source, scanned: Scanned) {
        if let Err(finding) = self.engine.add(&name, source, &scanned) {
            self.in_templates.entry(name.clone()).or_default().push(*finding);
        }
        self.tags.insert(name, scanned.tags);
    }

    /// Reviews the templates, pairs methods with their bodies and attachments.
    fn finish(
        mut self,
        definitions: BTreeMap<Arc<str>, Definition>,
        mut broken: BTreeMap<Arc<str>, Vec<Finding>>,
    ) -> Loaded {
        let mut parts = Vec::new();
        for (name, definition) in definitions {
            let mut findings = Vec::new();
            let bodies = self.bodies(&name, &definition, &mut findings);
            if is_broken(broken.get(&name)) || findings.len() > 1 {
                // What is wrong already may well be the body that is missed.
                findings.retain(|finding| finding.code != "no-body");
            }
            self.attachments(&definition, &mut findings);
            let attached = self.files_of_samples(definition, &mut findings);
            if !findings.is_empty() {
                broken.entry(Arc::clone(&name)).or_default().extend(findings);
            }
            parts.push((name, attached, bodies));
        }
        let tags = std::mem::take(&mut self.tags);
        let scans = review::Scans::new(&self.engine, &tags);
        for (name, findings) in review::review(&scans, self.folder, &mut self.assets) {
            self.in_templates.entry(name).or_default().extend(findings);
        }
        let mut prepared = Vec::new();
        for (name, definition, bodies) in parts {
            let closure = review::closure(&scans, &definition, &bodies);
            let findings = review::names(&scans, &name, &definition, &closure);
            if !findings.is_empty() {
                broken.entry(Arc::clone(&name)).or_default().extend(findings);
            }
            let translates = review::translates(&scans, &closure);
            let locales = self.locales(&definition, &bodies, translates);
            let file = self.folder.shown(&format!("{name}.yaml"));
            let revision = OnceLock::new();
            let default = default_of(&locales);
            let chain = fallback_chain(default, default);
            prepared.push(Parts {
                name,
                file,
                definition,
                bodies,
                closure,
                locales,
                chain,
                revision,
            });
        }
        self.orphans(&prepared);
        self.sealed(prepared, broken)
    }

    fn sealed(self, prepared: Vec<Parts>, mut broken: BTreeMap<Arc<str>, Vec<Finding>>) -> Loaded {
        let library = Arc::new(Library {
            engine: self.engine,
            catalogue: Arc::new(self.catalogue),
            assets: Arc::new(self.assets),
            settings: self.settings.clone(),
        });
        // A finding in a shared file breaks each method that uses it.
        for parts in &prepared {
            let shared = parts.closure.iter().filter_map(|name| self.in_templates.get(name));
            let above =
                folders_above(&parts.name).filter_map(|folder| self.in_defaults.get(folder));
            let found: Vec<Finding> = shared.chain(above).flatten().cloned().collect();
            if !found.is_empty() {
                broken.entry(Arc::clone(&parts.name)).or_default().extend(found);
            }
        }
        let mut findings = self.findings;
        let shared = self.in_templates.values().chain(self.in_defaults.values());
        for found in shared.chain(broken.values()) {
            for finding in found {
                if !findings.contains(finding) {
                    findings.push(finding.clone());
                }
            }
        }
        findings.sort_by(|a, b| a.location.cmp(&b.location));
        let methods = prepared
            .into_iter()
            .filter(|parts| !is_broken(broken.get(&parts.name)))
            .map(|parts| (Arc::clone(&parts.name), MailMethod::new(parts, Arc::clone(&library))))
            .collect();
        broken.retain(|_, findings| is_broken(Some(findings)));
        Loaded { library, methods, broken, findings }
    }

    /// Finds the bodies of a method: by the YAML file, else by its name, for each locale.
    fn bodies(&self, name: &str, definition: &Definition, findings: &mut Vec<Finding>) -> Bodies {
        let text = self.body(name, "txt", definition.text.as_ref(), findings);
        let html = self.body(name, "html", definition.html.as_ref(), findings);
        if text.is_empty() && html.is_empty() {
            let finding = Finding::error("no-body", format!("the method {name} has no body"))
                .in_file(self.folder.shown(&format!("{name}.yaml")));
            let stem = name.rsplit('/').next().unwrap_or(name);
            findings.push(finding.help(format!(
                "write {stem}.html.j2 or {stem}.txt.j2 beside it, or the key `text` or `html`"
            )));
        }
        for locale in html.keys().chain(text.keys()) {
            let alone = !html.is_empty()
                && !text.is_empty()
                && (html.contains_key(locale) != text.contains_key(locale));
            if alone && !locale.is_empty() {
                let (there, missing) =
                    if html.contains_key(locale) { ("HTML", "text") } else { ("text", "HTML") };
                findings.push(
                    Finding::warning(
                        "half-translated",
                        format!(
                            "the {there} body is there in {locale:?}, the {missing} body is not"
                        ),
                    )
                    .in_file(self.folder.shown(&format!("{name}.yaml")))
                    .help("write the other body as well, or translate both by a catalogue"),
                );
            }
        }
        Bodies { text, html }
    }

    fn body(
        &self,
        name: &str,
        ending: &str,
        rule: Option<&BodyRule>,
        findings: &mut Vec<Finding>,
    ) -> BTreeMap<Arc<str>, super::mail_method::Body> {
        use super::mail_method::Body;
        let mut bodies = BTreeMap::new();
        let mut stem = name.to_owned();
        let mut tail = format!(".{ending}.j2");
        match rule {
            Some(BodyRule::Inline(inline)) => {
                bodies.insert(Arc::from(""), Body::from(inline.clone()));
            }
            Some(BodyRule::File(file, spot)) => {
                let wrong = |code, message: String| {
                    spot.document.error(&spot.path, Part::Value, code, message)
                };
                if !self.folder.contains(file) {
                    let near = self.folder.names().filter(|name| name.contains(".j2"));
                    findings.push(
                        wrong("no-file", format!("there is no file {file:?}"))
                            .did_you_mean(file, near),
                    );
                } else if is_html(file) != (ending == "html") {
                    let kind = if ending == "html" { "an HTML" } else { "a text" };
                    let finding = wrong("mixed", format!("{file:?} cannot be {kind} body"));
                    findings.push(finding.help(format!(
                        "rename it to end in .{ending}.j2: the ending decides the escaping"
                    )));
                } else if let Some(at) = file.rfind(&format!(".{ending}")) {
                    stem = file.get(..at).unwrap_or_default().to_owned();
                    tail = file.get(at..).unwrap_or_default().to_owned();
                }
            }
            None => {}
        }
        for file in self.folder.beginning_with(&stem) {
            let Some(middle) = file.strip_prefix(&stem).and_then(|rest| rest.strip_suffix(&tail))
            else {
                continue;
            };
            let locale = middle.strip_prefix('.').unwrap_or_default();
            if middle.is_empty() && !matches!(rule, Some(BodyRule::Inline(_))) {
                bodies.insert(Arc::from(""), Body::from_file(file));
            } else if is_locale(locale) {
                bodies.insert(Arc::from(locale), Body::from_file(file));
            }
        }
        bodies
    }

    /// Reads the files that a method attaches; checks what its attachments name.
    fn attachments(&mut self, definition: &Definition, findings: &mut Vec<Finding>) {
        use super::parameter::Type;
        for rule in &definition.attachments {
            let spot = &rule.spot;
            let wrong =
                |code, message: String| spot.document.error(&spot.path, Part::Value, code, message);
            match &rule.content {
                Content::File(file) => {
                    if let Err(message) = self.asset(file) {
                        let near = self.folder.names();
                        findings.push(wrong("no-file", message).did_you_mean(file, near));
                    }
                }
                Content::Template(file) => {
                    if !self.folder.contains(file) {
                        let finding = wrong("no-file", format!("there is no file {file:?}"));
                        findings.push(finding.did_you_mean(file, self.folder.names()));
                    }
                }
                Content::Argument(name) => {
                    let names: Vec<&str> = definition
                        .parameters
                        .all()
                        .iter()
                        .map(super::parameter::Parameter::name)
                        .collect();
                    match definition.parameters.get(name).map(super::parameter::Parameter::kind) {
                        Some(Type::File) => {}
                        Some(Type::List(item)) if *item.kind() == Type::File => {}
                        Some(kind) => {
                            let message = format!(
                                "the argument `{name}` is of type {}, not file",
                                kind.name()
                            );
                            findings.push(wrong("attachment", message));
                        }
                        None => {
                            let finding =
                                wrong("unknown-argument", format!("`{name}` is not declared"));
                            findings.push(finding.did_you_mean(name, names));
                        }
                    }
                }
            }
        }
    }

    /// Reads a file of the folder, once.
    fn asset(&mut self, file: &str) -> Result<Arc<Asset>, String> {
        if let Some(asset) = self.assets.get(file) {
            return Ok(Arc::clone(asset));
        }
        if !self.folder.contains(file) {
            return Err(format!("there is no file {file:?}"));
        }
        let bytes = self.folder.bytes(file).map_err(|finding| finding.message)?;
        let asset = Arc::new(Asset::new(file, bytes));
        self.assets.insert(file.to_owned(), Arc::clone(&asset));
        Ok(asset)
    }

    /// Replaces `{file: PATH}` in samples by the files; nowhere else is a file read by its path.
    fn files_of_samples(
        &mut self,
        mut definition: Definition,
        findings: &mut Vec<Finding>,
    ) -> Definition {
        let parameters = definition.parameters.clone();
        for sample in &mut definition.samples {
            let mut found = Vec::new();
            super::sample::file_paths(
                &parameters,
                &sample.arguments,
                &sample.spot.path,
                &mut found,
            );
            for (steps, text, path) in found {
                let read = crate::render::resolve_beside(&text, sample.spot.document.name())
                    .ok_or_else(|| format!("{text:?} leads out of the templates folder"))
                    .and_then(|file| self.asset(&file));
                match read {
                    Ok(asset) => super::sample::replace(&mut sample.arguments, &steps, &asset),
                    Err(message) => {
                        let finding =
                            sample.spot.document.error(&path, Part::Value, "no-file", message);
                        findings.push(finding.did_you_mean(&text, self.folder.names()));
                    }
                }
            }
        }
        definition
    }

    /// The locales of a method: its own first, then those of its bodies, then those of the
    /// catalogue if one of its templates translates.
    fn locales(&self, definition: &Definition, bodies: &Bodies, translates: bool) -> Vec<Arc<str>> {
        let own: Arc<str> = definition
            .locale
            .as_deref()
            .map_or_else(|| Arc::clone(&self.settings.locale), Arc::from);
        let mut others: Vec<Arc<str>> = bodies
            .text
            .keys()
            .chain(bodies.html.keys())
            .filter(|locale| !locale.is_empty())
            .cloned()
            .collect();
        if translates {
            others.extend(self.catalogue.locales().cloned());
        }
        others.sort();
        others.dedup();
        others.retain(|locale| *locale != own);
        std::iter::once(own).chain(others).collect()
    }

    /// Warns of templates beside methods that no method uses.
    fn orphans(&mut self, prepared: &[Parts]) {
        let used: BTreeSet<&str> =
            prepared.iter().flat_map(|parts| parts.closure.iter().map(String::as_str)).collect();
        let names: Vec<&str> = prepared.iter().map(|parts| parts.name.as_ref()).collect();
        let mut found = Vec::new();
        for file in self.engine.names() {
            let shared = file.split('/').any(|part| part.starts_with('_'));
            if file.contains('#') || shared || used.contains(file) {
                continue;
            }
            let stem = file.split('.').next().unwrap_or(file);
            let finding = Finding::warning("unused-file", "no method uses this template")
                .in_file(self.folder.shown(file));
            found.push(match crate::source::nearest(stem, names.iter().copied()) {
                _ if names.contains(&stem) => {
                    finding.help(format!("{stem}.yaml holds or names another body: remove one"))
                }
                Some(near) => finding.help(format!("is it for the method {near}?")),
                None => finding.help(
                    "name it after its method, or move it into a folder that begins with `_`",
                ),
            });
        }
        self.findings.extend(found);
    }
}

fn is_broken(findings: Option<&Vec<Finding>>) -> bool {
    findings.is_some_and(|found| found.iter().any(|f| f.severity == crate::source::Severity::Error))
}

/// The folders whose defaults a method inherits, outermost first; the root is "".
fn folders_above(method: &str) -> impl Iterator<Item = &str> {
    let inner = method.match_indices('/').filter_map(|(at, _)| method.get(..at));
    std::iter::once("").chain(inner)
}

/// Reads the translations below a node; nested keys are joined by dots.
fn translations(
    document: &Arc<Document>,
    node: &Node,
    path: &Path,
    keys: &mut BTreeMap<String, Translation>,
    findings: &mut Vec<Finding>,
) {
    const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
    let Node::Map(entries) = node else {
        findings.push(document.error(
            path,
            Part::Value,
            "wrong-type",
            "translations are a map of keys",
        ));
        return;
    };
    for (key, value) in entries {
        let here = path.key(key);
        match value {
            Node::Text(text) => {
                keys.insert(here.to_string(), Translation::Text(text.clone()));
            }
            Node::Map(forms)
                if forms.iter().any(|(form, _)| form == "other")
                    && forms.iter().all(|(form, node)| {
                        CATEGORIES.contains(&form.as_str()) && matches!(node, Node::Text(_))
                    }) =>
            {
                let forms = forms.iter().filter_map(|(form, node)| match node {
                    Node::Text(text) => Some((form.clone(), text.clone())),
                    _ => None,
                });
                keys.insert(here.to_string(), Translation::Plural(forms.collect()));
            }
            Node::Map(_) => translations(document, value, &here, keys, findings),
            Node::Integer(_) | Node::Float(_) | Node::Bool(_) | Node::Null | Node::List(_) => {
                let message =
                    format!("the translation is {}, not text", crate::source::kind(value));
                let finding = document.error(&here, Part::Value, "wrong-type", message);
                findings.push(finding.help("put it in quotes"));
            }
        }
    }
}
