//! Waking the session at a tick of the sweep. The sweep (`Endpoint::sweep`) is a task that visits every
//! connection once per tick.

use super::{Attached, Connection};
use std::sync::atomic::Ordering::Relaxed;

/// The value of `check_at` for a session that was nudged, or has not asked for a nudge.
pub(super) const NEVER: u32 = u32::MAX;

/// Converts a tick to the form in which it is stored. Stored ticks wrap after more than a year. The tick that
/// equals `NEVER` is replaced by the next one.
fn stored(tick: u64) -> u32 {
    let tick = tick as u32;
    if tick == NEVER { 0 } else { tick }
}

impl<S: Attached> Connection<S> {
    /// Asks for a nudge at `tick`.
    pub(crate) fn check_at(&self, tick: u64) {
        self.check_at.store(stored(tick), Relaxed);
    }

    /// Asks for a nudge at `tick`, unless the session has asked for an earlier one or was nudged already.
    pub(crate) fn check_before(&self, tick: u64) {
        let due = self.check_at.load(Relaxed);
        let is_later = due.wrapping_sub(tick as u32) <= u32::MAX / 2;
        if due != NEVER && is_later {
            // Fails if the session is nudged at this moment.
            let _ = self
                .check_at
                .compare_exchange(due, stored(tick), Relaxed, Relaxed);
        }
    }

    /// Nudges the session, at most once, if its tick has come. Called by the sweep.
    pub(crate) fn nudge_if_due(&self, tick: u64) {
        let due = self.check_at.load(Relaxed);
        if due != NEVER
            && (tick as u32).wrapping_sub(due) <= u32::MAX / 2
            && self
                .check_at
                .compare_exchange(due, NEVER, Relaxed, Relaxed)
                .is_ok()
        {
            self.outbox.nudge();
        }
    }

    /// Whether the session was nudged since it last asked for a nudge.
    pub(crate) fn was_nudged(&self) -> bool {
        self.check_at.load(Relaxed) == NEVER
    }

    /// Wakes the session without telling it why; the session checks what has changed elsewhere.
    pub(crate) fn nudge(&self) {
        self.outbox.nudge();
    }
}
