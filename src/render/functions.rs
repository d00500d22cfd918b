//! The functions that templates call: `t`, `url`, `unsubscribe_url` and `inline_image`.

use minijinja::value::{Kwargs, Value as Raw};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State};

use super::catalogue::{Translation, fill};
use super::filters::decimal;
use super::format;
use super::html;
use super::path;
use super::scope::Scope;
use crate::source::nearest;

/// The names of all functions, for findings.
pub(crate) const NAMES: [&str; 7] =
    ["t", "url", "unsubscribe_url", "inline_image", "range", "dict", "namespace"];

pub(super) fn register(env: &mut Environment<'_>) {
    env.add_function("t", translate);
    env.add_function("url", url);
    env.add_function("unsubscribe_url", unsubscribe_url);
    env.add_function("inline_image", inline_image);
    // It prints all arguments, secrets included.
    env.remove_global("debug");
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// `t("key", name=value, …)`: the translation of a key, with its placeholders filled.
///
/// A key that ends in `_html` is trusted HTML in an HTML place; its values are escaped.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands keyword arguments over")]
fn translate(state: &State<'_, '_>, key: &str, values: Kwargs) -> Result<Raw, Error> {
    let scope = Scope::of(state)?;
    let Some((translation, locale)) = scope.catalogue.find(&scope.chain, key) else {
        let near = nearest(key, scope.catalogue.keys());
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        // The last of the chain is the same for all locales, and so is the finding.
        let locale = scope.chain.last().map_or("en", AsRef::as_ref);
        return Err(wrong(format!("no translation for `{key}` in {locale}{hint}")));
    };
    let pattern = match translation {
        Translation::Text(pattern) => pattern,
        Translation::Plural(forms) => {
            let count: Raw = values
                .get("count")
                .map_err(|_missing| wrong(format!("`{key}` is a plural: it needs `count=`")))?;
            let category = format::plural_category(&decimal(&count)?, &locale);
            forms
                .get(category)
                .or_else(|| forms.get("other"))
                .ok_or_else(|| wrong(format!("`{key}` has no form `other`")))?
        }
    };
    let is_html = key.ends_with("_html") && *state.auto_escape() == AutoEscape::Html;
    let filled = fill(pattern, |name| {
        let value: Raw = values.get(name).ok()?;
        if is_html && !value.is_safe() {
            return Some(html::escaped(&value.to_string()));
        }
        Some(value.to_string())
    })
    .map_err(|missing| wrong(format!("`{key}` needs `{}=`", missing.0)))?;
    values.assert_all_used().map_err(|_unused| {
        let unused = values.args().find(|name| !pattern.contains(*name)).unwrap_or_default();
        wrong(format!("`{key}` has no placeholder `{{{unused}}}`"))
    })?;
    Ok(if is_html { Raw::from_safe_string(filled) } else { Raw::from(filled) })
}

/// `url("/path")`: an absolute URL below the setting `base_url`; an absolute URL stays.
fn url(state: &State<'_, '_>, path: &str) -> Result<String, Error> {
    let absolute = match url::Url::parse(path) {
        Ok(_) => path.to_owned(),
        Err(_relative) => {
            let scope = Scope::of(state)?;
            let base = scope.base_url.as_deref().ok_or_else(|| {
                wrong("url() needs the setting `base_url`: add it to mailmethod.yaml")
            })?;
            format!("{base}/{}", path.trim_start_matches('/'))
        }
    };
    url::Url::parse(&absolute)
        .map(String::from)
        .map_err(|error| wrong(format!("url() is given something that is no URL: {error}")))
}

/// `unsubscribe_url()`: where the reader unsubscribes; the token is that of previews, until sealing
/// puts the reader's own in its place.
fn unsubscribe_url(state: &State<'_, '_>) -> Result<String, Error> {
    let scope = Scope::of(state)?;
    let url = scope.unsubscribe.as_deref().ok_or_else(|| {
        wrong(
            "unsubscribe_url() needs the method's key `unsubscribe`, and the setting of that name",
        )
    })?;
    Ok(url.to_owned())
}

/// `inline_image("images/logo.png")`: embeds the image and gives its `cid:` URL.
fn inline_image(state: &State<'_, '_>, name: &str) -> Result<Raw, Error> {
    if *state.auto_escape() != AutoEscape::Html {
        return Err(wrong("inline_image() is for HTML bodies: a text or a header shows no image"));
    }
    let scope = Scope::of(state)?;
    let asset = path::resolve(name, state.name()).and_then(|path| scope.assets.get(path.as_ref()));
    let Some(asset) = asset else {
        let near = nearest(name, scope.assets.keys().map(String::as_str));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(wrong(format!("there is no image {name:?} in the templates folder{hint}")));
    };
    scope.embed(asset);
    Ok(Raw::from_safe_string(format!("cid:{}", asset.content_id)))
}
