//! Publishes that let others have their turn.

use super::{
    Forwarded, Hub, Published,
    topic::{Ticket, Topic},
};
use crate::frame::Outgoing;
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
        message: impl Into<Outgoing<'m>>,
    ) -> impl Future<Output = Published> + Send {
        let message = message.into();
        async move {
            match self.0.directory.get(topic) {
                Some(topic) if topic.count() > LARGE && !message.is_unserializable() => {
                    let is_compressed = message.wants_compression();
                    let message = self.encode(&topic, message);
                    let broker = self.broker();
                    let ticket = topic.begin(
                        message,
                        |_| false,
                        |message| {
                            if let Some(broker) = &broker {
                                let message = Forwarded::of_variants(message, is_compressed);
                                broker.forward(topic.name(), message);
                            }
                        },
                    );
                    let underway = Underway { topic, ticket };
                    loop {
                        if let Some(published) = underway.topic.advance(&underway.ticket) {
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
struct Underway {
    topic: Arc<Topic>,
    ticket: Ticket,
}

impl Drop for Underway {
    fn drop(&mut self) {
        while self.topic.advance(&self.ticket).is_none() {}
    }
}
