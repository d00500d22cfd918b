//! Documentation comments of generated Rust: they say what the YAML says and do no more.

use crate::codegen::prose;
use crate::codegen::writer::Writer;

/// Writes paragraphs as a documentation comment; blank ones are left out.
pub(super) fn write(out: &mut Writer, paragraphs: &[String]) {
    let mut first = true;
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.trim().is_empty()) {
        if !first {
            out.line("///");
        }
        first = false;
        for line in paragraph.lines() {
            out.line(format!("/// {line}").trim_end());
        }
    }
}

/// A text of a person as Markdown that shows it as it is: no link, no HTML, no heading, and no
/// code that would be compiled as a test.
pub(super) fn plain(text: Option<&str>) -> String {
    let lines = prose::lines(text.unwrap_or_default());
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut counted = true;
    for (i, c) in line.char_indices() {
        let leads = i == 0 && matches!(c, '#' | '+' | '-' | '=' | '|' | ':');
        let numbers = counted && i > 0 && matches!(c, '.' | ')');
        let marks = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~');
        if leads || numbers || marks {
            out.push('\\');
        }
        counted = counted && c.is_ascii_digit();
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_description_is_shown_as_it_is() {
        let text = "  # see [x](y) & `z`\n    ```rust\n1. one\n<b>\u{202e}\tend 1.5";
        let shown = plain(Some(text));
        assert_eq!(
            shown,
            "\\# see \\[x\\](y) \\& \\`z\\`\n\\`\\`\\`rust\n1\\. one\n\\<b\\>  end 1.5"
        );
    }
}
