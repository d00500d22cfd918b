//! The misfit: why a value does not fit its declaration, as half a sentence.

use super::input::Input;

/// Why a value does not fit: half a sentence that follows its name, and a hint.
pub(super) struct Misfit {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Misfit {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(super) fn expected(input: &Input, expected: &str, secret: bool) -> Self {
        Self::new(format!("is {}, not {expected}", found(input, secret)))
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The beginning of a text that a caller gave, so that an error stays short.
pub(super) fn shortened(text: &str) -> &str {
    text.char_indices().nth(80).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What was found, for an error: short and never a secret.
pub(super) fn found(input: &Input, secret: bool) -> String {
    match input {
        Input::Text(text) if !secret && !text.is_empty() => {
            let short: String = text.chars().take(40).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("{short:?}{more}")
        }
        Input::Text(text) if text.is_empty() => "empty".to_owned(),
        Input::Integer(number) if !secret => number.get().to_string(),
        Input::Float(number) if !secret => number.to_string(),
        Input::Bool(value) if !secret => value.to_string(),
        other => other.kind().to_owned(),
    }
}
