//! The assets: one style sheet and one script, under names that change with their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

/// A file that pages load.
#[derive(Debug)]
pub(super) struct Asset {
    /// Its name, with a part that its content makes.
    pub(super) name: String,
    kind: &'static str,
    content: String,
}

/// All that pages load.
#[derive(Debug)]
pub(super) struct Assets {
    pub(super) style: Asset,
    pub(super) script: Asset,
    icon: Asset,
}

pub(super) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new("page", "css", "text/css; charset=utf-8", include_str!("page.css")),
    script: Asset::new("page", "js", "text/javascript; charset=utf-8", include_str!("page.js")),
    icon: Asset::new("icon", "svg", "image/svg+xml", include_str!("icon.svg")),
});

impl Assets {
    pub(super) const fn icon(&self) -> &Asset {
        &self.icon
    }
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, content: &'static str) -> Self {
        // What is for who reads the code weighs nothing on the wire.
        let lines = content.lines().map(str::trim_start);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("// "));
        let content = lines.collect::<Vec<_>>().join("\n");
        let digest = Sha256::digest(&content);
        let hash: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("{stem}-{hash}.{ending}"), kind, content }
    }
}

/// `GET /assets/NAME`: kept by browsers for ever, because another content has another name.
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let assets = [&ASSETS.style, &ASSETS.script, &ASSETS.icon];
    let found = assets.into_iter().find(|asset| asset.name == name);
    let asset = found.ok_or_else(|| Problem::not_found("There is no such file."))?;
    let headers =
        [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.content.as_str()).into_response())
}
