//! Where connections come from.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
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
