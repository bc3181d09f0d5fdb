//! The source of a server's connections.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, lookup_host},
};

/// A source of connections: a [`TcpListener`], or any other type that accepts streams, such as TLS over
/// TCP.
///
/// Over a [`TcpStream`], a message for a socket is written directly by the thread that sends it. Sockets
/// over other streams behave the same, at the cost of a lock.
///
/// # Examples
///
/// A listener that wraps each stream, as one for TLS would:
///
/// ```
/// use std::{io, net::SocketAddr};
/// use tokio::{io::{BufStream, AsyncWriteExt}, net::{TcpListener, TcpStream}};
///
/// struct Buffered(TcpListener);
///
/// impl router::Listener for Buffered {
///     type Io = BufStream<TcpStream>;
///
///     async fn accept(&mut self) -> io::Result<(Self::Io, SocketAddr)> {
///         let (stream, remote) = self.0.accept().await?;
///         Ok((BufStream::new(stream), remote))
///     }
///
///     fn local_addr(&self) -> io::Result<SocketAddr> {
///         self.0.local_addr()
///     }
/// }
/// ```
pub trait Listener: Send + 'static {
    /// The type of the accepted streams.
    type Io: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Waits for the next connection, and returns it with the client's address.
    ///
    /// Do not perform a handshake of the stream itself (TLS) here, because one slow client would keep
    /// all others waiting. Return a stream that performs the handshake when it is first used.
    ///
    /// # Errors
    ///
    /// Returns an error if accepting fails. If the error does not concern a single connection (for
    /// example, if no file descriptors are available), the server waits a moment before it tries again.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Io, SocketAddr)>> + Send;

    /// Returns the address that this listener listens on.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is not known. In this case the server does not start.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

/// Listens on the first of the addresses on which listening succeeds.
pub(crate) async fn listen(addr: impl ToSocketAddrs, backlog: u32) -> io::Result<TcpListener> {
    let mut refused = None;
    for addr in lookup_host(addr).await? {
        match listen_on(addr, backlog) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = Some(error),
        }
    }
    let nothing = || {
        let text = "the address does not resolve to any IP address";
        io::Error::new(ErrorKind::InvalidInput, text)
    };
    Err(refused.unwrap_or_else(nothing))
}

fn listen_on(addr: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Without this option, a restarted server would wait for the connections of its predecessor. On
    // systems other than Unix, the option has a different meaning.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(backlog)
}

impl Listener for TcpListener {
    type Io = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, remote) = Self::accept(self).await?;
        // Fails only if the connection is already closed.
        let _ = stream.set_nodelay(true);
        Ok((stream, remote))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }
}
