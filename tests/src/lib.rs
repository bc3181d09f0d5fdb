//! Code shared by the framework's tests: a server on a free port, clients, and a log of events.
//!
//! | item | is |
//! |---|---|
//! | [`Server`] | a router that serves on a free port of this machine |
//! | [`Client`] | a WebSocket client from another library: an independent implementation of RFC 6455 |
//! | [`RawClient`] | a TCP connection that sends any bytes, and parses HTTP replies and frames strictly |
//! | [`Frame`] | a client frame, legal or not |
//! | [`Connector`] | connections in memory, for tests with a paused clock |
//! | [`Pieces`] | a response body that a test sends in pieces |
//! | [`Deflater`], [`Inflater`] | permessage-deflate with zlib: an independent implementation of RFC 7692 |
//! | [`message`] | a numbered message in one of three sizes |
//! | [`process`] | a server in a separate process |
//! | [`recorder`] | a log of the events that handlers saw, in order |
//! | [`Lines`] | the framework's log output |
//! | [`Echo`] | the module that most protocol tests connect to |
//!
//! With `TRANSPORT=boxed` in the environment, servers use streams that they do not recognize as TCP. All
//! tests must pass with both transports.
//!
//! Tests wait for events instead of sleeping, unless their clock is paused. Every wait is limited to ten
//! seconds by [`within`], which reports the missing event if the time is exceeded.

mod boxed;
mod client;
mod deflate;
mod echo;
mod frame;
mod http;
mod lines;
mod memory;
mod message;
mod patience;
mod pieces;
pub mod process;
mod raw;
mod recorder;
mod server;
mod violation;

pub use boxed::BoxedListener;
pub use client::Client;
pub use deflate::{Deflater, Inflater};
pub use echo::Echo;
pub use frame::{Frame, LengthForm, ServerFrame, opcode};
pub use http::{Reply, get, request, request_bytes};
pub use lines::{Line, Lines};
pub use memory::{Connector, MemoryListener};
pub use message::message;
pub use patience::{PATIENCE, within};
pub use pieces::Pieces;
pub use raw::{ACCEPT, HANDSHAKE, KEY, RawClient, upgrade_bytes};
pub use recorder::{Log, Seen, recorder};
pub use server::Server;
pub use violation::{assert_violation, assert_violation_of};
