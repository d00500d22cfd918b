//! The delivery: how a queue treats the mails of a method.

use std::time::Duration;

use crate::message::{OnConflict, OnUncertain};
use crate::source::{Node, Path, Reader};

/// When a mailer looks at a new mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// As soon as it is committed.
    Immediate,
    /// At the mailer's next regular run.
    NextRun,
}

/// Whether mails of a method answer an act of the reader, or go to many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailKind {
    /// Sent because of something that its reader did.
    #[default]
    Transactional,
    /// Sent to many.
    Bulk,
}

impl MailKind {
    /// `transactional` or `bulk`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transactional => "transactional",
            Self::Bulk => "bulk",
        }
    }
}

/// The key `delivery` of a method, defaults filled in; the key itself is a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// What happens to a second mail with the same key. Default: error.
    pub on_conflict: OnConflict,
    /// After which time a mail is not sent any more.
    pub expires: Option<Duration>,
    /// What happens when nobody knows whether the relay accepted it. Default: retry.
    pub on_uncertain: OnUncertain,
    /// From 1 (first) to 5. Default: 3.
    pub priority: Option<u8>,
    /// When a mailer looks at it. Default: immediate, for bulk mail at the next run.
    pub wake: Option<Wake>,
}

/// The keys of `delivery`.
const KEYS: [&str; 6] = ["key", "on_conflict", "expires", "on_uncertain", "priority", "wake"];

/// Reads the key `delivery`; lays it over what was inherited. The key's template is read elsewhere.
pub(super) fn delivery<'a>(
    reader: &mut Reader<'a>,
    node: &'a Node,
    path: &Path,
    into: &mut Delivery,
) {
    let entries = reader.map(node, path, "`delivery`");
    reader.check_keys(entries, path, &KEYS);
    for (key, node) in entries {
        let here = path.key(key);
        match key.as_str() {
            "on_conflict" => {
                let words = [
                    ("error", OnConflict::Error),
                    ("skip", OnConflict::Skip),
                    ("replace", OnConflict::Replace),
                ];
                into.on_conflict = reader.word(node, &here, &words).unwrap_or_default();
            }
            "on_uncertain" => {
                let words = [
                    ("retry", OnUncertain::Retry),
                    ("hold", OnUncertain::Hold),
                    ("assume_sent", OnUncertain::AssumeSent),
                ];
                into.on_uncertain = reader.word(node, &here, &words).unwrap_or_default();
            }
            "wake" => {
                let words = [("immediate", Wake::Immediate), ("next-run", Wake::NextRun)];
                into.wake = reader.word(node, &here, &words);
            }
            "priority" => match node {
                Node::Integer(priority @ 1..=5) => into.priority = u8::try_from(*priority).ok(),
                _ => {
                    let message = "`priority` is a number from 1 (first) to 5";
                    reader.wrong(&here, "wrong-value", message);
                }
            },
            "expires" => {
                let text = reader.scalar(node, &here, "`expires`").unwrap_or_default();
                into.expires = duration(&text);
                if into.expires.is_none() {
                    let help = "write a number and s, m, h or d: 24h";
                    reader.wrong_with(
                        &here,
                        "wrong-value",
                        format!("{text:?} is no duration"),
                        help,
                    );
                }
            }
            _ => {}
        }
    }
}

/// Reads `90s`, `15m`, `24h` or `4d`: more than nothing, and a year at most.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use mailmethod::method::duration;
///
/// assert_eq!(duration("15m"), Some(Duration::from_secs(900)));
/// assert_eq!(duration("soon"), None);
/// ```
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).filter(|n| *n > 0 && *n <= 365 * 86_400).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(duration("24h").map(|d| d.as_secs()), Some(86_400));
        assert_eq!(duration("90s").map(|d| d.as_secs()), Some(90));
        for text in ["", "h", "24", "-1h", "1.5h", "0s", "99999999999999999999d", "9999d", "1ü"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
