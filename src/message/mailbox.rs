//! The mailbox: a display name and an address, and the list of them in a header.
//!
//! A list is parsed from [`Piece`]s: the author's own text, and values that came
//! from outside. A value is opaque: whatever it holds, it is one display name,
//! one mailbox, or one declared list. It never ends a name, opens an angle
//! bracket or adds a recipient.
//!
//! RFC 5322 §3.4.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::header::breaks_lines;
use super::{Address, AddressError};

/// A mailbox: `Name <local-part@domain>`, or an address alone. Cloning it copies nothing.
///
/// # Examples
///
/// ```
/// use mailmethod::message::Mailbox;
///
/// let mailbox: Mailbox = r#""Lovelace, Ada" <ada@example.test>"#.parse()?;
/// assert_eq!(mailbox.name(), Some("Lovelace, Ada"));
/// assert_eq!(mailbox.address().as_str(), "ada@example.test");
/// assert_eq!(mailbox.to_string(), r#""Lovelace, Ada" <ada@example.test>"#);
/// # Ok::<(), mailmethod::message::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    name: Option<Arc<str>>,
    address: Address,
}

/// A piece of an address header: the author's text, or a value from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The template author's own text: its commas, quotes and angle brackets count.
    Literal(&'a str),
    /// One value: a display name, an addr-spec or one mailbox, by the place where it stands.
    Value(&'a str),
    /// A declared list of addresses: any number of mailboxes.
    List(Vec<&'a str>),
}

impl Mailbox {
    /// Pairs a display name with an address; a blank name is none.
    ///
    /// # Errors
    ///
    /// [`AddressError`] if the name holds a line break or another control character.
    pub fn new(name: Option<&str>, address: Address) -> Result<Self, AddressError> {
        let name = name.unwrap_or_default();
        // Before trimming: what is white space may still end a line.
        if breaks_lines(name) {
            return Err(refused(name, "its display name holds a control character"));
        }
        let name = Some(name.trim()).filter(|name| !name.is_empty()).map(Arc::from);
        Ok(Self { name, address })
    }

    /// The display name, if there is one: decoded, never blank.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Reads a list of mailboxes separated by commas; blank items are skipped.
    ///
    /// # Errors
    ///
    /// [`AddressError`] for the first item that is no mailbox.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AddressError> {
        Self::parse_pieces(&[Piece::Literal(text)])
    }

    /// Reads a list of mailboxes from an author's text with values in it.
    ///
    /// # Errors
    ///
    /// [`AddressError`] for the first item that is no mailbox.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::message::{Mailbox, Piece};
    ///
    /// let pieces = [
    ///     Piece::Value("Evil <x@y.test>, z"),
    ///     Piece::Literal(" <"),
    ///     Piece::Value("ada@example.test"),
    ///     Piece::Literal(">"),
    /// ];
    /// let list = Mailbox::parse_pieces(&pieces)?;
    /// assert_eq!(list.len(), 1);
    /// assert_eq!(list[0].to_string(), r#""Evil <x@y.test>, z" <ada@example.test>"#);
    /// # Ok::<(), mailmethod::message::AddressError>(())
    /// ```
    pub fn parse_pieces(pieces: &[Piece<'_>]) -> Result<Vec<Self>, AddressError> {
        if let Some(mailbox) = Self::usual(pieces) {
            return Ok(vec![mailbox]);
        }
        Self::careful(pieces)
    }

    /// The one mailbox of an address alone, or of `{{ name }} <{{ address }}>`, as most are; none
    /// for all else, and for what is wrong.
    fn usual(pieces: &[Piece<'_>]) -> Option<Self> {
        let (name, address) = match pieces {
            [Piece::Value(address) | Piece::Literal(address)] => (None, address),
            [
                Piece::Value(name),
                Piece::Literal(open),
                Piece::Value(address),
                Piece::Literal(close),
            ] if open.trim() == "<" && close.trim() == ">" => (Some(*name), address),
            _ => return None,
        };
        Self::new(name, Address::usual(address)?).ok()
    }

    fn careful(pieces: &[Piece<'_>]) -> Result<Vec<Self>, AddressError> {
        let mut mailboxes = Vec::new();
        let mut reader = Reader::default();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => reader.literal(text, &mut mailboxes)?,
                Piece::Value(text) => reader.value(one_line(text)?)?,
                Piece::List(values) => {
                    for value in values {
                        one_line(value)?;
                    }
                    reader.list(values)?;
                }
            }
        }
        reader.end(&mut mailboxes)?;
        Ok(mailboxes)
    }
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self { name: None, address }
    }
}

impl FromStr for Mailbox {
    type Err = AddressError;

    /// Reads exactly one mailbox.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(address) = Address::usual(text) {
            return Ok(address.into());
        }
        let mut list = Self::parse_list(text)?;
        match (list.pop(), list.is_empty()) {
            (Some(mailbox), true) => Ok(mailbox),
            (None, _) => Err(refused(text, "it is blank")),
            (Some(_), false) => Err(refused(text, "it is more than one address")),
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(name) = &self.name else {
            return self.address.fmt(f);
        };
        let plain = name.chars().all(|c| {
            c == ' ' || c.is_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c)
        });
        if plain {
            return write!(f, "{name} <{}>", self.address);
        }
        f.write_str("\"")?;
        for c in name.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        write!(f, "\" <{}>", self.address)
    }
}

impl Serialize for Mailbox {
    /// As its text, which a call and the HTTP API read.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn refused(text: &str, reason: &'static str) -> AddressError {
    AddressError { text: text.to_owned(), reason }
}

/// Refuses a value that would end a line, even where trimming would take it away.
fn one_line(value: &str) -> Result<&str, AddressError> {
    if breaks_lines(value) {
        return Err(refused(value, "it holds a control character"));
    }
    Ok(value)
}

/// A mailbox that came from outside as one value; blank is none.
fn from_value(value: &str) -> Result<Option<Mailbox>, AddressError> {
    if value.trim().is_empty() { Ok(None) } else { value.parse().map(Some) }
}

/// Where in an item the reader stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Before any angle bracket: a display name or a bare address.
    #[default]
    Phrase,
    /// Between double quotes.
    Quoted,
    /// Behind a backslash between double quotes.
    Escaped,
    /// Between angle brackets.
    Angle,
    /// Behind the closing angle bracket.
    Closed,
    /// Between parentheses, before or behind the angle brackets.
    Comment,
}

/// What was read last and may be the whole of an item.
#[derive(Clone, Copy)]
enum Whole<'a> {
    Value(&'a str),
    List(&'a [&'a str]),
}

/// One item of the list while it is read.
#[derive(Default)]
struct Reader<'a> {
    state: State,
    /// The item as it was written, for a bare address and for errors.
    raw: String,
    /// The display name, quotes resolved.
    name: String,
    /// What stands between angle brackets, once one was opened.
    angle: Option<String>,
    /// The values in the phrase, and the last of them.
    values: usize,
    whole: Option<Whole<'a>>,
    /// The values between the angle brackets, and the last of them.
    angle_values: usize,
    angle_whole: Option<&'a str>,
    /// Whether the author wrote something visible in the phrase, or between the brackets.
    written: bool,
    angle_written: bool,
}

impl<'a> Reader<'a> {
    fn literal(&mut self, text: &str, out: &mut Vec<Mailbox>) -> Result<(), AddressError> {
        self.raw.reserve(text.len());
        if self.state == State::Phrase && self.angle.is_none() {
            self.name.reserve(text.len());
        }
        for c in text.chars() {
            if c == ',' && matches!(self.state, State::Phrase | State::Closed) {
                self.end(out)?;
                continue;
            }
            self.raw.push(c);
            match (self.state, c) {
                (State::Phrase, '"') => self.state = State::Quoted,
                (State::Phrase, '<') => {
                    self.state = State::Angle;
                    self.angle = Some(String::new());
                }
                (State::Phrase | State::Closed, '(') => self.state = State::Comment,
                (State::Comment, ')') if self.angle.is_some() => self.state = State::Closed,
                (State::Comment, ')') | (State::Quoted, '"') => self.state = State::Phrase,
                (State::Quoted, '\\') => self.state = State::Escaped,
                (State::Angle, '>') => self.state = State::Closed,
                (State::Angle, c) => {
                    self.angle_written |= !c.is_whitespace();
                    self.angle.get_or_insert_default().push(c);
                }
                (State::Closed, c) if !c.is_whitespace() => {
                    return Err(refused(self.raw.trim(), "something stands behind its `>`"));
                }
                (State::Comment | State::Closed, _) => {}
                (State::Phrase | State::Quoted | State::Escaped, c) => {
                    self.written |= self.state != State::Phrase || !c.is_whitespace();
                    self.name.push(c);
                    if self.state == State::Escaped {
                        self.state = State::Quoted;
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, text: &'a str) -> Result<(), AddressError> {
        self.raw.push_str(text);
        match self.state {
            State::Comment => {}
            State::Closed => {
                return Err(refused(self.raw.trim(), "something stands behind its `>`"));
            }
            State::Angle => {
                self.angle.get_or_insert_default().push_str(text);
                self.angle_values += 1;
                self.angle_whole = Some(text);
            }
            State::Phrase | State::Quoted | State::Escaped => {
                self.name.push_str(text);
                self.values += 1;
                self.whole = Some(Whole::Value(text));
            }
        }
        Ok(())
    }

    fn list(&mut self, values: &'a [&'a str]) -> Result<(), AddressError> {
        self.raw.push_str(&values.join(", "));
        if self.state != State::Phrase {
            return Err(refused(self.raw.trim(), "a list of addresses stands inside another"));
        }
        self.values += 1;
        self.whole = Some(Whole::List(values));
        Ok(())
    }

    /// Ends the item: adds its mailboxes to the list and begins the next.
    fn end(&mut self, out: &mut Vec<Mailbox>) -> Result<(), AddressError> {
        let item = std::mem::take(self);
        let raw = item.raw.trim();
        match item.state {
            State::Quoted | State::Escaped => return Err(refused(raw, "its quote never ends")),
            State::Angle => return Err(refused(raw, "its `<` has no `>`")),
            State::Comment => return Err(refused(raw, "its comment never ends")),
            State::Phrase | State::Closed => {}
        }
        let alone = item.values == 1 && !item.written;
        match (&item.angle, item.whole) {
            (Some(angle), whole) => {
                if angle.trim().is_empty() && item.name.trim().is_empty() {
                    return Ok(());
                }
                if matches!(whole, Some(Whole::List(_))) {
                    return Err(refused(raw, "a list of addresses stands inside another"));
                }
                let address = match item.angle_whole {
                    Some(value) if item.angle_values == 1 && !item.angle_written => {
                        value.parse::<Mailbox>()?.address
                    }
                    _ => angle.trim().parse()?,
                };
                out.push(Mailbox::new(Some(&item.name), address)?);
            }
            (None, Some(Whole::List(values))) if alone => {
                for value in values {
                    out.extend(from_value(value)?);
                }
            }
            (None, Some(Whole::Value(value))) if alone => out.extend(from_value(value)?),
            (None, Some(Whole::List(_))) => {
                return Err(refused(raw, "a list of addresses stands inside another"));
            }
            (None, _) => {
                if !raw.is_empty() {
                    out.push(Mailbox::from(raw.parse::<Address>()?));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::{Mailbox, Piece};

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &[&str]) {
        let list = Mailbox::parse_pieces(pieces).unwrap();
        let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected);
    }

    #[track_caller]
    fn refused(pieces: &[Piece<'_>], reason: &str) {
        assert_eq!(Mailbox::parse_pieces(pieces).expect_err("wrong").reason, reason);
    }

    #[test]
    fn a_list_is_read_in_order_and_blank_items_are_skipped() {
        check(
            &[Piece::Literal(" ada@x.test, Bob <bob@x.test>,, \"C, D\" <c@x.test> (a note), <>, ")],
            &["ada@x.test", "Bob <bob@x.test>", "\"C, D\" <c@x.test>"],
        );
    }

    #[test]
    fn a_value_is_one_display_name_whatever_it_holds() {
        for name in ["Evil <x@y.test>, z", "a\\", "\"", "<", "a@b.test,c@d.test", ")("] {
            let pieces = [
                Piece::Value(name),
                Piece::Literal(" <"),
                Piece::Value("ada@x.test"),
                Piece::Literal(">"),
            ];
            let list = Mailbox::parse_pieces(&pieces).unwrap();
            assert_eq!(list.len(), 1);
            assert_eq!(list[0].name(), Some(name));
            let again: Mailbox = list[0].to_string().parse().unwrap();
            assert_eq!(again, list[0]);
        }
    }

    proptest! {
        #[test]
        fn a_usual_mailbox_is_what_the_careful_way_makes_of_it(
            name in "[a ,<>\"\\\\@()ü\n]{0,6}",
            open in " {0,2}[<,a]? {0,2}",
            address in "(ada|a@b|<|, )@?x?[.]test",
            close in " ?>? ?",
        ) {
            let pieces = [
                Piece::Value(&name),
                Piece::Literal(&open),
                Piece::Value(&address),
                Piece::Literal(&close),
            ];
            for pieces in [&pieces[..], &pieces[2..3], &[Piece::Literal(&address)]] {
                if let Some(mailbox) = Mailbox::usual(pieces) {
                    prop_assert_eq!(Mailbox::careful(pieces), Ok(vec![mailbox]));
                }
            }
        }
    }

    #[test]
    fn the_quotes_around_a_value_are_the_authors() {
        let pieces =
            [Piece::Literal("\"Dr. "), Piece::Value("A \"B\" C"), Piece::Literal("\" <a@x.test>")];
        assert_eq!(Mailbox::parse_pieces(&pieces).unwrap()[0].name(), Some("Dr. A \"B\" C"));
    }

    #[test]
    fn a_bare_value_is_one_mailbox_and_a_declared_list_is_many() {
        check(&[Piece::Value("Ada <ada@x.test>")], &["Ada <ada@x.test>"]);
        check(&[Piece::Value(" ")], &[]);
        check(
            &[Piece::List(vec!["ada@x.test", "Bob <bob@x.test>"]), Piece::Literal(", c@x.test")],
            &["ada@x.test", "Bob <bob@x.test>", "c@x.test"],
        );
        refused(&[Piece::Value("a@x.test, b@x.test")], "it is more than one address");
        refused(&[Piece::List(vec!["a@x.test, b@x.test"])], "it is more than one address");
    }

    #[test]
    fn an_address_inside_angle_brackets_is_its_addr_spec_alone() {
        let pieces =
            [Piece::Literal("Boss <"), Piece::Value("Ada <ada@x.test>"), Piece::Literal(">")];
        check(&pieces, &["Boss <ada@x.test>"]);
    }

    #[test]
    fn an_address_may_be_put_together_but_only_of_harmless_parts() {
        check(&[Piece::Value("orders"), Piece::Literal("@shop.test")], &["orders@shop.test"]);
        let evil = [Piece::Value("x@y.test,z"), Piece::Literal("@shop.test")];
        refused(&evil, "what stands before the `@` is no local part");
        let evil =
            [Piece::Literal("A <"), Piece::Value("x@y.test>, <z"), Piece::Literal("@s.test>")];
        refused(&evil, "what stands before the `@` is no local part");
    }

    #[test]
    fn what_never_ends_or_goes_on_is_refused() {
        refused(&[Piece::Literal("\"Ada <a@x.test>")], "its quote never ends");
        refused(&[Piece::Literal("Ada <a@x.test")], "its `<` has no `>`");
        refused(&[Piece::Literal("Ada (x <a@x.test>")], "its comment never ends");
        refused(&[Piece::Literal("<a@x.test> b@x.test")], "something stands behind its `>`");
        refused(
            &[Piece::Literal("<a@x.test>"), Piece::Value("b")],
            "something stands behind its `>`",
        );
        refused(&[Piece::Literal("Ada <>")], "it has no `@`");
        for value in ["A\r\nBcc: x", "A\r\n", "\u{85}", "A\u{2028}", "\t"] {
            let reason = "it holds a control character";
            refused(&[Piece::Value(value), Piece::Literal(" <a@x.test>")], reason);
            refused(&[Piece::Value(value)], reason);
            refused(&[Piece::List(vec!["a@x.test", value])], reason);
        }
        refused(&[Piece::Literal("A\rB <a@x.test>")], "its display name holds a control character");
    }
}
