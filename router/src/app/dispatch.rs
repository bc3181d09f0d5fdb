//! From a request to its handler.

use super::{
    edge::{self, RequestFacts},
    head_limits::HeadLimits,
    hosts::Hosts,
    layer::{Next, ResponseFuture},
    module::{Answer, Answered},
    pattern::canonical,
    table::{Entry, Table},
};
use crate::{
    hub::Hub,
    log,
    web::{Body, IntoResponse, Logged, Path, Rejection, Request, Response, Told, internal_error},
    websocket::{Endpoint, PendingUpgrade, asks_for_websocket, panic_message},
};
use http::{Method, StatusCode, header::ALLOW, request::Parts};
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
    /// The layers, with the table inside; without layers the table is asked directly.
    pub(super) layered: Option<Next>,
    /// The hosts that the app answers for; all of them without.
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

    /// Begins to answer a request. The handler has been called when this returns; one that does not
    /// wait has answered.
    pub(crate) fn respond(&self, mut head: Parts, body: Body, remote: SocketAddr) -> Responding {
        let facts = RequestFacts::of(&mut head);
        let refused = edge::refuse(&head, &self.head_limits, self.hosts.as_ref());
        let answering = match (refused, &self.layered) {
            (Some(refused), _) => Answering::Known(Some(refused)),
            (None, None) => answer(&self.table, head, body, remote, None),
            (None, Some(layered)) => {
                head.extensions.insert(Remote(remote));
                Answering::Layers(layered(http::Request::from_parts(head, body)))
            }
        };
        Responding { answering, facts }
    }
}

/// The response to a request, on its way.
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

/// What panics, for the log.
const LAYERS: &str = "a layer";

/// The client's address, on its way through layers.
#[derive(Clone, Copy)]
struct Remote(SocketAddr);

/// What the innermost layer calls.
pub(super) fn answer_layered(table: &Table, request: http::Request<Body>) -> Answering {
    let remote = request.extensions().get::<Remote>().copied();
    match remote {
        Some(Remote(remote)) => {
            let told = Some(Told::default());
            let (head, body) = request.into_parts();
            answer(table, head, body.of_request(), remote, told)
        }
        None => {
            log::error!("a layer replaced the request and lost its extensions");
            Answering::Known(Some(internal_error()))
        }
    }
}

/// Calls the handler for a request.
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
                "no route answers a request"
            );
            return Answering::Known(Some(response));
        }
    };
    let handler = entry.context.handler;
    let request = Request::new(head, body, remote, path, entry.context.clone());
    // Its first step, until it waits, is the call itself.
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

/// Whose response it is.
pub(super) struct HandlerContext {
    handler: &'static str,
    /// Of a handshake.
    upgrade: Option<PendingUpgrade>,
    /// Inside of layers.
    told: Option<Told>,
}

/// The response of the table or of the layers, on its way.
pub(super) enum Answering {
    /// There is no handler to ask.
    Known(Option<Response>),
    Given(Option<Response>, HandlerContext),
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
                match response.body_mut().begin(LAYERS, told, cx) {
                    Ok(()) => response,
                    Err(()) => internal_error(),
                }
            }
        })
    }
}

const POLLED_ONCE: &str = "a future is not polled after its end";

impl HandlerContext {
    /// Looks whether the response can be sent as it is.
    fn complete(&self, mut response: Response, cx: &mut Context<'_>) -> Response {
        let handler = self.handler;
        if let Some(told) = &self.told {
            response.extensions_mut().insert(told.clone());
        }
        let begun = response.body_mut().begin(handler, self.told.clone(), cx);
        if begun.is_err() {
            return internal_error();
        }
        let is_handshake = || {
            self.upgrade
                .as_ref()
                .is_some_and(PendingUpgrade::is_asked_for)
        };
        if response.status().is_success() && is_handshake() {
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
}

fn refused(handler: &'static str, rejection: Rejection) -> Response {
    let response = rejection.into_response();
    if response.extensions().get::<Logged>().is_none() {
        let status = response.status().as_u16();
        log::debug!(handler, status, "a request was refused");
    }
    response
}

/// The handler for a request.
struct Chosen<'t> {
    entry: &'t Entry,
    path: Path,
    /// Of a request that wants to become a socket.
    handshake: Option<PendingUpgrade>,
}

/// The handler for a request, or the answer if there is none.
fn choose<'t>(table: &'t Table, request: &Parts) -> Result<Chosen<'t>, Response> {
    let method = &request.method;
    let path = request.uri.path();
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
    // Only a request of HTTP/1.1 with an `Upgrade` has one: RFC 9110 §7.8.
    let handshake = PendingUpgrade::of(&request.extensions)
        .filter(|_| *method == Method::GET && asks_for_websocket(&request.headers));
    let entry = match (route, &found.socket) {
        // The header decides; without a GET route the socket says what it misses.
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

/// A panic in user code is a 500, and nobody else's matter.
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
