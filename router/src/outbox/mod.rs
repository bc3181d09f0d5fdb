//! One connection's outgoing queue: what was accepted, who may write, what is owed to the user.
//!
//! The queue's tail is the cork: frames are appended there and written together, at the end of a
//! read batch or before a handler waits. Whoever holds the *writer token* may write: the session's
//! task, or a *guest* on any thread whose message would otherwise have to be refused.
//!
//! | file | is about |
//! |---|---|
//! | `protocol` | the rules: admission, writer token, blocked and high, drain, closing, wake-ups |
//! | `queue` | frames in order, batches to write, the slots for control frames |
//! | `items` | what a queue and a batch are made of |
//! | `frames` | several published messages as one |
//! | `chunk` | the buffers of the cork, reused per thread |
//! | `wire` | what the protocol needs of a transport |
//! | `transport/` | what a connection runs over |
//! | `ending` | what ended a connection, and who waits for that |
//! | `status` | what `send` reports |
//! | `variants` | a published message: as it is, and compressed for each window |
//! | `connection` | outbox, stream and what else of a connection is shared |
//! | `sync` | the lock behind an alias, so that the model checker can put its own there |

mod chunk;
mod connection;
mod ending;
mod frames;
mod items;
mod protocol;
mod queue;
mod status;
mod sync;
mod transport;
mod variants;
mod wire;

pub use connection::SocketId;
pub(crate) use connection::{Attached, Connection, Settings};
use ending::Ending;
pub(crate) use frames::Frames;
use protocol::Outbox;
use protocol::Push;
pub(crate) use protocol::{Deferred, Life, Owed, Pushed, wake_up};
use queue::{Frame, LARGE};
pub use status::{DropReason, OnSlow, SendStatus};
pub(crate) use transport::Transport;
pub(crate) use variants::{AtomicDeflation, Deflation, Variants};
pub(crate) use wire::Wire;
