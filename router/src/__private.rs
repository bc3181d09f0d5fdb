//! Items that generated code uses. They are not part of the public API, and all of them may change.

pub use crate::{
    CloseCode, Compression, Event, Message, OnFlood, OnSlow, Options, PerMessageDeflate, Rate,
    Router, Socket, SocketError, Upgrade,
    app::conflict::{Pairs, Unmounted, apart},
    by_hand::{Events, Module, Route, WebSocket},
};
pub use std::{
    convert::From,
    option::Option::{self, Some},
    result::Result::Ok,
};

/// Renamed, because generated code writes these paths with the spans of the user's types. Under its own
/// name, an item that the user has imported would trigger the lint `unused_qualifications`.
pub use crate::{HandlerResult as Ended, IntoResponse as Respond};

/// A marker for the type `T` of a handler's argument. Generated code writes it with the span of the
/// user's type, so that the compiler reports an unsuitable type there.
pub use std::marker::PhantomData as Argument;

use crate::{
    FromHead, FromMessage, FromRequest, HandlerError, HandlerResult, IntoResponse, Method,
    PathParameter, Rejection, Request, Response, StatusCode,
    app::{Answer, RouteFn, RouteKind},
    websocket::IntoBoxError,
};
use std::{marker::PhantomData, sync::Arc};

macro_rules! rows {
    ($($function:ident: $method:ident,)*) => {$(
        /// Makes a row of a table of routes. The row's location is that of the call.
        #[track_caller]
        pub const fn $function<M>(
            pattern: &'static str,
            fingerprint: u64,
            name: &'static str,
            run: RouteFn<M>,
        ) -> Route<M> {
            Route::with_fingerprint(RouteKind::Method(Method::$method), pattern, fingerprint, name, run)
        }
    )*};
}

rows! {
    get: GET,
    post: POST,
    put: PUT,
    patch: PATCH,
    delete: DELETE,
    head: HEAD,
    options: OPTIONS,
}

/// Makes the row of a socket's `path`.
#[track_caller]
pub const fn socket<M>(
    pattern: &'static str,
    fingerprint: u64,
    name: &'static str,
    run: RouteFn<M>,
) -> Route<M> {
    Route::with_fingerprint(RouteKind::Socket, pattern, fingerprint, name, run)
}

/// Makes a row for a method that the compiler can read and the attributes cannot. Its pattern is the
/// error text `why`, which is not a valid path, so an app with this row does not start.
#[track_caller]
pub const fn unread<M>(name: &'static str, why: &'static str) -> Route<M> {
    Route::new(Method::GET, why, name, |_, _| {
        Err(Rejection::from(StatusCode::NOT_FOUND))
    })
}

/// Expands to its input. Code that the attributes cannot parse is wrapped in this macro, behind a
/// `#[cfg]` that only editors set. The compiler does not parse this code, because it is a macro's input.
#[doc(hidden)]
#[macro_export]
macro_rules! __same {
    ($($token:tt)*) => { $($token)* };
}

pub use crate::__same as same;

/// Parses the value of a path parameter. An invalid value is rejected with status 400 and a text that
/// names the parameter.
pub fn parameter<T: PathParameter>(
    _: Argument<T>,
    request: &Request,
    index: usize,
    name: &'static str,
) -> Result<T, Rejection> {
    crate::web::parameter::parse(request.head(), index, name)
}

/// Borrows an argument from the head of a request.
pub fn lend<'r, T: FromHead + ?Sized>(_: Argument<&'r T>, request: &'r Request) -> &'r T {
    T::from_head(request.head())
}

/// The answer of a handler whose response is ready.
pub fn ready(response: Response) -> Result<Answer, Rejection> {
    Ok(Answer::ready(response))
}

/// The answer of a handler whose response is a future.
pub fn future<F>(response: F) -> Result<Answer, Rejection>
where
    F: Future<Output = Result<Response, Rejection>> + Send + 'static,
{
    Ok(Answer::future(response))
}

/// The answer of a synchronous handler with one extractor. Most handlers are of this kind. Extracting is
/// asynchronous, and its `async` block is here rather than in generated code. The user's crate therefore
/// has no `async` block to compile for such a handler.
pub fn after<T, M, F>(
    _: Argument<T>,
    module: Arc<M>,
    mut request: Request,
    then: F,
) -> Result<Answer, Rejection>
where
    T: FromRequest<M>,
    M: Module,
    F: FnOnce(&M, &Request, T) -> Response + Send + 'static,
{
    future(async move {
        let argument = T::from_request(&module, &mut request).await?;
        Ok(then(&module, &request, argument))
    })
}

/// Extracts an argument from the request.
pub async fn extract<T, M>(
    _: Argument<T>,
    module: &Arc<M>,
    request: &mut Request,
) -> Result<T, Rejection>
where
    T: FromRequest<M>,
    M: Module,
{
    Ok(T::from_request(module, request).await?)
}

/// Answers a request for a socket's `path` if there is no `#[on(upgrade)]`.
pub fn connect<M: WebSocket>(
    module: Arc<M>,
    request: Request,
    initial: fn() -> M::Data,
) -> Result<Answer, Rejection> {
    after(
        Argument,
        module,
        request,
        move |_, _, upgrade: Upgrade<M>| upgrade.accept(initial()),
    )
}

/// The properties of an extractor, as constants. [`NotExtracted`] provides them for other types.
pub struct Extractor<T, M>(PhantomData<(T, M)>);

impl<T: FromRequest<M>, M> Extractor<T, M> {
    pub const REFUSES_WITH_STATUS: bool = <T::Rejection as IntoResponse>::HAS_STATUS;
    pub const TAKES_BODY: bool = T::TAKES_BODY;
    pub const NEEDS_BODY: bool = T::NEEDS_BODY;
}

/// Provides the constants of [`Extractor`] for a type that is not an extractor. The compiler reports
/// such a type where it is extracted, and these defaults avoid further errors about it.
pub trait NotExtracted {
    const REFUSES_WITH_STATUS: bool = true;
    const TAKES_BODY: bool = false;
    const NEEDS_BODY: bool = false;
}

impl<T, M> NotExtracted for Extractor<T, M> {}

/// The module of a socket, for a handler that takes `self: Arc<Self>`.
///
/// # Panics
///
/// If the socket belongs to another module. This does not happen, because a socket's handlers are only
/// called for its own module.
pub fn shared<M: WebSocket, D>(socket: &Socket<D>) -> Arc<M> {
    let module = Arc::downcast(socket.module().clone());
    module.unwrap_or_else(|_| panic!("the socket belongs to a different module than the handler"))
}

/// Converts a value that an event provides to a handler argument of type `T`.
#[diagnostic::on_unimplemented(
    message = "handler cannot take `{T}` here: the event provides `{Self}`",
    label = "must be `{Self}`"
)]
pub trait Gives<T> {
    fn give(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> Gives<T> for T {
    fn give(self) -> T {
        self
    }
}

/// For handlers that take `&Socket<D>`.
#[diagnostic::do_not_recommend]
impl<'a, D> Gives<&'a Socket<D>> for &'a mut Socket<D> {
    fn give(self) -> &'a Socket<D> {
        self
    }
}

/// A type that no handler takes, for a second impl of [`Gives`] that keeps inference open. With a
/// single impl per type, the compiler would infer that the handler takes what the event provides,
/// instead of reading the type from the handler.
pub struct Unlike<G>(PhantomData<G>);

#[diagnostic::do_not_recommend]
impl<G> Gives<Unlike<G>> for G {
    fn give(self) -> Unlike<G> {
        Unlike(PhantomData)
    }
}

/// A value that an event provides. Like [`Argument`], it is written with the span of the user's type.
pub struct Given<G>(pub G);

/// Converts a value of an event to an argument of a socket's handler.
pub fn given<G: Gives<T>, T>(Given(value): Given<G>) -> T {
    value.give()
}

/// Decodes a message to an argument of a socket's handler.
pub fn decode<'m, T: FromMessage<'m>>(
    _: Argument<T>,
    message: Message<'m>,
) -> Result<T, HandlerError> {
    T::from_message(message).map_err(HandlerError::decode)
}

/// Types that a handler of a socket can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from an event handler",
    label = "must be `()` or `Result<(), E>`",
    note = "an event handler returns `()` or `Result<(), E>`, where `E` is a string or an error that is `Send + Sync`;\nto discard the value of the last expression, end it with `;`"
)]
pub trait IntoHandlerResult {
    fn into_handler_result(self) -> HandlerResult;
}

impl IntoHandlerResult for () {
    fn into_handler_result(self) -> HandlerResult {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl IntoHandlerResult for HandlerResult {
    fn into_handler_result(self) -> HandlerResult {
        self
    }
}

impl<E: IntoBoxError> IntoHandlerResult for Result<(), E> {
    fn into_handler_result(self) -> HandlerResult {
        self.map_err(HandlerError::from)
    }
}

/// Types that `#[on(upgrade)]` can return, for a socket with data `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from `#[on(upgrade)]`",
    label = "neither `{D}` nor `Result<{D}, E>`",
    note = "`#[on(upgrade)]` returns `{D}`, or `Result<{D}, E>` where `E` is a response with a status, such as `StatusCode` or `(StatusCode, String)`"
)]
pub trait Admission<D> {
    /// Whether this is a `Result` whose error has no status.
    const FAILS_WITHOUT_STATUS: bool = false;

    fn into_data(self) -> Result<D, Rejection>;
}

impl<D> Admission<D> for D {
    fn into_data(self) -> Result<D, Rejection> {
        Ok(self)
    }
}

/// Types that can be the error of `#[on(upgrade)]`: all responses.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of `#[on(upgrade)]`",
    label = "`{Self}` is not a response",
    note = "return a status, such as `StatusCode` or `(StatusCode, String)`, or implement `router::IntoResponse` for a type of your own"
)]
pub trait Refusal: IntoResponse {}

#[diagnostic::do_not_recommend]
impl<E: IntoResponse> Refusal for E {}

impl<D, E: Refusal> Admission<D> for Result<D, E> {
    const FAILS_WITHOUT_STATUS: bool = !E::HAS_STATUS;

    fn into_data(self) -> Result<D, Rejection> {
        self.map_err(Rejection::from)
    }
}

#[diagnostic::do_not_recommend]
impl<D> Admission<D> for Result<D, Rejection> {
    fn into_data(self) -> Result<D, Rejection> {
        self
    }
}

/// Whether the return type of a route has a status, and whether its error lacks one. [`NotReturned`]
/// provides the constants for types that cannot be returned.
pub struct Returned<R>(PhantomData<R>);

impl<R: IntoResponse> Returned<R> {
    pub const HAS_STATUS: bool = R::HAS_STATUS;
    pub const FAILS_WITHOUT_STATUS: bool = R::FAILS_WITHOUT_STATUS;
}

/// Whether `#[on(upgrade)]`, which returns `R` for a socket with data `D`, can fail with an error that lacks
/// a status.
pub struct Admitted<R, D>(PhantomData<(R, D)>);

impl<R: Admission<D>, D> Admitted<R, D> {
    pub const FAILS_WITHOUT_STATUS: bool = R::FAILS_WITHOUT_STATUS;
}

/// Provides the constants of [`Returned`] and [`Admitted`] for a type that cannot be returned. The
/// compiler reports such a type where it is returned, and these defaults avoid further errors about it.
pub trait NotReturned {
    const HAS_STATUS: bool = true;
    const FAILS_WITHOUT_STATUS: bool = false;
}

impl<R> NotReturned for Returned<R> {}

impl<R, D> NotReturned for Admitted<R, D> {}

/// The number of a handler's arguments that take the body.
pub const fn bodies(takes: &[bool]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < takes.len() {
        count += takes[at] as usize;
        at += 1;
    }
    count
}

/// Types with an initial value for the data of a socket that has no `#[on(upgrade)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be socket data: it has no initial value",
    label = "does not implement `Default`, and there is no `#[on(upgrade)]`",
    note = "derive `Default` for `{Self}`, or return a `{Self}` from a handler: `#[on(upgrade)] fn admit(&self) -> {Self}`"
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

/// Types that can be the value of a numeric option.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a numeric option",
    label = "not an integer",
    note = "use an integer constant, or write a string with a unit in the attribute itself: `\"16MB\"`, `\"120s\"`, `\"1500ms\"`"
)]
pub trait Integer: Copy {
    /// The type itself. Other types have no `Same`, so the compiler has nothing further to report about
    /// them.
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

/// Returns the value, which must be an integer.
pub const fn integer<T: Integer<Same = T>>(value: T) -> T::Same {
    value
}

/// Why the value of the option `name` is not allowed; empty if it is allowed.
pub const fn invalid_value(options: &Options, name: &str) -> &'static str {
    match options.invalid_value() {
        Some(invalid) if is_same(invalid.name, name) => invalid.problem,
        _ => "",
    }
}

/// Why the option `name` cannot be combined with the others; empty if it can. Also empty if any option
/// has a value that is not allowed, because such values are reported first.
pub const fn contradiction(options: &Options, name: &str) -> &'static str {
    match (options.invalid_value(), options.contradiction()) {
        (None, Some(invalid)) if is_same(invalid.name, name) => invalid.problem,
        _ => "",
    }
}

/// The fault of an option of the base (`options = …`); empty if there is none. `set` lists the options
/// that the attribute sets itself, so a fault of any other option is a fault of the base.
pub const fn fault_of_base(options: &Options, set: &[&str]) -> &'static str {
    let invalid = match (options.invalid_value(), options.contradiction()) {
        (Some(invalid), _) | (None, Some(invalid)) => invalid,
        (None, None) => return "",
    };
    let mut at = 0;
    while at < set.len() {
        if is_same(invalid.name, set[at]) {
            return "";
        }
        at += 1;
    }
    invalid.problem
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
