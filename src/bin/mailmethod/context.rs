//! The context: the settings and the methods that a command works on.

use std::cell::OnceCell;
use std::env;
use std::path::Path;

use mailmethod::host::{DEFAULT_FILE, Settings};
use mailmethod::source::{Finding, Findings};
use mailmethod::{CallError, MailMethod, MailMethods};

use crate::args::Global;
use crate::exit::{Exit, Failure};

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

    /// The method of a name.
    pub(crate) fn find(&self, name: &str) -> Result<&MailMethod, Failure> {
        self.folder()?.find(name).map_err(|error| called(&error))
    }
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
