//! From a request to its handler.

use super::{
    layer::Next,
    module::{Answer, Answered},
    table::{Entry, Table},
};
use crate::{
    web::{Body, IntoResponse, Ranges, Rejection, Request, Response},
    websocket::{Endpoint, asks_for_websocket, panic_message},
};
use http::{Method, StatusCode, Version, header::ALLOW};
use std::{
    future::poll_fn,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

/// An app that is ready to serve.
pub(crate) struct App {
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) table: Arc<Table>,
    /// The layers, with the table inside; without layers the table is asked directly.
    pub(super) layered: Option<Next>,
}

impl App {
    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    pub(crate) async fn respond(
        &self,
        mut request: http::Request<Body>,
        remote: SocketAddr,
    ) -> Response {
        match &self.layered {
            None => respond(&self.table, request, remote).await,
            Some(layered) => {
                request.extensions_mut().insert(Remote(remote));
                guarded(LAYERS, layered(request))
                    .await
                    .unwrap_or_else(Rejection::into_response)
            }
        }
    }
}

/// What panics, for the log.
const ROUTE: &str = "a route";
const LAYERS: &str = "a layer";

/// The client's address, on its way through layers.
#[derive(Clone, Copy)]
struct Remote(SocketAddr);

/// What the innermost layer calls.
pub(super) async fn respond_layered(table: Arc<Table>, request: http::Request<Body>) -> Response {
    let remote = request.extensions().get::<Remote>().copied();
    match remote {
        Some(Remote(remote)) => respond(&table, request, remote).await,
        None => {
            tracing::error!("a layer replaced the request and lost its extensions");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn respond(table: &Table, request: http::Request<Body>, remote: SocketAddr) -> Response {
    let (entry, values) = match choose(table, &request) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let request = Request::new(request, remote, values, entry.context.clone());
    // Its first step, until it waits, is the call itself.
    let answer = catch_unwind(AssertUnwindSafe(|| entry.handler.run(request)))
        .unwrap_or_else(|panic| Err(internal_error(ROUTE, &*panic)));
    let response = match answer {
        Ok(Answer(Answered::Now(response))) => Ok(response),
        Ok(Answer(Answered::Later(response))) => guarded(ROUTE, response).await.flatten(),
        Err(rejection) => Err(rejection),
    };
    response.unwrap_or_else(Rejection::into_response)
}

/// The handler for a request, or the answer if there is none.
fn choose<'t>(
    table: &'t Table,
    request: &http::Request<Body>,
) -> Result<(&'t Entry, Ranges), Response> {
    let Some((path, values)) = table.find(request.uri().path()) else {
        return Err(StatusCode::NOT_FOUND.into_response());
    };
    let method = request.method();
    let route = path.method(method).or_else(|| match *method {
        // RFC 9110 §9.3.2: the same, without the body; hyper leaves that out.
        Method::HEAD => path.method(&Method::GET),
        _ => None,
    });
    // RFC 9110 §7.8: HTTP/1.0 has no `Upgrade`.
    let asks = request.version() > Version::HTTP_10 && asks_for_websocket(request.headers());
    match (route, &path.socket) {
        // The header decides; without a GET route the socket says what it misses.
        (route, Some(socket)) if *method == Method::GET && (asks || route.is_none()) => {
            Ok((socket, values))
        }
        (Some(route), _) => Ok((route, values)),
        (None, _) => {
            let status = match *method {
                Method::OPTIONS => StatusCode::NO_CONTENT,
                _ => StatusCode::METHOD_NOT_ALLOWED,
            };
            let mut response = status.into_response();
            response.headers_mut().insert(ALLOW, path.allowed());
            Err(response)
        }
    }
}

/// A panic in user code is a 500, and nobody else's matter.
async fn guarded<T>(
    what: &str,
    mut future: Pin<Box<dyn Future<Output = T> + Send>>,
) -> Result<T, Rejection> {
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(internal_error(what, &*panic))),
        },
    )
    .await
}

fn internal_error(what: &str, panic: &(dyn std::any::Any + Send)) -> Rejection {
    tracing::error!(panic = panic_message(panic), "{what} panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into()
}
