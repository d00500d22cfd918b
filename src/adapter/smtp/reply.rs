//! Reading replies from octets: only the three digits must be right.
//!
//! lettre's parser wants a space behind the code and UTF-8 text; servers know
//! neither rule. Here the text may be missing, long, Latin-1 or end in a bare LF.
//!
//! RFC 5321 §4.2.

use crate::adapter::Reply;

/// The longest reply, in octets, all lines together.
const LIMIT: usize = 64 * 1024;

/// A reply as it came: its code, and its lines without the codes, joined by LF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: u16,
    text: Vec<u8>,
}

/// What came is no SMTP reply, or one that never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Answer {
    /// Reads the first reply of a buffer, and how many octets it took.
    ///
    /// `None` means that more octets are needed. The code is that of the last line.
    pub(super) fn read(buffer: &[u8]) -> Result<Option<(Self, usize)>, Unreadable> {
        let mut text = Vec::new();
        let mut taken = 0;
        let mut rest = buffer;
        while let Some(end) = rest.iter().position(|&b| b == b'\n') {
            let (line, behind) = rest.split_at_checked(end + 1).ok_or(Unreadable)?;
            taken += line.len();
            rest = behind;
            let (code, more, words) = read_line(line)?;
            text.extend_from_slice(words);
            if taken > LIMIT {
                return Err(Unreadable);
            }
            if !more {
                return Ok(Some((Self { code, text }, taken)));
            }
            text.push(b'\n');
        }
        // What can no longer become a reply need not be waited for.
        let begun = rest.iter().take(3).all(u8::is_ascii_digit);
        if begun && buffer.len() <= LIMIT { Ok(None) } else { Err(Unreadable) }
    }

    /// Whether the code is 2yz.
    pub(super) const fn is_positive(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    /// Whether the code is 4yz or 5yz.
    pub(super) const fn is_negative(&self) -> bool {
        matches!(self.code, 400..=599)
    }

    /// The reply for people: Latin-1 where the text is no UTF-8.
    pub(super) fn reply(&self) -> Reply {
        self.clone().into_reply()
    }

    /// The same, without a copy of the text.
    pub(super) fn into_reply(self) -> Reply {
        Reply::of(self.code, text(self.text))
    }

    /// The lines, without codes.
    pub(super) fn text(&self) -> String {
        text(self.text.clone())
    }
}

fn text(octets: Vec<u8>) -> String {
    let latin = |octets: &[u8]| octets.iter().map(|&b| char::from(b)).collect();
    String::from_utf8(octets).unwrap_or_else(|error| latin(error.as_bytes()))
}

/// One line with its LF: code, whether another line follows, text.
fn read_line(line: &[u8]) -> Result<(u16, bool, &[u8]), Unreadable> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, words) = line.split_at_checked(3).ok_or(Unreadable)?;
    let mut code = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(Unreadable);
        }
        code = code * 10 + u16::from(digit - b'0');
    }
    if !(200..=599).contains(&code) {
        return Err(Unreadable);
    }
    match words.split_first() {
        Some((b'-', words)) => Ok((code, true, words)),
        Some((b' ', words)) => Ok((code, false, words)),
        _ => Ok((code, false, words)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, LIMIT, Unreadable};

    #[track_caller]
    fn check(buffer: &[u8], code: u16, shown: &str, taken: usize) {
        let (answer, octets) = Answer::read(buffer).unwrap().unwrap();
        assert_eq!((answer.reply().to_string().as_str(), octets), (shown, taken));
        assert_eq!(answer.code, code);
    }

    #[test]
    fn only_the_three_digits_must_be_right() {
        check(b"250 ok\r\nrest", 250, "250 ok", 8);
        check(b"250\r\n", 250, "250", 5);
        check(b"250\n", 250, "250", 4);
        check(b"250 f\xfcr\r\n", 250, "250 für", 9);
        check("250 für\r\n".as_bytes(), 250, "250 für", 10);
        check(b"250-a\r\n250-b\n250 c\r\n", 250, "250 a b c", 20);
        check(b"250-a\r\n550 b\r\n", 550, "550 a b", 14);
        check(b"550 5.1.1 no\r\n", 550, "550 5.1.1 no", 14);
    }

    #[test]
    fn an_unfinished_reply_asks_for_more() {
        for part in [&b""[..], b"2", b"250", b"250 ok", b"250-ok\r\n", b"250-ok\r\n25"] {
            assert_eq!(Answer::read(part), Ok(None), "{part:?}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused_at_once() {
        for wrong in [
            &b"hello\r\n"[..],
            b"\r\n",
            b"25\r\n",
            b"099 x\r\n",
            b"600 x\r\n",
            b"150 x\r\n",
            b"xyz",
            b"\x16\x03\x01",
        ] {
            assert_eq!(Answer::read(wrong), Err(Unreadable), "{wrong:?}");
        }
    }

    #[test]
    fn a_reply_that_never_ends_is_refused() {
        let mut line = b"250 ".to_vec();
        line.resize(LIMIT + 1, b'a');
        assert_eq!(Answer::read(&line), Err(Unreadable));
        let lines = b"250-a\r\n".repeat(LIMIT / 7 + 1);
        assert_eq!(Answer::read(&lines), Err(Unreadable));
        let hundred = [b"250-a\r\n".repeat(99), b"250 a\r\n".to_vec()].concat();
        assert!(Answer::read(&hundred).unwrap().is_some());
    }
}
