//! The page for tests: a host with a store that is thrown away, a relay that misbehaves as told, and
//! a plain client without JavaScript.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use mailmethod::host::Settings;
use mailmethod::mailer::Retry;
use mailmethod::manage::{self, Hosts, Login, Manage};
use mailmethod::queue::{EntryId, Store};
use mailmethod::testing::FaultServer;
use mailmethod::{Call, MailHost};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

#[path = "memory.rs"]
mod memory;

pub(crate) use memory::folder;

/// The token of the API in tests.
pub(crate) const TOKEN: &str = "a-token-for-tests";

/// A host with a page on loopback.
pub(crate) struct Site {
    pub(crate) host: MailHost,
    pub(crate) relay: FaultServer,
    pub(crate) address: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
    server: JoinHandle<()>,
}

impl Site {
    /// The shop's methods, an SQLite store, a login of the page's own, development, the API on.
    pub(crate) async fn new() -> (Self, Client) {
        let folder = folder();
        let location = format!("sqlite:{}", folder.path().join("mail.db").display());
        Self::with(folder, &location, |page| page).await
    }

    /// The same with a store at this place, and a page that was changed.
    pub(crate) async fn with(
        folder: tempfile::TempDir,
        location: &str,
        change: impl FnOnce(Manage) -> Manage,
    ) -> (Self, Client) {
        let site = Self::host(folder, location).await;
        let login = Login::new(site.address.port());
        let link = login.link();
        let page = Manage::with_login(&site.host, login)
            .hosts(Hosts::loopback())
            .development()
            .testers(["@ok.test".parse().unwrap()])
            .api_token(TOKEN);
        let site = site.serve(change(page).router()).await;
        let mut client = Client::new(site.address);
        let answer = client.get(&format!("/{link}")).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        (site, client)
    }

    /// A host without a page yet.
    pub(crate) async fn host(folder: tempfile::TempDir, location: &str) -> Self {
        let templates = folder.path().join("templates");
        copy(Path::new("templates"), &templates);
        let relay = FaultServer::start().await.unwrap();
        let text = "base_url: https://shop.example.test\ntimezone: Europe/Berlin\n";
        let mut settings = Settings::parse("mailmethod.yaml", text, &|_| None).unwrap();
        settings.templates = templates;
        settings.set_adapter("default", relay.url());
        settings.set_store(location);
        let host = MailHost::builder().settings(settings).build().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        Self { host, relay, address, folder, server: tokio::spawn(async {}) }
    }

    /// Serves a router at the address of the site.
    pub(crate) async fn serve(mut self, router: axum::Router) -> Self {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.server = tokio::spawn(async move {
            manage::serve(listener, router, std::future::pending()).await.unwrap();
        });
        self
    }

    pub(crate) async fn store(&self) -> Store {
        self.host.store().await.unwrap()
    }

    /// A welcome mail in the queue.
    pub(crate) async fn queue(&self, to: &str) -> EntryId {
        self.host.queue(&welcome(to)).await.unwrap()
    }

    /// A welcome mail in the queue that is due in an hour.
    pub(crate) async fn queue_later(&self, to: &str) -> EntryId {
        self.host.queue(&welcome(to).after(Duration::from_secs(3_600))).await.unwrap()
    }

    /// Sends what is due.
    pub(crate) async fn send(&self) {
        let soon = Duration::from_millis(200);
        let retry = Retry { first: soon, longest: soon, greylisted: soon };
        self.host.mailer().retry(retry).drain(std::future::pending()).await.unwrap();
    }

    pub(crate) async fn state(&self, id: EntryId) -> &'static str {
        self.store().await.detail(id).await.unwrap().summary.state.as_str()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A welcome mail to somebody, which may be queued many times.
pub(crate) fn welcome(to: &str) -> Call {
    let call = Call::new("account/welcome").arg("name", "Ada").unwrap();
    call.arg("email", to).unwrap().key(uuid::Uuid::now_v7().to_string())
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in\n{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn lacks(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in\n{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The values of an attribute, in order, unescaped.
    pub(crate) fn values(&self, attribute: &str) -> Vec<String> {
        let begin = format!(" {attribute}=\"");
        let parts = self.body.split(&begin).skip(1);
        parts.map(|part| unescaped(part.split('"').next().unwrap())).collect()
    }

    /// The text of the page, without tags.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for part in self.body.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        }
        unescaped(&text)
    }
}

pub(crate) fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// A client that knows HTTP, cookies and forms, and no JavaScript.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    host: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookies: BTreeMap::new(),
            host: address.to_string(),
            headers: vec![("Sec-Fetch-Site".to_owned(), "same-origin".to_owned())],
        }
    }

    /// Without the headers that a browser sends of its own accord.
    pub(crate) fn plain(mut self) -> Self {
        self.headers.clear();
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_host(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    pub(crate) fn cookie(&self) -> (String, String) {
        let (name, value) = self.cookies.iter().next().unwrap();
        (name.clone(), value.clone())
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, &[], b"").await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = encoded(fields);
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.request("POST", path, &[kind], body.as_bytes()).await
    }

    /// Sends a form, and follows where it leads.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        self.follow(path, answer).await
    }

    pub(crate) async fn follow(&mut self, from: &str, answer: Answer) -> Answer {
        answer.is(303);
        let to = resolved(from, answer.header("location"));
        self.get(&to).await
    }

    /// Sends a form with files.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--BB\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        for (name, filename, content) in files {
            let part = format!(
                "--BB\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(part.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--BB--\r\n");
        let kind = ("Content-Type", "multipart/form-data; boundary=BB");
        self.request("POST", path, &[kind], &body).await
    }

    /// Calls the API.
    pub(crate) async fn api(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let token = format!("Bearer {TOKEN}");
        let mut headers = vec![("Authorization", token.as_str())];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        self.request(method, &format!("/api/v1{path}"), &headers, body.as_bytes()).await
    }

    pub(crate) async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(headers.iter().copied()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            head.push_str(&format!("Cookie: {}\r\n", pairs.join("; ")));
        }
        if method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses a large body closes before it has read all of it.
        drop(stream.write_all(body).await);
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer));
        drop(read.await.unwrap());
        let answer = parsed(&answer);
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Opens a stream that does not end.
    pub(crate) async fn stream(&self, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        let pairs: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        head.push_str(&format!("Cookie: {}\r\n", pairs.join("; ")));
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Where a link leads from a path.
pub(crate) fn resolved(from: &str, link: &str) -> String {
    let base = url::Url::parse("http://x.test").unwrap().join(from).unwrap();
    let to = base.join(link).unwrap();
    assert_eq!(to.host_str(), Some("x.test"), "{link} leads elsewhere");
    match to.query() {
        Some(query) => format!("{}?{query}", to.path()),
        None => to.path().to_owned(),
    }
}

fn parsed(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|octets| octets == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut bytes = answer[end + 4..].to_vec();
    if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
        bytes = unchunked(&bytes);
    }
    Answer { status, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|octets| octets == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..end]), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 4 + size..];
    }
    whole
}
