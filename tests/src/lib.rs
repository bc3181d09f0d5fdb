//! What the tests of the framework share: a server on a free port, clients, and a log of events.
//!
//! | item | is |
//! |---|---|
//! | [`Server`] | a router that serves on a free port of this machine |
//! | [`Client`] | a WebSocket client written by others: an independent reading of RFC 6455 |
//! | [`RawClient`] | a TCP connection that sends any bytes, and reads HTTP replies and frames strictly |
//! | [`Frame`] | a client frame, legal or not |
//! | [`Connector`] | connections in memory, for tests with a paused clock |
//! | [`Pieces`] | a response's body that a test sends piece by piece |
//! | [`Deflater`], [`Inflater`] | permessage-deflate by zlib: an independent reading of RFC 7692 |
//! | [`message`] | a message of some size, told by its number |
//! | [`process`] | a server as a process of its own |
//! | [`recorder`] | what handlers saw, in order |
//! | [`Lines`] | what the framework logs |
//! | [`Echo`] | the module that most tests of the protocol talk to |
//!
//! With `TRANSPORT=boxed` in the environment, servers run over streams that they don't know to be
//! TCP: both must pass the same tests.
//!
//! Nothing sleeps. Everything that is awaited is awaited [`within`] ten seconds, and says what it
//! was waiting for when that is not enough.

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
pub use memory::Connector;
pub use message::message;
pub use patience::{PATIENCE, within};
pub use pieces::Pieces;
pub use raw::{ACCEPT, HANDSHAKE, KEY, RawClient, upgrade_bytes};
pub use recorder::{Log, Seen, recorder};
pub use server::Server;
pub use violation::{assert_violation, assert_violation_of};
