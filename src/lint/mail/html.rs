//! Elements: images without words for them, and what mail programs do not show.

use super::reading::{Element, Reading};
use super::support::{Support, named};
use super::{Place, Problems};
use crate::lint::rules::{HTML_SUPPORT, MISSING_ALT};

pub(super) fn check(reading: &Reading<'_>, problems: &mut Problems) {
    let support = Support::get();
    for element in &reading.elements {
        if element.is("img") {
            image(reading, element, problems);
        }
        let Some(row) = named(&support.elements, element.name) else { continue };
        if row.name != "link" || is_sheet(reading, element) {
            let message = format!("`<{}>` does not work in {}", row.name, row.clients());
            problems.add(HTML_SUPPORT, Place::Html(element.range.clone()), message, row.instead);
        }
    }
}

fn is_sheet(reading: &Reading<'_>, element: &Element<'_>) -> bool {
    reading
        .value(element.attributes, "rel")
        .is_some_and(|(_, rel)| rel.to_ascii_lowercase().contains("stylesheet"))
}

fn image(reading: &Reading<'_>, element: &Element<'_>, problems: &mut Problems) {
    let tag = || Place::Html(element.range.clone());
    let link = element.link.and_then(|link| reading.links.get(link));
    match reading.value(element.attributes, "alt") {
        None => problems.add(
            MISSING_ALT,
            tag(),
            "the image has no `alt`",
            "say in a few words what it shows; write alt=\"\" if it only decorates",
        ),
        Some((_, alt)) if alt.trim().is_empty() && link.is_some_and(|link| !link.has_text) => {
            problems.add(
                MISSING_ALT,
                tag(),
                "the image is all that its link holds, and its `alt` is empty",
                "say in `alt` where the link leads",
            );
        }
        Some(_) => {}
    }
    let Some((range, source)) = reading.value(element.attributes, "src") else { return };
    let path = source.split(['?', '#']).next().unwrap_or_default();
    let is_data = path.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = if is_data { "data:" } else { ending };
    if let Some(row) = named(&Support::get().images, kind) {
        let shown = problems.shown(&source);
        let message = format!("the image {shown:?} is not shown by {}", row.clients());
        problems.add(HTML_SUPPORT, Place::Html(range), message, row.instead);
    }
}
