//! Compressed messages.

use super::line::Line;
use crate::frame::{Inflating, Item, Payload, Violation};
use tokio::task::yield_now;

impl Line {
    /// Inflates a message, if it is one that is compressed. A large one is inflated in turns.
    pub(super) async fn whole(&mut self, item: Item, input: &[u8]) -> Result<Item, Violation> {
        let Item::Compressed { text, payload } = item else {
            return Ok(item);
        };
        let payload = match &payload {
            Payload::InPlace(range) => &input[range.clone()],
            Payload::Gathered(bytes) => bytes,
        };
        let mut inflating = Inflating::default();
        let message = loop {
            let rules = self.rules();
            if let Some(message) = self.inbound.inflate(&mut inflating, payload, rules)? {
                break message;
            }
            self.member.flush();
            yield_now().await;
        };
        Ok(Item::Message {
            text,
            payload: Payload::Gathered(message),
        })
    }
}
