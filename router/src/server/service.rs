//! An app as a tower service, under a server that is not ours.

use super::{
    background::Background, canonical, ending::Ending, released::released, shedder::MemoryLimit,
};
use crate::{
    app::{App, Responding, Router},
    error::{Error, Problem},
    user_error::BoxError,
    web::{Body, RemoteAddr, Response, UNKNOWN_ADDRESS, internal_error},
    websocket::PendingUpgrade,
};
use bytes::Bytes;
use http::{Extensions, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::upgrade::OnUpgrade;
use std::{
    convert::Infallible,
    fmt,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::runtime::Handle;
use tower_service::Service;

/// An app as a [`tower_service::Service`], for servers and frameworks such as axum. It is always ready and
/// never fails.
///
/// Created by [`Router::into_service`].
#[derive(Clone)]
pub struct AppService {
    shared: Arc<Shared>,
    remote: Option<Source>,
}

struct Shared {
    app: Arc<App>,
    ending: Ending,
}

/// Reads the client's address from the extensions of a request.
type Source = Arc<dyn Fn(&Extensions) -> Option<SocketAddr> + Send + Sync>;

impl Router {
    /// Turns the app, including its sockets, into a tower service, for example to nest it in an axum app.
    ///
    /// The surrounding server is responsible for connections: it accepts them, limits their number, and
    /// applies its own timeouts and its own limits for request heads. Routes, layers,
    /// [`body_limit`](Self::body_limit), background tasks, and sockets with their options and timeouts work
    /// as under [`serve`](Self::serve). There are three differences:
    ///
    /// - A body that arrives slowly is not timed out. Use a layer, such as that of tower-http.
    /// - [`memory_limit`](Self::memory_limit) counts the memory for sockets and for request bodies, but not
    ///   responses.
    /// - WebSocket needs HTTP/1.1. An extended CONNECT of HTTP/2 is answered with 501.
    ///
    /// A layer around the service may replace the 101 response by another response, for example to refuse a
    /// client. The socket is then not opened. The service recognizes the replacement because the body of the
    /// 101 is not used. The layer must therefore create a new response; it must not only change the status. A
    /// layer that wraps the body of a 101 must forward the body's `is_end_stream`.
    ///
    /// Other servers do not know the sockets. Use the handle that [`AppService::ending`] returns to shut them
    /// down. If [`shutdown_when`](Self::shutdown_when) is set, its future begins the shutdown as well.
    /// Signals do not begin it. When the last service and the last [`Ending`] have been dropped, background
    /// tasks are aborted, and the memory limit no longer applies to sockets that are still open. So keep the
    /// [`Ending`] until it has finished.
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, if this method is called outside of a tokio runtime, or if
    /// an option is set that only [`Server`](crate::Server) can apply (`backlog`, `max_headers`,
    /// `max_connections`, `max_connections_per_ip` and the timeouts).
    ///
    /// # Examples
    ///
    /// A chat in an axum app. axum passes on the client's address in `ConnectInfo`:
    ///
    /// ```no_run
    /// use axum::{extract::ConnectInfo, routing::get};
    /// use router::prelude::*;
    /// use std::net::SocketAddr;
    /// use tokio::{net::TcpListener, signal::ctrl_c};
    ///
    /// struct Chat;
    ///
    /// #[websocket(path = "/chat")]
    /// impl Chat {
    ///     #[on(open)]
    ///     fn open(&self, ws: &mut Socket<()>) { ws.subscribe("room"); }
    /// }
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let chat = Router::new().mount(Chat).into_service()?;
    ///     let ending = chat.ending();
    ///     let chat = chat.remote_addr_from(|ConnectInfo(addr): &ConnectInfo<SocketAddr>| *addr);
    ///     let app = axum::Router::new()
    ///         .route("/", get(|| async { "home" }))
    ///         .nest_service("/live", chat);
    ///     let listener = TcpListener::bind("127.0.0.1:3000").await?;
    ///     axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
    ///         .with_graceful_shutdown(ending.clone().begin_when(ctrl_c()))
    ///         .await?;
    ///     // The `close` handlers of all sockets have run.
    ///     ending.finished().await;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_service(self) -> Result<AppService, Error> {
        let (app, settings) = self.build()?;
        let mut faults: Vec<String> = settings
            .of_the_server
            .iter()
            .map(|option| {
                format!("`{option}` has no effect in a service: set it on the server that calls it")
            })
            .collect();
        if Handle::try_current().is_err() {
            faults.push("`into_service` must be called in a tokio runtime".to_owned());
        }
        if !faults.is_empty() {
            let problems = faults.into_iter().map(|fault| Problem::Setting { fault });
            return Err(Error::setup(problems.collect()));
        }
        let app = Arc::new(app);
        super::log_open_sockets(&app);
        let background = Background::start(settings.background, app.hub());
        let limit = MemoryLimit::enforce(&app, settings.memory_limit);
        let ending = Ending::new(app.clone(), settings.shutdown_deadline, background, limit);
        if let Some(trigger) = settings.trigger {
            tokio::spawn(ending.clone().begin_when(trigger));
        }
        let shared = Shared { app, ending };
        Ok(AppService {
            shared: Arc::new(shared),
            remote: None,
        })
    }
}

impl AppService {
    /// Returns the handle that shuts down the app's sockets and background tasks.
    ///
    /// # Examples
    ///
    /// See [`Router::into_service`].
    pub fn ending(&self) -> Ending {
        self.shared.ending.clone()
    }

    /// Takes the client's address from an extension of the request, for example from axum's `ConnectInfo`.
    ///
    /// If the request has an extension [`RemoteAddr`], that extension takes precedence, so that a layer
    /// around the service can set the address of a client behind a proxy. If the request has neither
    /// extension, the address is unknown: a route that takes [`RemoteAddr`] is answered with 500, and
    /// [`Socket::remote_addr`](crate::Socket::remote_addr) is `0.0.0.0:0`.
    ///
    /// # Examples
    ///
    /// See [`Router::into_service`].
    #[must_use = "the address is taken by the service that is returned"]
    pub fn remote_addr_from<T>(
        self,
        address: impl Fn(&T) -> SocketAddr + Send + Sync + 'static,
    ) -> Self
    where
        T: Send + Sync + 'static,
    {
        let source = move |extensions: &Extensions| extensions.get().map(&address);
        Self {
            remote: Some(Arc::new(source)),
            ..self
        }
    }

    fn remote(&self, extensions: &Extensions) -> SocketAddr {
        let RemoteAddr(address) = match (extensions.get(), &self.remote) {
            (Some(address), _) => *address,
            (None, Some(source)) => RemoteAddr(source(extensions).unwrap_or(UNKNOWN_ADDRESS)),
            (None, None) => RemoteAddr(UNKNOWN_ADDRESS),
        };
        canonical(address)
    }
}

/// Accepts requests with any type of body, so that layers and other frameworks can wrap the service.
impl<B> Service<http::Request<B>> for AppService
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = AppFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> AppFuture {
        let (head, body) = request.into_parts();
        let remote = self.remote(&head.extensions);
        let on_upgrade = head.extensions.get().cloned();
        let body = Body::new(body).of_request();
        AppFuture {
            responding: self.shared.app.respond(head, body, remote),
            on_upgrade,
        }
    }
}

impl fmt::Debug for AppService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppService").finish_non_exhaustive()
    }
}

/// The future of a response from [`AppService`].
pub struct AppFuture {
    responding: Responding,
    /// `Some` if the server can hand the connection over.
    on_upgrade: Option<OnUpgrade>,
}

impl Future for AppFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(Pin::new(&mut self.responding).poll(cx));
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Poll::Ready(Ok(response));
        }
        let accepted = response.extensions_mut().remove::<PendingUpgrade>();
        // If the 101 comes from another service inside this app, that service takes over the connection
        // itself.
        if let Some(accepted) = accepted.filter(PendingUpgrade::is_accepted) {
            let Some(on_upgrade) = self.on_upgrade.take() else {
                accepted.discard();
                return Poll::Ready(Ok(internal_error()));
            };
            tokio::spawn(begin(accepted.clone(), on_upgrade));
            *response.body_mut() = Body::new(Switching {
                accepted,
                is_sent: AtomicBool::new(false),
            });
        }
        Poll::Ready(Ok(response))
    }
}

/// Begins the session when the server hands the connection over. If the 101 was not sent, the upgrade has
/// been discarded by then.
async fn begin(accepted: PendingUpgrade, on_upgrade: OnUpgrade) {
    match on_upgrade.await {
        Ok(upgraded) => {
            accepted.begin(|| Some(released(upgraded)));
        }
        Err(_) => accepted.discard(),
    }
}

/// The empty body of a 101, which records whether the response is sent. This cannot be learned from hyper:
/// hyper hands the connection over after any response, and a layer outside of the app may have replaced the
/// 101 by a refusal.
struct Switching {
    accepted: PendingUpgrade,
    /// Set when hyper asks whether the body has ended, which it does right before it writes the head.
    is_sent: AtomicBool,
}

impl http_body::Body for Switching {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // Set here as well, because a layer may read the whole body and then send the 101 with a new body.
        self.is_sent.store(true, Ordering::Relaxed);
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.is_sent.store(true, Ordering::Relaxed);
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

impl Drop for Switching {
    fn drop(&mut self) {
        if !self.is_sent.load(Ordering::Relaxed) {
            self.accepted.discard();
        }
    }
}

impl fmt::Debug for AppFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppFuture").finish_non_exhaustive()
    }
}
