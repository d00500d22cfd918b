//! Reading a filter: words, quotes, keys and values.

use super::{Column, Comparison, FilterError, Quantity, Term, Test};
use crate::queue::entry::{State, View};
use crate::source::nearest;

/// The keys, and what each is followed by.
const KEYS: [(&str, &str); 19] = [
    ("state", "a state: queued, sending, uncertain, held, sent, partial, dead, expired, cancelled"),
    ("view", "a view: outgoing, scheduled, deferred, sending, attention, sent, dead, cancelled"),
    ("method", "a mail method, or a part of its name with *: orders.*"),
    ("to", "a recipient: ada@example.test, @example.test, ada*"),
    ("from", "an envelope sender"),
    ("subject", "a part of the subject"),
    ("id", "the beginning of an id"),
    ("locale", "a locale: de"),
    ("route", "the name of an adapter"),
    ("key", "a key, or a part of it with *"),
    ("message-id", "a Message-ID, or a part of it with *"),
    ("reason", "why it is held or was cancelled, or a part of it with *"),
    ("code", "a reply's code: 550, 5*, 4.7.*"),
    ("attempt", "a number of attempts: 3, >3"),
    ("priority", "a priority from 1 to 5: 1, <3"),
    ("size", "a size in octets: >1M"),
    ("older", "an age: 30m, 2h, 7d"),
    ("newer", "an age: 30m, 2h, 7d"),
    ("has", "attachment or key"),
];

/// The longest filter, in characters.
const LONGEST: usize = 2_000;
/// The most tests in one filter.
const MOST: usize = 60;

pub(super) fn terms(text: &str) -> Result<Vec<Term>, FilterError> {
    let count = text.chars().count();
    if count > LONGEST {
        return Err(FilterError {
            filter: text.chars().take(60).collect::<String>() + "…",
            at: 0,
            length: 1,
            message: format!("a filter of {count} characters"),
            help: format!("write {LONGEST} at most"),
        });
    }
    let mut reader = Reader { text, chars: text.chars().collect(), at: 0 };
    let mut terms = Vec::new();
    while reader.skip_space() {
        terms.push(reader.term()?);
    }
    if terms.iter().map(|term| term.any.len()).sum::<usize>() > MOST {
        return Err(reader.wrong(0, reader.chars.len(), "too many terms", "write fewer"));
    }
    Ok(terms)
}

struct Reader<'t> {
    text: &'t str,
    chars: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Goes to the next term; whether there is one.
    fn skip_space(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn wrong(&self, at: usize, end: usize, message: &str, help: &str) -> FilterError {
        FilterError {
            filter: self.text.to_owned(),
            at,
            length: end.saturating_sub(at).max(1),
            message: message.to_owned(),
            help: help.to_owned(),
        }
    }

    fn term(&mut self) -> Result<Term, FilterError> {
        let negated = matches!(self.peek(), Some('-' | '!'));
        self.at += usize::from(negated);
        if self.peek().is_none_or(char::is_whitespace) {
            let (at, help) = (self.at - 1, "write what is not to hold behind it: -state:sent");
            return Err(self.wrong(at, self.at, "a `-` that stands alone", help));
        }
        let start = self.at;
        if self.peek() == Some('"') {
            let text = self.quoted()?;
            return Ok(Term { negated, any: vec![Test::Anywhere(text)] });
        }
        let mut key = String::new();
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && *c != ':') {
            key.push(c);
            self.at += 1;
        }
        if self.peek() != Some(':') {
            return Ok(Term { negated, any: vec![Test::Anywhere(key)] });
        }
        self.at += 1;
        let end = self.at - 1;
        let expected = self.expected(&key, start, end)?;
        let mut any = Vec::new();
        loop {
            let begun = self.at;
            let value = self.value()?;
            if value.is_empty() {
                let message = format!("`{key}:` without a value");
                return Err(self.wrong(start, begun, &message, &format!("write {expected}")));
            }
            match test(&key, &value) {
                Some(test) => any.push(test),
                None => {
                    let message = format!("{value:?} is not for `{key}`");
                    return Err(self.wrong(begun, self.at, &message, &format!("write {expected}")));
                }
            }
            if self.peek() != Some(',') {
                return Ok(Term { negated, any });
            }
            self.at += 1;
        }
    }

    /// What follows a key, if it is one.
    fn expected(&self, key: &str, start: usize, end: usize) -> Result<&'static str, FilterError> {
        if key.strip_prefix("args.").is_some_and(|path| !path.is_empty()) {
            return Ok("the value of the argument, or a part of it with *");
        }
        if let Some((_, expected)) = KEYS.iter().find(|(known, _)| *known == key) {
            return Ok(expected);
        }
        let known = || KEYS.iter().map(|(known, _)| *known).chain(["args."]);
        let help = match nearest(key, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "the keys are {}, args.NAME; quote a text with a colon in it",
                KEYS.map(|(known, _)| known).join(", ")
            ),
        };
        Err(self.wrong(start, end, &format!("unknown key `{key}`"), &help))
    }

    /// A value: quoted, or up to a comma or a space.
    fn value(&mut self) -> Result<String, FilterError> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let mut value = String::new();
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && *c != ',') {
            value.push(c);
            self.at += 1;
        }
        Ok(value)
    }

    fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '"' => return Ok(value),
                '\\' if matches!(self.peek(), Some('"' | '\\')) => {
                    value.extend(self.peek());
                    self.at += 1;
                }
                c => value.push(c),
            }
        }
        Err(self.wrong(
            start,
            start + 1,
            "a quote that does not end",
            "write another \" at its end",
        ))
    }
}

/// The test of a key and a value; `None` if the value is not for that key.
fn test(key: &str, value: &str) -> Option<Test> {
    let value = value.to_owned();
    Some(match key {
        "state" => Test::State(State::from_word(&value)?),
        "view" => Test::View(View::from_word(&value)?),
        "method" => Test::Text(Column::Method, value.replace('.', "/")),
        "route" => Test::Text(Column::Route, value),
        "locale" => Test::Text(Column::Locale, value),
        "from" => Test::Text(
            Column::From,
            if value.starts_with('@') { format!("*{value}") } else { value },
        ),
        "subject" => Test::Text(Column::Subject, format!("*{value}*")),
        "message-id" => {
            let whole = value.contains('*') || value.starts_with('<');
            Test::Text(Column::MessageId, if whole { value } else { format!("<{value}>") })
        }
        "key" => Test::Text(Column::Key, value),
        "reason" => Test::Text(Column::Reason, value),
        "to" => Test::To(if value.starts_with('@') { format!("*{value}") } else { value }),
        "id" => Test::Id(id_prefix(&value)?),
        "code" => Test::Code(code(value)?),
        "attempt" => number(Quantity::Attempts, &value, |text| text.parse().ok())?,
        "priority" => number(Quantity::Priority, &value, |text| text.parse().ok())?,
        "size" => number(Quantity::Size, &value, size)?,
        "older" => Test::Older(age(&value)?),
        "newer" => Test::Newer(age(&value)?),
        "has" => match value.as_str() {
            "attachment" | "attachments" => Test::HasAttachment,
            "key" => Test::HasKey,
            _ => return None,
        },
        _ => {
            let path = key.strip_prefix("args.")?.split('.').map(str::to_owned);
            let path: Vec<String> = path.collect();
            let plain = |part: &String| {
                !part.is_empty()
                    && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            };
            if path.len() > 8 || !path.iter().all(plain) {
                return None;
            }
            Test::Argument(path, value)
        }
    })
}

/// The beginning of an id, with its hyphens where they belong.
pub(in crate::queue) fn id_prefix(text: &str) -> Option<String> {
    let digits: String =
        text.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
    let hex = !digits.is_empty() && digits.len() <= 32;
    if !hex || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut id = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    Some(id)
}

fn code(value: String) -> Option<String> {
    let plain = value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'*');
    (plain && value.len() <= 12).then_some(value)
}

fn number(quantity: Quantity, value: &str, parse: impl Fn(&str) -> Option<i64>) -> Option<Test> {
    let (comparison, rest) = [
        (">=", Comparison::MoreOrEqual),
        ("<=", Comparison::LessOrEqual),
        (">", Comparison::More),
        ("<", Comparison::Less),
        ("=", Comparison::Equal),
    ]
    .into_iter()
    .find_map(|(sign, comparison)| Some((comparison, value.strip_prefix(sign)?)))
    .unwrap_or((Comparison::Equal, value));
    Some(Test::Number(quantity, comparison, parse(rest)?))
}

/// Reads `500`, `10k`, `1M`, `2G`; a k has 1,024 octets.
fn size(text: &str) -> Option<i64> {
    let text = text.trim_end_matches(['b', 'B', 'i']);
    let unit = match text.chars().last()?.to_ascii_lowercase() {
        'k' => 1_024,
        'm' => 1_024 * 1_024,
        'g' => 1_024 * 1_024 * 1_024,
        _ => return text.parse().ok(),
    };
    let mut digits = text.chars();
    digits.next_back();
    digits.as_str().parse::<i64>().ok()?.checked_mul(unit)
}

/// Reads `90s`, `30m`, `2h`, `7d` as microseconds.
fn age(text: &str) -> Option<i64> {
    let mut digits = text.chars();
    let seconds = match digits.next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number: i64 = digits.as_str().parse().ok().filter(|number| *number >= 0)?;
    number.checked_mul(seconds)?.checked_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::{age, id_prefix, size, terms};

    #[track_caller]
    fn error(text: &str) -> String {
        let error = terms(text).unwrap_err();
        format!("{error}\n{}", error.shown())
    }

    #[test]
    fn terms_have_keys_values_quotes_ors_and_nots() {
        let text = r#"state:dead,held -to:@x.test subject:"order, no: 1" attempt:>3 args.order_no:2026* "free text" word"#;
        let shown = format!("{:?}", terms(text).unwrap());
        for part in [
            "negated: false, any: [State(Dead), State(Held)]",
            r#"negated: true, any: [To("*@x.test")]"#,
            r#"Text(Subject, "*order, no: 1*")"#,
            "Number(Attempts, More, 3)",
            r#"Argument(["order_no"], "2026*")"#,
            r#"Anywhere("free text")"#,
            r#"Anywhere("word")"#,
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(terms("  ").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_what_would_be_right() {
        assert_eq!(
            error("a stat:dead"),
            "unknown key `stat`: did you mean `state`?\na stat:dead\n  ^^^^"
        );
        assert_eq!(
            error("older:soon"),
            "\"soon\" is not for `older`: write an age: 30m, 2h, 7d\nolder:soon\n      ^^^^"
        );
        assert!(error("state:").contains("`state:` without a value"));
        assert!(error("state:dead,").contains("`state:` without a value"));
        assert!(error("\"open").contains("a quote that does not end"));
        assert!(error("- x").contains("a `-` that stands alone"));
        assert!(error("args.:1").contains("unknown key `args.`"));
        assert!(error(&"x ".repeat(2_000)).contains("a filter of 4000 characters"));
        assert!(error("zzzzzzzz:1").contains("the keys are state, view"));
    }

    #[test]
    fn sizes_and_ages_have_units() {
        assert_eq!(size("1M"), Some(1_048_576));
        assert_eq!(size("10kB"), Some(10_240));
        assert_eq!(size("7"), Some(7));
        assert_eq!(size("M"), None);
        assert_eq!(age("2h"), Some(7_200_000_000));
        for text in ["", "h", "2", "-2h", "99999999999999d"] {
            assert_eq!(age(text), None, "{text}");
        }
    }

    #[test]
    fn the_beginning_of_an_id_gets_its_hyphens() {
        assert_eq!(id_prefix("0192AB").as_deref(), Some("0192ab"));
        assert_eq!(id_prefix("0192abcd12347").as_deref(), Some("0192abcd-1234-7"));
        assert_eq!(id_prefix("0192abcd-1234").as_deref(), Some("0192abcd-1234"));
        for text in ["", "-", "xyz", "0192abcd-1234-7000-8000-0000000000000"] {
            assert_eq!(id_prefix(text), None, "{text}");
        }
    }
}
