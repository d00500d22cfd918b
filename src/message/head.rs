//! The head of a message: its header fields in their order, written and shown.
//!
//! What is written and what is shown come from one list, so they cannot
//! disagree. Encoding and folding are mail-builder's, but where a reader would
//! get back other text than went in.
//!
//! RFC 5322 §2.2.3 (folding) and §3.6 (order), RFC 2047 (encoded words).

use encodify::Fold;
use encodify::rfc2047::{Q_PHRASE, Q_TEXT};
use jiff::Timestamp;
use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address as MailboxWriter;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;

use super::{HeaderValue, Mail, Mailbox};

/// What comes first, in this order (RFC 5322 leaves it free; people read it so).
const FIRST: [&str; 6] = ["From", "Sender", "To", "Cc", "Reply-To", "Subject"];
/// The longest line that need not fold.
const LINE_TARGET: usize = 78;
/// The longest word that is left whole: with any name it fits a line of 998.
const WORD_LIMIT: usize = 900;

/// One header field on its way out.
pub(super) struct HeadField<'m> {
    name: &'m str,
    value: Value<'m>,
}

/// Where the value comes from.
enum Value<'m> {
    Given(&'m HeaderValue),
    Date(i64),
    Id(&'m str),
    Version,
}

/// The fields of a mail up to MIME-Version, in order; never Bcc.
pub(super) fn fields<'m>(mail: &'m Mail, date: Timestamp, id: &'m str) -> Vec<HeadField<'m>> {
    let given = |header: &'m super::Header| HeadField {
        name: header.name().as_str(),
        value: Value::Given(header.value()),
    };
    let headers = mail.headers();
    let mut fields = Vec::with_capacity(headers.len() + 3);
    for name in FIRST {
        fields.extend(headers.iter().find(|header| header.name().is(name)).map(given));
    }
    fields.push(HeadField { name: "Date", value: Value::Date(date.as_second()) });
    fields.push(HeadField { name: "Message-ID", value: Value::Id(id) });
    let others = headers.iter().filter(|header| {
        let name = header.name();
        !FIRST.iter().any(|first| name.is(first)) && !name.is("Bcc") && !name.is("Message-ID")
    });
    fields.extend(others.map(given));
    fields.push(HeadField { name: "MIME-Version", value: Value::Version });
    fields
}

impl HeadField<'_> {
    /// Name and decoded value.
    pub(super) fn shown(&self) -> (String, String) {
        let value = match &self.value {
            Value::Given(value) => value.to_string(),
            Value::Date(seconds) => Date::new(*seconds).to_rfc822(),
            Value::Id(id) => (*id).to_owned(),
            Value::Version => "1.0".to_owned(),
        };
        (self.name.to_owned(), value)
    }

    /// Appends the field with its CRLF.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(b": ");
        let column = self.name.len() + 2;
        match &self.value {
            Value::Given(HeaderValue::Text(text)) => write_text(text, column, out),
            Value::Given(HeaderValue::Structured(text)) => {
                Raw::new(text.as_str()).write_header(out, column);
            }
            Value::Given(HeaderValue::Mailboxes(mailboxes)) => {
                write_mailboxes(mailboxes, column, out);
            }
            Value::Given(HeaderValue::Ids(ids)) => {
                MessageId::new_list(ids.iter().map(|id| bare(id))).write_header(out, column);
            }
            Value::Id(id) => Raw::new(*id).write_header(out, column),
            Value::Date(seconds) => Date::new(*seconds).write_header(out, column),
            Value::Version => out.extend_from_slice(b"1.0\r\n"),
        }
    }
}

/// An id without its angle brackets, which the writer puts on.
fn bare(id: &str) -> &str {
    id.trim_start_matches('<').trim_end_matches('>')
}

fn write_text(text: &str, column: usize, out: &mut Vec<u8>) {
    if !text.is_ascii() {
        Text::new(text).write_header(out, column);
    } else if reads_back(text, column) {
        // The writer would encode all ASCII over 77 octets; plain words are folded as they are.
        Raw::new(text).write_header(out, column);
    } else {
        let mut column = column;
        Q_TEXT.encode_words("us-ascii", text, &mut column, Fold::HEADER, out);
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether ASCII text may be written as it is: no reader takes it for an encoded word, and
/// neither folding nor unfolding changes it.
fn reads_back(text: &str, column: usize) -> bool {
    !is_misread(text)
        && (column + text.len() <= LINE_TARGET
            || (!text.contains("  ") && text.split(' ').all(|word| word.len() <= WORD_LIMIT)))
}

/// Whether a reader may take some of a text for an encoded word.
fn is_misread(text: &str) -> bool {
    // Most texts hold no `=` at all, which is seen faster.
    text.as_bytes().contains(&b'=') && text.contains("=?")
}

fn write_mailboxes(mailboxes: &[Mailbox], column: usize, out: &mut Vec<u8>) {
    // The writer leaves ASCII names as they are, and many readers decode what looks like an
    // encoded word even between quotes.
    let name_misread = |one: &Mailbox| one.name().is_some_and(is_misread);
    if mailboxes.iter().any(name_misread) {
        return write_encoded_mailboxes(mailboxes, column, out);
    }
    match mailboxes {
        [one] => mailbox_writer(one).write_header(out, column),
        list => {
            MailboxWriter::new_list(list.iter().map(mailbox_writer).collect())
                .write_header(out, column);
        }
    }
}

fn mailbox_writer(mailbox: &Mailbox) -> MailboxWriter<'_> {
    MailboxWriter::new_address(mailbox.name(), mailbox.address().as_str())
}

/// Writes a list with every name as encoded words.
fn write_encoded_mailboxes(mailboxes: &[Mailbox], mut column: usize, out: &mut Vec<u8>) {
    for (index, mailbox) in mailboxes.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b",\r\n ");
            column = 1;
        }
        let address = mailbox.address().as_str();
        if let Some(name) = mailbox.name() {
            let charset = if name.is_ascii() { "us-ascii" } else { "utf-8" };
            Q_PHRASE.encode_words(charset, name, &mut column, Fold::HEADER, out);
            // `<`, `>` and the comma of the next mailbox.
            let fits = column + 1 + address.len() + 3 <= Fold::HEADER.width;
            out.extend_from_slice(if fits { b" " } else { b"\r\n " });
        }
        out.push(b'<');
        out.extend_from_slice(address.as_bytes());
        out.push(b'>');
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::{HeadField, Value};
    use crate::message::Header;

    #[track_caller]
    fn check(name: &str, value: &str, expected: &str) {
        let header = Header::parse(name, value).unwrap();
        let field = HeadField { name: header.name().as_str(), value: Value::Given(header.value()) };
        let mut written = Vec::new();
        field.write(&mut written);
        assert_eq!(String::from_utf8(written).unwrap(), expected.replace('\n', "\r\n"));
    }

    #[test]
    fn plain_words_are_folded_and_not_encoded() {
        check(
            "x-note",
            "a line of plain words that goes on until it has to be folded at one of its spaces",
            "X-Note: a line of plain words that goes on until it has to be folded at one of\n \
             its spaces\n",
        );
        let word = "x".repeat(100);
        check("x-note", &word, &format!("X-Note: {word}\n"));
    }

    #[test]
    fn what_looks_like_an_encoded_word_is_encoded() {
        check("subject", "=?utf-8?Q?x?=", "Subject: =?us-ascii?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=\n");
        check(
            "to",
            "=?utf-8?Q?x?= <a@x.test>, Jürgen <b@x.test>, c@x.test",
            "To: =?us-ascii?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?= <a@x.test>,\n \
             =?utf-8?Q?J=C3=BCrgen?= <b@x.test>,\n <c@x.test>\n",
        );
    }

    #[test]
    fn runs_of_spaces_outlive_folding() {
        let words = "a  line  of  plain  words  that  goes  on  until  it  has  to  be  folded";
        check(
            "x-note",
            words,
            "X-Note: =?us-ascii?Q?a__line__of__plain__words__that__goes__on__until__it_?=\n \
             =?us-ascii?Q?_has__to__be__folded?=\n",
        );
        check("x-note", "two  spaces", "X-Note: two  spaces\n");
    }

    #[test]
    fn an_encoded_word_never_splits_a_character() {
        check(
            "subject",
            "𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞",
            "Subject: =?utf-8?B?8J2EnvCdhJ7wnYSe8J2EnvCdhJ7wnYSe8J2EnvCdhJ7wnYSe?=\n \
             =?utf-8?B?8J2EnvCdhJ7wnYSe8J2EnvCdhJ7wnYSe?=\n",
        );
    }

    #[test]
    fn what_machines_read_is_folded_at_its_spaces_alone() {
        let url = format!("<https://x.test/{}>", "u".repeat(60));
        check(
            "list-unsubscribe",
            &format!("{url}, <mailto:u@x.test>"),
            &format!("List-Unsubscribe: {url},\n <mailto:u@x.test>\n"),
        );
        check("references", "a@x.test b@x.test", "References: <a@x.test> <b@x.test>\n");
    }

    #[test]
    fn a_quoted_local_part_is_never_folded() {
        let local = "\"a b c d e f g h i j k l m n o p q r s t u v w x y z\"";
        check(
            "to",
            &format!("A name of some length <{local}@x.test>"),
            &format!("To: \"A name of some length\"\n <{local}@x.test>\n"),
        );
    }
}
