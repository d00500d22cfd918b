//! The value: an argument as templates see it.
//!
//! Values are made by the binding of a call, from types that were checked. A
//! template can print, compare and walk them; it cannot change them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::Zoned;
use jiff::civil::{Date, Time};
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value as Raw};
use rust_decimal::Decimal;

/// A bound argument, as a template sees it. Cloning it copies nothing.
#[derive(Clone, Debug)]
pub struct Value(pub(super) Raw);

/// The names of a record's fields, shared by all records of one type.
pub(crate) type Shape = Arc<[Arc<str>]>;

impl Value {
    /// An optional argument that was not given: defined, false, empty, prints nothing.
    pub(crate) fn absent() -> Self {
        static ABSENT: LazyLock<Raw> = LazyLock::new(|| Raw::from_object(Absent));
        Self(ABSENT.clone())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self(Raw::from(text))
    }

    /// The text of [`Value::text`]; empty for all else.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str().unwrap_or_default()
    }

    pub(crate) fn integer(number: i64) -> Self {
        // What is not negative is what the engine makes of a literal: the two compare as they are.
        Self(u64::try_from(number).map_or_else(|_negative| Raw::from(number), Raw::from))
    }

    pub(crate) fn float(number: f64) -> Self {
        Self(Raw::from(number))
    }

    pub(crate) fn boolean(boolean: bool) -> Self {
        Self(Raw::from(boolean))
    }

    pub(crate) fn decimal(number: Decimal) -> Self {
        Self::decimal_text(number, &number.to_string())
    }

    /// A decimal whose text is known already.
    pub(crate) fn decimal_text(number: Decimal, text: &str) -> Self {
        Self(Raw::from_object(Number { inner: number, shown: Raw::from(text) }))
    }

    pub(crate) fn date(date: Date) -> Self {
        Self::date_text(date, &date.to_string())
    }

    /// A date whose text, `2026-12-07`, is known already.
    pub(crate) fn date_text(date: Date, text: &str) -> Self {
        Self(Raw::from_object(Day { inner: date, shown: Raw::from(text) }))
    }

    pub(crate) fn time(time: Time) -> Self {
        Self(Raw::from_object(Clock(time)))
    }

    pub(crate) fn datetime(moment: Zoned) -> Self {
        Self(Raw::from_object(Moment(moment)))
    }

    /// A mailbox: its display name with its whole form, if it has a name, and its address.
    pub(crate) fn address(named: Option<(&str, String)>, spec: Arc<str>) -> Self {
        let (name, shown) = match named {
            Some((name, shown)) => (Some(name.into()), shown.into()),
            None => (None, Arc::clone(&spec)),
        };
        Self(Raw::from_object(Mailbox { shown, name, spec }))
    }

    /// A list of mailboxes, each made by [`Value::address`].
    pub(crate) fn addresses(list: Vec<Self>) -> Self {
        Self(Raw::from_object(Mailboxes(list.into_iter().map(|value| value.0).collect())))
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self(Raw::from(items.into_iter().map(|value| value.0).collect::<Vec<Raw>>()))
    }

    /// A record with one value for each name of its shape, in order.
    pub(crate) fn record(shape: Shape, values: impl IntoIterator<Item = Self>) -> Self {
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_else(Self::absent);
        // Small records hold their values themselves: lists have many of them.
        match shape.len() {
            1 => Self::row::<1>(shape, next),
            2 => Self::row::<2>(shape, next),
            3 => Self::row::<3>(shape, next),
            4 => Self::row::<4>(shape, next),
            5 => Self::row::<5>(shape, next),
            6 => Self::row::<6>(shape, next),
            length => {
                let values: Vec<Self> = (0..length).map(|_| next()).collect();
                Self(Raw::from_object(Record { shape, values }))
            }
        }
    }

    fn row<const N: usize>(shape: Shape, mut next: impl FnMut() -> Self) -> Self {
        let values: [Self; N] = std::array::from_fn(|_| next());
        Self(Raw::from_object(Record { shape, values }))
    }

    /// A map of unchecked keys, as an argument of type `any` holds.
    pub(crate) fn map(entries: Vec<(String, Self)>) -> Self {
        Self(Raw::from_pairs(entries.into_iter().map(|(key, value)| (key, value.0))))
    }

    /// A file: its name, type and size; its content stays outside of templates.
    pub(crate) fn file(filename: &str, content_type: Option<&str>, size: usize) -> Self {
        let (filename, content_type) = (Raw::from(filename), content_type.map(Raw::from));
        Self(Raw::from_object(Attached { filename, content_type, size }))
    }
}

/// What an absent optional is.
#[derive(Debug)]
struct Absent;

impl Object for Absent {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// Whether a value is an absent optional.
pub(super) fn is_absent(value: &Raw) -> bool {
    value.downcast_object_ref::<Absent>().is_some()
}

/// Gives a plain object its text and its order, from the value inside it.
macro_rules! plain_object {
    ($name:ident($inner:ty)) => {
        #[derive(Debug)]
        pub(super) struct $name(pub(super) $inner);

        impl Object for $name {
            fn repr(self: &Arc<Self>) -> ObjectRepr {
                ObjectRepr::Plain
            }

            fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
                Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
            }

            fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(&self.0, f)
            }
        }
    };
}

plain_object!(Clock(Time));
plain_object!(Moment(Zoned));

/// How a plain object is printed.
trait Plain {
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

fn show(value: &impl Plain, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    value.print(f)
}

impl Plain for Time {
    /// `14:30`, with seconds only where there are some.
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.second() == 0 && self.subsec_nanosecond() == 0 {
            write!(f, "{:02}:{:02}", self.hour(), self.minute())
        } else {
            fmt::Display::fmt(self, f)
        }
    }
}

impl Plain for Zoned {
    /// RFC 3339 with the offset of its zone: `2026-12-07T14:30:00+01:00`.
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp().display_with_offset(self.offset()))
    }
}

/// A decimal number, and its text.
pub(super) type Number = Shown<Decimal>;
/// A date, and its text.
pub(super) type Day = Shown<Date>;

/// A value with its text: most are printed, and many more than once.
#[derive(Debug)]
pub(super) struct Shown<T> {
    pub(super) inner: T,
    shown: Raw,
}

impl<T> Shown<T> {
    /// The value as it was given: digits, a sign, points and hyphens.
    pub(super) fn as_str(&self) -> &str {
        self.shown.as_str().unwrap_or_default()
    }
}

/// A date, or a number other than zero, is true.
trait Truth {
    fn is_true(&self) -> bool {
        true
    }
}

impl Truth for Date {}

impl Truth for Decimal {
    fn is_true(&self) -> bool {
        !self.is_zero()
    }
}

impl<T: Truth + Ord + fmt::Debug + Send + Sync + 'static> Object for Shown<T> {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.inner.cmp(&other.downcast_ref::<Self>()?.inner))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.inner.is_true()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A mailbox: prints itself whole, and has `name` and `spec`.
#[derive(Debug)]
pub(super) struct Mailbox {
    pub(super) shown: Arc<str>,
    name: Option<Arc<str>>,
    spec: Arc<str>,
}

impl Object for Mailbox {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Raw) -> Option<Raw> {
        match key.as_str()? {
            "name" => Some(match &self.name {
                Some(name) => Raw::from(Arc::clone(name)),
                None => Value::absent().0,
            }),
            "spec" => Some(Raw::from(Arc::clone(&self.spec))),
            _ => None,
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.shown.cmp(&other.downcast_ref::<Self>()?.shown))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A list of mailboxes: prints itself with commas.
#[derive(Debug)]
pub(super) struct Mailboxes(pub(super) Vec<Raw>);

impl Object for Mailboxes {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Raw) -> Option<Raw> {
        self.0.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mailbox) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{mailbox}")?;
        }
        Ok(())
    }
}

/// A file: what a template may know of it.
#[derive(Debug)]
struct Attached {
    filename: Raw,
    content_type: Option<Raw>,
    size: usize,
}

impl Object for Attached {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Raw) -> Option<Raw> {
        match key.as_str()? {
            "filename" => Some(self.filename.clone()),
            "content_type" => {
                let given = self.content_type.clone();
                Some(given.unwrap_or_else(|| Raw::from("application/octet-stream")))
            }
            "size" => Some(Raw::from(self.size)),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["filename", "content_type", "size"])
    }
}

/// A record: its fields in the order declared.
#[derive(Debug)]
struct Record<V> {
    shape: Shape,
    values: V,
}

impl<V: AsRef<[Value]>> Record<V> {
    fn field(&self, name: &str) -> Option<Raw> {
        let at = self.shape.iter().position(|field| field.as_ref() == name)?;
        self.values.as_ref().get(at).map(|value| value.0.clone())
    }
}

impl<V: AsRef<[Value]> + fmt::Debug + Send + Sync + 'static> Object for Record<V> {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Raw) -> Option<Raw> {
        self.field(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Raw> {
        self.field(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.shape.iter().map(|name| Raw::from(Arc::clone(name))).collect())
    }
}
