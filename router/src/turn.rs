//! Counts the work of handlers. A handler can keep a thread busy even if its message is short,
//! because a message of a few bytes may be published to thousands of subscribers.

use std::cell::Cell;

/// A turn ends after this number of units, which take about two milliseconds. With a smaller number,
/// messages that arrive together would no longer be sent together.
const MOST: usize = 32 * 1024;

thread_local! {
    static UNITS: Cell<usize> = const { Cell::new(0) };
}

/// Counts deliveries of published messages and changes of subscriptions, one unit each.
pub(crate) fn spend(units: usize) {
    UNITS.set(UNITS.get().saturating_add(units));
}

/// Begins a turn: resets the count.
pub(crate) fn begin() {
    UNITS.set(0);
}

/// Whether the turn is over, and the session should yield to other tasks.
pub(crate) fn is_over() -> bool {
    UNITS.get() >= MOST
}
