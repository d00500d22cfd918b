//! What differs from locale to locale: signs, orders and names.
//!
//! The data follow the Unicode CLDR, release 48. Ten languages and the regions
//! that differ are here; every other language is written like [`ROOT`].

/// How one locale writes numbers, money and dates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Locale {
    pub(super) tag: &'static str,
    pub(super) numbers: Numbers,
    pub(super) dates: Dates,
    pub(super) names: Names,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) decimal: &'static str,
    pub(super) group: &'static str,
    /// Money differs from plain numbers in a few regions.
    pub(super) money_decimal: &'static str,
    pub(super) money_group: &'static str,
    /// How many digits stand before the first group sign at least.
    pub(super) least: usize,
    pub(super) minus: &'static str,
    /// What stands after the digits of a percentage.
    pub(super) percent: &'static str,
    pub(super) money: Place,
    /// Symbols that differ from [`SYMBOLS`]; an empty symbol stands for the code.
    pub(super) symbols: &'static [(&'static str, &'static str)],
    /// Whether [`SYMBOLS`] holds for the rest; else the rest are codes.
    pub(super) common: bool,
}

/// Where the currency symbol stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `-€1`, and `-CHF 1` with a space after letters.
    Before,
    /// `-€ 1`.
    BeforeSpaced,
    /// `€ -1`.
    BeforeMinus,
    /// `CHF 1`, but `CHF-1`.
    BeforeOrMinus,
    /// `-1 €`.
    After,
}

/// Patterns in the language of `strftime`; short, medium, long, full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    pub(super) date: [&'static str; 4],
    /// Without and with seconds.
    pub(super) time: [&'static str; 2],
    /// What stands between date and time.
    pub(super) glue: [&'static str; 4],
}

/// The names of months (as they stand in a date) and of days, Monday first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub(super) months: [&'static str; 12],
    /// Months without a day, where the grammar wants another form.
    pub(super) standalone: Option<[&'static str; 12]>,
    pub(super) short_months: [&'static str; 12],
    pub(super) days: [&'static str; 7],
    pub(super) short_days: [&'static str; 7],
}

/// The symbols that most locales share.
pub(super) const SYMBOLS: &[(&str, &str)] = &[
    ("AUD", "AU$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("CNY", "CN¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("ILS", "₪"),
    ("INR", "₹"),
    ("JPY", "JP¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("TWD", "NT$"),
    ("USD", "US$"),
    ("VND", "₫"),
];

/// The locale for a tag: its region's, its language's, or [`ROOT`].
pub(super) fn locale(tag: &str) -> &'static Locale {
    let mut subtags = tag.split(['-', '_']);
    let language = subtags.next().unwrap_or_default();
    let region = subtags.find(|subtag| subtag.len() == 2);
    let named = |wanted: &str| ALL.iter().find(|locale| locale.tag.eq_ignore_ascii_case(wanted));
    let regional = region.and_then(|region| {
        // English outside the United States follows the world, not the States.
        let elsewhere = language.eq_ignore_ascii_case("en") && !region.eq_ignore_ascii_case("US");
        if elsewhere { named("en-GB") } else { named(&format!("{language}-{region}")) }
    });
    regional.or_else(|| named(language)).unwrap_or(&ROOT)
}

/// Languages that are not in the table: English words, ISO dates, `1,234.50`.
const ROOT: Locale = Locale {
    tag: "root",
    numbers: Numbers {
        decimal: ".",
        group: ",",
        money_decimal: ".",
        money_group: ",",
        least: 1,
        minus: "-",
        percent: "%",
        money: Place::Before,
        symbols: &[],
        common: true,
    },
    dates: Dates {
        date: ["%Y-%m-%d", "%-d %b %Y", "%-d %B %Y", "%A, %-d %B %Y"],
        time: ["%H:%M", "%H:%M:%S"],
        glue: [" ", ", ", ", ", ", "],
    },
    names: ENGLISH,
};

const ALL: &[Locale] =
    &[EN, EN_GB, DE, DE_AT, DE_CH, FR, FR_CH, ES, ES_MX, IT, NL, PT, PT_PT, SV, DA, PL];

const ENGLISH: Names = Names {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    standalone: None,
    short_months: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    short_days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

const EN: Locale = Locale {
    tag: "en",
    numbers: Numbers {
        symbols: &[("AUD", "A$"), ("JPY", "¥"), ("PHP", "₱"), ("USD", "$")],
        ..ROOT.numbers
    },
    dates: Dates {
        date: ["%-m/%-d/%y", "%b %-d, %Y", "%B %-d, %Y", "%A, %B %-d, %Y"],
        time: ["%-I:%M %p", "%-I:%M:%S %p"],
        glue: [", ", ", ", " at ", " at "],
    },
    names: ENGLISH,
};

const EN_GB: Locale = Locale {
    tag: "en-GB",
    numbers: Numbers { symbols: &[("AUD", "A$"), ("PHP", "₱")], ..ROOT.numbers },
    dates: Dates {
        date: ["%d/%m/%Y", "%-d %b %Y", "%-d %B %Y", "%A, %-d %B %Y"],
        time: ROOT.dates.time,
        glue: EN.dates.glue,
    },
    names: Names {
        short_months: [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec",
        ],
        ..ENGLISH
    },
};

const DE: Locale = Locale {
    tag: "de",
    numbers: Numbers {
        decimal: ",",
        group: ".",
        money_decimal: ",",
        money_group: ".",
        percent: "\u{a0}%",
        money: Place::After,
        symbols: &[("JPY", "¥"), ("USD", "$")],
        ..ROOT.numbers
    },
    dates: Dates {
        date: ["%d.%m.%y", "%d.%m.%Y", "%-d. %B %Y", "%A, %-d. %B %Y"],
        time: ROOT.dates.time,
        glue: [", ", ", ", " um ", " um "],
    },
    names: Names {
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        standalone: None,
        short_months: [
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.",
            "Dez.",
        ],
        days: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        short_days: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    },
};

const DE_AT: Locale = Locale {
    tag: "de-AT",
    numbers: Numbers { group: "\u{a0}", money: Place::BeforeSpaced, ..DE.numbers },
    names: Names {
        months: [
            "Jänner",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        short_months: [
            "Jän.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.",
            "Dez.",
        ],
        ..DE.names
    },
    ..DE
};

const DE_CH: Locale = Locale {
    tag: "de-CH",
    numbers: Numbers {
        decimal: ".",
        group: "'",
        money_decimal: ".",
        money_group: "'",
        percent: "%",
        money: Place::BeforeOrMinus,
        symbols: &[("EUR", ""), ("JPY", "¥"), ("USD", "$")],
        ..DE.numbers
    },
    ..DE
};

const FR: Locale = Locale {
    tag: "fr",
    numbers: Numbers {
        decimal: ",",
        group: "\u{202f}",
        money_decimal: ",",
        money_group: "\u{202f}",
        percent: "\u{a0}%",
        money: Place::After,
        symbols: &[
            ("AUD", "$AU"),
            ("BRL", "R$"),
            ("CAD", "$CA"),
            ("EUR", "€"),
            ("GBP", "£GB"),
            ("ILS", "₪"),
            ("INR", "₹"),
            ("KRW", "₩"),
            ("MXN", "$MX"),
            ("NZD", "$NZ"),
            ("USD", "$US"),
            ("VND", "₫"),
        ],
        common: false,
        ..ROOT.numbers
    },
    dates: Dates {
        date: ["%d/%m/%Y", "%-d %b %Y", "%-d %B %Y", "%A %-d %B %Y"],
        time: ROOT.dates.time,
        glue: [" ", ", ", " à ", " à "],
    },
    names: Names {
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        standalone: None,
        short_months: [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
            "nov.", "déc.",
        ],
        days: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        short_days: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    },
};

const FR_CH: Locale = Locale {
    tag: "fr-CH",
    numbers: Numbers { money_decimal: ".", percent: "%", ..FR.numbers },
    dates: Dates { date: ["%d.%m.%y", "%-d %b %Y", "%-d %B %Y", "%A, %-d %B %Y"], ..FR.dates },
    ..FR
};

const ES: Locale = Locale {
    tag: "es",
    numbers: Numbers {
        least: 2,
        symbols: &[("EUR", "€"), ("USD", "US$"), ("VND", "₫")],
        common: false,
        ..DE.numbers
    },
    dates: Dates {
        date: ["%-d/%-m/%y", "%-d %b %Y", "%-d de %B de %Y", "%A, %-d de %B de %Y"],
        time: ["%-H:%M", "%-H:%M:%S"],
        glue: [", ", ", ", " a las ", ", "],
    },
    names: Names {
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        standalone: None,
        short_months: [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
        ],
        days: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        short_days: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    },
};

/// Mexico groups and points like the United States; a Spanish `1.234` would mislead there.
const ES_MX: Locale = Locale {
    tag: "es-MX",
    numbers: Numbers { symbols: &[("MXN", "$")], common: false, ..ROOT.numbers },
    dates: Dates {
        date: ["%d/%m/%y", "%-d %b %Y", "%-d de %B de %Y", "%A, %-d de %B de %Y"],
        ..ES.dates
    },
    names: Names {
        short_months: [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
        ],
        ..ES.names
    },
};

const IT: Locale = Locale {
    tag: "it",
    numbers: Numbers {
        least: 2,
        percent: "%",
        symbols: &[
            ("AUD", "A$"),
            ("CAD", "CA$"),
            ("CNY", "CN¥"),
            ("EUR", "€"),
            ("GBP", "£"),
            ("ILS", "₪"),
            ("NZD", "NZ$"),
        ],
        common: false,
        ..DE.numbers
    },
    dates: Dates {
        date: ["%d/%m/%y", "%-d %b %Y", "%-d %B %Y", "%A %-d %B %Y"],
        time: ROOT.dates.time,
        glue: [", ", ", ", " alle ore ", " alle ore "],
    },
    names: Names {
        months: [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        standalone: None,
        short_months: [
            "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
        ],
        days: ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
        short_days: ["lun", "mar", "mer", "gio", "ven", "sab", "dom"],
    },
};

const NL: Locale = Locale {
    tag: "nl",
    numbers: Numbers {
        percent: "%",
        money: Place::BeforeMinus,
        symbols: &[("CAD", "C$")],
        ..DE.numbers
    },
    dates: Dates {
        date: ["%d-%m-%Y", "%-d %b %Y", "%-d %B %Y", "%A %-d %B %Y"],
        time: ROOT.dates.time,
        glue: [", ", ", ", " om ", " om "],
    },
    names: Names {
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        standalone: None,
        short_months: [
            "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
        ],
        days: ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
        short_days: ["ma", "di", "wo", "do", "vr", "za", "zo"],
    },
};

/// Brazil's, which is what the CLDR means by `pt`.
const PT: Locale = Locale {
    tag: "pt",
    numbers: Numbers { percent: "%", money: Place::BeforeSpaced, symbols: &[], ..DE.numbers },
    dates: Dates {
        date: ["%d/%m/%Y", "%-d de %b de %Y", "%-d de %B de %Y", "%A, %-d de %B de %Y"],
        time: ROOT.dates.time,
        glue: [", ", ", ", " às ", " às "],
    },
    names: Names {
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        standalone: None,
        short_months: [
            "jan.", "fev.", "mar.", "abr.", "mai.", "jun.", "jul.", "ago.", "set.", "out.", "nov.",
            "dez.",
        ],
        days: [
            "segunda-feira",
            "terça-feira",
            "quarta-feira",
            "quinta-feira",
            "sexta-feira",
            "sábado",
            "domingo",
        ],
        short_days: ["seg.", "ter.", "qua.", "qui.", "sex.", "sáb.", "dom."],
    },
};

const PT_PT: Locale = Locale {
    tag: "pt-PT",
    numbers: Numbers {
        group: "\u{a0}",
        money_group: "\u{a0}",
        least: 2,
        money: Place::After,
        ..PT.numbers
    },
    dates: Dates {
        date: ["%d/%m/%y", "%d/%m/%Y", "%-d de %B de %Y", "%A, %-d de %B de %Y"],
        ..PT.dates
    },
    names: Names {
        short_days: ["segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"],
        ..PT.names
    },
};

const SV: Locale = Locale {
    tag: "sv",
    numbers: Numbers {
        group: "\u{a0}",
        money_group: "\u{a0}",
        minus: "\u{2212}",
        symbols: &[
            ("BRL", "BR$"),
            ("CAD", "CA$"),
            ("DKK", "Dkr"),
            ("EUR", "€"),
            ("ILS", "₪"),
            ("ISK", "Ikr"),
            ("MXN", "MX$"),
            ("NOK", "Nkr"),
            ("SEK", "kr"),
            ("USD", "US$"),
        ],
        common: false,
        ..DE.numbers
    },
    dates: Dates {
        date: ["%Y-%m-%d", "%-d %b %Y", "%-d %B %Y", "%A %-d %B %Y"],
        time: ROOT.dates.time,
        glue: [" ", " ", " kl. ", " kl. "],
    },
    names: Names {
        months: [
            "januari",
            "februari",
            "mars",
            "april",
            "maj",
            "juni",
            "juli",
            "augusti",
            "september",
            "oktober",
            "november",
            "december",
        ],
        standalone: None,
        short_months: [
            "jan.", "feb.", "mars", "apr.", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.",
            "dec.",
        ],
        days: ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
        short_days: ["mån", "tis", "ons", "tors", "fre", "lör", "sön"],
    },
};

const DA: Locale = Locale {
    tag: "da",
    numbers: Numbers { symbols: &[("DKK", "kr.")], ..DE.numbers },
    dates: Dates {
        date: ["%d.%m.%Y", "%-d. %b %Y", "%-d. %B %Y", "%A den %-d. %B %Y"],
        time: ["%H.%M", "%H.%M.%S"],
        glue: [", ", ", ", " kl. ", " kl. "],
    },
    names: Names {
        months: [
            "januar",
            "februar",
            "marts",
            "april",
            "maj",
            "juni",
            "juli",
            "august",
            "september",
            "oktober",
            "november",
            "december",
        ],
        standalone: None,
        short_months: [
            "jan.", "feb.", "mar.", "apr.", "maj", "jun.", "jul.", "aug.", "sep.", "okt.", "nov.",
            "dec.",
        ],
        days: ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"],
        short_days: ["man.", "tirs.", "ons.", "tors.", "fre.", "lør.", "søn."],
    },
};

const PL: Locale = Locale {
    tag: "pl",
    numbers: Numbers {
        group: "\u{a0}",
        money_group: "\u{a0}",
        least: 2,
        percent: "%",
        symbols: &[("BRL", "R$"), ("EUR", "€"), ("PLN", "zł")],
        common: false,
        ..DE.numbers
    },
    dates: Dates {
        date: ["%-d.%m.%Y", "%-d %b %Y", "%-d %B %Y", "%A, %-d %B %Y"],
        time: ROOT.dates.time,
        glue: [", ", ", ", " ", " "],
    },
    names: Names {
        months: [
            "stycznia",
            "lutego",
            "marca",
            "kwietnia",
            "maja",
            "czerwca",
            "lipca",
            "sierpnia",
            "września",
            "października",
            "listopada",
            "grudnia",
        ],
        standalone: Some([
            "styczeń",
            "luty",
            "marzec",
            "kwiecień",
            "maj",
            "czerwiec",
            "lipiec",
            "sierpień",
            "wrzesień",
            "październik",
            "listopad",
            "grudzień",
        ]),
        short_months: [
            "sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
        ],
        days: ["poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"],
        short_days: ["pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."],
    },
};

#[cfg(test)]
mod tests {
    use super::locale;

    #[test]
    fn the_region_is_looked_up_first_and_then_the_language() {
        for (tag, found) in [
            ("de-AT", "de-AT"),
            ("de_at", "de-AT"),
            ("de-Latn-CH", "de-CH"),
            ("de-LI", "de"),
            ("en", "en"),
            ("en-US", "en"),
            ("en-AU", "en-GB"),
            ("pt-BR", "pt"),
            ("ja-JP", "root"),
            ("", "root"),
            ("--", "root"),
        ] {
            assert_eq!(locale(tag).tag, found, "{tag}");
        }
    }
}
