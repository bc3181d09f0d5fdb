//! What a topic is made of, and what it hands out.

use super::subscriptions::Subscriptions;
use crate::outbox::Connection;

pub(super) use crate::{
    outbox::Variants as Message,
    outbox::{Deferred, DropReason, Frames, Pushed, SendStatus, SocketId, wake_up},
};

/// A connection that may subscribe.
pub(crate) type Member = Connection<Subscriptions>;

/// Receivers that a publish serves without letting joins and leaves in between: some 5 µs, or 50
/// where a crowd is too large for the caches.
pub(super) const CHUNK: usize = 128;
