//! The module that most protocol tests connect to.

use router::prelude::*;

use crate::{Log, Seen, recorder};

/// Sends every message back, and records the control frames that it receives.
///
/// | path | recorded |
/// |---|---|
/// | `/` | `ping …`, `pong …`, `close CODE REASON` |
#[derive(Debug)]
pub struct Echo {
    log: Log,
}

impl Echo {
    /// Returns the module and the reader of its log.
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
