//! For everybody: names, labels, contrast, the keyboard alone, small screens, in both themes.

use std::collections::BTreeSet;

use mailmethod::testing::{Golden, Rule, Verb};
use serde_json::{Value, json};

use crate::browser::Event;
use crate::support::{Site, welcome};
use crate::tab::Tab;

const AUDIT: &str = include_str!("audit.js");
const FOCUS: &str = include_str!("focus.js");

/// A site with a mail in every state, a broken method, goldens of which one differs, and its tab.
async fn furnished() -> Option<(Site, Tab, Vec<String>)> {
    let folder = crate::support::folder();
    let goldens = folder.path().join("golden");
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let at = goldens.clone();
    let change =
        |page: mailmethod::manage::Manage| page.goldens(at).note("A note of whoever runs it.");
    let (site, client) = Site::with(folder, &location, change).await;
    let tab = Tab::open(&format!("http://{}", site.address), Some(client.cookie())).await?;
    Golden::new(&site.host.methods(), &goldens).accept().unwrap();
    let changed = goldens.join("account/welcome/new-customer.en.txt");
    let text = std::fs::read_to_string(&changed).unwrap().replace("Welcome", "Hello");
    std::fs::write(changed, text).unwrap();
    site.relay.rule(
        Rule::on(Verb::Rcpt).address("@greylist.test").reply("451 4.7.1 Greylisted, come back"),
    );
    site.relay
        .rule(Rule::on(Verb::Rcpt).address("@bounce.test").reply("550 5.1.1 No such user here"));
    let mut ids = Vec::new();
    for to in ["ada@ok.test", "bob@greylist.test", "eve@bounce.test"] {
        ids.push(site.queue(to).await.to_string());
    }
    let order = site
        .host
        .methods()
        .get("orders/confirmation")
        .unwrap()
        .sample("one-thing-with-invoice")
        .unwrap();
    ids.push(site.host.queue(&order.to("Ada Lovelace <ada@ok.test>")).await.unwrap().to_string());
    let many = (0..30).map(|number| welcome(&format!("reader-{number}@greylist.test")));
    site.host.queue_many(many.collect::<Vec<_>>()).await.unwrap();
    site.send().await;
    let held = site.queue_later("held@ok.test").await;
    let store = site.store().await;
    store.act_on(mailmethod::queue::Action::Hold, held, "the test").await.unwrap();
    ids.push(held.to_string());
    ids.push(site.queue_later("later@ok.test").await.to_string());
    Some((site, tab, ids))
}

/// Every page that there is, with something on it.
fn pages(ids: &[String]) -> Vec<String> {
    let mut pages: Vec<String> = [
        "overview",
        "queue/all",
        "queue/deferred",
        "queue/dead",
        "queue/attention",
        "queue/sent",
        "queue/outgoing",
        "queue/all?q=to:@ok.test",
        "queue/all?q=to:@nobody.test",
        "queue/all?q=stat:dead",
        "methods",
        "methods?view=gallery",
        "routes",
        "log",
        "health",
        "queue/daed",
        "mail/nothing/timeline",
        "methods/orders.confirmatoin/test",
    ]
    .map(|page| format!("/{page}"))
    .into();
    for part in ["timeline", "html", "text", "headers", "source", "attachments"] {
        pages.push(format!("/mail/{}/{part}", ids[3]));
    }
    pages.extend([1, 2, 4, 5].map(|at| format!("/mail/{}/timeline", ids[at])));
    for part in ["html", "text", "headers", "source", "attachments", "checks", "markup"] {
        pages.push(format!("/methods/orders.confirmation/test?-part={part}"));
    }
    for page in ["test?-width=390&-dark=1", "test?locale=*", "previews", "source", "golden"] {
        pages.push(format!("/methods/account.welcome/{page}"));
    }
    pages.push("/methods/orders.shipped/test?carrier=&-part=html&order_no=".to_owned());
    pages.push("/methods/account.email-change/test".to_owned());
    pages
}

/// What is wrong with what the tab shows, in both themes, on a desk and on a phone.
async fn audited(tab: &Tab, page: &str, wrong: &mut BTreeSet<String>) {
    const LOOKS: [(&str, u32, u32); 4] =
        [("light", 1280, 900), ("dark", 1280, 900), ("dark", 390, 844), ("light", 390, 844)];
    for (theme, width, height) in LOOKS {
        tab.theme(theme).await;
        tab.size(width, height).await;
        for found in tab.ask(AUDIT).await.as_array().unwrap() {
            wrong.insert(format!("{page} ({theme}, {width}): {}", found.as_str().unwrap()));
        }
    }
    tab.size(1280, 900).await;
}

#[track_caller]
fn none(wrong: &BTreeSet<String>) {
    let lines: Vec<&str> = wrong.iter().map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), lines.join("\n"));
}

/// The octets of the page and of all that it loads; the mail in a frame is no part of it, nor is
/// what comes later because something has changed, nor what the page before it still gets.
fn weight(tab: &Tab, page: &str) -> u64 {
    let events: Vec<Event> =
        tab.events().into_iter().filter(|event| event.session == tab.session).collect();
    let sent = || events.iter().filter(|event| event.method == "Network.requestWillBeSent");
    let ours = sent().rfind(|event| {
        let url = event.data["request"]["url"].as_str().unwrap_or_default();
        event.data["type"] == "Document" && url.ends_with(page)
    });
    let loader = &ours.unwrap().data["loaderId"];
    let at_once = |id: &Value| {
        sent().any(|event| {
            event.data["loaderId"] == *loader
                && event.data["requestId"] == *id
                && !matches!(event.data["type"].as_str(), Some("Fetch" | "EventSource"))
        })
    };
    let received = events.iter().filter(|event| event.method == "Network.dataReceived");
    let received = received.filter(|event| at_once(&event.data["requestId"]));
    received.map(|event| event.data["dataLength"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn every_page_is_light_and_for_everybody_in_both_themes_on_a_desk_and_on_a_phone() {
    let Some((site, tab, ids)) = furnished().await else { return };
    tab.command("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
    let (mut wrong, mut heaviest) = (BTreeSet::new(), (0, String::new()));
    for page in pages(&ids) {
        tab.go(&page).await;
        // The source of a message, or of its HTML, is as long as these are, up to 200 kB.
        if !page.ends_with("source") && !page.ends_with("markup") {
            let octets = weight(&tab, &page);
            assert!(octets > 30_000, "{page}: {octets}");
            heaviest = heaviest.max((octets, page.clone()));
        }
        audited(&tab, &page, &mut wrong).await;
        for complaint in tab.complaints() {
            let missing = complaint.contains("404 (Not Found)") || complaint.contains("422 (");
            if !missing && !complaint.contains("400 (Bad") {
                wrong.insert(format!("{page}: the browser complains: {complaint}"));
            }
        }
        tab.forget();
    }
    println!("the heaviest page is {} of {} octets", heaviest.1, heaviest.0);
    assert!(heaviest.0 <= 60_000, "{heaviest:?}");
    // What comes only after something was done.
    tab.go("/health").await;
    tab.click("form[action$='/link'] button").await;
    tab.shows("A link for another browser").await;
    audited(&tab, "a new link", &mut wrong).await;
    tab.go(&format!("/mail/{}/timeline", ids[5])).await;
    tab.click("form[action$='/cancel'] button").await;
    tab.shows("Cancel this mail?").await;
    audited(&tab, "cancelling", &mut wrong).await;
    tab.go(&format!("/mail/{}/timeline", ids[2])).await;
    tab.click("form[action$='/redirect'] button").await;
    tab.shows("Redirect to whom?").await;
    audited(&tab, "redirecting", &mut wrong).await;
    tab.go("/overview").await;
    tab.key("?").await;
    tab.finds("dialog[open]").await;
    audited(&tab, "the help", &mut wrong).await;
    // A method that is broken, and a stranger.
    let broken = site.folder.path().join("templates/account/welcome.html.j2");
    std::fs::write(broken, "{{ nmae }}\n{% if %}").unwrap();
    site.host.reload_if_changed().unwrap_err();
    for page in ["/methods", "/methods/account.welcome/test"] {
        tab.go(page).await;
        audited(&tab, page, &mut wrong).await;
    }
    let stranger = Tab::open(&format!("http://{}", site.address), None).await.unwrap();
    stranger.go("/overview").await;
    audited(&stranger, "a stranger", &mut wrong).await;
    none(&wrong);
}

#[tokio::test]
async fn the_focus_goes_through_every_page_in_order_and_can_be_seen() {
    let Some((_site, tab, ids)) = furnished().await else { return };
    let mut wrong = BTreeSet::new();
    let timeline = format!("/mail/{}/timeline", ids[1]);
    let html = format!("/mail/{}/html", ids[3]);
    let pages = [
        "/overview",
        "/queue/all",
        "/methods",
        "/methods/orders.confirmation/test",
        "/methods/account.welcome/golden",
        "/routes",
        "/health",
        "/queue/daed",
        &timeline,
        &html,
    ];
    // The order is the same in the dark, and a few pages have all that can be seen to be focused.
    for (theme, pages) in [("light", &pages[..]), ("dark", &pages[2..5])] {
        tab.theme(theme).await;
        for page in pages {
            tab.go(page).await;
            let places = tab.ask(FOCUS).await.as_u64().unwrap();
            assert!(places > 10, "{page}: {places}");
            for _ in 0..places {
                let key = json!({ "type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
                tab.command("Input.dispatchKeyEvent", key).await;
            }
            let focused = tab.ask("window.focused").await;
            let focused = focused.as_array().unwrap();
            // In a frame the focus goes from link to link of the mail.
            let frames = tab.ask("document.querySelectorAll('iframe').length").await != 0;
            if !frames && (focused.len() as u64) < places {
                wrong.insert(format!("{page}: {} of {places} were reached", focused.len()));
            }
            let found = focused.iter().flat_map(|one| one.as_array().unwrap());
            wrong.extend(found.map(|one| format!("{page} ({theme}): {}", one.as_str().unwrap())));
        }
    }
    none(&wrong);
}
