//! A server on a free port.

use std::{env, net::SocketAddr};

use router::{Hub, Router};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{BoxedListener, within};

/// A router that serves on a free port of this machine until it is shut down or dropped.
pub struct Server {
    addr: SocketAddr,
    hub: Hub,
    stop: Option<oneshot::Sender<()>>,
    run: JoinHandle<Result<(), router::Error>>,
}

impl Server {
    /// Binds and serves in a task of the current runtime, over the transport that `TRANSPORT` names:
    /// `tcp`, which is the default, or `boxed`.
    pub async fn start(router: Router) -> Self {
        let hub = router.hub();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move {
            stopped.await.ok();
        };
        let router = router.shutdown_when(stopped);
        let failed = |error| panic!("the server does not start: {error:?}");
        let (addr, run) = match env::var("TRANSPORT").as_deref() {
            Err(_) | Ok("tcp") => {
                let server = router.bind("127.0.0.1:0").await.unwrap_or_else(failed);
                (server.local_addr(), tokio::spawn(server.run()))
            }
            Ok("boxed") => {
                let listener = TcpListener::bind("127.0.0.1:0").await;
                let listener = BoxedListener(listener.expect("the machine has a free port"));
                let server = router
                    .bind_listener(listener)
                    .unwrap_or_else(|error| panic!("the server does not start: {error:?}"));
                (server.local_addr(), tokio::spawn(server.run()))
            }
            Ok(other) => panic!("TRANSPORT={other}: it is `tcp` or `boxed`"),
        };
        Self {
            addr,
            hub,
            stop: Some(stop),
            run,
        }
    }

    /// The address on which the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The hub of the served modules.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Begins the shutdown without waiting for its end.
    pub fn begin_shutdown(&mut self) {
        self.stop = None;
    }

    /// Shuts the server down and waits for the result of its `run`.
    pub async fn shutdown(mut self) -> Result<(), router::Error> {
        self.begin_shutdown();
        within("the server to stop", self.run)
            .await
            .expect("the server's task does not panic")
    }
}
