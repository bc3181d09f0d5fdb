//! Topics: many names, and publishes to clients that do not read.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::{Door, FIN, TEXT, caught_up, frame, read_frame},
};
use std::io::Write as _;

/// The server may hold 1 MiB beyond `BASE`. Each of two clients has 1,000 subscriptions, the default limit,
/// of 200 bytes each.
pub(super) const LEAVES: Attack = Attack::new("leaves-300k", BASE + 1, leaves);

/// The server may hold nothing beyond `BASE`: one topic exists at a time.
pub(super) const NAMES: Attack = Attack::new("names-100k", BASE, names);

/// The server may hold 24 MiB beyond `BASE`: a full queue of 16 MiB, and half of that in addition, because a
/// message of one byte takes more memory than the 96 bytes that the queue counts for it.
pub(super) const SILENT: Attack = Attack::new("silent-1", BASE + 24, |field| silent(field, 1));

/// The server may hold 50 full queues of 24 MiB beyond `BASE`, as for `SILENT`.
pub(super) const SILENTS: Attack = Attack::new("silent-50", BASE + 1200, |field| silent(field, 50));

fn command(name: &str) -> Vec<u8> {
    frame(FIN | TEXT, name.as_bytes())
}

/// Runs two clients, as many as the server has threads. Each tries to join 300,000 topics, and then
/// repeatedly leaves a topic that it has not joined, as fast as it can.
fn leaves(field: &Field) -> Result<()> {
    let joins: Vec<u8> = (0..300_000)
        .flat_map(|n| command(&format!("j:{n}")))
        .collect();
    let door = Door::socket("/topics");
    let mut streams = Vec::new();
    for _ in 0..2 {
        // A refused connection has been counted.
        let Ok(mut stream) = field.open(door) else {
            continue;
        };
        stream.write_all(&joins)?;
        field.tally.count_sent(300_000, joins.len());
        caught_up(&mut stream)?;
        streams.push(stream);
    }
    let plan = Plan::new(door).repeat(&command("l:x"), 7_000);
    swarm::run_on(field, &plan, streams)
}

/// Joins and leaves one topic after the other: 100,000 topics during set-up, and more afterwards.
fn names(field: &Field) -> Result<()> {
    const BATCH: u64 = 500;
    let mut stream = field.open(Door::socket("/topics"))?;
    let mut next = 0;
    while !field.is_over() {
        let batch: Vec<u8> = (next..next + BATCH)
            .flat_map(|n| [command(&format!("j:{n}")), command(&format!("l:{n}"))].concat())
            .collect();
        if stream.write_all(&batch).is_err() || caught_up(&mut stream).is_err() {
            break;
        }
        field.tally.count_sent(2 * BATCH, batch.len());
        next += BATCH;
        if next == 100_000 {
            field.report_ready();
        }
    }
    // The server closes the socket when it stops. The client leaves it open.
    swarm::run_on(field, &Plan::new(Door::socket("/topics")), vec![stream])
}

/// Opens subscribers that do not read, while the server publishes messages of one byte.
fn silent(field: &Field, count: usize) -> Result<()> {
    let door = Door::socket("/quiet").narrow();
    let silent = (0..count).filter_map(|_| field.open(door).ok()).collect();
    let mut control = field.open(Door::socket("/control"))?;
    control.write_all(&command("start"))?;
    read_frame(&mut control)?;
    swarm::run_on(field, &Plan::new(door), silent)
}
