//! Which plural form a count takes.
//!
//! The rules are the CLDR's cardinal ones. A locale without a rule here is
//! counted like English: `one` for exactly 1, else `other`.

use rust_decimal::Decimal;

/// The CLDR category of a count: `zero`, `one`, `two`, `few`, `many` or `other`.
///
/// Every language has `other`; fr, es, it and pt use `many` for whole millions,
/// so a catalogue without `many` is right to answer with `other`. Written
/// decimals count: in English `1` is `one` and `1.0` is `other`.
pub(crate) fn plural_category(count: &Decimal, tag: &str) -> &'static str {
    let count = Operands::new(count);
    let mut subtags = tag.split(['-', '_']);
    let language = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let portugal = subtags.any(|subtag| subtag.eq_ignore_ascii_case("PT"));
    match language.as_str() {
        "fr" => romance(&count, count.integer <= 1),
        "pt" if !portugal => romance(&count, count.integer <= 1),
        "it" | "pt" => romance(&count, count.is(1)),
        "es" => romance(&count, count.integer == 1 && !count.has_fraction),
        "da" => one_or_other(count.is_one_by_value() || count.has_fraction && count.integer <= 1),
        "pl" => polish(&count),
        "ru" | "uk" => russian(&count),
        "cs" | "sk" => czech(&count),
        "ar" => arabic(&count),
        "ja" | "zh" | "ko" | "vi" | "th" | "id" | "ms" => "other",
        _ => one_or_other(count.is(1)),
    }
}

/// `singular` for one (1, 1.0, -1), else `plural`.
pub(crate) fn pluralize<'a>(count: &Decimal, singular: &'a str, plural: &'a str) -> &'a str {
    if count.abs() == Decimal::ONE { singular } else { plural }
}

/// The operands of the CLDR's rules, of the absolute value.
struct Operands {
    /// `i`: the integer part.
    integer: u128,
    /// `v` is not 0: decimals are written.
    decimals: bool,
    /// `t` is not 0: some decimal is not a zero.
    has_fraction: bool,
}

impl Operands {
    fn new(count: &Decimal) -> Self {
        let whole = count.abs().trunc();
        Self {
            // A decimal's mantissa has 96 bits, and a whole one has scale 0.
            integer: whole.mantissa().unsigned_abs(),
            decimals: count.scale() > 0,
            has_fraction: !count.fract().is_zero(),
        }
    }

    /// `i = value and v = 0`.
    fn is(&self, value: u128) -> bool {
        self.integer == value && !self.decimals
    }

    /// `n = 1`.
    fn is_one_by_value(&self) -> bool {
        self.integer == 1 && !self.has_fraction
    }

    /// `v = 0 and i % 10 = 2..4 and i % 100 != 12..14`.
    fn ends_in_two_to_four(&self) -> bool {
        !self.decimals
            && (2..=4).contains(&(self.integer % 10))
            && !(12..=14).contains(&(self.integer % 100))
    }
}

fn one_or_other(one: bool) -> &'static str {
    if one { "one" } else { "other" }
}

fn romance(count: &Operands, one: bool) -> &'static str {
    let millions = count.integer != 0 && count.integer.is_multiple_of(1_000_000);
    if !one && millions && !count.decimals { "many" } else { one_or_other(one) }
}

fn polish(count: &Operands) -> &'static str {
    match count {
        _ if count.decimals => "other",
        _ if count.integer == 1 => "one",
        _ if count.ends_in_two_to_four() => "few",
        _ => "many",
    }
}

fn russian(count: &Operands) -> &'static str {
    match count {
        _ if count.decimals => "other",
        _ if count.integer % 10 == 1 && count.integer % 100 != 11 => "one",
        _ if count.ends_in_two_to_four() => "few",
        _ => "many",
    }
}

fn czech(count: &Operands) -> &'static str {
    match count {
        _ if count.decimals => "many",
        _ if count.integer == 1 => "one",
        _ if (2..=4).contains(&count.integer) => "few",
        _ => "other",
    }
}

fn arabic(count: &Operands) -> &'static str {
    if count.has_fraction {
        return "other";
    }
    match (count.integer, count.integer % 100) {
        (0, _) => "zero",
        (1, _) => "one",
        (2, _) => "two",
        (_, 3..=10) => "few",
        (_, 11..=99) => "many",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::{plural_category, pluralize};
    use rust_decimal::Decimal;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(tag: &str, expected: &[(&str, &str)]) {
        for (count, category) in expected {
            assert_eq!(plural_category(&decimal(count), tag), *category, "{tag} {count}");
        }
    }

    #[test]
    fn germanic_languages_know_one_and_other() {
        for tag in ["en", "en-GB", "de-AT", "nl", "sv", "xx", ""] {
            check(tag, &[("0", "other"), ("1", "one"), ("1.0", "other"), ("2", "other")]);
        }
        check(
            "da",
            &[("0", "other"), ("1", "one"), ("0.5", "one"), ("1.5", "one"), ("2", "other")],
        );
    }

    #[test]
    fn romance_languages_know_whole_millions() {
        check("fr", &[("0", "one"), ("1.5", "one"), ("2", "other"), ("1000000", "many")]);
        check("pt-BR", &[("0", "one"), ("1", "one"), ("2", "other"), ("2000000", "many")]);
        check("pt-PT", &[("0", "other"), ("1", "one"), ("2", "other"), ("2000000", "many")]);
        check("es", &[("0", "other"), ("1.0", "one"), ("1.5", "other"), ("1000000", "many")]);
        check("it", &[("0", "other"), ("1", "one"), ("1.0", "other"), ("1000000", "many")]);
    }

    #[test]
    fn slavic_languages_know_few_and_many() {
        check(
            "pl",
            &[
                ("1", "one"),
                ("2", "few"),
                ("5", "many"),
                ("12", "many"),
                ("22", "few"),
                ("21", "many"),
                ("1.5", "other"),
            ],
        );
        check(
            "ru",
            &[
                ("1", "one"),
                ("11", "many"),
                ("21", "one"),
                ("3", "few"),
                ("13", "many"),
                ("0.5", "other"),
            ],
        );
        check(
            "cs",
            &[("1", "one"), ("4", "few"), ("5", "other"), ("22", "other"), ("1.5", "many")],
        );
    }

    #[test]
    fn arabic_knows_all_six() {
        check(
            "ar",
            &[
                ("0", "zero"),
                ("1", "one"),
                ("2", "two"),
                ("103", "few"),
                ("11", "many"),
                ("100", "other"),
                ("0.1", "other"),
            ],
        );
    }

    #[test]
    fn the_largest_count_has_a_category() {
        assert_eq!(plural_category(&Decimal::MAX, "pl"), "many");
        assert_eq!(plural_category(&Decimal::MIN, "en"), "other");
    }

    #[test]
    fn one_is_singular_whatever_its_sign_or_scale() {
        for one in ["1", "1.00", "-1"] {
            assert_eq!(pluralize(&decimal(one), "day", "days"), "day");
        }
        for more in ["0", "2", "1.5"] {
            assert_eq!(pluralize(&decimal(more), "day", "days"), "days");
        }
    }
}
