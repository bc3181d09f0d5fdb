//! What handlers saw.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::within;

/// The writing end: stands in a module, and its handlers note what they see.
#[derive(Debug, Clone)]
pub struct Log(UnboundedSender<String>);

impl Log {
    /// Notes an event. Whether anybody reads it does not matter to a handler.
    pub fn note(&self, event: impl Into<String>) {
        self.0.send(event.into()).ok();
    }
}

/// The reading end: what the test expects.
#[derive(Debug)]
pub struct Seen(UnboundedReceiver<String>);

/// A log of handler events, in the order in which they happened.
pub fn recorder() -> (Log, Seen) {
    let (log, seen) = unbounded_channel();
    (Log(log), Seen(seen))
}

impl Seen {
    /// The next event.
    pub async fn next(&mut self) -> String {
        within("an event of a handler", self.0.recv())
            .await
            .expect("the module that writes the log is still there")
    }

    /// The next event, if it is there already.
    pub fn try_next(&mut self) -> Option<String> {
        self.0.try_recv().ok()
    }

    /// Asserts what the next event is.
    pub async fn expect(&mut self, event: &str) {
        let next = within(&format!("the event {event:?}"), self.0.recv()).await;
        assert_eq!(next.as_deref(), Some(event));
    }

    /// Asserts that nothing was noted beyond what was read. Meaningful only behind an event that
    /// comes after all others.
    #[track_caller]
    pub fn assert_silent(&mut self) {
        if let Ok(event) = self.0.try_recv() {
            panic!("an event too many: {event:?}");
        }
    }
}
