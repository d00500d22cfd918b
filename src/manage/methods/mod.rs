//! The pages of mail methods: the list, and for each one its test, previews, source and goldens.

mod golden;
mod list;
mod pages;
mod result;
mod sample;
mod send;
mod sheet;
mod test;
mod workshop;

pub(super) use golden::{golden, kind as diff_line};
pub(super) use list::list;
pub(super) use pages::{previews, source, to_test};
pub(super) use result::cut;
pub(super) use sample::save_sample;
pub(super) use send::{Turns, send_test};
pub(super) use test::{blocking, body, download, keep, part, see_other, test};
pub(super) use workshop::Workshop;

use minijinja::{Value, context};

use super::app::App;
use super::problem::Problem;
use crate::method::{CallError, MailMethod, MailMethods};

/// A method that a page shows, and all others.
#[derive(Clone, Debug)]
struct Shown {
    methods: MailMethods,
    method: MailMethod,
}

impl Shown {
    async fn find(app: &App, name: &str) -> Result<Self, Problem> {
        let methods = app.workshop().methods().await;
        let method = methods.find(name).cloned().map_err(|error| match error {
            error @ CallError::Mail { .. } => {
                let title = format!("{} is broken", name.replace('.', "/"));
                Problem::from(error).title(title)
            }
            error => Problem::from(error),
        })?;
        Ok(Self { methods, method })
    }

    /// What the head of each of the method's pages shows.
    fn head(&self, tab: &str) -> Value {
        let method = &self.method;
        context! {
            tab,
            method => method.name(),
            dotted => dotted(method.name()),
            description => method.description().unwrap_or_default().trim(),
            kind => method.kind().as_str(),
            adapter => method.adapter(),
            samples => method.samples().collect::<Value>(),
            locales => locales(method),
            previews => method.samples().count() * method.locales().len(),
        }
    }
}

/// A method's name as URLs have it.
pub(super) fn dotted(name: &str) -> String {
    name.replace('/', ".")
}

fn locales(method: &MailMethod) -> Value {
    method.locales().iter().map(AsRef::<str>::as_ref).collect()
}
