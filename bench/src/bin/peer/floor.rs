//! The floor: a server that does as little as possible besides its system calls.
//!
//! One thread waits in epoll. It reads the bytes of a connection with one `recv`, and answers all of them
//! with one `send`. If one `recv` contains several messages to publish, each receiver gets all its messages
//! with one `send`.
//!
//! This is a measuring device, not a server: it has no limits and no timeouts, and it relies on its clients
//! to mask their frames and to join a room only once. Fragments and extensions are not supported: a frame
//! that uses them ends the connection, without a Close. The floor does not check the length of a control
//! frame, the code of a Close or the method of a request. It does not parse bodies, queries and
//! percent-encoding. It ignores all headers except the key of an upgrade.

use crate::Result;
use mio::{
    Events, Interest, Poll, Registry, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};
use std::{
    collections::{HashMap, VecDeque},
    io::{self, BufRead as _, ErrorKind, Read as _, Write as _},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The token of the listener. The tokens of connections count up from zero.
const LISTENER: Token = Token(usize::MAX);

/// The number of bytes that one `recv` can take.
const RECV_BYTES: usize = 256 * 1024;

/// First bytes of frames: the FIN bit and the opcode.
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\nHello, World!";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

/// The name of the room that every socket of `/topic` joins: the empty name.
const TOPIC: &[u8] = b"";

#[derive(Clone, Copy)]
enum Route {
    Echo,
    Topic,
    Rooms,
}

struct Connection {
    stream: TcpStream,
    place: usize,
    /// The route to which the connection was upgraded; before the upgrade, it speaks HTTP.
    route: Option<Route>,
    /// The start of a request or a frame that is incomplete.
    rest: Vec<u8>,
    /// Bytes that the kernel has not taken. Not a `Vec`, because bytes are removed from the front.
    waiting: VecDeque<u8>,
    /// The connection ends as soon as no bytes are waiting.
    closing: bool,
}

#[derive(Default)]
struct Floor {
    /// The index of a connection is its place. Each place is used once: the place of a connection that has
    /// ended stays empty.
    connections: Vec<Option<Connection>>,
    /// The places of each room's members, including members whose connections have ended.
    rooms: HashMap<Vec<u8>, Vec<usize>>,
    /// The reply to the connection that is being served.
    reply: Vec<u8>,
    /// Frames of consecutive messages to one room that have not been sent or queued yet.
    run: Vec<u8>,
    /// The name of the room that receives the run.
    room: Vec<u8>,
    /// The places of members with waiting frames from earlier runs of the same `recv`.
    queued: Vec<usize>,
}

/// Serves until the poll or the listener fails.
pub(crate) fn serve(listener: std::net::TcpListener) -> Result<()> {
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut buffer = Vec::new();
    let mut floor = Floor::default();
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            match event.token() {
                LISTENER => floor.accept(&listener, poll.registry())?,
                Token(place) => floor.turn(place, event, &mut buffer),
            }
        }
    }
}

impl Floor {
    /// Accepts all waiting connections, because the poll reports each change only once. Both directions are
    /// registered from the start: this costs no further events, because the poll reports that a connection is
    /// writable again only after a `send` that did not take all bytes.
    fn accept(&mut self, listener: &TcpListener, registry: &Registry) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // A client that disconnects while it waits is not an error of the server.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            // Fails if the client is gone, which the first `recv` reports.
            let _ = stream.set_nodelay(true);
            let place = self.connections.len();
            let interests = Interest::READABLE | Interest::WRITABLE;
            registry.register(&mut stream, Token(place), interests)?;
            self.connections.push(Some(Connection {
                stream,
                place,
                route: None,
                rest: Vec::new(),
                waiting: VecDeque::new(),
                closing: false,
            }));
        }
    }

    /// Serves a connection for which the poll has reported an event. Its place stays empty until it has been
    /// served, so that its own messages are not sent back to it.
    fn turn(&mut self, place: usize, event: &Event, buffer: &mut Vec<u8>) {
        let Some(mut connection) = self.connections.get_mut(place).and_then(Option::take) else {
            return;
        };
        connection.flush();
        if event.is_readable() {
            self.receive(&mut connection, event.is_read_closed(), buffer);
        }
        if !connection.closing || !connection.waiting.is_empty() {
            self.connections[place] = Some(connection);
        }
    }

    /// Reads and answers the available bytes. Reads again if the buffer was filled or the client has ended
    /// the stream, because the poll does not report the remaining bytes or the end of the stream again.
    fn receive(&mut self, connection: &mut Connection, ended: bool, buffer: &mut Vec<u8>) {
        while !connection.closing {
            let kept = connection.rest.len();
            buffer.resize(kept + RECV_BYTES, 0);
            buffer[..kept].copy_from_slice(&connection.rest);
            let end = match connection.stream.read(&mut buffer[kept..]) {
                Ok(count @ 1..) => kept + count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => {
                    connection.closing = true;
                    return connection.waiting.clear();
                }
            };
            let used = self.answer(connection, &mut buffer[..end]);
            buffer[used..end].clone_into(&mut connection.rest);
            if end < buffer.len() && !ended {
                return;
            }
        }
    }

    /// Answers all complete requests or frames at the start of `input`. Returns their length.
    fn answer(&mut self, connection: &mut Connection, input: &mut [u8]) -> usize {
        let mut used = 0;
        while !connection.closing {
            let length = match connection.route {
                None => self.request(connection, &input[used..]),
                Some(route) => self.frame(connection, route, &mut input[used..]),
            };
            let Some(length) = length else { break };
            used += length;
        }
        self.deliver(true);
        for place in self.queued.drain(..) {
            self.connections[place].as_mut().map(Connection::flush);
        }
        connection.send(&self.reply);
        self.reply.clear();
        used
    }

    /// Answers the request at the start of `input`. Returns its length, or `None` if its head is incomplete.
    fn request(&mut self, connection: &mut Connection, input: &[u8]) -> Option<usize> {
        let length = 4 + input.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = str::from_utf8(&input[..length]).unwrap_or_default();
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            "/" => self.reply.extend_from_slice(HELLO),
            "/echo" => self.upgrade(connection, Route::Echo, head),
            "/rooms" => self.upgrade(connection, Route::Rooms, head),
            "/topic" => {
                self.members(TOPIC).push(connection.place);
                self.upgrade(connection, Route::Topic, head);
            }
            _ => match path.strip_prefix("/users/") {
                Some(id) => {
                    let size = "user ".len() + id.len();
                    let text =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\nuser {id}");
                    self.reply.extend_from_slice(text.as_bytes());
                }
                None => self.reply.extend_from_slice(NOT_FOUND),
            },
        }
        Some(length)
    }

    fn upgrade(&mut self, connection: &mut Connection, route: Route, head: &str) {
        connection.route = Some(route);
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        let key = fields.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let accept = derive_accept_key(key.unwrap_or_default().1.trim().as_bytes());
        let head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket";
        let reply = format!("{head}\r\nsec-websocket-accept: {accept}\r\n\r\n");
        self.reply.extend_from_slice(reply.as_bytes());
    }

    /// Handles the frame at the start of `input`. Returns its length, or `None` if it is incomplete.
    fn frame(&mut self, from: &mut Connection, route: Route, input: &mut [u8]) -> Option<usize> {
        let (first, payload, length) = unmasked(input)?;
        match first {
            TEXT if str::from_utf8(payload).is_err() => from.closing = true,
            TEXT | BINARY => self.message(from.place, route, first, payload),
            PING => append_frame(&mut self.reply, PONG, payload),
            PONG => {}
            CLOSE => {
                append_frame(&mut self.reply, CLOSE, payload);
                from.closing = true;
            }
            _ => from.closing = true,
        }
        Some(length)
    }

    fn message(&mut self, place: usize, route: Route, first: u8, payload: &[u8]) {
        match (route, payload) {
            (Route::Echo, _) => append_frame(&mut self.reply, first, payload),
            (Route::Topic, _) => self.publish(TOPIC, first, payload),
            (Route::Rooms, [b'+', name @ ..]) => self.members(name).push(place),
            (Route::Rooms, [b'-', name @ ..]) => self.members(name).retain(|one| *one != place),
            (Route::Rooms, _) => {
                let name = payload.split(|byte| *byte == b' ').next();
                self.publish(name.unwrap_or_default(), first, payload);
            }
        }
    }

    fn members(&mut self, name: &[u8]) -> &mut Vec<usize> {
        self.rooms.entry(name.to_vec()).or_default()
    }

    /// Adds a message to the run, or begins a new run if the message is for another room.
    fn publish(&mut self, name: &[u8], first: u8, payload: &[u8]) {
        if name != self.room {
            self.deliver(false);
            name.clone_into(&mut self.room);
        }
        append_frame(&mut self.run, first, payload);
    }

    /// Sends the run to its room if it is the `last` run of a `recv`. Otherwise queues it, so that a member
    /// of several rooms receives all runs with one `send`.
    fn deliver(&mut self, last: bool) {
        if self.run.is_empty() {
            return;
        }
        for &place in self.rooms.get(&self.room).into_iter().flatten() {
            match &mut self.connections[place] {
                None => {}
                Some(member) if last => member.send(&self.run),
                Some(member) => {
                    // A member with waiting bytes is queued already, or the poll will report it.
                    if member.waiting.is_empty() {
                        self.queued.push(place);
                    }
                    member.waiting.extend(&self.run);
                }
            }
        }
        self.run.clear();
    }
}

impl Connection {
    /// Sends bytes, or appends them to the bytes that wait already.
    fn send(&mut self, mut bytes: &[u8]) {
        if self.waiting.is_empty() && !bytes.is_empty() {
            bytes = &bytes[write(&self.stream, bytes)..];
        }
        self.waiting.extend(bytes);
    }

    /// Sends the waiting bytes, until the kernel takes no more.
    fn flush(&mut self) {
        while !self.waiting.is_empty() {
            match write(&self.stream, self.waiting.as_slices().0) {
                0 => return,
                sent => self.waiting.consume(sent),
            }
        }
    }
}

/// Returns the number of bytes that the kernel takes. For a broken stream, returns the number of all bytes,
/// so that the caller discards them. A later `recv` reports the end of the stream.
fn write(mut stream: &TcpStream, bytes: &[u8]) -> usize {
    match stream.write(bytes) {
        Ok(count) => count,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(_) => bytes.len(),
    }
}

/// Unmasks the frame at the start of `input`. Returns its first byte, payload and length, or `None` if it is
/// incomplete.
fn unmasked(input: &mut [u8]) -> Option<(u8, &[u8], usize)> {
    let (&first, &second) = (input.first()?, input.get(1)?);
    let (head, digits) = match second & 0x7F {
        126 => (4, input.get(2..4)?),
        127 => (10, input.get(2..10)?),
        _ => (2, &[second & 0x7F][..]),
    };
    let digits = digits.iter().map(|digit| usize::from(*digit));
    let length = digits.fold(0, |number, digit| number << 8 | digit);
    let (&mut key, behind) = input.get_mut(head..)?.split_first_chunk_mut()?;
    let payload = behind.get_mut(..length)?;
    // Unmasked by words, because the compiler can then process several words with one instruction.
    let (words, rest) = payload.as_chunks_mut();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(key)).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key) {
        *byte ^= key;
    }
    Some((first, payload, head + key.len() + length))
}

/// Appends a frame as a server sends it, without a mask.
fn append_frame(out: &mut Vec<u8>, first: u8, payload: &[u8]) {
    let length = (payload.len() as u64).to_be_bytes();
    match payload.len() {
        0..126 => out.extend([first, length[7]]),
        126..0x1_0000 => out.extend([first, 126, length[6], length[7]]),
        _ => out.extend([[first, 127].as_slice(), &length].concat()),
    }
    out.extend_from_slice(payload);
}
