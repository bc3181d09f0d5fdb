//! In-memory connections. Their buffers have an exact size, and a paused clock does not advance while data is
//! in transit.

use router::Router;
use std::{
    future::pending,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// Connects to a server over in-memory streams.
#[derive(Debug)]
pub struct Connector(UnboundedSender<DuplexStream>);

impl Connector {
    /// Returns a connector, and the listener that accepts its connections.
    pub fn new() -> (Self, MemoryListener) {
        let (connect, connections) = unbounded_channel();
        (Self(connect), MemoryListener(connections))
    }

    /// Serves `router` in a task of the current runtime.
    pub fn serve(router: Router) -> Self {
        let (connector, listener) = Self::new();
        tokio::spawn(router.shutdown_when(pending()).serve_listener(listener));
        connector
    }

    /// Opens a connection that buffers at most `buffer` bytes in each direction.
    pub fn connect(&self, buffer: usize) -> DuplexStream {
        let (client, server) = duplex(buffer);
        self.0.send(server).expect("the listener exists");
        client
    }
}

/// Accepts the connections of a [`Connector`]. They need no file descriptors, so a test can open thousands.
#[derive(Debug)]
pub struct MemoryListener(UnboundedReceiver<DuplexStream>);

impl router::Listener for MemoryListener {
    type Io = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, SocketAddr)> {
        match self.0.recv().await {
            Some(stream) => Ok((stream, ADDRESS)),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(ADDRESS)
    }
}
