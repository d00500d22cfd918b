//! One mail: all that can be seen to be wrong in it, rule by rule.

mod css;
mod head;
mod html;
mod links;
mod place;
mod reading;
mod secret;
mod size;
mod support;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use super::rule::Rule;
use crate::message::Mail;
use crate::method::{Call, CallError, MailKind, MailMethod, MailMethods};
use crate::source::Finding;
use reading::Reading;
use secret::Secrets;

/// The most problems of one rule in one mail.
const LIMIT: usize = 20;

/// Looks at one mail of a method: its headers, its bodies, its links and its size.
///
/// Findings are placed in the YAML file of the method, at the header that they are about if there
/// is one. [`MailMethods::lint`] knows the arguments as well, and leads to lines of templates.
///
/// # Examples
///
/// ```
/// use mailmethod::{Call, MailMethods, lint};
///
/// let methods = MailMethods::from_embedded([(
///     "hello.yaml",
///     "headers: {from: Shop <shop@example.test>, to: ada@example.test, subject: Hello}\n\
///      html: '<p>Hello!</p><img src=\"https://shop.example.test/a.png\">'",
/// )])?;
/// let mail = methods.call(&Call::new("hello"))?;
/// let findings = lint::mail(&mail, methods.get("hello").unwrap());
/// assert_eq!(findings[0].code, "missing-alt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn mail(mail: &Mail, method: &MailMethod) -> Vec<Finding> {
    let problems = problems(mail, method, Secrets::default());
    problems.iter().map(|problem| place::placed(problem, mail, method, None)).collect()
}

impl MailMethods {
    /// Renders a call and looks at its mail: all findings, at the lines of the templates that
    /// printed what they are about. What the files allow is left out.
    ///
    /// # Errors
    ///
    /// As [`MailMethods::call`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::{Call, MailMethods};
    ///
    /// let methods = MailMethods::from_embedded([
    ///     ("hello.yaml", "headers: {from: Shop <a@b.test>, to: ada@b.test, subject: Hello}"),
    ///     ("hello.html.j2", "<p>Hello!</p>\n<a href=\"http://b.test\">Shop</a>"),
    /// ])?;
    /// let findings = methods.lint(&Call::new("hello"))?;
    /// let place = findings[0].location.as_ref().unwrap();
    /// assert_eq!((findings[0].code, place.to_string().as_str()), ("http-link", "embedded/hello.html.j2:2:10"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lint(&self, call: &Call) -> Result<Vec<Finding>, CallError> {
        let method = self.find(call.method())?;
        let mail = method.call(call, self.limits())?;
        let mut findings = of_call(&mail, method, call);
        super::allow::silence(&mut findings, method);
        Ok(findings)
    }
}

/// What is wrong with the mail of a call, at the templates' lines.
pub(super) fn of_call(mail: &Mail, method: &MailMethod, call: &Call) -> Vec<Finding> {
    let problems = problems(mail, method, Secrets::new(method.secrets(call)));
    if problems.is_empty() {
        return Vec::new();
    }
    let in_body = |problem: &Problem| matches!(problem.place, Place::Html(_) | Place::Text(_));
    let trace = problems.iter().any(in_body).then(|| method.trace(call));
    let mut findings: Vec<Finding> = Vec::new();
    for problem in &problems {
        let finding = place::placed(problem, mail, method, trace.as_ref());
        // One line of a loop prints many.
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// Something that is wrong, and which part of the mail it is about.
struct Problem {
    rule: Rule,
    message: String,
    help: Option<String>,
    place: Place,
}

/// A part of a mail.
#[derive(Clone, Debug)]
enum Place {
    /// Octets of the HTML body.
    Html(Range<usize>),
    /// Octets of the text body.
    Text(Range<usize>),
    /// A header, or a key of the method.
    Key(&'static str),
}

/// Collects problems, some of each rule at most.
#[derive(Default)]
struct Problems {
    found: Vec<Problem>,
    counts: BTreeMap<&'static str, usize>,
    secrets: Secrets,
}

impl Problems {
    /// The first characters of a text, on one line and without secrets, for a message.
    fn shown(&self, text: &str) -> String {
        let hidden = self.secrets.hidden(text);
        let line: String = hidden.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        match line.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        }
    }

    fn add(&mut self, rule: Rule, place: Place, message: impl Into<String>, help: &str) {
        let count = self.counts.entry(rule.name()).or_default();
        *count += 1;
        if *count > LIMIT {
            return;
        }
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.found.push(Problem { rule, message: message.into(), help, place });
    }
}

/// Looks at a mail with every rule.
fn problems(mail: &Mail, method: &MailMethod, secrets: Secrets) -> Vec<Problem> {
    let mut problems = Problems { secrets, ..Problems::default() };
    let bulk = method.kind() == MailKind::Bulk;
    head::check(mail, bulk, &mut problems);
    size::check(mail, &mut problems);
    let reading = mail.html().map(Reading::new);
    if let Some(reading) = &reading {
        html::check(reading, &mut problems);
        links::check(reading, &mut problems);
        css::check(reading, &mut problems);
        text::check(mail, reading, method.has_text(), &mut problems);
        if bulk {
            links::check_secrets(reading, &mut problems);
        }
    }
    text::check_braces(mail, reading.as_ref(), &mut problems);
    problems.found
}
