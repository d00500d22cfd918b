//! A tab of the browser, used as people use it: by the mouse and the keyboard, and by what is seen.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails like the test"
)]

use std::panic::Location;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::browser::{Browser, Event, Events, PATIENCE, browser, lock, watching};

/// How often a page is looked at, for what is waited for.
const GLANCE: Duration = Duration::from_millis(15);

/// A tab with cookies of its own; dropping it closes it.
#[derive(Debug)]
pub(crate) struct Tab {
    browser: &'static Browser,
    context: String,
    pub(crate) session: String,
    events: Events,
    origin: String,
}

impl Tab {
    /// An empty tab that knows a session of the page at `origin`; `None` without a browser.
    pub(crate) async fn open(origin: &str, cookie: Option<(String, String)>) -> Option<Self> {
        let browser = browser()?;
        let made = browser.command("", "Target.createBrowserContext", json!({})).await;
        let context = text(&made, "browserContextId");
        if let Some((name, value)) = cookie {
            let cookie = json!({ "name": name, "value": value, "url": origin, "httpOnly": true, "sameSite": "Strict" });
            let cookies = json!({ "cookies": [cookie], "browserContextId": context });
            browser.command("", "Storage.setCookies", cookies).await;
        }
        let page = json!({ "url": "about:blank", "browserContextId": context, "width": 1280, "height": 900 });
        let target = text(&browser.command("", "Target.createTarget", page).await, "targetId");
        let attach = json!({ "targetId": target, "flatten": true });
        let session =
            text(&browser.command("", "Target.attachToTarget", attach).await, "sessionId");
        let events = Events::default();
        browser.listen(&session, &events);
        let tab = Self { browser, context, session, events, origin: origin.to_owned() };
        for (method, data) in watching() {
            tab.command(method, data).await;
        }
        tab.command("Page.enable", json!({})).await;
        tab.command("Page.setLifecycleEventsEnabled", json!({ "enabled": true })).await;
        tab.command("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        tab.size(1280, 900).await;
        Some(tab)
    }

    #[track_caller]
    pub(crate) fn command(&self, method: &str, data: Value) -> impl Future<Output = Value> {
        self.browser.command(&self.session, method, data)
    }

    /// Goes to an address of the page, or anywhere, and waits until all of it is there.
    #[track_caller]
    pub(crate) fn go(&self, to: &str) -> impl Future<Output = ()> {
        let place = Location::caller();
        async move {
            let url =
                if to.starts_with('/') { format!("{}{to}", self.origin) } else { to.to_owned() };
            let answer = self.command("Page.navigate", json!({ "url": url })).await;
            assert!(answer.get("errorText").is_none(), "{place}: {url}: {answer}");
            let loader = answer["loaderId"].clone();
            let loaded = |event: &Event| {
                event.method == "Page.lifecycleEvent"
                    && event.data["name"] == "load"
                    && event.data["loaderId"] == loader
            };
            self.told(place, &format!("{url} is loaded"), loaded).await;
        }
    }

    /// What a piece of JavaScript gives.
    #[track_caller]
    pub(crate) fn ask(&self, script: &str) -> impl Future<Output = Value> {
        let place = Location::caller();
        async move {
            let answer = self.evaluated(&self.session, script).await;
            answer.unwrap_or_else(|error| panic!("{place}: {script}: {error}"))
        }
    }

    /// The same in the session of a frame.
    pub(crate) async fn evaluated(&self, session: &str, script: &str) -> Result<Value, String> {
        let data = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.browser.try_command(session, "Runtime.evaluate", data);
        // A frame that goes may owe its answer for ever.
        let patience = if session == self.session { PATIENCE } else { PATIENCE / 20 };
        let answer = tokio::time::timeout(patience, answer).await;
        let mut answer = answer.map_err(|late| late.to_string())??;
        match answer.get("exceptionDetails") {
            Some(details) => Err(details.to_string()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Waits until a condition in JavaScript holds.
    #[track_caller]
    pub(crate) fn until(&self, condition: &str) -> impl Future<Output = ()> {
        self.holds(Location::caller(), condition.to_owned())
    }

    /// Waits until these words can be read on the page.
    #[track_caller]
    pub(crate) fn shows(&self, words: &str) -> impl Future<Output = ()> {
        let condition = format!("document.body?.innerText.includes({})", json!(words));
        self.holds(Location::caller(), condition)
    }

    /// Waits until there is something for a selector.
    #[track_caller]
    pub(crate) fn finds(&self, selector: &str) -> impl Future<Output = ()> {
        let condition = format!("document.querySelector({})", json!(selector));
        self.holds(Location::caller(), condition)
    }

    async fn holds(&self, place: &'static Location<'static>, condition: String) {
        let end = Instant::now() + PATIENCE;
        let script = format!("Boolean({condition})");
        // While a page goes and another comes there may be nobody to ask.
        while self.evaluated(&self.session, &script).await != Ok(json!(true)) {
            if Instant::now() > end {
                let seen = "location.href + '\\n' + document.body.innerText";
                let seen = self.evaluated(&self.session, seen).await.unwrap_or_default();
                panic!(
                    "{place}: it never came to {condition}\n{}",
                    seen.as_str().unwrap_or_default()
                );
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until the browser has told something.
    pub(crate) async fn told(&self, place: &Location<'_>, what: &str, is: impl Fn(&Event) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !lock(&self.events).iter().any(&is) {
            assert!(Instant::now() < end, "{place}: it never came to this: {what}");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// All that was told so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        lock(&self.events).clone()
    }

    pub(crate) fn forget(&self) {
        lock(&self.events).clear();
    }

    /// The sessions of the tab and of the frames in it that have processes of their own.
    pub(crate) fn sessions(&self) -> Vec<String> {
        let mut sessions = vec![self.session.clone()];
        for event in self.events() {
            match event.method.as_str() {
                "Target.attachedToTarget" => sessions.push(text(&event.data, "sessionId")),
                "Target.detachedFromTarget" => {
                    let gone = text(&event.data, "sessionId");
                    sessions.retain(|session| *session != gone);
                }
                _ => {}
            }
        }
        sessions
    }

    /// The session of the first frame in which a condition holds, which is waited for.
    #[track_caller]
    pub(crate) fn frame(&self, condition: &str) -> impl Future<Output = String> {
        let place = Location::caller();
        async move {
            let end = Instant::now() + PATIENCE;
            loop {
                for session in self.sessions().into_iter().skip(1) {
                    let held = self.evaluated(&session, &format!("Boolean({condition})")).await;
                    if held == Ok(json!(true)) {
                        return session;
                    }
                }
                assert!(Instant::now() < end, "{place}: it never came to {condition} in a frame");
                tokio::time::sleep(GLANCE).await;
            }
        }
    }

    /// Presses the mouse on the middle of something, which must be what is seen there.
    #[track_caller]
    pub(crate) fn click(&self, selector: &str) -> impl Future<Output = ()> {
        self.click_with(selector, 0)
    }

    /// The same while keys are held: 8 is Shift.
    #[track_caller]
    pub(crate) fn click_with(&self, selector: &str, keys: u8) -> impl Future<Output = ()> {
        let place = Location::caller();
        async move {
            let script = format!(
                "(() => {{ const one = document.querySelector({}); if (!one) return 'is not there'; \
                 one.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
                 const r = one.getClientRects()[0]; if (!r) return 'is not seen'; \
                 const [x, y] = [r.left + r.width / 2, r.top + r.height / 2]; \
                 const top = document.elementFromPoint(x, y); \
                 if (!top || !(one.contains(top) || top.contains(one))) return 'is under ' + top?.outerHTML; \
                 return [x, y]; }})()",
                json!(selector)
            );
            let end = Instant::now() + PATIENCE;
            let at = loop {
                let at = self.evaluated(&self.session, &script).await.unwrap_or_default();
                if at.is_array() {
                    break at;
                }
                assert!(Instant::now() < end, "{place}: {selector} {at}");
                tokio::time::sleep(GLANCE).await;
            };
            for kind in ["mousePressed", "mouseReleased"] {
                let event = json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1, "modifiers": keys });
                self.command("Input.dispatchMouseEvent", event).await;
            }
        }
    }

    /// Types into a field in the place of what is there.
    pub(crate) async fn fill(&self, selector: &str, value: &str) {
        self.click(selector).await;
        self.ask(&format!("document.querySelector({}).select()", json!(selector))).await;
        if value.is_empty() {
            self.key("Delete").await;
        } else {
            self.command("Input.insertText", json!({ "text": value })).await;
        }
    }

    /// Sets a field that is no text, such as a date, as its picker does.
    pub(crate) async fn set(&self, selector: &str, value: &str) {
        let script = format!(
            "(() => {{ const one = document.querySelector({}); one.value = {}; \
             one.dispatchEvent(new Event('input', {{ bubbles: true }})); \
             one.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()",
            json!(selector),
            json!(value)
        );
        self.ask(&script).await;
    }

    /// Presses a key: a letter, or the name of one.
    pub(crate) async fn key(&self, key: &str) {
        self.key_with(key, 0).await;
    }

    /// The same while keys are held: 2 is Ctrl, 8 is Shift.
    pub(crate) async fn key_with(&self, key: &str, held: u8) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            " " => 32,
            "Delete" => 46,
            "ArrowDown" => 40,
            _ => u32::from(key.to_ascii_uppercase().bytes().next().unwrap()),
        };
        let typed = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 && held & 2 == 0 => key,
            _ => "",
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { typed } else { "" };
            let event = json!({
                "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code, "modifiers": held
            });
            self.command("Input.dispatchKeyEvent", event).await;
        }
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// Light or dark, as the system of whoever looks.
    pub(crate) async fn theme(&self, theme: &str) {
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.command("Emulation.setEmulatedMedia", media).await;
    }

    /// A picture of what is seen, as PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let answer = self.command("Page.captureScreenshot", json!({ "format": "png" })).await;
        base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// What a browser complains about: errors of scripts and files, and broken policies.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let complaint = |event: &Event| match event.method.as_str() {
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => {
                matches!(event.data["type"].as_str(), Some("error" | "warning" | "assert"))
            }
            "Log.entryAdded" => {
                matches!(event.data["entry"]["level"].as_str(), Some("error" | "warning"))
            }
            "Audits.issueAdded" => event.data["issue"]["code"] == "ContentSecurityPolicyIssue",
            _ => false,
        };
        self.events()
            .iter()
            .filter(|event| complaint(event))
            .map(|event| event.data.to_string())
            .collect()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.browser.leave(&self.events, &self.context);
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("there is no {name} in {value}")).to_owned()
}
