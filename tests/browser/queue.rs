//! The queue, as somebody looks after it; and pages that follow what happens.

use mailmethod::testing::{Rule, Verb};

use crate::support::Site;
use crate::tab::Tab;

async fn opened() -> Option<(Site, Tab)> {
    let (site, client) = Site::new().await;
    site.relay.rule(
        Rule::on(Verb::Rcpt).address("@greylist.test").reply("451 4.7.1 Greylisted, come back"),
    );
    site.relay.rule(Rule::on(Verb::Rcpt).address("@bounce.test").reply("550 5.1.1 No such user"));
    let tab = Tab::open(&format!("http://{}", site.address), Some(client.cookie())).await?;
    Some((site, tab))
}

#[tokio::test]
async fn one_mail_is_held_released_retried_cancelled_and_brought_back() {
    let Some((site, tab)) = opened().await else { return };
    let id = site.queue_later("ada@ok.test").await;
    tab.go(&format!("/mail/{id}/timeline")).await;
    for (action, said, state) in [
        ("hold", "It is held.", "held"),
        ("release", "It is released.", "queued"),
        ("retry", "It is tried again now.", "queued"),
    ] {
        tab.click(&format!("form[action$='/{action}'] button")).await;
        tab.shows(said).await;
        assert_eq!(site.state(id).await, state);
    }
    tab.click("form[action$='/cancel'] button").await;
    tab.shows("Cancel this mail?").await;
    assert_eq!(site.state(id).await, "queued", "asking changes nothing");
    tab.click("a.button").await;
    tab.finds(".verdict").await;
    tab.click("form[action$='/cancel'] button").await;
    tab.shows("Cancel this mail?").await;
    tab.click("main button.danger").await;
    tab.shows("It is cancelled.").await;
    assert_eq!(site.state(id).await, "cancelled");
    tab.click("form[action$='/retry'] button").await;
    tab.shows("It is tried again now.").await;
    site.send().await;
    assert_eq!(site.relay.taken().len(), 1);
    assert_eq!(tab.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_dead_mail_is_redirected_and_deleted() {
    let Some((site, tab)) = opened().await else { return };
    let id = site.queue("eve@bounce.test").await;
    site.send().await;
    tab.go("/queue/dead").await;
    tab.shows("550 5.1.1 No such user").await;
    tab.click("td.what a").await;
    tab.shows("What to do:").await;
    tab.click("form[action$='/redirect'] button").await;
    tab.shows("Redirect to whom?").await;
    tab.fill("#to", "eve@ok.test").await;
    tab.key("Enter").await;
    tab.shows("to its new recipients").await;
    site.send().await;
    assert_eq!(site.relay.taken()[0].recipients, ["eve@ok.test"]);
    tab.go(&format!("/mail/{id}/timeline")).await;
    tab.click("form[action$='/delete'] button").await;
    tab.shows("Delete this mail?").await;
    tab.click("main button.danger").await;
    tab.shows("1 mail deleted.").await;
    tab.go("/log").await;
    for action in ["redirect", "delete"] {
        tab.shows(action).await;
    }
}

#[tokio::test]
async fn many_mails_are_ticked_held_and_cancelled_together() {
    let Some((site, tab)) = opened().await else { return };
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(site.queue_later(&format!("a{number}@ok.test")).await);
    }
    tab.go("/queue/scheduled").await;
    tab.click("tr[data-id]:nth-child(1) .tick input").await;
    tab.click_with("tr[data-id]:nth-child(3) .tick input", 8).await;
    tab.until("document.querySelector('#ticked').innerText === '3 ticked'").await;
    tab.click("button[name=action][value=hold]").await;
    tab.shows("3 mails held.").await;
    tab.go("/queue/attention").await;
    tab.click("#tick-all").await;
    tab.until("document.querySelector('#ticked').innerText === '3 ticked'").await;
    tab.click("button[name=action][value=release]").await;
    tab.shows("3 mails released.").await;
    tab.go("/queue/scheduled?q=to:@ok.test").await;
    tab.click("input[name=scope][value=all]").await;
    tab.click("button[name=action][value=cancel]").await;
    tab.shows("Cancel: 5 mails?").await;
    tab.click("main button.danger").await;
    tab.shows("5 mails cancelled.").await;
    for id in ids {
        assert_eq!(site.state(id).await, "cancelled");
    }
}

#[tokio::test]
async fn a_mail_moves_from_outgoing_to_sent_before_ones_eyes() {
    let Some((site, tab)) = opened().await else { return };
    let id = site.queue("ada@ok.test").await;
    tab.go("/queue/outgoing").await;
    assert_eq!(tab.ask("document.cookie").await, "", "no script can read the session");
    let row = format!("tr[data-id='{id}']");
    tab.finds(&row).await;
    tab.shows("live").await;
    tab.ask("window.stayed = 1").await;
    site.send().await;
    tab.until(&format!("document.querySelector(\"{row} .st\").innerText.includes('sent')")).await;
    tab.finds(&format!("{row}.moved")).await;
    tab.until("document.querySelector('nav.views [data-count=sent]').innerText === '1'").await;
    tab.until("document.querySelector('nav.views [data-count=outgoing]').innerText === '0'").await;
    // A new one does not push the rows away: it is told of, and comes when it is wanted.
    let new = site.queue("bob@ok.test").await;
    tab.shows("1 new here: show").await;
    tab.click("#fresh button").await;
    tab.finds(&format!("tr[data-id='{new}']")).await;
    assert_eq!(tab.ask("window.stayed").await, 1, "the page was loaded anew");
    // One mail's page follows as well, and the overview counts.
    tab.go(&format!("/mail/{new}/timeline")).await;
    tab.shows("live").await;
    tab.ask("window.stayed = 1").await;
    site.send().await;
    tab.finds(".verdict.s-sent").await;
    assert_eq!(tab.ask("window.stayed").await, 1);
    tab.go("/overview").await;
    tab.shows("live").await;
    tab.ask("window.stayed = 1").await;
    site.queue("eve@bounce.test").await;
    site.send().await;
    tab.until(
        "document.querySelector('.card [data-count=dead], .card.s-dead b').innerText === '1'",
    )
    .await;
    tab.shows("550 5.1.1 No such user").await;
    tab.finds(".mark.s-dead:not([hidden])").await;
    assert_eq!(tab.ask("window.stayed").await, 1);
    assert_eq!(tab.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn live_update_is_paused_and_the_theme_is_kept() {
    let Some((site, tab)) = opened().await else { return };
    let id = site.queue("ada@ok.test").await;
    tab.go("/queue/outgoing").await;
    tab.shows("live").await;
    tab.click("#live").await;
    tab.shows("paused").await;
    site.send().await;
    tab.go("/queue/sent").await;
    tab.shows("paused").await;
    tab.finds(&format!("tr[data-id='{id}']")).await;
    tab.click("#live").await;
    tab.until("document.querySelector('#live-word').innerText === 'live'").await;
    let back = "getComputedStyle(document.body).backgroundColor";
    tab.theme("light").await;
    assert_eq!(tab.ask(back).await, "rgb(255, 255, 255)");
    tab.click("#theme button").await;
    tab.until(&format!("{back} === 'rgb(19, 21, 24)'")).await;
    tab.go("/methods").await;
    assert_eq!(tab.ask(back).await, "rgb(19, 21, 24)", "it is kept");
    assert_eq!(tab.complaints(), Vec::<String>::new());
}
