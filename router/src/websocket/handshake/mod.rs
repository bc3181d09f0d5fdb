//! From a request to a session: RFC 6455 §4.2 and RFC 7692 §5.
//!
//! | file | is about |
//! |---|---|
//! | `check` | whether a request is a valid handshake, and the responses |
//! | `access` | which clients may connect, and with which subprotocol |
//! | `negotiation` | negotiating permessage-deflate |
//! | `upgrade` | `Upgrade<Self>`, the argument of a route that accepts an upgrade |
//! | `pending` | a requested upgrade until the response is sent |

pub(super) mod access;
mod check;
mod negotiation;
mod pending;
mod upgrade;

pub use check::UpgradeError;
pub(crate) use check::asks_for_websocket;
pub(crate) use pending::PendingUpgrade;
pub use upgrade::Upgrade;
