//! The token: what it holds, in octets, and its signature.
//!
//! `version day list-length list recipient mac`, in base64 for URLs: the version
//! is 1, the day is counted from 2000-01-01 in two octets, the mac is HMAC-SHA256
//! over all before it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::{Date, date};
use jiff::{ToSpan as _, Unit};
use sha2::Sha256;

use super::{Subscription, TokenError, check_list};

const VERSION: u8 = 1;
const EPOCH: Date = date(2000, 1, 1);
/// The octets of the signature.
const MAC: usize = 32;
/// The octets before the list.
const HEAD: usize = 4;
/// The longest token that is looked at: the longest list and the longest address need 472.
const LIMIT: usize = 512;
/// What is signed before the token's own octets, so that no signature for something else is one.
const PURPOSE: &[u8] = b"mailmethod unsubscribe\0";

/// Signs a token; the list is one that was checked.
pub(super) fn signed(key: &[u8], recipient: &str, list: &str, day: Date) -> String {
    let since = EPOCH.until((Unit::Day, day)).map_or(0, |span| span.get_days());
    let day = u16::try_from(since.max(0)).unwrap_or(u16::MAX);
    let mut octets = vec![VERSION];
    octets.extend_from_slice(&day.to_be_bytes());
    octets.push(u8::try_from(list.len()).unwrap_or_default());
    octets.extend_from_slice(list.as_bytes());
    octets.extend_from_slice(recipient.as_bytes());
    let mac = mac(key, &octets).map(|mac| mac.finalize().into_bytes());
    octets.extend_from_slice(mac.as_ref().map_or(&[], |mac| mac.as_slice()));
    URL_SAFE_NO_PAD.encode(octets)
}

/// Reads a token that one of the keys has signed.
pub(super) fn verified<'k>(
    mut keys: impl Iterator<Item = &'k [u8]>,
    token: &str,
) -> Result<Subscription, TokenError> {
    if token.len() > LIMIT {
        return Err(TokenError::Malformed);
    }
    let octets = URL_SAFE_NO_PAD.decode(token).map_err(|_ignored| TokenError::Malformed)?;
    let end = octets.len().checked_sub(MAC).filter(|end| *end > HEAD);
    let (signed, tag) =
        end.and_then(|end| octets.split_at_checked(end)).ok_or(TokenError::Malformed)?;
    let holds = keys.any(|key| mac(key, signed).is_some_and(|mac| mac.verify_slice(tag).is_ok()));
    if !holds {
        return Err(TokenError::Forged);
    }
    subscription(signed).ok_or(TokenError::Malformed)
}

fn subscription(octets: &[u8]) -> Option<Subscription> {
    let (&[VERSION, high, low, length], rest) = octets.split_first_chunk::<HEAD>()? else {
        return None;
    };
    let (list, recipient) = rest.split_at_checked(usize::from(length))?;
    let list = str::from_utf8(list).ok().filter(|list| check_list(list).is_ok())?;
    let recipient = str::from_utf8(recipient).ok()?;
    let days = i32::from(u16::from_be_bytes([high, low]));
    let issued = EPOCH.checked_add(days.days()).ok()?;
    Some(Subscription { recipient: recipient.to_owned(), list: list.to_owned(), issued })
}

/// The signature of octets, in the making; any key has one.
fn mac(key: &[u8], octets: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(PURPOSE);
    mac.update(octets);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::{Hmac, Sha256, signed};
    use hmac::{KeyInit as _, Mac as _};
    use jiff::civil::date;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_token_stays_as_it_is_from_version_to_version() {
        // Tokens in mails that were sent must hold after an update: this text may never change.
        assert_eq!(
            signed(b"0123456789abcdef", "ada@x.test", "news", date(2026, 12, 7)),
            "ASZtBG5ld3NhZGFAeC50ZXN0ZTJr4x3L6puv24Z4c7tSK3wNz5rX7UdUcwyeDijYS2o"
        );
    }
}
