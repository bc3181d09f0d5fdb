//! Published messages.

use super::{Attached, Connection};
use crate::outbox::{
    Deferred, Frame, Frames, OnSlow, PreparedMessage, Push, Pushed, Transport, protocol::PushKind,
};

impl<S: Attached> Connection<S> {
    /// Accepts or refuses a published message; `None` if a write has to be tried first. The publisher then
    /// calls [`flush`](Self::flush) without the lock of the topic's members, and
    /// [`publish_now`](Self::publish_now) after that.
    pub(crate) fn try_publish(&self, message: &PreparedMessage) -> Option<Pushed> {
        self.outbox.try_push(self.published(message)).ok()
    }

    pub(crate) fn publish(&self, message: &PreparedMessage) -> Pushed {
        self.outbox.push(&self.transport, self.published(message))
    }

    /// Accepts or refuses a published message without writing.
    pub(crate) fn publish_now(&self, message: &PreparedMessage) -> Pushed {
        self.outbox.push_now(self.published(message))
    }

    /// See [`Outbox::room`]. Returns `None` for a connection that is ending. If [`Attached::before_close`]
    /// has already visited a topic, a caller that holds the lock of that topic's members sees that the
    /// connection is ending.
    pub(crate) fn room(&self) -> Option<usize> {
        if self.is_ending() {
            return None;
        }
        self.outbox.room(self.limit())
    }

    /// See [`Outbox::deliver`].
    ///
    /// With `through`, frames are written directly to TCP streams only, because other streams run code that
    /// is not ours and the caller holds locks.
    pub(crate) fn deliver(&self, frames: &Frames, through: bool) -> Deferred {
        let separately = self.on_slow == OnSlow::DropOldest;
        let through = through && matches!(self.transport, Transport::Tcp(_));
        self.outbox
            .deliver(&self.transport, frames, separately, through)
    }

    fn published(&self, message: &PreparedMessage) -> Push<'static> {
        Push {
            frame: Frame::Shared(message.frame(self.window).clone()),
            payload: 0,
            limit: self.limit(),
            epoch: None,
            kind: match self.on_slow {
                OnSlow::Drop | OnSlow::Close => PushKind::Published,
                OnSlow::DropOldest => PushKind::Displacing,
            },
        }
    }
}
