//! The result of `publish`.

/// The result of publishing a message: the number of receivers by outcome.
///
/// Receivers are the topic's members at the start of the publish that are still members and open
/// when the message is handed to them; `delivered + queued + dropped` is their number. With up to
/// 128 members, the receivers are determined in one step: no member can join or leave in between.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// Accepted, and the client keeps up: [`SendStatus::Sent`](crate::SendStatus::Sent).
    pub delivered: usize,
    /// Accepted behind a backlog: [`SendStatus::Queued`](crate::SendStatus::Queued).
    pub queued: usize,
    /// Refused, because more than `backpressure_limit` bytes were waiting for that client.
    pub dropped: usize,
    /// Earlier published messages that were removed to make room for this one, at sockets with
    /// [`OnSlow::DropOldest`](crate::OnSlow::DropOldest). They were accepted and are never sent.
    pub displaced: usize,
}

impl Published {
    /// The number of receivers, including those that missed the message.
    ///
    /// # Examples
    ///
    /// A private message to a user who may be offline:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// let published = ws.hub().publish("user:bob", "hello");
    /// if published.receivers() == 0 {
    ///     ws.send("bob is offline");
    /// }
    /// assert_eq!(inbox.texts(), ["bob is offline"]);
    /// ```
    pub fn receivers(&self) -> usize {
        self.delivered + self.queued + self.dropped
    }
}
