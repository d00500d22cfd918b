//! Access: who may do what on the page.

use std::fmt;

/// What a visitor may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Everything.
    Full,
    /// Look at everything, change nothing.
    ReadOnly,
    /// Look at everything, and do these.
    Only(Vec<Permission>),
    /// Nothing: every page is refused.
    #[default]
    Deny,
}

/// Something that changes the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// Try mails again.
    Retry,
    /// Hold mails back.
    Hold,
    /// Let held mails go.
    Release,
    /// Cancel mails.
    Cancel,
    /// Forget mails.
    Delete,
    /// Count uncertain mails as sent.
    MarkSent,
    /// Send mails once more.
    Resend,
    /// Send mails to other people.
    Redirect,
    /// Pause routes and let them go on.
    Routes,
    /// Send a test of a mail method.
    SendTest,
    /// Save arguments as a sample; in development only.
    SaveSample,
}

impl Permission {
    /// All of them, in order.
    pub const ALL: [Self; 11] = [
        Self::Retry,
        Self::Hold,
        Self::Release,
        Self::Cancel,
        Self::Delete,
        Self::MarkSent,
        Self::Resend,
        Self::Redirect,
        Self::Routes,
        Self::SendTest,
        Self::SaveSample,
    ];

    /// Its name: `retry`, `mark-sent`, `send-test`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Cancel => "cancel",
            Self::Delete => "delete",
            Self::MarkSent => "mark-sent",
            Self::Resend => "resend",
            Self::Redirect => "redirect",
            Self::Routes => "routes",
            Self::SendTest => "send-test",
            Self::SaveSample => "save-sample",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Somebody who looks at the page: a name for the record of actions, and what they may do.
///
/// # Examples
///
/// ```
/// use mailmethod::manage::{Access, Permission, Visitor};
///
/// let support = Visitor::new("ada", Access::Only(vec![Permission::Retry, Permission::Hold]));
/// assert!(support.may(Permission::Retry) && !support.may(Permission::Delete));
/// assert!(!Visitor::from(Access::ReadOnly).may(Permission::Retry));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    name: String,
    access: Access,
}

impl Visitor {
    /// A visitor of a name.
    #[must_use]
    pub fn new(name: impl Into<String>, access: Access) -> Self {
        Self { name: name.into(), access }
    }

    /// The name, as the record of actions shows it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the visitor may do that.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match &self.access {
            Access::Full => true,
            Access::Only(permissions) => permissions.contains(&permission),
            Access::ReadOnly | Access::Deny => false,
        }
    }

    /// Whether the visitor may look at the page at all.
    #[must_use]
    pub fn may_look(&self) -> bool {
        self.access != Access::Deny
    }
}

impl From<Access> for Visitor {
    /// A visitor without a name.
    fn from(access: Access) -> Self {
        Self::new("somebody", access)
    }
}
