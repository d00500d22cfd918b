//! The context: the settings and the methods that a command works on.

use std::cell::OnceCell;
use std::env;
use std::path::Path;
use std::sync::Arc;

use mailmethod::adapter::{Adapter, Opener, Trace};
use mailmethod::host::{AdapterError, DEFAULT_FILE, MailHostBuilder, Settings};
use mailmethod::source::{Finding, Findings, Severity};
use mailmethod::{CallError, MailHost, MailMethod, MailMethods};

use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// What is wrong with the templates folder itself.
const NO_FOLDER: &str = "no-folder";

/// Settings, and methods that are loaded once somebody asks for them.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    methods: OnceCell<MailMethods>,
}

impl Context {
    /// Changes to the directory of the command line and reads the settings there.
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        if let Some(directory) = &global.directory {
            let shown = directory.display().to_string();
            env::set_current_dir(directory)
                .map_err(|error| Failure::io("entered", &shown, &error))?;
        }
        let mut settings = read(global.config.as_deref())
            .map_err(|Findings(findings)| Failure::new(Exit::Settings, findings))?;
        if let Some(templates) = &global.templates {
            settings.templates.clone_from(templates);
        }
        if let Some(store) = &global.store {
            settings.set_store(store);
        }
        Ok(Self { settings, methods: OnceCell::new() })
    }

    /// The methods that are sound, and what is wrong with the others.
    pub(crate) fn methods(&self) -> &MailMethods {
        self.methods.get_or_init(|| self.load())
    }

    /// Loads the methods, as they are on disk now.
    pub(crate) fn load(&self) -> MailMethods {
        let settings = &self.settings;
        MailMethods::inspect(&settings.templates, settings.rendering.clone(), settings.limits)
    }

    /// The methods, if there is a folder of them.
    pub(crate) fn folder(&self) -> Result<&MailMethods, Failure> {
        let methods = self.methods();
        match methods.findings().iter().find(|finding| finding.code == NO_FOLDER) {
            Some(finding) => Err(Failure::one(
                Exit::NotFound,
                finding.clone().help(
                    "name it by --templates, MAILMETHOD_TEMPLATES or `templates:` in \
                     mailmethod.yaml; `mailmethod new NAME` makes one",
                ),
            )),
            None => Ok(methods),
        }
    }

    /// The methods, if nothing in their folder is wrong.
    pub(crate) fn sound(&self) -> Result<&MailMethods, Failure> {
        let methods = self.folder()?;
        let findings = methods.findings();
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(Failure::new(Exit::Data, findings.to_vec()));
        }
        Ok(methods)
    }

    /// The adapter of a URL, or of a name in the settings.
    pub(crate) fn adapter(&self, name: &str, traced: bool) -> Result<Arc<dyn Adapter>, Failure> {
        let opener = Opener::new();
        self.opened(name, &if traced { opener.trace(Trace::new(Output::trace)) } else { opener })
    }

    /// The adapter of a URL, or of a name in the settings, opened as the command line says.
    pub(crate) fn opened(&self, name: &str, opener: &Opener) -> Result<Arc<dyn Adapter>, Failure> {
        let wrong = |error: AdapterError| {
            let finding = Finding::error("adapter", error.to_string());
            Failure::one(Exit::Settings, finding)
        };
        let url = if name.contains(':') {
            name.to_owned()
        } else {
            match self.settings.adapter_url(name) {
                Ok(Some(url)) => url,
                Ok(None) => {
                    let defined = self.settings.adapters().map(str::to_owned).collect();
                    return Err(wrong(AdapterError::Undefined { name: name.to_owned(), defined }));
                }
                Err(Findings(findings)) => return Err(Failure::new(Exit::Settings, findings)),
            }
        };
        opener.open(&url).map_err(|error| {
            if name.contains(':') {
                // A URL may hold a password, so it is not shown.
                let finding =
                    Finding::error("adapter", format!("the URL of --adapter is wrong: {error}"));
                return Failure::one(Exit::Settings, finding);
            }
            wrong(AdapterError::Url { name: name.to_owned(), error })
        })
    }

    /// A host of these methods and settings, in the making.
    pub(crate) fn host(&self) -> MailHostBuilder {
        MailHost::builder().settings(self.settings.clone()).methods(self.methods().clone())
    }

    /// The method of a name.
    pub(crate) fn find(&self, name: &str) -> Result<&MailMethod, Failure> {
        self.folder()?.find(name).map_err(|error| called(&error))
    }
}

/// The host of a builder.
pub(crate) fn built(builder: MailHostBuilder) -> Result<MailHost, Failure> {
    builder.build().map_err(|error| {
        Failure::one(Exit::Settings, Finding::error("settings", error.to_string()))
    })
}

/// The failure of a call: a method that there is not, or what is wrong with it.
pub(crate) fn called(error: &CallError) -> Failure {
    let unknown = matches!(error, CallError::UnknownMethod { .. });
    let mut findings = error.findings();
    if unknown {
        for finding in findings.iter_mut().filter(|finding| finding.help.is_none()) {
            finding.help = Some("`mailmethod list` shows all methods".to_owned());
        }
    }
    Failure::new(if unknown { Exit::NotFound } else { Exit::Data }, findings)
}

/// Reads the settings; a file that was named must be there.
fn read(config: Option<&Path>) -> Result<Settings, Findings> {
    match config {
        Some(file) if !file.exists() => {
            let finding = Finding::error("settings", "there is no such settings file");
            Err(Findings(vec![finding.in_file(file.display().to_string())]))
        }
        file => Settings::read(file.unwrap_or(Path::new(DEFAULT_FILE))),
    }
}
