//! The address: one addr-spec, checked once and then trusted.
//!
//! RFC 5321 §4.1.2 and §4.5.3.1 (syntax and limits), RFC 5890 (A-labels), RFC
//! 6531 (local parts beyond ASCII).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use idna::AsciiDenyList;
use serde::{Serialize, Serializer};

use super::AddressError;
use super::header::breaks_lines;

/// The longest local part, in octets (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_LIMIT: usize = 64;
/// The longest label of a domain, in octets (RFC 1035 §2.3.4).
const LABEL_LIMIT: usize = 63;
/// The longest address, in octets: a path of 256 less its angle brackets (RFC 5321 §4.5.3.1.3).
const ADDRESS_LIMIT: usize = 254;

/// An address `local-part@domain`, with its domain in lower-case A-labels.
///
/// Two addresses are equal if their local parts are equal to the letter and
/// their domains name the same host. Cloning one copies nothing.
///
/// # Examples
///
/// ```
/// use mailmethod::message::Address;
///
/// let address: Address = "ada@Bücher.example".parse()?;
/// assert_eq!(address.as_str(), "ada@xn--bcher-kva.example");
/// assert!(!address.needs_smtputf8());
/// # Ok::<(), mailmethod::message::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    text: Arc<str>,
    /// Where the `@` between local part and domain is.
    at: usize,
}

impl Address {
    /// The whole addr-spec, `local-part@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same, shared.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// What stands before the `@`, quotes included.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// What stands behind the `@`: a domain in A-labels, or an address literal in brackets.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// Whether only a server with SMTPUTF8 can take this address (RFC 6531).
    ///
    /// True for a local part beyond ASCII; a domain never needs it.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.as_str().is_ascii()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads one addr-spec, without display name and without angle brackets.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::usual(text).map_or_else(|| Self::careful(text), Ok)
    }
}

impl Address {
    /// Reads an addr-spec of letters, digits and few signs alone, as most are; none for another.
    ///
    /// Nothing in it means anything to a list of mailboxes, IDNA leaves it as it is, and there is
    /// nothing that lettre would refuse.
    pub(super) fn usual(text: &str) -> Option<Self> {
        let at = text.bytes().position(|octet| octet == b'@')?;
        let top = text.bytes().rposition(|octet| octet == b'.').filter(|top| *top > at)?;
        let (local, host, top) = (text.get(..at)?, text.get(at + 1..top)?, text.get(top + 1..)?);
        let short = local.len() <= LOCAL_PART_LIMIT && text.len() <= ADDRESS_LIMIT;
        let hyphens =
            |label: &str| label.starts_with('-') || label.ends_with('-') || label.contains("--");
        let usual = short
            && are_words(local, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+'))
            && are_words(host, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && are_words(top, |b| b.is_ascii_lowercase())
            && !(host.contains('-') && host.split('.').any(hyphens));
        usual.then(|| Self { text: Arc::from(text), at })
    }

    fn careful(text: &str) -> Result<Self, AddressError> {
        let refused = |reason| AddressError { text: text.to_owned(), reason };
        if breaks_lines(text) {
            return Err(refused("it holds a control character"));
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| refused("it has no `@`"))?;
        if local.is_empty() {
            return Err(refused("nothing stands before the `@`"));
        }
        if domain.is_empty() {
            return Err(refused("nothing stands behind the `@`"));
        }
        let domain = if domain.starts_with('[') {
            Cow::Borrowed(domain)
        } else {
            idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::EMPTY)
                .map_err(|_ignored| refused("what stands behind the `@` is no domain"))?
        };
        if domain.starts_with('[') && !is_literal(&domain) {
            return Err(refused("what stands between its brackets is no IP address"));
        }
        // Behind IDNA, which makes digits of other scripts into these.
        if domain.parse::<IpAddr>().is_ok() {
            return Err(refused("an IP address as a domain is written in brackets: `[192.0.2.1]`"));
        }
        if local.len() > LOCAL_PART_LIMIT {
            return Err(refused("its local part is longer than 64 octets"));
        }
        if local.len() + 1 + domain.len() > ADDRESS_LIMIT {
            return Err(refused("it is longer than 254 octets"));
        }
        match lettre::Address::new(local, domain) {
            Ok(sound) => Ok(Self { text: Arc::from(sound.as_ref()), at: local.len() }),
            Err(lettre::address::AddressError::InvalidUser) => {
                Err(refused("what stands before the `@` is no local part"))
            }
            Err(_no_domain) => Err(refused("what stands behind the `@` is no domain")),
        }
    }
}

/// Whether this is words of such octets with points between them, each as long as a label may be.
fn are_words(text: &str, of: impl Fn(u8) -> bool) -> bool {
    let mut length = 0;
    for octet in text.bytes() {
        match octet {
            b'.' if length == 0 => return false,
            b'.' => length = 0,
            octet if length < LABEL_LIMIT && of(octet) => length += 1,
            _ => return false,
        }
    }
    length > 0
}

/// Whether this is `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3).
fn is_literal(domain: &str) -> bool {
    let inner = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| match inner.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => {
            inner.get(5..).is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
        }
        _ => inner.parse::<Ipv4Addr>().is_ok(),
    })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::Address;

    #[track_caller]
    fn refused(text: &str, reason: &str) {
        let error = text.parse::<Address>().expect_err("it is no address");
        assert_eq!(error.reason, reason, "{text:?}");
    }

    #[test]
    fn a_domain_is_kept_in_lower_case_a_labels() {
        let address: Address = "Ada@BÜCHER.Example".parse().unwrap();
        assert_eq!(address.as_str(), "Ada@xn--bcher-kva.example");
        assert_eq!(address.local_part(), "Ada");
        assert_eq!(address.domain(), "xn--bcher-kva.example");
    }

    #[test]
    fn only_a_local_part_beyond_ascii_needs_smtputf8() {
        assert!("jürgen@example.test".parse::<Address>().unwrap().needs_smtputf8());
        assert!(!"juergen@bücher.test".parse::<Address>().unwrap().needs_smtputf8());
    }

    #[test]
    fn what_is_no_addr_spec_is_refused_with_its_reason() {
        refused("ada", "it has no `@`");
        refused("@example.test", "nothing stands before the `@`");
        refused("ada@", "nothing stands behind the `@`");
        refused("ada@x.test\r\nDATA", "it holds a control character");
        refused("ada\0@x.test", "it holds a control character");
        refused("ada@x.test\u{85}", "it holds a control character");
        refused("ada@x.test\u{2028}", "it holds a control character");
        refused("ada@192.0.2.1", "an IP address as a domain is written in brackets: `[192.0.2.1]`");
        let reason = "an IP address as a domain is written in brackets: `[192.0.2.1]`";
        refused("ada@１９２.0.2.1", reason);
        refused("ada@[x>y]", "what stands between its brackets is no IP address");
        refused("ada@[192.0.2.1", "what stands between its brackets is no IP address");
        refused("b@x>, <evil@x.test", "what stands before the `@` is no local part");
        refused("a b@x.test", "what stands before the `@` is no local part");
        refused("ada@x..test", "what stands behind the `@` is no domain");
        refused(&format!("{}@x.test", "a".repeat(65)), "its local part is longer than 64 octets");
        refused(&format!("a@{}.test", "a.".repeat(150)), "it is longer than 254 octets");
        refused(&"a".repeat(100_000), "it has no `@`");
    }

    proptest! {
        #[test]
        fn a_usual_address_is_what_the_careful_way_makes_of_it(
            text in "[a-zA-Z0-9._+-]{1,8}@[a-z0-9.-]{1,5}(--)?[a-zA-Z0-9.-]{1,5}[.][a-z0-9-]{1,4}"
        ) {
            if let Some(address) = Address::usual(&text) {
                prop_assert_eq!(Ok(address), Address::careful(&text));
            }
        }
    }

    #[test]
    fn a_usual_address_takes_the_short_way() {
        for text in ["ada@example.test", "Ada.L+x_1-2@mail-1.example.test", "a@1.test"] {
            assert!(Address::usual(text).is_some(), "{text}");
        }
        let long = format!("{}@x.test", "a".repeat(65));
        for text in [
            "ada",
            "ada@localhost",
            "a@x.1",
            "a@X.test",
            "a@xn--x.test",
            "a@-x.test",
            "a@x-.test",
            "a..b@x.test",
            ".a@x.test",
            "a@x..test",
            "a@.test",
            "a@b@x.test",
            "ü@x.test",
            &long,
        ] {
            assert!(Address::usual(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_address_literal_stays_in_its_brackets() {
        for literal in ["[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            let address: Address = format!("a@{literal}").parse().unwrap();
            assert_eq!(address.domain(), literal);
        }
    }
}
