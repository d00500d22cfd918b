//! The inspection: what can be known of methods by reading their templates and by rendering their
//! samples. What becomes of it is the lint's business.

use std::sync::{Arc, OnceLock};
use std::thread;

use super::definition::SampleRule;
use super::flow::{self, Syntaxes, Translated};
use super::library::Library;
use super::{Call, CallError, MailMethod, MailMethods, each, translations};
use crate::message::Mail;
use crate::render::{Branch, Origin, Reached};
use crate::source::{Finding, Part};

/// The most findings of one kind about one YAML file: to find the place of each, it is parsed up to
/// there.
const LIMIT: usize = 20;

/// A file whose comments may say something, as findings name it.
pub(crate) struct Commented<'a> {
    pub(crate) shown: &'a str,
    pub(crate) text: Arc<str>,
    pub(crate) is_template: bool,
}

/// One sample in one locale.
pub(crate) struct Preview {
    pub(crate) call: Call,
    pub(crate) mail: Result<Mail, Vec<Finding>>,
}

/// Methods under inspection.
pub(crate) struct Inspection<'a> {
    methods: &'a MailMethods,
    instrumented: OnceLock<Instrumented>,
    syntaxes: Syntaxes<'a>,
}

/// The same templates, with a call in each branch.
struct Instrumented {
    library: Arc<Library>,
    branches: Vec<Branch>,
    reached: Reached,
}

impl Instrumented {
    fn new(library: &Library) -> Self {
        let (engine, branches, reached) = library.engine.instrumented();
        let library = Arc::new(Library {
            engine,
            catalogue: Arc::clone(&library.catalogue),
            assets: Arc::clone(&library.assets),
            settings: library.settings.clone(),
        });
        Self { library, branches, reached }
    }
}

/// What is wrong with a method as it is written, and the translations that it uses.
pub(crate) struct Written {
    pub(crate) findings: Vec<Finding>,
    pub(crate) translated: Vec<Translated>,
}

impl<'a> Inspection<'a> {
    pub(crate) fn new(methods: &'a MailMethods) -> Self {
        let syntaxes = Syntaxes::new(&methods.library.engine);
        Self { methods, instrumented: OnceLock::new(), syntaxes }
    }

    /// The templates that say which of their branches are reached; made when they are first needed.
    fn instrumented(&self) -> &Instrumented {
        self.instrumented.get_or_init(|| Instrumented::new(&self.methods.library))
    }

    /// Reads the methods as they are written, each once, while the templates that are rendered are
    /// made beside it.
    pub(crate) fn read(&self, methods: &[&MailMethod]) -> Vec<Written> {
        thread::scope(|scope| {
            scope.spawn(|| self.instrumented());
            each(methods, |method| self.written(method))
        })
    }

    /// What is wrong with a method as it is written: names, fields, unused arguments, calls of `t`.
    fn written(&self, method: &MailMethod) -> Written {
        let facts = flow::facts(method, &self.syntaxes);
        let mut findings = facts.findings;
        for name in facts.unused.iter().take(LIMIT) {
            let Some(spot) = method.declared_at(name) else { continue };
            let message = format!("no template of {} uses the argument `{name}`", method.name());
            let finding = Finding::warning("unused-argument", message);
            let finding = finding.help("use it, or remove it from here and from the calls");
            findings.push(spot.document.place(finding, &spot.path, Part::Key));
        }
        let default = method.locales().first().map_or("en", AsRef::as_ref);
        let catalogue = &self.methods.library.catalogue;
        findings.extend(translations::calls(&facts.translated, default, catalogue, &self.syntaxes));
        Written { findings, translated: facts.translated }
    }

    /// Renders all samples of a method in all its locales, and notes the branches that they reach.
    pub(crate) fn previews(&self, method: &MailMethod) -> impl Iterator<Item = Preview> {
        let instrumented = MailMethod {
            parts: Arc::clone(&method.parts),
            library: Arc::clone(&self.instrumented().library),
        };
        let samples = method.parts.definition.samples.iter();
        let calls = samples.flat_map(|sample| {
            let call = method.sample(&sample.name);
            method
                .locales()
                .iter()
                .filter_map(move |locale| Some((sample, call.clone()?.locale(locale.as_ref()))))
        });
        calls.map(move |(sample, call)| {
            let limits = self.methods.limits();
            let mail = instrumented.call(&call, limits).or_else(|_instrumented| {
                // Once more as written: only there do places and steps count as the user's.
                method.call(&call, limits).map_err(|error| {
                    let fits = !matches!(error, CallError::Arguments { .. });
                    let placed = |finding: Finding| {
                        if fits { finding } else { misfit(sample, &finding) }
                    };
                    error.findings().into_iter().map(placed).collect()
                })
            });
            Preview { call, mail }
        })
    }

    /// What is wrong with the samples of a method beside what does not render.
    pub(crate) fn samples(&self, method: &MailMethod) -> Vec<Finding> {
        let samples = &method.parts.definition.samples;
        if samples.is_empty() {
            let message = format!("the method {} has no sample", method.name());
            let finding = Finding::warning("no-sample", message).in_file(method.file());
            let help = "a sample is preview, golden test and documentation at once: add `samples`";
            return vec![finding.help(help)];
        }
        let mut findings = Vec::new();
        for (at, sample) in samples.iter().enumerate() {
            let twin = samples.iter().take(at).find(|other| other.arguments == sample.arguments);
            let Some(twin) = twin.filter(|_| findings.len() < LIMIT) else { continue };
            let message = format!("the sample `{}` is the same as `{}`", sample.name, twin.name);
            let spot = &sample.spot;
            let finding = Finding::warning("sample-repeated", message);
            let finding = finding.help("make it show something else, or remove it");
            findings.push(spot.document.place(finding, &spot.path, Part::Key));
        }
        findings
    }

    /// The branches and loop bodies that no preview has reached, with their templates.
    pub(crate) fn unreached(&self) -> Vec<(String, Finding)> {
        let Instrumented { branches, reached, .. } = self.instrumented();
        let branches = branches.iter().enumerate();
        let unreached = branches.filter(|(number, _)| !reached.contains(*number));
        unreached
            .filter_map(|(_, branch)| {
                let source = self.methods.library.engine.source(&branch.template)?;
                let what = if branch.keyword == "for" { "loop body" } else { "branch" };
                let message = format!("no sample reaches this {what}");
                let finding = Finding::warning("unreached", message).help("add a sample that does");
                Some((branch.template.clone(), source.place(finding, &branch.range)))
            })
            .collect()
    }

    /// What is wrong in the catalogues; keys that nobody uses only if all methods were read.
    pub(crate) fn translations(&self, translated: &[Translated], is_all: bool) -> Vec<Finding> {
        let library = &self.methods.library;
        let default = &library.settings.locale;
        translations::catalogue(&library.catalogue, default, translated, is_all)
    }

    /// All templates and catalogues.
    pub(crate) fn commented(&self) -> impl Iterator<Item = Commented<'a>> {
        let library = &self.methods.library;
        let templates = library.engine.names().filter_map(|name| template(library, name));
        let locales = library.catalogue.locales();
        let catalogues = locales.filter_map(|locale| {
            let (document, _) = library.catalogue.of(locale)?;
            Some(Commented {
                shown: document.file(),
                text: document.shared_text(),
                is_template: false,
            })
        });
        templates.chain(catalogues)
    }
}

/// The file of a template; none for one that stands in YAML.
fn template<'a>(library: &'a Library, name: &str) -> Option<Commented<'a>> {
    let source = library.engine.source(name)?;
    match &source.origin {
        Origin::File(shown) => {
            Some(Commented { shown, text: Arc::clone(&source.text), is_template: true })
        }
        Origin::Scalar(..) => None,
    }
}

impl MailMethod {
    /// The files in which a comment may be about this method: its own, the defaults that it
    /// inherits, and its templates.
    pub(crate) fn commented(&self) -> impl Iterator<Item = Commented<'_>> {
        let documents = self.parts.definition.documents.iter().map(|document| Commented {
            shown: document.file(),
            text: document.shared_text(),
            is_template: false,
        });
        documents.chain(self.templates().filter_map(|name| template(&self.library, name)))
    }

    /// Its YAML file and the defaults that it inherits, as findings name them.
    pub(crate) fn definition_files(&self) -> Vec<&str> {
        self.parts.definition.documents.iter().map(|document| document.file()).collect()
    }

    /// The text of its YAML file.
    pub(crate) fn definition_text(&self) -> Option<&str> {
        let own = self.parts.definition.documents.last()?;
        (own.file() == self.file()).then(|| own.text())
    }

    /// The names of all templates that it can use.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &str> {
        self.parts.closure.iter().map(String::as_str)
    }
}

/// What does not fit in a sample, at its place in the sample.
fn misfit(sample: &SampleRule, finding: &Finding) -> Finding {
    let inside = finding.path.as_deref().unwrap_or_default();
    let message = format!("the sample `{}` does not fit: {}", sample.name, finding.message);
    let spot = &sample.spot;
    let (path, part) = spot.document.nearest(&spot.path, inside);
    let part = if finding.code == "wrong-argument" { part } else { Part::Key };
    let placed = spot.document.error(&path, part, "sample", message);
    let placed = placed.path(format!("{}.{inside}", spot.path));
    match &finding.help {
        Some(help) => placed.help(help),
        None => placed,
    }
}
