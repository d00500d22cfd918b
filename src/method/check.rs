//! The check: every method with every sample in every locale, and which branches that reaches.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::definition::SampleRule;
use super::library::Library;
use super::{CallError, MailMethod, MailMethods};
use crate::source::{Finding, Part};

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
}

impl MailMethods {
    /// Checks methods: all of them, or those of the given names.
    ///
    /// Renders every sample in every locale. A method without a sample, and a branch or loop body
    /// that no sample reaches, are warnings.
    ///
    /// # Errors
    ///
    /// [`CallError::UnknownMethod`] for a name that there is not.
    pub fn check(&self, names: &[&str]) -> Result<Report, CallError> {
        let mut chosen: BTreeSet<&str> = BTreeSet::new();
        let mut broken = 0;
        let mut report = Report { findings: Vec::new(), methods: 0, previews: 0 };
        for name in names {
            match self.find(name) {
                Ok(method) => {
                    chosen.insert(method.name());
                }
                Err(CallError::Mail { findings, .. }) => {
                    broken += 1;
                    report.findings.extend(findings);
                }
                Err(error) => return Err(error),
            }
        }
        if names.is_empty() {
            chosen.extend(self.iter().map(MailMethod::name));
            broken = self.broken().count();
            report.findings.extend(self.findings().iter().cloned());
        }
        report.methods = chosen.len() + broken;
        let (engine, branches, reached) = self.library.engine.instrumented();
        let library = Arc::new(Library {
            engine,
            catalogue: Arc::clone(&self.library.catalogue),
            assets: Arc::clone(&self.library.assets),
            settings: self.library.settings.clone(),
        });
        for method in self.iter() {
            let counted = chosen.contains(method.name());
            let instrumented =
                MailMethod { parts: Arc::clone(&method.parts), library: Arc::clone(&library) };
            let previews = self.previews(&instrumented, counted.then_some(&mut report.findings));
            report.previews += if counted { previews } else { 0 };
        }
        let used: BTreeSet<&str> = self
            .iter()
            .filter(|method| chosen.contains(method.name()))
            .filter(|method| method.samples().next().is_some())
            .flat_map(|method| method.parts.closure.iter().map(String::as_str))
            .collect();
        for (number, branch) in branches.iter().enumerate() {
            if reached.contains(number) || !used.contains(branch.template.as_str()) {
                continue;
            }
            let Some(source) = self.library.engine.source(&branch.template) else { continue };
            let what = if branch.keyword == "for" { "loop body" } else { "branch" };
            let finding = Finding::warning("unreached", format!("no sample reaches this {what}"))
                .help("add a sample that does");
            report.findings.push(source.place(finding, &branch.range));
        }
        Ok(report)
    }

    /// Renders all samples of a method in all its locales; gives how many there are.
    fn previews(&self, method: &MailMethod, mut findings: Option<&mut Vec<Finding>>) -> usize {
        let mut previews = 0;
        for sample in &method.parts.definition.samples {
            let Some(call) = method.sample(&sample.name) else { continue };
            for locale in method.locales() {
                previews += 1;
                let call = call.clone().locale(locale.as_ref());
                if method.call(&call, self.limits()).is_ok() {
                    continue;
                }
                // Once more as written: only there do places and steps count as the user's.
                let (Err(error), Some(findings)) = (self.call(&call), findings.as_deref_mut())
                else {
                    continue;
                };
                for finding in error.findings() {
                    let finding = match &error {
                        CallError::Arguments { .. } => misfit(sample, &finding),
                        _ => finding,
                    };
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
        }
        if let Some(findings) = findings
            && method.parts.definition.samples.is_empty()
        {
            let message = format!("the method {} has no sample", method.name());
            findings.push(
                Finding::warning("no-sample", message).in_file(method.parts.file.clone()).help(
                    "a sample is preview, golden test and documentation at once: add `samples`",
                ),
            );
        }
        previews
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
