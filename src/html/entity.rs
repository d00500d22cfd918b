//! Character references: `&amp;`, `&euro;`, `&#8364;`, `&#x20AC;`.
//!
//! The names are HTML 4's 252 and those that mail editors write besides; an
//! unknown name stays text (WHATWG HTML §13.2.5.72).

use std::borrow::Cow;

/// The text with its character references resolved.
///
/// In attributes a name without `;` stays text, so that `?a=1&copy=2` is whole.
pub(crate) fn decoded(text: &str, attribute: bool) -> Cow<'_, str> {
    let Some((before, mut rest)) = text.split_once('&') else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(before);
    loop {
        match reference(rest, attribute) {
            Some((character, length)) => {
                decoded.push(character);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => decoded.push('&'),
        }
        let Some((text, tail)) = rest.split_once('&') else { break };
        decoded.push_str(text);
        rest = tail;
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The character that the text after `&` stands for, and how many bytes it takes.
fn reference(text: &str, attribute: bool) -> Option<(char, usize)> {
    if let Some(number) = text.strip_prefix('#') {
        return numeric(number).map(|(character, length)| (character, length + 1));
    }
    let length = text.bytes().take(16).take_while(u8::is_ascii_alphanumeric).count();
    let (name, after) = (text.get(..length)?, text.get(length..)?);
    let index = NAMED.binary_search_by_key(&name, |(name, _)| name).ok()?;
    let (_, character) = NAMED.get(index)?;
    if after.starts_with(';') {
        return Some((*character, length + 1));
    }
    // Only what HTML 2 knew may lack its semicolon.
    let old = u32::from(*character) < 0x100 && !after.starts_with(char::is_alphanumeric);
    (old && !attribute).then_some((*character, length))
}

fn numeric(text: &str) -> Option<(char, usize)> {
    let hexadecimal = text.strip_prefix(['x', 'X']);
    let (radix, digits) = hexadecimal.map_or((10, text), |digits| (16, digits));
    let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    if length == 0 {
        return None;
    }
    let code = u32::from_str_radix(digits.get(..length)?, radix).unwrap_or(u32::MAX);
    let semicolon = usize::from(digits.get(length..)?.starts_with(';'));
    let total = length + semicolon + usize::from(hexadecimal.is_some());
    Some((character(code), total))
}

fn character(code: u32) -> char {
    let windows = code.checked_sub(0x80).and_then(|at| usize::try_from(at).ok());
    let windows = windows.and_then(|at| WINDOWS_1252.chars().nth(at)).filter(|c| *c != '\u{fffd}');
    windows.or_else(|| char::from_u32(code)).filter(|c| *c != '\0').unwrap_or('\u{fffd}')
}

/// What 0x80 to 0x9F mean in practice.
const WINDOWS_1252: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

#[rustfmt::skip]
const NAMED: &[(&str, char)] = &[
    ("AElig", 'Æ'), ("AMP", '&'), ("Aacute", 'Á'), ("Acirc", 'Â'), ("Agrave", 'À'),
    ("Alpha", 'Α'), ("Aogon", 'Ą'), ("Aring", 'Å'), ("Atilde", 'Ã'), ("Auml", 'Ä'),
    ("Beta", 'Β'), ("COPY", '©'), ("Cacute", 'Ć'), ("Ccaron", 'Č'), ("Ccedil", 'Ç'),
    ("Chi", 'Χ'), ("Dagger", '‡'), ("Delta", 'Δ'), ("ETH", 'Ð'), ("Eacute", 'É'),
    ("Ecaron", 'Ě'), ("Ecirc", 'Ê'), ("Egrave", 'È'), ("Eogon", 'Ę'), ("Epsilon", 'Ε'),
    ("Eta", 'Η'), ("Euml", 'Ë'), ("GT", '>'), ("Gamma", 'Γ'), ("Iacute", 'Í'), ("Icirc", 'Î'),
    ("Igrave", 'Ì'), ("Iota", 'Ι'), ("Iuml", 'Ï'), ("Kappa", 'Κ'), ("LT", '<'),
    ("Lambda", 'Λ'), ("Lstrok", 'Ł'), ("Mu", 'Μ'), ("Nacute", 'Ń'), ("NewLine", '\u{a}'),
    ("NoBreak", '\u{2060}'), ("Ntilde", 'Ñ'), ("Nu", 'Ν'), ("OElig", 'Œ'), ("Oacute", 'Ó'),
    ("Ocirc", 'Ô'), ("Ograve", 'Ò'), ("Omega", 'Ω'), ("Omicron", 'Ο'), ("Oslash", 'Ø'),
    ("Otilde", 'Õ'), ("Ouml", 'Ö'), ("Phi", 'Φ'), ("Pi", 'Π'), ("Prime", '″'), ("Psi", 'Ψ'),
    ("QUOT", '"'), ("REG", '®'), ("Rcaron", 'Ř'), ("Rho", 'Ρ'), ("Sacute", 'Ś'),
    ("Scaron", 'Š'), ("Sigma", 'Σ'), ("THORN", 'Þ'), ("Tab", '\u{9}'), ("Tau", 'Τ'),
    ("Theta", 'Θ'), ("Uacute", 'Ú'), ("Ucirc", 'Û'), ("Ugrave", 'Ù'), ("Upsilon", 'Υ'),
    ("Uuml", 'Ü'), ("Xi", 'Ξ'), ("Yacute", 'Ý'), ("Yuml", 'Ÿ'), ("Zacute", 'Ź'),
    ("Zcaron", 'Ž'), ("Zdot", 'Ż'), ("ZeroWidthSpace", '\u{200b}'), ("Zeta", 'Ζ'),
    ("aacute", 'á'), ("acirc", 'â'), ("acute", '´'), ("aelig", 'æ'), ("agrave", 'à'),
    ("alefsym", 'ℵ'), ("alpha", 'α'), ("amp", '&'), ("and", '∧'), ("ang", '∠'), ("aogon", 'ą'),
    ("apos", '\''), ("aring", 'å'), ("ast", '*'), ("asymp", '≈'), ("atilde", 'ã'),
    ("auml", 'ä'), ("bdquo", '„'), ("beta", 'β'), ("brvbar", '¦'), ("bsol", '\\'),
    ("bull", '•'), ("bullet", '•'), ("cacute", 'ć'), ("cap", '∩'), ("ccaron", 'č'),
    ("ccedil", 'ç'), ("cedil", '¸'), ("cent", '¢'), ("check", '✓'), ("checkmark", '✓'),
    ("chi", 'χ'), ("circ", 'ˆ'), ("clubs", '♣'), ("colon", ':'), ("comma", ','),
    ("commat", '@'), ("cong", '≅'), ("copy", '©'), ("copysr", '℗'), ("crarr", '↵'),
    ("cross", '✗'), ("cup", '∪'), ("curren", '¤'), ("dArr", '⇓'), ("dagger", '†'),
    ("darr", '↓'), ("dash", '‐'), ("deg", '°'), ("delta", 'δ'), ("diams", '♦'),
    ("divide", '÷'), ("dollar", '$'), ("eacute", 'é'), ("ecaron", 'ě'), ("ecirc", 'ê'),
    ("egrave", 'è'), ("empty", '∅'), ("emsp", '\u{2003}'), ("emsp13", '\u{2004}'),
    ("emsp14", '\u{2005}'), ("ensp", '\u{2002}'), ("eogon", 'ę'), ("epsilon", 'ε'),
    ("equals", '='), ("equiv", '≡'), ("eta", 'η'), ("eth", 'ð'), ("euml", 'ë'), ("euro", '€'),
    ("excl", '!'), ("exist", '∃'), ("fnof", 'ƒ'), ("forall", '∀'), ("frac12", '½'),
    ("frac14", '¼'), ("frac34", '¾'), ("frasl", '⁄'), ("gamma", 'γ'), ("gbreve", 'ğ'),
    ("ge", '≥'), ("grave", '`'), ("gt", '>'), ("hArr", '⇔'), ("hairsp", '\u{200a}'),
    ("harr", '↔'), ("hearts", '♥'), ("hellip", '…'), ("hyphen", '‐'), ("iacute", 'í'),
    ("icirc", 'î'), ("iexcl", '¡'), ("igrave", 'ì'), ("image", 'ℑ'), ("infin", '∞'),
    ("inodot", 'ı'), ("int", '∫'), ("iota", 'ι'), ("iquest", '¿'), ("isin", '∈'),
    ("iuml", 'ï'), ("kappa", 'κ'), ("lArr", '⇐'), ("lambda", 'λ'), ("lang", '〈'),
    ("laquo", '«'), ("larr", '←'), ("lcaron", 'ľ'), ("lceil", '⌈'), ("lcub", '{'),
    ("ldquo", '“'), ("le", '≤'), ("lfloor", '⌊'), ("lowast", '∗'), ("lowbar", '_'),
    ("loz", '◊'), ("lpar", '('), ("lrm", '\u{200e}'), ("lsaquo", '‹'), ("lsqb", '['),
    ("lsquo", '‘'), ("lstrok", 'ł'), ("lt", '<'), ("macr", '¯'), ("mdash", '—'),
    ("micro", 'µ'), ("middot", '·'), ("minus", '−'), ("mu", 'μ'), ("nabla", '∇'),
    ("nacute", 'ń'), ("nbsp", '\u{a0}'), ("ncaron", 'ň'), ("ndash", '–'), ("ne", '≠'),
    ("ni", '∋'), ("not", '¬'), ("notin", '∉'), ("nsub", '⊄'), ("ntilde", 'ñ'), ("nu", 'ν'),
    ("num", '#'), ("numero", '№'), ("numsp", '\u{2007}'), ("oacute", 'ó'), ("ocirc", 'ô'),
    ("odblac", 'ő'), ("oelig", 'œ'), ("ograve", 'ò'), ("oline", '‾'), ("omega", 'ω'),
    ("omicron", 'ο'), ("oplus", '⊕'), ("or", '∨'), ("ordf", 'ª'), ("ordm", 'º'),
    ("oslash", 'ø'), ("otilde", 'õ'), ("otimes", '⊗'), ("ouml", 'ö'), ("para", '¶'),
    ("part", '∂'), ("percnt", '%'), ("period", '.'), ("permil", '‰'), ("perp", '⊥'),
    ("phi", 'φ'), ("phone", '☎'), ("pi", 'π'), ("piv", 'ϖ'), ("plus", '+'), ("plusmn", '±'),
    ("pound", '£'), ("prime", '′'), ("prod", '∏'), ("prop", '∝'), ("psi", 'ψ'),
    ("puncsp", '\u{2008}'), ("quest", '?'), ("quot", '"'), ("rArr", '⇒'), ("radic", '√'),
    ("rang", '〉'), ("raquo", '»'), ("rarr", '→'), ("rcaron", 'ř'), ("rceil", '⌉'),
    ("rcub", '}'), ("rdquo", '”'), ("real", 'ℜ'), ("reg", '®'), ("rfloor", '⌋'), ("rho", 'ρ'),
    ("rlm", '\u{200f}'), ("rpar", ')'), ("rsaquo", '›'), ("rsqb", ']'), ("rsquo", '’'),
    ("sacute", 'ś'), ("sbquo", '‚'), ("scaron", 'š'), ("scedil", 'ş'), ("sdot", '⋅'),
    ("sect", '§'), ("semi", ';'), ("shy", '\u{ad}'), ("sigma", 'σ'), ("sigmaf", 'ς'),
    ("sim", '∼'), ("sol", '/'), ("spades", '♠'), ("star", '☆'), ("starf", '★'), ("sub", '⊂'),
    ("sube", '⊆'), ("sum", '∑'), ("sup", '⊃'), ("sup1", '¹'), ("sup2", '²'), ("sup3", '³'),
    ("supe", '⊇'), ("szlig", 'ß'), ("tau", 'τ'), ("there4", '∴'), ("theta", 'θ'),
    ("thetasym", 'ϑ'), ("thinsp", '\u{2009}'), ("thorn", 'þ'), ("tilde", '˜'), ("times", '×'),
    ("trade", '™'), ("uArr", '⇑'), ("uacute", 'ú'), ("uarr", '↑'), ("ucirc", 'û'),
    ("udblac", 'ű'), ("ugrave", 'ù'), ("uml", '¨'), ("upsih", 'ϒ'), ("upsilon", 'υ'),
    ("uring", 'ů'), ("uuml", 'ü'), ("verbar", '|'), ("weierp", '℘'), ("xi", 'ξ'),
    ("yacute", 'ý'), ("yen", '¥'), ("yuml", 'ÿ'), ("zacute", 'ź'), ("zcaron", 'ž'),
    ("zdot", 'ż'), ("zeta", 'ζ'), ("zwj", '\u{200d}'), ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::{NAMED, decoded};

    #[test]
    fn names_and_numbers_are_resolved() {
        assert_eq!(decoded("&lt;b&gt; &amp;amp; &euro;&#8364;&#x20aC;", false), "<b> &amp; €€€");
        assert_eq!(decoded("&Auml;&auml;&rarr;&hellip;&apos;", false), "Ää→…'");
        assert_eq!(decoded("&#128;&#150;&#x9D;", false), "€–\u{9d}");
    }

    #[test]
    fn what_is_no_reference_stays_text() {
        for text in ["a & b", "&", "&;", "&#;", "&#x;", "&nonsense;", "&&&", "&ampère"] {
            assert_eq!(decoded(text, false), text);
        }
        assert_eq!(decoded("&#0;&#xD800;&#99999999999;", false), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn the_semicolon_may_lack_in_text_and_not_in_a_url() {
        assert_eq!(decoded("AT&amp T &copy 2026 &euro 5", false), "AT& T © 2026 &euro 5");
        assert_eq!(decoded("?a=1&copy=2&amp;b=3&lt", true), "?a=1&copy=2&b=3&lt");
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(NAMED.is_sorted_by(|(a, _), (b, _)| a < b));
    }
}
