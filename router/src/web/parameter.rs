//! Path parameters.

use super::{Rejection, RequestHead};
use http::StatusCode;
use std::{fmt::Display, str::FromStr};

/// Types that can be used as path parameters: any [`FromStr`] type whose error implements `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a path parameter",
    label = "cannot be parsed from a path segment",
    note = "a path parameter is any type that implements `FromStr` with an error that implements `Display`"
)]
pub trait PathParameter: Sized {
    /// Parses a percent-decoded path segment.
    ///
    /// # Errors
    ///
    /// Returns the error message for the client.
    fn parse(segment: &str) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr<Err: Display>> PathParameter for T {
    fn parse(segment: &str) -> Result<Self, String> {
        segment.parse().map_err(|error: T::Err| error.to_string())
    }
}

/// Parses the pattern's parameter at `index`. If this fails, returns a 400 that names the parameter.
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
