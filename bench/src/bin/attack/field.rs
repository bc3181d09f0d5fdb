//! The state that an attack and its trial (see `trial.rs`) share.

use crate::{Result, wire::Door};
use std::{
    fmt::{self, Display},
    net::{SocketAddr, TcpStream},
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::Sender,
    },
    time::Duration,
};

/// The server's address, the signals between the attack and the trial, and the counters.
pub(crate) struct Field {
    pub(crate) address: SocketAddr,
    /// Notified when the attack is set up. The time of the attack counts from then on.
    ready: Sender<()>,
    over: AtomicBool,
    pub(crate) tally: Tally,
}

impl Field {
    pub(crate) fn new(address: SocketAddr, ready: Sender<()>) -> Self {
        Self {
            address,
            ready,
            over: AtomicBool::new(false),
            tally: Tally::default(),
        }
    }

    /// Reports to the trial that the attack is set up.
    pub(crate) fn report_ready(&self) {
        // Fails if the trial has failed.
        let _ = self.ready.send(());
    }

    /// Whether the attack must end, because the process of the server has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    pub(crate) fn end(&self) {
        self.over.store(true, Relaxed);
    }

    /// Opens a connection, and counts it as opened or refused.
    pub(crate) fn open(&self, door: Door) -> Result<TcpStream> {
        let stream = door.open(self.address);
        let counter = match stream {
            Ok(_) => &self.tally.opened,
            Err(_) => &self.tally.refused,
        };
        counter.fetch_add(1, Relaxed);
        stream
    }
}

/// Counters of an attack, which show that it did what it claims.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) opened: AtomicU64,
    /// Connections that were not accepted, or whose handshake was refused.
    pub(crate) refused: AtomicU64,
    /// Connections that the server has ended.
    pub(crate) ended: AtomicU64,
    /// Whole messages, frames or requests.
    pub(crate) messages: AtomicU64,
    /// Bytes.
    pub(crate) sent: AtomicU64,
    /// Bytes.
    pub(crate) received: AtomicU64,
    /// The longest time to connect in microseconds, if it is measured.
    pub(crate) connect: AtomicU64,
}

impl Tally {
    pub(crate) fn count_sent(&self, messages: u64, bytes: usize) {
        self.messages.fetch_add(messages, Relaxed);
        self.sent.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn count_end(&self) {
        self.ended.fetch_add(1, Relaxed);
    }

    /// The longest time to connect, if the attack has measured it.
    pub(crate) fn longest_connect(&self) -> Option<Duration> {
        match self.connect.load(Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} opened", self.opened.load(Relaxed))?;
        for (counter, what) in [
            (&self.refused, "refused"),
            (&self.ended, "ended by the server"),
        ] {
            match counter.load(Relaxed) {
                0 => {}
                count => write!(f, ", {count} {what}")?,
            }
        }
        match self.messages.load(Relaxed) {
            0 => {}
            count => write!(f, ", {count} messages")?,
        }
        for (counter, what) in [(&self.sent, "sent"), (&self.received, "received")] {
            let bytes = counter.load(Relaxed) as f64;
            match bytes {
                0.0 => {}
                0.0..1e5 => write!(f, ", {:.1} kB {what}", bytes / 1e3)?,
                _ => write!(f, ", {:.1} MB {what}", bytes / 1e6)?,
            }
        }
        match self.longest_connect() {
            Some(time) => write!(f, ", longest connect {:.0} ms", time.as_secs_f64() * 1e3),
            None => Ok(()),
        }
    }
}
