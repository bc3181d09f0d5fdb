//! HTTP load by wrk, a widely known load generator. wrk does not check the bodies of the replies, as our own
//! `load::http` does.

use crate::{Result, server::Server, statistics::Figures};
use std::{process::Command, time::Duration};

/// Runs wrk, whose duration is in whole seconds.
pub(crate) fn run(server: &Server, path: &str, time: Duration) -> Result<Figures> {
    let seconds = time.as_secs().max(1);
    // The first run is the warm-up.
    wrk(server, path, 1)?;
    let before = server.cpu()?;
    let said = wrk(server, path, seconds)?;
    let used = server.cpu()? - before;
    let refused = said.contains("Non-2xx") || said.contains("Socket errors");
    let requests = requests(&said).filter(|_| !refused);
    let requests = requests.ok_or_else(|| format!("wrk reports errors:\n{said}"))?;
    Ok(Figures {
        per_second: Some(requests / seconds as f64),
        cpu: Some(used.as_secs_f64() * 1e6 / requests),
        ..Figures::default()
    })
}

fn wrk(server: &Server, path: &str, seconds: u64) -> Result<String> {
    let output = Command::new("wrk")
        .args(["-t1", "-c64", &format!("-d{seconds}s")])
        .arg(format!("http://{}{path}", server.address))
        .output()
        .map_err(|error| format!("cannot start wrk: {error}"))?;
    Ok(String::from_utf8(output.stdout)?)
}

fn requests(said: &str) -> Option<f64> {
    let (before, _) = said.split_once(" requests in ")?;
    before.lines().next_back()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::requests;

    #[test]
    fn the_output_of_wrk_is_parsed() {
        let said = "Running 1s test\n  Thread Stats\n  130311 requests in 1.00s, 15.29MB read\n";
        assert_eq!(requests(said), Some(130_311.0));
        assert_eq!(requests("unable to connect"), None);
    }
}
