//! A response body that a test sends in pieces.

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use router::Body;
use std::convert::Infallible;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Sends the pieces of a body. The body ends when this is dropped.
#[derive(Debug)]
pub struct Pieces(UnboundedSender<Bytes>);

impl Pieces {
    /// Creates a body and the sender of its pieces.
    pub fn body() -> (Self, Body) {
        let (sender, pieces) = unbounded_channel::<Bytes>();
        let frames = stream::unfold(pieces, async |mut pieces| {
            let piece = pieces.recv().await?;
            Some((Ok::<_, Infallible>(Frame::data(piece)), pieces))
        });
        (Self(sender), Body::new(StreamBody::new(frames)))
    }

    /// Sends the next piece. Returns whether the body still exists.
    pub fn send(&self, piece: impl Into<Bytes>) -> bool {
        self.0.send(piece.into()).is_ok()
    }

    /// Waits until the body has been dropped.
    pub async fn dropped(&self) {
        self.0.closed().await;
    }
}
