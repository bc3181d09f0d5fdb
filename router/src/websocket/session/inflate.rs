//! Compressed messages.

use super::session_io::SessionIo;
use crate::frame::{Incoming, Inflating, Payload, Violation};
use tokio::task::yield_now;

impl SessionIo {
    /// Inflates a compressed message, and returns any other item unchanged. A large message is inflated in
    /// parts, and the session yields to other tasks after each part. Returns `None` if the connection ends
    /// meanwhile.
    pub(super) async fn inflate(
        &mut self,
        item: Incoming,
        input: &[u8],
    ) -> Result<Option<Incoming>, Violation> {
        let Incoming::Compressed { text, payload } = item else {
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
                return Ok(Some(Incoming::Message {
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
