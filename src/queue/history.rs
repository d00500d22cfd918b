//! The history: what the events of an entry say, read again.

use serde::{Deserialize, Deserializer};

use super::Event;

/// One attempt, as the history keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// Which attempt it was, from 1.
    #[serde(rename = "try")]
    pub number: u64,
    /// What became of the entry: a state, `again`, or `deleted`.
    pub next: String,
    /// How many milliseconds it took.
    pub took_ms: u64,
    /// The phase of the delivery in which it was decided.
    pub phase: Option<String>,
    /// The code of the reply.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// What was said.
    pub text: Option<String>,
    /// After how many seconds it is tried again.
    pub wait_s: Option<u64>,
    /// The dialogue, line by line; empty if nothing was wrong.
    #[serde(deserialize_with = "lines")]
    pub dialogue: Vec<String>,
}

/// Lines; null are none.
fn lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Event {
    /// The attempt that the event tells of, if it tells of one.
    #[must_use]
    pub fn attempt(&self) -> Option<AttemptRecord> {
        if self.kind != "attempt" {
            return None;
        }
        serde_json::from_str(&self.detail).ok()
    }

    /// What a particular of the event says, if that is a text: `what` of a crash, `as` of a copy.
    #[must_use]
    pub fn particular(&self, name: &str) -> Option<String> {
        let detail: serde_json::Value = serde_json::from_str(&self.detail).ok()?;
        detail.get(name)?.as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::{AttemptRecord, Event};
    use jiff::Timestamp;

    fn event(kind: &str, detail: &str) -> Event {
        let (at, kind, detail) = (Timestamp::UNIX_EPOCH, kind.to_owned(), detail.to_owned());
        Event { at, kind, actor: None, detail }
    }

    #[test]
    fn an_attempt_is_read_as_it_was_written() {
        let detail = r#"{"try":2,"next":"again","took_ms":7,"phase":"rcpt","code":451,"enhanced":"4.7.1","text":"later","wait_s":300,"dialogue":["<- 220 x"]}"#;
        let read = event("attempt", detail).attempt().unwrap();
        let expected = AttemptRecord {
            number: 2,
            next: "again".to_owned(),
            took_ms: 7,
            phase: Some("rcpt".to_owned()),
            code: Some(451),
            enhanced: Some("4.7.1".to_owned()),
            text: Some("later".to_owned()),
            wait_s: Some(300),
            dialogue: vec!["<- 220 x".to_owned()],
        };
        assert_eq!(read, expected);
        let sent = r#"{"try":1,"next":"sent","took_ms":7,"wait_s":null,"dialogue":null}"#;
        let sent = event("attempt", sent).attempt().unwrap();
        assert_eq!((sent.number, sent.wait_s, sent.dialogue), (1, None, Vec::new()));
    }

    #[test]
    fn what_is_no_attempt_or_cannot_be_read_is_none() {
        assert_eq!(event("hold", "{}").attempt(), None);
        assert_eq!(event("attempt", "no JSON").attempt(), None);
        let crash = event("crash", r#"{"what":"the mailer died before the gate"}"#);
        assert_eq!(crash.particular("what").as_deref(), Some("the mailer died before the gate"));
        assert_eq!(crash.particular("as"), None);
    }
}
