//! What `publish` reports.

/// What became of a published message: how many receivers there were, and how they stand.
///
/// Receivers are the topic's members at the start of the publish that are still members and open
/// when their turn comes; `delivered + queued + dropped` is their number. Up to 128 members that
/// is one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// Accepted, and the client keeps up: [`SendStatus::Sent`](crate::SendStatus::Sent).
    pub delivered: usize,
    /// Accepted behind a backlog: [`SendStatus::Queued`](crate::SendStatus::Queued).
    pub queued: usize,
    /// Refused, because more than its `backpressure_limit` was waiting for that client.
    pub dropped: usize,
    /// Messages published before that made room for this one, at sockets with
    /// [`OnSlow::DropOldest`](crate::OnSlow::DropOldest): accepted once, and never sent.
    pub displaced: usize,
}

impl Published {
    /// The number of receivers, those who missed the message included.
    pub fn receivers(&self) -> usize {
        self.delivered + self.queued + self.dropped
    }
}
