//! What handlers do on a thread that takes long without looking so: a message of a few bytes may be
//! published to thousands.

use std::cell::Cell;

/// A turn ends after this many units: some two milliseconds. With fewer, messages that arrive together would
/// no longer leave together.
const MOST: usize = 32 * 1024;

thread_local! {
    static UNITS: Cell<usize> = const { Cell::new(0) };
}

/// Counts deliveries of published messages, and changes of subscriptions.
pub(crate) fn spend(units: usize) {
    UNITS.set(UNITS.get().saturating_add(units));
}

/// Begins to count anew.
pub(crate) fn begin() {
    UNITS.set(0);
}

/// Whether others should have their turn.
pub(crate) fn is_over() -> bool {
    UNITS.get() >= MOST
}
