//! The visit: what a page must know of the request that it answers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use super::access::{Access, Permission, Visitor};
use super::app::App;
use super::login::cookies;
use super::problem::Problem;

/// One request for a page.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    visitor: Visitor,
    /// What leads from here to the root of the page: `./`, `../../`.
    pub(super) root: String,
    /// The path from the root of the page, without a slash before it.
    pub(super) path: String,
    pub(super) query: String,
    /// What proves that a form is ours.
    pub(super) proof: String,
    /// The theme that the visitor chose: `light`, `dark`, or nothing.
    pub(super) theme: &'static str,
    /// The number of the event that was told last before anything of the page was read.
    pub(super) seen: u64,
    /// Where the page was asked for without a slash at its end: then nothing is relative to it.
    pub(super) bare: Option<String>,
}

impl Visit {
    pub(super) fn new(uri: &Uri, original: Option<&Uri>, headers: &HeaderMap) -> Self {
        let path = uri.path().strip_prefix('/').unwrap_or(uri.path());
        let depth = path.matches('/').count();
        let theme = match cookies(headers, "mailmethod-theme").last() {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "",
        };
        let bare = original
            .map(Uri::path)
            .filter(|original| path.is_empty() && !original.ends_with('/'))
            .and_then(|original| original.rsplit('/').next())
            .map(str::to_owned);
        Self {
            visitor: Visitor::from(Access::Deny),
            root: if depth == 0 { "./".to_owned() } else { "../".repeat(depth) },
            path: path.to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            proof: String::new(),
            theme,
            seen: 0,
            bare,
        }
    }

    /// Notes who it is.
    pub(super) fn enter(&mut self, visitor: Visitor, app: &App) {
        self.proof = app.proof(&visitor);
        self.seen = app.live().last();
        self.visitor = visitor;
    }

    pub(super) const fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// The name for the record of actions.
    pub(super) fn actor(&self) -> &str {
        self.visitor.name()
    }

    /// Refuses a visitor who may not do that.
    pub(super) fn must(&self, permission: Permission) -> Result<(), Problem> {
        if self.visitor.may(permission) { Ok(()) } else { Err(Problem::forbidden(permission)) }
    }

    /// The path with its query, from the root of the page.
    pub(super) fn here(&self) -> String {
        if self.query.is_empty() {
            return self.path.clone();
        }
        format!("{}?{}", self.path, self.query)
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // The guard puts it there; a request that came another way is a stranger's.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::stranger)
    }
}

#[cfg(test)]
mod tests {
    use super::Visit;
    use axum::http::{HeaderMap, Uri};

    #[test]
    fn the_way_to_the_root_is_relative() {
        let visit =
            |path: &'static str| Visit::new(&Uri::from_static(path), None, &HeaderMap::new());
        assert_eq!(visit("/").root, "./");
        assert_eq!(visit("/queue/dead?q=1").root, "../");
        assert_eq!(visit("/methods/a.b/test").root, "../../");
        assert_eq!(visit("/queue/dead?q=1").here(), "queue/dead?q=1");
    }

    #[test]
    fn a_root_without_a_slash_is_noticed() {
        let bare = |original: &'static str| {
            let original = Uri::from_static(original);
            Visit::new(&Uri::from_static("/"), Some(&original), &HeaderMap::new()).bare
        };
        assert_eq!(bare("/admin/mail").as_deref(), Some("mail"));
        assert_eq!(bare("/admin/mail/"), None);
        assert_eq!(bare("/"), None);
    }
}
