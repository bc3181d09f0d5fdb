//! Finds and calls the handler of a request.

use super::{
    edge::{self, RequestFacts},
    head_limits::HeadLimits,
    hosts::Hosts,
    layer::{Next, ResponseFuture},
    module::{Answer, Answered},
    table::{Entry, Table},
};
use crate::{
    hub::Hub,
    log,
    user_error::panic_message,
    web::{Body, IntoResponse, Logged, Path, Rejection, Request, Response, Told, internal_error},
    websocket::{Endpoint, PendingUpgrade, asks_for_websocket},
};
use http::{Method, StatusCode, header::ALLOW, request::Parts};
use router_pattern::canonical;
use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// An app that is ready to serve.
pub(crate) struct App {
    pub(super) hub: Hub,
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) table: Arc<Table>,
    /// The layers around the table. `None` without layers: requests go directly to the table.
    pub(super) layered: Option<Next>,
    /// The hosts that the app serves. `None` means all hosts.
    pub(super) hosts: Option<Hosts>,
    pub(super) head_limits: HeadLimits,
}

impl App {
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    pub(crate) fn head_limits(&self) -> HeadLimits {
        self.head_limits
    }

    /// Starts to answer a request. Without layers, this calls the route before it returns. The route's
    /// answer is a response, or the future of a response.
    pub(crate) fn respond(&self, mut head: Parts, body: Body, remote: SocketAddr) -> Responding {
        let facts = RequestFacts::of(&mut head);
        let refused = edge::refuse(&head, &self.head_limits, self.hosts.as_ref());
        let answering = match (refused, &self.layered) {
            (Some(refused), _) => Answering::Known(Some(refused)),
            (None, None) => answer(&self.table, head, body, remote, None),
            (None, Some(layered)) => {
                head.extensions.insert(ClientAddr(remote));
                Answering::Layers(layered(http::Request::from_parts(head, body)))
            }
        };
        Responding { answering, facts }
    }
}

/// The future of the response to a request.
pub(crate) struct Responding {
    answering: Answering,
    facts: RequestFacts,
}

impl Future for Responding {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let mut response = ready!(Pin::new(&mut self.answering).poll(cx));
        edge::settle(&mut response, &mut self.facts);
        Poll::Ready(response)
    }
}

/// The name of the layers in the log.
const LAYERS: &str = "a layer";

/// The client's address, passed through the layers in the extensions of the request.
#[derive(Clone, Copy)]
struct ClientAddr(SocketAddr);

/// The service inside all layers, which finds and calls the handler.
pub(super) fn innermost(table: Arc<Table>) -> Next {
    Arc::new(move |request| Box::pin(answer_layered(&table, request)))
}

/// Answers a request that has passed through the layers.
fn answer_layered(table: &Table, request: http::Request<Body>) -> Answering {
    let remote = request.extensions().get::<ClientAddr>().copied();
    match remote {
        Some(ClientAddr(remote)) => {
            let told = Some(Told::default());
            let (head, body) = request.into_parts();
            answer(table, head, body.of_request(), remote, told)
        }
        None => {
            log::error!("a layer replaced the request without copying its extensions; 500 is sent");
            Answering::Known(Some(internal_error()))
        }
    }
}

/// Finds the handler of a request, and calls it.
fn answer(
    table: &Table,
    head: Parts,
    body: Body,
    remote: SocketAddr,
    told: Option<Told>,
) -> Answering {
    let Chosen {
        entry,
        path,
        handshake,
    } = match choose(table, &head) {
        Ok(chosen) => chosen,
        Err(response) => {
            log::debug!(
                method = log::plain(&head.method),
                path = log::plain(head.uri.path()),
                status = response.status().as_u16(),
                "no route matches a request"
            );
            return Answering::Known(Some(response));
        }
    };
    let handler = entry.context.handler;
    let request = Request::new(head, body, remote, path, entry.context.clone());
    // The call itself already runs a synchronous handler, which may panic.
    let answer = catch_unwind(AssertUnwindSafe(|| entry.handler.run(request)))
        .unwrap_or_else(|panic| Err(panicked(handler, &*panic)));
    let of = HandlerContext {
        handler,
        upgrade: handshake,
        told,
    };
    match answer {
        Ok(Answer(Answered::Now(response))) => Answering::Given(Some(response), of),
        Ok(Answer(Answered::Later(response))) => Answering::Awaited(response, of),
        Err(rejection) => Answering::Given(Some(refused(handler, rejection)), of),
    }
}

/// The handler of a response, and how the response is completed.
struct HandlerContext {
    handler: &'static str,
    /// `Some` if the request is a handshake.
    upgrade: Option<PendingUpgrade>,
    /// `Some` if there are layers around the table.
    told: Option<Told>,
}

/// The future of the response of the table or of the layers.
enum Answering {
    /// A response that was made without a handler, such as a 404.
    Known(Option<Response>),
    /// A response that the call of the handler returned.
    Given(Option<Response>, HandlerContext),
    /// The future of a handler's response.
    Awaited(
        Pin<Box<dyn Future<Output = Result<Response, Rejection>> + Send>>,
        HandlerContext,
    ),
    Layers(ResponseFuture),
}

impl Future for Answering {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        Poll::Ready(match &mut *self {
            Self::Known(response) => response.take().expect(POLLED_ONCE),
            Self::Given(response, of) => of.complete(response.take().expect(POLLED_ONCE), cx),
            Self::Awaited(response, of) => {
                let polled = guarded(of.handler, || response.as_mut().poll(cx));
                let response = ready!(polled);
                let refused = |rejection| refused(of.handler, rejection);
                of.complete(response.unwrap_or_else(refused), cx)
            }
            Self::Layers(response) => {
                let polled = guarded(LAYERS, || response.as_mut().poll(cx).map(Ok));
                let mut response = ready!(polled).unwrap_or_else(Rejection::into_response);
                let told = response.extensions_mut().remove();
                match begun(&mut response, LAYERS, told, cx) {
                    Ok(()) => response,
                    Err(()) => internal_error(),
                }
            }
        })
    }
}

/// Begins to read the body of a response, unless the response is a 101, whose body is empty. If a mounted
/// service is an app of this crate, hyper must receive the body of that app's 101 unchanged.
fn begun(
    response: &mut Response,
    handler: &'static str,
    told: Option<Told>,
    cx: &mut Context<'_>,
) -> Result<(), ()> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    response.body_mut().begin(handler, told, cx)
}

const POLLED_ONCE: &str = "a future must not be polled after it has completed";

impl HandlerContext {
    /// Checks whether the response can be sent as it is, and replaces it with a 500 if not.
    fn complete(&self, mut response: Response, cx: &mut Context<'_>) -> Response {
        let handler = self.handler;
        if let Some(told) = &self.told {
            response.extensions_mut().insert(told.clone());
        }
        if begun(&mut response, handler, self.told.clone(), cx).is_err() {
            return internal_error();
        }
        let is_handshake = || {
            self.upgrade
                .as_ref()
                .is_some_and(PendingUpgrade::is_asked_for)
        };
        if response.status().is_success() && is_handshake() {
            // RFC 6455 §4.2.2: a refused handshake is answered with an error status.
            log::error!(
                handler,
                status = response.status().as_u16(),
                "a handshake was refused with a success status; 500 is sent instead"
            );
            return internal_error();
        }
        response
    }
}

fn refused(handler: &'static str, rejection: Rejection) -> Response {
    let response = rejection.into_response();
    if response.extensions().get::<Logged>().is_none() {
        let status = response.status().as_u16();
        log::debug!(handler, status, "a request was refused");
    }
    response
}

/// The handler that was found for a request.
struct Chosen<'t> {
    entry: &'t Entry,
    path: Path,
    /// `Some` if the request is a WebSocket handshake.
    handshake: Option<PendingUpgrade>,
}

/// Finds the handler of a request. If there is no handler, returns the response as an error.
fn choose<'t>(table: &'t Table, request: &Parts) -> Result<Chosen<'t>, Response> {
    let method = &request.method;
    let path = request.uri.path();
    if path == "*" {
        // RFC 9110 §9.3.7: `OPTIONS *` asks for the capabilities of the server as a whole.
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
        // RFC 9110 §9.3.2: HEAD is GET without the body, which hyper omits.
        Method::HEAD => found.method(&Method::GET),
        _ => None,
    });
    let route = route.or(found.any.as_ref());
    // Only an HTTP/1.1 request with the header `Upgrade` has a pending upgrade (RFC 9110 §7.8).
    let handshake = PendingUpgrade::of(&request.extensions)
        .filter(|_| *method == Method::GET && asks_for_websocket(&request.headers));
    let entry = match (route, &found.socket) {
        // If a GET route and a socket have this path, the `Upgrade` header decides. Without a GET route, the
        // socket is chosen in any case, because its rejection tells the client what the request lacks.
        (route, Some(socket))
            if *method == Method::GET && (handshake.is_some() || route.is_none()) =>
        {
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
        handshake,
    })
}

/// Catches a panic in user code. It becomes a 500, and does not affect other requests.
fn guarded(
    what: &str,
    poll: impl FnOnce() -> Poll<Result<Response, Rejection>>,
) -> Poll<Result<Response, Rejection>> {
    catch_unwind(AssertUnwindSafe(poll))
        .unwrap_or_else(|panic| Poll::Ready(Err(panicked(what, &*panic))))
}

fn panicked(what: &str, panic: &(dyn std::any::Any + Send)) -> Rejection {
    log::error!(panic = log::plain(panic_message(panic)), "{what} panicked");
    internal_error().into()
}
