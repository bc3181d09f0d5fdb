//! What a subscription costs: its memory, and joining and leaving.

use crate::{
    Result,
    fanout::caught_up,
    load::{
        echo::{TEXT, append_frame},
        handshake,
    },
    meter::Meter,
    rooms,
    server::Server,
    statistics::Figures,
};
use std::{io::Write as _, time::Duration};

const SUBSCRIPTIONS: usize = 100_000;

/// Joins and leaves, in turns, that are sent at a time.
const BATCH: usize = 256;

/// Bytes a subscription: [`SUBSCRIPTIONS`] of them over `sockets`, each to a topic of its own, or
/// all sockets to the same few.
pub(crate) fn memory(server: &Server, sockets: usize, shared: bool) -> Result<Figures> {
    let mut all = (0..sockets)
        .map(|_| handshake::open(server.address, rooms::PATH, None))
        .collect::<Result<Vec<_>>>()?;
    // Buffers of the connections are there before it is measured.
    for stream in &mut all {
        let mut request = Vec::new();
        append_frame(&mut request, TEXT, &[b'-'; 128]);
        stream.write_all(&request)?;
        caught_up(stream)?;
    }
    let before = server.resident()?;
    for (place, stream) in all.iter_mut().enumerate() {
        let mut request = Vec::new();
        for n in (place..SUBSCRIPTIONS).step_by(sockets) {
            let room = if shared { n / sockets } else { n };
            rooms::append_move(&mut request, '+', room);
        }
        stream.write_all(&request)?;
        caught_up(stream)?;
    }
    let grown = server.resident()?.saturating_sub(before);
    Ok(Figures {
        memory: Some(grown as f64 / SUBSCRIPTIONS as f64),
        ..Figures::default()
    })
}

/// One joins and leaves a topic that has `members` others.
pub(crate) fn moving(server: &Server, members: usize, time: Duration) -> Result<Figures> {
    let mut others = Vec::with_capacity(members);
    for _ in 0..members {
        let mut stream = rooms::join(server, std::iter::once(0))?;
        caught_up(&mut stream)?;
        others.push(stream);
    }
    let mut stream = handshake::open(server.address, rooms::PATH, None)?;
    let mut request = Vec::new();
    for _ in 0..BATCH / 2 {
        for act in ['+', '-'] {
            rooms::append_move(&mut request, act, 0);
        }
    }
    let mut meter = Meter::new(server, time);
    loop {
        stream.write_all(&request)?;
        caught_up(&mut stream)?;
        for _ in 0..BATCH {
            meter.reply(0);
        }
        if let Some(figures) = meter.figures()? {
            return Ok(Figures {
                wire: None,
                ..figures
            });
        }
    }
}
