//! What the example servers share: where they listen, and where they log.
//!
//! `HOST` and `PORT` say where; without them it is `127.0.0.1:3000`. `PORT=0` takes a free port.

use std::{
    env::{self, VarError},
    fmt::{self, Display},
    io::{self, IsTerminal, Write},
    str::FromStr,
};

use router::Router;

/// Why a server did not start, or stopped: one sentence for whoever started it.
pub struct Failure(String);

impl fmt::Debug for Failure {
    // `main` prints its error by `Debug`, and a reader wants the sentence, not the structure.
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

/// With `ROUTES=1` prints what is mounted. Binds, prints `listening on http://ADDRESS`, and serves until the process is told to stop.
///
/// The line on standard output is for people and scripts alike: it comes once the socket is bound,
/// and holds the real port. Logs go to standard error. The server runs on if either stream cannot be written to.
///
/// # Errors
///
/// `PORT` is not a port, the address cannot be bound, or the modules of the router are in conflict.
pub async fn serve(router: Router) -> Result<(), Failure> {
    let host = setting("HOST", "127.0.0.1".to_owned())?;
    let router = router.print_routes(setting("ROUTES", 0)? == 1);
    let server = router.bind(address(&host, setting("PORT", 3000)?)).await?;
    // Not `println!`, which panics when nobody reads standard output.
    let _ = writeln!(io::stdout(), "listening on http://{}", server.local_addr());
    Ok(server.run().await?)
}

/// The environment variable `name`, or `default` where it is not set.
///
/// # Errors
///
/// The variable is set to something that is not a `T`.
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
    // An IPv6 address has colons of its own.
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Sends what the server logs to standard error, in colour where somebody is looking. Lines that cannot be written are lost.
pub fn log_to_stderr() {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // By default a failed write is reported by `eprintln!`, which panics because it fails too.
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
    fn a_setting_that_is_not_there_has_its_default() {
        assert_eq!(setting("EXAMPLES_NOBODY_SETS_THIS", 3000).unwrap(), 3000);
    }
}
