//! The EHLO keywords: what a server can do. lettre's parser does not know half of them.
//!
//! RFC 5321 §4.1.1.1, RFC 1870 (SIZE), 2920 (PIPELINING), 3207, 4954, 6152, 6531.

use lettre::transport::smtp::authentication::Mechanism;

use super::reply::Answer;

/// What a server offered in its last EHLO reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keywords {
    pub(super) pipelining: bool,
    pub(super) eight_bit: bool,
    pub(super) smtputf8: bool,
    pub(super) starttls: bool,
    /// Whether SIZE is offered at all.
    pub(super) size: bool,
    /// The largest message in octets; `None` is no fixed limit.
    pub(super) size_limit: Option<u64>,
    pub(super) mechanisms: Vec<Mechanism>,
    /// Every keyword line, for people.
    pub(super) shown: Vec<String>,
}

impl Keywords {
    pub(super) fn read(answer: &Answer) -> Self {
        let mut keywords = Self::default();
        for line in answer.text().lines().skip(1) {
            keywords.read_line(line);
        }
        keywords
    }

    fn read_line(&mut self, line: &str) {
        // `AUTH=PLAIN` is how servers wrote it before RFC 4954; some still do.
        let line = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
        let mut words = line.split_whitespace();
        match words.next() {
            Some("PIPELINING") => self.pipelining = true,
            Some("8BITMIME") => self.eight_bit = true,
            Some("SMTPUTF8") => self.smtputf8 = true,
            Some("STARTTLS") => self.starttls = true,
            Some("SIZE") => {
                self.size = true;
                let limit = words.next().and_then(|limit| limit.parse().ok());
                self.size_limit = limit.filter(|&limit| limit > 0);
            }
            Some("AUTH") => self.mechanisms.extend(words.filter_map(|word| match word {
                "PLAIN" => Some(Mechanism::Plain),
                "LOGIN" => Some(Mechanism::Login),
                "XOAUTH2" => Some(Mechanism::Xoauth2),
                _ => None,
            })),
            _ => {}
        }
        self.shown.push(line.chars().filter(|c| !c.is_control()).take(200).collect());
    }
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::authentication::Mechanism;

    use super::{Answer, Keywords};

    #[test]
    fn keywords_are_read_in_any_case_and_the_first_line_is_the_name() {
        let reply = b"250-pipelining\r\n250-Pipelining\r\n250-SIZE 1000\r\n250-auth=login plain\r\n250-x-odd\r\n250 8BITMIME\r\n";
        let keywords = Keywords::read(&Answer::read(reply).unwrap().unwrap().0);
        assert!(keywords.pipelining && keywords.eight_bit && !keywords.starttls);
        assert_eq!(keywords.size_limit, Some(1_000));
        assert_eq!(keywords.mechanisms, [Mechanism::Login, Mechanism::Plain]);
        let only_name = Answer::read(b"250 PIPELINING\r\n").unwrap().unwrap().0;
        assert_eq!(Keywords::read(&only_name), Keywords::default());
    }
}
