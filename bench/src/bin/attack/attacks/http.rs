//! HTTP: heads, bodies and responses that do not end.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::Door,
};
use std::time::Duration;

/// Twice the 60 KB, because the buffer grows by doubling, and a connection: 500 × 148 KiB.
pub(super) const HEADS: Attack = Attack::new("heads-500", BASE + 73, heads);

/// The body limit of 2 MiB, and the same again while the buffer grows: 100 × 4.
pub(super) const BODIES: Attack = Attack::new("bodies-100", BASE + 400, bodies);

/// A response of 1 MiB each, and the same again for copies of it: 100 × 2. The stop must not wait for the
/// responses.
pub(super) const RESPONSES: Attack =
    Attack::new("large-100", BASE + 200, responses).stops_within(Duration::from_secs(3));

/// Sends 60 KB of a request head, then one byte per second.
fn heads(field: &Field) -> Result<()> {
    let mut bytes = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec();
    bytes.resize(60_000, b'x');
    let plan = Plan::new(Door::HTTP).first(bytes, 0).drip(b'x');
    swarm::run(field, &plan, 500)
}

/// Sends all bytes of the largest body except 100,000, then one byte per second.
fn bodies(field: &Field) -> Result<()> {
    const LENGTH: usize = 2 << 20;
    let mut bytes = format!(
        "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n\
         Content-Length: {LENGTH}\r\n\r\n"
    )
    .into_bytes();
    bytes.resize(bytes.len() + LENGTH - 100_000, b'x');
    let plan = Plan::new(Door::HTTP).first(bytes, 0).drip(b'x');
    swarm::run(field, &plan, 100)
}

/// Requests a page of 1 MiB repeatedly. Nothing is read.
fn responses(field: &Field) -> Result<()> {
    let request = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let plan = Plan::new(Door::HTTP.narrow()).repeat(request, 100);
    swarm::run(field, &plan, 100)
}
