//! Counts replies, once the server is warm.

use crate::{
    Result,
    server::{self, Server},
    statistics::{Figures, percentiles},
};
use std::time::{Duration, Instant};

/// The time before the measurement begins.
const WARM_UP: Duration = Duration::from_millis(700);

pub(crate) struct Meter<'s> {
    server: &'s Server,
    time: Duration,
    start: Instant,
    /// When the measurement began, and the CPU time used until then by the server and by this program.
    measured: Option<(Instant, [Duration; 2])>,
    replies: u64,
    bytes: u64,
    latencies: Vec<Duration>,
}

impl<'s> Meter<'s> {
    pub(crate) fn new(server: &'s Server, time: Duration) -> Self {
        Self {
            server,
            time,
            start: Instant::now(),
            measured: None,
            replies: 0,
            bytes: 0,
            latencies: Vec::new(),
        }
    }

    pub(crate) fn reply(&mut self, bytes: usize) {
        self.replies += 1;
        self.bytes += bytes as u64;
    }

    pub(crate) fn latency(&mut self, latency: Duration) {
        self.latencies.push(latency);
    }

    /// Returns the figures once the time is over.
    pub(crate) fn figures(&mut self) -> Result<Option<Figures>> {
        let Some((since, before)) = self.measured else {
            if self.start.elapsed() >= WARM_UP {
                self.measured = Some((Instant::now(), self.used()?));
                (self.replies, self.bytes) = (0, 0);
                self.latencies.clear();
            }
            return Ok(None);
        };
        let elapsed = since.elapsed();
        if elapsed < self.time {
            return Ok(None);
        }
        let now = self.used()?;
        let replies = self.replies as f64;
        let [server, generator] =
            [0, 1].map(|side| (now[side] - before[side]).as_secs_f64() * 1e6 / replies);
        Ok(Some(Figures {
            per_second: Some(replies / elapsed.as_secs_f64()),
            latency: percentiles(&mut self.latencies),
            cpu: Some(server),
            generator: Some(generator),
            wire: Some(self.bytes as f64 / replies),
            ..Figures::default()
        }))
    }

    fn used(&self) -> Result<[Duration; 2]> {
        Ok([self.server.cpu()?, server::own_cpu()?])
    }
}
