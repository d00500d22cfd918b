//! The settings: the file `mailmethod.yaml`, the variables, and what is the default.
//!
//! A flag wins over a variable, a variable over the file, the file over the
//! default. `${NAME}` in a value is a variable, `${NAME:-default}` has a default;
//! a variable that is not set is an error when the value is needed, so that a
//! preview needs no password.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::adapter::{AllowRule, Policy};
use crate::message::{Address, Limits};
use crate::render;
use crate::source::{Document, Finding, Findings, Node, Part, Path, Reader, Severity};
use crate::unsubscribe::{Unsubscribe, UnsubscribeError};

/// The name of the settings file where none is given.
pub const DEFAULT_FILE: &str = "mailmethod.yaml";

/// The keys of the file.
const KEYS: [&str; 11] = [
    "templates",
    "base_url",
    "timezone",
    "locale",
    "adapters",
    "store",
    "redirect",
    "allow",
    "limits",
    "queue",
    "unsubscribe",
];

/// The keys of `queue`.
const QUEUE: [&str; 5] = ["every", "window", "undeliverable", "wipe_after", "purge_after"];

/// The keys of `limits`.
const LIMITS: [&str; 6] = ["recipients", "message", "attachments", "fuel", "output", "recursion"];

/// The keys of `unsubscribe`.
const UNSUBSCRIBE: [&str; 4] = ["url", "key", "mailto", "expires"];

/// Gives the value of a variable of the environment.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// All settings of an application, checked.
///
/// # Examples
///
/// ```
/// use mailmethod::host::Settings;
///
/// let file = "base_url: https://shop.example.test\nadapters: { default: 'smtp://${RELAY:-localhost}:2525' }";
/// let settings = Settings::parse("mailmethod.yaml", file, &|_| None)?;
/// assert_eq!(settings.adapter_url("default")?.as_deref(), Some("smtp://localhost:2525"));
/// assert_eq!(settings.templates.to_str(), Some("templates"));
/// # Ok::<(), mailmethod::source::Findings>(())
/// ```
#[derive(Clone)]
pub struct Settings {
    /// The folder of the mail methods. Default `templates`.
    pub templates: PathBuf,
    /// What all renderings share.
    pub rendering: render::Settings,
    /// The limits of a message.
    pub limits: Limits,
    /// Where mail may go.
    pub policy: Policy,
    /// How mailers work.
    pub queue: QueueSettings,
    adapters: BTreeMap<String, UrlRule>,
    store: Option<UrlRule>,
    /// Why the key of `unsubscribe` is not there.
    unsubscribe_key: Option<Finding>,
}

/// How mailers work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// How often a mailer looks for due mail by itself. Default: 1 minute.
    pub every: Duration,
    /// How many mails of a connection may be past the gate without a durable outcome, 1 to 100.
    /// `None`: 1, for bulk mail 8.
    pub window: Option<usize>,
    /// Whether mail that is refused for good is deleted. Default: it is kept.
    pub delete_undeliverable: bool,
    /// How long after its end the content of a mail is wiped. Default: 7 days.
    pub wipe_after: Duration,
    /// How long after its end a mail is forgotten. Default: 90 days.
    pub purge_after: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
            window: None,
            delete_undeliverable: false,
            wipe_after: Duration::from_secs(7 * 86_400),
            purge_after: Duration::from_secs(90 * 86_400),
        }
    }
}

/// Where the queue is, if nobody says.
pub const DEFAULT_STORE: &str = "sqlite:mailmethod.db";

/// A URL, or why there is none.
#[derive(Clone)]
enum UrlRule {
    Url(String),
    Wrong(Finding),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            templates: PathBuf::from("templates"),
            rendering: render::Settings::default(),
            limits: Limits::default(),
            policy: Policy::default(),
            queue: QueueSettings::default(),
            adapters: BTreeMap::new(),
            store: None,
            unsubscribe_key: None,
        }
    }
}

impl Settings {
    /// Reads a settings file and the variables of the process.
    ///
    /// A missing file named `mailmethod.yaml` is no error: everything has a default.
    ///
    /// # Errors
    ///
    /// [`Findings`] with all that is wrong in the file.
    pub fn read(file: impl AsRef<FilePath>) -> Result<Self, Findings> {
        Self::read_with(file, &|name| std::env::var(name).ok())
    }

    /// Reads a settings file, with the given variables.
    ///
    /// # Errors
    ///
    /// As [`Settings::read`].
    pub fn read_with(
        file: impl AsRef<FilePath>,
        variables: Variables<'_>,
    ) -> Result<Self, Findings> {
        let file = file.as_ref();
        let shown = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(&shown, &text, variables),
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound
                    && file.file_name().is_some_and(|name| name == DEFAULT_FILE) =>
            {
                let mut settings = Self::default();
                settings.variables(variables);
                Ok(settings)
            }
            Err(error) => {
                let message = format!("the settings cannot be read: {error}");
                Err(Findings(vec![Finding::error("settings", message).in_file(shown)]))
            }
        }
    }

    /// Reads the text of a settings file, with the given variables; `file` is its name in findings.
    ///
    /// # Errors
    ///
    /// [`Findings`] with all that is wrong in it.
    pub fn parse(file: &str, text: &str, variables: Variables<'_>) -> Result<Self, Findings> {
        let mut settings = Self::default();
        let only_comments =
            text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if !only_comments {
            let document = Document::parse(file, file, text).map(Arc::new).map_err(Findings)?;
            let mut findings = Vec::new();
            let mut parser = Parser {
                reader: Reader::new(&document, &mut findings),
                variables,
                settings: &mut settings,
            };
            parser.read(&document);
            if findings.iter().any(|finding| finding.severity == Severity::Error) {
                return Err(Findings(findings));
            }
        }
        settings.variables(variables);
        Ok(settings)
    }

    /// Lays the variables over what the file says.
    fn variables(&mut self, variables: Variables<'_>) {
        if let Some(templates) = variables("MAILMETHOD_TEMPLATES").filter(|value| !value.is_empty())
        {
            self.templates = PathBuf::from(templates);
        }
        if let Some(url) = variables("MAILMETHOD_SMTP_URL").filter(|value| !value.is_empty()) {
            self.adapters.insert("default".to_owned(), UrlRule::Url(url));
        }
        if let Some(url) = variables("MAILMETHOD_STORE").filter(|value| !value.is_empty()) {
            self.store = Some(UrlRule::Url(url));
        }
    }

    /// Says where the queue is: `sqlite:PATH` or `postgres://…`.
    pub fn set_store(&mut self, location: impl Into<String>) {
        self.store = Some(UrlRule::Url(location.into()));
    }

    /// Where the queue is, its variables replaced; `None` if nobody says.
    ///
    /// # Errors
    ///
    /// [`Findings`] if a variable in it is not set.
    pub fn store(&self) -> Result<Option<String>, Findings> {
        match &self.store {
            Some(UrlRule::Url(url)) => Ok(Some(url.clone())),
            Some(UrlRule::Wrong(finding)) => Err(Findings(vec![finding.clone()])),
            None => Ok(None),
        }
    }

    /// Whether somebody says where the queue is.
    #[must_use]
    pub const fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// Whether the unsubscribe tokens can be signed, if there are any.
    ///
    /// # Errors
    ///
    /// [`Findings`] if a variable in the key of `unsubscribe` is not set.
    pub fn check_unsubscribe_key(&self) -> Result<(), Findings> {
        self.unsubscribe_key.clone().map_or(Ok(()), |finding| Err(Findings(vec![finding])))
    }

    /// Names an adapter, or gives it another URL.
    pub fn set_adapter(&mut self, name: impl Into<String>, url: impl Into<String>) {
        self.adapters.insert(name.into(), UrlRule::Url(url.into()));
    }

    /// The names of the adapters, in order.
    pub fn adapters(&self) -> impl Iterator<Item = &str> {
        self.adapters.keys().map(String::as_str)
    }

    /// The URL of an adapter, its variables replaced; `None` if there is no adapter of that name.
    ///
    /// # Errors
    ///
    /// [`Findings`] if a variable in it is not set.
    pub fn adapter_url(&self, name: &str) -> Result<Option<String>, Findings> {
        match self.adapters.get(name) {
            Some(UrlRule::Url(url)) => Ok(Some(url.clone())),
            Some(UrlRule::Wrong(finding)) => Err(Findings(vec![finding.clone()])),
            None => Ok(None),
        }
    }
}

impl fmt::Debug for Settings {
    /// Shows no URL of an adapter: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("templates", &self.templates)
            .field("adapters", &self.adapters.keys().collect::<Vec<_>>())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

struct Parser<'a> {
    reader: Reader<'a>,
    variables: Variables<'a>,
    settings: &'a mut Settings,
}

impl<'a> Parser<'a> {
    fn read(&mut self, document: &'a Document) {
        let root = Path::default();
        let entries = self.reader.map(&document.root, &root, "the file");
        self.reader.check_keys(entries, &root, &KEYS);
        for (key, node) in entries {
            let path = root.key(key);
            match key.as_str() {
                "adapters" => self.adapters(node, &path),
                "redirect" | "allow" => self.policy(key, node, &path),
                "limits" => self.limits(node, &path),
                "store" => self.settings.store = self.url(node, &path, "the store"),
                "queue" => self.queue(node, &path),
                "unsubscribe" => self.unsubscribe(node, &path),
                "templates" | "base_url" | "timezone" | "locale" => self.scalar(key, node, &path),
                _ => {}
            }
        }
    }

    /// A text with its variables replaced; what is wrong with it is reported.
    fn text(&mut self, node: &'a Node, path: &Path, what: &str) -> Option<String> {
        let text = self.reader.text(node, path, what)?;
        match interpolated(text, self.variables) {
            Ok(text) => Some(text),
            Err(problem) => {
                let finding = self.unset(path, &problem);
                self.reader.findings.push(finding);
                None
            }
        }
    }

    fn unset(&self, path: &Path, problem: &str) -> Finding {
        self.reader
            .document
            .error(path, Part::Value, "variable", problem)
            .help("set it, or give it a default: ${NAME:-default}")
    }

    fn scalar(&mut self, key: &str, node: &'a Node, path: &Path) {
        let Some(text) = self.text(node, path, &format!("`{key}`")) else { return };
        match key {
            "templates" => self.settings.templates = PathBuf::from(text),
            "base_url" => match base_url(&text) {
                Some(url) => self.settings.rendering.base_url = Some(url),
                None => self.reader.wrong_with(
                    path,
                    "wrong-value",
                    format!("{text:?} is no base URL"),
                    "write an absolute URL without query: https://shop.example",
                ),
            },
            "timezone" => match TimeZone::get(&text) {
                Ok(zone) => self.settings.rendering.timezone = zone,
                Err(_unknown) => self.reader.wrong_with(
                    path,
                    "wrong-value",
                    format!("{text:?} is no time zone"),
                    "write a name of the IANA database: Europe/Berlin",
                ),
            },
            _ => {
                let locale = crate::method::normal_locale(&text);
                if crate::method::is_locale(&locale) {
                    self.settings.rendering.locale = locale.into();
                } else {
                    let message = format!("{text:?} is no locale");
                    self.reader.wrong_with(
                        path,
                        "wrong-value",
                        message,
                        "write a tag such as de or de-AT",
                    );
                }
            }
        }
    }

    fn adapters(&mut self, node: &'a Node, path: &Path) {
        for (name, node) in self.reader.map(node, path, "`adapters`") {
            let here = path.key(name);
            let rule = self.url(node, &here, "the adapter's URL");
            self.settings.adapters.extend(rule.map(|rule| (name.clone(), rule)));
        }
    }

    /// A URL, in which a variable may be missing as long as nobody needs it.
    fn url(&mut self, node: &'a Node, path: &Path, what: &str) -> Option<UrlRule> {
        let text = self.reader.text(node, path, what)?;
        Some(match interpolated(text, self.variables) {
            Ok(url) => UrlRule::Url(url),
            Err(problem) => UrlRule::Wrong(self.unset(path, &problem)),
        })
    }

    fn queue(&mut self, node: &'a Node, path: &Path) {
        let entries = self.reader.map(node, path, "`queue`");
        self.reader.check_keys(entries, path, &QUEUE);
        for (key, node) in entries {
            let here = path.key(key);
            let Some(text) = self.reader.scalar(node, &here, &format!("`{key}`")) else { continue };
            let queue = &mut self.settings.queue;
            let help = match key.as_str() {
                "window" => match text.parse() {
                    Ok(window @ 1..=100) => {
                        queue.window = Some(window);
                        continue;
                    }
                    _ => "write a number from 1 to 100",
                },
                "undeliverable" => match text.as_str() {
                    "keep" | "delete" => {
                        queue.delete_undeliverable = text == "delete";
                        continue;
                    }
                    _ => "write keep or delete",
                },
                "every" | "wipe_after" | "purge_after" => match crate::method::duration(&text) {
                    Some(duration) => {
                        *match key.as_str() {
                            "every" => &mut queue.every,
                            "wipe_after" => &mut queue.wipe_after,
                            _ => &mut queue.purge_after,
                        } = duration;
                        continue;
                    }
                    None => "write a number and s, m, h or d: 60s, 7d",
                },
                _ => continue,
            };
            let message = format!("{text:?} is not for `{key}`");
            self.reader.wrong_with(&here, "wrong-value", message, help);
        }
    }

    fn policy(&mut self, key: &str, node: &'a Node, path: &Path) {
        let items: Vec<(Path, &Node)> = match node {
            Node::List(items) => {
                items.iter().enumerate().map(|(i, item)| (path.index(i), item)).collect()
            }
            node => vec![(path.clone(), node)],
        };
        for (path, item) in items {
            let Some(text) = self.text(item, &path, &format!("`{key}`")) else { continue };
            let problem = if key == "redirect" {
                text.parse::<Address>().map(|address| self.settings.policy.redirect.push(address))
            } else {
                text.parse::<AllowRule>().map(|rule| self.settings.policy.allow.push(rule))
            };
            if let Err(error) = problem {
                self.reader.wrong(&path, "wrong-value", error.to_string());
            }
        }
    }

    fn unsubscribe(&mut self, node: &'a Node, path: &Path) {
        let entries = self.reader.map(node, path, "`unsubscribe`");
        self.reader.check_keys(entries, path, &UNSUBSCRIBE);
        let Some((_, node)) = entries.iter().find(|(key, _)| key == "url") else {
            let help = "write where it is done: { url: https://shop.example/unsubscribe, key: … }";
            self.reader.wrong_with(path, "wrong-value", "`unsubscribe` has no `url`", help);
            return;
        };
        let url = path.key("url");
        let Some(text) = self.text(node, &url, "`url`") else { return };
        let Some(mut settings) = self.taken(&url, Unsubscribe::new(&text)) else { return };
        for (key, node) in entries {
            let here = path.key(key);
            let changed = match key.as_str() {
                "key" => self.keys(settings, node, &here),
                "mailto" => match self.text(node, &here, "`mailto`") {
                    Some(text) => self.taken(&here, settings.mailto(&text)),
                    None => None,
                },
                "expires" => self.days(node, &here).map(|days| settings.days(days)),
                _ => Some(settings),
            };
            let Some(changed) = changed else { return };
            settings = changed;
        }
        self.settings.rendering.unsubscribe = Some(Arc::new(settings));
    }

    /// The keys that sign tokens; a variable that is not set is told when a mail is sealed.
    fn keys(&mut self, mut into: Unsubscribe, node: &'a Node, path: &Path) -> Option<Unsubscribe> {
        let items: Vec<(Path, &Node)> = match node {
            Node::List(items) => {
                items.iter().enumerate().map(|(i, item)| (path.index(i), item)).collect()
            }
            node => vec![(path.clone(), node)],
        };
        for (path, item) in items {
            let Some(text) = self.reader.text(item, &path, "the key") else { continue };
            match interpolated(text, self.variables) {
                Ok(key) => into = self.taken(&path, into.key(key))?,
                Err(problem) => {
                    self.settings.unsubscribe_key = Some(self.unset(&path, &problem));
                    into = into.without_key(&problem);
                }
            }
        }
        Some(into)
    }

    fn days(&mut self, node: &Node, path: &Path) -> Option<u16> {
        let text = self.reader.scalar(node, path, "`expires`")?;
        let days = crate::method::duration(&text).map(|age| age.as_secs() / 86_400);
        let days = days.filter(|days| *days >= 30).and_then(|days| u16::try_from(days).ok());
        if days.is_none() {
            let help = "write 30d to 365d: a link in a mail must work for a month at least";
            let message = format!("{text:?} is no such time");
            self.reader.wrong_with(path, "wrong-value", message, help);
        }
        days
    }

    /// What was taken over, or why it was not.
    fn taken<T>(&mut self, path: &Path, result: Result<T, UnsubscribeError>) -> Option<T> {
        result.map_err(|error| self.reader.wrong(path, "wrong-value", error.to_string())).ok()
    }

    fn limits(&mut self, node: &'a Node, path: &Path) {
        let entries = self.reader.map(node, path, "`limits`");
        self.reader.check_keys(entries, path, &LIMITS);
        for (key, node) in entries {
            let here = path.key(key);
            let Some(text) = self.reader.scalar(node, &here, "the limit") else { continue };
            let Some(number) = size(&text) else {
                let message = format!("{text:?} is no limit");
                self.reader.wrong_with(
                    &here,
                    "wrong-value",
                    message,
                    "write a number, or a size such as 25MB",
                );
                continue;
            };
            let count = usize::try_from(number).unwrap_or(usize::MAX);
            let rendering = &mut self.settings.rendering.limits;
            match key.as_str() {
                "recipients" => self.settings.limits.recipients = count,
                "message" => self.settings.limits.message = count,
                "attachments" => self.settings.limits.attachments = count,
                "fuel" => rendering.fuel = number,
                "output" => rendering.output = count,
                "recursion" => rendering.recursion = count.min(10_000),
                _ => {}
            }
        }
    }
}

/// An absolute web URL without query, and without the slash at its end.
fn base_url(text: &str) -> Option<Arc<str>> {
    let url = url::Url::parse(text.trim()).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then(|| Arc::from(url.as_str().trim_end_matches('/')))
}

/// Reads `1000`, `25MB`, `512 kB`; a kB has 1,024 octets.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1_024,
        "m" | "mb" | "mib" => 1_024 * 1_024,
        "g" | "gb" | "gib" => 1_024 * 1_024 * 1_024,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|number| *number > 0)
}

/// Replaces `${NAME}` and `${NAME:-default}`.
fn interpolated(text: &str, variables: Variables<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, after)) = behind.split_once('}') else {
            return Err("a `${` has no `}`".to_owned());
        };
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let set = variables(name).filter(|value| !value.is_empty() || default.is_none());
        match (set, default) {
            (Some(value), _) => out.push_str(&value),
            (None, Some(default)) => out.push_str(default),
            (None, None) => return Err(format!("the variable {name} is not set")),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{Settings, interpolated, size};

    fn variables(name: &str) -> Option<String> {
        match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced_and_may_have_a_default() {
        let replaced = |text| interpolated(text, &variables);
        assert_eq!(replaced("x${A}y${B:-2}z${EMPTY}${EMPTY:-3}$").unwrap(), "x1y2z3$");
        assert_eq!(replaced("${B}").unwrap_err(), "the variable B is not set");
        assert_eq!(replaced("${A").unwrap_err(), "a `${` has no `}`");
    }

    #[test]
    fn a_size_is_a_number_with_a_unit() {
        assert_eq!(size("25MB"), Some(25 * 1_024 * 1_024));
        assert_eq!(size("1000"), Some(1_000));
        for text in ["", "MB", "-1", "1.5MB", "1 TBx", "0"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn an_unset_variable_of_an_adapter_is_an_error_only_when_the_adapter_is_needed() {
        let text = "adapters: {default: '${B}', other: 'log:'}";
        let settings = Settings::parse("m.yaml", text, &variables).unwrap();
        assert_eq!(settings.adapter_url("other").unwrap().as_deref(), Some("log:"));
        assert_eq!(settings.adapter_url("none").unwrap(), None);
        let shown = settings.adapter_url("default").unwrap_err().to_string();
        assert!(
            shown.starts_with("error[variable]: the variable B is not set\n --> m.yaml:1:21"),
            "{shown}"
        );
    }

    #[test]
    fn all_that_is_wrong_is_reported_at_once() {
        let text = "base_ulr: x\nbase_url: ftp://x\ntimezone: Mars\nlocale: '?'\nredirect: nobody\nallow: ['@']\nlimits: {message: many, mesage: 1}\n";
        let error = Settings::parse("m.yaml", text, &variables).unwrap_err();
        let codes: Vec<&str> = error.0.iter().map(|finding| finding.code).collect();
        assert_eq!(codes.len(), 8, "{error}");
        assert!(error.to_string().contains("did you mean `base_url`?"));
    }

    #[test]
    fn the_key_of_unsubscribing_is_needed_only_when_a_mail_is_sealed() {
        let text =
            "unsubscribe: {url: 'https://x.test/u', key: '${B}', mailto: off@x.test, expires: 90d}";
        let settings = Settings::parse("m.yaml", text, &variables).unwrap();
        let shown = settings.check_unsubscribe_key().unwrap_err().to_string();
        assert!(
            shown.starts_with("error[variable]: the variable B is not set\n --> m.yaml:1:45"),
            "{shown}"
        );
        let unsubscribe = settings.rendering.unsubscribe.unwrap();
        assert_eq!(unsubscribe.header("T"), "<https://x.test/u/T>, <mailto:off@x.test?subject=T>");
        let set = |name: &str| (name == "B").then(|| "a key of sixteen".to_owned());
        let settings = Settings::parse("m.yaml", text, &set).unwrap();
        assert!(settings.check_unsubscribe_key().is_ok());
        assert!(!format!("{settings:?}").contains("sixteen"));
    }

    #[test]
    fn wrong_settings_of_unsubscribing_are_told_at_their_place() {
        for (text, expected) in [
            ("{}", "`unsubscribe` has no `url`"),
            ("{ulr: x}", "did you mean `url`?"),
            ("{url: 'http://x.test'}", "does not begin with https://"),
            ("{url: 'https://x.test', key: short}", "the key has 5 octets where 16 are the least"),
            ("{url: 'https://x.test', mailto: me}", "\"me\" is no plain address"),
            ("{url: 'https://x.test', expires: 7d}", "write 30d to 365d"),
            ("yes", "`unsubscribe` is text, not a map"),
        ] {
            let text = format!("unsubscribe: {text}");
            let shown = Settings::parse("m.yaml", &text, &variables).unwrap_err().to_string();
            assert!(shown.contains(expected) && shown.contains("m.yaml:1:"), "{shown}");
        }
    }

    #[test]
    fn a_password_is_in_no_debug() {
        let mut settings = Settings::default();
        settings.set_adapter("default", "smtps://me:s3cret@relay.test");
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
}
