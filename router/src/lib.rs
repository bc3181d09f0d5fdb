//! HTTP and WebSocket servers from attributes on an `impl` block, checked at compile time.
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
//! - A *module* is a type with `#[routes]` or `#[websocket]` on an `impl` block. Its methods stay
//!   ordinary methods, `&self` is the state that all requests and sockets share.
//! - A [`Router`] mounts modules and serves them; [`app`] does that for a struct of them.
//! - A [`Socket`] carries typed data, sends, subscribes; the [`Hub`] publishes, from anywhere.
//!
//! [`guide::limits`] lists all limits, and says what clients can cost and which limits to set.
//!
//! # Layout
//!
//! Arrows point downwards: `server` → `app` → `web`, `websocket` → `hub` → `outbox` → `frame`.
//! Each folder's `mod.rs` says what its files are about.

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
mod web;
mod websocket;

pub use crate::{
    app::{Answer, Module, Route, RouteFn, RouteInfo, RouteTable, Router, Routes},
    attributes::{app, on, route, routes, websocket},
    error::Error,
    frame::{IntoMessage, Outgoing, compressed},
    hub::{Broker, Forwarded, Hub, Published, TopicEvent, TopicEvents},
    outbox::{DropReason, OnSlow, SendStatus, SocketId},
    server::{Listener, Server, StopSignal},
    web::{
        Body, BodyError, FromHead, FromRequest, Html, IntoHeaders, IntoResponse, Json, JsonError,
        PathParameter, Query, QueryError, Redirect, Rejection, RemoteAddr, Request, RequestHead,
        Response,
    },
    websocket::{
        BoxError, Compression, Event, Events, Fault, FromMessage, Handle, Message, OnFlood,
        Options, Outcome, PerMessageDeflate, Rate, Socket, SocketError, Upgrade, UpgradeError,
        WebSocket,
    },
};
pub use bytes::{self, Bytes};
pub use http::{
    self, Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version,
};
pub use tungstenite::protocol::frame::coding::CloseCode;

/// What tests of handlers use: [`Socket::test`] and what it returns.
pub mod testing {
    pub use crate::websocket::{Inbox, Sent};
}

/// The README's example is compiled with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
