//! The summary: a mail at a glance.

use mailmethod::message::{Disposition, Mail, Message, Stamp};

use crate::output::Paint;

/// How many lines of the text body are shown.
const LINES: usize = 12;

/// The headers of the summary's own, so that the others follow.
const KNOWN: [&str; 5] = ["From", "To", "Cc", "Subject", "Content-Type"];

/// All headers as sealed, decoded, one a line.
pub(crate) fn headers(mail: &Mail) -> String {
    let headers = mail.sealed_headers(&Stamp::preview());
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// A mail for people: who, what, the tree of its parts, and how its text begins.
pub(crate) fn of(mail: &Mail, message: &Message, paint: Paint) -> String {
    let mut out = String::new();
    let locale = if mail.locale().is_empty() { "" } else { mail.locale() };
    add(&mut out, &format!("{} ({locale})", paint.bold(mail.method())));
    let list = |mailboxes: &[mailmethod::message::Mailbox]| {
        mailboxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let mut rows = vec![("From".to_owned(), mail.from().to_string())];
    for (name, mailboxes) in [("To", mail.to()), ("Cc", mail.cc())] {
        if !mailboxes.is_empty() {
            rows.push((name.to_owned(), list(mailboxes)));
        }
    }
    if !mail.bcc().is_empty() {
        let blind = format!("{}   (blind: in no byte of the message)", list(mail.bcc()));
        rows.push(("Bcc".to_owned(), blind));
    }
    rows.push(("Subject".to_owned(), paint.bold(mail.subject())));
    rows.extend(mail.preheader().map(|text| ("Preheader".to_owned(), text.to_owned())));
    let others = mail.sealed_headers(&Stamp::preview());
    rows.extend(others.into_iter().filter(|(name, _)| !KNOWN.contains(&name.as_str())));
    let sender = message.envelope().sender().map_or("<>".to_owned(), ToString::to_string);
    rows.push(("Bounces go to".to_owned(), sender));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in rows {
        add(&mut out, &format!("{}  {value}", paint.dim(&format!("{name:width$}"))));
    }
    tree(&mut out, mail, message, paint);
    text(&mut out, mail, paint);
    out
}

fn add(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

fn tree(out: &mut String, mail: &Mail, message: &Message, paint: Paint) {
    let size = size(message.as_bytes().len());
    add(out, &format!("\n{} ({size} as sent)", paint.bold("Parts")));
    let mut sizes = sizes(mail).into_iter();
    for line in mail.outline().lines() {
        // A part of parts has no size of its own.
        let size = if line.contains("multipart/") { None } else { sizes.next() };
        let size = size.map(|octets| format!("  {}", self::size(octets))).unwrap_or_default();
        add(out, &format!("  {line}{}", paint.dim(&size)));
    }
}

/// The octets of bodies and attachments before encoding, in the order of the tree.
fn sizes(mail: &Mail) -> Vec<usize> {
    let (mut files, attached): (Vec<_>, Vec<_>) = mail
        .attachments()
        .iter()
        .partition(|part| mail.html().is_some() && part.disposition() == Disposition::Inline);
    files.extend(attached);
    let bodies = [mail.text(), mail.html()].into_iter().flatten().map(str::len);
    bodies.chain(files.iter().map(|file| file.content().len())).collect()
}

/// The beginning of the text body.
fn text(out: &mut String, mail: &Mail, paint: Paint) {
    let Some(text) = mail.text() else { return };
    let all = text.lines().count();
    add(out, &format!("\n{}", paint.bold("Text")));
    for line in text.lines().take(LINES) {
        add(out, &format!("  {line}"));
    }
    if all > LINES {
        let rest = format!("  … {} more lines: --part text", all - LINES);
        add(out, &paint.dim(&rest));
    }
}

/// Octets for people; a kB has 1,000.
pub(crate) fn size(octets: usize) -> String {
    match octets {
        0..1_000 => format!("{octets} B"),
        1_000..1_000_000 => format!("{}.{} kB", octets / 1_000, octets % 1_000 / 100),
        _ => format!("{}.{} MB", octets / 1_000_000, octets % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_has_one_decimal_at_most() {
        assert_eq!(
            [size(999), size(1_000), size(14_260), size(2_000_000)],
            ["999 B", "1.0 kB", "14.2 kB", "2.0 MB"]
        );
    }
}
