//! The Test tab, filled in by hand: with JavaScript, without it, and by the keyboard alone.

use serde_json::json;

use crate::support::Site;
use crate::tab::Tab;

const TEST: &str = "/methods/orders.confirmation/test";

async fn opened() -> Option<(Site, Tab)> {
    let (site, client) = Site::new().await;
    let tab = Tab::open(&format!("http://{}", site.address), Some(client.cookie())).await?;
    Some((site, tab))
}

/// Fills in an order of two lines with a date that is none, sees why, mends it and sees the mail.
async fn an_order_is_filled_in(tab: &Tab) {
    tab.go(TEST).await;
    tab.ask("window.stayed = 1").await;
    // The sample's two lines are taken away, and two others added.
    for left in [1, 0] {
        tab.click("button[name='-remove'][value='lines.0']").await;
        tab.until(&format!("document.querySelectorAll('[name$=\".title\"]').length === {left}"))
            .await;
    }
    for line in 0..2 {
        tab.click("button[name='-add'][value='lines']").await;
        tab.finds(&format!("[name='lines.{line}.title']")).await;
    }
    for (line, title, quantity, price) in
        [(0, "Tea & <b>biscuits</b>", "2", "4.50"), (1, "Kettle", "1", "39.90")]
    {
        tab.fill(&format!("[name='lines.{line}.title']"), title).await;
        tab.fill(&format!("[name='lines.{line}.quantity']"), quantity).await;
        tab.fill(&format!("[name='lines.{line}.price']"), price).await;
    }
    tab.fill("[name='order_no']", "2027-001").await;
    // Of a date that there is not a browser sends nothing.
    tab.set("[name='due']", "").await;
    tab.click("#render").await;
    tab.finds("#f-due[aria-invalid='true']").await;
    tab.shows("1 thing to mend").await;
    tab.shows("Nothing was rendered").await;
    let error = tab.ask("document.querySelector('#' + document.querySelector('#f-due').getAttribute('aria-describedby').split(' ')[0]).innerText").await;
    assert_eq!(error, "`due` is missing");
    // What was right is still there.
    assert_eq!(tab.ask("document.querySelector('[name=\"lines.1.title\"]').value").await, "Kettle");
    tab.set("[name='due']", "2027-03-01").await;
    tab.click("#render").await;
    tab.shows("Order 2027-001 confirmed").await;
    tab.frame("document.body?.innerText.includes('Kettle')").await;
    let seen = tab.frame("document.body?.innerText.includes('Tea & <b>biscuits</b>')").await;
    assert!(!seen.is_empty());
    assert_eq!(tab.ask("document.querySelector('[aria-invalid=true]')").await, json!(null));
}

#[tokio::test]
async fn a_form_is_filled_in_corrected_and_previewed_without_a_new_page() {
    let Some((_site, tab)) = opened().await else { return };
    an_order_is_filled_in(&tab).await;
    assert_eq!(tab.ask("window.stayed").await, 1, "the page was loaded anew");
    // Half a date that is typed stays where it is, with the browser's own words.
    tab.ask("document.querySelector('[name=due]').focus()").await;
    for key in ["1", "2", "Delete"] {
        tab.key(key).await;
    }
    tab.until("document.querySelector('[name=due]').validity.badInput").await;
    tab.click("#render").await;
    tab.until("document.activeElement.name === 'due'").await;
    tab.shows("Order 2027-001 confirmed").await;
    assert_eq!(tab.complaints(), Vec::<String>::new());
    // Back and forward lead through what was rendered.
    tab.ask("history.back()").await;
    tab.shows("1 thing to mend").await;
    tab.ask("history.forward()").await;
    tab.shows("Order 2027-001 confirmed").await;
}

#[tokio::test]
async fn the_same_form_works_with_javascript_switched_off() {
    let Some((site, tab)) = opened().await else { return };
    tab.command("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    an_order_is_filled_in(&tab).await;
    assert_eq!(tab.ask("window.stayed ?? 0").await, 0, "no script was at work");
    // What only a script can do is not offered.
    assert_eq!(tab.ask("document.querySelector('#live').checkVisibility()").await, false);
    // And so does the queue.
    let id = site.queue_later("ada@ok.test").await;
    tab.go("/queue/scheduled").await;
    tab.click(".tick input[name=id]").await;
    tab.click("button[name=action][value=hold]").await;
    tab.shows("1 mail held.").await;
    assert_eq!(site.state(id).await, "held");
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let Some((site, tab)) = opened().await else { return };
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(site.queue_later(&format!("k{number}@ok.test")).await);
    }
    tab.go("/overview").await;
    // From anywhere to the queue; rows one by one; ticks; opening; back to the same row.
    tab.key("g").await;
    tab.key("q").await;
    tab.until("location.pathname.startsWith('/queue/')").await;
    tab.go("/queue/scheduled").await;
    tab.key("j").await;
    tab.key("x").await;
    tab.key("j").await;
    tab.key("j").await;
    tab.key_with("X", 8).await;
    tab.until("document.querySelectorAll('.tick input[name=id]:checked').length === 3").await;
    tab.until("document.querySelector('#ticked').innerText === '3 ticked'").await;
    let row = tab.ask("document.activeElement.closest('tr').dataset.id").await;
    tab.key("Enter").await;
    tab.until("location.pathname.endsWith('/timeline')").await;
    assert!(tab.ask("location.pathname").await.as_str().unwrap().contains(row.as_str().unwrap()));
    tab.key("4").await;
    tab.until("location.pathname.endsWith('/headers')").await;
    tab.key("u").await;
    tab.until("location.pathname.endsWith('/timeline')").await;
    tab.key("u").await;
    tab.until(&format!("document.activeElement.closest('tr')?.dataset.id === {row}")).await;
    // A search begins with a slash, which is no letter of it.
    tab.key("/").await;
    tab.until("document.activeElement.matches('input[type=search]')").await;
    tab.command("Input.insertText", json!({ "text": "to:k1@ok.test" })).await;
    tab.key("Enter").await;
    tab.until(
        "location.search.includes('k1') && document.querySelectorAll('tr[data-id]').length === 1",
    )
    .await;
    // Keys can be switched off, and Ctrl Enter renders from within a field.
    tab.key("?").await;
    tab.finds("dialog[open]").await;
    tab.key("Escape").await;
    tab.until("!document.querySelector('dialog[open]')").await;
    tab.go("/methods/account.welcome/test").await;
    tab.fill("[name='name']", "Grace").await;
    tab.key_with("Enter", 2).await;
    tab.shows("Welcome, Grace").await;
    tab.go("/overview").await;
    tab.key("?").await;
    tab.click("#keys-on").await;
    tab.key("Escape").await;
    tab.key("?").await;
    tab.key("g").await;
    tab.key("m").await;
    assert_eq!(
        tab.ask("[document.querySelector('dialog[open]'), location.pathname]").await,
        json!([null, "/overview"])
    );
}

#[tokio::test]
async fn a_sample_is_saved_and_a_test_is_sent() {
    let Some((site, tab)) = opened().await else { return };
    tab.go("/methods/account.welcome/test").await;
    tab.fill("[name='name']", "Grace").await;
    tab.click("details:has(#sample-name) summary").await;
    tab.fill("#sample-name", "by-hand").await;
    tab.click("button[formaction=samples]").await;
    tab.shows("Saved as the sample by-hand.").await;
    let definition = site.folder.path().join("templates/account/welcome.yaml");
    assert!(std::fs::read_to_string(definition).unwrap().contains("by-hand"));
    tab.click("details:has(#to) summary").await;
    tab.fill("#to", "tester@ok.test").await;
    tab.click("button[formaction='send-test']").await;
    tab.shows("The relay has taken the test").await;
    let taken = site.relay.taken();
    assert_eq!(taken[0].recipients, ["tester@ok.test"]);
    assert!(String::from_utf8_lossy(&taken[0].bytes).contains("[TEST] Welcome, Grace"));
}
