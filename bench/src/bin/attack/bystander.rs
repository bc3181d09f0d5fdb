//! A normal client, which measures how long it waits for its echo while the server is attacked.

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

/// The time between two messages.
const PERIOD: Duration = Duration::from_millis(5);

const MESSAGE: &[u8; 16] = b"a normal message";

pub(crate) struct Bystander(TcpStream);

/// Round-trip times, sorted.
pub(crate) struct Waits {
    times: Vec<Duration>,
    /// Why the measurement ended early, if the connection failed.
    pub(crate) lost: Option<String>,
}

impl Bystander {
    /// Connects, and waits for the echo of one message.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let mut bystander = Self(Door::socket("/echo").open(address)?);
        bystander.ask()?;
        Ok(bystander)
    }

    /// Sends a message every 5 ms until `over` is set, whether or not earlier messages were answered.
    /// If the bystander waited for each answer, a long delay of the server would be measured only once.
    pub(crate) fn watch(mut self, over: &AtomicBool) -> Result<Waits> {
        let writer = self.0.try_clone()?;
        let (sent, waiting) = mpsc::channel();
        let mut times = Vec::new();
        let lost = thread::scope(|scope| {
            scope.spawn(move || send(writer, over, &sent));
            while let Ok(begun) = waiting.recv() {
                let answer = self.answer();
                times.push(begun.elapsed());
                if let Err(error) = answer {
                    let time = begun.elapsed().as_secs();
                    // The other messages that were sent have no answer either.
                    times.extend(waiting.try_iter().map(|begun| begun.elapsed()));
                    return Some(format!("no answer after {time} s: {error}"));
                }
            }
            None
        });
        // Fails if the server is stuck.
        let _ = self.0.write_all(&frame(FIN | CLOSE, b""));
        Ok(Waits {
            lost,
            ..Waits::of(times)
        })
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

/// Sends the messages, and reports when each was sent. Ends when `over` is set, a write fails, or the answers
/// are no longer awaited.
fn send(mut stream: TcpStream, over: &AtomicBool, sent: &Sender<Instant>) {
    let message = frame(FIN | TEXT, MESSAGE);
    while !over.load(Relaxed) {
        // The time is taken after the sleep, because a thread that is woken late is not a delay of the
        // server.
        thread::sleep(PERIOD);
        if sent.send(Instant::now()).is_err() || stream.write_all(&message).is_err() {
            return;
        }
    }
}

impl Waits {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { times, lost: None }
    }

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
    fn one_time_of_a_hundred_is_above_p99() {
        let waits = Waits::of((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(waits.p99(), Duration::from_millis(99));
        assert_eq!(waits.longest(), Duration::from_millis(100));
    }
}
