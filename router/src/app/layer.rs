//! Tower layers around an app's routes.

use crate::{
    log,
    user_error::BoxError,
    web::{Body, Response, internal_error},
};
use bytes::Bytes;
use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// The future of a response.
pub(super) type ResponseFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The next service: a layer and everything inside it, with their types erased.
pub(super) type Next = Arc<dyn Fn(http::Request<Body>) -> ResponseFuture + Send + Sync>;

/// A layer that has not been applied yet: a function from the inner service to the wrapped one.
pub(super) type Wrap = Box<dyn FnOnce(Next) -> Next + Send>;

/// The service that a layer wraps: the app's routes, together with the layers added before it.
#[derive(Clone)]
pub struct Routes(Next);

/// Accepts requests with any type of body, because a layer may replace the body to limit, measure or
/// decompress it.
impl<B> Service<http::Request<B>> for Routes
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RoutesFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> RoutesFuture {
        RoutesFuture((self.0)(request.map(Body::new)))
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").finish_non_exhaustive()
    }
}

/// The future of a response from [`Routes`].
pub struct RoutesFuture(ResponseFuture);

impl Future for RoutesFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx).map(Ok)
    }
}

impl fmt::Debug for RoutesFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutesFuture").finish_non_exhaustive()
    }
}

impl Routes {
    pub(super) fn new(next: Next) -> Self {
        Self(next)
    }
}

/// A tower service that can wrap the routes of an app, or be mounted beside them.
///
/// It takes HTTP requests with a [`Body`], returns responses whose body is a `B`, and is cheap to clone.
/// The trait is implemented for all such services.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot serve requests of the app",
    label = "not a `Clone` service for `http::Request<router::Body>`",
    note = "a service implements `tower_service::Service<http::Request<router::Body>>` with `http::Response<_>` as its response,\nand is `Clone + Send + Sync + 'static`"
)]
pub trait HttpService<B: ResponseBody>:
    Service<http::Request<Body>, Response = http::Response<B>, Error: Into<BoxError>, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

#[diagnostic::do_not_recommend]
impl<S, B> HttpService<B> for S
where
    S: Service<
            http::Request<Body>,
            Response = http::Response<B>,
            Error: Into<BoxError>,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static,
    B: ResponseBody,
{
}

/// Bodies of responses from an [`HttpService`]. Implemented for all bodies that contain [`Bytes`].
pub trait ResponseBody:
    http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static
{
}

#[diagnostic::do_not_recommend]
impl<B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static> ResponseBody for B {}

/// Erases the type of a service. An error of the service is logged and answered with a 500. The log refers
/// to the service as `what`.
pub(super) fn erased<B: ResponseBody>(what: &'static str, service: impl HttpService<B>) -> Next {
    Arc::new(move |request| {
        let mut service = service.clone();
        Box::pin(async move {
            if let Err(error) = poll_fn(|cx| service.poll_ready(cx)).await {
                return failed(what, error.into());
            }
            match service.call(request).await {
                Ok(response) => response.map(Body::new),
                Err(error) => failed(what, error.into()),
            }
        })
    })
}

fn failed(what: &str, error: BoxError) -> Response {
    log::error!(error = log::plain(error), "{what} failed");
    internal_error()
}

/// Wraps the innermost service in the layers. The layer that was added last is the outermost.
pub(super) fn stack(layers: Vec<Wrap>, innermost: Next) -> Next {
    layers
        .into_iter()
        .fold(innermost, |inner, wrap| wrap(inner))
}
