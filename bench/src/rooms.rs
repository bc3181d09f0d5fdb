//! Many topics, and sockets that subscribe to several of them.

use crate::{
    Result,
    fanout::{Published, caught_up},
    load::{
        self,
        echo::{TEXT, append_frame, read_frame},
        handshake,
    },
    meter::Meter,
    server::Server,
    statistics::Figures,
};
use mio::{Interest, Poll, net::TcpStream};
use std::{io::Write as _, time::Duration};

pub(crate) const PATH: &str = "/rooms";

/// The length of a message.
const MESSAGE_BYTES: usize = 128;

/// The position of the number in a message: after `r00000042 `.
const NUMBER: std::ops::Range<usize> = 10..18;

/// The number and size of the messages for a client that does not read. The server queues only a part of
/// them.
const STALLING_MESSAGES: usize = 256;
const STALLING_MESSAGE_BYTES: usize = 256 * 1024;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rooms: usize,
    /// The number of members of each room.
    pub(crate) members: usize,
    pub(crate) sockets: usize,
    /// The number of messages in flight.
    pub(crate) window: usize,
    /// Whether each room has an additional member that does not read.
    pub(crate) stalled: bool,
}

struct Subscriber {
    stream: TcpStream,
    input: Vec<u8>,
    /// The number of the newest message received.
    newest: Option<u32>,
}

/// Publishes to random rooms. The figures count deliveries; a latency is the time until the last delivery of
/// a message.
pub(crate) fn run(server: &Server, plan: Plan, time: Duration) -> Result<Figures> {
    let before = server.resident()?;
    let mut poll = Poll::new()?;
    let mut subscribers = (0..plan.sockets)
        .map(|place| subscribe(server, plan, &poll, place))
        .collect::<Result<Vec<_>>>()?;
    let mut publisher = handshake::open(server.address, PATH, None)?;
    let _stalled = plan
        .stalled
        .then(|| stall(server, plan, &mut publisher))
        .transpose()?;

    let mut random = Random(42);
    let mut published = Published::default();
    let mut publish = |published: &mut Published| -> Result<()> {
        let mut text = format!(
            "{} {:08x}",
            name(random.below(plan.rooms)),
            published.begin(plan.members)
        );
        text.extend(std::iter::repeat_n('x', MESSAGE_BYTES - text.len()));
        let mut request = Vec::new();
        append_frame(&mut request, TEXT, text.as_bytes());
        Ok(publisher.write_all(&request)?)
    };
    for _ in 0..plan.window {
        publish(&mut published)?;
    }

    let meter = Meter::new(server, time);
    let mut figures = load::drive(&mut poll, meter, |place, buffer, meter| {
        let subscriber = &mut subscribers[place];
        load::read(&mut subscriber.stream, buffer, &mut subscriber.input)?;
        let mut used = 0;
        while let Some((first, payload, length)) = read_frame(&subscriber.input[used..]) {
            used += length;
            published.arrived(number(first, payload, &mut subscriber.newest)?)?;
            meter.reply(length);
        }
        subscriber.input.drain(..used);
        while let Some(latency) = published.pop_completed() {
            meter.latency(latency);
            publish(&mut published)?;
        }
        Ok(())
    })?;
    if plan.stalled {
        let grown = server.resident()?.saturating_sub(before);
        figures.grown = Some(grown as f64 / f64::from(1 << 20));
    }
    Ok(figures)
}

fn name(room: usize) -> String {
    format!("r{room:08}")
}

/// Appends a request that joins (`+`) or leaves (`-`) a room.
pub(crate) fn append_move(out: &mut Vec<u8>, act: char, room: usize) {
    append_frame(out, TEXT, format!("{act}{}", name(room)).as_bytes());
}

/// Opens a socket that is a member of its share of the rooms: room `r` has `members` consecutive seats,
/// starting at `r * members`, and the sockets take the seats in turn.
fn subscribe(server: &Server, plan: Plan, poll: &Poll, place: usize) -> Result<Subscriber> {
    let rooms = (place..plan.rooms * plan.members)
        .step_by(plan.sockets)
        .map(|seat| seat / plan.members);
    let mut stream = join(server, rooms)?;
    caught_up(&mut stream)?;
    Ok(Subscriber {
        stream: load::register(poll, stream, place, Interest::READABLE)?,
        input: Vec::new(),
        newest: None,
    })
}

pub(crate) fn join(
    server: &Server,
    rooms: impl Iterator<Item = usize>,
) -> Result<std::net::TcpStream> {
    let mut stream = handshake::open(server.address, PATH, None)?;
    let mut request = Vec::new();
    for room in rooms {
        append_move(&mut request, '+', room);
    }
    stream.write_all(&request)?;
    Ok(stream)
}

/// Opens a member of all rooms that does not read, and fills its queue as far as the server allows.
fn stall(
    server: &Server,
    plan: Plan,
    publisher: &mut std::net::TcpStream,
) -> Result<std::net::TcpStream> {
    let mut stream = join(server, 0..plan.rooms)?;
    let mut request = Vec::new();
    append_frame(&mut request, TEXT, b"+stalled");
    stream.write_all(&request)?;
    caught_up(&mut stream)?;
    let text = format!("stalled {}", "x".repeat(STALLING_MESSAGE_BYTES));
    request.clear();
    append_frame(&mut request, TEXT, text.as_bytes());
    for _ in 0..STALLING_MESSAGES {
        publisher.write_all(&request)?;
    }
    caught_up(publisher)?;
    Ok(stream)
}

/// Returns the number of a message, which must be higher than all earlier numbers.
fn number(first: u8, payload: &[u8], newest: &mut Option<u32>) -> Result<u32> {
    let number = payload
        .get(NUMBER)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match number {
        Some(number)
            if first == TEXT && payload.len() == MESSAGE_BYTES && *newest < Some(number) =>
        {
            *newest = Some(number);
            Ok(number)
        }
        _ => Err(format!("{number:?} arrived after {newest:?}").into()),
    }
}

/// Generates the same numbers for every server (Knuth's linear congruence).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}
