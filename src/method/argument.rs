//! The argument: one value on its way into a call.
//!
//! Generated calls hand their fields over as these. Nothing is checked here: the
//! declaration of the method does that when it is called.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use url::Url;

use super::file::File;
use super::input::Input;
use super::serializer::to_input;
use crate::message::Mailbox;

pub use super::serializer::ArgumentError;

/// One value on its way into a call: text, a number, a list, a record, a file or nothing.
///
/// What an argument declared as `any` takes, and what every field of a generated call becomes.
///
/// # Examples
///
/// ```
/// use mailmethod::method::Argument;
/// use mailmethod::{Call, File};
///
/// let line = Argument::record().with("title", "Fieldbook").with("quantity", &2_i64);
/// let report = Argument::new(&[("visits", 12), ("orders", 3)])?;
/// let arguments = Argument::record()
///     .with("line", &line)
///     .with("report", &report)
///     .with("scan", &File::new("scan.png", [0; 8]))
///     .with_optional("note", &None::<String>);
/// let call = Call::with_arguments("orders/summary", arguments);
/// assert_eq!(call.method(), "orders/summary");
/// # Ok::<(), mailmethod::method::ArgumentError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Argument(pub(super) Input);

impl Argument {
    /// Takes any value that serialises over; a [`File`] inside it is not copied.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`] if the value does not serialise, or holds bytes without a name.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, ArgumentError> {
        to_input(value).map(Self)
    }

    /// A record without fields yet.
    #[must_use]
    pub fn record() -> Self {
        Self(Input::Map(Vec::new()))
    }

    /// Sets a field of the record. What is no record becomes one.
    #[must_use]
    pub fn with<T: ToArgument + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        let Self(field) = value.to_argument();
        self.0.merge(Input::Map(vec![(name.into(), field)]));
        self
    }

    /// Sets a field of the record if there is a value; without one it is left out, so that the
    /// method's own default counts.
    #[must_use]
    pub fn with_optional<T: ToArgument>(self, name: &'static str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// What becomes an [`Argument`] and cannot fail to: the types of the fields of generated calls.
pub trait ToArgument {
    /// The argument; a file inside it is not copied.
    fn to_argument(&self) -> Argument;
}

impl fmt::Debug for Argument {
    /// Says what kind of value it is; the value itself may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Argument({})", self.0.kind())
    }
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for Input {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => match i64::try_from(*value) {
                Ok(value) => serializer.serialize_i64(value),
                Err(_large) => serializer.serialize_i128(*value),
            },
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            Self::File(file) => file.serialize(serializer),
        }
    }
}

impl ToArgument for Argument {
    fn to_argument(&self) -> Argument {
        self.clone()
    }
}

impl ToArgument for str {
    fn to_argument(&self) -> Argument {
        Argument(Input::Text(self.into()))
    }
}

impl ToArgument for bool {
    fn to_argument(&self) -> Argument {
        Argument(Input::Bool(*self))
    }
}

impl ToArgument for i64 {
    fn to_argument(&self) -> Argument {
        Argument(Input::Integer(i128::from(*self)))
    }
}

impl ToArgument for f64 {
    fn to_argument(&self) -> Argument {
        Argument(Input::Float(*self))
    }
}

impl ToArgument for String {
    fn to_argument(&self) -> Argument {
        self.as_str().to_argument()
    }
}

impl ToArgument for Url {
    fn to_argument(&self) -> Argument {
        self.as_str().to_argument()
    }
}

impl ToArgument for File {
    fn to_argument(&self) -> Argument {
        Argument(Input::File(self.clone()))
    }
}

/// Types that are handed over as the text that people write, whatever the features of their
/// crates make of them in JSON.
macro_rules! as_text {
    ($($type:ty),*) => {
        $(impl ToArgument for $type {
            fn to_argument(&self) -> Argument {
                self.to_string().to_argument()
            }
        })*
    };
}

as_text!(Date, Time, Timestamp, Decimal, Mailbox);

impl<T: ToArgument> ToArgument for Vec<T> {
    fn to_argument(&self) -> Argument {
        Argument(Input::List(self.iter().map(|value| value.to_argument().0).collect()))
    }
}

impl<T: ToArgument> ToArgument for Option<T> {
    fn to_argument(&self) -> Argument {
        self.as_ref().map_or(Argument(Input::Null), T::to_argument)
    }
}

#[cfg(test)]
mod tests {
    use super::{Argument, Input, ToArgument as _};
    use crate::File;
    use serde_json::json;

    #[test]
    fn a_value_is_the_same_by_serde_and_by_hand() {
        let file = File::new("a.txt", *b"hello");
        let by_hand = Argument::record()
            .with("text", "a")
            .with("numbers", &vec![Some(1_i64), None])
            .with("price", &rust_decimal::Decimal::new(1250, 2))
            .with("file", &file)
            .with_optional("absent", &None::<bool>);
        let Argument(Input::Map(entries)) = &by_hand else { panic!("it is a record") };
        assert_eq!(entries.last().unwrap().1, Input::File(file.clone()));
        let json = json!({"text": "a", "numbers": [1, null], "price": "12.50", "file": file});
        assert_eq!(serde_json::to_value(&by_hand).unwrap(), json);
        assert_eq!(Argument::new(&by_hand).unwrap(), by_hand);
    }

    #[test]
    fn a_value_is_in_no_debug_output() {
        assert_eq!(format!("{:?}", "hush".to_argument()), "Argument(text)");
    }

    #[test]
    fn bytes_without_a_name_are_refused() {
        struct Bytes;
        impl serde::Serialize for Bytes {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(b"x")
            }
        }
        let error = Argument::new(&Bytes).unwrap_err();
        assert_eq!(error.to_string(), "bytes have no name: wrap them in mailmethod::File");
    }
}
