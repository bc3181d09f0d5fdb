//! Pairs of names and values, as queries and forms have them, read with serde.
//!
//! What HTML forms and `URLSearchParams` send is read as it is meant: a name that occurs several times
//! is a list, an empty value is `None` for an `Option`, and a checkbox is a `bool`.
//!
//! No crate reads numbers in a flattened struct: there serde asks for a value before it knows the type,
//! and all that a form has are texts. So the first answer is the text, and what turns out to be wanted
//! as something else is read again as that.

use percent_encoding::percent_decode;
use serde::{
    Deserializer, de,
    de::{
        DeserializeOwned, Expected, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::{self, Display},
};

/// How many fields are read in all while a form is read again with other types for the values of
/// flattened structs: a client chooses how many fields there are.
const MAX_READS: usize = 100_000;

/// Reads `name=value&…`.
pub(super) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, FormError> {
    let mut fields = fields(text);
    // Each attempt changes a field, and each field is changed twice at most.
    let attempts = (2 * fields.len()).min(MAX_READS / fields.len().max(1));
    for _ in 0..attempts {
        let error = match read(&fields) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let is_mended = match &error.mismatch {
            Some(Mismatch::Text(text)) => give_types(&mut fields, text),
            Some(Mismatch::Value(value)) => give_text(&mut fields, value),
            None => false,
        };
        if !is_mended {
            return Err(error);
        }
    }
    read(&fields)
}

fn read<T: DeserializeOwned>(fields: &[Field<'_>]) -> Result<T, FormError> {
    T::deserialize(Form(fields))
}

/// Something wants a value that is no text. Returns whether that may be helped.
fn give_types(fields: &mut [Field<'_>], text: &str) -> bool {
    // All of them at once: most are what they look like.
    let mut is_mended = false;
    for field in fields.iter_mut().filter(|field| field.given == Given::Text) {
        field.given = Given::Typed;
        is_mended = true;
    }
    // Or a text was taken for the one that had to be a text.
    let mut mistaken = fields
        .iter_mut()
        .filter(|field| field.given == Given::TextAgain);
    if !is_mended && let Some(field) = mistaken.find(|field| field.values == [text]) {
        field.given = Given::TypedAgain;
        is_mended = true;
    }
    is_mended
}

/// Something wants a text that looks like a number. One at a time: others may look the same.
fn give_text(fields: &mut [Field<'_>], value: &str) -> bool {
    let mut typed = fields
        .iter_mut()
        .filter(|field| field.given == Given::Typed);
    let wrong = typed.find(|field| field.guess().to_string() == value);
    wrong.map(|field| field.given = Given::TextAgain).is_some()
}

/// Why a form could not be read.
#[derive(Debug)]
pub(super) struct FormError {
    text: String,
    mismatch: Option<Mismatch>,
}

/// A value of a type that is not wanted.
#[derive(Debug)]
enum Mismatch {
    /// This text.
    Text(String),
    /// Something else, as [`Guess`] prints it.
    Value(String),
}

impl Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for FormError {}

impl FormError {
    /// The same, of a value that has this name.
    fn of(mut self, name: &str) -> Self {
        self.text = format!("`{name}`: {}", self.text);
        self
    }
}

impl de::Error for FormError {
    fn custom<T: Display>(text: T) -> Self {
        Self {
            text: text.to_string(),
            mismatch: None,
        }
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let mismatch = match unexpected {
            Unexpected::Str(text) => Some(Mismatch::Text(text.to_owned())),
            Unexpected::Unsigned(number) => Some(Mismatch::Value(number.to_string())),
            Unexpected::Signed(number) => Some(Mismatch::Value(number.to_string())),
            Unexpected::Float(number) => Some(Mismatch::Value(number.to_string())),
            Unexpected::Bool(is_on) => Some(Mismatch::Value(is_on.to_string())),
            Unexpected::Unit | Unexpected::Option => Some(Mismatch::Value(String::new())),
            _ => None,
        };
        Self {
            text: format!("invalid type: {unexpected}, expected {expected}"),
            mismatch,
        }
    }
}

/// A name with all its values.
struct Field<'t> {
    name: Cow<'t, str>,
    values: Vec<Cow<'t, str>>,
    given: Given,
}

/// What is given where the type that is wanted is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Text,
    /// What the text looks like.
    Typed,
    /// The text, since something wanted one that looks like this.
    TextAgain,
    /// What the text looks like, since it was another one that had to be a text.
    TypedAgain,
}

/// Takes the pairs apart; names keep the order in which they first occur.
fn fields(text: &str) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut places = HashMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        let place = *places.entry(name.clone()).or_insert(fields.len());
        match fields.get_mut(place) {
            Some(field) => field.values.push(value),
            None => fields.push(Field {
                name,
                values: vec![value],
                given: Given::Text,
            }),
        }
    }
    fields
}

/// `application/x-www-form-urlencoded`: a plus is a space.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a text looks like.
enum Guess<'t> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Flag(bool),
    Nothing,
    Text(&'t str),
}

impl Field<'_> {
    fn guess(&self) -> Guess<'_> {
        let [text] = &self.values[..] else {
            return Guess::Text("");
        };
        if text.is_empty() {
            Guess::Nothing
        } else if let Ok(number) = text.parse() {
            Guess::Unsigned(number)
        } else if let Ok(number) = text.parse() {
            Guess::Signed(number)
        } else if let Some(is_on) = flag(text) {
            Guess::Flag(is_on)
        } else if let Ok(number) = text.parse() {
            Guess::Float(number)
        } else {
            Guess::Text(text)
        }
    }
}

impl Display for Guess<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => number.fmt(f),
            Self::Signed(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Flag(is_on) => is_on.fmt(f),
            Self::Nothing => Ok(()),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A checkbox sends `on` unless it has a value of its own, a flag in a query often nothing.
fn flag(text: &str) -> Option<bool> {
    match text {
        "" | "on" | "true" | "1" => Some(true),
        "off" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// All of a form.
struct Form<'d>(&'d [Field<'d>]);

impl<'de> Deserializer<'de> for Form<'_> {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        let pairs = self.0.iter().map(|field| (&*field.name, Values(field)));
        visitor.visit_map(MapDeserializer::new(pairs))
    }

    /// A type that wants nothing of it.
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

    /// A list of pairs, in the order of the names.
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

/// The values of a name.
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

    /// A value whose type is not known yet.
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

    /// An empty field of a form is not filled in.
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

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
