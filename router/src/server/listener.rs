//! Where connections come from.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, lookup_host},
};

/// Accepts connections: a [`TcpListener`], or anything that makes streams, such as TLS over one.
///
/// Sockets over a [`TcpStream`] write from whichever thread has something to say; those over
/// another stream behave the same, at the cost of a lock.
///
/// # Examples
///
/// Streams that are wrapped, as TLS would wrap them:
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
    /// What it accepts.
    type Io: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Waits for the next connection; returns it with the client's address.
    ///
    /// Handshakes of the stream's own (TLS) don't belong here: one slow client would keep all
    /// others waiting. Return a stream that makes it when it is first used.
    ///
    /// # Errors
    ///
    /// After an error that concerns no single connection (no file descriptors, say) the server
    /// waits a moment and asks again.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Io, SocketAddr)>> + Send;

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// When it doesn't know: the server does not start then.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

/// Listens on the first of the addresses that can be listened on.
pub(crate) async fn listen(addr: impl ToSocketAddrs, backlog: u32) -> io::Result<TcpListener> {
    let mut refused = None;
    for addr in lookup_host(addr).await? {
        match listen_on(addr, backlog) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = Some(error),
        }
    }
    let nothing = || io::Error::new(ErrorKind::InvalidInput, "there is no such address");
    Err(refused.unwrap_or_else(nothing))
}

fn listen_on(addr: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A server that is started again would wait for the connections of the one before. Elsewhere than
    // on Unix the option means something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(backlog)
}

impl Listener for TcpListener {
    type Io = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, remote) = Self::accept(self).await?;
        // Fails only on a connection that is gone already.
        let _ = stream.set_nodelay(true);
        Ok((stream, remote))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }
}
