//! The complaint: what is wrong with arguments, drawn under the pairs that gave them.

use mailmethod::MailMethod;
use mailmethod::method::{Parameter, Type};
use mailmethod::source::Finding;

use crate::exit::{Exit, Failure};
use crate::pairs::{self, NO_FILE, Pair};

/// The longest part of a value that is shown, in characters.
const SHOWN: usize = 60;

/// One thing that is wrong, and the pair that is to blame.
pub(crate) struct Problem<'a> {
    pub(crate) finding: Finding,
    pub(crate) pair: Option<&'a Pair>,
}

/// Adds what binding found, but for the arguments that could not even be read.
pub(crate) fn add<'a>(
    problems: &mut Vec<Problem<'a>>,
    found: Vec<Finding>,
    method: &MailMethod,
    pairs: &'a [Pair],
) {
    let unread: Vec<String> =
        problems.iter().filter_map(|problem| Some(problem.pair?.key.clone())).collect();
    for mut finding in found {
        let path = dotted(finding.path.as_deref().unwrap_or_default());
        if unread.iter().any(|key| inside(key, &path) || inside(&path, key)) {
            continue;
        }
        let pair = culprit(&path, pairs);
        let kind = pairs::declared(method.parameters(), &path).map(|(one, _)| one.kind());
        if pair.is_some() && finding.code == "wrong-argument" && kind == Some(&Type::Date) {
            finding.help = Some("write YYYY-MM-DD, `today`, `tomorrow` or `+7d`".to_owned());
        }
        problems.push(Problem { finding, pair });
    }
}

/// The failure of a call with wrong arguments, all of them.
pub(crate) fn failure(method: &MailMethod, problems: &[Problem<'_>]) -> Failure {
    let findings: Vec<Finding> = problems.iter().map(|problem| problem.finding.clone()).collect();
    let missing = findings.iter().all(|finding| finding.code == NO_FILE);
    let mut drawn: Vec<String> = problems.iter().map(|problem| draw(method, problem)).collect();
    if let Some(sample) = method.samples().next() {
        drawn.push(format!(
            "help: mailmethod render {} --sample {sample} fills every argument",
            method.name()
        ));
    }
    Failure::Told {
        exit: if missing { Exit::NotFound } else { Exit::Data },
        findings,
        text: Some(drawn.join("\n")),
    }
}

/// `lines[2].price` as it is written on the command line: `lines.2.price`.
fn dotted(path: &str) -> String {
    path.replace('[', ".").replace(']', "")
}

/// Whether a path is another one or leads into it.
fn inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The pair that gave the value at a path.
fn culprit<'a>(path: &str, pairs: &'a [Pair]) -> Option<&'a Pair> {
    let nearest = pairs
        .iter()
        .filter(|pair| inside(path, &pair.key))
        .max_by_key(|pair| pair.key.len())
        .or_else(|| pairs.iter().find(|pair| inside(&pair.key, path)))?;
    let mut same = pairs.iter().filter(|pair| pair.key == nearest.key);
    let item = path.strip_prefix(nearest.key.as_str()).and_then(|rest| rest.strip_prefix('.'));
    let index = item.and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    match index {
        Some(index) if same.clone().count() > 1 => same.nth(index),
        _ => Some(nearest),
    }
}

fn draw(method: &MailMethod, problem: &Problem<'_>) -> String {
    let Problem { finding, pair } = problem;
    let mut out = format!("error[{}]: {}: {}", finding.code, method.name(), finding.message);
    let help = finding.help.as_deref().unwrap_or_default();
    match pair {
        Some(pair) => under(method, finding, pair, help, &mut out),
        None if !help.is_empty() => add_line(&mut out, &format!("  {help}")),
        None => {}
    }
    if let Some(place) = &finding.location {
        add_line(&mut out, &format!("  declared in {}:{}", place.file, place.line));
    }
    out
}

fn add_line(out: &mut String, line: &str) {
    out.push('\n');
    out.push_str(line.trim_end());
}

/// The pair, with carets under what is wrong with it: its name, or its value.
fn under(method: &MailMethod, finding: &Finding, pair: &Pair, help: &str, out: &mut String) {
    let known = pairs::declared(method.parameters(), &pair.key);
    let unknown = known.is_none() || finding.code == "unknown-argument";
    let key = shortened(&pair.key);
    // The value of a misspelt name may be a secret as well.
    let hidden = unknown || known.is_some_and(|(parameter, secret)| secret || holds(parameter));
    let value = if hidden { "…".to_owned() } else { shortened(&pair.value) };
    let (before, width) = if unknown {
        (0, key.chars().count())
    } else {
        (key.chars().count() + pair.sign.chars().count(), value.chars().count().max(1))
    };
    add_line(out, &format!("  {key}{}{value}", pair.sign));
    let carets = format!("  {:before$}{} {help}", "", "^".repeat(width));
    add_line(out, &carets);
}

/// Whether something inside of a parameter is secret.
fn holds(parameter: &Parameter) -> bool {
    match parameter.kind() {
        Type::Record(fields) => fields.all().iter().any(|one| one.is_secret() || holds(one)),
        Type::List(item) => item.is_secret() || holds(item),
        _ => false,
    }
}

/// The beginning of a value in one line, without what a terminal would obey.
fn shortened(text: &str) -> String {
    let shown = text.chars().take(SHOWN).map(|c| if c.is_control() { '·' } else { c });
    let mut shown: String = shown.collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{culprit, inside, shortened};
    use crate::pairs::Pair;

    fn pairs(texts: &[&str]) -> Vec<Pair> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[track_caller]
    fn check(path: &str, texts: &[&str], blamed: Option<usize>) {
        let pairs = pairs(texts);
        let found = culprit(path, &pairs);
        assert_eq!(found, blamed.map(|index| &pairs[index]), "{path}");
    }

    #[test]
    fn the_nearest_pair_is_to_blame() {
        check("due", &["due=x", "duel=y"], Some(0));
        check("customer.email", &["customer:={}", "customer.name=Ada"], Some(0));
        check("customer.email", &["customer:={}", "customer.email=Ada"], Some(1));
        check("customer.email", &["customer.name=Ada"], None);
        check("days.1", &["days=today", "days=never"], Some(1));
        check("lines", &["lines.x=1"], Some(0));
    }

    #[test]
    fn a_path_is_inside_of_whole_names_only() {
        assert!(inside("a.b", "a") && inside("a", "a"));
        assert!(!inside("ab", "a") && !inside("a", "a.b"));
    }

    #[test]
    fn a_value_is_shown_in_one_harmless_line() {
        assert_eq!(shortened("a\x1b[2J\nb"), "a·[2J·b");
        assert_eq!(shortened(&"x".repeat(100)).chars().count(), 61);
    }
}
