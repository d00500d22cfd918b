//! Numbers, percentages and amounts of money.
//!
//! Halves are rounded away from zero, as on an invoice (0.125 is 0.13, -0.125
//! is -0.13): what a person checks by hand comes out the same.

use rust_decimal::{Decimal, RoundingStrategy};

use super::FormatError;
use super::locale::{Locale, Place, SYMBOLS, locale};

/// Currencies whose minor unit is not a hundredth (ISO 4217).
const MINOR_DIGITS: &[(&str, u32)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// A number with the locale's grouping and decimal sign.
///
/// `decimals` is rounded or filled up to (28 at most); `None` prints as many as
/// the value has.
pub(crate) fn number(value: &Decimal, decimals: Option<u32>, tag: &str) -> String {
    let numbers = &locale(tag).numbers;
    let digits = Digits::new(value, decimals);
    let sign = if digits.negative { numbers.minus } else { "" };
    format!("{sign}{}", digits.written(numbers.decimal, numbers.group, numbers.least))
}

/// A fraction as a percentage: 0.25 is `25%`. `decimals` counts in the percentage.
pub(crate) fn percent(value: &Decimal, decimals: Option<u32>, tag: &str) -> String {
    let numbers = &locale(tag).numbers;
    let digits = Digits::new(value, decimals.map(|wanted| wanted.saturating_add(2))).hundredfold();
    let sign = if digits.negative { numbers.minus } else { "" };
    let written = digits.written(numbers.decimal, numbers.group, numbers.least);
    format!("{sign}{written}{}", numbers.percent)
}

/// An amount in a currency, rounded to its minor unit: `€1,234.50`, `1.234,50 €`.
///
/// The code is ISO 4217, in any case; a code without a symbol in the locale is
/// printed itself. Spaces inside are no-break spaces.
///
/// # Errors
///
/// [`FormatError::Currency`] if `currency` is not three ASCII letters.
pub(crate) fn money(value: &Decimal, currency: &str, tag: &str) -> Result<String, FormatError> {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(FormatError::Currency { given: currency.chars().take(40).collect() });
    }
    let code = currency.to_ascii_uppercase();
    let locale = locale(tag);
    let numbers = &locale.numbers;
    let minor = found(MINOR_DIGITS, &code).unwrap_or(2);
    let digits = Digits::new(value, Some(minor));
    let amount = digits.written(numbers.money_decimal, numbers.money_group, numbers.least);
    let symbol = symbol(locale, &code);
    let minus = if digits.negative { numbers.minus } else { "" };
    let sign = "$€£¥₹₩₪₫₱";
    let space = if symbol.ends_with(|last| sign.contains(last)) { "" } else { "\u{a0}" };
    Ok(match numbers.money {
        Place::Before => format!("{minus}{symbol}{space}{amount}"),
        Place::BeforeSpaced => format!("{minus}{symbol}\u{a0}{amount}"),
        Place::BeforeMinus => format!("{symbol}\u{a0}{minus}{amount}"),
        Place::BeforeOrMinus if digits.negative => format!("{symbol}{minus}{amount}"),
        Place::BeforeOrMinus => format!("{symbol}\u{a0}{amount}"),
        Place::After => format!("{minus}{amount}\u{a0}{symbol}"),
    })
}

fn symbol<'a>(locale: &Locale, code: &'a str) -> &'a str {
    let own = found(locale.numbers.symbols, code);
    let shared = || locale.numbers.common.then(|| found(SYMBOLS, code)).flatten();
    own.or_else(shared).filter(|symbol| !symbol.is_empty()).unwrap_or(code)
}

fn found<T: Copy>(table: &[(&str, T)], code: &str) -> Option<T> {
    table.iter().find(|(name, _)| *name == code).map(|(_, value)| *value)
}

/// A rounded decimal, taken apart: no arithmetic after this can overflow.
struct Digits {
    negative: bool,
    integer: String,
    fraction: String,
}

impl Digits {
    fn new(value: &Decimal, decimals: Option<u32>) -> Self {
        let decimals = decimals.map(|wanted| wanted.min(Decimal::MAX_SCALE));
        let rounded = match decimals {
            Some(wanted) => {
                value.round_dp_with_strategy(wanted, RoundingStrategy::MidpointAwayFromZero)
            }
            None => *value,
        };
        let text = rounded.abs().to_string();
        let (integer, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let filled = decimals.and_then(|wanted| usize::try_from(wanted).ok()).unwrap_or(0);
        Self {
            negative: rounded.is_sign_negative() && !rounded.is_zero(),
            integer: integer.to_owned(),
            fraction: format!("{fraction:0<filled$}"),
        }
    }

    fn hundredfold(self) -> Self {
        let mut fraction = self.fraction.chars();
        let mut integer = self.integer;
        for _ in 0..2 {
            integer.push(fraction.next().unwrap_or('0'));
        }
        let trimmed = integer.trim_start_matches('0');
        Self {
            negative: self.negative,
            integer: if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() },
            fraction: fraction.collect(),
        }
    }

    fn written(&self, decimal: &str, group: &str, least: usize) -> String {
        let mut text = String::with_capacity(self.integer.len() * 2 + self.fraction.len());
        let length = self.integer.len();
        for (position, digit) in self.integer.chars().enumerate() {
            if position > 0 && (length - position).is_multiple_of(3) && length >= 3 + least {
                text.push_str(group);
            }
            text.push(digit);
        }
        if !self.fraction.is_empty() {
            text.push_str(decimal);
            text.push_str(&self.fraction);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{FormatError, money, number, percent};
    use rust_decimal::Decimal;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// Spaces that do not break are made visible: `_` U+00A0, `~` U+202F.
    fn visible(text: &str) -> String {
        text.replace('\u{a0}', "_").replace('\u{202f}', "~")
    }

    #[track_caller]
    fn check_money(value: &str, currency: &str, expected: &[(&str, &str)]) {
        for (tag, text) in expected {
            let written = money(&decimal(value), currency, tag).unwrap();
            assert_eq!(visible(&written), *text, "{tag}");
        }
    }

    #[test]
    fn euros_are_written_as_each_locale_writes_them() {
        check_money(
            "1234.5",
            "EUR",
            &[
                ("en", "€1,234.50"),
                ("en-GB", "€1,234.50"),
                ("de", "1.234,50_€"),
                ("de-AT", "€_1.234,50"),
                ("de-CH", "EUR_1'234.50"),
                ("fr", "1~234,50_€"),
                ("fr-CH", "1~234.50_€"),
                ("es", "1234,50_€"),
                ("es-MX", "EUR_1,234.50"),
                ("it", "1234,50_€"),
                ("nl", "€_1.234,50"),
                ("pt-BR", "€_1.234,50"),
                ("pt-PT", "1234,50_€"),
                ("sv", "1_234,50_€"),
                ("da", "1.234,50_€"),
                ("pl", "1234,50_€"),
                ("ja", "€1,234.50"),
            ],
        );
    }

    #[test]
    fn a_negative_amount_has_its_sign_where_the_locale_has_it() {
        check_money(
            "-12345.5",
            "EUR",
            &[
                ("en", "-€12,345.50"),
                ("de", "-12.345,50_€"),
                ("de-AT", "-€_12.345,50"),
                ("de-CH", "EUR-12'345.50"),
                ("nl", "€_-12.345,50"),
                ("pt", "-€_12.345,50"),
                ("sv", "\u{2212}12_345,50_€"),
                ("pl", "-12_345,50_€"),
            ],
        );
    }

    #[test]
    fn a_symbol_is_one_that_the_locale_understands_and_else_the_code() {
        let dollars = [("en", "$2.00"), ("en-CA", "US$2.00"), ("de", "2,00_$"), ("it", "2,00_USD")];
        check_money("2", "USD", &dollars);
        check_money("2", "SEK", &[("sv", "2,00_kr"), ("da", "2,00_SEK"), ("en", "SEK_2.00")]);
        check_money("2", "CHF", &[("de-CH", "CHF_2.00"), ("en", "CHF_2.00")]);
        check_money("2", "zzz", &[("en", "ZZZ_2.00"), ("de", "2,00_ZZZ")]);
    }

    #[test]
    fn the_minor_unit_is_the_currency_s_own() {
        check_money("1234.5", "JPY", &[("en", "¥1,235"), ("de", "1.235_¥")]);
        check_money("1.23456", "KWD", &[("en", "KWD_1.235")]);
        check_money("1.23456", "CLF", &[("en", "CLF_1.2346")]);
    }

    #[test]
    fn a_wrong_currency_says_what_was_expected() {
        for wrong in ["", "EURO", "€", "E1R", "äb"] {
            let error = money(&decimal("1"), wrong, "en").unwrap_err();
            assert!(matches!(error, FormatError::Currency { .. }), "{wrong}");
        }
        assert_eq!(
            money(&decimal("1"), "EURO", "en").unwrap_err().to_string(),
            "\"EURO\" is no currency: expected an ISO 4217 code of three letters, such as EUR"
        );
    }

    #[test]
    fn halves_go_away_from_zero_and_zero_has_no_sign() {
        for (value, text) in
            [("0.125", "0.13"), ("-0.125", "-0.13"), ("0.135", "0.14"), ("-0.004", "0.00")]
        {
            assert_eq!(number(&decimal(value), Some(2), "en"), text);
        }
    }

    #[test]
    fn without_decimals_a_number_prints_what_it_has() {
        assert_eq!(number(&decimal("1234.50"), None, "en"), "1,234.50");
        assert_eq!(number(&decimal("7"), None, "de"), "7");
        assert_eq!(number(&decimal("7"), Some(2), "de"), "7,00");
        assert_eq!(visible(&number(&decimal("-1234567.5"), None, "de-AT")), "-1_234_567,5");
        assert_eq!(visible(&number(&decimal("1234"), None, "pl")), "1234");
        assert_eq!(visible(&number(&decimal("12345"), None, "pl")), "12_345");
    }

    #[test]
    fn the_largest_number_and_absurd_decimals_are_written_too() {
        assert_eq!(number(&Decimal::MAX, None, "en"), "79,228,162,514,264,337,593,543,950,335");
        assert_eq!(
            percent(&Decimal::MIN, None, "en"),
            "-7,922,816,251,426,433,759,354,395,033,500%"
        );
        assert_eq!(number(&decimal("1"), Some(u32::MAX), "en").len(), 30);
        assert_eq!(percent(&decimal("1"), Some(u32::MAX), "en").len(), 31);
    }

    #[test]
    fn a_fraction_is_a_percentage() {
        for (value, decimals, tag, text) in [
            ("0.25", None, "en", "25%"),
            ("0.125", None, "en", "12.5%"),
            ("0.125", Some(0), "en", "13%"),
            ("1", None, "fr", "100_%"),
            ("-0.256", Some(1), "de", "-25,6_%"),
            ("0.5", Some(1), "de-CH", "50.0%"),
            ("0.001", Some(0), "en", "0%"),
            ("12.5", Some(0), "en", "1,250%"),
        ] {
            assert_eq!(visible(&percent(&decimal(value), decimals, tag)), text);
        }
    }
}
