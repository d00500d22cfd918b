//! The check: every method with every sample in every locale, what its templates say without
//! rendering, and what is wrong with the mails.

use std::collections::{BTreeMap, BTreeSet};

use super::allow::Allows;
use super::fix::{self, Fix};
use super::mail;
use crate::method::{CallError, Inspection, MailMethod, MailMethods, Translated, Written, each};
use crate::source::{Finding, Severity};

/// What a check found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// All findings: what loading found first, then by method.
    pub findings: Vec<Finding>,
    /// How many methods were checked, broken ones included.
    pub methods: usize,
    /// How many previews were rendered: methods × samples × locales.
    pub previews: usize,
    /// What mends some of the findings and changes nothing else.
    pub fixes: Vec<Fix>,
}

impl MailMethods {
    /// Checks methods: all of them, or those of the given names.
    ///
    /// Looks at each template as it is written and renders every sample in every locale; each
    /// finding has the name of a [rule](super::rules), or of what loading refuses. What comments
    /// allow is left out. Translations that nobody uses are looked for only if all methods are
    /// checked and all are sound.
    ///
    /// # Errors
    ///
    /// [`CallError::UnknownMethod`] for a name that there is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::MailMethods;
    ///
    /// let methods = MailMethods::from_embedded([(
    ///     "hello.yaml",
    ///     "arguments: {name: string, plan: enum(free|team)}\n\
    ///      headers: {from: Shop <a@b.test>, to: ada@b.test, subject: 'Hello {{ name }}'}\n\
    ///      text: \"{% if plan == 'tema' %}Welcome, team!{% else %}Welcome!{% endif %}\"\n\
    ///      samples: {first: {name: Ada, plan: free}, second: {name: Bob, plan: team}}",
    /// )])?;
    /// let report = methods.check(&[])?;
    /// let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code).collect();
    /// assert_eq!(codes, ["never-equal", "unreached"]);
    /// assert_eq!((report.methods, report.previews), (1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, names: &[&str]) -> Result<Report, CallError> {
        let mut chosen: BTreeSet<&str> = BTreeSet::new();
        let mut broken = 0;
        let mut loading = Vec::new();
        for name in names {
            match self.find(name) {
                Ok(method) => {
                    chosen.insert(method.name());
                }
                Err(CallError::Mail { findings, .. }) => {
                    broken += 1;
                    loading.extend(findings);
                }
                Err(error) => return Err(error),
            }
        }
        if names.is_empty() {
            chosen.extend(self.iter().map(MailMethod::name));
            broken = self.broken().count();
            loading.extend(self.findings().iter().cloned());
        }
        let is_all = names.is_empty() && broken == 0;
        let inspection = Inspection::new(self);
        let (own, others): (Vec<&MailMethod>, Vec<&MailMethod>) =
            self.iter().partition(|method| chosen.contains(method.name()));
        let read: Vec<_> = own.iter().zip(inspection.read(&own)).collect();
        let looks = each(&read, |(method, written)| look(&inspection, method, written));
        let glances = each(&others, |method| fails(&inspection, method));
        let mut check = Check {
            methods: self,
            inspection: &inspection,
            allows: Allows::new(),
            findings: Vec::new(),
            seen: BTreeSet::new(),
            fixes: Vec::new(),
            translated: Vec::new(),
            previews: 0,
            failed: BTreeSet::new(),
        };
        check.read_comments(&chosen, is_all);
        for finding in loading {
            check.loaded(finding);
        }
        for ((method, written), look) in read.into_iter().zip(looks) {
            check.method(method, written, look);
        }
        let failed = others.iter().zip(glances).filter(|(_, fails)| *fails);
        check.failed.extend(failed.map(|(method, _)| method.name()));
        check.unreached(&chosen);
        if names.is_empty() {
            check.translations(is_all);
        }
        check.comments(&chosen, is_all);
        Ok(Report {
            findings: check.findings,
            methods: chosen.len() + broken,
            previews: check.previews,
            fixes: check.fixes,
        })
    }
}

/// What was found by looking at the mails of one method.
struct Look {
    findings: Vec<Finding>,
    previews: usize,
    /// Whether a preview does not render.
    fails: bool,
}

/// Renders all previews of a method, for the branches that they reach; whether one does not render.
fn fails(inspection: &Inspection<'_>, method: &MailMethod) -> bool {
    inspection.previews(method).filter(|preview| preview.mail.is_err()).count() > 0
}

/// Looks at all mails of a method, of which it is known what is wrong as it is written.
fn look(inspection: &Inspection<'_>, method: &MailMethod, written: &Written) -> Look {
    let places: BTreeSet<(&str, usize)> = written
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .filter_map(|finding| finding.location.as_ref())
        .map(|place| (place.file.as_str(), place.line))
        .collect();
    // What is known to be wrong somewhere fails there.
    let told = |finding: &Finding| {
        let place = finding.location.as_ref();
        place.is_some_and(|place| places.contains(&(place.file.as_str(), place.line)))
            && ["undefined", "render"].contains(&finding.code)
    };
    let (mut findings, mut previews, mut fails) = (Vec::new(), 0, false);
    for preview in inspection.previews(method) {
        previews += 1;
        match preview.mail {
            Ok(mail) => findings.extend(mail::of_call(&mail, method, &preview.call)),
            Err(failed) => {
                fails = true;
                findings.extend(failed.into_iter().filter(|finding| !told(finding)));
            }
        }
    }
    findings.extend(inspection.samples(method));
    Look { findings, previews, fails }
}

struct Check<'a> {
    methods: &'a MailMethods,
    inspection: &'a Inspection<'a>,
    allows: Allows,
    findings: Vec<Finding>,
    /// What is in the findings: code, message and place.
    seen: BTreeSet<(&'static str, String, Option<crate::source::Location>)>,
    fixes: Vec<Fix>,
    translated: Vec<Translated>,
    previews: usize,
    /// The methods with a preview that does not render, so that what it reaches is not known.
    failed: BTreeSet<&'a str>,
}

impl<'a> Check<'a> {
    fn read_comments(&mut self, chosen: &BTreeSet<&str>, is_all: bool) {
        for method in self.methods.iter().filter(|method| chosen.contains(method.name())) {
            self.allows.read(method.commented());
        }
        if is_all {
            self.allows.read(self.inspection.commented());
        }
    }

    /// Adds what loading found; an error cannot be allowed.
    fn loaded(&mut self, finding: Finding) {
        if finding.severity == Severity::Error || !self.allows.allows(&finding, &[]) {
            self.push(finding);
        }
    }

    /// Adds a finding about some methods, unless it is allowed or there already.
    fn add(&mut self, finding: Finding, owners: &[&MailMethod]) -> bool {
        let allowed = self.allows.allows(&finding, owners);
        !allowed && self.push(finding)
    }

    fn push(&mut self, finding: Finding) -> bool {
        let key = (finding.code, finding.message.clone(), finding.location.clone());
        let is_new = self.seen.insert(key);
        if is_new {
            self.findings.push(finding);
        }
        is_new
    }

    /// Takes over what was found in a method.
    fn method(&mut self, method: &'a MailMethod, written: Written, look: Look) {
        if look.fails {
            self.failed.insert(method.name());
        }
        self.translated.extend(written.translated);
        self.previews += look.previews;
        for finding in written.findings.into_iter().chain(look.findings) {
            let text = method.definition_text().filter(|_| finding.code == "no-sample");
            let fix = text.and_then(|text| fix::sample(method, text, &finding));
            if self.add(finding, &[method]) {
                self.fixes.extend(fix);
            }
        }
    }

    /// Adds the branches and loop bodies that no sample reaches.
    fn unreached(&mut self, chosen: &BTreeSet<&str>) {
        let mut users: BTreeMap<&str, Vec<&MailMethod>> = BTreeMap::new();
        for method in self.methods.iter().filter(|method| chosen.contains(method.name())) {
            if method.samples().next().is_some() {
                for template in method.templates() {
                    users.entry(template).or_default().push(method);
                }
            }
        }
        for (template, finding) in self.inspection.unreached() {
            let Some(owners) = users.get(template.as_str()) else { continue };
            if !owners.iter().any(|method| self.failed.contains(method.name())) {
                self.add(finding, owners);
            }
        }
    }

    fn translations(&mut self, is_all: bool) {
        for finding in self.inspection.translations(&self.translated, is_all) {
            self.add(finding, &[]);
        }
    }

    /// Adds what is wrong with the comments themselves.
    fn comments(&mut self, chosen: &BTreeSet<&str>, is_all: bool) {
        let own: BTreeSet<String> = self
            .methods
            .iter()
            .filter(|method| chosen.contains(method.name()))
            .map(|method| method.file().to_owned())
            .collect();
        let (findings, fixes) = self.allows.findings(|file| is_all || own.contains(file));
        self.findings.extend(findings);
        self.fixes.extend(fixes);
    }
}
