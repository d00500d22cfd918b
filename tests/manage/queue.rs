//! The queue without JavaScript: views, one mail, what is done to mails, routes.

use std::time::{Duration, Instant};

use mailmethod::manage::Manage;
use mailmethod::queue::EntryId;
use mailmethod::testing::{Rule, Verb};
use tokio::io::AsyncReadExt as _;

use crate::support::{Client, Site, welcome};

/// Runs a scenario on both stores.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let (site, client) = super::Site::new().await;
                super::$name(site, client).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(database) = crate::postgres_server::database().await else { return };
                let folder = crate::support::folder();
                let (site, client) = super::Site::with(folder, &database.url(), |page| page).await;
                super::$name(site, client).await;
            })+
        }
    };
}

on_both! {
    every_view_lists_its_mails_with_the_reason
    a_mail_is_held_released_retried_and_cancelled
    a_dead_mail_is_redirected_and_a_sent_one_is_sent_once_more
    what_cannot_be_undone_is_asked_twice
    many_mails_are_changed_by_ticks
    all_that_match_are_changed_and_not_those_that_came_later
    more_than_a_hundred_want_their_number_typed
    a_page_leads_to_the_next_one
    a_filter_that_is_wrong_is_explained
    a_route_is_paused_and_its_mail_waits
    open_pages_hear_what_changes
    the_overview_tells_what_needs_somebody
}

async fn deferred(site: &Site) -> EntryId {
    site.relay.rule(
        Rule::on(Verb::Rcpt).address("@greylist.test").reply("451 4.7.1 Greylisted, come back"),
    );
    let id = site.queue("ada@greylist.test").await;
    site.send().await;
    id
}

async fn dead(site: &Site) -> EntryId {
    site.relay
        .rule(Rule::on(Verb::Rcpt).address("@bounce.test").reply("550 5.1.1 <b>no such user</b>"));
    let id = site.queue("eve@bounce.test").await;
    site.send().await;
    id
}

async fn every_view_lists_its_mails_with_the_reason(site: Site, mut client: Client) {
    client.get("/queue/all").await.is(200).has("Nothing here");
    client.get("/queue/dead").await.has("No dead mail");
    let (deferred, dead) = (deferred(&site).await, dead(&site).await);
    let sent = site.queue("ada@ok.test").await;
    site.send().await;
    let later = site.queue_later("bob@ok.test").await;
    for (view, id, words) in [
        ("deferred", deferred, "451 4.7.1 Greylisted, come back"),
        ("dead", dead, "550 5.1.1 <b>no such user</b>"),
        ("sent", sent, "ada@ok.test"),
        ("scheduled", later, "bob@ok.test"),
    ] {
        let page = client.get(&format!("/queue/{view}")).await;
        page.is(200).has(&format!("data-id=\"{id}\"")).lacks("<b>no such");
        assert!(page.text().contains(words), "{view}: {}", page.text());
        assert_eq!(page.body.matches("data-id=").count(), 1, "{view}");
        client.get("/queue/all").await.has(&format!("data-id=\"{id}\""));
    }
    let found = client.get("/queue/all?q=to:@bounce.test").await;
    found.has(&dead.to_string()).lacks(&sent.to_string());
    client.get("/queue/all?q=to:@nobody.test").await.has("No mail matches");
    client.get("/queue/daed").await.is(404).has("Did you mean dead?");
    assert_eq!(client.get("/queue").await.is(303).header("location"), "./queue/deferred");

    let page = client.get(&format!("/mail/{dead}/timeline")).await;
    let text = page.text();
    for words in [
        "550 5.1.1 <b>no such user</b>",
        "What to do:",
        "RCPT TO:<eve@bounce.test>",
        "queued and committed",
        "refused",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    page.lacks("<b>no such user");
    let text = client.get(&format!("/mail/{deferred}/timeline")).await.text();
    for words in ["next try", "planned", "Given up", "451 4.7.1"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

async fn a_mail_is_held_released_retried_and_cancelled(site: Site, mut client: Client) {
    let id = site.queue_later("ada@ok.test").await;
    let page = client.get(&format!("/mail/{id}/timeline")).await;
    page.has(&format!("../../mail/{id}/hold"));
    let held = client.submit(&format!("/mail/{id}/hold"), &[]).await;
    held.is(200).has("It is held.").has(&format!("/{id}/release"));
    assert_eq!(site.state(id).await, "held");
    client
        .post(&format!("/mail/{id}/hold"), &[])
        .await
        .is(409)
        .has("Nothing was changed")
        .has("Back to the mail");
    client.submit(&format!("/mail/{id}/release"), &[]).await.has("It is released.");
    client.submit(&format!("/mail/{id}/retry"), &[]).await.has("It is tried again now.");
    assert_eq!(site.state(id).await, "queued");
    site.send().await;
    assert_eq!(site.state(id).await, "sent");
    assert_eq!(site.relay.taken().len(), 1);
    client.post(&format!("/mail/{id}/retry"), &[]).await.is(409).has("resend makes a new one");
    client.post(&format!("/mail/{id}/cancel"), &[("confirm", "yes")]).await.is(409);
    client.post(&format!("/mail/{id}/frobnicate"), &[]).await.is(404);
    let history = client.get(&format!("/mail/{id}/timeline")).await.text();
    for words in ["held", "released", "to be tried again", "by operator"] {
        assert!(history.contains(words), "{words}: {history}");
    }
    let other = site.queue_later("bob@ok.test").await;
    client
        .submit(&format!("/mail/{other}/cancel"), &[("confirm", "yes")])
        .await
        .has("It is cancelled.");
    assert_eq!(site.state(other).await, "cancelled");
    client.get("/log").await.has("release").has("operator").has(&other.to_string());
}

async fn a_dead_mail_is_redirected_and_a_sent_one_is_sent_once_more(
    site: Site,
    mut client: Client,
) {
    let id = dead(&site).await;
    let asked = client.post(&format!("/mail/{id}/redirect"), &[]).await;
    asked.is(200).has("Redirect to whom?").has("name=\"to\"");
    client
        .post(&format!("/mail/{id}/redirect"), &[("to", "no address")])
        .await
        .is(422)
        .has("Back to the mail");
    let many = vec!["a@ok.test"; 60].join(", ");
    client.post(&format!("/mail/{id}/redirect"), &[("to", &many)]).await.is(400);
    let new = client.submit(&format!("/mail/{id}/redirect"), &[("to", "Eve <eve@ok.test>")]).await;
    new.is(200).has("to its new recipients").has("eve@ok.test").has(&id.to_string());
    site.send().await;
    assert_eq!(site.relay.taken()[0].recipients, ["eve@ok.test"]);
    client.get(&format!("/mail/{id}/timeline")).await.has("redirected as");
    let sent = client.get("/queue/sent").await.values("data-id").remove(0);
    client.submit(&format!("/mail/{sent}/resend"), &[]).await.has("a Message-ID of its own");
    site.send().await;
    let taken = site.relay.taken();
    assert_eq!(taken.len(), 2);
    assert_ne!(taken[0].bytes, taken[1].bytes);
}

async fn what_cannot_be_undone_is_asked_twice(site: Site, mut client: Client) {
    let id = site.queue_later("ada@ok.test").await;
    let asked = client.post(&format!("/mail/{id}/delete"), &[]).await;
    asked.is(200).has("Delete this mail?").has("ada@ok.test").has("name=\"confirm\"");
    client.post(&format!("/mail/{id}/cancel"), &[]).await.is(200).has("Cancel this mail?");
    assert_eq!(site.state(id).await, "queued");
    let after = client.submit(&format!("/mail/{id}/delete"), &[("confirm", "yes")]).await;
    after.is(200).has("1 mail deleted.");
    client
        .get(&format!("/mail/{id}/timeline"))
        .await
        .is(404)
        .has("not in the queue")
        .has("All mails");
    client.post(&format!("/mail/{id}/hold"), &[]).await.is(404);
    client.get("/mail/zzzzzz").await.is(404);
    client.get(&format!("/mail/{id}.eml")).await.is(404);
}

async fn many_mails_are_changed_by_ticks(site: Site, mut client: Client) {
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(site.queue_later(&format!("a{number}@ok.test")).await);
    }
    let first: Vec<String> = ids[..3].iter().map(ToString::to_string).collect();
    let mut fields: Vec<(&str, &str)> = first.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend([("action", "hold"), ("view", "scheduled"), ("q", ""), ("scope", "ticked")]);
    client.submit("/queue/bulk", &fields).await.is(200).has("3 mails held.");
    assert_eq!(site.state(ids[3]).await, "queued");
    fields[3] = ("action", "delete");
    let asked = client.post("/queue/bulk", &fields).await;
    asked.is(200).has("Delete: 3 mails?");
    for id in &first {
        asked.has(&format!("name=\"id\" value=\"{id}\""));
    }
    assert_eq!(site.state(ids[0]).await, "held");
    fields.push(("confirm", "yes"));
    client.submit("/queue/bulk", &fields).await.has("3 mails deleted.");
    client.get("/queue/all").await.has(&ids[3].to_string()).lacks(&first[0]);
    client.post("/queue/bulk", &[("action", "hold")]).await.is(400).has("Tick the mails");
    client.post("/queue/bulk", &[("action", "hold"), ("id", "x")]).await.is(400);
    client.post("/queue/bulk", &[("action", "eat")]).await.is(400).has("mark-sent");
    client
        .post("/queue/bulk", &[("action", "release"), ("id", &ids[3].to_string())])
        .await
        .is(409)
        .has("nothing to do");
}

async fn all_that_match_are_changed_and_not_those_that_came_later(site: Site, mut client: Client) {
    for number in 0..3 {
        site.queue_later(&format!("a{number}@ok.test")).await;
    }
    let other = site.queue_later("b@other.test").await;
    let page = client.get("/queue/scheduled?q=to:@ok.test").await;
    page.has("3 that match");
    let as_of = page
        .body
        .split("name=\"as_of\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let late = site.queue_later("late@ok.test").await;
    let fields = [
        ("action", "cancel"),
        ("view", "scheduled"),
        ("q", "to:@ok.test"),
        ("scope", "all"),
        ("as_of", as_of.as_str()),
    ];
    let asked = client.post("/queue/bulk", &fields).await;
    asked.is(200).has("Cancel: 3 mails?").has("queued since is left alone");
    let mut fewer = fields.to_vec();
    fewer.extend([("expected_count", "2"), ("confirm", "yes")]);
    client
        .post("/queue/bulk", &fewer)
        .await
        .is(409)
        .has("Nothing was changed")
        .has("Back to the list");
    let mut right = fields.to_vec();
    right.extend([("expected_count", "3"), ("confirm", "yes")]);
    client.submit("/queue/bulk", &right).await.has("3 mails cancelled.");
    assert_eq!(site.state(late).await, "queued");
    assert_eq!(site.state(other).await, "queued");
    client
        .post("/queue/bulk", &[("action", "hold"), ("scope", "all"), ("as_of", "soon")])
        .await
        .is(400);
    client.get("/log").await.has("view:scheduled to:@ok.test");
}

async fn more_than_a_hundred_want_their_number_typed(site: Site, mut client: Client) {
    let calls: Vec<_> = (0..120)
        .map(|n| welcome(&format!("a{n}@ok.test")).after(Duration::from_secs(3_600)))
        .collect();
    site.host.queue_many(calls).await.unwrap();
    let as_of = client.get("/queue/scheduled").await;
    let as_of = as_of
        .body
        .split("name=\"as_of\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let mut fields = vec![
        ("action", "hold"),
        ("view", "scheduled"),
        ("q", ""),
        ("scope", "all"),
        ("as_of", as_of.as_str()),
        ("confirm", "yes"),
        ("expected_count", "120"),
    ];
    let asked = client.post("/queue/bulk", &fields).await;
    asked.is(200).has("Type the number 120").has("name=\"typed\"");
    fields.push(("typed", "12"));
    client.post("/queue/bulk", &fields).await.is(200).has("Type the number 120");
    fields.pop();
    fields.push(("typed", "120"));
    client.submit("/queue/bulk", &fields).await.has("120 mails held.");
    client.get("/queue/attention").await.has("data-count=\"attention\">120<");
}

async fn a_page_leads_to_the_next_one(site: Site, mut client: Client) {
    let calls: Vec<_> = (0..95).map(|n| welcome(&format!("a{n}@ok.test"))).collect();
    site.host.queue_many(calls).await.unwrap();
    for path in [
        "/queue/outgoing",
        "/queue/all",
        "/queue/all?sort=oldest",
        "/queue/all?q=method:account/welcome",
    ] {
        let (mut path, mut seen) = (path.to_owned(), Vec::new());
        loop {
            let page = client.get(&path).await;
            seen.extend(page.values("data-id"));
            let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1) else { break };
            let next = crate::support::unescaped(next.split('"').next().unwrap());
            path = crate::support::resolved(&path, &next);
        }
        let mut all = seen.clone();
        all.sort();
        all.dedup();
        assert_eq!((seen.len(), all.len()), (95, 95), "{path}");
    }
    client.get("/queue/all?after=x").await.is(400);
}

async fn a_filter_that_is_wrong_is_explained(_site: Site, mut client: Client) {
    let page = client.get("/queue/all?q=stat:dead").await;
    page.is(400).has("did you mean `state`?").has("^^^^").has("value=\"stat:dead\"");
    client.get("/queue/all?q=older:soon").await.is(400).has("write an age");
    client.get(&format!("/queue/all?q={}", "x".repeat(5_000))).await.is(400).has("characters");
    let hostile = client.get("/queue/all?q=%22%3Cscript%3Ealert(1)%3C/script%3E").await;
    hostile.is(400).lacks("<script>alert");
    client
        .get("/queue/all?q=%3Cscript%3Ealert(1)%3C/script%3E")
        .await
        .is(200)
        .lacks("<script>alert");
    client.get("/queue/all?q=%ff%fe%00").await;
}

async fn a_route_is_paused_and_its_mail_waits(site: Site, mut client: Client) {
    client.get("/routes").await.is(200).has("default").has("Pause");
    client.submit("/routes/default/pause", &[]).await.has("default is paused").has("Resume");
    let id = site.queue("ada@ok.test").await;
    site.send().await;
    assert_eq!(site.state(id).await, "queued");
    client.get(&format!("/mail/{id}/timeline")).await.has("paused");
    client.submit("/routes/default/resume", &[]).await.has("default goes on");
    site.send().await;
    assert_eq!(site.state(id).await, "sent");
    client.post("/routes/default/explode", &[]).await.is(404);
    client.post(&format!("/routes/{}/pause", "x".repeat(300)), &[]).await.is(422);
    site.store()
        .await
        .trip(
            "default",
            mailmethod::queue::Breaker::Open,
            60_000_000,
            "connect: relay.test is down",
        )
        .await
        .unwrap();
    client.get("/routes").await.has("down").has("relay.test is down").has("1 failure");
    client.get("/overview").await.has("relay.test is down");
    site.queue("ada@ok.test").await;
    let end = Instant::now() + Duration::from_secs(20);
    while !client.get("/routes").await.body.contains("&lt; 1 min") {
        assert!(Instant::now() < end, "its age was never counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reads events until one has these words.
pub(crate) async fn heard(stream: &mut tokio::net::TcpStream, words: &[&str]) -> String {
    let mut text = String::new();
    let mut octets = [0; 4_096];
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !words.iter().all(|word| text.contains(word)) {
            let count = stream.read(&mut octets).await.unwrap();
            assert!(count > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&octets[..count]));
        }
    });
    assert!(waited.await.is_ok(), "{words:?} did not come: {text}");
    text
}

async fn open_pages_hear_what_changes(site: Site, client: Client) {
    let mut stream = client.stream("/events", &[]).await;
    heard(&mut stream, &["event: hello", "event: counts", "\"outgoing\":0"]).await;
    let id = site.queue("ada@ok.test").await.to_string();
    let text = heard(&mut stream, &["event: mails", &id, "\"new\":true", "\"outgoing\":1"]).await;
    let last =
        text.lines().rev().find_map(|line| line.strip_prefix("id: ")).unwrap().trim().to_owned();
    site.send().await;
    heard(&mut stream, &[&id, "\"state\":\"sent\"", "\"sent\":1"]).await;
    drop(stream);
    // Who comes back is told what was missed.
    let mut again = client.stream("/events", &[("Last-Event-ID", &last)]).await;
    heard(&mut again, &["event: hello", "\"state\":\"sent\""]).await;
    let mut lost = client.stream("/events", &[("Last-Event-ID", "999999")]).await;
    heard(&mut lost, &["event: sync"]).await;
    site.store().await.pause("default", true, "test").await.unwrap();
    heard(&mut lost, &["event: routes"]).await;
}

async fn the_overview_tells_what_needs_somebody(site: Site, mut client: Client) {
    client.get("/overview").await.has("No mail yet").has("No mailer is at work");
    let id = dead(&site).await;
    let page = client.get("/overview").await;
    page.lacks("No mail yet").has(&id.to_string());
    let text = page.text();
    assert!(text.contains("550 5.1.1") && text.contains("1 failed"), "{text}");
}

#[tokio::test]
async fn what_was_sent_is_shown_exactly_and_sealed() {
    let (site, mut client) = Site::new().await;
    let call = mailmethod::Call::new("orders/confirmation");
    let method = site.host.methods().get("orders/confirmation").unwrap().clone();
    let call = method
        .sample("one-thing-with-invoice")
        .unwrap_or(call)
        .to("ada@ok.test")
        .bcc("boss@ok.test");
    let id = site.host.queue(&call).await.unwrap();
    client
        .get(&format!("/mail/{id}/html"))
        .await
        .is(200)
        .has("src=\"body\"")
        .has("sandbox=\"allow-popups");
    client.get(&format!("/mail/{id}/text")).await.is(200).has("Enamel mug");
    client
        .get(&format!("/mail/{id}/headers"))
        .await
        .has("X-Order")
        .has("2026-042")
        .lacks("boss@ok.test</td>");
    client.get(&format!("/mail/{id}/source")).await.has("MIME-Version");
    let people = client.get(&format!("/mail/{id}/timeline")).await;
    people.has("boss@ok.test").has("<span class=\"tag\">bcc</span>");
    let list = client.get(&format!("/mail/{id}/attachments")).await;
    list.has("invoice-2026-042.pdf").has("application/pdf");
    let part = client.get(&format!("/mail/{id}/part/1")).await;
    part.is(200);
    assert!(part.bytes.starts_with(b"%PDF"));
    assert!(part.header("content-disposition").starts_with("attachment;"));
    assert_eq!(part.header("content-type"), "application/octet-stream");
    assert!(part.header("content-security-policy").contains("sandbox"));
    client.get(&format!("/mail/{id}/part/99")).await.is(404);
    let file = client.get(&format!("/mail/{id}.eml")).await;
    assert_eq!(file.bytes, site.store().await.bytes(id).await.unwrap().unwrap());
    let body = client.get(&format!("/mail/{id}/body")).await;
    body.has("src=\"data:image/png;base64,")
        .has("<a target=\"_blank\" rel=\"noopener noreferrer\"")
        .lacks("cid:");
    client.get(&format!("/mail/{id}/nonsense")).await.is(404);
    let short = &id.to_string()[..13];
    assert!(
        client
            .get(&format!("/mail/{short}"))
            .await
            .is(303)
            .header("location")
            .contains(&id.to_string())
    );
    // That somebody looked is written down, once.
    let log = client.get("/log").await;
    assert_eq!(log.body.matches("<td>look</td>").count(), 1);
}

#[tokio::test]
async fn a_secret_is_on_no_page() {
    let (site, mut client) = Site::new().await;
    let call =
        site.host.methods().get("account/password-reset").unwrap().sample("known-device").unwrap();
    let call = call
        .arg("reset_url", "https://shop.example.test/reset/s3cretw0rd")
        .unwrap()
        .to("ada@ok.test");
    let id = site.host.queue(&call).await.unwrap();
    for tab in ["timeline", "html", "text", "headers", "source", "attachments", "body"] {
        let page = client.get(&format!("/mail/{id}/{tab}")).await;
        page.is(200).lacks("s3cretw0rd");
    }
    client
        .get(&format!("/mail/{id}/html"))
        .await
        .has("There is a secret in this mail")
        .has("sample=known-device");
    client.get(&format!("/mail/{id}/timeline")).await.has("•••");
    client.get(&format!("/mail/{id}.eml")).await.is(404).lacks("s3cretw0rd");
    client.get(&format!("/mail/{id}/part/0")).await.is(404);
    client.get("/queue/all?q=s3cretw0rd").await.has("No mail matches");
    client.api("GET", &format!("/mails/{id}/raw"), "").await.is(404);
    client.api("GET", &format!("/mails/{id}"), "").await.is(200).lacks("s3cretw0rd");
}

#[tokio::test]
async fn a_page_can_show_no_content_at_all() {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let (site, mut client) = Site::with(folder, &location, Manage::hide_bodies).await;
    let id = site.queue("ada@ok.test").await;
    for tab in ["html", "text", "headers", "source", "attachments", "body"] {
        client.get(&format!("/mail/{id}/{tab}")).await.is(200).lacks("Moorhen");
    }
    client.get(&format!("/mail/{id}.eml")).await.is(404);
    client.api("GET", &format!("/mails/{id}/raw"), "").await.is(404);
    client.get(&format!("/mail/{id}/timeline")).await.is(200).lacks("Arguments").lacks("{\n");
    let shown = client.api("GET", &format!("/mails/{id}"), "").await.is(200).json();
    assert!(shown["arguments"].is_null() && shown["subject"] == "Welcome, Ada", "{shown}");
}

#[tokio::test]
async fn a_wiped_mail_says_so() {
    let (site, mut client) = Site::new().await;
    let id = site.queue("ada@ok.test").await;
    site.send().await;
    site.store().await.retain(-1, i64::MAX / 4).await.unwrap();
    for tab in ["html", "text", "source"] {
        client.get(&format!("/mail/{id}/{tab}")).await.is(200).has("The content was wiped");
    }
    client.get(&format!("/mail/{id}/timeline")).await.lacks(&format!("/{id}/resend"));
}

#[tokio::test]
async fn what_differs_from_today_is_told() {
    let (site, mut client) = Site::new().await;
    let id = site.queue("ada@ok.test").await;
    let page = client.get(&format!("/mail/{id}/timeline")).await;
    page.lacks("templates have changed");
    let file = site.folder.path().join("templates/account/welcome.txt.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("Your account", "Brand new words.\nYour account")).unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = client.get(&format!("/mail/{id}/timeline")).await;
    page.has("The templates have changed since").has("d-added").has("Brand new words.");
}

#[tokio::test]
async fn a_store_that_is_away_is_told_and_methods_still_work() {
    let folder = crate::support::folder();
    let missing = format!("sqlite:{}", folder.path().join("no/such/folder/mail.db").display());
    let (_site, mut client) = Site::with(folder, &missing, |page| page).await;
    for path in ["/overview", "/queue/all", "/routes", "/log", "/mail/0190000000/timeline"] {
        client.get(path).await.is(503).has("The queue cannot be reached").has("Mail methods");
    }
    client.get("/methods").await.is(200).has("orders/confirmation").has("never");
    client.get("/methods/orders.confirmation/test").await.is(200).has("HTML preview");
    client.get("/health").await.is(200).has("cannot be");
    client.get("/readyz").await.is(503);
    client.get("/healthz").await.is(200);
    client.api("GET", "/queue", "").await.is(503);
    let mut stream = client.stream("/events", &[]).await;
    heard(&mut stream, &["event: hello"]).await;
}

#[tokio::test]
async fn a_page_with_everything_weighs_little() {
    let (site, mut client) = Site::new().await;
    let calls: Vec<_> =
        (0..80).map(|n| welcome(&format!("somebody.{n}@greylist.example.test"))).collect();
    site.relay.rule(
        Rule::on(Verb::Rcpt)
            .reply("451 4.7.1 Greylisted by the relay, please come back in five minutes"),
    );
    site.host.queue_many(calls).await.unwrap();
    site.send().await;
    for path in ["/queue/deferred", "/overview", "/methods/orders.confirmation/test", "/methods"] {
        let page = client.get(path).await;
        let mut weight = page.bytes.len();
        for asset in page.values("href").into_iter().chain(page.values("src")) {
            if asset.contains("assets/") {
                weight += client.get(&crate::support::resolved(path, &asset)).await.bytes.len();
            }
        }
        assert!(weight <= 60_000, "{path} weighs {weight} octets");
    }
}
