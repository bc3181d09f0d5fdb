//! The settings of a server, apart from its app.

use super::StopSignal;
use crate::hub::Hub;
use std::{pin::Pin, time::Duration};

/// The settings of a server, apart from its app.
pub(crate) struct ServerSettings {
    pub(crate) backlog: u32,
    /// `None` means the default, which depends on the machine.
    pub(crate) memory_limit: Option<usize>,
    /// `None` means the default, which depends on the machine; 0 means no limit.
    pub(crate) max_connections: Option<usize>,
    /// 0 means no limit.
    pub(crate) max_connections_per_ip: usize,
    pub(crate) timeouts: Timeouts,
    pub(crate) background: Vec<Starter>,
    /// The future that starts the shutdown, in place of SIGINT and SIGTERM.
    pub(crate) trigger: Option<Trigger>,
    pub(crate) shutdown_deadline: Duration,
    /// The names of the options that were set and that have no effect if the app runs as a service in
    /// another server.
    pub(crate) of_the_server: Vec<&'static str>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            backlog: 1024,
            memory_limit: None,
            max_connections: None,
            max_connections_per_ip: 0,
            timeouts: Timeouts::default(),
            background: Vec::new(),
            trigger: None,
            shutdown_deadline: Duration::from_secs(10),
            of_the_server: Vec::new(),
        }
    }
}

pub(crate) type Trigger = Pin<Box<dyn Future<Output = ()> + Send>>;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Creates a background task when its server starts to run.
pub(crate) type Starter = Box<dyn FnOnce(Hub, StopSignal) -> Task + Send>;

/// The time limits of HTTP connections. `None` means no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Option<Duration>,
    pub(crate) head: Option<Duration>,
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) body: Option<Duration>,
    pub(crate) write: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        Self {
            connect: seconds(10),
            head: seconds(10),
            // Load balancers keep idle connections open for 60 seconds. If the server closes a connection
            // first, they may answer a request with 502.
            keep_alive: seconds(75),
            body: seconds(30),
            write: seconds(60),
        }
    }
}
