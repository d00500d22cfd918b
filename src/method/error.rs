//! Why a folder does not load, and why a call gives no mail.

use super::misfit::shortened;
use crate::source::Finding;

/// Why a folder of methods does not load: at least one finding of severity error.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", shown(findings))]
#[non_exhaustive]
pub struct LoadError {
    /// All that was found, in all files; warnings as well.
    pub findings: Vec<Finding>,
}

/// Why a call gives no mail.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// There is no method of that name.
    #[error("there is no mail method {:?}{}", shortened(name), hint(nearest.as_deref()))]
    UnknownMethod {
        /// The name that was called.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// Arguments are missing, unknown or of the wrong type: all of them.
    #[error("{method}: {}", shown(findings))]
    Arguments {
        /// The method's name.
        method: String,
        /// One for each wrong argument, with its path.
        findings: Vec<Finding>,
    },
    /// The method's file or templates are wrong, or give no sound mail.
    #[error("{method}: {}", shown(findings))]
    Mail {
        /// The method's name.
        method: String,
        /// All that was found.
        findings: Vec<Finding>,
    },
    /// The application let no such mail be made.
    #[error("{method}: the interceptor `{interceptor}` refused the mail: {reason}")]
    Intercepted {
        /// The method's name.
        method: String,
        /// The interceptor's name.
        interceptor: String,
        /// Its reason, or what is unsound in the mail that it left.
        reason: String,
    },
}

impl CallError {
    /// All that was found; one finding at least.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        match self {
            Self::UnknownMethod { nearest, .. } => {
                let finding = Finding::error("unknown-method", self.to_string());
                vec![match nearest {
                    Some(near) => Finding::error("unknown-method", self.unhinted())
                        .help(format!("did you mean `{near}`?")),
                    None => finding,
                }]
            }
            Self::Intercepted { interceptor, reason, .. } => {
                let refused = format!("the interceptor `{interceptor}` refused the mail: {reason}");
                vec![Finding::error("intercepted", refused)]
            }
            Self::Arguments { findings, .. } | Self::Mail { findings, .. } => findings.clone(),
        }
    }

    fn unhinted(&self) -> String {
        match self {
            Self::UnknownMethod { name, .. } => {
                format!("there is no mail method {:?}", shortened(name))
            }
            other => other.to_string(),
        }
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}
