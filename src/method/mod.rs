//! The method room: definitions in, mails out.
//!
//! A folder of YAML and template files becomes [`MailMethods`]; a [`Call`] by
//! name becomes a [`Mail`](crate::message::Mail). Only the loader reads files,
//! and only once; nothing here knows adapters or the clock.

mod argument;
mod assemble;
mod bind;
mod bounds;
mod call;
mod compose;
mod declare;
mod definition;
mod delivery;
mod each;
mod error;
mod example;
mod explain;
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
mod misfit;
mod name;
mod parameter;
mod rendering;
mod review;
mod sample;
mod scalar;
mod serializer;
mod shown;
mod sources;
mod terms;
mod to_call;
mod trace;
mod translations;

pub use argument::{Argument, ArgumentError, ToArgument};
pub use call::{Call, Override};
pub use compose::Composed;
pub use delivery::{Delivery, MailKind, Wake, duration};
pub(crate) use each::each;
pub use error::{CallError, LoadError};
pub use explain::{Explained, ExplainedHeader, ExplainedRecipient, ValueOrigin};
pub use file::File;
pub(crate) use flow::Translated;
pub(crate) use inspection::{Commented, Inspection, Written};
pub use library::{Embedded, MailMethods};
pub use mail_method::MailMethod;
pub use marks::{AutoSubmitted, Importance};
pub use name::{NameError, check_name, locale_tag};
pub(crate) use name::{is_locale, normal_locale};
pub use parameter::{Fields, Parameter, Type};
pub use rendering::Rendering;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use shown::DOTS;
pub use sources::SourceFile;
pub use terms::{Due, Terms};
pub use to_call::ToCall;
pub(crate) use trace::Trace;
