//! The keys behind a URL's `?`: strict, so that a slip is an error and not a default.

use std::time::Duration;

use super::AdapterUrlError;

/// The keys and values of one URL, decoded; each known, none twice.
#[derive(Default)]
pub(crate) struct Keys(Vec<(String, String)>);

impl Keys {
    /// Reads `key=value&key=value`.
    pub(crate) fn read(query: &str, known: &[&str]) -> Result<Self, AdapterUrlError> {
        let mut keys: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !known.contains(&key) {
                return Err(AdapterUrlError::unknown_key(key, known));
            }
            if keys.iter().any(|(other, _)| other == key) {
                return Err(AdapterUrlError::RepeatedKey { key: key.to_owned() });
            }
            keys.push((key.to_owned(), decoded(value)?));
        }
        Ok(Self(keys))
    }

    /// The value of a key as a checked type; `None` if the key is not there.
    ///
    /// `read` gives what the value must be if it is wrong.
    pub(crate) fn get<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, AdapterUrlError> {
        let Some((_, value)) = self.0.iter().find(|(found, _)| found == key) else {
            return Ok(None);
        };
        read(value).map(Some).map_err(|expected| AdapterUrlError::BadValue { key, expected })
    }
}

/// Replaces each `%XX` by the octet XX.
pub(crate) fn decoded(text: &str) -> Result<String, AdapterUrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(bytes.next()), digit(bytes.next()));
        let octet = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        out.push(octet.ok_or(AdapterUrlError::BadEscape)?);
    }
    String::from_utf8(out).map_err(|_not_utf8| AdapterUrlError::BadEscape)
}

/// A duration above zero: `500ms`, `10s`, `5m`, `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a duration above zero, such as 500ms, 10s, 5m or 1h";
    let end = text.find(|c: char| !c.is_ascii_digit()).ok_or(EXPECTED)?;
    let (number, unit) = text.split_at_checked(end).ok_or(EXPECTED)?;
    let number: u64 = number.parse().map_err(|_not_a_number| EXPECTED)?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(EXPECTED),
    };
    // A year is more than any deadline; it keeps sums of times from overflowing.
    match number.checked_mul(factor) {
        Some(millis @ 1..=31_536_000_000) => Ok(Duration::from_millis(millis)),
        _ => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{decoded, duration};

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "10", "s", "0s", "-1s", "1 s", "1d", "99999999999999999999s", "9999999h"]
        {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_escape_is_two_hexadecimal_digits() {
        assert_eq!(decoded("a%23%40%C3%a9+").unwrap(), "a#@é+");
        for wrong in ["%", "%2", "%2x", "%+1", "%ff"] {
            assert!(decoded(wrong).is_err(), "{wrong:?}");
        }
    }
}
