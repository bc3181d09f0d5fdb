//! Taking the next message or control frame out of the input.

use super::session_io::SessionIo;
use crate::frame::{Incoming, Violation};
use std::mem;

/// The result of [`SessionIo::next`].
pub(super) enum Next<'i> {
    /// A message or a control frame, and the input that its ranges refer to. A compressed message has
    /// already been inflated.
    Incoming(Incoming, &'i [u8]),
    /// The input contains no more whole messages. The rest is kept for the next read.
    Incomplete,
    /// The connection is ending. Either the client has broken a rule, or the connection began to end while
    /// a message was inflated.
    Ended,
}

impl SessionIo {
    pub(super) async fn next<'i>(&mut self, input: &mut &'i mut [u8]) -> Next<'i> {
        // Checked before the frame is counted, so the frame that uses up the allowance is still handled.
        let may_send = !self.is_exhausted();
        let rules = self.rules();
        let (used, incoming) = match self.inbound.next(input, rules) {
            Ok(next) => next,
            Err(violation) => return self.violated(violation),
        };
        let Some(incoming) = incoming else {
            if used > 0 && !may_send {
                return self.violated(Violation::FLOOD);
            }
            self.inbound.spend(0, used);
            self.inbound.keep(&input[used..]);
            return Next::Incomplete;
        };
        let is_counted = self.count(&incoming, used);
        let (done, rest) = mem::take(input).split_at_mut(used);
        *input = rest;
        if is_counted && !may_send {
            return self.violated(Violation::FLOOD);
        }
        if !matches!(incoming, Incoming::Compressed { .. }) {
            return Next::Incoming(incoming, done);
        }
        match self.inflate(incoming, done).await {
            Ok(Some(message)) => Next::Incoming(message, done),
            Ok(None) => Next::Ended,
            Err(violation) => self.violated(violation),
        }
    }

    fn violated<'i>(&mut self, violation: Violation) -> Next<'i> {
        self.refuse(violation);
        Next::Ended
    }
}
