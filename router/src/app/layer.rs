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

/// Erases the type of a layer's service. An error of the service is answered with a 500.
pub(super) fn erased<F>(service: impl Fn(http::Request<Body>) -> F + Send + Sync + 'static) -> Next
where
    F: Future<Output = Result<Response, BoxError>> + Send + 'static,
{
    Arc::new(move |request| {
        let response = service(request);
        Box::pin(async move { response.await.unwrap_or_else(failed) })
    })
}

fn failed(error: BoxError) -> Response {
    log::error!(error = log::plain(error), "a layer failed");
    internal_error()
}

/// Wraps the innermost service in the layers. The layer that was added last is the outermost.
pub(super) fn stack(layers: Vec<Wrap>, innermost: Next) -> Next {
    layers
        .into_iter()
        .fold(innermost, |inner, wrap| wrap(inner))
}
