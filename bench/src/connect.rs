//! Opening and closing sockets.

use crate::{Result, load::handshake, server::Server, statistics::Figures};
use std::{
    io::{Read as _, Write as _},
    time::{Duration, Instant},
};

/// The largest number of connections of a run. A closed connection occupies its port for a while, and the
/// number of ports is limited.
const MOST_CONNECTIONS: u32 = 15_000;

/// A Close with code 1000, masked with zeros, and the expected reply.
const CLOSE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";
const REPLY: [u8; 4] = [0x88, 2, 0x03, 0xe8];

pub(crate) fn run(server: &Server, time: Duration) -> Result<Figures> {
    for _ in 0..100 {
        once(server)?;
    }
    let (start, before) = (Instant::now(), server.cpu()?);
    let mut count = 0;
    while start.elapsed() < time && count < MOST_CONNECTIONS {
        once(server)?;
        count += 1;
    }
    let (elapsed, used) = (start.elapsed(), server.cpu()? - before);
    Ok(Figures {
        per_second: Some(f64::from(count) / elapsed.as_secs_f64()),
        cpu: Some(used.as_secs_f64() * 1e6 / f64::from(count)),
        ..Figures::default()
    })
}

fn once(server: &Server) -> Result<()> {
    let mut stream = handshake::open(server.address, "/echo", None)?;
    stream.write_all(CLOSE)?;
    let mut reply = [0; REPLY.len()];
    stream.read_exact(&mut reply)?;
    if reply != REPLY {
        return Err(format!("the Close is answered by {reply:?}").into());
    }
    Ok(())
}
