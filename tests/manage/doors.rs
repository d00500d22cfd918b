//! Who may come in, from where, and what they may do.

use mailmethod::MailHost;
use mailmethod::manage::{self, Access, Hosts, Login, Manage, Permission, Visitor};

use crate::support::{Client, Site, TOKEN};

/// Pages that everybody who is in may look at.
const PAGES: [&str; 17] = [
    "/overview",
    "/queue/outgoing",
    "/queue/all",
    "/queue/dead?q=to:@x.test",
    "/methods",
    "/methods?view=gallery",
    "/methods/orders.confirmation/test",
    "/methods/orders.confirmation/test?-part=text",
    "/methods/orders.confirmation/previews",
    "/methods/orders.confirmation/source",
    "/methods/orders.confirmation/golden",
    "/methods/orders.confirmation/body",
    "/routes",
    "/log",
    "/health",
    "/metrics",
    "/queue/rows?id=01900000-0000-7000-8000-000000000000",
];

#[tokio::test]
async fn nothing_is_shown_to_a_stranger() {
    let (site, mut client) = Site::new().await;
    let id = site.queue("ada@ok.test").await;
    let mut stranger = Client::new(site.address);
    let own =
        [format!("/mail/{id}/timeline"), format!("/mail/{id}/body"), format!("/mail/{id}.eml")];
    for path in PAGES.iter().map(ToString::to_string).chain(own) {
        let path = path.as_str();
        client.get(path).await.is(200);
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        answer.lacks("ada@ok.test").lacks("orders/confirmation");
        assert!(!answer.header("content-security-policy").is_empty(), "{path}");
    }
    for path in ["/", "/events", "/queue", "/login"] {
        stranger.get(path).await.is(401);
    }
    for action in ["hold", "cancel", "retry", "delete", "resend", "redirect"] {
        stranger.post(&format!("/mail/{id}/{action}"), &[("confirm", "yes")]).await.is(401);
    }
    assert_eq!(site.state(id).await, "queued");
}

#[tokio::test]
async fn what_machines_ask_needs_no_login_and_tells_nothing() {
    let (site, _client) = Site::new().await;
    let mut stranger = Client::new(site.address);
    assert_eq!(stranger.get("/healthz").await.is(200).body, "ok\n");
    assert_eq!(stranger.get("/readyz").await.is(200).body, "ok\n");
    let mut machine = stranger.with("Authorization", &format!("Bearer {TOKEN}"));
    machine.get("/metrics").await.is(200).has("mailmethod_entries{view=\"outgoing\"} 0");
    machine.get("/overview").await.is(401);
}

#[tokio::test]
async fn the_link_opens_the_page_once() {
    let host = MailHost::builder()
        .methods(mailmethod::MailMethods::from_embedded::<String, String>([]).unwrap());
    let host = host.build().unwrap();
    let login = Login::new(1);
    let link = format!("/{}", login.link());
    let site = Site::host(crate::support::folder(), "sqlite:unused.db").await;
    let site = site.serve(Manage::with_login(&host, login).router()).await;
    let mut first = Client::new(site.address);
    // A program that checks links does not use this one up.
    first.request("HEAD", &link, &[], b"").await.is(401);
    let answer = first.get(&link).await;
    answer.is(303);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    first.get("/methods").await.is(200);
    let mut second = Client::new(site.address);
    second.get(&link).await.is(410).has("used up");
    second.get("/login?once=x").await.is(403);
    second.get("/methods").await.is(401);
    first.post("/logout", &[]).await.is(303);
    first.get("/methods").await.is(401);
}

#[tokio::test]
async fn another_name_of_the_machine_is_refused() {
    let (site, client) = Site::new().await;
    let port = site.address.port();
    for host in ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:80", "", "10.0.0.1"] {
        let mut foreign = client.clone().with_host(host);
        foreign.get("/overview").await.is(421).lacks("orders");
        foreign.api("GET", "/methods", "").await.is(421);
        foreign.get("/healthz").await.is(421);
    }
    for host in [format!("localhost:{port}"), "127.0.0.1".to_owned(), format!("[::1]:{port}")] {
        client.clone().with_host(&host).get("/overview").await.is(200);
    }
}

#[tokio::test]
async fn what_changes_something_comes_from_the_page_itself() {
    let (site, client) = Site::new().await;
    let id = site.queue_later("ada@ok.test").await;
    let own = format!("http://{}", site.address);
    let hold = format!("/mail/{id}/hold");
    let plain = || client.clone().plain();
    for mut foreign in [
        plain().with("Origin", "http://evil.test"),
        plain().with("Origin", "http://evil.test").with("Sec-Fetch-Site", "cross-site"),
        plain().with("Origin", "null"),
        plain().with("Origin", "http://localhost:1"),
        plain().with("Sec-Fetch-Site", "same-site"),
        plain().with("Sec-Fetch-Site", "none"),
        plain().with("Sec-Fetch-Site", "cross-site").with("Origin", &own),
        plain(),
    ] {
        let answer = foreign.post(&hold, &[]).await;
        answer.is(403).has("Nothing was");
        foreign.post("/queue/bulk", &[("action", "hold"), ("id", &id.to_string())]).await.is(403);
        foreign
            .upload("/methods/account.welcome/send-test", &[("-to", "ada@ok.test")], &[])
            .await
            .is(403);
        foreign.post("/theme", &[("theme", "dark")]).await.is(403);
    }
    assert_eq!(site.state(id).await, "queued");
    assert!(site.relay.taken().is_empty());
    plain().with("Origin", &own).post(&hold, &[]).await.is(303);
    assert_eq!(site.state(id).await, "held");
}

#[tokio::test]
async fn a_browser_that_says_nothing_proves_itself_by_what_the_form_holds() {
    let (site, client) = Site::new().await;
    let id = site.queue_later("ada@ok.test").await;
    let mut lynx = client.plain();
    let page = lynx.get(&format!("/mail/{id}/timeline")).await;
    let proof =
        page.body.split("name=\"proof\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    lynx.post(&format!("/mail/{id}/hold"), &[("proof", "wrong")]).await.is(403);
    lynx.post(&format!("/mail/{id}/hold"), &[("proof", proof)]).await.is(303);
    assert_eq!(site.state(id).await, "held");
}

#[tokio::test]
async fn a_link_does_nothing() {
    let (site, mut client) = Site::new().await;
    let id = site.queue_later("ada@ok.test").await;
    for action in
        ["retry", "hold", "release", "cancel", "delete", "mark-sent", "resend", "redirect"]
    {
        let answer = client.get(&format!("/mail/{id}/{action}")).await;
        assert!(matches!(answer.status, 404 | 405), "{action}: {}", answer.status);
    }
    for path in [
        "/queue/bulk",
        "/theme",
        "/logout",
        "/routes/default/pause",
        "/methods/account.welcome/send-test",
        "/methods/account.welcome/samples",
    ] {
        let answer = client.get(path).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
    }
    assert_eq!(site.state(id).await, "queued");
}

/// A page for whoever the header `x-user` names.
async fn embedded(prefix: &str) -> (Site, Client) {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let site = Site::host(folder, &location).await;
    let page = manage::router(&site.host, |request: &manage::Parts| {
        match request.headers.get("x-user").and_then(|name| name.to_str().ok()) {
            Some("root") => Visitor::new("root", Access::Full),
            Some("reader") => Visitor::new("reader", Access::ReadOnly),
            Some("support") => {
                Visitor::new("support", Access::Only(vec![Permission::Hold, Permission::Release]))
            }
            _ => Access::Deny.into(),
        }
    });
    let router = if prefix.is_empty() { page } else { axum::Router::new().nest(prefix, page) };
    let site = site.serve(router).await;
    let client = Client::new(site.address);
    (site, client)
}

#[tokio::test]
async fn an_application_says_who_may_do_what() {
    let (site, client) = embedded("").await;
    let id = site.queue_later("ada@ok.test").await;
    let page = format!("/mail/{id}/timeline");
    client.clone().get(&page).await.is(403).lacks("ada@ok.test");

    let mut reader = client.clone().with("x-user", "reader");
    let shown = reader.get(&page).await;
    shown.is(200).has("ada@ok.test").lacks(&format!("/{id}/hold")).lacks(&format!("/{id}/cancel"));
    reader.get("/queue/all").await.is(200).lacks("name=\"action\"");
    for action in ["hold", "cancel", "retry", "delete", "resend", "redirect"] {
        reader
            .post(&format!("/mail/{id}/{action}"), &[("confirm", "yes"), ("to", "b@ok.test")])
            .await
            .is(403);
    }
    reader.post("/queue/bulk", &[("action", "hold"), ("id", &id.to_string())]).await.is(403);
    reader.post("/routes/default/pause", &[]).await.is(403);
    reader.post("/methods/account.welcome/send-test", &[("-to", "a@ok.test")]).await.is(403);
    assert_eq!(site.state(id).await, "queued");

    let mut support = client.clone().with("x-user", "support");
    support.get(&page).await.is(200).has(&format!("/{id}/hold")).lacks(&format!("/{id}/cancel"));
    support.post(&format!("/mail/{id}/hold"), &[]).await.is(303);
    support.post(&format!("/mail/{id}/cancel"), &[("confirm", "yes")]).await.is(403);
    support.post(&format!("/mail/{id}/release"), &[]).await.is(303);

    let mut root = client.with("x-user", "root");
    root.post(&format!("/mail/{id}/cancel"), &[("confirm", "yes")]).await.is(303);
    assert_eq!(site.state(id).await, "cancelled");
    root.get("/log").await.has("support").has("root").has("release").has("cancel");
    root.get("/login?once=x").await.is(404);
}

#[tokio::test]
async fn the_page_is_mounted_anywhere() {
    let (site, client) = embedded("/admin/mail").await;
    site.queue_later("ada@ok.test").await;
    let mut root = client.with("x-user", "root");
    let answer = root.get("/admin/mail").await;
    let page = root.follow("/admin/mail", answer).await;
    page.is(200).has("Needs somebody");
    crawl(&mut root, "/admin/mail/overview", "/admin/mail/").await;
    let id = site.queue_later("bob@ok.test").await;
    let held = root.submit(&format!("/admin/mail/mail/{id}/hold"), &[]).await;
    held.is(200).has("It is held.");
    root.post(&format!("/mail/{id}/release"), &[]).await.is(404);
    root.plain().post(&format!("/admin/mail/mail/{id}/release"), &[]).await.is(403);
    assert_eq!(site.state(id).await, "held");
}

#[tokio::test]
async fn the_api_is_mounted_with_the_page() {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let site = Site::host(folder, &location).await;
    let page = Manage::new(&site.host, |_: &manage::Parts| Access::Deny).api_token(TOKEN);
    let site = site.serve(axum::Router::new().nest("/mail", page.router())).await;
    let mut client = Client::new(site.address).plain();
    let token = format!("Bearer {TOKEN}");
    let token = [("Authorization", token.as_str())];
    let methods = client.request("GET", "/mail/api/v1/methods", &token, b"").await;
    methods.is(200).has("orders/confirmation");
    client.request("GET", "/mail/api/v1/methods", &[], b"").await.is(401);
    // The token is for programs: it opens no page.
    client.request("GET", "/mail/methods", &token, b"").await.is(403);
    client.request("POST", "/mail/routes/default/pause", &token, b"").await.is(403);
    client.request("GET", "/api/v1/methods", &token, b"").await.is(404);
}

#[tokio::test]
async fn every_link_of_every_page_leads_somewhere() {
    let (site, mut client) = Site::new().await;
    for to in ["ada@ok.test", "bob@ok.test"] {
        site.queue(to).await;
    }
    site.send().await;
    site.queue_later("ada@ok.test").await;
    let seen = crawl(&mut client, "/", "/").await;
    assert!(seen > 60, "{seen} pages were seen");
}

/// Follows all links of a page, and of the pages behind them; gives how many there are.
async fn crawl(client: &mut Client, start: &str, inside: &str) -> usize {
    let mut queue = vec![start.to_owned()];
    let mut seen = std::collections::BTreeSet::from([start.to_owned()]);
    while let Some(path) = queue.pop() {
        let answer = client.get(&path).await;
        assert!(answer.status < 400, "{path}: {} {}", answer.status, answer.text());
        if answer.status == 303 {
            queue.push(crate::support::resolved(&path, answer.header("location")));
            continue;
        }
        if !answer.header("content-type").starts_with("text/html") || path.contains("/body") {
            continue;
        }
        for link in answer.values("href").into_iter().chain(answer.values("src")) {
            if let Some(place) = link.strip_prefix('#') {
                assert!(answer.body.contains(&format!("id=\"{place}\"")), "{path}: {link}");
                continue;
            }
            let to = crate::support::resolved(&path, &link);
            assert!(to.starts_with(inside), "{path}: {link}");
            if seen.len() < 400 && seen.insert(to.clone()) {
                queue.push(to);
            }
        }
    }
    seen.len()
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do() {
    let (site, mut client) = Site::new().await;
    let id = site.queue("ada@ok.test").await;
    for path in PAGES {
        let answer = client.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        if !path.ends_with("/body") {
            assert!(policy.contains("script-src 'self'; style-src 'self'"), "{path}: {policy}");
            for inline in ["<script>", " style=\"", " onload=", " onclick=", "javascript:"] {
                answer.lacks(inline);
            }
            // Nothing is loaded from elsewhere: what a page loads has a path of its own.
            for link in answer.values("src").into_iter().chain(answer.values("href")) {
                crate::support::resolved(path, &link);
            }
        }
    }
    // Whatever becomes of it, a body is sealed.
    let unknown = "01900000-0000-7000-8000-000000000000";
    let mut stranger = Client::new(site.address);
    for (answer, status) in [
        (client.get(&format!("/mail/{id}/body")).await, 200),
        (client.get(&format!("/mail/{unknown}/body")).await, 404),
        (client.get("/mail/zzz/body").await, 404),
        (client.get("/methods/no.such/body").await, 404),
        (client.get("/methods/account.welcome/body?name=").await, 200),
        (stranger.get(&format!("/mail/{id}/body")).await, 401),
        (client.clone().with_host("evil.test").get(&format!("/mail/{id}/body")).await, 421),
    ] {
        answer.is(status);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("sandbox allow-popups") && !policy.contains("allow-scripts"),
            "{policy}"
        );
        assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_named_by_their_content() {
    let (_site, mut client) = Site::new().await;
    let page = client.get("/overview").await;
    let style = page.values("href").into_iter().find(|link| link.ends_with(".css")).unwrap();
    let script = page.values("src").into_iter().find(|link| link.ends_with(".js")).unwrap();
    for asset in [style, script] {
        let answer = client.get(&crate::support::resolved("/overview", &asset)).await;
        answer.is(200);
        assert!(answer.header("cache-control").contains("immutable"));
    }
    client.get("/assets/page.css").await.is(404);
    client.get("/assets/../../etc/passwd").await.is(404);
}

#[tokio::test]
async fn a_theme_is_remembered_and_leads_back_only_to_the_page() {
    let (_site, mut client) = Site::new().await;
    let answer = client.post("/theme", &[("theme", "dark"), ("back", "queue/all?q=x")]).await;
    assert_eq!(answer.is(303).header("location"), "./queue/all?q=x");
    client.get("/overview").await.has("data-theme=\"dark\"");
    let answer = client.post("/theme", &[("theme", "auto"), ("back", "//evil.test/")]).await;
    assert_eq!(answer.is(303).header("location"), "./");
    client.get("/overview").await.lacks("data-theme");
}

#[tokio::test]
async fn hosts_may_be_named_and_an_application_may_take_any() {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let named = |page: Manage| page.hosts(Hosts::loopback().and(["mail.shop.test"]));
    let (_site, client) = Site::with(folder, &location, named).await;
    client.clone().with_host("mail.shop.test").get("/overview").await.is(200);
    client.with_host("other.shop.test").get("/overview").await.is(421);
    let (_site, client) = embedded("").await;
    client.with("x-user", "reader").with_host("any.test").get("/overview").await.is(200);
}
