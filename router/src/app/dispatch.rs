//! From a request to its handler.

use super::{
    edge::{self, Asked},
    hosts::Hosts,
    layer::Next,
    module::{Answer, Answered},
    pattern::canonical,
    table::{Entry, Table},
};
use crate::{
    hub::Hub,
    log,
    web::{Body, IntoResponse, Path, Rejection, Request, Response, internal_error},
    websocket::{Endpoint, TakenUpgrade, asks_for_websocket, panic_message},
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
    pub(super) hub: Hub,
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) table: Arc<Table>,
    /// The layers, with the table inside; without layers the table is asked directly.
    pub(super) layered: Option<Next>,
    /// The hosts that the app answers for; all of them without.
    pub(super) hosts: Option<Hosts>,
}

impl App {
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    pub(crate) async fn respond(
        &self,
        mut request: http::Request<Body>,
        remote: SocketAddr,
    ) -> Response {
        let asked = Asked::of(&request);
        let response = match (edge::refuse(&request, self.hosts.as_ref()), &self.layered) {
            (Some(refused), _) => refused,
            (None, None) => respond(&self.table, request, remote).await,
            (None, Some(layered)) => {
                request.extensions_mut().insert(Remote(remote));
                guarded(LAYERS, layered(request))
                    .await
                    .unwrap_or_else(Rejection::into_response)
            }
        };
        edge::settle(response, asked)
    }
}

/// What panics, for the log.
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
            log::error!("a layer replaced the request and lost its extensions");
            internal_error()
        }
    }
}

async fn respond(table: &Table, mut request: http::Request<Body>, remote: SocketAddr) -> Response {
    let Chosen {
        entry,
        path,
        is_handshake,
    } = match choose(table, &request) {
        Ok(chosen) => chosen,
        Err(response) => {
            log::debug!(
                method = %request.method(),
                path = request.uri().path(),
                status = response.status().as_u16(),
                "no route answers a request"
            );
            return response;
        }
    };
    let taken = is_handshake.then(|| TakenUpgrade::watch(&mut request));
    let handler = entry.context.handler;
    let request = Request::new(request, remote, path, entry.context.clone());
    // Its first step, until it waits, is the call itself.
    let answer = catch_unwind(AssertUnwindSafe(|| entry.handler.run(request)))
        .unwrap_or_else(|panic| Err(panicked(handler, &*panic)));
    let response = match answer {
        Ok(Answer(Answered::Now(response))) => Ok(response),
        Ok(Answer(Answered::Later(response))) => guarded(handler, response).await.flatten(),
        Err(rejection) => Err(rejection),
    };
    let mut response = response.unwrap_or_else(|rejection| {
        let response = rejection.into_response();
        let status = response.status().as_u16();
        log::debug!(handler, status, "a request was refused");
        response
    });
    if response.body_mut().begin(handler).await.is_err() {
        return internal_error();
    }
    if response.status().is_success() && taken.is_some_and(|taken| taken.is_taken()) {
        // RFC 6455 §4.2.2: who refuses a handshake answers with an error.
        log::error!(
            handler,
            status = response.status().as_u16(),
            "a handshake was refused with a status of success: it is answered 500 instead"
        );
        return internal_error();
    }
    response
}

/// The handler for a request.
struct Chosen<'t> {
    entry: &'t Entry,
    path: Path,
    /// Whether the request wants to become a socket.
    is_handshake: bool,
}

/// The handler for a request, or the answer if there is none.
fn choose<'t>(table: &'t Table, request: &http::Request<Body>) -> Result<Chosen<'t>, Response> {
    let method = request.method();
    let path = request.uri().path();
    if path == "*" {
        // RFC 9110 §9.3.7: what the server as a whole can do.
        let status = match *method {
            Method::OPTIONS => StatusCode::NO_CONTENT,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut response = status.into_response();
        response.headers_mut().insert(ALLOW, table.allowed());
        return Err(response);
    }
    let path = canonical(path);
    let Some((found, values)) = table.find(&path) else {
        return Err(StatusCode::NOT_FOUND.into_response());
    };
    let route = found.method(method).or_else(|| match *method {
        // RFC 9110 §9.3.2: the same, without the body; hyper leaves that out.
        Method::HEAD => found.method(&Method::GET),
        _ => None,
    });
    // RFC 9110 §7.8: HTTP/1.0 has no `Upgrade`.
    let is_handshake = *method == Method::GET
        && request.version() > Version::HTTP_10
        && asks_for_websocket(request.headers());
    let entry = match (route, &found.socket) {
        // The header decides; without a GET route the socket says what it misses.
        (route, Some(socket)) if *method == Method::GET && (is_handshake || route.is_none()) => {
            socket
        }
        (Some(route), _) => route,
        (None, _) => {
            let status = match *method {
                Method::OPTIONS => StatusCode::NO_CONTENT,
                _ => StatusCode::METHOD_NOT_ALLOWED,
            };
            let mut response = status.into_response();
            response.headers_mut().insert(ALLOW, found.allowed());
            return Err(response);
        }
    };
    Ok(Chosen {
        entry,
        path: Path::new(path, values),
        is_handshake,
    })
}

/// A panic in user code is a 500, and nobody else's matter.
async fn guarded<T>(
    what: &str,
    mut future: Pin<Box<dyn Future<Output = T> + Send>>,
) -> Result<T, Rejection> {
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panicked(what, &*panic))),
        },
    )
    .await
}

fn panicked(what: &str, panic: &(dyn std::any::Any + Send)) -> Rejection {
    log::error!(panic = panic_message(panic), "{what} panicked");
    internal_error().into()
}
