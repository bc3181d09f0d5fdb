//! Publishes that let others have their turn.

use super::{
    Hub, Published, batch,
    topic::{Ticket, Topic},
};
use crate::frame::IntoMessage;
use std::sync::Arc;

/// Up to this number a publish takes less than half a millisecond, and isn't worth an interruption.
const LARGE: usize = 8192;

impl Hub {
    /// Publishes as [`publish`](Self::publish) does, but to more than 8,192 subscribers it yields
    /// to the other tasks of its thread after every 128.
    ///
    /// The order is the same as with `publish`, which may be used at the same time and from the
    /// same thread: whoever publishes to the topic next brings what has begun to its end first.
    /// Dropped when it has begun, it does so itself: a message reaches all receivers or none.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// async fn goal(hub: &Hub) {
    ///     let published = hub.publish_async("match/7", "1:0").await;
    ///     println!("{} were told", published.receivers());
    /// }
    /// ```
    pub fn publish_async<'m>(
        &self,
        topic: &str,
        message: impl IntoMessage<'m>,
    ) -> impl Future<Output = Published> + Send {
        let mut message = message.into_message();
        async move {
            match self.0.directory.get(topic) {
                Some(topic) if topic.count() > LARGE && !message.is_unserializable() => {
                    batch::settle();
                    let outward = self.outward(&mut message);
                    let message = self.encode(&topic, message);
                    let ticket = topic.begin(
                        message,
                        |_| false,
                        || {
                            if let Some(outward) = outward {
                                outward.forward(topic.name());
                            }
                        },
                    );
                    let begun = Begun { topic, ticket };
                    loop {
                        if let Some(published) = begun.topic.advance(&begun.ticket) {
                            return published;
                        }
                        tokio::task::yield_now().await;
                    }
                }
                _ => self.publish(topic, message),
            }
        }
    }
}

/// A publish that began, and is to end whatever becomes of its future.
struct Begun {
    topic: Arc<Topic>,
    ticket: Ticket,
}

impl Drop for Begun {
    fn drop(&mut self) {
        while self.topic.advance(&self.ticket).is_none() {}
    }
}
