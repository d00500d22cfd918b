//! Paths of templates and images: relative to the templates folder, never out of it.

use std::borrow::Cow;

/// The path that a name in a template means; `None` if it leads out of the templates folder.
///
/// A name that begins with `./` or `../` is relative to the template `parent`
/// that names it, any other to the templates folder.
pub(crate) fn resolve<'n>(name: &'n str, parent: &str) -> Option<Cow<'n, str>> {
    let wrong = |part: &str| part.contains(['\\', '\0', ':']);
    if name.split('/').all(|part| !matches!(part, "" | "." | "..") && !wrong(part)) {
        return Some(Cow::Borrowed(name));
    }
    let relative = name.starts_with("./") || name.starts_with("../");
    let folder = parent.split('#').next().unwrap_or_default();
    let mut parts: Vec<&str> = match folder.rsplit_once('/') {
        Some((folder, _)) if relative => folder.split('/').collect(),
        _ => Vec::new(),
    };
    for part in name.split('/') {
        match part {
            "" if !name.starts_with('/') => return None,
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ if wrong(part) => return None,
            _ => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| Cow::Owned(parts.join("/")))
}

/// The path that a YAML file means: relative to itself, or to the templates folder if it begins with
/// `/`; `None` if it leads out of that folder.
pub(crate) fn resolve_beside(path: &str, file: &str) -> Option<String> {
    let resolved = match path.strip_prefix('/') {
        Some(rest) => resolve(rest, "")?.into_owned(),
        None => resolve(&format!("./{path}"), file)?.into_owned(),
    };
    Some(resolved)
}

/// Whether a template's output is HTML, by its name.
pub(crate) fn is_html(name: &str) -> bool {
    let plain = [".j2", ".jinja2", ".jinja"].iter().find_map(|end| name.strip_suffix(end));
    let plain = plain.unwrap_or(name);
    [".html", ".htm", ".xhtml"].iter().any(|end| plain.ends_with(end)) || name.contains("#html:")
}

#[cfg(test)]
mod tests {
    use super::{is_html, resolve};

    #[test]
    fn a_name_stays_in_the_templates_folder() {
        let at = |name| resolve(name, "orders/a.html.j2");
        assert_eq!(at("_layouts/base.html.j2").as_deref(), Some("_layouts/base.html.j2"));
        assert_eq!(at("./b.html.j2").as_deref(), Some("orders/b.html.j2"));
        assert_eq!(at("../c/d.html.j2").as_deref(), Some("c/d.html.j2"));
        for name in ["../../etc/passwd", "a/../../b", "a\\b", "C:/x", "", "/", ".", "a//b", "a\0"] {
            assert_eq!(at(name), None, "{name:?}");
        }
    }

    #[test]
    fn html_is_known_by_its_name() {
        assert!(is_html("a/b.html.j2") && is_html("b.htm") && is_html("a.yaml#html:html"));
        assert!(!is_html("a.txt.j2") && !is_html("a.yaml#text:text") && !is_html("html"));
    }
}
