//! The call: the name of a method, its arguments, and what differs this once.

use std::fmt;

use serde::Serialize;

use super::CallError;
use super::file::File;
use super::input::Input;
use super::serializer::to_input;
use super::terms::Wishes;
use crate::message::{Header, Mailbox};
use crate::source::{Document, Finding};

/// A call of a mail method by its name.
///
/// # Examples
///
/// ```
/// use mailmethod::Call;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Welcome<'a> {
///     name: &'a str,
///     email: &'a str,
/// }
///
/// let call = Call::new("account/welcome")
///     .args(&Welcome { name: "Ada", email: "ada@example.test" })?
///     .locale("de");
/// let same = Call::new("account/welcome")
///     .arg("name", "Ada")?
///     .arg("email", "ada@example.test")?
///     .locale("de");
/// assert_eq!(call, same);
/// # Ok::<(), mailmethod::CallError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Call {
    pub(super) method: String,
    pub(super) arguments: Input,
    pub(super) lenient: bool,
    pub(super) locale: Option<String>,
    pub(super) from: Option<Override>,
    pub(super) to: Option<Override>,
    pub(super) cc: Option<Override>,
    pub(super) bcc: Option<Override>,
    pub(super) reply_to: Option<Override>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) wishes: Wishes,
}

/// Mailboxes that a call gives instead of the method's own: a list, or text that may be wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Override(pub(super) Result<Vec<Mailbox>, crate::message::AddressError>);

impl From<Mailbox> for Override {
    fn from(mailbox: Mailbox) -> Self {
        Self(Ok(vec![mailbox]))
    }
}

impl From<Vec<Mailbox>> for Override {
    fn from(mailboxes: Vec<Mailbox>) -> Self {
        Self(Ok(mailboxes))
    }
}

impl From<&str> for Override {
    fn from(text: &str) -> Self {
        Self(Mailbox::parse_list(text))
    }
}

impl From<String> for Override {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl<const N: usize> From<[&str; N]> for Override {
    fn from(texts: [&str; N]) -> Self {
        Self(texts.into_iter().map(str::parse).collect())
    }
}

impl Call {
    /// A call without arguments; `.` in the name is as good as `/`.
    #[must_use]
    pub fn new(method: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            arguments: Input::Map(Vec::new()),
            lenient: false,
            locale: None,
            from: None,
            to: None,
            cc: None,
            bcc: None,
            reply_to: None,
            headers: Vec::new(),
            wishes: Wishes::default(),
        }
    }

    /// The method's name, as it was given.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Lays arguments over those given before: a struct, a map, or pairs of names and values.
    ///
    /// # Errors
    ///
    /// [`CallError::Arguments`] if the value does not serialise to a record.
    pub fn args<T: Serialize + ?Sized>(mut self, arguments: &T) -> Result<Self, CallError> {
        let input = to_input(arguments).map_err(|error| self.refused(None, error.to_string()))?;
        let input = pairs(input);
        if !matches!(input, Input::Map(_)) {
            let message =
                format!("the arguments are {}, not a record of names and values", input.kind());
            return Err(self.refused(None, message));
        }
        self.arguments.merge(input);
        Ok(self)
    }

    /// Sets one argument.
    ///
    /// # Errors
    ///
    /// [`CallError::Arguments`] if the value does not serialise.
    pub fn arg<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Result<Self, CallError> {
        let input = to_input(value).map_err(|error| self.refused(Some(name), error.to_string()))?;
        self.arguments.merge(Input::Map(vec![(name.to_owned().into(), input)]));
        Ok(self)
    }

    /// Sets one argument, or one place inside of it: `customer.email`, `lines.0.title`.
    ///
    /// A number is a place in a list, from 0; the one behind the last item adds an item. Records
    /// and lists on the way are made where there is nothing yet.
    ///
    /// # Errors
    ///
    /// [`CallError::Arguments`] if the value does not serialise, or the path leads into a scalar
    /// or beyond a list's end.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::Call;
    /// use serde_json::json;
    ///
    /// let call = Call::new("a").set("customer.name", "Ada")?.set("tags.0", "new")?;
    /// let same = Call::new("a").args(&json!({"customer": {"name": "Ada"}, "tags": ["new"]}))?;
    /// assert_eq!(call, same);
    /// # Ok::<(), mailmethod::CallError>(())
    /// ```
    pub fn set<T: Serialize + ?Sized>(mut self, path: &str, value: &T) -> Result<Self, CallError> {
        let refused = |call: &Self, message| Err(call.refused(Some(path), message));
        let input = match to_input(value) {
            Ok(input) => input,
            Err(error) => return refused(&self, error.to_string()),
        };
        match self.arguments.set(path, input) {
            Ok(()) => Ok(self),
            Err(message) => refused(&self, message),
        }
    }

    /// Lays the arguments of a YAML text over those given before; `file` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`CallError::Arguments`] with line and column if the text is no YAML or no map.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::Call;
    ///
    /// let call = Call::new("a").args_yaml("a.yaml", "name: Ada\ncopies: 2")?;
    /// assert_eq!(call, Call::new("a").arg("name", "Ada")?.arg("copies", &2)?);
    /// # Ok::<(), mailmethod::CallError>(())
    /// ```
    pub fn args_yaml(mut self, file: &str, text: &str) -> Result<Self, CallError> {
        let document = Document::parse(file, file, text)
            .map_err(|findings| CallError::Arguments { method: self.method.clone(), findings })?;
        match Input::from(&document.root) {
            Input::Null => Ok(self),
            input @ Input::Map(_) => {
                self.arguments.merge(input);
                Ok(self)
            }
            other => {
                let message =
                    format!("the file is {}, not a record of names and values", other.kind());
                let finding = Finding::error("wrong-argument", message).in_file(file);
                Err(CallError::Arguments { method: self.method, findings: vec![finding] })
            }
        }
    }

    fn refused(&self, name: Option<&str>, message: String) -> CallError {
        let finding = Finding::error("wrong-argument", message);
        let finding = match name {
            Some(name) => finding.path(name),
            None => finding,
        };
        CallError::Arguments { method: self.method.clone(), findings: vec![finding] }
    }

    /// The arguments given so far, as JSON; files by their names alone. Secrets are in it.
    #[must_use]
    pub fn arguments(&self) -> serde_json::Value {
        self.arguments.to_json()
    }

    /// The file that was given at a path: `invoice`, `scans.0`.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&File> {
        let given = path.split('.').try_fold(&self.arguments, |input, step| match input {
            Input::List(items) => items.get(step.parse::<usize>().ok()?),
            input => input.get(step),
        });
        match given? {
            Input::File(file) => Some(file),
            _ => None,
        }
    }

    /// Reads the arguments as a command line or a form gives them, where everything is text:
    /// `true` is a boolean, a number is a string where one is declared, words are a list.
    #[must_use]
    pub fn from_text(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// The locale to render in; without one it is the method's own.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// Replaces the method's From: one mailbox.
    #[must_use]
    pub fn from(mut self, mailbox: impl Into<Override>) -> Self {
        self.from = Some(mailbox.into());
        self
    }

    /// Replaces the method's To: a mailbox, several, or text with an address list.
    #[must_use]
    pub fn to(mut self, mailboxes: impl Into<Override>) -> Self {
        self.to = Some(mailboxes.into());
        self
    }

    /// Replaces the method's Cc.
    #[must_use]
    pub fn cc(mut self, mailboxes: impl Into<Override>) -> Self {
        self.cc = Some(mailboxes.into());
        self
    }

    /// Replaces the method's Bcc.
    #[must_use]
    pub fn bcc(mut self, mailboxes: impl Into<Override>) -> Self {
        self.bcc = Some(mailboxes.into());
        self
    }

    /// Replaces the method's Reply-To.
    #[must_use]
    pub fn reply_to(mut self, mailboxes: impl Into<Override>) -> Self {
        self.reply_to = Some(mailboxes.into());
        self
    }

    /// Adds a header, or replaces the method's header of that name. It is checked when rendered.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Makes the mail an answer to a message: In-Reply-To, and References where nothing else gives
    /// them (RFC 5322 §3.6.4). The id may come without its angle brackets.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mailmethod::{Call, MailMethods};
    /// # let methods = MailMethods::from_embedded([(
    /// #     "a.yaml", "headers: {from: a@x.test, to: b@x.test}\ntext: Hi",
    /// # )])?;
    /// let mail = methods.call(&Call::new("a").in_reply_to("<1@shop.test>"))?;
    /// assert_eq!(mail.header("references").as_deref(), Some("<1@shop.test>"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_reply_to(self, id: impl Into<String>) -> Self {
        self.header("In-Reply-To", id)
    }

    /// Names the messages of the thread that the mail belongs to, the oldest first.
    #[must_use]
    pub fn references<I: AsRef<str>>(self, ids: impl IntoIterator<Item = I>) -> Self {
        let ids: Vec<String> = ids.into_iter().map(|id| id.as_ref().to_owned()).collect();
        self.header("References", ids.join(" "))
    }

    /// Whether this call sets that header itself.
    pub(super) fn overrides(&self, name: &str) -> bool {
        let given = match name {
            "From" => self.from.is_some(),
            "To" => self.to.is_some(),
            "Cc" => self.cc.is_some(),
            "Bcc" => self.bcc.is_some(),
            "Reply-To" => self.reply_to.is_some(),
            _ => false,
        };
        given || self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// The headers that this call sets itself, checked.
    pub(super) fn own_headers(&self) -> Vec<(String, Result<Header, String>)> {
        use crate::message::{HeaderName, HeaderValue};
        let lists = [
            ("From", &self.from),
            ("To", &self.to),
            ("Cc", &self.cc),
            ("Bcc", &self.bcc),
            ("Reply-To", &self.reply_to),
        ];
        let mut headers = Vec::new();
        for (name, given) in lists {
            let Some(Override(given)) = given else { continue };
            let header = match given {
                Ok(list) if name == "From" && list.len() > 1 => {
                    Err("From is one mailbox, not several".to_owned())
                }
                Ok(list) => HeaderName::new(name)
                    .and_then(|name| Header::new(name, HeaderValue::Mailboxes(list.clone())))
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            headers.push((name.to_ascii_lowercase(), header));
        }
        for (name, value) in &self.headers {
            let header = Header::parse(name, value).map_err(|error| chain(&error));
            headers.push((format!("headers.{}", name.to_ascii_lowercase()), header));
        }
        headers
    }
}

/// An error and its cause, as one text.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// A list of names and values is a record as well.
fn pairs(input: Input) -> Input {
    let Input::List(items) = input else { return input };
    let is_pair = |item: &Input| matches!(item, Input::List(pair) if matches!(pair.as_slice(), [Input::Text(_), _]));
    if !items.iter().all(is_pair) {
        return Input::List(items);
    }
    Input::Map(
        items
            .into_iter()
            .filter_map(|item| match item {
                Input::List(pair) => match <[Input; 2]>::try_from(pair) {
                    Ok([Input::Text(name), value]) => Some((name.to_string().into(), value)),
                    _ => None,
                },
                _ => None,
            })
            .collect(),
    )
}

impl fmt::Debug for Call {
    /// Shows the method and the names of the arguments; values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = match &self.arguments {
            Input::Map(entries) => entries.iter().map(|(name, _)| name.as_ref()).collect(),
            _ => Vec::new(),
        };
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("arguments", &names)
            .finish_non_exhaustive()
    }
}
