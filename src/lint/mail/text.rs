//! The text part: whether there is one, and whether it says what the HTML says.

use super::reading::{Reading, braces};
use super::{Place, Problems};
use crate::lint::rules::{LEFTOVER_BRACES, NO_TEXT, TEXT_DIFFERS};
use crate::message::Mail;

/// Of a hundred words of the HTML, how many the text has at least.
const SHARED: usize = 50;
/// The most numbers and links that are looked for in the text: each is a way through it.
const COMPARED: usize = 500;
/// With fewer words there is not enough to compare.
const ENOUGH: usize = 12;

pub(super) fn check(mail: &Mail, reading: &Reading<'_>, is_written: bool, problems: &mut Problems) {
    let text = mail.text().unwrap_or_default();
    if !text.trim().is_empty() && !is_written {
        // It was made from the HTML.
        return;
    }
    if text.trim().is_empty() {
        let help = "write a text body, or words beside the images: filters, watches and readers \
                    without images get nothing";
        problems.add(NO_TEXT, Place::Key("html"), "the mail has nothing to read as text", help);
        return;
    }
    let seen = || reading.visible.iter().map(AsRef::as_ref);
    let (html_words, text_words) = (words(seen()), words(std::iter::once(text)));
    let shared = html_words.iter().filter(|word| text_words.binary_search(word).is_ok()).count();
    let percent = shared * 100 / html_words.len().max(1);
    if html_words.len() >= ENOUGH && percent < SHARED {
        let message = format!("of the words of the HTML, {percent} % are in the text part");
        let help = "both parts are the same mail: write them alike, or leave the text part to be \
                    made from the HTML";
        problems.add(TEXT_DIFFERS, Place::Key("text"), message, help);
        return;
    }
    let mut some = seen().flat_map(numbers).take(COMPARED);
    let missing = some.find(|number| !text.contains(number));
    if let Some(number) = missing {
        let message =
            format!("{:?} is in the HTML and not in the text part", problems.shown(number));
        problems.add(TEXT_DIFFERS, Place::Key("text"), message, "say the same in both");
    }
    let said = |href: &str| text.contains(href) || text.contains(href.trim_end_matches('/'));
    for link in reading.links.iter().take(COMPARED) {
        let href = link.href.trim();
        let web = href.starts_with("https://") || href.starts_with("http://");
        if web && link.has_text && !said(href) {
            let message = format!("the text part lacks the link {:?}", problems.shown(href));
            let place = Place::Html(link.range.clone());
            problems.add(TEXT_DIFFERS, place, message, "give it in both parts");
        }
    }
}

/// The words of a text, of four letters or more and without digits, in any case: their hashes, in
/// order, each once.
fn words<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<u64> {
    let mut hashes = Vec::new();
    for word in texts.flat_map(str::split_whitespace).filter(|word| !word.contains("://")) {
        if word.is_ascii() { plain_words(word, &mut hashes) } else { any_words(word, &mut hashes) }
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// The words in a piece of ASCII, in one pass.
fn plain_words(piece: &str, hashes: &mut Vec<u64>) {
    let (mut hash, mut length, mut has_digit) = (SEED, 0, false);
    // A word ends at the end of the piece as it does at a sign.
    for octet in piece.bytes().chain(std::iter::once(b' ')) {
        if octet.is_ascii_alphanumeric() {
            hash = hashed(hash, octet.to_ascii_lowercase().into());
            length += 1;
            has_digit |= octet.is_ascii_digit();
            continue;
        }
        if length > 3 && !has_digit {
            hashes.push(hash);
        }
        (hash, length, has_digit) = (SEED, 0, false);
    }
}

/// The same for a piece of any characters.
fn any_words(piece: &str, hashes: &mut Vec<u64>) {
    let words = piece.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.chars().nth(3).is_some());
    let words = words.filter(|word| !word.bytes().any(|b| b.is_ascii_digit()));
    hashes.extend(words.map(|word| {
        let characters = word.chars().flat_map(char::to_lowercase);
        characters.fold(SEED, |hash, c| hashed(hash, c.into()))
    }));
}

/// Where the hash of a word begins: FNV-1a, which is quick for short texts. Words that a mail makes
/// collide on purpose only make the two parts look more alike.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn hashed(hash: u64, character: u32) -> u64 {
    (hash ^ u64::from(character)).wrapping_mul(0x0100_0000_01b3)
}

/// The numbers of a text that have three digits or more, with what stands between the digits.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let visible = text.split_whitespace();
    // Most words have no digit, which is seen at once.
    let visible = visible.filter(|word| word.bytes().any(|octet| octet.is_ascii_digit()));
    visible
        .filter(|word| !word.contains("://"))
        .flat_map(|word| word.split(|c: char| !(c.is_ascii_digit() || ".,-:/".contains(c))))
        .map(|number| number.trim_matches(|c: char| !c.is_ascii_digit()))
        .filter(|number| number.bytes().filter(u8::is_ascii_digit).count() > 2)
}

/// Looks for what a template should have replaced.
pub(super) fn check_braces(mail: &Mail, reading: Option<&Reading<'_>>, problems: &mut Problems) {
    let help =
        "a template prints it: a value holds it, or it stands in a text that is not rendered";
    let mut add = |place: Place, text: &str, at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        let message = format!(
            "{:?} is left in the mail",
            problems.shown(rest.lines().next().unwrap_or(rest))
        );
        problems.add(LEFTOVER_BRACES, place, message, help);
    };
    if let Some(at) = braces(mail.subject()) {
        add(Place::Key("Subject"), mail.subject(), at);
    }
    let html = mail.html().zip(reading.and_then(|reading| reading.braces));
    if let Some((html, at)) = html {
        add(Place::Html(at..at + 2), html, at);
    } else if let Some(text) = mail.text()
        && let Some(at) = braces(text)
    {
        add(Place::Text(at..at + 2), text, at);
    }
}
