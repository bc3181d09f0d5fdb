//! Many connections with the same plan, on one thread.

use crate::{Result, field::Field, wire::Door};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    time::{Duration, Instant},
};

/// How long the thread waits for events before it checks whether the attack is over.
const PAUSE: Duration = Duration::from_millis(50);

/// The period of [`Plan::slowly`].
const TICK: Duration = Duration::from_secs(1);

/// The largest number of writes, and of reads, that a connection makes before the next connection is served.
const CALLS_PER_TURN: usize = 8;

/// The actions of each connection.
pub(crate) struct Plan {
    door: Door,
    /// Bytes that are sent once, and the number of whole messages in them.
    first: Vec<u8>,
    first_messages: u64,
    /// Bytes that are sent repeatedly after that, and the number of whole messages in them.
    repeated: Vec<u8>,
    repeated_messages: u64,
    /// Whether the repeated bytes are sent once per second, instead of as fast as the server takes them.
    is_slow: bool,
    /// Whether the connection reads what the server sends.
    reads: bool,
    /// Whether a connection that the server has ended is replaced.
    reopens: bool,
}

impl Plan {
    /// A plan that only opens connections. The other methods add actions.
    pub(crate) fn new(door: Door) -> Self {
        Self {
            door,
            first: Vec::new(),
            first_messages: 0,
            repeated: Vec::new(),
            repeated_messages: 0,
            is_slow: false,
            reads: false,
            reopens: false,
        }
    }

    /// Adds bytes that are sent once, and contain this number of whole messages.
    pub(crate) fn first(mut self, bytes: Vec<u8>, messages: u64) -> Self {
        self.first = bytes;
        self.first_messages = messages;
        self
    }

    /// Adds a repeated byte, sent once per second, which is not counted as a message.
    pub(crate) fn drip(mut self, byte: u8) -> Self {
        self.repeated = vec![byte];
        self.slowly()
    }

    /// Adds a message that is sent repeatedly, `count` copies at a time.
    pub(crate) fn repeat(mut self, message: &[u8], count: usize) -> Self {
        self.repeated = message.repeat(count);
        self.repeated_messages = count as u64;
        self
    }

    /// Sends the repeated bytes once per second.
    pub(crate) fn slowly(mut self) -> Self {
        self.is_slow = true;
        self
    }

    pub(crate) fn reads(mut self) -> Self {
        self.reads = true;
        self
    }

    pub(crate) fn reopens(mut self) -> Self {
        self.reopens = true;
        self
    }
}

/// A connection. The client keeps its side open after the server has closed the connection, because a hostile
/// client does not cooperate.
struct Lane {
    stream: TcpStream,
    /// How many of the plan's first bytes were sent.
    first: usize,
    /// How many of the plan's repeated bytes were sent in this round.
    place: usize,
    /// Whether the connection waits for the next tick to begin the next round.
    rests: bool,
    is_readable: bool,
    is_writable: bool,
    /// The server has closed its side.
    is_closed: bool,
    /// Nothing is read or written any more.
    is_dead: bool,
}

/// Opens `count` connections, and runs them until the attack is over. Connections that are
/// refused at the start are counted, and the attack runs without them.
pub(crate) fn run(field: &Field, plan: &Plan, count: usize) -> Result<()> {
    let streams = (0..count).filter_map(|_| field.open(plan.door).ok());
    run_on(field, plan, streams.collect())
}

/// Runs open connections until the attack is over.
pub(crate) fn run_on(field: &Field, plan: &Plan, streams: Vec<std::net::TcpStream>) -> Result<()> {
    let mut poll = Poll::new()?;
    let mut lanes = Vec::with_capacity(streams.len());
    for (place, stream) in streams.into_iter().enumerate() {
        lanes.push(Lane::new(stream, plan, &poll, place)?);
    }
    field.report_ready();
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; 64 * 1024];
    let mut tick_at = Instant::now() + TICK;
    while !field.is_over() {
        let is_busy = lanes.iter().any(|lane| lane.is_busy(plan));
        let pause = if is_busy { Duration::ZERO } else { PAUSE };
        poll.poll(&mut events, Some(pause))?;
        for event in &events {
            let lane = &mut lanes[event.token().0];
            lane.is_readable |= event.is_readable();
            lane.is_writable |= event.is_writable();
            if event.is_read_closed() && !plan.reads {
                lane.mark_closed(field);
            }
        }
        let ticks = Instant::now() >= tick_at;
        if ticks {
            tick_at += TICK;
        }
        for (place, lane) in lanes.iter_mut().enumerate() {
            lane.rests &= !ticks;
            let has_died = !lane.is_dead && lane.turn(field, plan, &mut buffer).is_err();
            if has_died {
                lane.mark_closed(field);
                lane.is_dead = true;
            }
            // A refused replacement is tried again at the next tick.
            if plan.reopens
                && lane.is_dead
                && (has_died || ticks)
                && let Ok(stream) = field.open(plan.door)
            {
                *lane = Lane::new(stream, plan, &poll, place)?;
            }
        }
    }
    Ok(())
}

impl Lane {
    fn new(stream: std::net::TcpStream, plan: &Plan, poll: &Poll, place: usize) -> Result<Self> {
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let interests = Interest::READABLE | Interest::WRITABLE;
        poll.registry()
            .register(&mut stream, Token(place), interests)?;
        Ok(Self {
            stream,
            first: 0,
            place: 0,
            rests: plan.is_slow,
            is_readable: false,
            is_writable: false,
            is_closed: false,
            is_dead: false,
        })
    }

    fn mark_closed(&mut self, field: &Field) {
        if !self.is_closed {
            self.is_closed = true;
            field.tally.count_end();
        }
    }

    /// Whether the connection can do something without another event.
    fn is_busy(&self, plan: &Plan) -> bool {
        let writes = self.is_writable && !self.next(plan).is_empty();
        !self.is_dead && (writes || (self.is_readable && plan.reads))
    }

    /// The bytes to send now.
    fn next<'p>(&self, plan: &'p Plan) -> &'p [u8] {
        if self.first < plan.first.len() {
            &plan.first[self.first..]
        } else if self.rests {
            &[]
        } else {
            &plan.repeated[self.place..]
        }
    }

    fn turn(&mut self, field: &Field, plan: &Plan, buffer: &mut [u8]) -> io::Result<()> {
        for _ in 0..CALLS_PER_TURN {
            let bytes = self.next(plan);
            if bytes.is_empty() || !self.is_writable {
                break;
            }
            match would_block(|| self.stream.write(bytes))? {
                Some(sent) => self.wrote(field, plan, sent),
                None => self.is_writable = false,
            }
        }
        if plan.reads {
            self.read(field, buffer)?;
        }
        Ok(())
    }

    fn wrote(&mut self, field: &Field, plan: &Plan, sent: usize) {
        let is_whole = sent == self.next(plan).len();
        let messages = if self.first < plan.first.len() {
            self.first += sent;
            plan.first_messages
        } else {
            self.place = if is_whole { 0 } else { self.place + sent };
            self.rests = is_whole && plan.is_slow;
            plan.repeated_messages
        };
        field
            .tally
            .count_sent(if is_whole { messages } else { 0 }, sent);
    }

    fn read(&mut self, field: &Field, buffer: &mut [u8]) -> io::Result<()> {
        for _ in 0..CALLS_PER_TURN {
            if !self.is_readable {
                break;
            }
            match would_block(|| self.stream.read(buffer))? {
                Some(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Some(count) => field.tally.count_received(count),
                None => self.is_readable = false,
            }
        }
        Ok(())
    }
}

/// Turns the error of a call that would wait into `None`. A call that a signal interrupts is made again.
fn would_block(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match call() {
            Ok(count) => return Ok(Some(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
