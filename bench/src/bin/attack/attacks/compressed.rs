//! permessage-deflate: little is sent, much is held.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::{BINARY, Door, FIN, RSV1, TEXT, deflated, frame, read_frame},
};
use std::io::Write as _;

const MIB: usize = 1 << 20;

/// 16 MiB of backpressure; on each of 2 threads an inflated and a compressed message of 16 MiB, in
/// buffers that are half as large again while they grow: 16 + 2 × 48.
pub(super) const BOMB: Attack = Attack::new("bomb-1", BASE + 112, |field| bombs(field, 1));

/// All 20 messages are inflated in turns, in buffers that are doubled as they fill: 20 × (8 + 16), and a
/// third of that which the allocator keeps.
pub(super) const BOMBS: Attack = Attack::new("bombs-20", BASE + 640, |field| bombs(field, 20));

/// 339 KB per connection were measured, 48 KB of them an inflater: 200 × 400 KiB.
pub(super) const DEDICATED: Attack = Attack::new("dedicated-200", BASE + 78, dedicated);

/// 16 KB that inflate to the largest message, again and again. The answers are not read.
fn bombs(field: &Field, count: usize) -> Result<()> {
    let bomb = frame(FIN | RSV1 | BINARY, &deflated(&vec![0; 16 * MIB]));
    let door = Door::socket("/deflate").deflate().narrow();
    swarm::run(field, &Plan::new(door).repeat(&bomb, 1), count)
}

/// A message that makes compressor and inflater use all their memory, from one client after the other;
/// then the sockets are held.
fn dedicated(field: &Field) -> Result<()> {
    let numbers: String = (0..20_000_u32)
        .map(|n| (n * n % 9973).to_string())
        .collect();
    let message = frame(FIN | RSV1 | TEXT, &deflated(numbers.as_bytes()));
    let door = Door::socket("/dedicated").deflate();
    let mut streams = Vec::new();
    for _ in 0..200 {
        // One that is refused was counted.
        let Ok(mut stream) = field.open(door) else {
            continue;
        };
        stream.write_all(&message)?;
        field.tally.sends(1, message.len());
        let (_, answer) = read_frame(&mut stream)?;
        field.tally.receives(answer.len());
        streams.push(stream);
    }
    swarm::run_on(field, &Plan::new(door), streams)
}
