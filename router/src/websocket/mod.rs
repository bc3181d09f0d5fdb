//! A socket from handshake to close.
//!
//! | file | is about |
//! |---|---|
//! | `handler` | the trait that `#[websocket]` implements |
//! | `event` | events, and which of them a module handles |
//! | `options/`, `per_message_deflate`, `rate` | the options of `#[websocket(…)]` |
//! | `handshake` | RFC 6455 §4.2: checking the request, and the response |
//! | `access` | which clients may connect, and with which subprotocol |
//! | `negotiation` | RFC 7692 §7.1: negotiating permessage-deflate |
//! | `upgrade` | `Upgrade<Self>`: from an accepted request to a session |
//! | `endpoint` | the sockets of one module: registry, sweep, shutdown |
//! | `timers` | timeouts, counted in sweeps |
//! | `socket`, `handle` | the socket, as handlers and other tasks use it |
//! | `testing` | a socket without a server, for the tests of handlers |
//! | `hub_sockets` | methods of `Hub` that list sockets, or publish to some of them |
//! | `session/` | the driver: one task per connection |
//! | `message`, `close`, `error` | messages, close codes, errors |

mod access;
mod close;
mod endpoint;
mod error;
mod event;
mod handle;
mod handler;
mod handshake;
mod hub_sockets;
mod message;
mod negotiation;
mod options;
mod per_message_deflate;
mod rate;
mod session;
mod socket;
mod testing;
mod timers;
mod upgrade;

pub(crate) use endpoint::{Endpoint, Phase};
pub use error::{BoxError, HandlerError, SocketError};
pub(crate) use error::{IntoBoxError, panic_message};
pub use event::{Event, Events, HandlerResult};
pub use handle::Handle;
pub use handler::WebSocket;
pub use handshake::UpgradeError;
pub(crate) use handshake::asks_for_websocket;
pub use message::{FromMessage, Message};
pub use options::Options;
pub use per_message_deflate::{Compression, PerMessageDeflate};
pub use rate::{OnFlood, Rate};
pub use socket::Socket;
pub use testing::{Inbox, Sent};
pub(crate) use upgrade::PendingUpgrade;
pub use upgrade::Upgrade;
