//! The place: where an output stands decides how it is made safe.
//!
//! HTML bodies are HTML-escaped, calendar parts are escaped as RFC 5545 text,
//! text bodies are left alone. In headers a value may hold no control
//! character; in address headers it is fenced besides, so that the parser of
//! mailboxes knows what came from outside.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write as _};

use minijinja::value::Value as Raw;
use minijinja::{AutoEscape, Error, ErrorKind, Output, State, escape_formatter};

use super::html;
use super::value::{Day, Mailbox, Mailboxes, Number, is_absent};

/// Opens a value; values cannot hold it, because it is a control character.
const VALUE: char = '\u{2}';
/// Opens a list of values.
const LIST: char = '\u{4}';
/// Stands between the values of a list.
const NEXT: char = '\u{1f}';
/// Ends a value or a list.
const END: char = '\u{3}';

/// Where the output of a template goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Text,
    Html,
    /// A header that is no list of addresses, a file name, a key.
    Header,
    /// A header of addresses.
    Mailboxes,
}

impl Place {
    /// The word in the names of templates that stand inside a YAML file.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Header => "header",
            Self::Mailboxes => "mailboxes",
        }
    }
}

/// The name of a template that stands inside a YAML file: `orders/a.yaml#header:headers.subject`.
pub(crate) fn inline_name(file: &str, place: Place, path: &impl ToString) -> String {
    format!("{file}#{}:{}", place.as_str(), path.to_string())
}

/// The place of a template that stands inside a YAML file, by its name.
pub(super) fn inline_place(name: &str) -> Option<Place> {
    let (_, inline) = name.split_once('#')?;
    let word = inline.split(':').next()?;
    let places = [Place::Html, Place::Header, Place::Mailboxes];
    Some(places.into_iter().find(|place| place.as_str() == word).unwrap_or(Place::Text))
}

/// How the output of a template is escaped, by its name.
pub(super) fn auto_escape(name: &str) -> AutoEscape {
    match inline_place(name) {
        Some(place @ (Place::Header | Place::Mailboxes)) => {
            return AutoEscape::Custom(Cow::Borrowed(place.as_str()));
        }
        Some(Place::Html) => return AutoEscape::Html,
        Some(Place::Text) => return AutoEscape::None,
        None => {}
    }
    let plain = [".j2", ".jinja2", ".jinja"].iter().find_map(|end| name.strip_suffix(end));
    match plain.unwrap_or(name).rsplit('.').next() {
        Some("html" | "htm" | "xhtml" | "xml" | "svg") => AutoEscape::Html,
        Some("json") => AutoEscape::Json,
        Some("ics" | "vcf") => AutoEscape::Custom(Cow::Borrowed("calendar")),
        _ => AutoEscape::None,
    }
}

thread_local! {
    /// The header that is rendered, if one is. The engine's own state is not asked: a template
    /// can change that, by `{% autoescape %}` or by what it includes.
    static HEADER: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Renders a template; whatever prints in it is made safe for the place of that template, which is
/// none for a file.
pub(super) fn within<T>(place: Option<Place>, render: impl FnOnce() -> T) -> T {
    /// Puts the outer place back, also after a panic.
    struct Restore(Option<Place>);
    impl Drop for Restore {
        fn drop(&mut self) {
            HEADER.set(self.0);
        }
    }
    let place = place.filter(|place| matches!(place, Place::Header | Place::Mailboxes));
    let _restore = Restore(HEADER.replace(place));
    render()
}

/// Prints a value as its place wants it.
pub(super) fn format(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Raw,
) -> Result<(), Error> {
    if let Some(place) = HEADER.get() {
        return print(out, place, value);
    }
    let escape = state.auto_escape();
    // Most values are texts or digits, and neither is ever blank.
    match escape {
        AutoEscape::None | AutoEscape::Html => {}
        _ if is_blank(value) => return Ok(()),
        AutoEscape::Custom(_) => return calendar(out, value),
        _ => return escape_formatter(out, state, value),
    }
    let html = *escape == AutoEscape::Html;
    let printed = if let Some(text) = value.as_str() {
        if html && !value.is_safe() { html::write_escaped(out, text) } else { out.write_str(text) }
    } else {
        match digits(value) {
            Some(Digits::Text(text)) => out.write_str(text),
            Some(Digits::Small(number)) => small(out, number),
            None if is_blank(value) => Ok(()),
            None if html => write!(html::Escaping(out), "{value}"),
            None => write!(out, "{value}"),
        }
    };
    printed.map_err(Error::from)
}

/// What HTML has nothing to escape in.
enum Digits<'v> {
    Text(&'v str),
    /// Most numbers in a mail are small: which line it is, how many pieces.
    Small(u8),
}

fn digits(value: &Raw) -> Option<Digits<'_>> {
    if value.is_integer() {
        return u8::try_from(value.as_usize()?).ok().map(Digits::Small);
    }
    let number = value.downcast_object_ref::<Number>().map(Number::as_str);
    let text = number.or_else(|| value.downcast_object_ref::<Day>().map(Day::as_str));
    text.map(Digits::Text)
}

/// Prints a number as `write!` does, without what that costs.
fn small(out: &mut impl fmt::Write, number: u8) -> fmt::Result {
    for unit in [100, 10] {
        if number >= unit {
            out.write_char(char::from(b'0' + number / unit % 10))?;
        }
    }
    out.write_char(char::from(b'0' + number % 10))
}

/// Prints a value into a header.
pub(super) fn print(out: &mut impl fmt::Write, place: Place, value: &Raw) -> Result<(), Error> {
    match place {
        _ if is_blank(value) => Ok(()),
        Place::Mailboxes => mailboxes(out, value),
        _ => header(out, value),
    }
}

/// Whether a value prints nothing, wherever it stands.
fn is_blank(value: &Raw) -> bool {
    value.is_none() || value.is_undefined() || is_absent(value)
}

fn shown(value: &Raw) -> Cow<'_, str> {
    let known = || value.downcast_object_ref::<Mailbox>().map(|mailbox| mailbox.shown.as_ref());
    match value.as_str().or_else(known) {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(value.to_string()),
    }
}

/// A value in a header: what was fenced once, by a block or a macro, is one value now.
fn header_text(value: &Raw) -> Result<Cow<'_, str>, Error> {
    let text = shown(value);
    if is_plain(&text) {
        return Ok(text);
    }
    // No argument holds a fence: the binding refuses control characters.
    let text = text.replace([VALUE, LIST, END], "").replace(NEXT, ", ");
    match text.chars().find(|c| is_forbidden(*c)) {
        None => Ok(Cow::Owned(text)),
        Some('\r' | '\n') => Err(refused("a header value holds a line break")),
        Some(c) => Err(refused(&format!(
            "a header value holds the control character U+{:04X}",
            u32::from(c)
        ))),
    }
}

/// Whether a text is of visible ASCII and spaces, as most are.
pub(crate) fn is_plain(text: &str) -> bool {
    // One pass without a branch in it.
    text.bytes().fold(true, |plain, octet| plain & matches!(octet, b' '..=b'~'))
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// Whether a character may not stand in a header.
pub(crate) fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn header(out: &mut impl fmt::Write, value: &Raw) -> Result<(), Error> {
    out.write_str(&header_text(value)?).map_err(Error::from)
}

fn mailboxes(out: &mut impl fmt::Write, value: &Raw) -> Result<(), Error> {
    if let Some(list) = value.downcast_object_ref::<Mailboxes>() {
        for (index, mailbox) in list.0.iter().enumerate() {
            out.write_char(if index == 0 { LIST } else { NEXT })?;
            out.write_str(&header_text(mailbox)?)?;
        }
        if list.0.is_empty() {
            return Ok(());
        }
    } else {
        let text = header_text(value)?;
        if text.is_empty() {
            return Ok(());
        }
        out.write_char(VALUE)?;
        out.write_str(&text)?;
    }
    out.write_char(END).map_err(Error::from)
}

/// Escapes a value for iCalendar and vCard: RFC 5545 §3.3.11, RFC 6350 §3.4.
fn calendar(out: &mut Output<'_>, value: &Raw) -> Result<(), Error> {
    let text = shown(value);
    if value.is_safe() {
        return out.write_str(&text).map_err(Error::from);
    }
    let mut escaped = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if c.is_control() => {
                return Err(refused("a calendar value holds a control character"));
            }
            c => escaped.push(c),
        }
        after_return = c == '\r';
    }
    out.write_str(&escaped).map_err(Error::from)
}

/// A piece of a rendered address header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fenced<'a> {
    Literal(&'a str),
    Value(&'a str),
    List(Vec<&'a str>),
}

/// Takes a rendered address header apart at its fences.
pub(crate) fn fenced(rendered: &str) -> impl Iterator<Item = Fenced<'_>> {
    // The fences are ASCII, which stands in the middle of no character.
    let end_of = |text: &str, fences: &[char]| {
        let is_fence = |octet: u8| fences.contains(&char::from(octet));
        text.bytes().position(is_fence).unwrap_or(text.len())
    };
    let mut rest = rendered;
    std::iter::from_fn(move || {
        let (literal, behind) = rest.split_at_checked(end_of(rest, &[VALUE, LIST]))?;
        if !literal.is_empty() {
            rest = behind;
            return Some(Fenced::Literal(literal));
        }
        let list = rest.starts_with(LIST);
        let inside = rest.get(1..)?;
        let (inside, behind) = inside.split_at_checked(end_of(inside, &[END]))?;
        rest = behind.get(1..).unwrap_or_default();
        Some(if list { Fenced::List(inside.split(NEXT).collect()) } else { Fenced::Value(inside) })
    })
}

#[cfg(test)]
mod tests {
    use super::{Fenced, fenced, small};

    #[test]
    fn a_small_number_is_printed_as_any_other() {
        for number in 0..=u8::MAX {
            let mut printed = String::new();
            small(&mut printed, number).unwrap();
            assert_eq!(printed, number.to_string());
        }
    }

    #[test]
    fn a_rendered_header_is_taken_apart_at_its_fences() {
        assert_eq!(
            fenced("\u{2}Ada, B\u{3} <\u{2}a@x.test\u{3}>, \u{4}b@x.test\u{1f}c@x.test\u{3}")
                .collect::<Vec<_>>(),
            [
                Fenced::Value("Ada, B"),
                Fenced::Literal(" <"),
                Fenced::Value("a@x.test"),
                Fenced::Literal(">, "),
                Fenced::List(vec!["b@x.test", "c@x.test"]),
            ]
        );
        assert_eq!(fenced("a@x.test").collect::<Vec<_>>(), [Fenced::Literal("a@x.test")]);
        assert_eq!(fenced("").count(), 0);
    }
}
