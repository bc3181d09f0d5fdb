//! The table of results: the figures of each attack, and whether its bounds hold. The bounds are limits
//! on what the server may use (memory, log, time to stop and, for some attacks, to connect) and on how long the bystander waits. The bystander is
//! a normal client that is served during the attack. A failure of the server, of the bystander or of the
//! attacking program breaks a bound too.

use crate::{attacks::Attack, trial::Outcome};
use std::time::Duration;

/// The highest p99 of the bystander that is allowed during an attack.
const MOST_P99: Duration = Duration::from_millis(100);

/// The largest growth of the log that is allowed during an attack: 10 lines of 300 bytes per second for 20
/// seconds.
const MOST_LOG_BYTES: u64 = 60_000;

const MIB: f64 = 1024.0 * 1024.0;

pub(crate) const HEAD: &str = "\
| attack | done | memory, MiB | p99, ms | longest, ms | stop, s | log, kB | survived | bound |
|---|---|---|---|---|---|---|---|---|";

/// Returns a description of each bound that does not hold.
pub(crate) fn broken(attack: &Attack, outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    let mut check = |holds: bool, text: String| {
        if !holds {
            broken.push(text);
        }
    };
    let (memory, p99) = (attack.memory, outcome.waits.p99());
    check(
        outcome.grown <= memory << 20,
        format!("memory above {memory} MiB"),
    );
    check(
        p99 <= MOST_P99,
        format!("p99 above {} ms", MOST_P99.as_millis()),
    );
    let stops = outcome.stop.is_some_and(|time| time <= attack.stop);
    check(stops, format!("stop above {} s", attack.stop.as_secs()));
    check(
        outcome.logged <= MOST_LOG_BYTES,
        format!("log above {} kB", MOST_LOG_BYTES / 1000),
    );
    check(
        outcome.connect.is_none_or(|time| time <= attack.connect),
        format!("connect above {} ms", attack.connect.as_millis()),
    );
    let lost = outcome.waits.lost.as_deref();
    check(
        lost.is_none(),
        format!("bystander: {}", lost.unwrap_or_default()),
    );
    check(outcome.death.is_none(), "the process ended".to_owned());
    let failure = outcome.failure.as_deref();
    check(
        failure.is_none(),
        format!("attack: {}", failure.unwrap_or_default()),
    );
    broken
}

pub(crate) fn row(attack: &Attack, outcome: &Outcome, broken: &[String]) -> String {
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let stop = outcome.stop.map_or("killed".to_owned(), |time| {
        format!("{:.2}", time.as_secs_f64())
    });
    let survived = match &outcome.death {
        None => "yes",
        Some(death) => death,
    };
    let bound = if broken.is_empty() {
        format!("pass: {} MiB, {} s", attack.memory, attack.stop.as_secs())
    } else {
        // An error message may have several lines.
        let text = broken.join("; ").replace(['\r', '\n', '|'], " ");
        format!("FAIL: {text}")
    };
    format!(
        "| {} | {} | {:.1} | {} | {} | {stop} | {:.1} | {survived} | {bound} |",
        attack.name,
        outcome.done,
        outcome.grown as f64 / MIB,
        ms(outcome.waits.p99()),
        ms(outcome.waits.longest()),
        outcome.logged as f64 / 1e3,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{attacks, bystander::Waits};

    fn calm() -> Outcome {
        Outcome {
            done: "1 opened".to_owned(),
            grown: 1 << 20,
            waits: Waits::of(vec![Duration::from_millis(1)]),
            connect: None,
            stop: Some(Duration::from_secs(1)),
            logged: 200,
            death: None,
            failure: None,
        }
    }

    #[test]
    fn a_server_within_its_bounds_passes() {
        let attack = &attacks::ALL[0];
        let broken = broken(attack, &calm());
        assert!(broken.is_empty(), "{broken:?}");
        assert!(row(attack, &calm(), &broken).contains("| yes | pass: "));
    }

    #[test]
    fn each_bound_can_be_broken() {
        let second = Duration::from_secs(1);
        let outcome = Outcome {
            grown: u64::MAX,
            waits: Waits::of(vec![second]),
            connect: Some(second),
            stop: None,
            logged: MOST_LOG_BYTES + 1,
            death: Some("signal 9".to_owned()),
            ..calm()
        };
        let attack = &attacks::ALL[0];
        let broken = broken(attack, &outcome);
        for what in ["memory", "p99", "connect", "stop", "log", "the process"] {
            let is_named = broken.iter().any(|text| text.starts_with(what));
            assert!(is_named, "{what}: {broken:?}");
        }
        let row = row(attack, &outcome, &broken);
        assert!(row.contains("| killed |") && row.contains("| signal 9 | FAIL: "));
    }
}
