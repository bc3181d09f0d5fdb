//! One publisher, many subscribers.

use crate::{
    Result,
    load::{self, Exchange},
    meter::Meter,
    server::Server,
    statistics::Figures,
};
use mio::{Interest, Poll, net::TcpStream};
use std::{
    collections::VecDeque,
    io::{Read as _, Write as _},
    time::{Duration, Instant},
};

/// A Ping, masked with zeros, and its answer. The answer shows that the server has handled everything sent
/// before.
const PING: &[u8] = b"\x89\x80\0\0\0\0";
const PONG: [u8; 2] = [0x8A, 0];

struct Subscriber {
    stream: TcpStream,
    input: Vec<u8>,
    /// The number of the message that the subscriber receives next.
    next: u32,
}

/// Messages that were published and have not reached all subscribers.
#[derive(Default)]
pub(crate) struct Published {
    /// The number of the first message in `waiting`.
    first: u32,
    /// When each message was published, and the number of subscribers that have not received it.
    waiting: VecDeque<(Instant, usize)>,
}

/// Waits until the server has handled everything that was sent on this connection.
pub(crate) fn caught_up(stream: &mut std::net::TcpStream) -> Result<()> {
    stream.write_all(PING)?;
    let mut pong = [0; 2];
    stream.read_exact(&mut pong)?;
    if pong != PONG {
        return Err(format!("a Ping is answered by {pong:?}").into());
    }
    Ok(())
}

/// Keeps `window` messages in flight to `count` subscribers. The figures count deliveries; a latency is the
/// time until the last delivery of a message.
pub(crate) fn run(
    server: &Server,
    mut exchange: impl Exchange,
    count: usize,
    window: usize,
    time: Duration,
) -> Result<Figures> {
    let mut poll = Poll::new()?;
    let mut subscribers = (0..count)
        .map(|place| subscribe(server, &exchange, &poll, place))
        .collect::<Result<Vec<_>>>()?;
    let mut publisher = exchange.open(server.address)?;
    let mut published = Published::default();
    for _ in 0..window {
        published.publish(&mut publisher, &exchange, count)?;
    }

    load::drive(
        &mut poll,
        Meter::new(server, time),
        |place, buffer, meter| {
            let subscriber = &mut subscribers[place];
            load::read(&mut subscriber.stream, buffer, &mut subscriber.input)?;
            let mut used = 0;
            while let Some(length) = exchange.reply(subscriber.next, &subscriber.input[used..])? {
                used += length;
                published.arrived(subscriber.next)?;
                subscriber.next += 1;
                meter.reply(length);
            }
            subscriber.input.drain(..used);
            while let Some(latency) = published.pop_completed() {
                meter.latency(latency);
                published.publish(&mut publisher, &exchange, count)?;
            }
            Ok(())
        },
    )
}

fn subscribe(
    server: &Server,
    exchange: &impl Exchange,
    poll: &Poll,
    place: usize,
) -> Result<Subscriber> {
    let mut stream = exchange.open(server.address)?;
    caught_up(&mut stream)?;
    Ok(Subscriber {
        stream: load::register(poll, stream, place, Interest::READABLE)?,
        input: Vec::new(),
        next: 0,
    })
}

impl Published {
    fn publish(
        &mut self,
        publisher: &mut std::net::TcpStream,
        exchange: &impl Exchange,
        count: usize,
    ) -> Result<()> {
        let mut request = Vec::new();
        exchange.request(self.begin(count), &mut request);
        Ok(publisher.write_all(&request)?)
    }

    /// Assigns a number to a message for `count` subscribers.
    pub(crate) fn begin(&mut self, count: usize) -> u32 {
        let number = self.first + self.waiting.len() as u32;
        self.waiting.push_back((Instant::now(), count));
        number
    }

    /// Removes the oldest message if it has reached all subscribers. Returns how long that took.
    pub(crate) fn pop_completed(&mut self) -> Option<Duration> {
        let (at, _) = self.waiting.pop_front_if(|(_, left)| *left == 0)?;
        self.first += 1;
        Some(at.elapsed())
    }

    pub(crate) fn arrived(&mut self, number: u32) -> Result<()> {
        let place = number.checked_sub(self.first);
        let waiting = place.and_then(|place| self.waiting.get_mut(place as usize));
        let (_, left) = waiting.ok_or_else(|| format!("message {number} was not published"))?;
        *left -= 1;
        Ok(())
    }
}
