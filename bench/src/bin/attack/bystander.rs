//! A normal client, and how long it waits for its echo while the server is attacked.

use crate::{
    Result,
    wire::{CLOSE, Door, FIN, TEXT, frame},
};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
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

    /// Sends a message every 5 ms until it is over.
    ///
    /// A message that could not be sent in time because the answer to the one before had not
    /// arrived counts from the moment at which it should have been sent: otherwise one long wait would
    /// hide all those that other clients have meanwhile.
    pub(crate) fn watch(mut self, over: &AtomicBool) -> Waits {
        let mut times = Vec::new();
        let mut lost = None;
        let mut due = Instant::now();
        while !over.load(Relaxed) {
            let begun = match due.checked_duration_since(Instant::now()) {
                Some(early) => {
                    thread::sleep(early);
                    // A thread that was woken late is no delay of the server.
                    Instant::now()
                }
                None => due,
            };
            if let Err(error) = self.ask() {
                times.push(begun.elapsed());
                lost = Some(error.to_string());
                break;
            }
            times.push(begun.elapsed());
            due = begun + PERIOD;
        }
        // A server that is stuck does not take it.
        let _ = self.0.write_all(&frame(FIN | CLOSE, b""));
        times.sort_unstable();
        Waits { times, lost }
    }

    fn ask(&mut self) -> Result<()> {
        self.0.write_all(&frame(FIN | TEXT, MESSAGE))?;
        let mut answer = [0; 2 + MESSAGE.len()];
        self.0.read_exact(&mut answer)?;
        if answer[2..] == *MESSAGE {
            Ok(())
        } else {
            Err(format!("the echo is {answer:?}").into())
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
