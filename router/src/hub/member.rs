//! The member and message types that `topic` uses.

use super::subscriptions::Subscriptions;
use crate::outbox::Connection;

pub(super) use super::batch::wake_session;
pub(super) use crate::{
    outbox::PreparedMessage as Message,
    outbox::{Deferred, DropReason, Frames, Pushed, SendStatus, SocketId},
};

/// A connection that may subscribe.
pub(crate) type Member = Connection<Subscriptions>;

/// The number of receivers that a publish serves before members can join and leave. Serving them takes about
/// 5 µs, or 50 µs if the members do not fit into the processor's caches.
pub(super) const MEMBERS_PER_CHUNK: usize = 128;

/// The number of receivers to which a publisher writes directly, with one system call each. Writing to this
/// many takes about five milliseconds. The sessions of the other receivers do their own writes, and the
/// runtime divides the time among them.
pub(super) const MOST_WRITTEN: usize = 1024;
