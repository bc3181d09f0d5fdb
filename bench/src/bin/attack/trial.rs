//! One attack on one server. Measures the round-trip times of a normal client (the bystander), the memory of
//! the server, and the time that the server takes to end.

use crate::{
    Result,
    attacks::Attack,
    bystander::{Bystander, Waits},
    field::Field,
    process::{Exit, Process, resident},
};
use nix::unistd::Pid;
use std::{
    os::unix::process::ExitStatusExt as _,
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

/// How often the server's memory is read.
const SAMPLE: Duration = Duration::from_millis(20);

/// How long an attack may take to set up.
const SET_UP: Duration = Duration::from_secs(120);

/// The result of a trial.
pub(crate) struct Outcome {
    /// A description of what the attack did.
    pub(crate) done: String,
    /// The largest growth of the server's resident memory, in bytes.
    pub(crate) grown: u64,
    /// The round-trip times of the bystander.
    pub(crate) waits: Waits,
    /// The longest time to connect, if the attack measures it.
    pub(crate) connect: Option<Duration>,
    /// The time from SIGTERM to the end of the process. `None` if the process had ended before or had to be
    /// killed.
    pub(crate) stop: Option<Duration>,
    /// The number of bytes that the server logged.
    pub(crate) logged: u64,
    /// How the process ended, if it ended before SIGTERM.
    pub(crate) death: Option<String>,
    /// Why the attack failed.
    pub(crate) failure: Option<String>,
}

pub(crate) fn run(attack: &Attack, threads: usize, time: Duration) -> Result<Outcome> {
    let mut process = Process::start(threads)?;
    let bystander = Bystander::connect(process.address)?;
    let before = resident(process.pid).ok_or("the server has ended")?;
    let (sender, ready) = mpsc::channel();
    let field = Field::new(process.address, sender);
    let watch_is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let pid = process.pid;
        let memory = scope.spawn(move || peak(pid));
        let watch = scope.spawn(|| bystander.watch(&watch_is_over));
        let (result, failed) = mpsc::channel();
        let field = &field;
        scope.spawn(move || {
            let failure = (attack.run)(field).err();
            // Fails if the time has passed, because the result is no longer awaited.
            let _ = result.send(failure.map(|error| error.to_string()));
            // The trial must not wait for an attack that failed before it was set up.
            field.report_ready();
        });

        let failure = wait(&ready, &failed, time);
        let death = process.exit();
        let done = field.tally.to_string();
        let connect = field.tally.longest_connect();
        watch_is_over.store(true, Relaxed);
        let waits = watch.join();
        let stop = process.stop();
        let logged = process.logged();
        // The scope waits for the threads that observe or attack the process, and they end only when the
        // process has ended. So `process` is dropped before any error is returned: this kills a process that
        // still runs.
        drop(process);
        field.end();
        let waits = waits.map_err(|_| "the bystander panicked")??;
        Ok(Outcome {
            done,
            grown: memory.join().unwrap_or(0).saturating_sub(before),
            waits,
            connect,
            stop: stop?,
            logged: logged?,
            failure: failure.filter(|_| death.is_none()),
            death: death.map(|death| shown(&death)),
        })
    })
}

/// Waits until the attack is set up and its time has passed, or until it fails. Returns the reason for a
/// failure.
fn wait(ready: &Receiver<()>, failed: &Receiver<Option<String>>, time: Duration) -> Option<String> {
    if ready.recv_timeout(SET_UP) == Err(RecvTimeoutError::Timeout) {
        return Some("it was not set up in time".to_owned());
    }
    match failed.recv_timeout(time) {
        Ok(failure) => failure.or(Some("it ended early".to_owned())),
        Err(_) => None,
    }
}

/// The largest resident memory until the process ends.
fn peak(pid: Pid) -> u64 {
    let mut peak = 0;
    while let Some(bytes) = resident(pid) {
        peak = peak.max(bytes);
        thread::sleep(SAMPLE);
    }
    peak
}

fn shown((_, status): &Exit) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (_, Some(code)) => format!("exit code {code}"),
        _ => "unknown".to_owned(),
    }
}
