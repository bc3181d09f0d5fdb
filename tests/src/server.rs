//! A server on a free port.

use std::net::SocketAddr;

use router::{Hub, Router};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::within;

/// A router that serves on a free port of this machine, until it is told to stop or is dropped.
pub struct Server {
    addr: SocketAddr,
    hub: Hub,
    stop: Option<oneshot::Sender<()>>,
    run: JoinHandle<Result<(), router::Error>>,
}

impl Server {
    /// Binds and serves in a task of the current runtime.
    pub async fn start(router: Router) -> Self {
        let hub = router.hub();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move {
            stopped.await.ok();
        };
        let server = router
            .shutdown_when(stopped)
            .bind("127.0.0.1:0")
            .await
            .unwrap_or_else(|error| panic!("the server does not start: {error:?}"));
        Self {
            addr: server.local_addr(),
            hub,
            stop: Some(stop),
            run: tokio::spawn(server.run()),
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The hub of its modules.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Tells it to stop, and does not wait.
    pub fn begin_shutdown(&mut self) {
        self.stop = None;
    }

    /// Tells it to stop and waits for what its `run` returns.
    pub async fn shutdown(mut self) -> Result<(), router::Error> {
        self.begin_shutdown();
        within("the server to stop", self.run)
            .await
            .expect("the server's task does not panic")
    }
}
