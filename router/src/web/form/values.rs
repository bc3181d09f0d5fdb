//! The serde deserializers for the fields of a form.

use super::{Field, FormError, Given, Guess, flag};
use serde::{
    Deserializer,
    de::{
        self, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

/// A whole form.
pub(super) struct Form<'d>(pub(super) &'d [Field<'d>]);

impl<'de> Deserializer<'de> for Form<'_> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        let pairs = self.0.iter().map(|field| (&*field.name, Values(field)));
        visitor.visit_map(MapDeserializer::new(pairs))
    }

    /// For types that read none of the fields.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        if self.0.is_empty() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        visitor.visit_newtype_struct(self)
    }

    /// Yields name-value pairs, in the order in which the names first occur.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        let pairs = self.0.iter().flat_map(|field| {
            let values = field.values.iter();
            values.map(|value| Pair(&field.name, value))
        });
        visitor.visit_seq(SeqDeserializer::new(pairs))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit_struct tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A name with one of its values, as a tuple.
struct Pair<'d>(&'d str, &'d str);

impl<'de, 'd> IntoDeserializer<'de, FormError> for Pair<'d> {
    type Deserializer = SeqDeserializer<std::array::IntoIter<One<'d>, 2>, FormError>;

    fn into_deserializer(self) -> Self::Deserializer {
        SeqDeserializer::new([One(self.0), One(self.1)].into_iter())
    }
}

/// All values of a name.
struct Values<'d>(&'d Field<'d>);

impl Values<'_> {
    fn only(&self) -> Result<One<'_>, FormError> {
        match &self.0.values[..] {
            [value] => Ok(One(value)),
            _ => Err(de::Error::custom(format!(
                "`{}` occurs several times",
                self.0.name
            ))),
        }
    }
}

macro_rules! of_the_only_value {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
            let value = self.only()?;
            value.$method(visitor).map_err(|error| error.of(&self.0.name))
        }
    )*};
}

impl<'de> Deserializer<'de> for Values<'_> {
    type Error = FormError;

    /// Called where serde does not know the expected type yet.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        if self.0.values.len() != 1 {
            return self.deserialize_seq(visitor);
        }
        if matches!(self.0.given, Given::Text | Given::TextAgain) {
            return self.only()?.deserialize_any(visitor);
        }
        match self.0.guess() {
            Guess::Unsigned(number) => visitor.visit_u64(number),
            Guess::Signed(number) => visitor.visit_i64(number),
            Guess::Float(number) => visitor.visit_f64(number),
            Guess::Flag(is_on) => visitor.visit_bool(is_on),
            Guess::Nothing => visitor.visit_unit(),
            Guess::Text(text) => visitor.visit_str(text),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        let values = self.0.values.iter().map(|value| One(value));
        let list = visitor.visit_seq(SeqDeserializer::new(values));
        list.map_err(|error: FormError| error.of(&self.0.name))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        self.deserialize_seq(visitor)
    }

    /// An empty value is `None`, because an empty field of a form has not been filled in.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        match &self.0.values[..] {
            [value] if value.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        let value = self.only()?;
        let variant = value.deserialize_enum(name, variants, visitor);
        variant.map_err(|error| error.of(&self.0.name))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_unit()
    }

    of_the_only_value! {
        deserialize_bool deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! { unit_struct map struct }
}

impl<'de> IntoDeserializer<'de, FormError> for Values<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// One value.
struct One<'d>(&'d str);

macro_rules! parsed {
    ($($method:ident: $type:ty => $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
            match self.0.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(error) => Err(de::Error::custom(format!("{:?}: {error}", self.0))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for One<'_> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        match flag(self.0) {
            Some(is_on) => visitor.visit_bool(is_on),
            None => Err(de::Error::invalid_value(
                Unexpected::Str(self.0),
                &"`true`, `on`, `1`, `false`, `off` or `0`",
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        if self.0.is_empty() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        if self.0.is_empty() {
            visitor.visit_unit()
        } else {
            visitor.visit_str(self.0)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FormError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        visitor.visit_enum(StrDeserializer::new(self.0))
    }

    parsed! {
        deserialize_i8: i8 => visit_i8;
        deserialize_i16: i16 => visit_i16;
        deserialize_i32: i32 => visit_i32;
        deserialize_i64: i64 => visit_i64;
        deserialize_i128: i128 => visit_i128;
        deserialize_u8: u8 => visit_u8;
        deserialize_u16: u16 => visit_u16;
        deserialize_u32: u32 => visit_u32;
        deserialize_u64: u64 => visit_u64;
        deserialize_u128: u128 => visit_u128;
        deserialize_f32: f32 => visit_f32;
        deserialize_f64: f64 => visit_f64;
        deserialize_char: char => visit_char;
    }

    forward_to_deserialize_any! {
        str string bytes byte_buf unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

impl<'de> IntoDeserializer<'de, FormError> for One<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
