//! The time limits of HTTP connections.

use super::{LONGEST, Router};
use crate::error::Problem;
use std::time::Duration;

impl Router {
    /// Closes a connection if the client sends no byte of a request within this time after connecting.
    /// Default: 10 seconds. `None` is no limit; zero is an error when the app is served.
    ///
    /// # Examples
    ///
    /// If few connections are allowed, clients that send nothing are disconnected sooner:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new()
    ///     .max_connections(1000)
    ///     .connect_timeout(Duration::from_secs(3));
    /// ```
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.connect = self.limit("connect_timeout", timeout.into());
        self
    }

    /// Closes a connection if more than this time passes between the first and the last byte of a
    /// request's head. Default: 10 seconds. `None` is no limit; zero is an error when the app is
    /// served.
    ///
    /// [`max_head`](Self::max_head) limits the size of the head.
    ///
    /// # Examples
    ///
    /// For devices on slow mobile networks:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().head_timeout(Duration::from_secs(30));
    /// ```
    pub fn head_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.head = self.limit("head_timeout", timeout.into());
        self
    }

    /// Closes a connection that has had no request for this time (RFC 9112 §9.3). Default: 75 seconds.
    /// `None` is no limit; zero is an error when the app is served.
    ///
    /// If there is a proxy in front of the server, such as a load balancer, this should be longer than
    /// the time for which the proxy keeps an idle connection (usually 60 seconds). Otherwise the server
    /// may close a connection just when the proxy sends a request on it, and the client gets a 502.
    ///
    /// # Examples
    ///
    /// Behind a load balancer that keeps idle connections for 120 seconds:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().keep_alive_timeout(Duration::from_secs(130));
    /// ```
    pub fn keep_alive_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.keep_alive = self.limit("keep_alive_timeout", timeout.into());
        self
    }

    /// Limits the wait for the next part of a request's body. When the time has passed, extractors
    /// refuse the request with 408, and reading a [`Body`](crate::Body) fails. Default: 30 seconds.
    /// `None` is no limit; zero is an error when the app is served.
    ///
    /// # Examples
    ///
    /// Timeouts for a server that receives uploads:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new()
    ///     .head_timeout(Duration::from_secs(5))
    ///     .body_timeout(Duration::from_secs(60))
    ///     .write_timeout(None);
    /// ```
    pub fn body_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.body = self.limit("body_timeout", timeout.into());
        self
    }

    /// Closes a connection if the client accepts no byte of a response for this time. Default: 60
    /// seconds. `None` is no limit; zero is an error when the app is served. This timeout does not
    /// apply to WebSocket connections.
    ///
    /// # Examples
    ///
    /// For clients that may pause a download for ten minutes:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().write_timeout(Duration::from_secs(600));
    /// ```
    pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.write = self.limit("write_timeout", timeout.into());
        self
    }

    fn limit(&mut self, option: &'static str, timeout: Option<Duration>) -> Option<Duration> {
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            let fault = format!("`{option}` must be more than zero; use `None` for no limit");
            self.problems.push(Problem::Setting { fault });
        }
        self.settings.of_the_server.push(option);
        timeout.map(|timeout| timeout.min(LONGEST))
    }
}
