//! The page in a real browser: headless Chromium, which is used as people use theirs.
#![cfg(all(feature = "cli", unix))]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

#[path = "browser/access.rs"]
mod access;
#[path = "support/browser.rs"]
mod browser;
#[path = "browser/form.rs"]
mod form;
#[path = "browser/hostile.rs"]
mod hostile;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "browser/queue.rs"]
mod queue;
#[path = "support/page.rs"]
mod support;
#[path = "support/tab.rs"]
mod tab;

/// What a tab knows another one does not, so that no test helps or hinders another.
#[tokio::test]
async fn a_tab_has_a_session_of_its_own_and_a_stranger_sees_nothing() {
    let (site, client) = support::Site::new().await;
    let origin = format!("http://{}", site.address);
    let Some(tab) = tab::Tab::open(&origin, Some(client.cookie())).await else { return };
    tab.go("/overview").await;
    tab.shows("The last 24 hours").await;
    let stranger = tab::Tab::open(&origin, None).await.unwrap();
    stranger.go("/overview").await;
    stranger.until("document.querySelector('.problem .big').innerText === '401'").await;
    assert_eq!(stranger.ask("document.querySelectorAll('nav, script').length").await, 0);
}
