//! The address: one addr-spec, checked once and then trusted.
//!
//! RFC 5321 §4.1.2 and §4.5.3.1 (syntax and limits), RFC 5890 (A-labels), RFC
//! 6531 (local parts beyond ASCII).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use idna::AsciiDenyList;
use serde::{Serialize, Serializer};

use super::AddressError;
use super::header::breaks_lines;

/// The longest local part, in octets (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_LIMIT: usize = 64;
/// The longest address, in octets: a path of 256 less its angle brackets (RFC 5321 §4.5.3.1.3).
const ADDRESS_LIMIT: usize = 254;

/// An address `local-part@domain`, with its domain in lower-case A-labels.
///
/// Two addresses are equal if their local parts are equal to the letter and
/// their domains name the same host.
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
pub struct Address(lettre::Address);

impl Address {
    /// The whole addr-spec, `local-part@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// What stands before the `@`, quotes included.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.user()
    }

    /// What stands behind the `@`: a domain in A-labels, or an address literal in brackets.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.domain()
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
        let refused = |reason| AddressError { text: text.to_owned(), reason };
        if text.chars().any(breaks_lines) {
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
        lettre::Address::new(local, domain).map(Self).map_err(|error| {
            refused(match error {
                lettre::address::AddressError::InvalidUser => {
                    "what stands before the `@` is no local part"
                }
                _ => "what stands behind the `@` is no domain",
            })
        })
    }
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

    #[test]
    fn an_address_literal_stays_in_its_brackets() {
        for literal in ["[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            let address: Address = format!("a@{literal}").parse().unwrap();
            assert_eq!(address.domain(), literal);
        }
    }
}
