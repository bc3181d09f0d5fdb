//! `Router`: what an app is put together with.

use super::{
    App, Module, RouteTable,
    layer::{self, Routes, Wrap},
    table,
};
use crate::{
    BoxError, Error, Listener, Server,
    error::Problem,
    hub::Hub,
    server::Shutdown,
    web::{AppContext, Body},
    websocket::Endpoint,
};
use bytes::Bytes;
use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};
use tokio::net::{TcpListener, ToSocketAddrs};
use tower_layer::Layer;
use tower_service::Service;

/// An app: modules, layers and settings, to be served.
///
/// # Examples
///
/// ```no_run
/// use router::prelude::*;
///
/// struct Hello;
///
/// #[routes]
/// impl Hello {
///     #[route(get, "/")]
///     fn index(&self) -> &'static str { "hello" }
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), router::Error> {
///     Router::new().mount(Hello).serve("127.0.0.1:3000").await
/// }
/// ```
#[must_use = "a router does nothing until it is served"]
pub struct Router {
    hub: Hub,
    routes: table::Routes,
    endpoints: Vec<Arc<Endpoint>>,
    layers: Vec<Wrap>,
    body_limit: usize,
    shutdown: Shutdown,
    prints_routes: bool,
    problems: Vec<Problem>,
}

impl Router {
    /// An app without routes.
    pub fn new() -> Self {
        Self {
            hub: Hub::new(),
            routes: table::Routes::default(),
            endpoints: Vec::new(),
            layers: Vec::new(),
            body_limit: 2 * 1024 * 1024,
            shutdown: Shutdown::default(),
            prints_routes: false,
            problems: Vec::new(),
        }
    }

    /// Adds a module's routes and its socket.
    ///
    /// What is wrong with them (conflicts with other modules, options out of range) is reported
    /// when the app is served, all at once.
    pub fn mount<M: Module>(mut self, module: M) -> Self {
        let name = std::any::type_name::<M>();
        let module = Arc::new(module);
        let endpoint = M::SOCKET.map(|options| {
            let fault = options.fault();
            self.problems.extend(fault.map(|fault| Problem::Option {
                module: name,
                fault,
            }));
            Arc::new(Endpoint::new(
                name,
                module.clone(),
                options,
                self.hub.clone(),
            ))
        });
        self.endpoints.extend(endpoint.clone());
        self.routes.mount(module, endpoint);
        self
    }

    /// Puts a tower layer around all routes, and around the layers that were added before.
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<Routes> + Send + 'static,
        L::Service: Service<http::Request<Body>, Response = http::Response<B>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.layers.push(layer::wrap(layer));
        self
    }

    /// The longest request body that extractors read, in bytes: a longer one is answered 413.
    /// Default 2 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How long a shutdown may take. Default 10 seconds.
    ///
    /// At its start every socket gets 1001; after four fifths of it, handlers that still wait are
    /// dropped and their sockets' `close` handlers run; at its end what remains is cut off.
    pub fn shutdown_deadline(mut self, deadline: Duration) -> Self {
        // A sum of this and some more must be a time.
        self.shutdown.deadline = deadline.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }

    /// Shuts down when `trigger` resolves, instead of at SIGINT or SIGTERM.
    pub fn shutdown_when(mut self, trigger: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown.trigger = Some(Box::pin(trigger));
        self
    }

    /// The app's topics, to publish from anywhere.
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// What is mounted so far: method, path, handler, file and line.
    pub fn routes(&self) -> RouteTable {
        self.routes.listing()
    }

    /// Whether [`routes`](Self::routes) are printed to standard error when the app is bound or
    /// served, also where something is wrong with them. Default `false`.
    pub fn print_routes(mut self, print: bool) -> Self {
        self.prints_routes = print;
        self
    }

    /// Listens on `addr`, and serves later.
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or why it can't listen there.
    pub async fn bind(self, addr: impl ToSocketAddrs + Display) -> Result<Server, Error> {
        // A fault of the app shows even where the port is taken.
        let (app, shutdown) = self.build()?;
        let text = addr.to_string();
        let listener = TcpListener::bind(addr)
            .await
            .map_err(|error| Error::bind(text, error))?;
        Server::new(listener, app, shutdown)
    }

    /// Listens on `addr` and serves until SIGINT or SIGTERM.
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or why it can't listen there.
    pub async fn serve(self, addr: impl ToSocketAddrs + Display) -> Result<(), Error> {
        self.bind(addr).await?.run().await
    }

    /// Serves on a listener until SIGINT or SIGTERM.
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or with the listener.
    pub async fn serve_listener(self, listener: impl Listener) -> Result<(), Error> {
        self.bind_listener(listener)?.run().await
    }

    /// Takes a listener, and serves later.
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or with the listener.
    pub fn bind_listener<L: Listener>(self, listener: L) -> Result<Server<L>, Error> {
        let (app, shutdown) = self.build()?;
        Server::new(listener, app, shutdown)
    }

    fn build(self) -> Result<(App, Shutdown), Error> {
        let Self {
            hub,
            routes,
            endpoints,
            layers,
            body_limit,
            shutdown,
            prints_routes,
            mut problems,
        } = self;
        if prints_routes {
            eprint!("{}", routes.listing());
        }
        let context = Arc::new(AppContext { hub, body_limit });
        match routes.build(&context) {
            Ok(table) if problems.is_empty() => {
                let table = Arc::new(table);
                let layered = layer::stack(layers, &table);
                Ok((
                    App {
                        endpoints,
                        table,
                        layered,
                    },
                    shutdown,
                ))
            }
            result => {
                problems.extend(result.err().into_iter().flatten());
                Err(Error::setup(problems))
            }
        }
    }
}

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}
