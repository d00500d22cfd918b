//! The place of a problem: the line of a template or of the YAML file that is to be mended.

use super::{Place, Problem};
use crate::message::Mail;
use crate::method::{MailMethod, Trace};
use crate::source::{Finding, Part, Severity};

/// A problem as a finding, as near to its cause as is known.
pub(super) fn placed(
    problem: &Problem,
    mail: &Mail,
    method: &MailMethod,
    trace: Option<&Trace<'_>>,
) -> Finding {
    let name = problem.rule.name();
    let finding = match problem.rule.severity() {
        Severity::Error => Finding::error(name, problem.message.clone()),
        Severity::Warning => Finding::warning(name, problem.message.clone()),
    };
    let finding = match &problem.help {
        Some(help) => finding.help(help.clone()),
        None => finding,
    };
    let traced = match &problem.place {
        Place::Html(range) => {
            trace.and_then(|trace| trace.place(&finding, true, mail.html()?, range))
        }
        Place::Text(range) => {
            trace.and_then(|trace| trace.place(&finding, false, mail.text()?, range))
        }
        Place::Key(_) => None,
    };
    if let Some(finding) = traced {
        return finding;
    }
    let key = match &problem.place {
        Place::Html(_) => "html",
        Place::Text(_) => "text",
        Place::Key(key) => key,
    };
    if let Some(spot) = method.spot_of(key) {
        return spot.document.place(finding, &spot.path, Part::Key);
    }
    let body =
        ["html", "text"].contains(&key).then(|| method.body_file(key == "html", mail.locale()));
    finding.in_file(body.flatten().unwrap_or(method.file()))
}
