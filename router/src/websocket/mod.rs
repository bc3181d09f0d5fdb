//! A socket from handshake to close.
//!
//! | file | is about |
//! |---|---|
//! | `handler` | the trait that `#[websocket]` implements |
//! | `event` | events, and which of them a module handles |
//! | `options/`, `per_message_deflate`, `rate` | the options of `#[websocket(…)]` |
//! | `handshake/` | from a request to a session: checks, access, compression, `Upgrade` |
//! | `endpoint` | the sockets of one module: registry, sweep, shutdown |
//! | `timers` | timeouts, counted in sweeps |
//! | `socket`, `handle` | the socket, as handlers and other tasks use it |
//! | `testing` | a socket without a server, for the tests of handlers |
//! | `hub_sockets` | methods of `Hub` that list sockets, or publish to some of them |
//! | `session/` | the driver: one task per connection |
//! | `message`, `close`, `error` | messages, close codes, errors |

mod close;
mod endpoint;
mod error;
mod event;
mod handle;
mod handler;
mod handshake;
mod hub_sockets;
mod message;
mod options;
mod per_message_deflate;
mod rate;
mod session;
mod socket;
mod testing;
mod timers;

pub(crate) use endpoint::{Endpoint, Phase};
pub(crate) use error::IntoBoxError;
pub use error::{HandlerError, SocketError};
pub use event::{Event, Events, HandlerResult};
pub use handle::Handle;
pub use handler::WebSocket;
pub(crate) use handshake::{PendingUpgrade, asks_for_websocket};
pub use handshake::{Upgrade, UpgradeError};
pub use message::{FromMessage, Message};
pub use options::Options;
pub use per_message_deflate::{Compression, PerMessageDeflate};
pub use rate::{OnFlood, Rate};
pub use socket::Socket;
pub use testing::{Inbox, Sent};
