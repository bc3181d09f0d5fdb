//! Sends more than a client can take at once, in order and without loss.
//!
//! The state is the number of the next message, and the number of pauses so far. Each message can be created
//! again from these two numbers, so no message is stored. Messages that the socket accepts count as sent.
//! When the socket reports backpressure, the flood pauses. It continues from there when the socket drains. So
//! a client that reads slowly costs the server about as much memory as `backpressure_limit` allows, however
//! long the flood is.

use std::{fmt, iter};

use router::prelude::*;

/// 8 MiB in all: eight times the socket's limit, and more than a kernel buffers for a client that does not
/// read.
const PARTS: usize = 128;
const PART_SIZE: usize = 64 * 1024;
/// The parts, with a line before and a line after them.
const MESSAGES: usize = PARTS + 2;

pub(crate) const BUSY: &str = "A flood is already in progress";

#[derive(Default)]
pub(crate) struct Flood {
    next: usize,
    pauses: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// To be continued when the socket has drained.
    Paused {
        sent: usize,
    },
    Finished,
    /// The client has gone.
    Abandoned,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused { sent } => write!(f, "paused after {sent} of {MESSAGES} messages"),
            Self::Finished => f.write_str("finished"),
            Self::Abandoned => f.write_str("abandoned"),
        }
    }
}

impl Flood {
    /// Sends from where it stopped, until everything is sent or the socket reports backpressure.
    pub(crate) fn advance(&mut self, send: impl Fn(String) -> SendStatus) -> Progress {
        while let Some(message) = self.message() {
            match send(message) {
                SendStatus::Sent(_) => self.next += 1,
                // Accepted, although the client is behind: this message is not sent again.
                SendStatus::Queued { .. } => {
                    self.next += 1;
                    if self.next < MESSAGES {
                        return self.pause();
                    }
                }
                // Refused: this message is sent again.
                SendStatus::Dropped(DropReason::Backpressure) => return self.pause(),
                SendStatus::Dropped(_) => return Progress::Abandoned,
            }
        }
        Progress::Finished
    }

    fn pause(&mut self) -> Progress {
        self.pauses += 1;
        Progress::Paused { sent: self.next }
    }

    /// Returns the next message: first an announcement of the flood, then the parts, and at last a line that
    /// says that the flood is complete.
    fn message(&self) -> Option<String> {
        match self.next {
            0 => Some(format!("flood of {PARTS} messages, {PART_SIZE} bytes each")),
            n @ 1..=PARTS => {
                let mut part = format!("flood {n}/{PARTS} ");
                part.extend(iter::repeat_n('.', PART_SIZE - part.len()));
                Some(part)
            }
            MESSAGES.. => None,
            _ => Some(format!(
                "flood complete: {PARTS} messages, {} pauses",
                self.pauses
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use router::prelude::*;

    use super::{Flood, MESSAGES, PART_SIZE, PARTS, Progress};

    const SENT: SendStatus = SendStatus::Sent(1);
    const QUEUED: SendStatus = SendStatus::Queued { buffered: 1 };
    const REFUSED: SendStatus = SendStatus::Dropped(DropReason::Backpressure);
    const CLOSED: SendStatus = SendStatus::Dropped(DropReason::Closed);

    /// Sends a flood to a socket whose answer to the `n`th call is `status(n)`. Returns the accepted
    /// messages, and the number of calls to `advance`.
    fn run(status: impl Fn(usize) -> SendStatus) -> (Vec<String>, usize) {
        let (mut flood, mut goes) = (Flood::default(), 1);
        let (accepted, calls) = (RefCell::new(Vec::new()), Cell::new(0));
        while let Progress::Paused { .. } = flood.advance(|message| {
            calls.set(calls.get() + 1);
            let status = status(calls.get());
            if !matches!(status, SendStatus::Dropped(_)) {
                accepted.borrow_mut().push(message);
            }
            status
        }) {
            goes += 1;
        }
        (accepted.into_inner(), goes)
    }

    fn assert_complete(accepted: &[String], pauses: usize) {
        assert_eq!(accepted.len(), MESSAGES);
        assert_eq!(
            accepted[0],
            format!("flood of {PARTS} messages, {PART_SIZE} bytes each")
        );
        for (part, n) in accepted[1..=PARTS].iter().zip(1..) {
            assert!(part.starts_with(&format!("flood {n}/{PARTS} .")));
            assert_eq!(part.len(), PART_SIZE);
        }
        let last = format!("flood complete: {PARTS} messages, {pauses} pauses");
        assert_eq!(accepted[PARTS + 1], last);
    }

    #[test]
    fn a_client_that_keeps_up_receives_the_flood_without_pauses() {
        let (accepted, goes) = run(|_| SENT);
        assert_complete(&accepted, 0);
        assert_eq!(goes, 1);
    }

    #[test]
    fn queued_messages_are_not_sent_twice() {
        let (accepted, goes) = run(|call| if call % 7 == 0 { QUEUED } else { SENT });
        assert_complete(&accepted, 18);
        assert_eq!(goes, 19);
    }

    #[test]
    fn the_last_message_may_be_queued_too() {
        let (accepted, goes) = run(|call| if call == MESSAGES { QUEUED } else { SENT });
        assert_complete(&accepted, 0);
        assert_eq!(goes, 1);
    }

    #[test]
    fn refused_messages_are_sent_again() {
        let (accepted, _) = run(|call| if call % 5 == 0 { REFUSED } else { SENT });
        // 130 messages with every fifth call refused: 162 calls, 32 of them refused.
        assert_complete(&accepted, 32);
    }

    #[test]
    fn a_closed_socket_ends_the_flood() {
        assert_eq!(Flood::default().advance(|_| CLOSED), Progress::Abandoned);
    }
}
