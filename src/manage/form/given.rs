//! What a form has given: pairs of names and texts, and files.

use axum::extract::multipart::{Multipart, MultipartError};
use url::form_urlencoded;

use crate::manage::problem::Problem;
use crate::method::{Fields, File, Parameter};

/// What a form has given. It may hold secrets: it is never shown.
#[derive(Clone, Default)]
pub(in crate::manage) struct Given {
    pairs: Vec<(String, String)>,
    files: Vec<(String, File)>,
}

impl Given {
    /// What a query or a simple form has given.
    pub(in crate::manage) fn parse(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text).into_owned().collect();
        Self { pairs, files: Vec::new() }
    }

    /// What a form with files has given.
    pub(in crate::manage) async fn read(mut parts: Multipart) -> Result<Self, Problem> {
        let wrong = |error: MultipartError| {
            Problem::new(error.status(), "The form cannot be read").detail(error.body_text())
        };
        let mut given = Self::default();
        while let Some(part) = parts.next_field().await.map_err(wrong)? {
            let name = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                None => given.pairs.push((name, part.text().await.map_err(wrong)?)),
                Some(filename) => {
                    let declared = part.content_type().map(str::to_owned);
                    let content = part.bytes().await.map_err(wrong)?;
                    // A file control that nobody has touched sends an empty file without a name.
                    if filename.is_empty() && content.is_empty() {
                        continue;
                    }
                    let file = File::new(filename, content.to_vec());
                    let file = match declared {
                        Some(kind) => file.content_type(kind),
                        None => file,
                    };
                    given.files.push((name, file));
                }
            }
        }
        Ok(given)
    }

    /// Adds the files and secrets that were given before, where nothing new was given.
    pub(in crate::manage) fn keep(&mut self, before: &Self, fields: &Fields) {
        for (name, file) in &before.files {
            if self.file(name).is_none() {
                self.files.push((name.clone(), file.clone()));
            }
        }
        for (name, text) in before.pairs.iter().filter(|(_, text)| !text.is_empty()) {
            let secret = super::declared(fields, name).is_some_and(Parameter::is_secret);
            if secret && self.text(name).is_none_or(str::is_empty) {
                self.pairs.push((name.clone(), text.clone()));
            }
        }
    }

    /// The last text of a name: of a hidden default and a box that is ticked, the box.
    pub(in crate::manage) fn text(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter().rev();
        pairs.find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All texts of a name, in order.
    pub(in crate::manage) fn all<'g>(&'g self, name: &'g str) -> impl Iterator<Item = &'g str> {
        self.pairs.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(in crate::manage) fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().rev().find(|(own, _)| own == name).map(|(_, file)| file)
    }

    /// Whether anything below a path was given; a path is below itself.
    pub(super) fn has(&self, path: &str) -> bool {
        let below = |name: &str| {
            name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.pairs.iter().any(|(name, _)| below(name))
            || self.files.iter().any(|(name, _)| below(name))
    }

    /// The numbers of the items that were given of a list, in order, each once.
    pub(super) fn items(&self, path: &str) -> Vec<usize> {
        let number = |name: &str| {
            let rest = name.strip_prefix(path)?.strip_prefix('.')?;
            rest.split('.').next()?.parse::<usize>().ok()
        };
        let names = self.pairs.iter().map(|(name, _)| name);
        let names = names.chain(self.files.iter().map(|(name, _)| name));
        let mut items: Vec<usize> = names.filter_map(|name| number(name)).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Whether any argument was given.
    pub(in crate::manage) fn has_arguments(&self, fields: &Fields) -> bool {
        fields.all().iter().any(|field| self.has(field.name()))
    }

    /// The names that are neither an argument nor of the page's own.
    pub(in crate::manage) fn strangers<'g>(
        &'g self,
        fields: &'g Fields,
        own: &'g [String],
    ) -> impl Iterator<Item = &'g str> {
        self.pairs.iter().map(|(name, _)| name.as_str()).filter(move |name| {
            let first = name.split('.').next().unwrap_or_default();
            !name.starts_with('-')
                && fields.get(first).is_none()
                && !own.iter().any(|one| one == name)
                && *name != "proof"
        })
    }

    /// Forgets what is secret; gives the names of it that had a value.
    pub(in crate::manage) fn forget_secrets(&mut self, fields: &Fields) -> Vec<String> {
        let is_secret =
            |name: &str| super::declared(fields, name).is_some_and(Parameter::is_secret);
        let (secret, other) =
            std::mem::take(&mut self.pairs).into_iter().partition(|(name, _)| is_secret(name));
        self.pairs = other;
        let given = secret.into_iter().filter(|(_, text): &(String, String)| !text.is_empty());
        given.map(|(name, _)| name).collect()
    }

    /// How much memory it takes.
    pub(super) fn octets(&self) -> usize {
        let pairs = self.pairs.iter().map(|(name, value)| name.len() + value.len() + 64);
        let files = self.files.iter().map(|(_, file)| file.content().len() + 256);
        pairs.sum::<usize>() + files.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn names_lead_into_lists() {
        let given = Given::parse(
            b"lines.2.title=c&lines.0.title=a&lines.0.price=1&linesx=1&ok=false&ok=true",
        );
        assert_eq!(given.items("lines"), [0, 2]);
        assert!(given.has("lines") && given.has("lines.0") && !given.has("line"));
        assert_eq!(given.text("ok"), Some("true"));
        assert!(given.items("none").is_empty());
    }
}
