//! Patterns of declarations as JSON Schema takes them: in the syntax of ECMAScript.

/// A pattern of `regex-lite`, which matches a whole text, in the syntax of ECMA-262 with the flag
/// `u`. `None` where it uses what only Rust has.
pub(super) fn ecmascript(pattern: &str) -> Option<String> {
    let mut out = String::from("^(?:");
    let mut chars = pattern.chars().peekable();
    let mut class = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(chars.next()?, class > 0, &mut out)?,
            // A class inside of a class, or one with a name.
            '[' if class > 0 => return None,
            '[' => {
                class = 1;
                out.push(c);
                // A bracket that closes nothing yet is one of the class.
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' if class > 0 => {
                class = 0;
                out.push(c);
            }
            // Operators of classes in Rust.
            '&' | '~' | '-' if class > 0 && chars.peek() == Some(&c) => return None,
            _ if class > 0 => out.push(c),
            '(' => {
                out.push(c);
                if chars.next_if_eq(&'?').is_some() {
                    // Flags and names differ.
                    chars.next_if_eq(&':')?;
                    out.push_str("?:");
                }
            }
            ']' | '}' if !closes(&out, c) => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out.push_str(")$");
    Some(out)
}

/// Whether a brace ends the count of a repetition.
fn closes(out: &str, c: char) -> bool {
    let count = out.rsplit_once('{').map(|(_, count)| count);
    c == '}' && count.is_some_and(|count| count.chars().all(|c| c.is_ascii_digit() || c == ','))
}

/// Writes an escaped character; the backslash is refused before what needs none.
fn escape(c: char, in_class: bool, out: &mut String) -> Option<()> {
    let escaped = match c {
        'b' | 'B' => !in_class,
        '-' => in_class,
        _ => "dDsSwWnrtfv^$\\.*+?()[]{}|/".contains(c),
    };
    if escaped {
        out.push('\\');
    } else if !c.is_ascii_punctuation() && c != ' ' {
        return None;
    }
    out.push(c);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::ecmascript;

    #[test]
    fn what_both_syntaxes_have_is_kept() {
        for (pattern, expected) in [
            ("[0-9]{4}-[0-9]+", "^(?:[0-9]{4}-[0-9]+)$"),
            ("a|b", "^(?:a|b)$"),
            (r"\d+\.\d{2,}", r"^(?:\d+\.\d{2,})$"),
            (r"\@\_\-x", "^(?:@_-x)$"),
            (r"[\-\]a]", r"^(?:[\-\]a])$"),
            ("[]a]", r"^(?:[\]a])$"),
            ("a}]", r"^(?:a\}\])$"),
            ("(?:ab)?", "^(?:(?:ab)?)$"),
        ] {
            assert_eq!(ecmascript(pattern).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn what_only_rust_has_is_left_out() {
        for pattern in ["(?i)a", "(?P<n>a)", "[[:alpha:]]", r"\Aa", r"\x{41}", "[a-z&&b]", r"\pL"] {
            assert_eq!(ecmascript(pattern), None, "{pattern}");
        }
    }
}
