//! Hostile mail: it can be read, and neither runs, nor fetches, nor leads the page away.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mailmethod::Call;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::browser::{PATIENCE, lock};
use crate::support::Site;
use crate::tab::Tab;

const MAIL: &str = include_str!("hostile.html");
/// What defines the function that the mail calls where it can: where nothing guards it, it says so.
const RAN: &str = "<script>var ran = (name) => { window.hurt = true; document.documentElement.dataset.hurt = name; console.log('ran ' + name); fetch('EVIL/ran-' + name); };</script>";

/// A server that nobody should come to; it knows who came, also who only opened a connection.
struct Evil {
    address: SocketAddr,
    came: Arc<Mutex<BTreeSet<String>>>,
}

impl Evil {
    /// It answers all with nothing, but for `/`: there is the page.
    async fn new(page: impl FnOnce(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::<Mutex<BTreeSet<String>>>::default();
        let (seen, page) = (Arc::clone(&came), Arc::new(page(&format!("http://{address}"))));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, page) = (Arc::clone(&seen), Arc::clone(&page));
                tokio::spawn(async move {
                    lock(&seen).insert("a connection".to_owned());
                    let mut octets = [0; 4_096];
                    let length = stream.read(&mut octets).await.unwrap_or_default();
                    let head = String::from_utf8_lossy(&octets[..length]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    lock(&seen).insert(path.trim_start_matches('/').to_owned());
                    let body = if path == "/" { page.as_str() } else { "" };
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    drop(stream.write_all(answer.as_bytes()).await);
                });
            }
        });
        Self { address, came }
    }

    fn came(&self) -> BTreeSet<String> {
        lock(&self.came).clone()
    }
}

/// A site with a method whose mail is hostile.
async fn site(evil: &Evil) -> (Site, (String, String)) {
    let folder = crate::support::folder();
    let methods = folder.path().join("templates/evil");
    std::fs::create_dir_all(&methods).unwrap();
    let definition = "arguments:\n  email: address\nheaders:\n  from: Evil <evil@evil.test>\n  to: \"{{ email }}\"\n  subject: \"<script>ran('subject')</script>\"\nsamples:\n  first: { email: ada@ok.test }\n";
    std::fs::write(methods.join("hostile.yaml"), definition).unwrap();
    let mail = format!("{}{MAIL}", RAN).replace("EVIL", &format!("http://{}", evil.address));
    let mail = format!("{{% raw %}}{mail}{{% endraw %}}");
    std::fs::write(methods.join("hostile.html.j2"), mail).unwrap();
    std::fs::write(methods.join("hostile.txt.j2"), "<script>ran('text')</script>").unwrap();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let (site, client) = Site::with(folder, &location, |page| page).await;
    (site, client.cookie())
}

/// Nothing ran in any frame, and no request left for anywhere but the page itself.
async fn harmless(tab: &Tab, site: &Site, evil: &Evil, place: &str) {
    assert_eq!(evil.came(), BTreeSet::new(), "{place}: requests left");
    let events = tab.events();
    let of = |name: &'static str| events.iter().filter(move |event| event.method == name);
    let said: Vec<_> = of("Runtime.consoleAPICalled")
        .filter(|event| event.data.to_string().contains("\"ran "))
        .collect();
    assert!(said.is_empty(), "{place}: {said:?}");
    let blocked: Vec<_> = of("Network.loadingFailed")
        .filter(|event| event.data["blockedReason"].is_string())
        .map(|event| &event.data["requestId"])
        .collect();
    let own = format!("http://{}/", site.address);
    for request in of("Network.requestWillBeSent") {
        let url = request.data["request"]["url"].as_str().unwrap();
        let stays = url.starts_with(&own) || url.starts_with("data:");
        assert!(stays || blocked.contains(&&request.data["requestId"]), "{place}: {url}");
    }
    let hurt = "Boolean(window.hurt || document.documentElement.dataset.hurt)";
    for session in tab.sessions() {
        // A frame that is gone can be asked nothing any more.
        let ran = tab.evaluated(&session, hurt).await;
        assert_ne!(ran, Ok(json!(true)), "{place}: a script ran");
    }
}

#[tokio::test]
async fn hostile_mail_runs_nothing_and_reaches_nobody_framed_or_opened_directly() {
    let evil = Evil::new(|_| String::new()).await;
    let (site, cookie) = site(&evil).await;
    let origin = format!("http://{}", site.address);
    let Some(tab) = Tab::open(&origin, Some(cookie)).await else { return };
    let call = Call::new("evil/hostile").arg("email", "ada@ok.test").unwrap();
    let id = site.host.queue(&call.after(Duration::from_secs(3_600))).await.unwrap();

    for path in [format!("/mail/{id}/html"), "/methods/evil.hostile/test".to_owned()] {
        tab.forget();
        tab.go(&path).await;
        let ready = "document.readyState === 'complete' && document.querySelector('#marker')";
        let seen = "document.querySelector('#marker')?.innerText + document.querySelector('#data').naturalWidth + getComputedStyle(document.body).color";
        // A frame of the page before may be found first, and be gone a moment later.
        let read = loop {
            let frame = tab.frame(ready).await;
            if let Ok(read) = tab.evaluated(&frame, seen).await {
                break read;
            }
        };
        // What is no danger is shown: its text, its styles, its data images.
        assert_eq!(
            read, "This mail is hostile, and its text can be read.1rgb(0, 102, 68)",
            "{path}"
        );
        assert_eq!(tab.ask("location.origin").await, json!(origin), "{path}");
        harmless(&tab, &site, &evil, &path).await;
    }
    for path in [format!("/mail/{id}/body"), "/methods/evil.hostile/body?sample=first".to_owned()] {
        tab.forget();
        tab.go(&path).await;
        tab.shows("This mail is hostile").await;
        for link in ["#script-link", "#data-link", "#steal"] {
            tab.ask(&format!("document.querySelector('{link}').click()")).await;
        }
        assert_eq!(tab.ask("self.origin").await, "null", "{path} has an origin");
        assert_eq!(tab.ask("location.pathname + location.search").await, json!(path));
        harmless(&tab, &site, &evil, &path).await;
    }
    for part in ["text", "headers", "source", "attachments", "timeline"] {
        tab.go(&format!("/mail/{id}/{part}")).await;
        harmless(&tab, &site, &evil, part).await;
    }
    // The same mail where nothing guards it is the measure: it runs, and fetches by every way. What
    // leads the whole page away comes after the rest.
    let other = Tab::open(&origin, None).await.unwrap();
    let stays = MAIL.replace("http-equiv=\"refresh\"", "").replace("top.location = ", "void ");
    unguarded(&other, &stays, &WAYS).await;
    unguarded(&other, MAIL.split("<link").next().unwrap(), &["meta-refresh"]).await;
    // By now all that the guarded mail had in mind would have happened too.
    harmless(&tab, &site, &evil, "at the end").await;
}

/// What the mail fetches where it can.
const WAYS: [&str; 38] = [
    "base/relative-to-base",
    "body-background",
    "css-background",
    "css-border",
    "css-content",
    "css-font",
    "css-image-set",
    "css-import",
    "css-mask",
    "embed",
    "fetch",
    "iframe",
    "img",
    "img-srcset",
    "input-image",
    "link-prefetch",
    "link-preload",
    "link-stylesheet",
    "math-img",
    "module",
    "object",
    "picture",
    "poster",
    "ran-onerror",
    "ran-onload",
    "ran-ontoggle",
    "ran-script",
    "ran-svg-script",
    "script-src",
    "shadow",
    "srcdoc-img",
    "style-background",
    "svg-image",
    "table-background",
    "video",
    "written",
    "websocket",
    "beacon",
];

/// Shows a mail with nothing around it, and waits until it has fetched all of this.
async fn unguarded(tab: &Tab, mail: &str, ways: &[&str]) {
    let evil = Evil::new(|own| format!("{RAN}{mail}").replace("EVIL", own)).await;
    let url = format!("http://{}/", evil.address);
    tab.command("Page.navigate", json!({ "url": url })).await;
    let end = Instant::now() + PATIENCE;
    loop {
        let came = evil.came();
        let missing: Vec<_> = ways.iter().filter(|way| !came.contains(**way)).collect();
        if missing.is_empty() {
            return;
        }
        assert!(Instant::now() < end, "{missing:?} never came, but {came:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
