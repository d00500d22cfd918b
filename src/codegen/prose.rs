//! The prose: what the YAML says about a value, for the documentation of generated code.

use serde_json::Value;

use crate::method::{MailMethod, Parameter, Type};

/// The longest default or list of words that is shown, in characters.
const SHOWN: usize = 120;

/// Whether a character may stand in source code: no control, and none that turns the direction
/// of writing, which compilers refuse.
pub(super) fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text of a person in lines, without what source code may not hold.
pub(super) fn lines(text: &str) -> Vec<String> {
    let harmless = |line: &str| {
        line.trim().chars().map(|c| if is_harmless(c) { c } else { ' ' }).collect::<String>()
    };
    text.trim().lines().map(harmless).collect()
}

/// A text as code in Markdown, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let shown = text.chars().take(SHOWN).map(|c| if is_harmless(c) { c } else { ' ' });
    let mut shown: String = shown.collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    let mut run = 0;
    let mut longest = 0;
    for c in shown.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    if longest == 0 && !shown.trim().is_empty() {
        return format!("`{shown}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {shown} {fence}")
}

/// The name of a method, and of its samples: `` The mail method `a/b`; sample: `first` ``.
pub(super) fn title(method: &MailMethod) -> String {
    let samples: Vec<String> = method.samples().map(code).collect();
    let line = format!("The mail method {}", code(method.name()));
    match samples.as_slice() {
        [] => format!("{line}."),
        [only] => format!("{line}; its sample is {only}."),
        all => format!("{line}; its samples are {}.", all.join(", ")),
    }
}

/// The type of an argument as it is declared, and what its values keep to, in Markdown:
/// `` `integer`, at least 1, at most 1440; `60` if it is left out ``.
pub(super) fn facts(parameter: &Parameter) -> String {
    let mut line = code(&parameter.kind().name());
    let optional = parameter.is_optional().then_some(", optional");
    let secret = parameter.is_secret().then_some(", secret");
    line.extend(optional.into_iter().chain(secret));
    for bound in bounds(parameter) {
        line.push_str(", ");
        line.push_str(&bound);
    }
    if let Some(default) = parameter.default() {
        let default = shown(&default);
        if parameter.is_secret() || default.is_empty() {
            line.push_str("; has a default");
        } else {
            line.push_str(&format!("; {} if it is left out", code(&default)));
        }
    }
    line
}

/// What the values of an argument keep to, each as a part of a sentence.
pub(super) fn bounds(parameter: &Parameter) -> Vec<String> {
    let unit = match parameter.kind() {
        Type::String | Type::Text | Type::Url => " characters",
        Type::List(_) => " items",
        Type::File => " octets",
        _ => "",
    };
    let mut bounds = Vec::new();
    if let Some(min) = parameter.min() {
        bounds.push(format!("at least {}{unit}", shown(&min)));
    }
    if let Some(max) = parameter.max() {
        bounds.push(format!("at most {}{unit}", shown(&max)));
    }
    if let Some(max) = parameter.max_length() {
        bounds.push(format!("at most {max}{unit}"));
    }
    if let Some(pattern) = parameter.pattern() {
        bounds.push(format!("matches {}", code(pattern)));
    }
    bounds
}

/// A bound or a default in one line, as people write it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => lines(text).join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{code, facts};
    use crate::MailMethods;

    #[test]
    fn a_line_says_what_was_declared() {
        let yaml = "arguments:\n  \
            a: { type: integer, default: 60, min: 1, max: 1440 }\n  \
            b: { type: string, optional: true, max_length: 120, pattern: '[`a]+' }\n  \
            c: { type: url, secret: true }\n  \
            d: { type: string, secret: true, default: hush }\n  \
            e: { type: list, of: string, max: 9 }\n  \
            f: enum(free|team) = free\n\
            headers: { to: a@x.test, from: b@x.test }\ntext: Hi\n";
        let methods = MailMethods::from_embedded([("a.yaml", yaml)]).unwrap();
        let fields = methods.get("a").unwrap().parameters();
        let lines: Vec<String> = fields.all().iter().map(facts).collect();
        assert_eq!(
            lines,
            [
                "`integer`, at least 1, at most 1440; `60` if it is left out",
                "`string`, optional, at most 120 characters, matches `` [`a]+ ``",
                "`url`, secret",
                "`string`, secret; has a default",
                "`list`, at most 9 items",
                "`enum(free|team)`; `free` if it is left out",
            ]
        );
    }

    #[test]
    fn code_stays_in_its_line_and_its_fence() {
        assert_eq!(code("a\nb\u{202e}c"), "`a b c`");
        assert_eq!(code(" "), "`   `");
        assert_eq!(code(&"x".repeat(1_000)).chars().count(), 123);
    }
}
