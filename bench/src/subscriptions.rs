//! The cost of a subscription: its memory, and joining and leaving.

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

/// The number of alternating joins and leaves that are sent at a time.
const BATCH: usize = 256;

/// Measures bytes per subscription, with [`SUBSCRIPTIONS`] subscriptions spread over `sockets`. If `shared`
/// is set, all sockets subscribe to the same few topics. Otherwise each subscription has a topic of its own.
pub(crate) fn memory(server: &Server, sockets: usize, shared: bool) -> Result<Figures> {
    let mut all = (0..sockets)
        .map(|_| handshake::open(server.address, rooms::PATH, None))
        .collect::<Result<Vec<_>>>()?;
    // A first message to each connection allocates its buffers before the measurement.
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

/// Measures a socket that joins and leaves a topic with `members` other members.
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
