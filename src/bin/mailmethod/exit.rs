//! The exit codes, and the failure that ends a command with one of them.

use std::io;

use mailmethod::source::Finding;

/// How the program ends; the numbers beyond 2 are those of sysexits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Findings = 1,
    Usage = 2,
    Data = 65,
    NotFound = 66,
    Refused = 69,
    Bug = 70,
    TryLater = 75,
    NotAllowed = 77,
    Settings = 78,
    Interrupted = 130,
}

/// What stands at the end of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
   0  done
   1  findings (check, golden --check, codegen --check)
   2  wrong usage
  65  arguments or templates are wrong, a key is taken, a mail is in another state
  66  no such method, sample, part, file or mail
  69  a recipient was refused for good
  70  a bug in mailmethod
  75  try later, or nobody knows whether the mail was taken
  77  not allowed
  78  settings are wrong or missing
 130  interrupted, without an orderly end

Data goes to stdout, everything else to stderr. What --json prints is stable and
carries its version, \"v\":1; what people read may change with every release.";

/// Why a command ends before it is done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads our output any more.
    Closed,
    /// Something to tell.
    Told {
        exit: Exit,
        findings: Vec<Finding>,
        /// What people read instead of the findings as they are.
        text: Option<String>,
    },
}

impl Failure {
    pub(crate) fn new(exit: Exit, findings: Vec<Finding>) -> Self {
        Self::Told { exit, findings, text: None }
    }

    pub(crate) fn one(exit: Exit, finding: Finding) -> Self {
        Self::new(exit, vec![finding])
    }

    /// A file that cannot be read or written.
    pub(crate) fn io(what: &str, path: &str, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        let exit = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Exit::NotAllowed,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Exit::TryLater,
            _ => Exit::NotFound,
        };
        Self::one(exit, Finding::error("file", format!("{path} cannot be {what}: {error}")))
    }
}
