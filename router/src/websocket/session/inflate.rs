//! Compressed messages.

use super::line::Line;
use crate::frame::{Inflating, Item, Payload, Violation};
use tokio::task::yield_now;

impl Line {
    /// Inflates a compressed message. A large message is inflated in turns, between which the session
    /// yields to other tasks. Returns `None` if the connection ends meanwhile.
    pub(super) async fn inflate(
        &mut self,
        item: Item,
        input: &[u8],
    ) -> Result<Option<Item>, Violation> {
        let Item::Compressed { text, payload } = item else {
            return Ok(Some(item));
        };
        let payload = match &payload {
            Payload::InPlace(range) => &input[range.clone()],
            Payload::Gathered(bytes) => bytes,
        };
        let mut inflating = Inflating::default();
        loop {
            let rules = self.rules();
            if let Some(message) = self.inbound.inflate(&mut inflating, payload, rules)? {
                return Ok(Some(Item::Message {
                    text,
                    payload: Payload::Gathered(message),
                }));
            }
            self.member.flush();
            yield_now().await;
            if self.member.is_ending() {
                return Ok(None);
            }
        }
    }
}
