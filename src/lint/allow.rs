//! The allow: a comment that silences a rule, and the finding that it silences nothing.
//!
//! `# mailmethod: allow(rule)` in YAML, `{# mailmethod: allow(rule) #}` in templates.
//! Only what a check finds is silenced, never what keeps a method from loading.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::fix::{Edit, Fix};
use super::rule::Rule;
use crate::method::{Commented, MailMethod};
use crate::source::{Finding, Location};

/// One rule in one comment.
struct Allow {
    file: String,
    text: std::sync::Arc<str>,
    /// The line of the comment, from 1.
    line: usize,
    /// Where the rule's name stands in the line, in octets, and its length.
    column: usize,
    width: usize,
    /// Where the whole comment stands in the line.
    comment: std::ops::Range<usize>,
    rule: String,
    scope: Scope,
    used: Cell<bool>,
}

/// What a comment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    File,
    Line(usize),
}

/// The comments of all files that were looked at.
pub(super) struct Allows {
    all: Vec<Allow>,
    files: BTreeSet<String>,
}

impl Allows {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), files: BTreeSet::new() }
    }

    /// Reads the comments of files; one that is known is not read again.
    pub(super) fn read<'a>(&mut self, files: impl Iterator<Item = Commented<'a>>) {
        for file in files {
            if self.files.insert(file.shown.to_owned()) {
                read(&file, &mut self.all);
            }
        }
    }

    /// Whether a finding is allowed at its place, or by the files of all the methods that it is
    /// about.
    pub(super) fn allows(&self, finding: &Finding, owners: &[&MailMethod]) -> bool {
        let rule = Rule::named(finding.code);
        if !rule.is_some_and(Rule::can_be_allowed) {
            return false;
        }
        let of_rule = || self.all.iter().filter(|allow| allow.rule == finding.code);
        let mut allowed = false;
        if let Some(place) = &finding.location {
            for allow in of_rule().filter(|allow| allow.file == place.file) {
                if allow.scope == Scope::File || allow.scope == Scope::Line(place.line) {
                    allow.used.set(true);
                    allowed = true;
                }
            }
        }
        let by_method: Vec<Vec<&Allow>> = owners
            .iter()
            .map(|method| {
                let files = method.definition_files();
                let whole = of_rule().filter(|allow| allow.scope == Scope::File);
                whole.filter(|allow| files.iter().any(|file| *file == allow.file)).collect()
            })
            .collect();
        if !by_method.is_empty() && by_method.iter().all(|allows| !allows.is_empty()) {
            by_method.iter().flatten().for_each(|allow| allow.used.set(true));
            allowed = true;
        }
        allowed
    }

    /// What is wrong with the comments themselves: rules that there are not, and, in files whose
    /// findings were all looked for, those that silence nothing; with how to mend them.
    pub(super) fn findings(&self, is_complete: impl Fn(&str) -> bool) -> (Vec<Finding>, Vec<Fix>) {
        let (mut findings, mut fixes) = (Vec::new(), Vec::new());
        for allow in &self.all {
            match Rule::named(&allow.rule) {
                None => findings.push(allow.unknown()),
                Some(rule) if !rule.can_be_allowed() => {
                    let message = format!("`{}` cannot be allowed", allow.rule);
                    let finding = Finding::warning("unknown-rule", message);
                    findings.push(allow.place(finding).help("mend what it says"));
                }
                Some(_) if self.is_unused(allow, &is_complete) => {
                    let message = format!("nothing here is allowed by `{}`", allow.rule);
                    let finding = allow.place(Finding::warning("unused-allow", message));
                    findings.push(finding.help("remove it"));
                    let fix = self.removal(allow, &is_complete);
                    if !fixes.contains(&fix) {
                        fixes.push(fix);
                    }
                }
                Some(_) => {}
            }
        }
        (findings, fixes)
    }
}

impl Allows {
    fn is_unused(&self, allow: &Allow, is_complete: impl Fn(&str) -> bool) -> bool {
        let known = Rule::named(&allow.rule).is_some_and(Rule::can_be_allowed);
        known && !allow.used.get() && is_complete(&allow.file)
    }

    /// Takes all rules that silence nothing out of the comment of one, or the comment out of its
    /// file.
    fn removal(&self, allow: &Allow, is_complete: impl Fn(&str) -> bool) -> Fix {
        let same = |other: &&Allow| other.file == allow.file && other.line == allow.line;
        let all = self.all.iter().filter(same);
        let (unused, kept): (Vec<&Allow>, Vec<&Allow>) =
            all.partition(|other| self.is_unused(other, &is_complete));
        let names = |list: &[&Allow]| {
            list.iter().map(|allow| allow.rule.as_str()).collect::<Vec<_>>().join(", ")
        };
        let what = format!("removes allow({}) from line {}", names(&unused), allow.line);
        let edit = if kept.is_empty() {
            allow.removal()
        } else {
            Edit { range: allow.list(), text: names(&kept) }
        };
        Fix::new("unused-allow", &allow.file, what, edit)
    }
}

/// Takes out of the findings of one method's mail what its files allow.
pub(super) fn silence(findings: &mut Vec<Finding>, method: &MailMethod) {
    let mut allows = Allows::new();
    allows.read(method.commented());
    findings.retain(|finding| !allows.allows(finding, &[method]));
}

impl Allow {
    fn place(&self, finding: Finding) -> Finding {
        let line = self.text.lines().nth(self.line - 1).unwrap_or_default();
        let before = line.get(..self.column).unwrap_or_default();
        let location = Location {
            file: self.file.clone(),
            line: self.line,
            column: before.chars().count() + 1,
        };
        finding.at(location, &self.text, self.width)
    }

    fn unknown(&self) -> Finding {
        let finding = Finding::warning("unknown-rule", format!("there is no rule `{}`", self.rule));
        let finding = match Rule::nearest(&self.rule) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("`mailmethod check --explain` lists the rules"),
        };
        self.place(finding)
    }

    /// The line of the comment and where it begins in the text.
    fn line(&self) -> (&str, usize) {
        let before = self.text.split_inclusive('\n').take(self.line - 1);
        let start: usize = before.map(str::len).sum();
        let rest = self.text.get(start..).unwrap_or_default();
        (rest.split_inclusive('\n').next().unwrap_or_default(), start)
    }

    /// Where the list of rules stands in the text.
    fn list(&self) -> std::ops::Range<usize> {
        let (line, start) = self.line();
        let inside = line.get(self.comment.clone()).unwrap_or_default();
        let open = inside.find("allow(").map_or(0, |at| at + "allow(".len());
        let close = inside.find(')').unwrap_or(inside.len());
        start + self.comment.start + open..start + self.comment.start + close
    }

    /// What takes the comment away and leaves all that is printed as it is.
    fn removal(&self) -> Edit {
        let (line, start) = self.line();
        let part = |range: std::ops::Range<usize>| line.get(range).unwrap_or_default();
        let (before, inside) = (part(0..self.comment.start), part(self.comment.clone()));
        let behind = part(self.comment.end..line.len());
        let edit = |range: std::ops::Range<usize>, text: &str| Edit {
            range: start + range.start..start + range.end,
            text: text.to_owned(),
        };
        let trims = inside.starts_with("{#-") || inside.ends_with("-#}");
        let alone = before.trim().is_empty() && behind.trim().is_empty();
        match (inside.starts_with('#'), alone) {
            // The engine prints nothing of a line that is a comment alone, line feed included.
            (_, true) if !trims => edit(0..line.len(), ""),
            (true, _) => edit(before.trim_end().len()..self.comment.end, ""),
            (false, _) if !trims && !behind.trim_end_matches(['\r', '\n']).is_empty() => {
                edit(self.comment.clone(), "")
            }
            // A comment that takes the white space around it away must stay.
            (false, _) => {
                let open = if inside.starts_with("{#-") { "{#-" } else { "{#" };
                let close = if inside.ends_with("-#}") { "-#}" } else { "#}" };
                edit(self.comment.clone(), &format!("{open} {close}"))
            }
        }
    }
}

/// What comments to us begin with.
const MARK: &str = "mailmethod:";

/// Reads the comments of one file, a thousand rules in it at most.
fn read(file: &Commented<'_>, into: &mut Vec<Allow>) {
    const LIMIT: usize = 1_000;
    if !file.text.contains(MARK) {
        return;
    }
    let before = into.len();
    let mut at_head = true;
    let lines: Vec<&str> = file.text.lines().collect();
    let mut in_comment = false;
    for (number, line) in lines.iter().enumerate() {
        if into.len() - before >= LIMIT {
            return;
        }
        if let Some(comment) = comment(line, file.is_template) {
            let before = line.get(..comment.start).unwrap_or_default();
            let behind = line.get(comment.end..).unwrap_or_default();
            let scope = if !before.trim().is_empty() || !behind.trim().is_empty() {
                Scope::Line(number + 1)
            } else if at_head {
                Scope::File
            } else {
                Scope::Line(number + 2)
            };
            into.extend(rules(line, &comment).into_iter().map(|(column, rule)| Allow {
                file: file.shown.to_owned(),
                text: file.text.clone(),
                line: number + 1,
                column,
                width: rule.len(),
                comment: comment.clone(),
                rule: rule.to_owned(),
                scope,
                used: Cell::new(false),
            }));
            continue;
        }
        at_head &= is_remark(line, file.is_template, &mut in_comment);
    }
}

/// Whether a line says nothing: blank, a comment, the first line of a YAML document.
fn is_remark(line: &str, is_template: bool, in_comment: &mut bool) -> bool {
    let line = line.trim();
    if !is_template {
        return line.is_empty() || line.starts_with('#') || line == "---";
    }
    let begins = line.starts_with("{#");
    let remark = line.is_empty() || begins || *in_comment;
    if begins || *in_comment {
        *in_comment = !line.contains("#}");
    }
    remark && (!line.contains("#}") || line.ends_with("#}"))
}

/// Where in a line the comment stands.
fn comment(line: &str, is_template: bool) -> Option<std::ops::Range<usize>> {
    let at = line.find(MARK)?;
    let head = line.get(..at)?.trim_end();
    let jinja = head.strip_suffix('-').unwrap_or(head).trim_end().strip_suffix("{#");
    if let Some(before) = jinja {
        let end = line.get(at..)?.find("#}").map_or(line.len(), |end| at + end + 2);
        return Some(before.len()..end);
    }
    let start = head.strip_suffix('#').filter(|_| !is_template)?.len();
    let before = line.get(..start)?;
    (before.is_empty() || before.ends_with([' ', '\t'])).then_some(start..line.len())
}

/// The rules that a comment names, and where in the line.
fn rules<'l>(line: &'l str, comment: &std::ops::Range<usize>) -> Vec<(usize, &'l str)> {
    let text = line.get(comment.clone()).unwrap_or_default();
    let Some((head, rest)) = text.split_once("allow(") else { return Vec::new() };
    let Some((list, _)) = rest.split_once(')') else { return Vec::new() };
    let mut at = comment.start + head.len() + "allow(".len();
    let mut rules = Vec::new();
    for word in list.split(',') {
        rules.push((at + (word.len() - word.trim_start().len()), word.trim()));
        at += word.len() + 1;
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::{Allows, Scope};
    use crate::method::Commented;

    fn scopes(text: &str, is_template: bool) -> Vec<(String, Scope)> {
        let mut allows = Allows::new();
        let file = Commented { shown: "a", text: text.into(), is_template };
        allows.read(std::iter::once(file));
        allows.all.into_iter().map(|allow| (allow.rule, allow.scope)).collect()
    }

    #[track_caller]
    fn check(text: &str, is_template: bool, expected: &[(&str, Scope)]) {
        let found = scopes(text, is_template);
        let found: Vec<_> = found.iter().map(|(rule, scope)| (rule.as_str(), *scope)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_comment_in_yaml_is_for_the_file_the_next_line_or_its_own() {
        let text = "# About.\n\n# mailmethod: allow(a, b) because\nx: 1\n  # mailmethod: allow(c)\n\
                    y: 2 # mailmethod: allow(d)\nz: 'e#mailmethod: allow(f)'\n#mailmethod:allow(g)\n";
        let expected = [
            ("a", Scope::File),
            ("b", Scope::File),
            ("c", Scope::Line(6)),
            ("d", Scope::Line(6)),
            ("g", Scope::Line(9)),
        ];
        check(text, false, &expected);
    }

    #[test]
    fn a_comment_in_a_template_is_one_of_jinja() {
        let text = "{# The frame.\n   Blocks. #}\n{# mailmethod: allow(a) #}\n{% if x %}\n\
                    {#- mailmethod: allow(b): why -#}\n<p>{# mailmethod: allow(c) #}\n\
                    # mailmethod: allow(d)\n";
        let expected = [("a", Scope::File), ("b", Scope::Line(6)), ("c", Scope::Line(6))];
        check(text, true, &expected);
        check("<p>\n{# mailmethod: allow(a) #}", true, &[("a", Scope::Line(3))]);
    }

    #[test]
    fn a_template_in_yaml_has_comments_of_both_kinds() {
        let text = "text: |\n  {# mailmethod: allow(a) #}\n  Hi # mailmethod: allow(b)\n";
        check(text, false, &[("a", Scope::Line(3)), ("b", Scope::Line(3))]);
    }

    #[test]
    fn what_is_no_list_is_no_comment() {
        for text in
            ["# mailmethod: allow", "# mailmethod: allow(", "# mailmethod: deny(a)", "mailmethod:"]
        {
            check(text, false, &[]);
        }
    }
}
