//! What generated code may name. Nothing here is for people, and all of it may change.

pub use crate::{
    CloseCode, Compression, Event, Events, FromHead, FromMessage, FromRequest, Hub, IntoResponse,
    Message, Method, Module, OnSlow, Options, Outcome, PerMessageDeflate, Request, RequestHead,
    Response, ResponseFuture, Route, Router, Socket, SocketError, Step, Upgrade, WebSocket,
    app::conflict::{Pair, Unmounted},
    http::PathParameter,
};
pub use std::{
    boxed::Box,
    convert::{From, Into},
    default::Default,
    future::{Future, Ready},
    marker::Send,
    option::Option::{self, None, Some},
    result::Result::{self, Err, Ok},
    sync::Arc,
};

use crate::BoxError;

/// The value of a path parameter, or the 400 that names it.
pub fn path_parameter<T: PathParameter>(
    request: &Request,
    index: usize,
    name: &'static str,
) -> Result<T, Response> {
    crate::http::path_parameter(request, index, name)
}

/// What the head of a request lends.
pub fn lend<T: FromHead + ?Sized>(request: &Request) -> &T {
    T::from_head(request.head())
}

/// What an extractor takes, or the response that refuses.
pub async fn extract<T: FromRequest<M>, M>(
    module: &Arc<M>,
    request: &mut Request,
) -> Result<T, Response> {
    T::from_request(module, request)
        .await
        .map_err(IntoResponse::into_response)
}

/// What a handler of a socket takes of a message.
pub fn decode<'m, T: FromMessage<'m>>(
    event: Event,
    message: Message<'m>,
) -> Result<T, SocketError> {
    T::from_message(message).map_err(|error| SocketError::decode(event, error))
}

/// What a handler of a socket can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from a socket's handler",
    label = "not an outcome",
    note = "a handler returns `()` or `Result<(), E>`, where `E` is an error"
)]
pub trait IntoOutcome {
    fn into_outcome(self, event: Event) -> Outcome;
}

impl IntoOutcome for () {
    fn into_outcome(self, _: Event) -> Outcome {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoOutcome for Result<(), E> {
    fn into_outcome(self, event: Event) -> Outcome {
        self.map_err(|error| SocketError::handler(event, error))
    }
}

/// What `#[on(upgrade)]` can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from `#[on(upgrade)]`",
    label = "neither `{D}` nor a `Result` of it",
    note = "`#[on(upgrade)]` returns `{D}`, or `Result<{D}, E>` where `E` can be returned from a route"
)]
pub trait Admission<D> {
    fn into_data(self) -> Result<D, Response>;
}

impl<D> Admission<D> for D {
    fn into_data(self) -> Result<D, Response> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<D, E: IntoResponse> Admission<D> for Result<D, E> {
    fn into_data(self) -> Result<D, Response> {
        self.map_err(IntoResponse::into_response)
    }
}

/// Whether at most one of a handler's arguments takes the body.
pub const fn at_most_one_body(takes: &[bool]) -> bool {
    let (mut count, mut at) = (0, 0);
    while at < takes.len() {
        count += takes[at] as usize;
        at += 1;
    }
    count <= 1
}

/// What a socket carries at its start, when no `#[on(upgrade)]` makes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the data of a socket: nothing makes its first value",
    label = "does not implement `Default`, and there is no `#[on(upgrade)]`",
    note = "derive `Default` for `{Self}`, or write a handler that makes it: `#[on(upgrade)] fn admit(&self) -> {Self}`"
)]
pub trait InitialData {
    fn initial() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> InitialData for T {
    fn initial() -> Self {
        T::default()
    }
}

/// What an option with a number can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an option that is a number",
    label = "not an integer",
    note = "write an integer, or a string with a unit: `\"16MB\"`, `\"120s\"`, `\"1500ms\"`"
)]
pub trait Integer: Copy {}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Integer for $type {}
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// The same number, if it is one.
pub const fn integer<T: Integer>(value: T) -> T {
    value
}
