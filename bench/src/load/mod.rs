//! The load generator: many connections on one thread. Each connection keeps the same number of requests, the
//! window, in flight. Every reply is checked.

pub(crate) mod deflate;
pub(crate) mod echo;
pub(crate) mod handshake;
pub(crate) mod http;

use crate::{Result, meter::Meter, server::Server, statistics::Figures};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    collections::VecDeque,
    io::{ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How long a reply may take before the server counts as dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests and their replies.
pub(crate) trait Exchange {
    /// Opens a connection that is ready for requests.
    fn open(&self, address: SocketAddr) -> Result<std::net::TcpStream>;

    /// Appends the request with this number.
    fn request(&self, number: u32, out: &mut Vec<u8>);

    /// Checks the reply at the start of `input`. Returns its length, or `None` if it is incomplete.
    fn reply(&mut self, number: u32, input: &[u8]) -> Result<Option<usize>>;
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    /// Requests without a reply, and when each was made.
    waiting: VecDeque<(u32, Instant)>,
    next: u32,
}

pub(crate) fn run(
    server: &Server,
    mut exchange: impl Exchange,
    connections: usize,
    window: usize,
    time: Duration,
) -> Result<Figures> {
    let mut poll = Poll::new()?;
    let mut all = Vec::with_capacity(connections);
    for place in 0..connections {
        let stream = exchange.open(server.address)?;
        let interests = Interest::READABLE | Interest::WRITABLE;
        let stream = register(&poll, stream, place, interests)?;
        all.push(Connection {
            stream,
            input: Vec::new(),
            output: Vec::new(),
            waiting: VecDeque::new(),
            next: 0,
        });
    }
    for connection in &mut all {
        for _ in 0..window {
            connection.ask(&exchange);
        }
        connection.write()?;
    }

    drive(
        &mut poll,
        Meter::new(server, time),
        |place, buffer, meter| {
            let connection = &mut all[place];
            connection.read(&mut exchange, buffer, meter)?;
            connection.write()
        },
    )
}

/// Calls `serve` with the place of each connection that has an event, until the time is over.
pub(crate) fn drive(
    poll: &mut Poll,
    mut meter: Meter<'_>,
    mut serve: impl FnMut(usize, &mut [u8], &mut Meter<'_>) -> Result<()>,
) -> Result<Figures> {
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        poll.poll(&mut events, Some(PATIENCE))?;
        if events.is_empty() {
            return Err("the server does not answer any more".into());
        }
        for event in &events {
            serve(event.token().0, &mut buffer, &mut meter)?;
        }
        if let Some(figures) = meter.figures()? {
            return Ok(figures);
        }
    }
}

/// Registers a connection with `poll`, with its place as the token.
pub(crate) fn register(
    poll: &Poll,
    stream: std::net::TcpStream,
    place: usize,
    interests: Interest,
) -> Result<TcpStream> {
    stream.set_nonblocking(true)?;
    let mut stream = TcpStream::from_std(stream);
    poll.registry()
        .register(&mut stream, Token(place), interests)?;
    Ok(stream)
}

/// Appends all available bytes to `input`.
pub(crate) fn read(stream: &mut TcpStream, buffer: &mut [u8], input: &mut Vec<u8>) -> Result<()> {
    loop {
        match stream.read(buffer) {
            Ok(0) => return Err("the server ended a connection".into()),
            Ok(count) => input.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

impl Connection {
    fn ask(&mut self, exchange: &impl Exchange) {
        exchange.request(self.next, &mut self.output);
        self.waiting.push_back((self.next, Instant::now()));
        self.next = self.next.wrapping_add(1);
    }

    /// Takes the replies that have arrived, and makes a new request for each of them.
    fn read(
        &mut self,
        exchange: &mut impl Exchange,
        buffer: &mut [u8],
        meter: &mut Meter<'_>,
    ) -> Result<()> {
        read(&mut self.stream, buffer, &mut self.input)?;
        let mut used = 0;
        while let Some(&(number, asked)) = self.waiting.front()
            && let Some(length) = exchange.reply(number, &self.input[used..])?
        {
            used += length;
            self.waiting.pop_front();
            meter.reply(length);
            meter.latency(asked.elapsed());
            self.ask(exchange);
        }
        self.input.drain(..used);
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        let mut written = 0;
        while written < self.output.len() {
            match self.stream.write(&self.output[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.output.drain(..written);
        Ok(())
    }
}
