//! Deserializes the name-value pairs of queries and forms with serde.
//!
//! The conventions of HTML forms and `URLSearchParams` apply: a name that occurs several times is a
//! list, an empty value is `None` for an `Option`, and a checkbox is a `bool`.
//!
//! No existing crate reads numbers in a flattened struct, because serde asks for those values before it
//! knows their types, and a form contains only texts. So each of these values is first given to serde as
//! text. If serde then reports that it expected another type, the form is read again, with each text as
//! the type that it looks like.

use percent_encoding::percent_decode;
use serde::de::{self, DeserializeOwned, Expected, Unexpected};
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::{self, Display},
};

mod values;

/// The maximum number of fields read in total while a form is read repeatedly, with other types for the
/// values of flattened structs. Limited because the client chooses the number of fields.
const MAX_READS: usize = 100_000;

/// Reads `name=value&…`.
pub(super) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, FormError> {
    let mut fields = fields(text);
    // The first change applies to all fields. After that, each attempt changes one field, and each field
    // at most twice.
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
    T::deserialize(values::Form(fields))
}

/// Handles a type mismatch in which a text was given and another type was expected. Returns whether
/// another attempt may succeed.
fn give_types(fields: &mut [Field<'_>], text: &str) -> bool {
    // All fields at once, because most values have the type that they look like.
    let mut is_mended = false;
    for field in fields.iter_mut().filter(|field| field.given == Given::Text) {
        field.given = Given::Typed;
        is_mended = true;
    }
    // Otherwise `give_text` may have selected the wrong field.
    let mut mistaken = fields
        .iter_mut()
        .filter(|field| field.given == Given::TextAgain);
    if !is_mended && let Some(field) = mistaken.find(|field| field.values == [text]) {
        field.given = Given::TypedAgain;
        is_mended = true;
    }
    is_mended
}

/// Handles a type mismatch in which, for example, a number was given and a text was expected. Changes
/// one field at a time, because several fields may have the same value. Returns whether another attempt
/// may succeed.
fn give_text(fields: &mut [Field<'_>], value: &str) -> bool {
    let mut typed = fields
        .iter_mut()
        .filter(|field| field.given == Given::Typed);
    let wrong = typed.find(|field| field.guess().to_string() == value);
    wrong.map(|field| field.given = Given::TextAgain).is_some()
}

/// An error from reading a form.
#[derive(Debug)]
pub(super) struct FormError {
    text: String,
    mismatch: Option<Mismatch>,
}

/// A value that was given to serde in another type than expected.
#[derive(Debug)]
enum Mismatch {
    /// A text.
    Text(String),
    /// A value of another type, in the form in which [`Guess`] displays it.
    Value(String),
}

impl Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for FormError {}

impl FormError {
    /// Adds the name of the value's field to the error.
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

/// How a value is given to serde where the expected type is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Text,
    /// As the type that the text looks like.
    Typed,
    /// As text again, because a text was expected where a value that looks like this one was given.
    TextAgain,
    /// As the type that the text looks like again, because the text was expected for another field.
    TypedAgain,
}

/// Splits the text into pairs and groups them by name. Names keep the order in which they first occur.
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

/// Decodes `application/x-www-form-urlencoded`: a plus is a space.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The type that a text looks like.
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

/// Parses a flag. A checkbox sends `on` unless it has a value of its own. A flag in a query often has no
/// value.
fn flag(text: &str) -> Option<bool> {
    match text {
        "" | "on" | "true" | "1" => Some(true),
        "off" | "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
