//! The flow: what each name in a method's templates is, from its declared arguments on.
//!
//! Templates are walked, not rendered: through what they extend, include and
//! import, into loops and both sides of conditions, and into macros with the kinds
//! of each call. What cannot be known is taken for anything, so that nothing right
//! is found wrong.

mod expression;
mod guard;
mod kind;
mod statement;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::definition::Content;
use super::mail_method::MailMethod;
use super::parameter::{Fields, Parameter};
use crate::render::{Engine, Role, Source, Statement, Syntax, mentions, parse, tags_of};
use crate::source::Finding;
use kind::Typed;

/// How much of a method's templates is walked, macros counted at each call.
const STEP_LIMIT: usize = 50_000;

/// The templates of a folder as trees; each is read once, when it is first needed.
pub(crate) struct Syntaxes<'a>(BTreeMap<&'a str, (&'a Source, OnceLock<Syntax>)>);

impl<'a> Syntaxes<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        let one = |name: &'a str| Some((name, (engine.source(name)?, OnceLock::new())));
        Self(engine.names().filter_map(one).collect())
    }

    fn get(&self, name: &str) -> Option<(&'a str, &Syntax)> {
        let (name, (source, syntax)) = self.0.get_key_value(name)?;
        Some((name, syntax.get_or_init(|| parse(&tags_of(source)))))
    }

    pub(crate) fn source(&self, name: &str) -> Option<&'a Source> {
        self.0.get(name).map(|(source, _)| *source)
    }
}

/// What the templates of a method say.
#[derive(Default)]
pub(crate) struct Facts {
    /// What is wrong in them.
    pub(crate) findings: Vec<Finding>,
    /// The arguments that none of them uses.
    pub(crate) unused: Vec<String>,
    /// The translations that they use.
    pub(crate) translated: Vec<Translated>,
}

/// One call of `t` in a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Translated {
    pub(crate) keys: Keys,
    /// The placeholders that it gives; `None` if that is not known.
    pub(crate) given: Option<Vec<String>>,
    /// The locales in which the template is used.
    pub(crate) locales: Vec<Arc<str>>,
    pub(crate) template: String,
    pub(crate) range: Range<usize>,
}

/// The keys that a call of `t` can have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Keys {
    These(Vec<String>),
    /// All that begin so.
    Beginning(String),
}

/// Walks all templates of a method.
pub(crate) fn facts(method: &MailMethod, syntaxes: &Syntaxes<'_>) -> Facts {
    let mut walker = Walker::new(method, syntaxes);
    for (template, locales) in entries(method) {
        walker.enter(&template, locales);
    }
    let used: BTreeSet<&str> = walker.used.iter().copied().collect();
    let attached = method.parts.definition.attachments.iter().filter_map(|rule| {
        let Content::Argument(name) = &rule.content else { return None };
        Some(name.as_str())
    });
    let attached: BTreeSet<&str> = attached.collect();
    let mentioned = if walker.is_whole { BTreeSet::new() } else { mentioned(method, syntaxes) };
    let names = method.parameters().all().iter().map(Parameter::name);
    let unused = names
        .filter(|name| {
            !used.contains(name) && !attached.contains(name) && !mentioned.contains(*name)
        })
        .map(str::to_owned)
        .collect();
    Facts { findings: walker.findings, unused, translated: walker.translated }
}

/// All names in a method's templates, for those that were not wholly understood.
fn mentioned(method: &MailMethod, syntaxes: &Syntaxes<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in method.parts.closure.iter().filter_map(|name| syntaxes.source(name)) {
        let tags = tags_of(source);
        let variables = mentions(&tags).into_iter().filter(|m| m.role == Role::Variable);
        names.extend(variables.map(|mention| mention.token.text.clone()));
    }
    names
}

/// The templates that rendering begins with, and in which locales it does.
fn entries(method: &MailMethod) -> Vec<(String, Vec<Arc<str>>)> {
    let definition = &method.parts.definition;
    let all = method.locales().to_vec();
    let mut lines: Vec<&str> = Vec::new();
    for rule in &definition.headers {
        lines.extend(rule.values.iter().map(|value| value.name.as_str()));
    }
    for rule in &definition.attachments {
        lines.extend(rule.filename.iter().map(|line| line.name.as_str()));
        if let Content::Template(file) = &rule.content {
            lines.push(file);
        }
    }
    let keys = [&definition.key, &definition.preheader, &definition.unsubscribe];
    lines.extend(keys.into_iter().flatten().map(|line| line.name.as_str()));
    let mut entries: Vec<(String, Vec<Arc<str>>)> =
        lines.into_iter().map(|line| (line.to_owned(), all.clone())).collect();
    let default = all.first().map_or("en", AsRef::as_ref);
    for bodies in [&method.parts.bodies.text, &method.parts.bodies.html] {
        for locale in &all {
            let chain = crate::render::fallback_chain(locale, default);
            let Some(body) = super::mail_method::chosen(bodies, &chain, default) else { continue };
            match entries.iter_mut().find(|(name, _)| *name == body.name) {
                Some((_, locales)) => locales.push(Arc::clone(locale)),
                None => entries.push((body.name.clone(), vec![Arc::clone(locale)])),
            }
        }
    }
    entries
}

/// Walks templates and collects what they say.
struct Walker<'a, 's> {
    syntaxes: &'s Syntaxes<'a>,
    arguments: &'a Fields,
    /// The locales of the template that was entered.
    locales: Vec<Arc<str>>,
    /// The names that templates gave, innermost last.
    frames: Vec<Frame<'a>>,
    /// The paths that are known to be there.
    guards: Vec<String>,
    /// How many conditions stand around.
    conditional: usize,
    /// The templates that are walked, innermost last.
    templates: Vec<&'a str>,
    /// The bodies of each block, the most derived first, with their templates.
    blocks: BTreeMap<&'s str, Vec<(&'a str, &'s [Statement])>>,
    /// The blocks that are walked, and which of their bodies.
    within: Vec<(&'s str, usize)>,
    /// The blocks that something renders.
    rendered: BTreeSet<&'s str>,
    macros: Vec<Macro<'a, 's>>,
    /// The macros that are walked.
    running: Vec<usize>,
    steps: usize,
    is_whole: bool,
    used: BTreeSet<&'a str>,
    findings: Vec<Finding>,
    /// What was found, by template, place and code.
    found: BTreeSet<(String, usize, &'static str)>,
    translated: Vec<Translated>,
}

type Frame<'a> = BTreeMap<String, Typed<'a>>;

/// A macro, with the names that it sees.
struct Macro<'a, 's> {
    parameters: &'s [(String, Option<crate::render::Expression>)],
    body: &'s [Statement],
    template: &'a str,
    frames: Vec<Frame<'a>>,
}

impl<'a, 's> Walker<'a, 's> {
    fn new(method: &'a MailMethod, syntaxes: &'s Syntaxes<'a>) -> Self {
        Self {
            syntaxes,
            arguments: method.parameters(),
            locales: Vec::new(),
            frames: Vec::new(),
            guards: Vec::new(),
            conditional: 0,
            templates: Vec::new(),
            blocks: BTreeMap::new(),
            within: Vec::new(),
            rendered: BTreeSet::new(),
            macros: Vec::new(),
            running: Vec::new(),
            steps: 0,
            is_whole: true,
            used: BTreeSet::new(),
            findings: Vec::new(),
            found: BTreeSet::new(),
            translated: Vec::new(),
        }
    }

    /// Walks a template that rendering begins with.
    fn enter(&mut self, template: &str, locales: Vec<Arc<str>>) {
        self.locales = locales;
        self.frames = vec![Frame::new()];
        self.guards.clear();
        self.macros.clear();
        self.template(template);
    }

    /// Counts a step; false where enough was walked.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.is_whole &= self.steps <= STEP_LIMIT;
        self.steps <= STEP_LIMIT
    }

    /// Reports a finding in the current template, once.
    fn report(&mut self, finding: Finding, range: &Range<usize>) {
        let Some(template) = self.templates.last() else { return };
        if !self.found.insert(((*template).to_owned(), range.start, finding.code)) {
            return;
        }
        if let Some(source) = self.syntaxes.source(template) {
            self.findings.push(source.place(finding, range));
        }
    }
}
