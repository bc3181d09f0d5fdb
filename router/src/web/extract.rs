//! What a handler's arguments can be.

use super::{IntoResponse, Rejection, Request, RequestHead, Response};
use crate::hub::Hub;
use http::{
    Extensions, HeaderMap, Method, StatusCode, Uri, Version,
    header::{AUTHORIZATION, COOKIE},
};
use std::{convert::Infallible, future::ready, net::SocketAddr, sync::Arc};

/// An argument of a route, or of `#[on(upgrade)]`, that is made from the request.
///
/// It knows the module `M` that the route belongs to: a guard can use the module's state, and
/// [`Upgrade<M>`](crate::Upgrade) exists in routes of `M` only. At most one argument of a handler
/// takes the body; their order is free.
///
/// `Option<T>` is an argument as well: `None` if the request has nothing of the kind, and a refusal if
/// it has something that is wrong ([`from_request_optional`](Self::from_request_optional)). With
/// `Result<T, T::Rejection>` the handler receives the refusal and answers itself.
///
/// # Examples
///
/// ```
/// use router::{FromRequest, Request, StatusCode, prelude::*};
/// use std::sync::Arc;
///
/// struct Admin { token: String }
///
/// /// The request carries the module's token.
/// struct Allowed;
///
/// impl FromRequest<Admin> for Allowed {
///     type Rejection = StatusCode;
///
///     async fn from_request(admin: &Arc<Admin>, request: &mut Request) -> Result<Self, StatusCode> {
///         match request.head().header("authorization") {
///             Some(token) if token == admin.token => Ok(Self),
///             _ => Err(StatusCode::UNAUTHORIZED),
///         }
///     }
/// }
///
/// #[routes(prefix = "/admin")]
/// impl Admin {
///     #[route(get, "/")]
///     fn index(&self, _allowed: Allowed) -> &'static str { "welcome" }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a route of `{M}`",
    label = "neither a path parameter nor an extractor",
    note = "an argument is a path parameter, if the path contains its name;\nor it is borrowed from the request: `&RequestHead`, `&HeaderMap`, `&Uri`, `&Method`, `&Extensions`, `&Hub`;\nor it is an extractor: `Query<T>`, `HeaderMap`, `Method`, `Uri`, `Version`, `RemoteAddr`, `Hub`, `Upgrade<Self>`,\nwith the body `Json<T>`, `String`, `Bytes`, `Vec<u8>`, `Body`, `http::Request<Body>`,\n`Option<_>` or `Result<_, _>` of one of these, or a type that implements `router::FromRequest`"
)]
pub trait FromRequest<M>: Sized {
    /// What the client is answered when this can't be had.
    type Rejection: IntoResponse;

    /// Whether this takes the request's body.
    const TAKES_BODY: bool = false;

    /// Whether this makes no sense without a body. Routes for GET and HEAD, whose requests have none,
    /// cannot take such an argument.
    const NEEDS_BODY: bool = Self::TAKES_BODY;

    /// Takes this from the request.
    ///
    /// # Errors
    ///
    /// The answer to the client.
    fn from_request(
        module: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;

    /// Takes this from a request that may lack it: what an argument `Option<Self>` is made with.
    ///
    /// By default it is `None` if it is refused with 401 and the request has neither `Authorization` nor
    /// `Cookie`: then it has no credentials that could be wrong. Any other refusal is the answer. An
    /// extractor that can tell absent from wrong does so here.
    ///
    /// # Errors
    ///
    /// The answer to a client whose request has something of the kind that is wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{FromRequest, Rejection, Request, StatusCode, prelude::*};
    /// use std::sync::Arc;
    ///
    /// struct Page(u32);
    ///
    /// impl<M: Send + Sync> FromRequest<M> for Page {
    ///     type Rejection = StatusCode;
    ///
    ///     async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, StatusCode> {
    ///         let page = request.head().header("x-page").and_then(|page| page.parse().ok());
    ///         page.map(Self).ok_or(StatusCode::BAD_REQUEST)
    ///     }
    ///
    ///     async fn from_request_optional(
    ///         module: &Arc<M>,
    ///         request: &mut Request,
    ///     ) -> Result<Option<Self>, Rejection> {
    ///         if !request.head().headers().contains_key("x-page") {
    ///             return Ok(None);
    ///         }
    ///         Ok(Some(Self::from_request(module, request).await?))
    ///     }
    /// }
    /// ```
    fn from_request_optional(
        module: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send
    where
        M: Send + Sync,
    {
        async move {
            let headers = request.head().headers();
            let is_anonymous =
                !headers.contains_key(AUTHORIZATION) && !headers.contains_key(COOKIE);
            match Self::from_request(module, request).await {
                Ok(value) => Ok(Some(value)),
                Err(refusal) => {
                    let response = refusal.into_response();
                    if is_anonymous && response.status() == StatusCode::UNAUTHORIZED {
                        return Ok(None);
                    }
                    Err(response.into())
                }
            }
        }
    }
}

/// An argument `&T` that is lent from the head of the request.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be lent from a request",
    label = "not a part of a request's head",
    note = "`&RequestHead`, `&HeaderMap`, `&Uri`, `&Method`, `&Extensions` and `&Hub` can; a path parameter is owned: take a `String`"
)]
pub trait FromHead {
    /// Finds this in the head.
    fn from_head(head: &RequestHead) -> &Self;
}

macro_rules! lent {
    ($($type:ty => $get:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl FromHead for $type {
            fn from_head(head: &RequestHead) -> &Self {
                head.$get()
            }
        }
    )*};
}

lent! {
    HeaderMap => headers;
    Uri => uri;
    Method => method;
    Extensions => extensions;
}

#[diagnostic::do_not_recommend]
impl FromHead for RequestHead {
    fn from_head(head: &RequestHead) -> &Self {
        head
    }
}

/// The app's topics.
#[diagnostic::do_not_recommend]
impl FromHead for Hub {
    fn from_head(head: &RequestHead) -> &Self {
        head.hub()
    }
}

/// The client's address, as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteAddr(pub SocketAddr);

macro_rules! always {
    ($($type:ty: |$request:ident| $value:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M> FromRequest<M> for $type {
            type Rejection = Infallible;

            fn from_request(
                _: &Arc<M>,
                $request: &mut Request,
            ) -> impl Future<Output = Result<Self, Infallible>> + Send {
                ready(Ok($value))
            }
        }
    )*};
}

always! {
    HeaderMap: |request| request.head().headers().clone();
    Uri: |request| request.head().uri().clone();
    Method: |request| request.head().method().clone();
    Version: |request| request.head().version();
    RemoteAddr: |request| Self(request.head().remote_addr());
    Hub: |request| request.hub().clone();
}

/// `None` if it is absent; refused if it is there and wrong.
#[diagnostic::do_not_recommend]
impl<M: Send + Sync, T: FromRequest<M>> FromRequest<M> for Option<T> {
    type Rejection = Response;
    const TAKES_BODY: bool = T::TAKES_BODY;
    const NEEDS_BODY: bool = T::NEEDS_BODY;

    async fn from_request(module: &Arc<M>, request: &mut Request) -> Result<Self, Response> {
        let optional = T::from_request_optional(module, request).await;
        optional.map_err(Rejection::into_response)
    }
}

/// The handler receives the refusal.
#[diagnostic::do_not_recommend]
impl<M: Send + Sync, T: FromRequest<M>> FromRequest<M> for Result<T, T::Rejection> {
    type Rejection = Infallible;
    const TAKES_BODY: bool = T::TAKES_BODY;
    const NEEDS_BODY: bool = T::NEEDS_BODY;

    async fn from_request(module: &Arc<M>, request: &mut Request) -> Result<Self, Infallible> {
        Ok(T::from_request(module, request).await)
    }
}
