//! The build script: writes the calls of a folder where `include_methods!` finds them.

use std::env;
use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use super::{Language, generate};
use crate::message::Limits;
use crate::method::{LoadError, MailMethods};
use crate::source::Severity;

/// The file in `OUT_DIR` that `include_methods!` includes.
const FILE: &str = "mailmethods.rs";

/// Why a build script wrote no calls.
///
/// Its `Debug` is for people, since that is what cargo shows of a `main` that fails: the findings
/// as the command `check` draws them.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// This is no build script.
    #[error("OUT_DIR is not set: call this in the `main` of build.rs")]
    NoOutDir,
    /// The folder does not load.
    #[error(transparent)]
    Load(LoadError),
    /// The calls cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Load(error) = self {
            return write!(f, "the folder of the mail methods does not load\n\n{error}");
        }
        write!(f, "{self}")?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// Generates the calls of a folder; for `build.rs`.
///
/// The folder is relative to the package, as all paths of a build script are. Cargo runs the
/// script again once a file of the folder came, went or changed.
///
/// # Errors
///
/// [`BuildError::Load`] with all that is wrong in the folder, and so the build fails;
/// [`BuildError::NoOutDir`] outside of a build script.
///
/// # Examples
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), mailmethod::codegen::BuildError> {
///     mailmethod::codegen::build("templates")
/// }
/// ```
pub fn build(folder: impl AsRef<Path>) -> Result<(), BuildError> {
    let folder = folder.as_ref();
    let methods = MailMethods::inspect(folder, Default::default(), Limits::default());
    watch(folder, &methods);
    let findings = methods.findings();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(BuildError::Load(LoadError { findings: findings.to_vec() }));
    }
    let path = Path::new(&env::var_os("OUT_DIR").ok_or(BuildError::NoOutDir)?).join(FILE);
    let code = generate(&methods, Language::Rust);
    fs::write(&path, code).map_err(|source| BuildError::Write { path, source })
}

/// Tells cargo what to watch. It walks the folder itself, but follows no links; so each file is
/// named as well.
#[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
fn watch(folder: &Path, methods: &MailMethods) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for file in methods.files() {
        println!("cargo::rerun-if-changed={}", folder.join(file).display());
    }
}

/// Includes the calls that [`codegen::build`](crate::codegen::build) has generated in `build.rs`.
///
/// Write it into a module of its own: it fills that with a module for each folder and a struct for
/// each method.
///
/// ```ignore
/// mod mails {
///     mailmethod::include_methods!();
/// }
/// ```
#[macro_export]
macro_rules! include_methods {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/mailmethods.rs"));
    };
}
