//! permessage-deflate: small messages for which the server holds much memory.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::{BINARY, Door, FIN, RSV1, TEXT, deflated, frame, read_frame},
};
use std::io::Write as _;

const MIB: usize = 1 << 20;

/// The server may hold 112 MiB beyond `BASE`. 16 MiB are queued replies. Each of the 2 threads holds 48 MiB:
/// an inflated and a compressed message of 16 MiB each, in buffers that take 50 % more while they grow.
pub(super) const BOMB: Attack = Attack::new("bomb-1", BASE + 112, |field| bombs(field, 1));

/// The server may hold 640 MiB beyond `BASE`. 480 MiB are buffers: for each of 20 messages, a full buffer of
/// 8 MiB and the buffer of 16 MiB that replaces it. The allocator keeps another 160 MiB.
pub(super) const BOMBS: Attack = Attack::new("bombs-20", BASE + 640, |field| bombs(field, 20));

/// The server may hold 400 KiB beyond `BASE` for each of 200 connections. 339 KB per connection were
/// measured, including 48 KB for an inflater.
pub(super) const DEDICATED: Attack = Attack::new("dedicated-200", BASE + 78, dedicated);

/// Sends 16 KB that inflate to the largest message, repeatedly. The replies are not read.
fn bombs(field: &Field, count: usize) -> Result<()> {
    let bomb = frame(FIN | RSV1 | BINARY, &deflated(&vec![0; 16 * MIB]));
    let door = Door::socket("/deflate").deflate().narrow();
    swarm::run(field, &Plan::new(door).repeat(&bomb, 1), count)
}

/// Sends a message that makes compressor and inflater use all their memory, from one client after the other.
/// The sockets then stay open.
fn dedicated(field: &Field) -> Result<()> {
    let numbers: String = (0..20_000_u32)
        .map(|n| (n * n % 9973).to_string())
        .collect();
    let message = frame(FIN | RSV1 | TEXT, &deflated(numbers.as_bytes()));
    let door = Door::socket("/dedicated").deflate();
    let mut streams = Vec::new();
    for _ in 0..200 {
        // A refused connection has been counted.
        let Ok(mut stream) = field.open(door) else {
            continue;
        };
        stream.write_all(&message)?;
        field.tally.count_sent(1, message.len());
        let (_, answer) = read_frame(&mut stream)?;
        field.tally.count_received(answer.len());
        streams.push(stream);
    }
    swarm::run_on(field, &Plan::new(door), streams)
}
