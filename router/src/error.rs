//! The error of an app that cannot be served.

use crate::app::Origin;
use std::{fmt, io};

/// The error returned when an app cannot be served.
///
/// Both `Display` and `Debug` print a text for people, so a `main` that returns this error prints a
/// readable sentence. The `is_…` methods are for programs.
pub struct Error(Box<ErrorKind>);

#[derive(Debug, thiserror::Error)]
enum ErrorKind {
    #[error("cannot listen on {addr}: {source}")]
    Bind { addr: String, source: io::Error },
    #[error("{}", list(.0))]
    Setup(Vec<Problem>),
    #[error("cannot use the listener: {0}")]
    Listener(#[source] io::Error),
    #[error("cannot handle SIGINT and SIGTERM: {0}")]
    Signals(#[source] io::Error),
}

/// A problem that prevents an app from being served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("{origin} has an invalid path \"{pattern}\": {error}")]
    Pattern {
        origin: Origin,
        pattern: String,
        error: String,
    },
    #[error(
        "two handlers for {what} {first_pattern}{}: {first} and {second}",
        other_pattern(.first_pattern, .second_pattern)
    )]
    Conflict {
        what: String,
        first: Origin,
        first_pattern: String,
        second: Origin,
        second_pattern: String,
    },
    #[error("invalid socket option of `{module}`: {fault}")]
    Option { module: &'static str, fault: String },
    #[error("invalid router option: {fault}")]
    Setting { fault: String },
}

fn other_pattern(first: &str, second: &str) -> String {
    if first == second {
        String::new()
    } else {
        format!(" and {second}")
    }
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

impl Error {
    pub(crate) fn bind(addr: String, source: io::Error) -> Self {
        Self(Box::new(ErrorKind::Bind { addr, source }))
    }

    pub(crate) fn setup(problems: Vec<Problem>) -> Self {
        Self(Box::new(ErrorKind::Setup(problems)))
    }

    pub(crate) fn listener(source: io::Error) -> Self {
        Self(Box::new(ErrorKind::Listener(source)))
    }

    pub(crate) fn signals(source: io::Error) -> Self {
        Self(Box::new(ErrorKind::Signals(source)))
    }

    /// Whether listening on the address failed: it is in use, not permitted, or does not exist.
    ///
    /// # Examples
    ///
    /// If the port is in use, let the system choose one:
    ///
    /// ```no_run
    /// use router::{Error, Router, Server};
    ///
    /// # fn app() -> Router { Router::new() }
    /// #
    /// async fn start() -> Result<Server, Error> {
    ///     match app().bind("127.0.0.1:3000").await {
    ///         Err(error) if error.is_bind() => app().bind("127.0.0.1:0").await,
    ///         bound => bound,
    ///     }
    /// }
    /// ```
    pub fn is_bind(&self) -> bool {
        matches!(*self.0, ErrorKind::Bind { .. })
    }

    /// Whether two handlers answer the same requests. The text lists all such pairs.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Pages;
    ///
    /// #[routes]
    /// impl Pages {
    ///     #[route(get, "/")]
    ///     fn index(&self) -> &'static str { "pages" }
    /// }
    ///
    /// struct Blog;
    ///
    /// #[routes]
    /// impl Blog {
    ///     #[route(get, "/")]
    ///     fn index(&self) -> &'static str { "blog" }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let router = Router::new().mount(Pages).mount(Blog);
    /// let error = router.bind("127.0.0.1:0").await.unwrap_err();
    /// assert!(error.is_route_conflict());
    /// assert!(error.to_string().contains("Blog::index"));
    /// # }
    /// ```
    pub fn is_route_conflict(&self) -> bool {
        self.has(|problem| matches!(problem, Problem::Conflict { .. }))
    }

    /// Whether the path of a route is malformed.
    ///
    /// # Examples
    ///
    /// The attributes check paths at compile time. A table that is written by hand is checked when the app
    /// is bound:
    ///
    /// ```
    /// use router::{by_hand::{Answer, Module, Route}, Method, Router};
    ///
    /// struct Hello;
    ///
    /// impl Module for Hello {
    ///     const ROUTES: &'static [Route<Self>] = &[Route::new(
    ///         Method::GET,
    ///         "hello", // the slash is missing
    ///         "Hello::hello",
    ///         |_hello, _request| Ok(Answer::ready("hello")),
    ///     )];
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let error = Router::new().mount(Hello).bind("127.0.0.1:0").await.unwrap_err();
    /// assert!(error.is_pattern());
    /// # }
    /// ```
    pub fn is_pattern(&self) -> bool {
        self.has(|problem| matches!(problem, Problem::Pattern { .. }))
    }

    /// Whether an option of a socket or of the router is not valid. The text names the option.
    ///
    /// # Examples
    ///
    /// A value from a configuration file may be out of range:
    ///
    /// ```
    /// use router::Router;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let error = Router::new().max_uri(0).bind("127.0.0.1:0").await.unwrap_err();
    /// assert!(error.is_option());
    /// assert!(error.to_string().contains("max_uri"));
    /// # }
    /// ```
    pub fn is_option(&self) -> bool {
        self.has(|problem| matches!(problem, Problem::Option { .. } | Problem::Setting { .. }))
    }

    fn has(&self, test: impl Fn(&Problem) -> bool) -> bool {
        matches!(&*self.0, ErrorKind::Setup(problems) if problems.iter().any(test))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_returns_it_prints_a_sentence() {
        let error = Error::bind("127.0.0.1:80".to_owned(), io::ErrorKind::AddrInUse.into());
        assert_eq!(
            format!("{error:?}"),
            "cannot listen on 127.0.0.1:80: address in use"
        );
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
