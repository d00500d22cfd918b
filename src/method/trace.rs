//! The trace: which place of which template printed a part of a body.
//!
//! A mail is rendered once more for it, so only a mail in which something was
//! found pays.

use std::cell::OnceCell;
use std::ops::Range;

use super::Call;
use super::assemble::root_of;
use super::mail_method::MailMethod;
use crate::render::{Engine, Printed, Root};
use crate::source::Finding;

/// The bodies of a call as their templates printed them.
pub(crate) struct Trace<'a> {
    engine: &'a Engine,
    text: Option<Traced>,
    html: Option<Traced>,
}

struct Traced {
    body: String,
    printed: Vec<Printed>,
    /// How many octets of the mail's body are the same from its beginning and from its end.
    same: OnceCell<(usize, usize)>,
}

impl<'a> Trace<'a> {
    /// Renders the bodies of a call that was rendered before.
    pub(crate) fn new(method: &'a MailMethod, call: &Call) -> Self {
        let engine = &method.library.engine;
        let bodies = &method.parts.bodies;
        let mut trace = Self { engine, text: None, html: None };
        let Some((root, default)) = root_of(method, call) else { return trace };
        let traced = |bodies: &super::mail_method::Translated, root: &Root| {
            let body = super::mail_method::chosen(bodies, &root.scope.chain, default)?;
            let (body, printed) = engine.traced(&body.name, root)?;
            Some(Traced { body, printed, same: OnceCell::new() })
        };
        trace.html = traced(&bodies.html, &root);
        trace.text = traced(&bodies.text, &root);
        trace
    }

    /// Places a finding at the template that printed a range of a body of the mail; none if no
    /// template did, as in a text that was made from HTML.
    pub(crate) fn place(
        &self,
        finding: &Finding,
        is_html: bool,
        body: &str,
        range: &Range<usize>,
    ) -> Option<Finding> {
        let traced = if is_html { self.html.as_ref() } else { self.text.as_ref() }?;
        let at = traced.same_place(body, range.start)?;
        let after = traced.printed.partition_point(|part| part.output.end <= at);
        let part = traced.printed.get(after).filter(|part| part.output.start <= at)?;
        let source = if part.is_verbatim {
            let start = part.source.start + (at - part.output.start);
            start..(start + range.len()).min(part.source.end)
        } else {
            part.source.clone()
        };
        Some(self.engine.source(&part.template)?.place(finding.clone(), &source))
    }
}

impl Traced {
    /// Where an offset of the mail's body stands in the body as it was printed: the two are equal
    /// but for what was put in at one place, and for line feeds at the end.
    fn same_place(&self, body: &str, offset: usize) -> Option<usize> {
        let (body, printed) = (body.trim_end_matches('\n'), self.body.trim_end_matches('\n'));
        let (head, tail) = *self.same.get_or_init(|| {
            let equal = |(a, b): &(u8, u8)| a == b;
            let head = body.bytes().zip(printed.bytes()).take_while(equal).count();
            let tail = body.bytes().rev().zip(printed.bytes().rev()).take_while(equal).count();
            (head, tail)
        });
        let from_end = body.len().checked_sub(offset)?;
        if offset < head {
            return Some(offset);
        }
        if from_end > tail { None } else { printed.len().checked_sub(from_end) }
    }
}

#[cfg(test)]
mod tests {
    use super::{OnceCell, Traced};

    fn same_place(body: &str, printed: &str, offset: usize) -> Option<usize> {
        let (printed, body_printed) = (Vec::new(), printed.to_owned());
        Traced { body: body_printed, printed, same: OnceCell::new() }.same_place(body, offset)
    }

    #[test]
    fn a_place_is_found_before_and_behind_what_was_put_in() {
        let (body, printed) = ("<body>\n[pre]\n<p>x</p>\n", "<body>\n<p>x</p>\n\n\n");
        assert_eq!(same_place(body, printed, 0), Some(0));
        assert_eq!(same_place(body, printed, body.find("x<").unwrap()), printed.find("x<"));
        assert_eq!(same_place(body, printed, body.find("pre").unwrap()), None);
        assert_eq!(same_place(body, printed, 999), None);
        assert_eq!(same_place("a", "b", 0), None);
    }
}
