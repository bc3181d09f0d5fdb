//! A normal client, and how long it waits for its echo while the server is attacked.

use crate::{
    Result,
    wire::{CLOSE, Door, FIN, TEXT, frame, read_frame},
};
use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};

const PERIOD: Duration = Duration::from_millis(5);

const MESSAGE: &[u8; 16] = b"a normal message";

pub(crate) struct Bystander(TcpStream);

/// Round trips, sorted.
pub(crate) struct Waits {
    times: Vec<Duration>,
    /// Why there are no more, if the connection failed.
    pub(crate) lost: Option<String>,
}

impl Bystander {
    /// Connects, and has one message answered.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let mut bystander = Self(Door::socket("/echo").open(address)?);
        bystander.ask()?;
        Ok(bystander)
    }

    /// Sends a message every 5 ms until it is over, whether those before were answered or not:
    /// otherwise one long wait would hide all those that other clients have meanwhile.
    pub(crate) fn watch(mut self, over: &AtomicBool) -> Result<Waits> {
        let writer = self.0.try_clone()?;
        let (sent, waiting) = mpsc::channel();
        let mut times = Vec::new();
        let lost = thread::scope(|scope| {
            scope.spawn(move || send(writer, over, &sent));
            for begun in waiting {
                let answer = self.answer();
                times.push(begun.elapsed());
                if let Err(error) = answer {
                    return Some(error.to_string());
                }
            }
            None
        });
        // A server that is stuck does not take it.
        let _ = self.0.write_all(&frame(FIN | CLOSE, b""));
        times.sort_unstable();
        Ok(Waits { times, lost })
    }

    fn ask(&mut self) -> Result<()> {
        self.0.write_all(&frame(FIN | TEXT, MESSAGE))?;
        self.answer()
    }

    fn answer(&mut self) -> Result<()> {
        match read_frame(&mut self.0)? {
            (_, payload) if payload == MESSAGE => Ok(()),
            other => Err(format!("the echo is {other:?}").into()),
        }
    }
}

/// Says when each message was sent. Ends when it is over, or nobody waits for answers any more.
fn send(mut stream: TcpStream, over: &AtomicBool, sent: &Sender<Instant>) {
    let message = frame(FIN | TEXT, MESSAGE);
    while !over.load(Relaxed) {
        // A thread that is woken late is no delay of the server.
        thread::sleep(PERIOD);
        if sent.send(Instant::now()).is_err() || stream.write_all(&message).is_err() {
            return;
        }
    }
}

impl Waits {
    pub(crate) fn p99(&self) -> Duration {
        let place = self.times.len().saturating_sub(1) * 99 / 100;
        self.times.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.times.last().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_hundred_is_above_p99() {
        let waits = Waits {
            times: (1..=100).map(Duration::from_millis).collect(),
            lost: None,
        };
        assert_eq!(waits.p99(), Duration::from_millis(99));
        assert_eq!(waits.longest(), Duration::from_millis(100));
    }
}
