//! A socket whose handler is a large future. It shows that a connection does not keep the memory of the
//! future once the handler has returned.

use std::hint::black_box;

use router::prelude::*;

/// The bytes that the handler keeps while it waits.
const HELD_BYTES: usize = 16 * 1024;

pub(crate) struct Held;

#[websocket(path = "/held", data = ())]
impl Held {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        // Used on both sides of the await, so that the array is a part of the future.
        let mut held = [0u8; HELD_BYTES];
        black_box(&mut held);
        tokio::task::yield_now().await;
        black_box(&held);
        ws.send(text);
    }
}
