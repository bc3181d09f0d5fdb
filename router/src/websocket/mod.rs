//! A socket from handshake to close.
//!
//! | file | is about |
//! |---|---|
//! | `handler` | the trait that `#[websocket]` implements |
//! | `event` | events, and what glue returns |
//! | `options` | `#[websocket(…)]` |
//! | `handshake` | RFC 6455 §4.2: what a request must say, what is answered |
//! | `upgrade` | `Upgrade<Self>`: from an accepted request to a session |
//! | `endpoint` | the sockets of one module: registry, clock, shutdown |
//! | `socket`, `handle` | what handlers and other tasks see |
//! | `session/` | the driver: one task a connection |
//! | `message`, `close`, `error` | messages, close codes, errors |

mod close;
mod endpoint;
mod error;
mod event;
mod handle;
mod handler;
mod handshake;
mod message;
mod options;
mod session;
mod socket;
mod upgrade;

pub(crate) use endpoint::{Endpoint, Phase};
pub(crate) use error::panic_message;
pub use error::{BoxError, SocketError};
pub use event::{Event, Events, Outcome, Step};
pub use handle::Handle;
pub use handler::WebSocket;
pub use handshake::UpgradeError;
pub(crate) use handshake::asks_for_websocket;
pub use message::{FromMessage, Message};
pub use options::Options;
pub use socket::Socket;
pub use upgrade::Upgrade;
