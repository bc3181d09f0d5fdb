//! As many messages or connections as possible.

use super::{Attack, BASE};
use crate::{
    Result,
    field::Field,
    swarm::{self, Plan},
    wire::{BINARY, CLOSE, CONTINUATION, Door, FIN, PING, TEXT, frame},
};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use socket2::SockRef;
use std::{
    sync::atomic::Ordering::Relaxed,
    thread,
    time::{Duration, Instant},
};

/// The server may hold 12 KiB beyond `BASE` for each of 3,000 connections, most of it for reading a request
/// head.
pub(super) const CONNECTS: Attack = Attack::new("connects-3000", BASE + 36, connects);

/// The server may hold 1 MiB beyond `BASE` for each of 10 sockets: the messages of one read, and their
/// replies.
pub(super) const TEXTS: Attack = Attack::new("texts-10", BASE + 10, |field| {
    let message = frame(FIN | TEXT, b"x");
    let plan = Plan::new(Door::socket("/echo")).repeat(&message, 9_000);
    swarm::run(field, &plan.reads(), 10)
});

/// The server may hold 1 MiB beyond `BASE` for each of 10 sockets, as for `TEXTS`.
pub(super) const PINGS: Attack = Attack::new("pings-10", BASE + 10, |field| {
    let ping = frame(FIN | PING, b"x");
    let plan = Plan::new(Door::socket("/echo")).repeat(&ping, 9_000);
    swarm::run(field, &plan.reads(), 10)
});

/// The server may hold 32 MiB beyond `BASE` for each of 10 messages: a message of the largest size, 16 MiB,
/// is held twice while its buffer grows.
pub(super) const FRAGMENTS: Attack = Attack::new("fragments-10", BASE + 320, |field| {
    let plan = Plan::new(Door::socket("/echo"))
        .first(frame(BINARY, b"x"), 0)
        .repeat(&frame(CONTINUATION, b"x"), 9_000);
    swarm::run(field, &plan.reads().reopens(), 10)
});

/// The server may hold nothing beyond `BASE`: at most one Pong of less than 200 bytes waits per socket.
pub(super) const UNREAD_PINGS: Attack = Attack::new("pings-unread", BASE, |field| {
    let ping = frame(FIN | PING, &[b'x'; 125]);
    let plan = Plan::new(Door::socket("/echo").narrow()).repeat(&ping, 500);
    swarm::run(field, &plan, 10)
});

/// The server may hold nothing beyond `BASE`: data after a Close is discarded.
pub(super) const BEHIND_CLOSE: Attack = Attack::new("behind-close", BASE, |field| {
    let plan = Plan::new(Door::socket("/echo"))
        .first(frame(FIN | CLOSE, b""), 1)
        .repeat(&frame(FIN | TEXT, &[b'x'; 1_000]), 60);
    swarm::run(field, &plan.reopens(), 10)
});

/// The server may hold nothing beyond `BASE`: one socket exists at a time.
pub(super) const RESETS: Attack = Attack::new("resets", BASE, resets);

/// Opens sockets, sends a message and resets the connection without reading.
fn resets(field: &Field) -> Result<()> {
    let text = frame(FIN | TEXT, b"x");
    field.report_ready();
    while !field.is_over() {
        let Ok(stream) = field.open(Door::socket("/echo")) else {
            // The server refuses connections while it stops. The attack then pauses, so that it does not
            // compete with the server for the CPU.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let socket = SockRef::from(&stream);
        socket.set_linger(Some(Duration::ZERO))?;
        let sent = socket.send(&text).unwrap_or(0);
        field.tally.count_sent(1, sent);
    }
    Ok(())
}

/// Connects 3,000 clients at once, and records the longest time to connect.
fn connects(field: &Field) -> Result<()> {
    const COUNT: usize = 3_000;
    let mut poll = Poll::new()?;
    let mut waiting = Vec::with_capacity(COUNT);
    field.report_ready();
    for place in 0..COUNT {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(field.address)?;
        poll.registry()
            .register(&mut stream, Token(place), Interest::WRITABLE)?;
        waiting.push((begun, stream, false));
    }
    let mut events = Events::with_capacity(1024);
    while !field.is_over() {
        poll.poll(&mut events, Some(Duration::from_millis(50)))?;
        for event in &events {
            let (begun, stream, is_counted) = &mut waiting[event.token().0];
            if *is_counted {
                continue;
            }
            *is_counted = true;
            if stream.peer_addr().is_ok() {
                field.tally.opened.fetch_add(1, Relaxed);
                let micros = begun.elapsed().as_micros() as u64;
                field.tally.connect.fetch_max(micros, Relaxed);
            } else {
                field.tally.refused.fetch_add(1, Relaxed);
            }
        }
    }
    Ok(())
}
