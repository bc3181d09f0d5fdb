//! Types that can be used as handler arguments (extractors).

use super::{IntoResponse, Rejection, Request, RequestHead, Response, internal_error};
use crate::{hub::Hub, log};
use http::{
    Extensions, HeaderMap, Method, StatusCode, Uri, Version,
    header::{AUTHORIZATION, COOKIE},
};
use std::{
    convert::Infallible,
    future::ready,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::Arc,
};

/// Types that can be used as arguments of a route or of `#[on(upgrade)]` (extractors).
///
/// An extractor has access to the module `M` to which the route belongs: a guard can use the module's
/// state, and [`Upgrade<M>`](crate::Upgrade) is available only in routes of `M`. At most one argument of
/// a handler can take the body. The arguments can be in any order.
///
/// `Option<T>` is an extractor as well, and calls [`from_request_optional`](Self::from_request_optional). For
/// the extractors of this crate whose value can be absent (a query, a body, an upgrade), the argument is
/// `None` if the request does not contain the value, and an invalid value is refused. For other extractors,
/// the argument is `None` by default only if the rejection has the status 401 and the request has neither
/// `Authorization` nor `Cookie`.
///
/// With `Result<T, T::Rejection>`, the handler receives the rejection and decides on the response.
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
    note = "an argument is a path parameter if the path contains its name;\nit is borrowed from the request if it is `&RequestHead`, `&HeaderMap`, `&Uri`, `&Method`, `&Extensions` or `&Hub`;\notherwise it must be an extractor: `Query<T>`, `HeaderMap`, `Method`, `Uri`, `Version`, `RemoteAddr`, `Hub`, `Upgrade<Self>`,\nfor the body `Json<T>`, `Form<T>`, `String`, `Bytes`, `Vec<u8>`, `Body`, `http::Request<Body>`,\n`Option<_>` or `Result<_, _>` of one of these, or a type that implements `router::FromRequest`"
)]
pub trait FromRequest<M>: Sized {
    /// The response if the value cannot be extracted.
    type Rejection: IntoResponse;

    /// Whether the extractor takes the request's body.
    const TAKES_BODY: bool = false;

    /// Whether the extractor needs a body. Routes for GET and HEAD cannot take such an argument, because
    /// their requests have no body.
    const NEEDS_BODY: bool = Self::TAKES_BODY;

    /// Extracts the value from the request.
    ///
    /// # Errors
    ///
    /// Returns the rejection, which becomes the response to the client.
    fn from_request(
        module: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;

    /// Extracts the value for an argument `Option<Self>`, from a request that may not contain it.
    ///
    /// By default, the result is `None` if `from_request` rejects the request with 401, and the request has
    /// neither `Authorization` nor `Cookie`: such a request usually contains no credentials that could be
    /// wrong. Any other rejection is returned. This default is wrong for some extractors: if an absent value
    /// is rejected with 400, the result is a rejection and not `None`; if a wrong value of another header,
    /// such as `x-api-key`, is rejected with 401, the result is `None`. Override this method if the extractor
    /// can distinguish an absent value from an invalid one.
    ///
    /// # Errors
    ///
    /// Returns the rejection of `from_request`, unless the rejection means that the value is absent.
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

/// Types that a handler can borrow from the head of the request, as an argument `&T`.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be borrowed from a request",
    label = "not part of the request head",
    note = "an argument can borrow `&RequestHead`, `&HeaderMap`, `&Uri`, `&Method`, `&Extensions` or `&Hub`; a path parameter must be owned, such as `String`"
)]
pub trait FromHead {
    /// Returns a reference to the value in the head.
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

/// The placeholder for a client's address that is not known. An address can be unknown only in a service
/// under another server.
pub(crate) const UNKNOWN_ADDRESS: SocketAddr =
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

/// An extractor for the client's address.
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
    Hub: |request| request.hub().clone();
}

/// Refused with 500 if the app runs as a service and the address is not known.
#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for RemoteAddr {
    type Rejection = Response;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, Response>> + Send {
        let remote = request.head().remote_addr();
        ready(if remote == UNKNOWN_ADDRESS {
            log::limited!(
                error,
                handler = request.head().handler(),
                "the client's address is not known: set it with `AppService::remote_addr_from`, or with a \
                 layer around the service that inserts the extension `RemoteAddr`"
            );
            Err(internal_error())
        } else {
            Ok(Self(remote))
        })
    }
}

/// `None` if [`from_request_optional`](FromRequest::from_request_optional) finds the value absent.
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

/// The handler receives the rejection.
#[diagnostic::do_not_recommend]
impl<M: Send + Sync, T: FromRequest<M>> FromRequest<M> for Result<T, T::Rejection> {
    type Rejection = Infallible;
    const TAKES_BODY: bool = T::TAKES_BODY;
    const NEEDS_BODY: bool = T::NEEDS_BODY;

    async fn from_request(module: &Arc<M>, request: &mut Request) -> Result<Self, Infallible> {
        Ok(T::from_request(module, request).await)
    }
}
