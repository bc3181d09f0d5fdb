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
    marker::{PhantomData, Send},
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
    crate::http::parameter::parse(request.head(), index, name)
}

/// What the head of a request lends.
pub fn lend<T: FromHead + ?Sized>(request: &Request) -> &T {
    T::from_head(request.head())
}

/// The future of a response that is there.
pub fn answered(response: Response) -> ResponseFuture {
    Box::pin(std::future::ready(response))
}

/// An argument that is taken from the request. See [`NotExtracted`] for what can't be.
pub struct Extractor<T, M>(PhantomData<(T, M)>);

impl<T: FromRequest<M>, M> Extractor<T, M> {
    pub const TAKES_BODY: bool = T::TAKES_BODY;

    /// What the extractor takes, or what refuses. The future is the extractor's own: most of them
    /// are the same for all modules.
    pub fn extract(
        module: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<T, T::Rejection>> + Send {
        T::from_request(module, request)
    }
}

/// Stands in for the methods of an [`Extractor`] whose type isn't one: [`extractor`] says that it
/// isn't, and nothing else has to.
pub trait NotExtracted {
    type Type;
    type Module;
    const TAKES_BODY: bool = false;

    fn extract(_: &Arc<Self::Module>, _: &mut Request) -> Ready<Result<Self::Type, Response>> {
        unreachable!("`extractor` does not compile for this type")
    }
}

impl<T, M> NotExtracted for Extractor<T, M> {
    type Type = T;
    type Module = M;
}

/// Compiles for extractors only.
pub const fn extractor<T: FromRequest<M>, M>() {}

/// An argument that an event gives as it is.
#[diagnostic::on_unimplemented(
    message = "handler cannot take `{Self}` here: the event gives `{G}`",
    label = "must be `{G}`"
)]
pub trait Given<G> {
    fn given(value: G) -> Self;
}

#[diagnostic::do_not_recommend]
impl<G> Given<G> for G {
    fn given(value: G) -> Self {
        value
    }
}

/// A handler that only looks.
#[diagnostic::do_not_recommend]
impl<'a, D> Given<&'a mut Socket<D>> for &'a Socket<D> {
    fn given(value: &'a mut Socket<D>) -> Self {
        value
    }
}

/// What a handler of a socket is called with.
pub fn given<T: Given<G>, G>(value: G) -> T {
    T::given(value)
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

impl<D, E: IntoResponse> Admission<D> for Result<D, E> {
    fn into_data(self) -> Result<D, Response> {
        self.map_err(IntoResponse::into_response)
    }
}

/// How many of a handler's arguments take the body.
pub const fn bodies(takes: &[bool]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < takes.len() {
        count += takes[at] as usize;
        at += 1;
    }
    count
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
pub trait Integer: Copy {
    /// The type itself. Where it isn't an integer there is none, and so nothing to find fault with
    /// once more.
    type Same;
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Integer for $type {
            type Same = Self;
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// The same number, if it is one.
pub const fn integer<T: Integer<Same = T>>(value: T) -> T::Same {
    value
}

/// Why options that are in range each do not go together; empty if they do.
pub const fn contradiction(options: &Options) -> &'static str {
    match options.contradiction() {
        Some(text) => text,
        None => "",
    }
}
