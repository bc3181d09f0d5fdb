//! The module that most tests of the protocol talk to.

use router::prelude::*;

use crate::{Log, Seen, recorder};

/// Sends every message back, and notes the control frames it sees.
///
/// | path | noted |
/// |---|---|
/// | `/` | `ping …`, `pong …`, `close CODE REASON` |
#[derive(Debug)]
pub struct Echo {
    log: Log,
}

impl Echo {
    /// The module, and what it notes.
    pub fn new() -> (Self, Seen) {
        let (log, seen) = recorder();
        (Self { log }, seen)
    }
}

#[websocket(path = "/", data = ())]
impl Echo {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(bytes);
    }

    #[on(ping)]
    fn ping(&self, _ws: &mut Socket<()>, payload: &[u8]) {
        self.log.note(format!("ping {payload:?}"));
    }

    #[on(pong)]
    fn pong(&self, _ws: &mut Socket<()>, payload: &[u8]) {
        self.log.note(format!("pong {payload:?}"));
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}
