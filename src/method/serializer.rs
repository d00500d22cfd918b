//! The serializer: any `serde::Serialize` value as an input.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{self, Serialize};

use super::file::{self, MARK};
use super::input::Input;

/// Takes a value over; a [`File`](super::File) inside it is not copied.
pub(super) fn to_input<T: Serialize + ?Sized>(value: &T) -> Result<Input, ArgumentError> {
    file::handing_over(|| value.serialize(ToInput))
}

/// Why a value cannot be an argument.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ArgumentError(String);

impl ser::Error for ArgumentError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Result<T, E = ArgumentError> = std::result::Result<T, E>;

#[derive(Clone, Copy)]
struct ToInput;

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<Input> {
            Ok(Input::Integer(i128::from(value)))
        })*
    };
}

impl ser::Serializer for ToInput {
    type Ok = Input;
    type Error = ArgumentError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Variant<Items>;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Variant<Entries>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_i128: i128
    }

    fn serialize_u128(self, value: u128) -> Result<Input> {
        i128::try_from(value)
            .map(Input::Integer)
            .map_err(|_large| ser::Error::custom("an integer is too large"))
    }

    fn serialize_bool(self, value: bool) -> Result<Input> {
        Ok(Input::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Input> {
        // By its shortest text, so that 0.1 stays 0.1.
        Ok(Input::Float(value.to_string().parse().unwrap_or_else(|_| f64::from(value))))
    }

    fn serialize_f64(self, value: f64) -> Result<Input> {
        Ok(Input::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Input> {
        Ok(Input::Text(value.to_string().into()))
    }

    fn serialize_str(self, value: &str) -> Result<Input> {
        Ok(Input::Text(value.into()))
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<Input> {
        Err(ser::Error::custom("bytes have no name: wrap them in mailmethod::File"))
    }

    fn serialize_none(self) -> Result<Input> {
        Ok(Input::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Input> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Input> {
        Ok(Input::Null)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Input> {
        if name == MARK {
            return file::handed_over()
                .map(Input::File)
                .ok_or_else(|| ser::Error::custom("a file did not hand itself over"));
        }
        Ok(Input::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Input> {
        Ok(Input::Text(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Input> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Input> {
        Ok(Input::Map(vec![(Cow::Borrowed(variant), value.serialize(self)?)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items> {
        Ok(Items(Vec::with_capacity(length.unwrap_or(0).min(4_096))))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Items> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Variant<Items>> {
        Ok(Variant { variant, inner: self.serialize_seq(Some(length))? })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries> {
        Ok(Entries { entries: Vec::with_capacity(length.unwrap_or(0).min(4_096)), key: None })
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Entries> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Variant<Entries>> {
        Ok(Variant { variant, inner: self.serialize_map(Some(length))? })
    }
}

struct Items(Vec<Input>);

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.0.push(value.serialize(ToInput)?);
        Ok(())
    }
}

impl ser::SerializeSeq for Items {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Input> {
        Ok(Input::List(self.0))
    }
}

impl ser::SerializeTuple for Items {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Input> {
        Ok(Input::List(self.0))
    }
}

impl ser::SerializeTupleStruct for Items {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Input> {
        Ok(Input::List(self.0))
    }
}

struct Entries {
    entries: Vec<(Cow<'static, str>, Input)>,
    key: Option<Cow<'static, str>>,
}

impl ser::SerializeMap for Entries {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = Some(match key.serialize(ToInput)? {
            Input::Text(text) => Cow::Owned(text.to_string()),
            Input::Integer(number) => Cow::Owned(number.to_string()),
            Input::Bool(value) => Cow::Owned(value.to_string()),
            other => {
                return Err(ser::Error::custom(format!("{} cannot be a key", other.kind())));
            }
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().unwrap_or_default();
        self.entries.push((key, value.serialize(ToInput)?));
        Ok(())
    }

    fn end(self) -> Result<Input> {
        Ok(Input::Map(self.entries))
    }
}

impl ser::SerializeStruct for Entries {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.entries.push((Cow::Borrowed(key), value.serialize(ToInput)?));
        Ok(())
    }

    fn end(self) -> Result<Input> {
        Ok(Input::Map(self.entries))
    }
}

struct Variant<T> {
    variant: &'static str,
    inner: T,
}

impl ser::SerializeTupleVariant for Variant<Items> {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.inner.push(value)
    }

    fn end(self) -> Result<Input> {
        Ok(Input::Map(vec![(Cow::Borrowed(self.variant), Input::List(self.inner.0))]))
    }
}

impl ser::SerializeStructVariant for Variant<Entries> {
    type Ok = Input;
    type Error = ArgumentError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        ser::SerializeStruct::serialize_field(&mut self.inner, key, value)
    }

    fn end(self) -> Result<Input> {
        Ok(Input::Map(vec![(Cow::Borrowed(self.variant), Input::Map(self.inner.entries))]))
    }
}
