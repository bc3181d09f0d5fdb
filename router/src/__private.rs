//! What generated code may name. Nothing here is for people, and all of it may change.

pub use crate::{
    CloseCode, Compression, Event, Events, Message, Module, OnFlood, OnSlow, Options,
    PerMessageDeflate, Rate, Route, Router, Socket, SocketError, Upgrade, WebSocket,
    app::conflict::{Pairs, Unmounted, apart},
};
pub use std::{
    convert::From,
    option::Option::{self, Some},
    result::Result::Ok,
};

/// Under names of their own: these are written where the user's types stand, and there the lint
/// `unused_qualifications` speaks of a path to what the user has imported.
pub use crate::{IntoResponse as Respond, Outcome as Ended};

/// Stands for the type `T` of a handler's argument, where the user has written it: what does not
/// suit the function that is called with this is reported there.
pub use std::marker::PhantomData as Argument;

use crate::{
    Answer, Fault, FromHead, FromMessage, FromRequest, IntoResponse, Method, Outcome,
    PathParameter, Rejection, Request, Response, RouteFn, StatusCode, app::Kind,
    websocket::IntoBoxError,
};
use std::{marker::PhantomData, sync::Arc};

macro_rules! rows {
    ($($function:ident: $method:ident,)*) => {$(
        /// A row of a table, where it is written.
        #[track_caller]
        pub const fn $function<M>(
            pattern: &'static str,
            fingerprint: u64,
            name: &'static str,
            run: RouteFn<M>,
        ) -> Route<M> {
            Route::with_fingerprint(Kind::Method(Method::$method), pattern, fingerprint, name, run)
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

/// The row of a socket's own path.
#[track_caller]
pub const fn socket<M>(
    pattern: &'static str,
    fingerprint: u64,
    name: &'static str,
    run: RouteFn<M>,
) -> Route<M> {
    Route::with_fingerprint(Kind::Socket, pattern, fingerprint, name, run)
}

/// The row of a method that the attributes could not read, though the compiler could: an app with it
/// does not start.
#[track_caller]
pub const fn unread<M>(name: &'static str, why: &'static str) -> Route<M> {
    Route::new(Method::GET, why, name, |_, _| {
        Err(Rejection::from(StatusCode::NOT_FOUND))
    })
}

/// What it is given. What cannot be read is behind a `#[cfg]` that only editors set, and behind this:
/// then the compiler does not try to read it either.
#[doc(hidden)]
#[macro_export]
macro_rules! __same {
    ($($token:tt)*) => { $($token)* };
}

pub use crate::__same as same;

/// The value of a path parameter, or the 400 that names it.
pub fn parameter<T: PathParameter>(
    _: Argument<T>,
    request: &Request,
    index: usize,
    name: &'static str,
) -> Result<T, Rejection> {
    crate::web::parameter::parse(request.head(), index, name)
}

/// What the head of a request lends.
pub fn lend<'r, T: FromHead + ?Sized>(_: Argument<&'r T>, request: &'r Request) -> &'r T {
    T::from_head(request.head())
}

/// The answer of a handler that doesn't wait.
pub fn now(response: Response) -> Result<Answer, Rejection> {
    Ok(Answer::now(response))
}

/// The answer of a handler that waits.
pub fn later<F>(response: F) -> Result<Answer, Rejection>
where
    F: Future<Output = Result<Response, Rejection>> + Send + 'static,
{
    Ok(Answer::later(response))
}

/// The answer of a handler that doesn't wait itself, but takes an argument that may have to be
/// waited for. So most handlers cost their crate no future: this one is compiled already.
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
    later(async move {
        let argument = T::from_request(&module, &mut request).await?;
        Ok(then(&module, &request, argument))
    })
}

/// An argument that is taken from the request.
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

/// What a socket's own path does without `#[on(upgrade)]`.
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

/// What has to be known about an extractor, as constants. [`NotExtracted`] has them for other types.
pub struct Extractor<T, M>(PhantomData<(T, M)>);

impl<T: FromRequest<M>, M> Extractor<T, M> {
    pub const REFUSES_WITH_STATUS: bool = <T::Rejection as IntoResponse>::HAS_STATUS;
    pub const TAKES_BODY: bool = T::TAKES_BODY;
    pub const NEEDS_BODY: bool = T::NEEDS_BODY;
}

/// Stands in for an [`Extractor`] whose type isn't one: that it isn't is said where it is called
/// for, and nothing else has to.
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
/// If the socket belongs to another module: a socket's handlers are only called for its own.
pub fn shared<M: WebSocket, D>(socket: &Socket<D>) -> Arc<M> {
    let module = Arc::downcast(socket.module().clone());
    module.unwrap_or_else(|_| panic!("the socket belongs to another module than the handler"))
}

/// What an event gives, as an argument of type `T`.
#[diagnostic::on_unimplemented(
    message = "handler cannot take `{T}` here: the event gives `{Self}`",
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

/// A handler that only looks.
#[diagnostic::do_not_recommend]
impl<'a, D> Gives<&'a Socket<D>> for &'a mut Socket<D> {
    fn give(self) -> &'a Socket<D> {
        self
    }
}

/// Nobody's argument. With another impl for each type the compiler waits for what the handler takes,
/// and does not take what the event gives for it.
pub struct Unlike<G>(PhantomData<G>);

#[diagnostic::do_not_recommend]
impl<G> Gives<Unlike<G>> for G {
    fn give(self) -> Unlike<G> {
        Unlike(PhantomData)
    }
}

/// Stands, like [`Argument`], where the user has written the type.
pub struct Given<G>(pub G);

/// What a handler of a socket is called with.
pub fn given<G: Gives<T>, T>(Given(value): Given<G>) -> T {
    value.give()
}

/// What a handler of a socket takes of a message.
pub fn decode<'m, T: FromMessage<'m>>(_: Argument<T>, message: Message<'m>) -> Result<T, Fault> {
    T::from_message(message).map_err(Fault::decode)
}

/// What a handler of a socket can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from a socket's handler",
    label = "not an outcome",
    note = "a handler returns `()` or `Result<(), E>`, where `E` is an error that is `Send + Sync`, or a text;\nto ignore the value of the last line, end that line with `;`"
)]
pub trait IntoOutcome {
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Outcome {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl IntoOutcome for Outcome {
    fn into_outcome(self) -> Outcome {
        self
    }
}

impl<E: IntoBoxError> IntoOutcome for Result<(), E> {
    fn into_outcome(self) -> Outcome {
        self.map_err(Fault::from)
    }
}

/// What `#[on(upgrade)]` can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from `#[on(upgrade)]`",
    label = "neither `{D}` nor a `Result` of it",
    note = "`#[on(upgrade)]` returns `{D}`, or `Result<{D}, E>` where `E` can be returned from a route"
)]
pub trait Admission<D> {
    /// Whether it is a `Result` whose error has no status.
    const FAILS_WITHOUT_STATUS: bool = false;

    fn into_data(self) -> Result<D, Rejection>;
}

impl<D> Admission<D> for D {
    fn into_data(self) -> Result<D, Rejection> {
        Ok(self)
    }
}

impl<D, E: IntoResponse> Admission<D> for Result<D, E> {
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

/// Whether what a route returns, or the error in it, has a status. See [`NotReturned`] for what can't
/// be returned.
pub struct Returned<R>(PhantomData<R>);

impl<R: IntoResponse> Returned<R> {
    pub const HAS_STATUS: bool = R::HAS_STATUS;
    pub const FAILS_WITHOUT_STATUS: bool = R::FAILS_WITHOUT_STATUS;
}

/// The same of what `#[on(upgrade)]` of a socket with data `D` returns.
pub struct Admitted<R, D>(PhantomData<(R, D)>);

impl<R: Admission<D>, D> Admitted<R, D> {
    pub const FAILS_WITHOUT_STATUS: bool = R::FAILS_WITHOUT_STATUS;
}

/// Stands in for what can't be returned: that it can't is said where it is returned, and nothing else
/// has to.
pub trait NotReturned {
    const HAS_STATUS: bool = true;
    const FAILS_WITHOUT_STATUS: bool = false;
}

impl<R> NotReturned for Returned<R> {}

impl<R, D> NotReturned for Admitted<R, D> {}

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
    message = "`{Self}` cannot be socket data: it has no initial value",
    label = "does not implement `Default`, and there is no `#[on(upgrade)]`",
    note = "derive `Default` for `{Self}`, or return one from a handler: `#[on(upgrade)] fn admit(&self) -> {Self}`"
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

/// Why the value of this option is not allowed; empty if it is.
pub const fn invalid_value(options: &Options, name: &str) -> &'static str {
    match options.invalid_value() {
        Some(invalid) if is_same(invalid.name, name) => invalid.problem,
        _ => "",
    }
}

/// Why this option does not go together with the others; empty if it does. Options whose values are
/// not allowed are reported first, and alone.
pub const fn contradiction(options: &Options, name: &str) -> &'static str {
    match (options.invalid_value(), options.contradiction()) {
        (None, Some(invalid)) if is_same(invalid.name, name) => invalid.problem,
        _ => "",
    }
}

/// What is wrong with an option that is none of these, which the attribute sets; empty if nothing is.
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
