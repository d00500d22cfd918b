//! The files of the demo shop, which the program carries with it.

use std::fs;
use std::io;
use std::path::Path;

/// Names files below `templates/`, with their contents.
macro_rules! embedded {
    ($($name:literal)+) => {
        &[$(($name, include_bytes!(concat!("../../../../../templates/", $name)))),+]
    };
}

/// The mail methods of the shop, by their paths below the templates folder.
pub(super) const SHOP: &[(&str, &[u8])] = embedded![
    "_defaults.yaml"
    "_layouts/base.html.j2"
    "_layouts/base.txt.j2"
    "_locales/de.yaml"
    "_locales/en.yaml"
    "_partials/button.html.j2"
    "_partials/fact.html.j2"
    "account/email-change.html.j2"
    "account/email-change.yaml"
    "account/password-reset.html.j2"
    "account/password-reset.txt.j2"
    "account/password-reset.yaml"
    "account/welcome.de.html.j2"
    "account/welcome.de.txt.j2"
    "account/welcome.html.j2"
    "account/welcome.txt.j2"
    "account/welcome.yaml"
    "images/logo.png"
    "images/trail.png"
    "news/_defaults.yaml"
    "news/digest.html.j2"
    "news/digest.txt.j2"
    "news/digest.yaml"
    "orders/confirmation.html.j2"
    "orders/confirmation.txt.j2"
    "orders/confirmation.yaml"
    "orders/delivery.ics.j2"
    "orders/files/sample-invoice.pdf"
    "orders/files/terms.pdf"
    "orders/invoice.html.j2"
    "orders/invoice.txt.j2"
    "orders/invoice.yaml"
    "orders/shipped.html.j2"
    "orders/shipped.txt.j2"
    "orders/shipped.yaml"
    "team/invitation.html.j2"
    "team/invitation.txt.j2"
    "team/invitation.yaml"
];

/// The shop's settings.
pub(super) const SETTINGS: &str = include_str!("../../../../../mailmethod.yaml");

/// Writes the shop's files into a folder.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    for (name, content) in SHOP {
        let file = folder.join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::SHOP;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn files(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type().unwrap().is_dir() {
                true => files(&entry.path(), &format!("{name}/"), found),
                false => drop(found.insert(name)),
            }
        }
    }

    #[test]
    fn every_file_of_the_shop_is_carried_along() {
        let mut found = BTreeSet::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), "", &mut found);
        let carried: BTreeSet<String> = SHOP.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(carried, found);
    }
}
