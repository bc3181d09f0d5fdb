//! The attributes, with their documentation: here its examples can use this crate.

/// Makes a module of an `impl` block: its methods with [`#[route]`](macro@route) answer requests.
///
/// `prefix = "/api"` goes before all of its paths, and `crate = path` says where this crate is, if it was
/// renamed. HEAD is answered from GET, OPTIONS with the methods of the path, other methods with 405.
/// The methods stay as they are, and can be called
/// from a unit test.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Users { greeting: String }
///
/// #[routes(prefix = "/api")]
/// impl Users {
///     /// `GET /api/users/42`
///     #[route(get, "/users/{id}")]
///     async fn user(&self, id: u64) -> String {
///         format!("{}, user {id}", self.greeting)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let users = Users { greeting: "hello".to_owned() };
/// assert_eq!(users.user(42).await, "hello, user 42");
/// # }
/// ```
pub use router_macros::routes;

/// Makes a module with a socket of an `impl` block: its methods with [`#[on]`](macro@on) handle the
/// socket's events, those with [`#[route]`](macro@route) answer requests.
///
/// | option | default | |
/// |---|---|---|
/// | `path = "/chat"` | none | where the socket is; without it, sockets come from [`Upgrade<Self>`](crate::Upgrade) in a route |
/// | `data = Client` | `()` | what each connection carries: `Default`, or made by `#[on(upgrade)]` |
/// | `options = Options::HARDENED` | [`Options::DEFAULT`](crate::Options::DEFAULT) | a constant that the other options override; [`Options::HARDENED`](crate::Options::HARDENED) has tighter limits |
/// | `max_payload_length = "16MB"` | 16 MiB | the largest message; a larger one ends the connection with 1009 |
/// | `idle_timeout = 120` | 120 seconds | how long a client may be silent: seconds, `"120s"` or `"1500ms"`; 0 is for ever, at most 960 seconds |
/// | `send_pings = true` | `true` | whether a silent client is pinged before that |
/// | `backpressure_limit = "1MB"` | 16 MiB | how much may wait for a slow client before messages to it are dropped; 0 is no limit |
/// | `on_slow = "drop"` | `"drop"` | what happens then: `"drop"`, `"close"` (with 1013) or `"drop_oldest"`; see [`OnSlow`](crate::OnSlow) |
/// | `close_on_backpressure_limit = false` | `false` | bun-router's name: `true` is `on_slow = "close"` |
/// | `per_message_deflate` | off | compression (RFC 7692): just the name, or `(compress = "16KB", decompress = true, level = 2)`; see [`PerMessageDeflate`](crate::PerMessageDeflate). Messages marked by [`compressed`](crate::compressed) are compressed |
/// | `compress_threshold = 256` | 256 bytes | the shortest message that is |
/// | `ping_interval = "30s"` | as `send_pings` says | how often the client is pinged, silent or not |
/// | `pong_timeout = "10s"` | for ever | how long it may be silent after a Ping |
/// | `max_lifetime = "12h"` | for ever | how long a connection may last; `"30m"`, `"12h"`, `"7d"`, at most 30 days |
/// | `origins = ["https://example.com", "same-origin"]` | all | the pages that may connect, also `https://*.example.com` and `no-origin`; others are answered 403. `["*"]` says that any page may connect |
/// | `protocols = ["chat.v2", "chat.v1"]` | none | the subprotocols, the best first; a client that offers only others is answered 400 |
/// | `max_connections = 10_000` | no limit | how many sockets at a time; more are answered 503. [`Router::max_connections`](crate::Router::max_connections) limits all connections of the server |
/// | `max_subscriptions = 100` | 1,000 | how many topics a socket may have |
/// | `message_timeout = "30s"` | 300 seconds | the longest time from the first to the last byte of a message; a longer one ends the connection with 1008. 0 is no limit, at most 30 days |
/// | `max_inflation_ratio = 100` | no limit | the largest ratio of a message's inflated to its compressed size; a larger one ends the connection with 1009. Messages that inflate to at most 16 KiB are accepted |
/// | `rate_limit = "50/s"` | no limit | how many messages and Pings a client may send: `"50/s"`, `"3000/m"`, or a [`Rate`](crate::Rate) |
/// | `burst = 100` | the number in `rate_limit` | how many of them may arrive at once |
/// | `byte_rate = "1MB/s"` | no limit | how many bytes a client may send, counted on the wire |
/// | `on_flood = "slow"` | `"slow"` | what happens to a client that sends more: `"slow"` (the server reads later) or `"close"` (with 1008); see [`OnFlood`](crate::OnFlood) |
/// | `publish_to_self = false` | `false` | whether [`Socket::publish`](crate::Socket::publish) reaches its own socket |
/// | `prefix = "/api"` | none | goes before all paths of the block, the socket's too |
/// | `crate = ::renamed` | `::router` | where this crate is, if it was renamed |
///
/// Numbers and switches are constant expressions, or literals with a unit: `"3KB"`, `"16MB"`, `"1GB"` (1 KB
/// is 1024 bytes), `"1500ms"`, `"120s"`, `"2m"`. A value that is out of range is an error at compile time,
/// and so is an option that does nothing beside the others.
///
/// A module that handles text, without `#[on(binary)]` or `#[on(message)]`, closes the connection of a
/// client that sends a binary message with code 1003; and the other way round.
///
/// Handlers take `&self` or `self: Arc<Self>`. [`#[on]`](macro@on) describes their arguments and results,
/// and how to move work into a task.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// #[derive(Default)]
/// struct Client { messages: u32 }
///
/// struct Echo;
///
/// #[websocket(path = "/echo", data = Client, idle_timeout = "30s", max_payload_length = 64 * 1024)]
/// impl Echo {
///     #[on(text)]
///     fn text(&self, ws: &mut Socket<Client>, text: &str) {
///         ws.data.messages += 1;
///         ws.send(text);
///     }
/// }
/// ```
pub use router_macros::websocket;

/// Makes a route of a method: `#[route(get, "/users/{id}")]`, inside a block with
/// [`#[routes]`](macro@routes) or [`#[websocket]`](macro@websocket).
///
/// The request methods are `get`, `post`, `put`, `patch`, `delete`, `head` and `options`. A method of the
/// block may have several routes. If it has a `#[cfg]`, its routes have the same.
///
/// # Paths
///
/// A path consists of static segments, parameters (`{id}`, one segment each) and perhaps a wildcard at the
/// end (`{*rest}`). Static segments are compared percent-decoded: a route at `/%75sers` answers requests
/// for `/users`, and conflicts with a route there.
///
/// # Receivers
///
/// A handler takes `&self`, or `self: Arc<Self>` to move the module into a task (see
/// [below](#clients-that-disconnect)). Handlers may be `async`.
///
/// # Arguments
///
/// The source of an argument is determined by its name and its type, in this order:
///
/// | argument | source | type |
/// |---|---|---|
/// | `id: u64`, if the path contains `{id}` | a parameter of the path, percent-decoded | [`PathParameter`](crate::PathParameter), which all types with [`FromStr`](std::str::FromStr) are |
/// | `headers: &HeaderMap` | borrowed from the head of the request | [`FromHead`](crate::FromHead) |
/// | `page: Query<Page>` | an extractor | [`FromRequest`](crate::FromRequest) |
///
/// Each parameter of the path must have an argument of its name; a parameter whose name begins with `_` may
/// be left without one. An argument that is no parameter may be a pattern or `_`:
/// `Json(new): Json<New>`.
///
/// Parameters are parsed first, then the extractors run in the order of the arguments. The first one that
/// refuses answers the request. One argument at most takes the body. A GET or HEAD request has no body
/// (RFC 9110 §9.3.1), so an argument that needs one ([`NEEDS_BODY`](crate::FromRequest::NEEDS_BODY))
/// is an error there; the whole `http::Request<Body>` can be taken in every route. Arguments may have a
/// `#[cfg]`.
///
/// # Responses
///
/// A handler returns a type that implements [`IntoResponse`](crate::IntoResponse). The error of a `Result`
/// must have a status of its own ([`HAS_STATUS`](crate::IntoResponse::HAS_STATUS)), because a client
/// would take an answer with 200 for a success. `Result<_, String>` is an error;
/// `Result<_, (StatusCode, String)>` is not.
///
/// # Clients that disconnect
///
/// If the client resets the connection while a route waits, the route's future is dropped at its `.await`.
/// After the client has only closed its sending side (FIN), the route runs on. To finish work whatever the
/// client does, spawn it with `tokio::spawn`. A task cannot borrow the module (the compiler reports that
/// `self` escapes the method, E0521): take `self: Arc<Self>`, and move it into the task.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
/// use std::sync::Arc;
///
/// #[derive(serde::Deserialize)]
/// struct Order { item: String }
///
/// struct Shop;
///
/// impl Shop {
///     async fn deliver(&self, item: String) { /* … */ }
/// }
///
/// #[routes]
/// impl Shop {
///     #[route(post, "/orders")]
///     fn order(self: Arc<Self>, Json(order): Json<Order>) -> Result<StatusCode, (StatusCode, &'static str)> {
///         if order.item.is_empty() {
///             return Err((StatusCode::UNPROCESSABLE_ENTITY, "an order needs an item"));
///         }
///         tokio::spawn(async move { self.deliver(order.item).await });
///         Ok(StatusCode::ACCEPTED)
///     }
/// }
/// ```
pub use router_macros::route;

/// Makes an event handler of a method: `#[on(text)]`, inside a block with
/// [`#[websocket]`](macro@websocket).
///
/// | event | arguments after the receiver | when it runs |
/// |---|---|---|
/// | `upgrade` | those of a [route](macro@route) | a client asks for the socket at `path`; the handler returns the data, or refuses |
/// | `open` | `ws: &mut Socket<D>` | the connection is open |
/// | `text` | `ws`, `text: &str` | a text message was received |
/// | `binary` | `ws`, `bytes: &[u8]` | a binary message was received |
/// | `message` | `ws`, `message: Message<'_>` | a message of either kind was received |
/// | `ping`, `pong` | `ws`, `payload: &[u8]` | a Ping or Pong was received; a Ping has been answered already |
/// | `lagged` | `ws`, `missed: u64` | the client was too slow for this number of published messages; runs when the backlog has been sent, before `drain` |
/// | `drain` | `ws` | the backlog has been sent |
/// | `close` | `ws`, `code: CloseCode`, `reason: &str` | the connection has ended; the client may have written the reason |
/// | `error` | `ws`, `error: SocketError` | another handler failed |
///
/// `upgrade` needs a `path`, and does not run for routes that take [`Upgrade<Self>`](crate::Upgrade).
///
/// # Receivers and arguments
///
/// A handler takes `&self` or `self: Arc<Self>`, then the arguments of its event in this order. Trailing
/// arguments may be omitted. An argument may be a pattern or `_`: `Json(command): Json<Command>`. The
/// message of `text`, `binary` and `message` may have any type that implements
/// [`FromMessage`](crate::FromMessage).
///
/// # Results
///
/// Handlers may be `async`, and return `()` or `Result<(), E>`. `E` is an error that is `Send + Sync`, or a
/// text: `Box<dyn Error + Send + Sync>`, not `Box<dyn Error>`. An `Err` is given to `#[on(error)]`, and the
/// socket remains open. `upgrade` returns the data `D`, or `Result<D, E>`, where `E` can be returned
/// from a route and has a status.
///
/// # Panics
///
/// A panic in a handler is given to `#[on(error)]`, and its connection is closed with 1011. Other connections
/// remain open.
///
/// A panic poisons each [`std::sync::Mutex`] that the handler holds locked at that time, and each
/// [`std::sync::RwLock`] that it holds locked for writing. From then on, every handler that calls
/// `lock().unwrap()` panics as well: one message can end all connections that use the lock. Use a lock that
/// cannot be poisoned, such as `parking_lot::Mutex`, or take the value out of the error:
///
/// ```
/// use router::prelude::*;
/// use std::sync::{Mutex, PoisonError};
///
/// struct Scores(Mutex<Vec<u32>>);
///
/// #[websocket(path = "/scores")]
/// impl Scores {
///     #[on(text)]
///     fn text(&self, ws: &mut Socket<()>, Json(score): Json<u32>) {
///         let mut scores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         scores.push(score);
///     }
/// }
/// ```
///
/// In both cases the value remains as the panic left it, perhaps changed in part.
///
/// # Texts of clients
///
/// Messages, the reason given to `close`, and the texts of errors that quote a message can contain anything,
/// including line breaks and escape sequences. With `{}` they can forge a line of the log or change a terminal's
/// output; `{:?}` escapes them:
///
/// ```
/// use router::prelude::*;
///
/// struct Chat;
///
/// #[websocket(path = "/chat")]
/// impl Chat {
///     #[on(close)]
///     fn close(&self, ws: &mut Socket<()>, code: CloseCode, reason: &str) {
///         tracing::info!("{} left: {code}, {reason:?}", ws.id());
///     }
/// }
/// ```
///
/// # Tasks
///
/// A task cannot borrow the module or the socket (the compiler reports that `self` or `ws` escapes the
/// method, E0521). Take `self: Arc<Self>` to move the module into the task, and
/// [`ws.handle()`](crate::Socket::handle) to send from it:
///
/// ```
/// use router::prelude::*;
/// use std::sync::Arc;
///
/// struct Search;
///
/// impl Search {
///     async fn find(&self, words: String) -> String { words }
/// }
///
/// #[websocket(path = "/search")]
/// impl Search {
///     #[on(text)]
///     fn text(self: Arc<Self>, ws: &mut Socket<()>, words: String) {
///         let handle = ws.handle();
///         tokio::spawn(async move {
///             let found = self.find(words).await;
///             handle.send(found);
///         });
///     }
/// }
/// ```
pub use router_macros::on;

/// Makes an app of a struct of modules: `Router::from(App { … })` mounts each field, in order.
///
/// Two modules that answer the same requests, with routes or sockets, are an error at the second one's
/// field, which names both handlers and a request that both match. Modules that are mounted one by one
/// ([`Router::mount`](crate::Router::mount)) are compared when the app starts. `crate = path` says where
/// this crate is, if it was renamed.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Pages;
///
/// #[routes]
/// impl Pages {
///     #[route(get, "/")]
///     fn index(&self) -> &'static str { "hello" }
/// }
///
/// #[router::app]
/// struct App { pages: Pages }
///
/// let router = Router::from(App { pages: Pages });
/// ```
pub use router_macros::app;
