//! The engine: all templates of one folder, compiled once, and what they may do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, OutputSpanKind, UndefinedBehavior};

use super::path::{is_html, resolve};
use super::phrase::Phrase;
use super::place::Place;
use super::scan::{self, Scanned, Tag};
use super::scope::Root;
use super::{Limits, filters, functions, place};
use crate::source::{Document, Finding, Location, Path, nearest, position};

/// The first part of a template name that stands for a path out of the folder.
const OUTSIDE: &str = "%outside/";
/// The first part of a template name that stands for a file of the wrong kind.
const MIXED: &str = "%mixed/";

/// Where the text of a template stands.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The whole of a file, under the name that findings show.
    File(Arc<str>),
    /// A scalar of a YAML file.
    Scalar(Arc<Document>, Path),
}

/// The text of a template and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) origin: Origin,
}

impl Source {
    /// Places a finding at a range of octets of the text.
    pub(crate) fn place(&self, finding: Finding, range: &Range<usize>) -> Finding {
        let (line, column) = position(&self.text, range.start);
        let width = self
            .text
            .get(range.clone())
            .map_or(1, |part| part.lines().next().unwrap_or_default().chars().count());
        self.place_at(finding, line, column, width)
    }

    fn place_at(&self, finding: Finding, line: usize, column: usize, width: usize) -> Finding {
        match &self.origin {
            Origin::File(file) => {
                let location = Location { file: file.to_string(), line, column };
                finding.at(location, &self.text, width)
            }
            Origin::Scalar(document, path) => {
                let location = document.locate_in_scalar(path, line, column);
                finding.at(location, document.text(), width).path(path.to_string())
            }
        }
    }
}

/// All templates of one folder.
pub(crate) struct Engine {
    env: Environment<'static>,
    sources: BTreeMap<String, Source>,
    phrases: BTreeMap<String, Phrase>,
    limits: Limits,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({} templates)", self.sources.len())
    }
}

/// A part of what a template printed, and where in which template it comes from, in octets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) template: String,
    pub(crate) output: Range<usize>,
    pub(crate) source: Range<usize>,
    /// Whether it stands in the template as it was printed.
    pub(crate) is_verbatim: bool,
}

/// Why a template did not render: a finding, and the expression that was undefined.
#[derive(Debug)]
pub(crate) struct RenderError {
    pub(crate) finding: Finding,
    /// The expression at fault, as the template wrote it.
    pub(crate) expression: Option<String>,
    /// Whether it is undefined.
    pub(crate) undefined: bool,
}

impl Engine {
    pub(crate) fn new(limits: Limits) -> Self {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(place::auto_escape);
        env.set_formatter(place::format);
        env.set_path_join_callback(join);
        env.set_debug(true);
        env.set_auto_reload(false);
        env.set_fuel(Some(limits.fuel));
        env.set_recursion_limit(limits.recursion);
        if let Ok(syntax) = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
        {
            env.set_syntax(syntax);
        }
        filters::register(&mut env);
        functions::register(&mut env);
        Self { env, sources: BTreeMap::new(), phrases: BTreeMap::new(), limits }
    }

    /// Compiles a template; a syntax error is a finding at its place.
    pub(crate) fn add(
        &mut self,
        name: &str,
        source: Source,
        scanned: &Scanned,
    ) -> Result<(), Box<Finding>> {
        if let Some(range) = &scanned.too_long {
            let finding = Finding::error("limit", "the template is too long from here on")
                .help("a tag has at most 2,000 words and signs, a template at most 500 `elif`");
            let finding = source.place(finding, range);
            self.sources.insert(name.to_owned(), source);
            return Err(Box::new(finding));
        }
        let compiled = self.env.add_template_owned(name.to_owned(), source.text.to_string());
        if let Some(place @ (Place::Header | Place::Mailboxes)) = place::inline_place(name) {
            let phrase = Phrase::read(place, &source.text).filter(|_| compiled.is_ok());
            self.phrases.extend(phrase.map(|phrase| (name.to_owned(), phrase)));
        }
        self.sources.insert(name.to_owned(), source);
        compiled.map_err(|error| Box::new(self.finding(&error).finding))
    }

    pub(crate) fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    /// The variables that a template reads and does not set, by name.
    pub(crate) fn undeclared(&self, name: &str) -> Vec<String> {
        let Ok(template) = self.env.get_template(name) else { return Vec::new() };
        let mut names: Vec<String> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !functions::NAMES.contains(&name.as_str()))
            .collect();
        names.sort();
        names
    }

    /// Renders a template.
    pub(crate) fn render(&self, name: &str, root: &Root) -> Result<String, Box<RenderError>> {
        let place = place::inline_place(name);
        // No file is a phrase.
        let phrase = place.and_then(|_| self.phrases.get(name));
        let text = match phrase.and_then(|phrase| phrase.render(root)) {
            Some(text) => text,
            None => {
                let rendered = place::within(place, || {
                    self.env.get_template(name).and_then(|t| t.render(root.value.clone()))
                });
                rendered.map_err(|error| Box::new(self.finding(&error)))?
            }
        };
        if text.len() <= self.limits.output {
            return Ok(text);
        }
        let message = format!(
            "the template prints {} octets where at most {} are allowed",
            text.len(),
            self.limits.output
        );
        let finding =
            Finding::error("limit", message).help("raise `limits: output` in the settings");
        let finding = match self.sources.get(name) {
            Some(source) => source.place_at(finding, 1, 0, 1),
            None => finding,
        };
        Err(Box::new(RenderError { finding, expression: None, undefined: false }))
    }

    /// Renders a template once more and says what printed each part of it, in order; none if it
    /// does not render.
    pub(crate) fn traced(&self, name: &str, root: &Root) -> Option<(String, Vec<Printed>)> {
        let rendered = place::within(place::inline_place(name), || {
            self.env.get_template(name).and_then(|t| t.render_with_spans(root.value.clone()))
        });
        let (text, spans) = rendered.ok()?;
        let printed = spans.iter().map(|span| Printed {
            template: span.name().to_owned(),
            output: span.output_range(),
            source: span.source_range(),
            is_verbatim: span.kind() == OutputSpanKind::Raw,
        });
        Some((text, printed.collect()))
    }

    /// What the engine says, as a finding at its innermost place.
    fn finding(&self, error: &Error) -> RenderError {
        let mut inner = error;
        let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
        while let Some(cause) = next {
            if let Some(deeper) = cause.downcast_ref::<Error>()
                && (deeper.name().is_some() || inner.name().is_none())
            {
                inner = deeper;
            }
            next = cause.source();
        }
        let source = inner.name().and_then(|name| self.sources.get(name));
        let expression = match (source, inner.range()) {
            (Some(source), Some(range)) => source.text.get(range).map(str::to_owned),
            _ => None,
        };
        let undefined = inner.kind() == ErrorKind::UndefinedError;
        let finding = self.described(inner, expression.as_deref());
        let open = source.filter(|_| inner.kind() == ErrorKind::SyntaxError).and_then(unclosed);
        let finding = match open {
            Some((keyword, line)) => {
                finding.help(format!("`{{% {keyword} %}}` in line {line} is never closed"))
            }
            None => finding,
        };
        let finding = match (source, inner.range(), inner.line()) {
            (Some(source), Some(range), _) => source.place(finding, &range),
            (Some(source), None, Some(line)) => source.place_at(finding, line, 0, 1),
            (Some(source), None, None) => source.place_at(finding, 1, 0, 1),
            (None, _, _) => finding,
        };
        RenderError { finding, expression, undefined }
    }

    /// The name, the text and the help of a finding, from what the engine says.
    fn described(&self, error: &Error, expression: Option<&str>) -> Finding {
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let quoted = || detail.split(['`', '"', '\'']).nth(1).unwrap_or_default().to_owned();
        match error.kind() {
            ErrorKind::SyntaxError => {
                Finding::error("template-syntax", format!("the template does not parse: {detail}"))
            }
            ErrorKind::UndefinedError => {
                let what = expression.map_or(detail, |text| format!("`{text}` is undefined"));
                Finding::error("undefined", what)
            }
            ErrorKind::TemplateNotFound => self.not_found(&quoted()),
            ErrorKind::UnknownFilter => unknown("filter", expression, &detail, &filters::NAMES),
            ErrorKind::UnknownTest => unknown("test", expression, &detail, &filters::TESTS),
            ErrorKind::UnknownFunction => {
                unknown("function", expression, &detail, &functions::NAMES)
            }
            ErrorKind::OutOfFuel => Finding::error(
                "limit",
                format!("the template does more than {} steps", self.limits.fuel),
            )
            .help("does a loop never end? Else raise `limits: fuel` in the settings"),
            _ if detail.contains("recursion limit") => Finding::error(
                "limit",
                format!("includes and macros are nested more than {} deep", self.limits.recursion),
            )
            .help("does a template include itself, or a macro call itself?"),
            _ => Finding::error("render", detail),
        }
    }

    fn not_found(&self, name: &str) -> Finding {
        if let Some(name) = name.strip_prefix(OUTSIDE) {
            return Finding::error(
                "outside",
                format!("{name:?} leads out of the templates folder"),
            );
        }
        if let Some(name) = name.strip_prefix(MIXED) {
            return mixed(name);
        }
        let finding = Finding::error("no-template", format!("there is no template {name:?}"));
        finding.did_you_mean(name, self.names().filter(|name| !name.contains('#')))
    }

    /// A copy of the engine that reports which branches a rendering reaches.
    pub(crate) fn instrumented(
        &self,
    ) -> (Self, Vec<super::coverage::Branch>, super::coverage::Reached) {
        let mut copy = Self {
            env: self.env.clone(),
            sources: self.sources.clone(),
            phrases: self.phrases.clone(),
            limits: self.limits.clone(),
        };
        let reached = super::coverage::Reached::default();
        reached.register(&mut copy.env);
        let mut branches = Vec::new();
        for (name, source) in &self.sources {
            let before = branches.len();
            let text = super::coverage::instrument(name, &source.text, &mut branches);
            if branches.len() > before {
                // What does not compile was reported when the folder was loaded.
                let _reported = copy.env.add_template_owned(name.clone(), text);
            }
        }
        (copy, branches, reached)
    }
}

fn unknown(what: &str, expression: Option<&str>, detail: &str, known: &[&'static str]) -> Finding {
    let word = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .find(|word| !word.is_empty() && !["filter", "test", "unknown"].contains(word))
            .unwrap_or_default()
            .to_owned()
    };
    let name = detail
        .split(['`', '"', '\''])
        .nth(1)
        .map_or_else(|| word(expression.unwrap_or(detail)), str::to_owned);
    unknown_name(what, &name, known)
}

/// The last block that a template opens and does not close: its keyword and its line in the file.
fn unclosed(source: &Source) -> Option<(String, usize)> {
    let mut open: Vec<&Tag> = Vec::new();
    let tags = tags_of(source);
    for tag in &tags {
        match tag.keyword() {
            "set" if tag.sign(2, "=") => {}
            "if" | "for" | "block" | "macro" | "call" | "filter" | "set" | "with"
            | "autoescape" => open.push(tag),
            keyword if keyword.starts_with("end") => {
                open.pop();
            }
            _ => {}
        }
    }
    let tag = open.pop()?;
    let token = tag.tokens.first()?;
    let placed = source.place(Finding::error("", ""), &(token.start..token.end));
    Some((tag.keyword().to_owned(), placed.location?.line))
}

/// A filter, test or function that does not exist.
pub(crate) fn unknown_name(what: &str, name: &str, known: &[&'static str]) -> Finding {
    let code = match what {
        "filter" => "unknown-filter",
        "test" => "unknown-test",
        _ => "unknown-function",
    };
    let finding = Finding::error(code, format!("there is no {what} `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if what == "function" => finding.help(format!("there are: {}", known.join(", "))),
        None => finding,
    }
}

/// A template that names a file of the other kind.
pub(crate) fn mixed(name: &str) -> Finding {
    if is_html(name) {
        Finding::error("mixed", format!("a text names the HTML file {name:?}"))
            .help("what an HTML file prints is HTML-escaped: write a .txt.j2 file for texts")
    } else {
        Finding::error("mixed", format!("an HTML template names {name:?}, which is no HTML file"))
            .help("only what an .html.j2 file prints is HTML-escaped: rename it to end in .html.j2")
    }
}

/// The name that a template means when it names another.
fn join<'n>(name: &'n str, parent: &str) -> Cow<'n, str> {
    match resolve(name, parent) {
        None => Cow::Owned(format!("{OUTSIDE}{name}")),
        Some(path) if is_html(&path) != is_html(parent) => Cow::Owned(format!("{MIXED}{path}")),
        Some(path) => path,
    }
}

/// What stands in one template, seen from outside: its tags, for findings.
pub(crate) fn tags_of(source: &Source) -> Vec<Tag> {
    scan::tags(&source.text)
}
