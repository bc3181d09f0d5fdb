//! The work that a session has done since it last yielded to other tasks.
//!
//! A session has to yield, because one read may contain thousands of messages, a few messages that
//! inflate to megabytes, or messages whose handlers publish to a large topic.

use crate::{
    frame::{Incoming, Payload, TURN},
    turn,
};
use std::time::{Duration, Instant};

pub(super) struct TurnBudget {
    /// The number of messages and control frames.
    items: u32,
    /// The bytes of messages that were gathered or inflated.
    bytes: usize,
    /// The time at which the clock was first read in this turn.
    since: Option<Instant>,
}

impl TurnBudget {
    const ITEMS: u32 = 128;
    const TIME: Duration = Duration::from_millis(4);

    /// The clock is first read after this number of items, and then at every multiple of
    /// [`LOOKS`](Self::LOOKS) items. It is not read after every item, because a reading takes a twentieth
    /// of the time that a short message takes.
    const FIRST_LOOK: u32 = 4;
    const LOOKS: u32 = 8;

    /// Starts a new turn.
    pub(super) fn start() -> Self {
        turn::begin();
        Self {
            items: 0,
            bytes: 0,
            since: None,
        }
    }

    /// Counts a message or control frame that is about to be handled.
    pub(super) fn count(&mut self, item: &Incoming) {
        self.items += 1;
        if let Incoming::Message {
            payload: Payload::Gathered(bytes),
            ..
        } = item
        {
            self.bytes += bytes.len();
        }
    }

    /// Whether the turn is over, and the session should yield to other tasks.
    pub(super) fn is_spent(&mut self) -> bool {
        self.items >= Self::ITEMS || self.bytes >= TURN || turn::is_over() || self.is_late()
    }

    fn is_late(&mut self) -> bool {
        let is_time = self.items == Self::FIRST_LOOK || self.items.is_multiple_of(Self::LOOKS);
        if self.items == 0 || !is_time {
            return false;
        }
        self.since.get_or_insert_with(Instant::now).elapsed() >= Self::TIME
    }
}
