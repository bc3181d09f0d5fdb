//! Sockets that make the server hold memory for them.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::{BINARY, CONTINUATION, Door, FIN, TEXT, frame, head},
};

const MIB: usize = 1 << 20;

/// The server may hold 20 MiB beyond `BASE` for each of 100 sockets. 16 MiB are a full queue. 4 MiB are the
/// message that exceeds the queue, the message being received, and the buffers of both.
pub(super) const ECHOES: Attack = Attack::new("slow-echo-100", BASE + 2000, echoes);

/// The server may hold 17 MiB beyond `BASE` for each of 50 sockets: a message of at most 16 MiB, and the
/// bytes read ahead.
pub(super) const UNFINISHED: Attack = Attack::new("unfinished-50", BASE + 850, unfinished);

/// The server may hold 8 KiB beyond `BASE` for each of 2,000 sockets and its buffers: a declared length
/// reserves no memory.
pub(super) const DECLARED: Attack = Attack::new("declared-2000", BASE + 16, declared);

/// The server may hold 20 KiB beyond `BASE` for each of 2,000 sockets. 12 KiB are the 6,000 bytes of payload
/// received within about 5 seconds, in a buffer that grows by doubling. 8 KiB are the socket and its other
/// buffers.
pub(super) const FRAGMENTS: Attack = Attack::new("fragments-2000", BASE + 40, fragments);

/// The server may hold 96 KiB beyond `BASE` for each of 500 sockets: 60 KB of messages, and the socket with
/// its buffers.
pub(super) const WAITING: Attack = Attack::new("waiting-500", BASE + 47, waiting);

/// Sends messages of 1 MiB, and does not read their echoes.
fn echoes(field: &Field) -> Result<()> {
    let message = frame(FIN | BINARY, &vec![b'x'; MIB]);
    let plan = Plan::new(Door::socket("/echo").narrow()).repeat(&message, 1);
    swarm::run(field, &plan, 100)
}

/// Sends 15 of the 16 MiB of a message, then one byte per second.
fn unfinished(field: &Field) -> Result<()> {
    let mut bytes = head(FIN | BINARY, 16 * MIB as u64);
    bytes.resize(bytes.len() + 15 * MIB, b'x');
    let plan = Plan::new(Door::socket("/echo")).first(bytes, 0).drip(b'x');
    swarm::run(field, &plan, 50)
}

/// Declares a message of 16 MiB, and sends one byte of it per second.
fn declared(field: &Field) -> Result<()> {
    let bytes = head(FIN | BINARY, 16 * MIB as u64);
    let plan = Plan::new(Door::socket("/echo")).first(bytes, 0).drip(b'x');
    swarm::run(field, &plan, 2_000)
}

/// Sends a message that does not end, in fragments of one byte, 1,000 of them per second.
fn fragments(field: &Field) -> Result<()> {
    let plan = Plan::new(Door::socket("/echo"))
        .first(frame(BINARY, b"x"), 0)
        .repeat(&frame(CONTINUATION, b"x"), 1_000)
        .slowly();
    swarm::run(field, &plan, 2_000)
}

/// Sends a text whose handler never returns, and 60 KB of further messages.
fn waiting(field: &Field) -> Result<()> {
    let mut bytes = frame(FIN | TEXT, b"x");
    let others = frame(FIN | TEXT, &[b'x'; 1_000]);
    bytes.extend(others.repeat(60));
    let plan = Plan::new(Door::socket("/wait")).first(bytes, 61);
    swarm::run(field, &plan, 500)
}
