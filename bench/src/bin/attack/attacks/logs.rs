//! Messages that cannot be decoded, each of which could cause a log line.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::{Door, FIN, TEXT, frame},
};

/// The server may hold 12 MiB beyond `BASE`: for each of 4 clients, a message of 1 MB, its decoded copy and
/// its error.
pub(super) const LARGE_MESSAGES: Attack = Attack::new("json-large", BASE + 12, |field| {
    undecodable(field, 1_000_000, 1, 4)
});

/// The server may hold nothing beyond `BASE`.
pub(super) const SHORT_MESSAGES: Attack =
    Attack::new("json-short", BASE, |field| undecodable(field, 10, 3_000, 4));

/// Sends a JSON string that names no variant of the server's enum. The string begins with a line break, which
/// would start another log line if it were not escaped.
fn undecodable(field: &Field, length: usize, batch: usize, clients: usize) -> Result<()> {
    let text = format!("\"\\n{}\"", "x".repeat(length));
    let message = frame(FIN | TEXT, text.as_bytes());
    let plan = Plan::new(Door::socket("/json"))
        .repeat(&message, batch)
        .reads()
        .reopens();
    swarm::run(field, &plan, clients)
}
