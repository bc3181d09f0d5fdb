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
    #[error("{origin} has a bad path \"{pattern}\": {error}")]
    Pattern {
        origin: Origin,
        pattern: &'static str,
        error: String,
    },
    #[error(
        "two handlers for {what} {first_pattern}{}: {first} and {second}",
        other_pattern(.first_pattern, .second_pattern)
    )]
    Conflict {
        what: String,
        first: Origin,
        first_pattern: &'static str,
        second: Origin,
        second_pattern: &'static str,
    },
    #[error("bad option of the sockets of `{module}`: {fault}")]
    Option { module: &'static str, fault: String },
    #[error("bad option of the router: {fault}")]
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
    pub fn is_bind(&self) -> bool {
        matches!(*self.0, ErrorKind::Bind { .. })
    }

    /// Whether two handlers answer the same requests. The text lists all such pairs.
    pub fn is_route_conflict(&self) -> bool {
        self.has(|problem| matches!(problem, Problem::Conflict { .. }))
    }

    /// Whether the path of a route is malformed.
    pub fn is_pattern(&self) -> bool {
        self.has(|problem| matches!(problem, Problem::Pattern { .. }))
    }

    /// Whether an option of a socket or of the router is not valid. The text names the option.
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
