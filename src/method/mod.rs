//! The method room: definitions in, mails out.
//!
//! A folder of YAML and template files becomes [`MailMethods`]; a [`Call`] by
//! name becomes a [`Mail`](crate::message::Mail). Only the loader reads files,
//! and only once; nothing here knows adapters or the clock.

mod assemble;
mod bind;
mod bounds;
mod call;
mod declare;
mod definition;
mod delivery;
mod error;
mod file;
mod file_input;
mod flow;
mod folder;
mod grammar;
mod input;
mod inspection;
mod library;
mod loader;
mod mail_method;
mod marks;
mod name;
mod parameter;
mod review;
mod sample;
mod serializer;
mod trace;
mod translations;

pub use call::{Call, Override};
pub(crate) use delivery::duration;
pub use delivery::{Delivery, MailKind, OnConflict, OnUncertain, Wake};
pub use error::{CallError, LoadError};
pub use file::File;
pub(crate) use flow::Translated;
pub(crate) use inspection::{Commented, Inspection, Written};
pub use library::{Embedded, MailMethods};
pub use mail_method::MailMethod;
pub use marks::{AutoSubmitted, Importance};
pub use name::{NameError, check_name, locale_tag};
pub(crate) use name::{is_locale, normal_locale};
pub use parameter::{Fields, Parameter, Type};
pub(crate) use trace::Trace;
