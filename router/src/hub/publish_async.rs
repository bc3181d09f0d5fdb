//! Publishing that yields to other tasks.

use super::{
    Hub, Published, batch,
    topic::{Ticket, Topic},
};
use crate::frame::IntoMessage;
use std::sync::Arc;

/// Up to this number of subscribers, a publish takes less than half a millisecond and does not
/// yield.
const YIELD_ABOVE_SUBSCRIBERS: usize = 8192;

impl Hub {
    /// Publishes like [`publish`](Self::publish), except that with more than 8,192 subscribers it yields to
    /// the other tasks of its thread after every 128 subscribers.
    ///
    /// The order is the same as with `publish`, which may be used at the same time and on the same
    /// thread: the next publish to the topic completes this one first. If the future is dropped
    /// after the publish has begun, dropping it completes the publish. A message reaches either all receivers
    /// or none.
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
                Some(topic)
                    if topic.count() > YIELD_ABOVE_SUBSCRIBERS && !message.is_unserializable() =>
                {
                    batch::settle();
                    let outward = self.outward(&mut message);
                    let message = self.encode(&topic, message);
                    let began = || outward.forward(topic.name());
                    let ticket = topic.begin(message, |_| false, began);
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

/// A publish that has begun, and is completed even if its future is dropped.
struct Begun {
    topic: Arc<Topic>,
    ticket: Ticket,
}

impl Drop for Begun {
    fn drop(&mut self) {
        while self.topic.advance(&self.ticket).is_none() {}
    }
}
