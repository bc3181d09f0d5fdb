//! Pairs of names and values, as queries and forms have them, read with serde.
//!
//! What HTML forms and `URLSearchParams` send is read as it is meant: a name that occurs several times
//! is a list, an empty value is `None` for an `Option`, and a checkbox is a `bool`.
//!
//! No crate reads numbers in a flattened struct: there serde asks for a value before it knows the type,
//! and all that a form has are texts. So the first answer is the text, and what turns out to be wanted
//! as something else is read again as that.

use percent_encoding::percent_decode;
use serde::de::{self, DeserializeOwned, Expected, Unexpected};
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::{self, Display},
};

mod values;

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
    T::deserialize(values::Form(fields))
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

#[cfg(test)]
mod tests;
