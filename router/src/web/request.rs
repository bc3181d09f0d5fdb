//! The request that extractors read from.

use super::{Body, FromRequest, Path, RequestHead};
use crate::{hub::Hub, memory::Charge, websocket::Endpoint};
use http::request::Parts;
use hyper::upgrade::OnUpgrade;
use std::{convert::Infallible, fmt, future::ready, net::SocketAddr, sync::Arc};

/// A request that is being handled by a route: its head, and its body until the body is taken.
pub struct Request {
    head: RequestHead,
    body: Body,
    /// The memory charged for the part of the body that has been read, until the request has been
    /// handled.
    pub(super) read: Charge,
}

/// State shared by the requests of an app.
pub(crate) struct AppContext {
    pub(crate) hub: Hub,
    pub(crate) body_limit: usize,
}

/// State shared by the requests of a route.
pub(crate) struct RouteContext {
    /// The name of the handler, for the log.
    pub(crate) handler: &'static str,
    /// The names of the pattern's parameters, in order.
    pub(crate) names: Vec<String>,
    /// The WebSocket endpoint of the route's module, if it has one.
    pub(crate) endpoint: Option<Arc<Endpoint>>,
    pub(crate) app: Arc<AppContext>,
}

impl Request {
    pub(crate) fn new(
        parts: Parts,
        body: Body,
        remote: SocketAddr,
        path: Path,
        context: Arc<RouteContext>,
    ) -> Self {
        Self {
            head: RequestHead::new(parts, remote, context, path),
            body,
            read: Charge::default(),
        }
    }

    fn app(&self) -> &AppContext {
        &self.head.context.app
    }

    /// Returns the head: everything except the body.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{FromRequest, prelude::*};
    /// use std::sync::Arc;
    ///
    /// /// The value of the header `x-api-key`.
    /// struct ApiKey(String);
    ///
    /// impl<M: Send + Sync> FromRequest<M> for ApiKey {
    ///     type Rejection = StatusCode;
    ///
    ///     async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, StatusCode> {
    ///         let key = request.head().header("x-api-key");
    ///         key.map(|key| Self(key.to_owned())).ok_or(StatusCode::UNAUTHORIZED)
    ///     }
    /// }
    /// ```
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// Takes the body as a stream, without the body limit. Afterwards the request has an empty body.
    ///
    /// # Examples
    ///
    /// An extractor that counts the bytes of an upload, without storing them. It uses the crate
    /// `http-body-util`.
    ///
    /// ```
    /// use http_body_util::BodyExt;
    /// use router::{FromRequest, prelude::*};
    /// use std::sync::Arc;
    ///
    /// struct UploadSize(usize);
    ///
    /// impl<M: Send + Sync> FromRequest<M> for UploadSize {
    ///     type Rejection = StatusCode;
    ///     const TAKES_BODY: bool = true;
    ///
    ///     async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, StatusCode> {
    ///         let mut body = request.take_body();
    ///         let mut size = 0;
    ///         while let Some(frame) = body.frame().await {
    ///             let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
    ///             size += frame.data_ref().map_or(0, |data| data.len());
    ///         }
    ///         Ok(Self(size))
    ///     }
    /// }
    /// ```
    pub fn take_body(&mut self) -> Body {
        std::mem::take(&mut self.body)
    }

    /// The request as a tower service receives it: without the app's body limit.
    pub(crate) fn into_http(self) -> http::Request<Body> {
        http::Request::from_parts(self.head.parts, self.body)
    }

    fn take_whole(&mut self) -> http::Request<Body> {
        let limit = self.body_limit();
        let body = self.take_body().limited(limit);
        http::Request::from_parts(self.head.parts.clone(), body)
    }

    /// The app's topics.
    ///
    /// # Examples
    ///
    /// An extractor that refuses requests while the topic `lobby` has 100 subscribers or more:
    ///
    /// ```
    /// use router::{FromRequest, prelude::*};
    /// use std::sync::Arc;
    ///
    /// struct HasRoom;
    ///
    /// impl<M: Send + Sync> FromRequest<M> for HasRoom {
    ///     type Rejection = StatusCode;
    ///
    ///     async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, StatusCode> {
    ///         match request.hub().subscriber_count("lobby") {
    ///             0..100 => Ok(Self),
    ///             _ => Err(StatusCode::SERVICE_UNAVAILABLE),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn hub(&self) -> &Hub {
        self.head.hub()
    }

    /// The maximum length of a body that extractors read, in bytes.
    ///
    /// # Examples
    ///
    /// An extractor that applies the limit to a body that it reads itself, with the crate
    /// `http-body-util`:
    ///
    /// ```
    /// use http_body_util::{BodyExt, Limited};
    /// use router::{FromRequest, prelude::*};
    /// use std::sync::Arc;
    ///
    /// struct Whole(Bytes);
    ///
    /// impl<M: Send + Sync> FromRequest<M> for Whole {
    ///     type Rejection = StatusCode;
    ///     const TAKES_BODY: bool = true;
    ///
    ///     async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, StatusCode> {
    ///         let limit = request.body_limit();
    ///         let body = Limited::new(request.take_body(), limit).collect().await;
    ///         let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    ///         Ok(Self(body.to_bytes()))
    ///     }
    /// }
    /// ```
    pub fn body_limit(&self) -> usize {
        self.app().body_limit
    }

    /// Returns the WebSocket endpoint of the route's module.
    pub(crate) fn endpoint(&self) -> Arc<Endpoint> {
        self.head.context.endpoint.clone().expect(MOUNTED)
    }

    pub(crate) fn take_upgrade(&mut self) -> Option<OnUpgrade> {
        self.head.parts.extensions.remove()
    }
}

const MOUNTED: &str = "a module that implements `WebSocket` sets `Module::SOCKET`";

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// The whole request in the type of the `http` crate, for calling a tower service. Its body fails if it
/// exceeds the body limit. Routes of any method, including GET, can take this argument.
#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for http::Request<Body> {
    type Rejection = Infallible;
    const TAKES_BODY: bool = true;
    const NEEDS_BODY: bool = false;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, Infallible>> + Send {
        ready(Ok(request.take_whole()))
    }
}
