//! One connection's outgoing queue: which messages are accepted, who may write, and what the user
//! must be told.
//!
//! The tail of the queue is the *cork*: frames are appended there and written together, at the end
//! of a read batch or before a handler waits. Only the holder of the *writer token* may write. The
//! holder is the session's task, or a *guest*: a caller on any thread that writes without waiting
//! for the kernel, for example because its message would otherwise have to be refused.
//!
//! | file | is about |
//! |---|---|
//! | `protocol` | the rules: admission, writer token, the states *blocked* and *high* (defined there), drain, closing, wake-ups |
//! | `queue` | frames in order, batches to write, the slots for control frames |
//! | `items` | the list of items that queues and batches consist of |
//! | `frames` | several published messages as one |
//! | `chunk` | the buffers of the cork, reused per thread |
//! | `wire` | the operations that the protocol needs from a transport |
//! | `transport/` | TCP streams, and any other streams |
//! | `ending` | why a connection ended, and the notification of its end |
//! | `status` | the result of `send` |
//! | `prepared` | a published message: uncompressed, and compressed for each window size |
//! | `connection/` | the shared part of a connection: its outbox, its stream and its settings |
//! | `sync` | an alias of the lock, so that the model checker can replace it |

mod chunk;
mod connection;
mod ending;
mod frames;
mod items;
mod prepared;
mod protocol;
mod queue;
mod status;
mod sync;
mod transport;
mod wire;

pub use connection::SocketId;
pub(crate) use connection::{Attached, Connection, Settings};
use ending::Ending;
pub(crate) use frames::Frames;
pub(crate) use prepared::{AtomicDeflation, Deflation, PreparedMessage};
pub(crate) use protocol::{Activity, Deferred, Life, Owed, Polled, Pushed};
use protocol::{Outbox, Push};
use queue::{Frame, LARGE_FRAME_BYTES};
pub use status::{DropReason, OnSlow, SendStatus};
pub(crate) use transport::Transport;
pub(crate) use wire::Wire;
