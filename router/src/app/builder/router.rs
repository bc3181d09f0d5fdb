//! `Router`: the modules, layers and hosts of an app.

use crate::{
    app::{
        App, HeadLimits, Module, RouteTable, Routes, ServerSettings, dispatch,
        hosts::Hosts,
        layer::{self, HttpService, ResponseBody, Wrap},
        table,
    },
    error::{Error, Problem},
    hub::Hub,
    web::AppContext,
    websocket::Endpoint,
};
use std::{
    fmt,
    io::{self, Write as _},
    sync::Arc,
};
use tower_layer::Layer;

/// The builder of an app: its modules, layers and settings.
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
    pub(super) hub: Hub,
    pub(super) routes: table::MountedRoutes,
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) layers: Vec<Wrap>,
    pub(super) body_limit: usize,
    pub(super) hosts: Option<Hosts>,
    pub(super) head_limits: HeadLimits,
    pub(super) settings: ServerSettings,
    pub(super) prints_routes: bool,
    pub(super) problems: Vec<Problem>,
}

impl Router {
    /// Creates an app without routes.
    ///
    /// # Examples
    ///
    /// Some modules are mounted only on demand:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// # struct Pages;
    /// # #[routes]
    /// # impl Pages {
    /// #     #[route(get, "/")]
    /// #     fn index(&self) -> &'static str { "hello" }
    /// # }
    /// # struct Admin;
    /// # #[routes]
    /// # impl Admin {
    /// #     #[route(get, "/admin")]
    /// #     fn index(&self) -> &'static str { "admin" }
    /// # }
    /// let mut router = Router::new().mount(Pages);
    /// if std::env::args().any(|argument| argument == "--admin") {
    ///     router = router.mount(Admin);
    /// }
    /// assert_eq!(router.routes().len(), 1);
    /// ```
    pub fn new() -> Self {
        Self {
            hub: Hub::new(),
            routes: table::MountedRoutes::default(),
            endpoints: Vec::new(),
            layers: Vec::new(),
            body_limit: 2 * 1024 * 1024,
            hosts: None,
            head_limits: HeadLimits::default(),
            settings: ServerSettings::default(),
            prints_routes: false,
            problems: Vec::new(),
        }
    }

    /// Adds a module's routes and its socket.
    ///
    /// Errors in them (conflicts with other modules, options out of range) are reported when the app is
    /// served, all at once.
    ///
    /// # Examples
    ///
    /// All requests share the module, so its state must be safe to use from several threads:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// #[derive(Default)]
    /// struct Visits(AtomicU64);
    ///
    /// #[routes]
    /// impl Visits {
    ///     #[route(get, "/visits")]
    ///     fn visit(&self) -> String {
    ///         let earlier = self.0.fetch_add(1, Ordering::Relaxed);
    ///         format!("{earlier} earlier visits")
    ///     }
    /// }
    ///
    /// let router = Router::new().mount(Visits::default());
    /// ```
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

    /// Adds a tower layer around all routes and the layers that were added before.
    ///
    /// # Examples
    ///
    /// A layer that records when a request arrived. Handlers can read the time from `&Extensions`.
    ///
    /// ```
    /// use router::{Routes, http, prelude::*};
    /// use std::{
    ///     convert::Infallible,
    ///     task::{Context, Poll},
    ///     time::Instant,
    /// };
    /// use tower_layer::layer_fn;
    /// use tower_service::Service;
    ///
    /// #[derive(Clone)]
    /// struct Timed(Routes);
    ///
    /// impl Service<http::Request<Body>> for Timed {
    ///     type Response = Response;
    ///     type Error = Infallible;
    ///     type Future = <Routes as Service<http::Request<Body>>>::Future;
    ///
    ///     fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
    ///         Service::<http::Request<Body>>::poll_ready(&mut self.0, cx)
    ///     }
    ///
    ///     fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
    ///         request.extensions_mut().insert(Instant::now());
    ///         self.0.call(request)
    ///     }
    /// }
    ///
    /// let router = Router::new().layer(layer_fn(Timed));
    /// ```
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<Routes, Service: HttpService<B>> + Send + 'static,
        B: ResponseBody,
    {
        self.layers.push(Box::new(move |inner| {
            layer::erased("a layer", layer.layer(Routes::new(inner)))
        }));
        self
    }

    /// Sets the size of the largest request body that extractors read, in bytes. A larger one is
    /// answered with 413. Default: 2 MiB.
    ///
    /// # Examples
    ///
    /// For an app that receives photos:
    ///
    /// ```
    /// let router = router::Router::new().body_limit(50 * 1024 * 1024);
    /// ```
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the hosts that the app serves, for its routes and its sockets. A request for any other host
    /// is answered with 421 (RFC 9110 §15.5.20). Default: all hosts.
    ///
    /// This protects servers that rely on being reachable only locally, such as development servers on
    /// `localhost`. Through DNS rebinding, a web page can make its own host name resolve to
    /// `127.0.0.1`. The page and the server then have the same origin, so `same-origin` in the option
    /// `origins` admits the page's requests.
    ///
    /// An entry is a host with or without a port, such as `example.com` or `localhost:3000`. Without a
    /// port it matches every port. `*.example.com` matches all names below `example.com`, but not
    /// `example.com` itself. An entry that is not a host is an error when the app is served.
    ///
    /// # Examples
    ///
    /// ```
    /// let router = router::Router::new().hosts(["localhost", "127.0.0.1", "[::1]"]);
    /// ```
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let hosts = Hosts::new(hosts);
        self.problems
            .extend(hosts.fault().map(|fault| Problem::Setting { fault }));
        self.hosts = Some(hosts);
        self
    }

    /// Returns the app's hub, which can publish to topics from anywhere in the program.
    ///
    /// # Examples
    ///
    /// A thread publishes the lines of the standard input:
    ///
    /// ```no_run
    /// use router::Router;
    /// use std::{io, thread};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), router::Error> {
    /// let router = Router::new();
    /// let hub = router.hub();
    /// thread::spawn(move || {
    ///     for line in io::stdin().lines().map_while(Result::ok) {
    ///         hub.publish("announcements", line);
    ///     }
    /// });
    /// router.serve("127.0.0.1:3000").await
    /// # }
    /// ```
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Returns the routes that are mounted so far, with method, path, handler, file and line.
    ///
    /// # Examples
    ///
    /// Test that all routes are below `/api`:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Users;
    ///
    /// #[routes(prefix = "/api")]
    /// impl Users {
    ///     #[route(get, "/users/{id}")]
    ///     fn user(&self, id: u64) -> String { format!("user {id}") }
    /// }
    ///
    /// let routes = Router::new().mount(Users).routes();
    /// assert!(routes.iter().all(|route| route.pattern().starts_with("/api/")));
    /// ```
    pub fn routes(&self) -> RouteTable {
        self.routes.listing()
    }

    /// Sets whether [`routes`](Self::routes) are printed to standard error when the app is bound or
    /// served, even if the app has errors. Default: `false`.
    ///
    /// # Examples
    ///
    /// In debug builds only:
    ///
    /// ```
    /// let router = router::Router::new().print_routes(cfg!(debug_assertions));
    /// ```
    pub fn print_routes(mut self, print: bool) -> Self {
        self.prints_routes = print;
        self
    }

    pub(crate) fn build(self) -> Result<(App, ServerSettings), Error> {
        let Self {
            hub,
            routes,
            endpoints,
            layers,
            body_limit,
            hosts,
            head_limits,
            settings,
            prints_routes,
            mut problems,
        } = self;
        if prints_routes {
            // `eprint!` would panic if standard error is closed.
            let _ = write!(io::stderr(), "{}", routes.listing());
        }
        let context = Arc::new(AppContext {
            hub: hub.clone(),
            body_limit,
        });
        match routes.build(&context) {
            Ok(table) if problems.is_empty() => {
                let table = Arc::new(table);
                let layered = (!layers.is_empty())
                    .then(|| layer::stack(layers, dispatch::innermost(table.clone())));
                let app = App {
                    hub,
                    endpoints,
                    table,
                    layered,
                    hosts,
                    head_limits,
                };
                Ok((app, settings))
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
