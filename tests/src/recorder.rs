//! A log of the events that handlers saw.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::within;

/// The writing end, which a module keeps. Its handlers record the events that they see.
#[derive(Debug, Clone)]
pub struct Log(UnboundedSender<String>);

impl Log {
    /// Records an event. Does nothing if the reading end has been dropped.
    pub fn note(&self, event: impl Into<String>) {
        self.0.send(event.into()).ok();
    }
}

/// The reading end, with which a test checks the events.
#[derive(Debug)]
pub struct Seen(UnboundedReceiver<String>);

/// Creates a log of handler events, in the order in which they happen.
pub fn recorder() -> (Log, Seen) {
    let (log, seen) = unbounded_channel();
    (Log(log), Seen(seen))
}

impl Seen {
    /// Waits for the next event.
    pub async fn next(&mut self) -> String {
        within("an event of a handler", self.0.recv())
            .await
            .expect("the module that writes the log is still there")
    }

    /// Returns the next event if it has already been recorded.
    pub fn try_next(&mut self) -> Option<String> {
        self.0.try_recv().ok()
    }

    /// Asserts what the next event is.
    pub async fn expect(&mut self, event: &str) {
        let next = within(&format!("the event {event:?}"), self.0.recv()).await;
        assert_eq!(next.as_deref(), Some(event));
    }

    /// Asserts that all recorded events have been read. An event that is recorded later goes unnoticed, so a
    /// test must first wait for something that happens after any unwanted event.
    #[track_caller]
    pub fn assert_silent(&mut self) {
        if let Ok(event) = self.0.try_recv() {
            panic!("an event too many: {event:?}");
        }
    }
}
