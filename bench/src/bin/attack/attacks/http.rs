//! HTTP: heads, bodies and responses that do not end.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::Door,
};
use std::time::Duration;

/// The server may hold `BASE` (in MiB), and 148 KiB for each of the 500 connections, 73 MiB together: a read buffer, which grows by
/// doubling to at most 112 KiB, and 36 KiB for the connection itself.
pub(super) const HEADS: Attack = Attack::new("heads-500", BASE + 73, heads);

/// The server may hold `BASE`, and 4 MiB for each of the 100 bodies: a body of the largest size, 2 MiB, is held
/// twice while its buffer grows.
pub(super) const BODIES: Attack = Attack::new("bodies-100", BASE + 400, bodies);

/// The server may hold `BASE`, and 2 MiB for each of the 100 responses: the page of 1 MiB, and a copy of it.
/// The stop must not wait for the clients to read the responses.
pub(super) const RESPONSES: Attack =
    Attack::new("large-100", BASE + 200, responses).stops_within(Duration::from_secs(3));

/// Sends 40,000 bytes of a request head, then one byte per second. The server waits for the rest until
/// `head_timeout` (10 seconds) has passed. It answers with 431 only when it has received 40 KiB, which is 8
/// KiB more than `max_head`.
fn heads(field: &Field) -> Result<()> {
    let mut bytes = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec();
    bytes.resize(40_000, b'x');
    let plan = Plan::new(Door::HTTP).first(bytes, 0).drip(b'x');
    swarm::run(field, &plan, 500)
}

/// Sends the largest body except its last 100,000 bytes, then one byte per second.
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
