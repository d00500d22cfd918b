// Made by mailmethod from the mail methods of a folder: do not edit.

/// The mail method `-`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct U2d {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl U2d {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "-";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for U2d {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<U2d> for ::mailmethod::Call {
    fn from(call: U2d) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&U2d> for ::mailmethod::Call {
    fn from(call: &U2d) -> Self {
        call.call()
    }
}

/// The mail method `--`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct U2dU2d {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl U2dU2d {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "--";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for U2dU2d {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<U2dU2d> for ::mailmethod::Call {
    fn from(call: U2dU2d) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&U2dU2d> for ::mailmethod::Call {
    fn from(call: &U2dU2d) -> Self {
        call.call()
    }
}

/// The mail method `2fa`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct _2fa {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl _2fa {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "2fa";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for _2fa {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<_2fa> for ::mailmethod::Call {
    fn from(call: _2fa) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&_2fa> for ::mailmethod::Call {
    fn from(call: &_2fa) -> Self {
        call.call()
    }
}

/// The mail method `a-1`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct a_2d_1 {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl a_2d_1 {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "a-1";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for a_2d_1 {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<a_2d_1> for ::mailmethod::Call {
    fn from(call: a_2d_1) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&a_2d_1> for ::mailmethod::Call {
    fn from(call: &a_2d_1) -> Self {
        call.call()
    }
}

/// The mail method `a1`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct a1 {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl a1 {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "a1";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for a1 {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<a1> for ::mailmethod::Call {
    fn from(call: a1) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&a1> for ::mailmethod::Call {
    fn from(call: &a1) -> Self {
        call.call()
    }
}

/// The mail method `a_1`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct a_5f_1 {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl a_5f_1 {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "a_1";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for a_5f_1 {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<a_5f_1> for ::mailmethod::Call {
    fn from(call: a_5f_1) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&a_5f_1> for ::mailmethod::Call {
    fn from(call: &a_5f_1) -> Self {
        call.call()
    }
}

/// The mail method `clone`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct Clone {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl Clone {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "clone";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for Clone {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<Clone> for ::mailmethod::Call {
    fn from(call: Clone) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&Clone> for ::mailmethod::Call {
    fn from(call: &Clone) -> Self {
        call.call()
    }
}

/// The mail method `every-type`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
pub struct EveryType {
    /// `string`.
    pub string: ::std::string::String,
    /// `text`.
    pub text: ::std::string::String,
    /// `integer`, at least -5, at most 5.
    pub integer: ::std::primitive::i64,
    /// `decimal`.
    pub decimal: ::mailmethod::codegen::types::Decimal,
    /// `float`.
    pub float: ::std::primitive::f64,
    /// `boolean`.
    pub boolean: ::std::primitive::bool,
    /// `date`.
    pub date: ::mailmethod::codegen::types::Date,
    /// `time`.
    pub time: ::mailmethod::codegen::types::Time,
    /// `datetime`.
    pub datetime: ::mailmethod::codegen::types::Timestamp,
    /// `address`.
    pub address: ::mailmethod::codegen::types::Mailbox,
    /// `addresses`.
    pub addresses: ::std::vec::Vec<::mailmethod::codegen::types::Mailbox>,
    /// `url`.
    pub link: ::mailmethod::codegen::types::Url,
    /// `enum(a|b)`.
    pub word: self::every_type::Word,
    /// `list`.
    pub words: ::std::vec::Vec<self::every_type::Words>,
    /// `list`.
    pub list: ::std::vec::Vec<::mailmethod::method::Argument>,
    /// `list`.
    pub gaps: ::std::vec::Vec<::std::option::Option<::std::string::String>>,
    /// `list`.
    pub grid: ::std::vec::Vec<::std::vec::Vec<::std::primitive::i64>>,
    /// `record`.
    pub record: self::every_type::Record,
    /// `file`.
    pub file: ::mailmethod::File,
    /// `list`.
    pub files: ::std::vec::Vec<::mailmethod::File>,
    /// `any`.
    pub any: ::mailmethod::method::Argument,
    /// `string`, optional.
    pub note: ::std::option::Option<::std::string::String>,
    /// `file`, optional.
    pub scan: ::std::option::Option<::mailmethod::File>,
    /// `list`, optional.
    pub numbers: ::std::option::Option<::std::vec::Vec<::std::primitive::i64>>,
    /// `integer`; `2` if it is left out.
    pub copies: ::std::option::Option<::std::primitive::i64>,
    /// `decimal`; `1.50` if it is left out.
    pub price: ::std::option::Option<::mailmethod::codegen::types::Decimal>,
    /// `list`; `["x","y"]` if it is left out.
    pub tags: ::std::option::Option<::std::vec::Vec<::std::string::String>>,
    /// `record`; `{"w":1}` if it is left out.
    pub size: ::std::option::Option<self::every_type::Size>,
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl EveryType {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "every-type";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new(
        string: impl ::std::convert::Into<::std::string::String>,
        text: impl ::std::convert::Into<::std::string::String>,
        integer: ::std::primitive::i64,
        decimal: ::mailmethod::codegen::types::Decimal,
        float: ::std::primitive::f64,
        boolean: ::std::primitive::bool,
        date: ::mailmethod::codegen::types::Date,
        time: ::mailmethod::codegen::types::Time,
        datetime: ::mailmethod::codegen::types::Timestamp,
        address: impl ::std::convert::Into<::mailmethod::codegen::types::Mailbox>,
        addresses: ::std::vec::Vec<::mailmethod::codegen::types::Mailbox>,
        link: ::mailmethod::codegen::types::Url,
        word: self::every_type::Word,
        words: ::std::vec::Vec<self::every_type::Words>,
        list: ::std::vec::Vec<::mailmethod::method::Argument>,
        gaps: ::std::vec::Vec<::std::option::Option<::std::string::String>>,
        grid: ::std::vec::Vec<::std::vec::Vec<::std::primitive::i64>>,
        record: self::every_type::Record,
        file: ::mailmethod::File,
        files: ::std::vec::Vec<::mailmethod::File>,
        any: ::mailmethod::method::Argument,
    ) -> Self {
        Self {
            string: ::std::convert::Into::into(string),
            text: ::std::convert::Into::into(text),
            integer,
            decimal,
            float,
            boolean,
            date,
            time,
            datetime,
            address: ::std::convert::Into::into(address),
            addresses,
            link,
            word,
            words,
            list,
            gaps,
            grid,
            record,
            file,
            files,
            any,
            note: ::std::option::Option::None,
            scan: ::std::option::Option::None,
            numbers: ::std::option::Option::None,
            copies: ::std::option::Option::None,
            price: ::std::option::Option::None,
            tags: ::std::option::Option::None,
            size: ::std::option::Option::None,
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record()
                .with("string", &self.string)
                .with("text", &self.text)
                .with("integer", &self.integer)
                .with("decimal", &self.decimal)
                .with("float", &self.float)
                .with("boolean", &self.boolean)
                .with("date", &self.date)
                .with("time", &self.time)
                .with("datetime", &self.datetime)
                .with("address", &self.address)
                .with("addresses", &self.addresses)
                .with("link", &self.link)
                .with("word", &self.word)
                .with("words", &self.words)
                .with("list", &self.list)
                .with("gaps", &self.gaps)
                .with("grid", &self.grid)
                .with("record", &self.record)
                .with("file", &self.file)
                .with("files", &self.files)
                .with("any", &self.any)
                .with_optional("note", &self.note)
                .with_optional("scan", &self.scan)
                .with_optional("numbers", &self.numbers)
                .with_optional("copies", &self.copies)
                .with_optional("price", &self.price)
                .with_optional("tags", &self.tags)
                .with_optional("size", &self.size),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for EveryType {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<EveryType> for ::mailmethod::Call {
    fn from(call: EveryType) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&EveryType> for ::mailmethod::Call {
    fn from(call: &EveryType) -> Self {
        call.call()
    }
}

/// The mail method `mail2fa`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct mail2fa {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl mail2fa {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "mail2fa";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for mail2fa {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<mail2fa> for ::mailmethod::Call {
    fn from(call: mail2fa) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&mail2fa> for ::mailmethod::Call {
    fn from(call: &mail2fa) -> Self {
        call.call()
    }
}

/// The mail method `option`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct Option {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl Option {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "option";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for Option {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<Option> for ::mailmethod::Call {
    fn from(call: Option) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&Option> for ::mailmethod::Call {
    fn from(call: &Option) -> Self {
        call.call()
    }
}

/// A method beside a folder of its name.
///
/// The mail method `orders`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
pub struct Orders {
    /// `record`.
    pub customer: self::orders::Customer_,
    /// `enum(self|Self|a b|a-b|1st|+|-|ä|fn|Err|Ok|ALL|IN_STOCK|"|\|from_str|true)`.
    pub plan: self::orders::Plan,
    /// `list`.
    pub Plan: ::std::vec::Vec<self::orders::Plan_>,
    /// `record`.
    pub line: self::orders::Line,
    /// `list`.
    pub lines: ::std::vec::Vec<self::orders::Lines>,
    /// `list`.
    pub status: ::std::vec::Vec<::std::vec::Vec<self::orders::Status>>,
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl Orders {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "orders";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new(
        customer: self::orders::Customer_,
        plan: self::orders::Plan,
        given_Plan: ::std::vec::Vec<self::orders::Plan_>,
        line: self::orders::Line,
        lines: ::std::vec::Vec<self::orders::Lines>,
        status: ::std::vec::Vec<::std::vec::Vec<self::orders::Status>>,
    ) -> Self {
        Self {
            customer,
            plan,
            Plan: given_Plan,
            line,
            lines,
            status,
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record()
                .with("customer", &self.customer)
                .with("plan", &self.plan)
                .with("Plan", &self.Plan)
                .with("line", &self.line)
                .with("lines", &self.lines)
                .with("status", &self.status),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for Orders {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<Orders> for ::mailmethod::Call {
    fn from(call: Orders) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&Orders> for ::mailmethod::Call {
    fn from(call: &Orders) -> Self {
        call.call()
    }
}

/// The mail method `secrets`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::cmp::PartialEq)]
pub struct Secrets {
    /// `string`, secret.
    pub token: ::std::string::String,
    /// `list`.
    pub keys: ::std::vec::Vec<::std::string::String>,
    /// `record`, secret.
    pub vault: self::secrets::Vault,
    /// `list`.
    pub boxes: ::std::vec::Vec<self::secrets::Box>,
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl Secrets {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "secrets";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new(
        token: impl ::std::convert::Into<::std::string::String>,
        keys: ::std::vec::Vec<::std::string::String>,
        vault: self::secrets::Vault,
        boxes: ::std::vec::Vec<self::secrets::Box>,
    ) -> Self {
        Self {
            token: ::std::convert::Into::into(token),
            keys,
            vault,
            boxes,
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record()
                .with("token", &self.token)
                .with("keys", &self.keys)
                .with("vault", &self.vault)
                .with("boxes", &self.boxes),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
        f.debug_struct("Secrets")
            .field("token", &::std::format_args!("•••"))
            .field("keys", &::std::format_args!("•••"))
            .field("vault", &::std::format_args!("•••"))
            .field("boxes", &self.boxes)
            .finish()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for Secrets {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<Secrets> for ::mailmethod::Call {
    fn from(call: Secrets) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&Secrets> for ::mailmethod::Call {
    fn from(call: &Secrets) -> Self {
        call.call()
    }
}

/// The mail method `self`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct Self_ {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl Self_ {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "self";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for Self_ {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<Self_> for ::mailmethod::Call {
    fn from(call: Self_) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&Self_> for ::mailmethod::Call {
    fn from(call: &Self_) -> Self {
        call.call()
    }
}

/// The mail method `string`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
pub struct String {}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl String {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "string";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new() -> Self {
        Self {
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record(),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for String {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<String> for ::mailmethod::Call {
    fn from(call: String) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&String> for ::mailmethod::Call {
    fn from(call: &String) -> Self {
        call.call()
    }
}

/// \# Not a heading, no \[link\](x), no \<b\>tag\</b\>, \`no code\`
/// \`\`\`rust
/// panic!("this is no test");
/// \`\`\`
/// and no way out: \*/ """ ''' \\ \\u{202e}  turned
///
/// The mail method `type`; its sample is `s`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
pub struct Type {
    /// `string`.
    pub r#type: ::std::string::String,
    /// 1\. one
    ///
    /// `string`.
    pub r#match: ::std::string::String,
    /// `string`.
    pub Self_: ::std::string::String,
    /// `string`.
    pub crate__: ::std::string::String,
    /// `string`.
    pub crate_: ::std::string::String,
    /// `string`.
    pub Some: ::std::string::String,
    /// `integer`, optional.
    pub Ok: ::std::option::Option<::std::primitive::i64>,
    /// `string`.
    pub ___: ::std::string::String,
    /// `string`.
    pub __: ::std::string::String,
    /// `string`.
    pub f: ::std::string::String,
    /// `string`.
    pub name: ::std::string::String,
    /// `string`.
    pub Name: ::std::string::String,
    /// `record`.
    pub r#async: self::r#type::Async,
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl Type {
    /// The name of the mail method.
    pub const METHOD: &'static ::std::primitive::str = "type";

    /// With what must be given; all else is left out and can be set.
    #[must_use]
    pub fn new(
        r#type: impl ::std::convert::Into<::std::string::String>,
        r#match: impl ::std::convert::Into<::std::string::String>,
        given_Self_: impl ::std::convert::Into<::std::string::String>,
        crate__: impl ::std::convert::Into<::std::string::String>,
        crate_: impl ::std::convert::Into<::std::string::String>,
        given_Some: impl ::std::convert::Into<::std::string::String>,
        ___: impl ::std::convert::Into<::std::string::String>,
        __: impl ::std::convert::Into<::std::string::String>,
        f: impl ::std::convert::Into<::std::string::String>,
        name: impl ::std::convert::Into<::std::string::String>,
        given_Name: impl ::std::convert::Into<::std::string::String>,
        r#async: self::r#type::Async,
    ) -> Self {
        Self {
            r#type: ::std::convert::Into::into(r#type),
            r#match: ::std::convert::Into::into(r#match),
            Self_: ::std::convert::Into::into(given_Self_),
            crate__: ::std::convert::Into::into(crate__),
            crate_: ::std::convert::Into::into(crate_),
            Some: ::std::convert::Into::into(given_Some),
            Ok: ::std::option::Option::None,
            ___: ::std::convert::Into::into(___),
            __: ::std::convert::Into::into(__),
            f: ::std::convert::Into::into(f),
            name: ::std::convert::Into::into(name),
            Name: ::std::convert::Into::into(given_Name),
            r#async,
        }
    }

    /// The call by name, to which a locale, headers and so on can be added.
    #[must_use]
    pub fn call(&self) -> ::mailmethod::Call {
        ::mailmethod::Call::with_arguments(
            Self::METHOD,
            ::mailmethod::method::Argument::record()
                .with("type", &self.r#type)
                .with("match", &self.r#match)
                .with("Self", &self.Self_)
                .with("crate", &self.crate__)
                .with("crate_", &self.crate_)
                .with("Some", &self.Some)
                .with_optional("Ok", &self.Ok)
                .with("_", &self.___)
                .with("__", &self.__)
                .with("f", &self.f)
                .with("name", &self.name)
                .with("Name", &self.Name)
                .with("async", &self.r#async),
        )
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::mailmethod::method::ToCall for Type {
    fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
        ::std::borrow::Cow::Owned(self.call())
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<Type> for ::mailmethod::Call {
    fn from(call: Type) -> Self {
        call.call()
    }
}

#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
impl ::std::convert::From<&Type> for ::mailmethod::Call {
    fn from(call: &Type) -> Self {
        call.call()
    }
}

/// The mail methods in `2024/`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod _2024 {
    /// The mail method `2024/type`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct Type {}

    impl Type {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "2024/type";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for Type {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<Type> for ::mailmethod::Call {
        fn from(call: Type) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&Type> for ::mailmethod::Call {
        fn from(call: &Type) -> Self {
            call.call()
        }
    }
}

/// The mail methods in `a-b/`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod a_2d_b {
    /// The mail method `a-b/x`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct X {}

    impl X {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "a-b/x";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for X {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<X> for ::mailmethod::Call {
        fn from(call: X) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&X> for ::mailmethod::Call {
        fn from(call: &X) -> Self {
            call.call()
        }
    }
}

/// The mail methods in `a_b/`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod a_5f_b {
    /// The mail method `a_b/x`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct X {}

    impl X {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "a_b/x";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for X {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<X> for ::mailmethod::Call {
        fn from(call: X) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&X> for ::mailmethod::Call {
        fn from(call: &X) -> Self {
            call.call()
        }
    }
}

/// What the arguments of `every-type` are made of.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod every_type {
    /// The argument `word`.
    #[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash)]
    pub enum Word {
        /// `a`
        A,
        /// `b`
        B,
    }

    impl Word {
        /// The word, as it is declared.
        #[must_use]
        pub const fn as_str(self) -> &'static ::std::primitive::str {
            match self {
                Self::A => "a",
                Self::B => "b",
            }
        }
    }

    impl ::std::fmt::Display for Word {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl ::std::str::FromStr for Word {
        type Err = ::mailmethod::codegen::UnknownWord;

        fn from_str(word: &::std::primitive::str) -> ::std::result::Result<Self, ::mailmethod::codegen::UnknownWord> {
            match word {
                "a" => ::std::result::Result::Ok(Self::A),
                "b" => ::std::result::Result::Ok(Self::B),
                _ => ::std::result::Result::Err(::mailmethod::codegen::UnknownWord::new(
                    word,
                    &["a", "b"],
                )),
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Word {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::ToArgument::to_argument(self.as_str())
        }
    }

    /// An item of `words`.
    #[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash)]
    pub enum Words {
        /// `c`
        C,
        /// `d`
        D,
    }

    impl Words {
        /// The word, as it is declared.
        #[must_use]
        pub const fn as_str(self) -> &'static ::std::primitive::str {
            match self {
                Self::C => "c",
                Self::D => "d",
            }
        }
    }

    impl ::std::fmt::Display for Words {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl ::std::str::FromStr for Words {
        type Err = ::mailmethod::codegen::UnknownWord;

        fn from_str(word: &::std::primitive::str) -> ::std::result::Result<Self, ::mailmethod::codegen::UnknownWord> {
            match word {
                "c" => ::std::result::Result::Ok(Self::C),
                "d" => ::std::result::Result::Ok(Self::D),
                _ => ::std::result::Result::Err(::mailmethod::codegen::UnknownWord::new(
                    word,
                    &["c", "d"],
                )),
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Words {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::ToArgument::to_argument(self.as_str())
        }
    }

    /// The argument `record`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Record {
        /// `string`.
        pub r#type: ::std::string::String,
        /// `integer`, optional.
        pub of: ::std::option::Option<::std::primitive::i64>,
    }

    impl Record {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            r#type: impl ::std::convert::Into<::std::string::String>,
        ) -> Self {
            Self {
                r#type: ::std::convert::Into::into(r#type),
                of: ::std::option::Option::None,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Record {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("type", &self.r#type)
                .with_optional("of", &self.of)
        }
    }

    /// The argument `size`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Size {
        /// `integer`.
        pub w: ::std::primitive::i64,
    }

    impl Size {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            w: ::std::primitive::i64,
        ) -> Self {
            Self {
                w,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Size {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("w", &self.w)
        }
    }
}

/// The mail methods in `mailmethod/`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod mailmethod {
    /// The mail method `mailmethod/call`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct Call {}

    impl Call {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "mailmethod/call";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for Call {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<Call> for ::mailmethod::Call {
        fn from(call: Call) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&Call> for ::mailmethod::Call {
        fn from(call: &Call) -> Self {
            call.call()
        }
    }
}

/// The mail methods in `orders/`.
///
/// What the arguments of `orders` are made of.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod orders {
    /// The mail method `orders/customer`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct Customer {}

    impl Customer {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "orders/customer";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for Customer {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<Customer> for ::mailmethod::Call {
        fn from(call: Customer) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&Customer> for ::mailmethod::Call {
        fn from(call: &Customer) -> Self {
            call.call()
        }
    }

    /// The argument `customer`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Customer_ {
        /// `string`.
        pub name: ::std::string::String,
    }

    impl Customer_ {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            name: impl ::std::convert::Into<::std::string::String>,
        ) -> Self {
            Self {
                name: ::std::convert::Into::into(name),
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Customer_ {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("name", &self.name)
        }
    }

    /// The argument `plan`.
    #[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash)]
    pub enum Plan {
        /// `self`
        self_,
        /// `Self`
        Self_,
        /// `a b`
        a_20_b,
        /// `a-b`
        a_2d_b,
        /// `1st`
        _1st,
        /// `+`
        U2b,
        /// `-`
        U2d,
        /// `ä`
        Ue4,
        /// `fn`
        Fn,
        /// `Err`
        Err,
        /// `Ok`
        Ok,
        /// `ALL`
        ALL,
        /// `IN_STOCK`
        InStock,
        /// `"`
        U22,
        /// `\`
        U5c,
        /// `from_str`
        FromStr,
        /// `true`
        True,
    }

    impl Plan {
        /// The word, as it is declared.
        #[must_use]
        pub const fn as_str(self) -> &'static ::std::primitive::str {
            match self {
                Self::self_ => "self",
                Self::Self_ => "Self",
                Self::a_20_b => "a b",
                Self::a_2d_b => "a-b",
                Self::_1st => "1st",
                Self::U2b => "+",
                Self::U2d => "-",
                Self::Ue4 => "ä",
                Self::Fn => "fn",
                Self::Err => "Err",
                Self::Ok => "Ok",
                Self::ALL => "ALL",
                Self::InStock => "IN_STOCK",
                Self::U22 => "\"",
                Self::U5c => "\\",
                Self::FromStr => "from_str",
                Self::True => "true",
            }
        }
    }

    impl ::std::fmt::Display for Plan {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl ::std::str::FromStr for Plan {
        type Err = ::mailmethod::codegen::UnknownWord;

        fn from_str(word: &::std::primitive::str) -> ::std::result::Result<Self, ::mailmethod::codegen::UnknownWord> {
            match word {
                "self" => ::std::result::Result::Ok(Self::self_),
                "Self" => ::std::result::Result::Ok(Self::Self_),
                "a b" => ::std::result::Result::Ok(Self::a_20_b),
                "a-b" => ::std::result::Result::Ok(Self::a_2d_b),
                "1st" => ::std::result::Result::Ok(Self::_1st),
                "+" => ::std::result::Result::Ok(Self::U2b),
                "-" => ::std::result::Result::Ok(Self::U2d),
                "ä" => ::std::result::Result::Ok(Self::Ue4),
                "fn" => ::std::result::Result::Ok(Self::Fn),
                "Err" => ::std::result::Result::Ok(Self::Err),
                "Ok" => ::std::result::Result::Ok(Self::Ok),
                "ALL" => ::std::result::Result::Ok(Self::ALL),
                "IN_STOCK" => ::std::result::Result::Ok(Self::InStock),
                "\"" => ::std::result::Result::Ok(Self::U22),
                "\\" => ::std::result::Result::Ok(Self::U5c),
                "from_str" => ::std::result::Result::Ok(Self::FromStr),
                "true" => ::std::result::Result::Ok(Self::True),
                _ => ::std::result::Result::Err(::mailmethod::codegen::UnknownWord::new(
                    word,
                    &["self", "Self", "a b", "a-b", "1st", "+", "-", "ä", "fn", "Err", "Ok", "ALL", "IN_STOCK", "\"", "\\", "from_str", "true"],
                )),
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Plan {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::ToArgument::to_argument(self.as_str())
        }
    }

    /// An item of `Plan`.
    #[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash)]
    pub enum Plan_ {
        /// `one`
        One,
        /// `two`
        Two,
    }

    impl Plan_ {
        /// The word, as it is declared.
        #[must_use]
        pub const fn as_str(self) -> &'static ::std::primitive::str {
            match self {
                Self::One => "one",
                Self::Two => "two",
            }
        }
    }

    impl ::std::fmt::Display for Plan_ {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl ::std::str::FromStr for Plan_ {
        type Err = ::mailmethod::codegen::UnknownWord;

        fn from_str(word: &::std::primitive::str) -> ::std::result::Result<Self, ::mailmethod::codegen::UnknownWord> {
            match word {
                "one" => ::std::result::Result::Ok(Self::One),
                "two" => ::std::result::Result::Ok(Self::Two),
                _ => ::std::result::Result::Err(::mailmethod::codegen::UnknownWord::new(
                    word,
                    &["one", "two"],
                )),
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Plan_ {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::ToArgument::to_argument(self.as_str())
        }
    }

    /// The argument `line`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Line {
        /// `integer`.
        pub a: ::std::primitive::i64,
    }

    impl Line {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            a: ::std::primitive::i64,
        ) -> Self {
            Self {
                a,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Line {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("a", &self.a)
        }
    }

    /// An item of `lines`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Lines {
        /// `integer`.
        pub a: ::std::primitive::i64,
    }

    impl Lines {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            a: ::std::primitive::i64,
        ) -> Self {
            Self {
                a,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Lines {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("a", &self.a)
        }
    }

    /// An item of `status`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Status {
        /// `list`.
        pub of: ::std::vec::Vec<::mailmethod::method::Argument>,
    }

    impl Status {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            of: ::std::vec::Vec<::mailmethod::method::Argument>,
        ) -> Self {
            Self {
                of,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Status {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("of", &self.of)
        }
    }
}

/// What the arguments of `secrets` are made of.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod secrets {
    /// The argument `vault`.
    #[derive(::std::clone::Clone, ::std::cmp::PartialEq)]
    pub struct Vault {
        /// `integer`.
        pub code: ::std::primitive::i64,
        /// `enum(hush|hushhush)`.
        pub kind: self::VaultKind,
        /// `string`, optional.
        pub open: ::std::option::Option<::std::string::String>,
    }

    impl Vault {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            code: ::std::primitive::i64,
            kind: self::VaultKind,
        ) -> Self {
            Self {
                code,
                kind,
                open: ::std::option::Option::None,
            }
        }
    }

    impl ::std::fmt::Debug for Vault {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.debug_struct("Vault")
                .field("code", &::std::format_args!("•••"))
                .field("kind", &::std::format_args!("•••"))
                .field("open", &::std::format_args!("•••"))
                .finish()
        }
    }

    impl ::mailmethod::method::ToArgument for Vault {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("code", &self.code)
                .with("kind", &self.kind)
                .with_optional("open", &self.open)
        }
    }

    /// The argument `vault.kind`.
    #[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash)]
    pub enum VaultKind {
        /// `hush`
        Hush,
        /// `hushhush`
        Hushhush,
    }

    impl VaultKind {
        /// The word, as it is declared.
        #[must_use]
        pub const fn as_str(self) -> &'static ::std::primitive::str {
            match self {
                Self::Hush => "hush",
                Self::Hushhush => "hushhush",
            }
        }
    }

    impl ::std::fmt::Display for VaultKind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str(self.as_str())
        }
    }

    impl ::std::str::FromStr for VaultKind {
        type Err = ::mailmethod::codegen::UnknownWord;

        fn from_str(word: &::std::primitive::str) -> ::std::result::Result<Self, ::mailmethod::codegen::UnknownWord> {
            match word {
                "hush" => ::std::result::Result::Ok(Self::Hush),
                "hushhush" => ::std::result::Result::Ok(Self::Hushhush),
                _ => ::std::result::Result::Err(::mailmethod::codegen::UnknownWord::new(
                    word,
                    &["hush", "hushhush"],
                )),
            }
        }
    }

    impl ::mailmethod::method::ToArgument for VaultKind {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::ToArgument::to_argument(self.as_str())
        }
    }

    /// An item of `boxes`.
    #[derive(::std::clone::Clone, ::std::cmp::PartialEq)]
    pub struct Box {
        /// `integer`, secret.
        pub pin: ::std::primitive::i64,
        /// `string`.
        pub shown: ::std::string::String,
    }

    impl Box {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            pin: ::std::primitive::i64,
            shown: impl ::std::convert::Into<::std::string::String>,
        ) -> Self {
            Self {
                pin,
                shown: ::std::convert::Into::into(shown),
            }
        }
    }

    impl ::std::fmt::Debug for Box {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.debug_struct("Box")
                .field("pin", &::std::format_args!("•••"))
                .field("shown", &self.shown)
                .finish()
        }
    }

    impl ::mailmethod::method::ToArgument for Box {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("pin", &self.pin)
                .with("shown", &self.shown)
        }
    }
}

/// The mail methods in `self/`.
///
/// What the arguments of `self` are made of.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod self_ {
    /// The mail method `self/crate`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct Crate {}

    impl Crate {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "self/crate";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for Crate {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<Crate> for ::mailmethod::Call {
        fn from(call: Crate) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&Crate> for ::mailmethod::Call {
        fn from(call: &Crate) -> Self {
            call.call()
        }
    }
}

/// The mail methods in `std/`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod std {
    /// The mail method `std/option`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct Option {}

    impl Option {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "std/option";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for Option {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<Option> for ::mailmethod::Call {
        fn from(call: Option) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&Option> for ::mailmethod::Call {
        fn from(call: &Option) -> Self {
            call.call()
        }
    }

    /// The mail method `std/string`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct String {}

    impl String {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "std/string";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for String {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<String> for ::mailmethod::Call {
        fn from(call: String) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&String> for ::mailmethod::Call {
        fn from(call: &String) -> Self {
            call.call()
        }
    }
}

/// The mail methods in `str/`.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod str {
    /// The mail method `str/bool`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct Bool {}

    impl Bool {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "str/bool";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for Bool {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<Bool> for ::mailmethod::Call {
        fn from(call: Bool) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&Bool> for ::mailmethod::Call {
        fn from(call: &Bool) -> Self {
            call.call()
        }
    }

    /// The mail method `str/i64`; its sample is `s`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::default::Default, ::std::cmp::PartialEq)]
    pub struct I64 {}

    impl I64 {
        /// The name of the mail method.
        pub const METHOD: &'static ::std::primitive::str = "str/i64";

        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new() -> Self {
            Self {
            }
        }

        /// The call by name, to which a locale, headers and so on can be added.
        #[must_use]
        pub fn call(&self) -> ::mailmethod::Call {
            ::mailmethod::Call::with_arguments(
                Self::METHOD,
                ::mailmethod::method::Argument::record(),
            )
        }
    }

    impl ::mailmethod::method::ToCall for I64 {
        fn to_call(&self) -> ::std::borrow::Cow<'_, ::mailmethod::Call> {
            ::std::borrow::Cow::Owned(self.call())
        }
    }

    impl ::std::convert::From<I64> for ::mailmethod::Call {
        fn from(call: I64) -> Self {
            call.call()
        }
    }

    impl ::std::convert::From<&I64> for ::mailmethod::Call {
        fn from(call: &I64) -> Self {
            call.call()
        }
    }
}

/// What the arguments of `type` are made of.
#[allow(unused, unused_qualifications, unreachable_pub, nonstandard_style)]
#[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#[rustfmt::skip]
pub mod r#type {
    /// The argument `async`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct Async {
        /// `string`.
        pub r#gen: ::std::string::String,
        /// `record`.
        pub r#dyn: self::AsyncDyn,
    }

    impl Async {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            r#gen: impl ::std::convert::Into<::std::string::String>,
            r#dyn: self::AsyncDyn,
        ) -> Self {
            Self {
                r#gen: ::std::convert::Into::into(r#gen),
                r#dyn,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for Async {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("gen", &self.r#gen)
                .with("dyn", &self.r#dyn)
        }
    }

    /// The argument `async.dyn`.
    #[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq)]
    pub struct AsyncDyn {
        /// `integer`.
        pub r#fn: ::std::primitive::i64,
    }

    impl AsyncDyn {
        /// With what must be given; all else is left out and can be set.
        #[must_use]
        pub fn new(
            r#fn: ::std::primitive::i64,
        ) -> Self {
            Self {
                r#fn,
            }
        }
    }

    impl ::mailmethod::method::ToArgument for AsyncDyn {
        fn to_argument(&self) -> ::mailmethod::method::Argument {
            ::mailmethod::method::Argument::record()
                .with("fn", &self.r#fn)
        }
    }
}
