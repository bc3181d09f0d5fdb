//! Code shared by the example servers: the listening address and logging.
//!
//! `HOST` and `PORT` set the address. The default is `127.0.0.1:3000`. `PORT=0` selects a free port.

use std::{
    env::{self, VarError},
    fmt::{self, Display},
    io::{self, IsTerminal, Write},
    str::FromStr,
};

use router::Router;

/// Why a server did not start, or why it stopped, in one sentence for the user.
pub struct Failure(String);

impl fmt::Debug for Failure {
    // `main` prints its error with `Debug`, and the user needs the sentence, not the structure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<router::Error> for Failure {
    fn from(error: router::Error) -> Self {
        Self(format!("{error:?}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Binds, prints `listening on http://ADDRESS`, and serves until the process is told to stop.
///
/// With `ROUTES=1`, it also prints the mounted routes.
///
/// The line on standard output is for people and scripts: it is printed once the socket is bound, and
/// contains the actual port. Logs go to standard error. The server continues to run if either stream cannot
/// be written to.
///
/// # Errors
///
/// `HOST`, `PORT` or `ROUTES` is not valid, the address cannot be bound, or the modules of the router
/// conflict.
pub async fn serve(router: Router) -> Result<(), Failure> {
    let host = setting("HOST", "127.0.0.1".to_owned())?;
    let router = router.print_routes(setting("ROUTES", 0)? == 1);
    let server = router.bind(address(&host, setting("PORT", 3000)?)).await?;
    // Not `println!`, which panics if standard output cannot be written to.
    let _ = writeln!(io::stdout(), "listening on http://{}", server.local_addr());
    Ok(server.run().await?)
}

/// Returns the value of the environment variable `name`, or `default` if it is not set.
///
/// # Errors
///
/// The value of the variable is not a valid `T`.
pub fn setting<T: FromStr<Err: Display>>(name: &str, default: T) -> Result<T, Failure> {
    match env::var(name) {
        Ok(text) => parse(name, &text),
        Err(VarError::NotPresent) => Ok(default),
        Err(error) => Err(Failure(format!("{name} cannot be used: {error}"))),
    }
}

fn parse<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Failure> {
    text.parse()
        .map_err(|error| Failure(format!("{name}={text} cannot be used: {error}")))
}

fn address(host: &str, port: u16) -> String {
    // An IPv6 address contains colons, and needs brackets before the port.
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Writes the log of the server to standard error, in colour if that is a terminal. Lines that cannot be
/// written are lost.
pub fn log_to_stderr() {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // By default, a failed write is reported with `eprintln!`, which fails too and panics.
        .log_internal_errors(false)
        .init();
}

#[cfg(test)]
mod tests {
    use super::{address, parse, setting};

    #[test]
    fn an_ipv6_host_gets_brackets() {
        assert_eq!(address("127.0.0.1", 3000), "127.0.0.1:3000");
        assert_eq!(address("localhost", 0), "localhost:0");
        assert_eq!(address("::1", 80), "[::1]:80");
        assert_eq!(address("[::1]", 80), "[::1]:80");
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_its_value() {
        let failure = parse::<u16>("PORT", "eighty").unwrap_err();
        assert_eq!(
            format!("{failure:?}"),
            "PORT=eighty cannot be used: invalid digit found in string"
        );
        assert_eq!(parse::<u16>("PORT", "8080").unwrap(), 8080);
    }

    #[test]
    fn a_variable_that_is_not_set_has_its_default() {
        assert_eq!(setting("EXAMPLES_NOBODY_SETS_THIS", 3000).unwrap(), 3000);
    }
}
