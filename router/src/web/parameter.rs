//! The parameters of a path.

use super::{Rejection, RequestHead};
use http::StatusCode;
use std::{fmt::Display, str::FromStr};

/// What an argument that is named in the path can be: any [`FromStr`] type whose error can be
/// shown.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a path parameter",
    label = "cannot be parsed from a path segment",
    note = "a path parameter is any type that implements `FromStr` with an error that implements `Display`"
)]
pub trait PathParameter: Sized {
    /// Parses a decoded segment.
    ///
    /// # Errors
    ///
    /// What the client is told.
    fn parse(segment: &str) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr<Err: Display>> PathParameter for T {
    fn parse(segment: &str) -> Result<Self, String> {
        segment.parse().map_err(|error: T::Err| error.to_string())
    }
}

/// The value of the pattern's parameter `index`, or the 400 that names it.
pub(crate) fn parse<T: PathParameter>(
    head: &RequestHead,
    index: usize,
    name: &str,
) -> Result<T, Rejection> {
    let value = match head.decoded(index) {
        Ok(text) => T::parse(&text),
        Err(fault) => Err(fault.to_owned()),
    };
    value.map_err(|error| {
        let text = format!("invalid path parameter `{name}`: {error}");
        (StatusCode::BAD_REQUEST, text).into()
    })
}
