//! HTTP and WebSocket servers, declared with attributes on an `impl` block and checked at compile time.
//!
//! ```no_run
//! use router::prelude::*;
//!
//! #[derive(Default)]
//! struct Client { name: String }
//!
//! struct Chat;
//!
//! #[websocket(path = "/", data = Client)]
//! impl Chat {
//!     #[route(get, "/")]
//!     fn index(&self) -> &'static str { "WebSocket Server" }
//!
//!     #[on(open)]
//!     fn open(&self, ws: &mut Socket<Client>) {
//!         ws.data.name = format!("guest {}", ws.id());
//!         ws.subscribe("lobby");
//!         ws.send("Welcome to the server!");
//!     }
//!
//!     #[on(text)]
//!     async fn text(&self, ws: &mut Socket<Client>, text: &str) {
//!         ws.hub().publish("lobby", format!("{}: {text}", ws.data.name));
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), router::Error> {
//!     Router::new().mount(Chat).serve("127.0.0.1:3000").await
//! }
//! ```
//!
//! - A *module* is a type with `#[routes]` or `#[websocket]` on an `impl` block. Its methods remain
//!   ordinary methods, and `&self` is the state that all requests and sockets share.
//! - A [`Router`] mounts modules and serves them. [`app`] builds a router from a struct of modules.
//! - A [`Socket`] is an open WebSocket connection: it carries typed data, sends messages and subscribes
//!   to topics. The [`Hub`] publishes to topics from anywhere in the program.
//!
//! The [`guide`] explains the crate in pages about one topic each. Choose them by need:
//!
//! | need | pages |
//! |---|---|
//! | a first server | [`getting_started`](guide::getting_started) |
//! | handlers for requests and for sockets | [`routes`](guide::routes), [`sockets`](guide::sockets) |
//! | messages to many sockets, and to slow clients | [`topics`](guide::topics), [`backpressure`](guide::backpressure) |
//! | rooms, private messages, presence | [`patterns`](guide::patterns) |
//! | control over who may connect | [`authentication`](guide::authentication) |
//! | less traffic, or more throughput | [`compression`](guide::compression), [`performance`](guide::performance) |
//! | tests of handlers and servers | [`testing`](guide::testing) |
//! | a server on the internet: all limits, which of them to set, and proxies | [`limits`](guide::limits), [`deployment`](guide::deployment) |
//! | a change from another framework | [`from_axum`](guide::from_axum), [`from_socket_io`](guide::from_socket_io), [`from_bun`](guide::from_bun) |
//!
//! # Items by need
//!
//! | need | items |
//! |---|---|
//! | attributes | [`routes`], [`route`], [`websocket`], [`on`](macro@on), [`app`](macro@app) |
//! | an app and its server | [`Router`], [`Server`], [`Listener`], [`StopSignal`], [`Error`]; inside another server: [`AppService`], [`Ending`] |
//! | arguments of routes | [`Query`], [`Form`], [`Json`], [`Bytes`], [`Body`], [`RemoteAddr`], [`RequestHead`], [`Request`], [`FromRequest`], [`FromHead`], [`PathParameter`] |
//! | responses of routes | [`IntoResponse`], [`Response`], [`Html`], [`Json`], [`Redirect`], [`StatusCode`], [`Rejection`] |
//! | a socket in its handlers | [`Socket`], [`Message`], [`FromMessage`], [`CloseCode`], [`SendStatus`], [`SocketError`], [`HandlerResult`] |
//! | a socket elsewhere | [`Handle`], [`SocketId`], [`Upgrade`] |
//! | topics | [`Hub`], [`Published`], [`TopicEvents`], [`IntoMessage`], [`compressed`]; several machines: [`Broker`] |
//! | options of sockets | [`Options`], [`OnSlow`], [`OnFlood`], [`Rate`], [`PerMessageDeflate`], [`Compression`] |
//! | middleware (tower layers) and mounted services, and a list of the routes | [`Routes`], [`HttpService`], [`OriginalUri`], [`RouteTable`], [`RouteInfo`] |
//! | modules without attributes | [`by_hand`] |
//! | tests of handlers | [`Socket::test`], [`testing`] |
//!
//! # Layout
//!
//! The folders of the source, without `guide`, form levels: `server`, `app`, `web` and `websocket`, `hub`,
//! `outbox`, `frame`, `memory`. Each level uses only those after it; `ARCHITECTURE.md` lists the few exceptions.
//! `web` and `websocket` are one level and use each other. The `mod.rs` of each folder describes its files.

#[doc(hidden)]
pub mod __private;
mod app;
mod attributes;
mod connection_count;
mod error;
mod frame;
pub mod guide;
mod hub;
mod live;
mod log;
mod memory;
mod outbox;
pub mod prelude;
mod registry;
mod server;
mod turn;
mod user_error;
mod web;
mod websocket;

pub use crate::{
    app::{
        HttpService, OriginalUri, ResponseBody, RouteInfo, RouteTable, Router, Routes, StopSignal,
    },
    attributes::{app, on, route, routes, websocket},
    error::Error,
    frame::{IntoMessage, Outgoing, compressed},
    hub::{Broker, Forwarded, Hub, Published, TopicEvent, TopicEvents},
    outbox::{DropReason, OnSlow, SendStatus, SocketId},
    server::{AppFuture, AppService, Ending, Listener, Server},
    user_error::BoxError,
    web::{
        Body, BodyError, Form, FormError, FromHead, FromRequest, Html, IntoHeaders, IntoResponse,
        Json, JsonError, PathParameter, Query, QueryError, Redirect, Rejection, RemoteAddr,
        Request, RequestHead, Response,
    },
    websocket::{
        Compression, Event, FromMessage, Handle, HandlerError, HandlerResult, Message, OnFlood,
        Options, PerMessageDeflate, Rate, Socket, SocketError, Upgrade, UpgradeError,
    },
};
pub use bytes::{self, Bytes};
pub use http::{
    self, Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version,
};
pub use tungstenite::protocol::frame::coding::CloseCode;

/// Modules without attributes: the traits that `#[routes]` and `#[websocket]` implement, and the table of
/// routes that they generate.
///
/// The attributes are the usual way, because they check routes and arguments at compile time. By hand, a
/// program can build its table of routes with its own macros or constants, or implement
/// [`WebSocket`](by_hand::WebSocket) for a generic type. The example `by_hand` of the repository shows a
/// whole module.
pub mod by_hand {
    pub use crate::{
        app::{Answer, Module, Route, RouteFn},
        websocket::{Events, WebSocket},
    };
}

/// Types for unit tests of handlers: the inbox that [`Socket::test`] returns, and its entries.
pub mod testing {
    pub use crate::websocket::{Inbox, Sent};
}

/// Compiles the README's examples as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
