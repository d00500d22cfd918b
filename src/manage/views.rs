//! The views: the page's own templates, compiled once.
//!
//! Everything that they print is escaped for HTML; nothing marks a value as safe.

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};

/// All templates, by name.
const TEMPLATES: [(&str, &str); 19] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("macros.html", include_str!("templates/macros.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("problem.html", include_str!("templates/problem.html")),
    ("login.html", include_str!("templates/login.html")),
    ("methods.html", include_str!("templates/methods.html")),
    ("method.html", include_str!("templates/method.html")),
    ("test.html", include_str!("templates/test.html")),
    ("tested.html", include_str!("templates/tested.html")),
    ("previews.html", include_str!("templates/previews.html")),
    ("source.html", include_str!("templates/source.html")),
    ("golden.html", include_str!("templates/golden.html")),
    ("queue.html", include_str!("templates/queue.html")),
    ("rows.html", include_str!("templates/rows.html")),
    ("confirm.html", include_str!("templates/confirm.html")),
    ("mail.html", include_str!("templates/mail.html")),
    ("routes.html", include_str!("templates/routes.html")),
    ("log.html", include_str!("templates/log.html")),
    ("health.html", include_str!("templates/health.html")),
];

/// Lets values of a type that serialises stand in a template.
macro_rules! in_templates {
    ($name:ty) => {
        impl From<$name> for minijinja::Value {
            fn from(value: $name) -> Self {
                Self::from(minijinja::value::Serde(value))
            }
        }
    };
}
pub(super) use in_templates;

/// The page's templates.
#[derive(Debug)]
pub(super) struct Views(Environment<'static>);

impl Views {
    pub(super) fn new() -> Self {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_name| AutoEscape::Html);
        env.set_formatter(print);
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            env.set_syntax(syntax);
        }
        env.add_filter("count", |count: u64| counted(count));
        env.add_filter("size", size);
        for (name, source) in TEMPLATES {
            if let Err(error) = env.add_template(name, source) {
                // A test renders every one of them.
                tracing::error!(name, %error, "a template of the page is wrong");
            }
        }
        Self(env)
    }

    pub(super) fn render(&self, name: &str, values: &Value) -> Result<String, Error> {
        self.0.get_template(name)?.render(values)
    }
}

/// Prints a value, escaped.
fn print(out: &mut Output<'_>, _state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(());
    }
    let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
    if value.is_safe() {
        return out.write_str(&text).map_err(Error::from);
    }
    let mut rest = &*text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.write_str(before)?;
        let mut chars = from.chars();
        out.write_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&#39;",
        })?;
        rest = chars.as_str();
    }
    out.write_str(rest).map_err(Error::from)
}

/// How far numbers of mails are counted.
pub(super) const COUNTED: u64 = 10_000;

/// A number with its thousands apart; where counting stopped, with a plus.
pub(super) fn counted(count: u64) -> String {
    let digits = count.min(COUNTED).to_string();
    let mut text = String::with_capacity(digits.len() + 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if count >= COUNTED {
        text.push('+');
    }
    text
}

/// A number of octets.
fn size(octets: u64) -> String {
    match octets {
        0..=1_023 => format!("{octets} B"),
        1_024..=1_048_575 => format!("{} kB", octets.div_ceil(1_024)),
        _ => format!("{}.{} MB", octets / 1_048_576, octets % 1_048_576 * 10 / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, size};

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(counted(0), "0");
        assert_eq!(counted(8_214), "8\u{202f}214");
        assert_eq!(counted(10_000), "10\u{202f}000+");
        assert_eq!(size(900), "900 B");
        assert_eq!(size(1_500), "2 kB");
        assert_eq!(size(26_214_400), "25.0 MB");
    }
}
