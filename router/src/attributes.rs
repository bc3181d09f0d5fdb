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
/// | `max_payload_length = "16MB"` | 16 MiB | the largest message; a larger one ends the connection with 1009 |
/// | `idle_timeout = 120` | 120 seconds | how long a client may be silent: seconds, `"120s"` or `"1500ms"`; 0 is for ever, at most 960 seconds |
/// | `send_pings = true` | `true` | whether a silent client is pinged before that |
/// | `backpressure_limit = "1MB"` | 16 MiB | how much may wait for a slow client before messages to it are dropped; 0 is no limit |
/// | `on_slow = "drop"` | `"drop"` | what happens then: `"drop"`, `"close"` (with 1013) or `"drop_oldest"`; see [`OnSlow`](crate::OnSlow) |
/// | `close_on_backpressure_limit = false` | `false` | the seed's name: `true` is `on_slow = "close"` |
/// | `per_message_deflate` | off | compression (RFC 7692): just the name, or `(compress = "16KB", decompress = true, level = 2)`; see [`PerMessageDeflate`](crate::PerMessageDeflate). Messages marked by [`compressed`](crate::compressed) are compressed |
/// | `compress_threshold = 256` | 256 bytes | the shortest message that is |
/// | `ping_interval = "30s"` | as `send_pings` says | how often the client is pinged, silent or not |
/// | `pong_timeout = "10s"` | for ever | how long it may be silent after a Ping |
/// | `max_lifetime = "12h"` | for ever | how long a connection may last; `"30m"`, `"12h"`, `"7d"`, at most 30 days |
/// | `origins = ["https://example.com", "same-origin"]` | all | the pages that may connect; others are answered 403 |
/// | `protocols = ["chat.v2", "chat.v1"]` | none | the subprotocols, the best first; a client that offers only others is answered 400 |
/// | `max_connections = 10_000` | no limit | how many sockets at a time; more are answered 503 |
/// | `max_subscriptions = 100` | no limit | how many topics a socket may have |
/// | `publish_to_self = false` | `false` | whether [`Socket::publish`](crate::Socket::publish) reaches its own socket |
/// | `prefix = "/api"` | none | goes before all paths of the block, the socket's too |
/// | `crate = ::renamed` | `::router` | where this crate is, if it was renamed |
///
/// Numbers and switches are constant expressions, or literals with a unit: `"3KB"`, `"16MB"`, `"1GB"` (1 KB
/// is 1024 bytes), `"1500ms"`, `"120s"`, `"2m"`. What is out of range is an error at compile time.
///
/// Without `#[on(binary)]` or `#[on(message)]`, a module that handles text ends the connection of a
/// client that sends binary messages with 1003, and the other way round.
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
/// Methods are `get`, `post`, `put`, `patch`, `delete`, `head` and `options`. Arguments are, by
/// their names and types: a parameter of the path ([`FromStr`](std::str::FromStr)), `&T` lent from
/// the request's head ([`FromHead`](crate::FromHead)), anything else an extractor
/// ([`FromRequest`](crate::FromRequest)). Parameters are parsed first, extractors asked in turn: what
/// one of them refuses is the answer. The method returns what
/// [`IntoResponse`](crate::IntoResponse) is for, and may be `async`; one that isn't, and extracts
/// nothing, costs no future.
///
/// A GET or HEAD request has no body to take (RFC 9110 §9.3.1): an extractor that takes one is an error
/// there, as a `String` whose name does not stand in the path. Arguments may have a `#[cfg]`. What a
/// `#[cfg]` takes away from a method, it takes from its routes.
pub use router_macros::route;

/// Makes a handler of a method: `#[on(text)]`, inside a block with
/// [`#[websocket]`](macro@websocket).
///
/// | event | arguments after `&self` | when |
/// |---|---|---|
/// | `upgrade` | as of a route | a client asks for the socket at `path`; returns the data, or refuses |
/// | `open` | `ws: &mut Socket<D>` | the connection is there |
/// | `text` | `ws`, `text: &str` | a text message came |
/// | `binary` | `ws`, `bytes: &[u8]` | a binary message came |
/// | `message` | `ws`, `message: Message<'_>` | either came |
/// | `ping`, `pong` | `ws`, `payload: &[u8]` | one came; a Ping is answered already |
/// | `lagged` | `ws, missed: u64` | so many published messages did not reach this slow client; when the backlog has left, before `drain` |
/// | `drain` | `ws` | a backlog has left |
/// | `close` | `ws`, `code: CloseCode`, `reason: &str` | the connection has ended |
/// | `error` | `ws`, `error: SocketError` | another handler failed |
///
/// `upgrade` needs a `path`, and does not run for routes that take [`Upgrade<Self>`](crate::Upgrade).
/// Trailing arguments may be left out. A message can be taken as any type that is
/// [`FromMessage`](crate::FromMessage). Handlers return `()` or `Result<(), E>`, and may be `async`.
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
