//! Starting the server of a router.

use super::{Listener, Server, listener::listen};
use crate::{app::Router, error::Error};
use std::fmt::Debug;
use tokio::net::ToSocketAddrs;

impl Router {
    /// Listens on `addr`, and returns a server that can be run later.
    ///
    /// The address can be a string, a [`SocketAddr`](std::net::SocketAddr), a tuple of host and port,
    /// or anything else that tokio can bind.
    ///
    /// From now on, SIGINT and SIGTERM are handled, unless [`shutdown_when`](Self::shutdown_when) is
    /// set.
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, if it cannot listen on `addr`, or if signals cannot be
    /// handled.
    ///
    /// # Examples
    ///
    /// Let the system choose the port, and print it:
    ///
    /// ```no_run
    /// use router::Router;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), router::Error> {
    /// let server = Router::new().bind("127.0.0.1:0").await?;
    /// println!("http://{}", server.local_addr());
    /// server.run().await
    /// # }
    /// ```
    pub async fn bind(self, addr: impl ToSocketAddrs + Debug) -> Result<Server, Error> {
        // First of all, so that errors in the app are reported even if the port is in use.
        let (app, settings) = self.build()?;
        let text = shown(&addr);
        let listener = listen(addr, settings.backlog)
            .await
            .map_err(|error| Error::bind(text, error))?;
        Server::new(listener, app, settings)
    }

    /// Listens on `addr`, and serves until SIGINT, SIGTERM or [`shutdown_when`](Self::shutdown_when) stops the
    /// server. See [`bind`](Self::bind).
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, if it cannot listen on `addr`, or if signals cannot be
    /// handled.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn serve(port: u16) -> Result<(), router::Error> {
    /// router::Router::new().serve(("127.0.0.1", port)).await
    /// # }
    /// ```
    pub async fn serve(self, addr: impl ToSocketAddrs + Debug) -> Result<(), Error> {
        self.bind(addr).await?.run().await
    }

    /// Serves on a listener until SIGINT, SIGTERM or [`shutdown_when`](Self::shutdown_when) stops the server.
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, if the listener cannot be used, or if signals
    /// cannot be handled.
    ///
    /// # Examples
    ///
    /// Open a port below 1024 before the process gives up the right to do so:
    ///
    /// ```no_run
    /// use router::Router;
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = std::net::TcpListener::bind("0.0.0.0:80")?;
    /// listener.set_nonblocking(true)?;
    /// // Change the user of the process.
    /// Router::new().serve_listener(TcpListener::from_std(listener)?).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve_listener(self, listener: impl Listener) -> Result<(), Error> {
        self.bind_listener(listener)?.run().await
    }

    /// Returns a server that uses an existing listener and can be run later.
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, if the listener cannot be used, or if signals
    /// cannot be handled.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::Router;
    /// use std::future::pending;
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let address = listener.local_addr()?;
    /// // Fails if the app is not valid.
    /// let server = Router::new().shutdown_when(pending()).bind_listener(listener)?;
    /// assert_eq!(server.local_addr(), address);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bind_listener<L: Listener>(self, listener: L) -> Result<Server<L>, Error> {
        let (app, settings) = self.build()?;
        Server::new(listener, app, settings)
    }
}

/// Formats an address for people: `"127.0.0.1:80"` and `("127.0.0.1", 80)` both become
/// `127.0.0.1:80`.
fn shown(addr: &impl Debug) -> String {
    let text = format!("{addr:?}").replace('"', "");
    let tuple = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    match tuple.and_then(|tuple| tuple.split_once(", ")) {
        Some((host, port)) if host.contains(':') => format!("[{host}]:{port}"),
        Some((host, port)) => format!("{host}:{port}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::shown;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn addresses_are_shown_as_they_are_written() {
        assert_eq!(shown(&"localhost:80"), "localhost:80");
        assert_eq!(shown(&("localhost", 80)), "localhost:80");
        assert_eq!(shown(&(Ipv4Addr::LOCALHOST, 80)), "127.0.0.1:80");
        assert_eq!(shown(&(Ipv6Addr::LOCALHOST, 80)), "[::1]:80");
    }
}
