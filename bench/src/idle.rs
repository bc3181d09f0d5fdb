//! Memory of idle sockets.

use crate::{Result, load::handshake, server::Server, statistics::Figures};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// Connections that are opened before the measured ones, so that one-time allocations are not measured.
const WARM_UP: usize = 100;

/// "hello", masked with zeros, and the expected reply.
const HELLO: &[u8] = b"\x81\x85\0\0\0\0hello";
const REPLY: &[u8; 7] = b"\x81\x05hello";

pub(crate) fn run(server: &Server, path: &str, count: usize) -> Result<Figures> {
    let mut warm_up = open(server, path, WARM_UP)?;
    exchange(&mut warm_up)?;
    let before = server.resident()?;
    let mut connections = open(server, path, count)?;
    if path != "/echo" {
        exchange(&mut connections)?;
    }
    let grown = server.resident()?.saturating_sub(before);
    Ok(Figures {
        memory: Some(grown as f64 / count as f64),
        ..Figures::default()
    })
}

fn open(server: &Server, path: &str, count: usize) -> Result<Vec<TcpStream>> {
    let open = |_| handshake::open(server.address, path, None);
    let all: Result<_> = (0..count).map(open).collect();
    all.map_err(|error| format!("{error} (is `ulimit -n` above {count}, for both sides?)").into())
}

fn exchange(connections: &mut [TcpStream]) -> Result<()> {
    for stream in connections {
        stream.write_all(HELLO)?;
        let mut reply = [0; REPLY.len()];
        stream.read_exact(&mut reply)?;
        if reply != *REPLY {
            return Err(format!("not an echo: {reply:?}").into());
        }
    }
    Ok(())
}
