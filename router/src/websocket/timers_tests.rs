use super::*;

const OPTIONS: Options = Options::DEFAULT.idle_timeout_ms(0).send_pings(true);

/// The timeouts in ticks of at least 10 ms, with a lifetime that no test reaches.
fn ticks(options: Options) -> Ticks {
    let ticks = Ticks::new(&options.max_lifetime_ms(40_000));
    assert!(ticks.period >= Duration::from_millis(10));
    ticks
}

/// Asks the clock at every tick which action is due. (In the server, a session asks only when the periodic
/// sweep wakes it.) Returns the due actions and their ticks.
fn run(clock: &mut Clock, ticks: &Ticks, until: u32) -> Vec<(u32, &'static str)> {
    let mut events = Vec::new();
    for now in 1..=until {
        let verdict = clock.judge(ticks, now, false, None, false);
        if verdict.ping {
            events.push((now, "ping"));
        }
        if let Some((_, end)) = verdict.end {
            events.push((now, end));
            break;
        }
        assert!(
            verdict.next.is_some_and(|next| next > 0),
            "the clock names a later tick at which it must be asked again"
        );
    }
    events
}

#[test]
fn a_silent_client_is_pinged_before_it_is_idle() {
    let ticks = ticks(Options::DEFAULT.idle_timeout_ms(400));
    // 200 ms are 4 ticks of 50 ms, and one more that has already begun.
    assert_eq!(
        run(&mut Clock::new(0), &ticks, 100),
        [(5, "ping"), (9, "idle timeout")]
    );
}

#[test]
fn pings_come_at_their_interval_and_prove_nothing_of_the_server() {
    let ticks = ticks(OPTIONS.ping_interval_ms(40));
    let mut clock = Clock::new(0);
    assert_eq!(
        run(&mut clock, &ticks, 15),
        [(5, "ping"), (10, "ping"), (15, "ping")]
    );
}

#[test]
fn a_ping_that_is_not_answered_ends_the_connection() {
    let ticks = ticks(OPTIONS.ping_interval_ms(40).pong_timeout_ms(100));
    assert_eq!(
        run(&mut Clock::new(0), &ticks, 100),
        [(5, "ping"), (16, "pong timeout")]
    );
}

#[test]
fn the_pong_clock_starts_when_the_ping_has_left() {
    let ticks = ticks(OPTIONS.ping_interval_ms(40).pong_timeout_ms(100));
    let mut clock = Clock::new(0);
    assert!(clock.judge(&ticks, 5, true, None, false).ping);
    for now in 6..50 {
        assert_eq!(clock.judge(&ticks, now, true, None, false).end, None);
    }
    clock.progressed(50);
    assert_eq!(clock.judge(&ticks, 60, false, None, false).end, None);
    assert_eq!(
        clock.judge(&ticks, 61, false, None, false).end,
        Some((CloseCode::Away, "pong timeout"))
    );
    clock.heard(61);
    assert_eq!(clock.judge(&ticks, 62, false, None, false).end, None);
}

#[test]
fn time_while_a_handler_works_counts_for_no_timeout() {
    let ticks = ticks(Options::DEFAULT.idle_timeout_ms(40).pong_timeout_ms(40));
    let mut clock = Clock::new(0);
    for now in 1..100 {
        assert_eq!(clock.judge(&ticks, now, false, None, true).end, None);
    }
}

#[test]
fn a_lifetime_ends_whatever_happens() {
    let ticks = Ticks::new(&OPTIONS.max_lifetime_ms(400));
    let mut clock = Clock::new(u32::MAX - 1);
    for now in 0..3 {
        clock.heard(now);
        assert_eq!(clock.judge(&ticks, now, false, None, true).end, None);
    }
    let verdict = clock.judge(&ticks, 3, false, None, true);
    assert_eq!(verdict.end, Some((CloseCode::Away, "lifetime reached")));
}

#[test]
fn a_message_has_its_time() {
    let ticks = ticks(OPTIONS.send_pings(false).message_timeout_ms(400));
    let mut clock = Clock::new(0);
    // The message began at tick 3: 400 ms are 4 ticks, and one more that has already begun.
    let message = Some(3);
    for now in 3..8 {
        assert_eq!(clock.judge(&ticks, now, false, message, false).end, None);
    }
    let end = Some((CloseCode::Policy, "message timeout"));
    assert_eq!(clock.judge(&ticks, 8, false, message, false).end, end);
    assert_eq!(clock.judge(&ticks, 8, false, message, true).end, None);
    assert_eq!(clock.judge(&ticks, 8, false, None, false).end, None);
}
