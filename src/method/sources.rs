//! The sources: the files that a method is made from, for people to read.

use super::MailMethod;
use crate::render::Origin;

/// A file that a method is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path in the templates folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl MailMethod {
    /// The files that the method is made from: its own YAML file, then the templates that it
    /// renders, includes and extends, then the `_defaults.yaml` files that it inherits from, the
    /// nearest first.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::MailMethods;
    ///
    /// let shop = MailMethods::load("templates")?;
    /// let names: Vec<String> =
    ///     shop.find("news/digest")?.sources().into_iter().map(|file| file.name).collect();
    /// assert_eq!(names[0], "news/digest.yaml");
    /// assert!(names.contains(&"_layouts/base.html.j2".to_owned()));
    /// assert_eq!(&names[names.len() - 2..], ["news/_defaults.yaml", "_defaults.yaml"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sources(&self) -> Vec<SourceFile> {
        let own = format!("{}.yaml", self.name());
        let mut documents: Vec<SourceFile> = Vec::new();
        for spot in self.parts.definition.origins.values() {
            let name = spot.document.name();
            if !documents.iter().any(|file| file.name == name) {
                let text = spot.document.text().to_owned();
                documents.push(SourceFile { name: name.to_owned(), text });
            }
        }
        // The longest path is the nearest folder's.
        documents.sort_by_key(|file| (file.name != own, usize::MAX - file.name.len()));
        let templates = self.parts.closure.iter().filter_map(|name| {
            let source = self.library.engine.source(name)?;
            let file = matches!(source.origin, Origin::File(_));
            file.then(|| SourceFile { name: name.clone(), text: source.text.to_string() })
        });
        let at = usize::from(documents.first().is_some_and(|file| file.name == own));
        let inherited = documents.split_off(at);
        documents.extend(templates);
        documents.extend(inherited);
        documents
    }
}
