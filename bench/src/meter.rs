//! Counting replies, once the server is warm.

use crate::{
    Result,
    server::Server,
    statistics::{Figures, percentiles},
};
use std::time::{Duration, Instant};

/// Before it is measured.
const WARM_UP: Duration = Duration::from_millis(700);

pub(crate) struct Meter<'s> {
    server: &'s Server,
    time: Duration,
    start: Instant,
    /// Since when it is measured, and the processor time until then.
    measured: Option<(Instant, Duration)>,
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

    /// The figures, when the time is over.
    pub(crate) fn figures(&mut self) -> Result<Option<Figures>> {
        let Some((since, before)) = self.measured else {
            if self.start.elapsed() >= WARM_UP {
                self.measured = Some((Instant::now(), self.server.cpu()?));
                (self.replies, self.bytes) = (0, 0);
                self.latencies.clear();
            }
            return Ok(None);
        };
        let elapsed = since.elapsed();
        if elapsed < self.time {
            return Ok(None);
        }
        let used = self.server.cpu()? - before;
        let replies = self.replies as f64;
        Ok(Some(Figures {
            per_second: Some(replies / elapsed.as_secs_f64()),
            latency: percentiles(&mut self.latencies),
            cpu: Some(used.as_secs_f64() * 1e6 / replies),
            wire: Some(self.bytes as f64 / replies),
            memory: None,
        }))
    }
}
