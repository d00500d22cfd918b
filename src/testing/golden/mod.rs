//! Goldens: every method × sample × locale as a text file that people reviewed.
//!
//! A golden is `DIR/METHOD/SAMPLE.LOCALE.txt`, for instance
//! `tests/golden/orders/confirmation/first-order.de.txt`. No two share a file:
//! a folder is always a method's whole name, which has no dot, and a file's name
//! has two, because neither sample nor locale has one. Its first line says what
//! it is of and marks it as ours: no other file is ever written over or removed.

mod folder;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use self::folder::Cell;
use super::form::{form, visible};
use crate::message::Stamp;
use crate::method::{Call, MailMethod, MailMethods};
use crate::source::{Finding, Location, Severity};

pub use run::golden;

/// The folder of the goldens where none is given.
pub const DEFAULT_DIR: &str = "tests/golden";

/// The goldens of all methods: rendered, to be compared with a folder or written to it.
///
/// # Examples
///
/// ```
/// use mailmethod::MailMethods;
/// use mailmethod::host::Settings;
/// use mailmethod::testing::Golden;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let settings = Settings::read("mailmethod.yaml")?;
/// let methods = MailMethods::load_with("templates", settings.rendering, settings.limits)?;
/// let golden = Golden::new(&methods, dir.path());
/// let report = golden.check();
/// assert_eq!(report.findings.len(), report.previews, "each golden is missing");
/// assert_eq!(golden.accept()?.written.len(), report.previews);
/// assert!(golden.check().findings.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Golden {
    dir: PathBuf,
    /// By the file in lower case: not every file system tells the cases apart.
    rendered: BTreeMap<PathBuf, Rendered>,
    /// What is wrong with methods, samples and mails.
    failed: Vec<Finding>,
    broken: Vec<String>,
    methods: usize,
    previews: usize,
}

/// One cell and its golden, or why its mail does not render.
#[derive(Clone, Debug)]
struct Rendered {
    cell: Cell,
    golden: Result<String, Vec<Finding>>,
}

/// One method, sample and locale, and how its mail compares with its golden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldenCell {
    /// The method.
    pub method: String,
    /// The sample.
    pub sample: String,
    /// The locale.
    pub locale: String,
    /// The golden's file, whether it is there or not.
    pub file: PathBuf,
    /// How the two compare.
    pub state: GoldenState,
}

/// How a mail compares with its golden.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoldenState {
    /// They are the same.
    Same,
    /// There is no golden yet.
    Missing,
    /// They differ: a unified diff from what was accepted to what is rendered.
    Changed(String),
    /// The mail does not render, or the golden cannot be read.
    Failed(Vec<Finding>),
}

/// What a comparison found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GoldenReport {
    /// What is wrong, all of severity error. `golden-missing`; `golden-changed`, whose message
    /// goes on with a unified diff behind its first line; `golden-stale`; `golden-clash` for two
    /// samples whose names differ in case alone; `golden-unreadable`; and before those, under
    /// their own codes, what keeps a method from loading or a sample from rendering.
    pub findings: Vec<Finding>,
    /// How many methods there are, broken ones included.
    pub methods: usize,
    /// How many mails were rendered or should have been: methods × samples × locales.
    pub previews: usize,
}

/// What was done to make the folder as the mails are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GoldenAccepted {
    /// The files that were written, in order: new ones and changed ones.
    pub written: Vec<PathBuf>,
    /// The files that were removed, in order, because no sample has them any more.
    pub removed: Vec<PathBuf>,
    /// How many files were right already.
    pub unchanged: usize,
    /// What keeps a method from loading or a sample from rendering. Its golden stays as it is;
    /// and while a method does not load, nothing is removed.
    pub findings: Vec<Finding>,
}

impl Golden {
    /// Renders every sample of every method in every locale. `dir` need not exist.
    #[must_use]
    pub fn new(methods: &MailMethods, dir: &Path) -> Self {
        let errors = methods.findings().iter().filter(|f| f.severity == Severity::Error);
        let mut golden = Self {
            failed: errors.cloned().collect(),
            broken: methods.broken().map(str::to_owned).collect(),
            methods: methods.iter().count() + methods.broken().count(),
            ..Self::empty(dir)
        };
        for method in methods.iter() {
            golden.add_all(methods, method);
        }
        golden
    }

    /// The goldens of one method alone: for looking at, with [`Golden::cells`].
    #[must_use]
    pub fn of(methods: &MailMethods, method: &MailMethod, dir: &Path) -> Self {
        let mut golden = Self { methods: 1, ..Self::empty(dir) };
        golden.add_all(methods, method);
        golden
    }

    fn empty(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            rendered: BTreeMap::new(),
            failed: Vec::new(),
            broken: Vec::new(),
            methods: 0,
            previews: 0,
        }
    }

    fn add_all(&mut self, methods: &MailMethods, method: &MailMethod) {
        for sample in method.samples() {
            let Some(call) = method.sample(sample) else { continue };
            for locale in method.locales() {
                let cell = Cell {
                    method: method.name().to_owned(),
                    sample: sample.to_owned(),
                    locale: locale.to_string(),
                };
                self.add(methods, method, cell, &call);
            }
        }
    }

    /// Compares each mail with its golden, in the order of the files; writes nothing.
    #[must_use]
    pub fn cells(&self) -> Vec<GoldenCell> {
        let cells = self.rendered.values().map(|Rendered { cell, golden }| {
            let file = self.dir.join(cell.file());
            let state = match (golden, folder::read(&file)) {
                (Err(findings), _) => GoldenState::Failed(findings.clone()),
                (Ok(_), Err(error)) => GoldenState::Failed(vec![unreadable(&file, &error)]),
                (Ok(_), Ok(None)) => GoldenState::Missing,
                (Ok(golden), Ok(Some(accepted))) if same(&accepted, golden) => GoldenState::Same,
                (Ok(golden), Ok(Some(accepted))) => {
                    GoldenState::Changed(difference(&accepted, golden))
                }
            };
            GoldenCell {
                method: cell.method.clone(),
                sample: cell.sample.clone(),
                locale: cell.locale.clone(),
                file,
                state,
            }
        });
        cells.collect()
    }

    fn add(&mut self, methods: &MailMethods, method: &MailMethod, cell: Cell, call: &Call) {
        self.previews += 1;
        let key = key(&cell.file());
        if let Some(other) = self.rendered.get(&key) {
            let message =
                format!("{cell}: its golden would be the file of sample {}", other.cell.sample);
            let finding = Finding::error("golden-clash", message)
                .help("give one of the two samples a name that differs in more than case");
            self.failed.push(finding);
            return;
        }
        let call = call.clone().locale(cell.locale.as_str());
        let golden = match rendered(methods, method, &call) {
            Ok(form) => Ok(cell.golden(&form)),
            Err(findings) => {
                self.failed.extend(findings.iter().cloned().map(|mut finding| {
                    finding.message = format!("{cell}: {}", finding.message);
                    finding
                }));
                Err(findings)
            }
        };
        self.rendered.insert(key, Rendered { cell, golden });
    }

    /// Compares the mails with the folder; writes nothing.
    #[must_use]
    pub fn check(&self) -> GoldenReport {
        let mut findings = self.failed.clone();
        for Rendered { cell, golden } in self.rendered.values() {
            let file = self.dir.join(cell.file());
            let Ok(golden) = golden else { continue };
            match folder::read(&file) {
                Ok(Some(accepted)) => findings.extend(self.changed(cell, &file, &accepted, golden)),
                Ok(None) => findings.push(
                    Finding::error(
                        "golden-missing",
                        format!("{cell}: this mail has no golden yet"),
                    )
                    .in_file(shown(&file))
                    .help(format!("read it and accept it: {}", self.accept_command())),
                ),
                Err(error) => findings.push(unreadable(&file, &error)),
            }
        }
        match self.stale() {
            Ok(stale) => findings.extend(stale.into_iter().map(|(file, cell)| {
                Finding::error("golden-stale", format!("{cell}: there is no such mail any more"))
                    .in_file(shown(&file))
                    .help(format!("remove the file: {}", self.accept_command()))
            })),
            Err(error) => findings.push(unreadable(&self.dir, &error)),
        }
        GoldenReport { findings, methods: self.methods, previews: self.previews }
    }

    /// Writes each golden that is missing or differs, and removes stale ones. Only files that
    /// begin with our first line are written over or removed.
    ///
    /// # Errors
    ///
    /// The system's error if a file or folder cannot be read, written or removed;
    /// [`io::ErrorKind::AlreadyExists`] if a file that is no golden stands in the way.
    pub fn accept(&self) -> io::Result<GoldenAccepted> {
        let mut accepted = GoldenAccepted {
            written: Vec::new(),
            removed: Vec::new(),
            unchanged: 0,
            findings: self.failed.clone(),
        };
        for Rendered { cell, golden } in self.rendered.values() {
            let Ok(golden) = golden else { continue };
            let file = self.dir.join(cell.file());
            if folder::read(&file)?.is_some_and(|old| same(&old, golden)) {
                accepted.unchanged += 1;
            } else {
                folder::write(&file, golden)?;
                accepted.written.push(file);
            }
        }
        if self.broken.is_empty() {
            for (file, _) in self.stale()? {
                folder::remove(&self.dir, &file)?;
                accepted.removed.push(file);
            }
        }
        Ok(accepted)
    }

    /// The goldens in the folder that no sample has; those of broken methods are spared.
    fn stale(&self) -> io::Result<Vec<(PathBuf, String)>> {
        let mut goldens = folder::goldens(&self.dir)?;
        let files: BTreeSet<PathBuf> = goldens.iter().map(|(file, _)| file.clone()).collect();
        goldens.retain(|(file, cell)| {
            let method = cell.split_once(',').map_or(cell.as_str(), |(method, _)| method);
            match self.rendered.get(&key(file.strip_prefix(&self.dir).unwrap_or(file))) {
                None => !self.broken.iter().any(|name| name == method),
                // The same file in another case, unless both are there.
                Some(Rendered { cell, .. }) => {
                    let wanted = self.dir.join(cell.file());
                    *file != wanted && files.contains(&wanted)
                }
            }
        });
        Ok(goldens)
    }

    fn changed(&self, cell: &Cell, file: &Path, accepted: &str, golden: &str) -> Option<Finding> {
        if same(accepted, golden) {
            return None;
        }
        let equal = accepted.lines().zip(golden.lines()).take_while(|(old, new)| old == new);
        let location = Location { file: shown(file), line: equal.count() + 1, column: 0 };
        let message =
            format!("{cell}: the mail differs from its golden\n{}", difference(accepted, golden));
        let mut finding = Finding::error("golden-changed", message)
            .help(format!("if it is meant, accept it: {}", self.accept_command()));
        finding.location = Some(location);
        Some(finding)
    }

    /// The command that accepts what is rendered now.
    #[must_use]
    pub fn accept_command(&self) -> String {
        if self.dir == Path::new(DEFAULT_DIR) {
            return "mailmethod golden --accept".to_owned();
        }
        format!("mailmethod golden --accept --dir {}", self.dir.display())
    }
}

/// The golden form of a mail that renders and that a relay could be given.
fn rendered(
    methods: &MailMethods,
    method: &MailMethod,
    call: &Call,
) -> Result<String, Vec<Finding>> {
    let mail = method.call(call, methods.limits()).map_err(|error| error.findings())?;
    match mail.seal(&Stamp::preview(), methods.limits()) {
        Ok(_) => Ok(form(&mail)),
        Err(error) => Err(vec![Finding::error("message", error.to_string())]),
    }
}

/// A unified diff from one text to another, in which nothing hides.
pub(crate) fn difference(accepted: &str, rendered: &str) -> String {
    let diff = TextDiff::from_lines(accepted, rendered);
    let diff = diff.unified_diff().context_radius(3).header("accepted", "rendered").to_string();
    visible(diff.trim_end())
}

/// A file's name as a file system without cases knows it.
fn key(file: &Path) -> PathBuf {
    PathBuf::from(file.to_string_lossy().to_lowercase())
}

/// Whether two goldens are equal, whatever line ends a checkout gave them.
fn same(accepted: &str, golden: &str) -> bool {
    accepted == golden || accepted == golden.replace("\r\n", "\n")
}

fn unreadable(file: &Path, error: &io::Error) -> Finding {
    Finding::error("golden-unreadable", format!("the golden cannot be read: {error}"))
        .in_file(shown(file))
}

/// A file as findings show it, with `/` on every system.
fn shown(file: &Path) -> String {
    file.display().to_string().replace(std::path::MAIN_SEPARATOR, "/")
}
