//! The attributes and their documentation, which is in this crate so that its examples can use
//! `router`.

/// Makes an `impl` block a module: its methods with [`#[route]`](macro@route) handle HTTP requests.
///
/// | option | default | |
/// |---|---|---|
/// | `prefix = "/api"` | none | the start of all paths of the block |
/// | `crate = ::renamed` | `::router` | the path of this crate, if it was renamed |
///
/// HEAD and OPTIONS requests need no routes of their own. A HEAD request is answered by the GET route of
/// the path, without the body. An OPTIONS request is answered with the methods that the path supports.
/// Any other method without a route is answered with 405 (Method Not Allowed).
///
/// The attribute does not change the methods, so a unit test can call them.
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

/// Makes an `impl` block a module with a WebSocket: its methods with [`#[on]`](macro@on) handle the
/// events of the socket, and those with [`#[route]`](macro@route) handle HTTP requests.
///
/// | option | default | |
/// |---|---|---|
/// | `path = "/chat"` | none | the path of the socket; without it, a route creates sockets with [`Upgrade<Self>`](crate::Upgrade) |
/// | `data = Client` | `()` | the type of the data of each connection; its initial value comes from `Default` or from `#[on(upgrade)]` |
/// | `options = Options::HARDENED` | [`Options::DEFAULT`](crate::Options::DEFAULT) | a constant that the other options override; [`Options::HARDENED`](crate::Options::HARDENED) has tighter limits |
/// | `max_payload_length = "16MB"` | 16 MiB | the size of the largest message; a larger one closes the connection with 1009 |
/// | `idle_timeout = 120` | 120 seconds | the time after which a silent client is disconnected, in seconds or with a unit: `"120s"`, `"1500ms"`; 0 disables it; at most 960 seconds |
/// | `send_pings = true` | `true` | whether a silent client is pinged before `idle_timeout` disconnects it |
/// | `backpressure_limit = "1MB"` | 16 MiB | the number of bytes that may be queued for a slow client; when more are queued, `on_slow` applies to further messages. One message, or published messages that are sent together (at most 8 KiB), can exceed the limit. 0 is no limit |
/// | `on_slow = "drop"` | `"drop"` | what happens to a message beyond `backpressure_limit`: `"drop"`, `"close"` (closes the connection with 1013) or `"drop_oldest"`; see [`OnSlow`](crate::OnSlow) |
/// | `close_on_backpressure_limit = false` | `false` | Bun's and bun-router's name for `on_slow`: `true` is `on_slow = "close"` |
/// | `per_message_deflate` | off | compression (RFC 7692): the name alone, or `(compress = "16KB", decompress = true, level = 2)`; see [`PerMessageDeflate`](crate::PerMessageDeflate). The server compresses the messages that are marked with [`compressed`](crate::compressed) |
/// | `compress_threshold = 256` | 256 bytes | the size of the shortest message that is compressed |
/// | `ping_interval = "30s"` | see `send_pings` | the interval at which the client is pinged, whether it is silent or not; at most 960 seconds |
/// | `pong_timeout = "10s"` | no limit | how long a client may be silent after a Ping; at most 960 seconds |
/// | `max_lifetime = "12h"` | no limit | how long a connection may stay open: `"30m"`, `"12h"`, `"7d"`; at most 30 days |
/// | `origins = ["https://example.com", "same-origin"]` | all | the web pages that may connect; others are answered with 403. Entries may also be `https://*.example.com` (all subdomains) and `no-origin` (clients that are not browsers). `["*"]` states that any page may connect |
/// | `protocols = ["chat.v2", "chat.v1"]` | none | the supported subprotocols in order of preference; a client that offers only others is answered with 400 |
/// | `max_connections = 10_000` | no limit | the number of sockets that the module may have open; further handshakes are answered with 503. [`Router::max_connections`](crate::Router::max_connections) limits all connections of the server |
/// | `max_subscriptions = 100` | 1,000 | the number of topics that a socket may be subscribed to |
/// | `message_timeout = "30s"` | 300 seconds | the longest time between the first and the last byte of a message; a message that takes longer closes the connection with 1008. 0 is no limit; at most 30 days |
/// | `max_inflation_ratio = 100` | no limit | the largest ratio of a message's decompressed size to its compressed size; a larger ratio closes the connection with 1009. Messages that decompress to at most 16 KiB are accepted at any ratio |
/// | `rate_limit = "50/s"` | no limit | the rate at which a client may send messages and Pings: `"50/s"`, `"3000/m"`, or a [`Rate`](crate::Rate). Pongs count as well if the module has `#[on(pong)]` |
/// | `burst = 100` | the number in `rate_limit` | the number of messages and Pings that may arrive at once |
/// | `byte_rate = "1MB/s"` | no limit | the rate at which a client may send bytes, counted on the wire |
/// | `on_flood = "slow"` | `"slow"` | what happens to a client that exceeds `rate_limit` or `byte_rate`: `"slow"` (the server delays reading) or `"close"` (closes the connection with 1008); see [`OnFlood`](crate::OnFlood) |
/// | `publish_to_self = false` | `false` | whether [`Socket::publish`](crate::Socket::publish) also sends to the socket that it is called on |
/// | `prefix = "/api"` | none | the start of all paths of the block, including the socket's |
/// | `crate = ::renamed` | `::router` | the path of this crate, if it was renamed |
///
/// The value of a number or a switch is a constant expression. A number can also be a literal with a
/// unit: `"3KB"`, `"16MB"`, `"1GB"` (1 KB is 1024 bytes), `"1500ms"`, `"120s"`, `"2m"`. A value that is
/// out of range is a compile error, and so is an option that has no effect together with the others.
///
/// If a module handles text messages and has neither `#[on(binary)]` nor `#[on(message)]`, a binary
/// message closes the connection with code 1003. Likewise, a text message closes it if the module
/// handles only binary messages.
///
/// Handlers take `&self` or `self: Arc<Self>`. [`#[on]`](macro@on) describes their arguments and
/// results, and how a handler can start a task.
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

/// Makes a method a route: `#[route(get, "/users/{id}")]`, inside a block with
/// [`#[routes]`](macro@routes) or [`#[websocket]`](macro@websocket).
///
/// The request methods are `get`, `post`, `put`, `patch`, `delete`, `head` and `options`. A method of
/// the block may have several routes. A `#[cfg]` on the method also applies to its routes.
///
/// # Paths
///
/// A path consists of static segments, parameters (`{id}`, one segment each) and, optionally, a
/// wildcard at the end (`{*rest}`, the rest of the path). Static segments are compared after
/// percent-decoding: a route at `/%75sers` answers requests for `/users`, and conflicts with a route at
/// `/users`.
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
/// | `id: u64`, if the path contains `{id}` | a parameter of the path, percent-decoded | [`PathParameter`](crate::PathParameter), implemented for all types with [`FromStr`](std::str::FromStr) |
/// | `headers: &HeaderMap` | borrowed from the head of the request | [`FromHead`](crate::FromHead) |
/// | `page: Query<Page>` | an extractor | [`FromRequest`](crate::FromRequest) |
///
/// Each parameter of the path must have an argument with its name, unless the name begins with `_`. An
/// argument that is not a path parameter may be a pattern or `_`: `Json(new): Json<New>`.
///
/// Path parameters are parsed first. Then the extractors run in the order of the arguments. If one of
/// them fails, its rejection is the response, and the handler is not called.
///
/// At most one argument takes the body. The body of a GET or HEAD request has no defined meaning (RFC
/// 9110 §9.3.1), so the routes of these methods cannot have an argument that needs a body
/// ([`NEEDS_BODY`](crate::FromRequest::NEEDS_BODY)).
/// Every route can take the whole `http::Request<Body>`. Arguments may have a `#[cfg]`.
///
/// # Responses
///
/// A handler returns a type that implements [`IntoResponse`](crate::IntoResponse). The error of a
/// `Result` must have a status of its own ([`HAS_STATUS`](crate::IntoResponse::HAS_STATUS)): otherwise
/// it would be answered with 200, and the client would take the failure for a success.
/// `Result<_, String>` is a compile error; `Result<_, (StatusCode, String)>` is not.
///
/// # Clients that disconnect
///
/// If the client resets the connection while a route is waiting, the route's future is dropped at its
/// `.await`. If the client only closes its sending side (FIN), the route continues. To finish work
/// regardless of the client, spawn it with `tokio::spawn`. A task cannot borrow the module (the
/// compiler reports that `self` escapes the method, E0521). Take `self: Arc<Self>`, and move it into
/// the task.
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

/// Makes a method an event handler: `#[on(text)]`, inside a block with
/// [`#[websocket]`](macro@websocket).
///
/// | event | arguments after the receiver | when it runs |
/// |---|---|---|
/// | `upgrade` | those of a [route](macro@route) | a client requests the socket at `path`; the handler returns the data, or refuses the request |
/// | `open` | `ws: &mut Socket<D>` | the connection is open |
/// | `text` | `ws`, `text: &str` | a text message was received |
/// | `binary` | `ws`, `bytes: &[u8]` | a binary message was received |
/// | `message` | `ws`, `message: Message<'_>` | a message of either kind was received |
/// | `ping`, `pong` | `ws`, `payload: &[u8]` | a Ping or Pong was received; a Ping has already been answered |
/// | `lagged` | `ws`, `missed: u64` | the client was too slow, and `missed` published messages were dropped; runs when the backlog has been sent, before `drain` |
/// | `drain` | `ws` | all data that was waiting for a slow client (the backlog) has been sent |
/// | `close` | `ws`, `code: CloseCode`, `reason: &str` | the connection has ended; `reason` may come from the client |
/// | `error` | `ws`, `error: SocketError` | another handler failed, or a message could not be decoded into the type that its handler takes |
///
/// `upgrade` requires the option `path`. It does not run for routes that take
/// [`Upgrade<Self>`](crate::Upgrade).
///
/// # Receivers and arguments
///
/// A handler takes `&self` or `self: Arc<Self>`, then the arguments of its event in the order of the
/// table. Trailing arguments may be omitted. An argument may be a pattern or `_`:
/// `Json(command): Json<Command>`. The message of `text`, `binary` and `message` may have any type that
/// implements [`FromMessage`](crate::FromMessage).
///
/// # Results
///
/// Handlers may be `async`. They return `()` or `Result<(), E>`, where `E` is a string or an error type
/// that is `Send + Sync`: `Box<dyn Error + Send + Sync>`, not `Box<dyn Error>`. An `Err` is passed to
/// `#[on(error)]`, and the socket remains open. `upgrade` returns the data `D`, or `Result<D, E>`,
/// where `E` is an error that a route could return: it must have a status of its own.
///
/// # Panics
///
/// A panic in a handler is passed to `#[on(error)]`, and the connection is closed with 1011. Other
/// connections remain open.
///
/// A panic poisons each [`std::sync::Mutex`] that the handler has locked at that time, and each
/// [`std::sync::RwLock`] that it has locked for writing. From then on, every handler that calls
/// `lock().unwrap()` panics as well: a single message can end all connections that use the lock. Use a
/// lock that cannot be poisoned, such as `parking_lot::Mutex`, or take the value out of the error:
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
/// With either solution, the value remains in the state in which the panic left it, possibly only partly
/// updated.
///
/// # Text from clients
///
/// Messages, the `reason` of `close`, and error texts that quote a message can contain anything,
/// including line breaks and escape sequences. Printed with `{}`, they can forge a log line or change
/// the output of a terminal. `{:?}` escapes them:
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
/// [`ws.handle()`](crate::Socket::handle) to send messages from it:
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

/// Makes a struct of modules an app: `Router::from(App { … })` mounts each field, in order.
///
/// If two modules have routes or sockets for the same requests, the compiler reports an error at the
/// field of the second one. The message names both handlers and a request that both match. Modules that
/// are mounted one by one ([`Router::mount`](crate::Router::mount)) are compared when the app starts.
/// The option `crate = path` is the path of this crate, if it was renamed.
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
