//! The library: all mail methods of one folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{Fingerprint, Folder};
use super::loader::{self, Loaded};
use super::{CallError, LoadError, MailMethod, ToCall};
use crate::message::{Limits, Mail};
use crate::render::{Assets, Catalogue, Engine, Settings};
use crate::source::{Finding, Severity, nearest};

/// What all methods of a folder share.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) engine: Engine,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) assets: Arc<Assets>,
    pub(crate) settings: Settings,
}

/// All mail methods of one folder, compiled once. Cloning it is cheap enough for a request.
///
/// # Examples
///
/// ```
/// use mailmethod::{Call, MailMethods};
///
/// let methods = MailMethods::from_embedded([
///     ("hello.yaml", "headers: {to: '{{ to }}', from: shop@example.test, subject: Hi}\narguments: {to: address}"),
///     ("hello.txt.j2", "Hello {{ to.spec }}"),
/// ])?;
/// let mail = methods.call(&Call::new("hello").arg("to", "ada@example.test")?)?;
/// assert_eq!(mail.text(), Some("Hello ada@example.test\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MailMethods {
    source: Source,
    fingerprint: Fingerprint,
    settings: Settings,
    limits: Limits,
    pub(super) library: Arc<Library>,
    methods: Arc<BTreeMap<Arc<str>, MailMethod>>,
    broken: Arc<BTreeMap<Arc<str>, Vec<Finding>>>,
    findings: Vec<Finding>,
    /// Whether a wrong file keeps no other from being used.
    tolerant: bool,
}

/// Where the files come from.
#[derive(Clone, Debug)]
enum Source {
    Directory(PathBuf),
    Embedded,
}

impl MailMethods {
    /// Loads all methods of a directory, with default settings.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with all that is wrong in all files, if anything is.
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::load_with(directory, Settings::default(), Limits::default())
    }

    /// Loads all methods of a directory.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with all that is wrong in all files, if anything is.
    pub fn load_with(
        directory: impl AsRef<Path>,
        settings: Settings,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        Self::inspect(directory, settings, limits).sound()
    }

    /// Loads the methods of a directory that are sound, whatever is wrong with the others;
    /// [`MailMethods::findings`] has what is wrong.
    #[must_use]
    pub fn inspect(directory: impl AsRef<Path>, settings: Settings, limits: Limits) -> Self {
        let directory = directory.as_ref().to_owned();
        let folder = Folder::open(&directory);
        Self::new(&folder, Source::Directory(directory), settings, limits)
    }

    /// Takes the files of a folder that a program embeds: their paths in it, and their contents.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with all that is wrong in all files, if anything is.
    pub fn from_embedded<N, C>(files: impl IntoIterator<Item = (N, C)>) -> Result<Self, LoadError>
    where
        N: Into<String>,
        C: Into<Embedded>,
    {
        Self::from_embedded_with(files, Settings::default(), Limits::default())
    }

    /// Takes the files of a folder that a program embeds, with settings.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with all that is wrong in all files, if anything is.
    pub fn from_embedded_with<N, C>(
        files: impl IntoIterator<Item = (N, C)>,
        settings: Settings,
        limits: Limits,
    ) -> Result<Self, LoadError>
    where
        N: Into<String>,
        C: Into<Embedded>,
    {
        let files =
            files.into_iter().map(|(name, content)| (name.into(), content.into().0)).collect();
        Self::new(&Folder::embedded(files), Source::Embedded, settings, limits).sound()
    }

    fn new(folder: &Folder, source: Source, settings: Settings, limits: Limits) -> Self {
        let Loaded { library, methods, broken, findings } = loader::load(folder, &settings);
        Self {
            source,
            fingerprint: folder.fingerprint(),
            settings,
            limits,
            library,
            methods: Arc::new(methods),
            broken: Arc::new(broken),
            findings,
            tolerant: true,
        }
    }

    fn sound(self) -> Result<Self, LoadError> {
        if self.findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(LoadError { findings: self.findings });
        }
        Ok(Self { tolerant: false, ..self })
    }

    /// Loads the directory again if a file in it came, went or changed; for development.
    ///
    /// Gives whether it did. If the new files are wrong, the old methods stay; methods of
    /// [`MailMethods::inspect`] become those of the new files that are sound.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with all that is wrong in the new files.
    pub fn reload_if_changed(&mut self) -> Result<bool, LoadError> {
        let Source::Directory(directory) = &self.source else { return Ok(false) };
        let folder = Folder::open(directory);
        let fingerprint = folder.fingerprint();
        if fingerprint == self.fingerprint {
            return Ok(false);
        }
        let new = Self::new(&folder, self.source.clone(), self.settings.clone(), self.limits);
        if self.tolerant {
            *self = new;
            return Ok(true);
        }
        match new.sound() {
            Ok(new) => {
                *self = new;
                Ok(true)
            }
            Err(error) => {
                self.fingerprint = fingerprint;
                Err(error)
            }
        }
    }

    /// Loads the directory again if a file in it came, went or changed, and takes what is sound as
    /// [`MailMethods::inspect`] does: for who looks at a folder while it is being worked on.
    ///
    /// Gives whether anything changed.
    pub fn inspect_if_changed(&mut self) -> bool {
        let Source::Directory(directory) = &self.source else { return false };
        let folder = Folder::open(directory);
        if folder.fingerprint() == self.fingerprint {
            return false;
        }
        *self = Self::new(&folder, self.source.clone(), self.settings.clone(), self.limits);
        true
    }

    /// The method of a name; `.` is as good as `/`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&MailMethod> {
        if name.contains('.') {
            return self.methods.get(name.replace('.', "/").as_str());
        }
        self.methods.get(name)
    }

    /// The method of a name, or why there is none.
    ///
    /// # Errors
    ///
    /// [`CallError::UnknownMethod`], with the nearest name; [`CallError::Mail`] if its files are
    /// wrong and were loaded by [`MailMethods::inspect`].
    pub fn find(&self, name: &str) -> Result<&MailMethod, CallError> {
        if let Some(method) = self.get(name) {
            return Ok(method);
        }
        let slashed = name.replace('.', "/");
        if let Some(findings) = self.broken.get(slashed.as_str()) {
            return Err(CallError::Mail { method: slashed, findings: findings.clone() });
        }
        let known = self.methods.keys().chain(self.broken.keys()).map(AsRef::as_ref);
        let near = nearest(&slashed, known.clone())
            .or_else(|| known.clone().find(|known| known.rsplit('/').next() == Some(&slashed)));
        Err(CallError::UnknownMethod { name: name.to_owned(), nearest: near.map(str::to_owned) })
    }

    /// The methods, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &MailMethod> {
        self.methods.values()
    }

    /// The names of the methods whose files are wrong.
    pub fn broken(&self) -> impl Iterator<Item = &str> {
        self.broken.keys().map(AsRef::as_ref)
    }

    /// What was found when the folder was loaded, ordered by place.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The files of the folder, by their paths in it, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.fingerprint.iter().map(|(name, ..)| name.as_str())
    }

    /// The limits of a message.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Calls a method by name: a preview, without I/O, clock or adapter.
    ///
    /// # Errors
    ///
    /// As [`MailMethods::find`] and [`MailMethod::call`].
    pub fn call(&self, call: &dyn ToCall) -> Result<Mail, CallError> {
        let call = call.to_call();
        self.find(call.method())?.call(&call, &self.limits)
    }
}

/// The content of an embedded file: text or bytes, borrowed for ever or owned.
#[derive(Clone, Debug)]
pub struct Embedded(Cow<'static, [u8]>);

impl From<&'static str> for Embedded {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<&'static [u8]> for Embedded {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl<const N: usize> From<&'static [u8; N]> for Embedded {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl From<String> for Embedded {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

impl From<Vec<u8>> for Embedded {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }
}
