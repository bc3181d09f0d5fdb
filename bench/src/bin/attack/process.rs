//! The server in a separate process: starting it, observing it from outside, and ending it.

use crate::Result;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    env,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{self, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// How long a process may take to end after SIGTERM before it is killed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. It is killed when this value is dropped.
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) address: SocketAddr,
    /// The file that its standard error goes to.
    log: PathBuf,
    exits: Receiver<Exit>,
    exit: Option<Exit>,
}

/// The time at which a process ended, and its exit status.
pub(crate) type Exit = (Instant, ExitStatus);

impl Process {
    pub(crate) fn start(threads: usize) -> Result<Self> {
        let log = env::temp_dir().join(format!("attack-{}.log", process::id()));
        let mut child = Command::new(env::current_exe()?)
            .args([crate::SERVE, &threads.to_string()])
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let pid = Pid::from_raw(child.id().cast_signed());
        let output = child.stdout.take();
        let (sender, exits) = mpsc::channel();
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                // Fails if the exit is no longer awaited.
                let _ = sender.send((Instant::now(), status));
            }
        });
        // From here on, the process is killed if a step fails.
        let mut process = Self {
            pid,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            log,
            exits,
            exit: None,
        };
        let mut line = String::new();
        BufReader::new(output.ok_or("the server has no output")?).read_line(&mut line)?;
        process.address = line.trim().parse().map_err(|_| {
            let log = fs::read_to_string(&process.log).unwrap_or_default();
            format!("the server did not start: {log}")
        })?;
        Ok(process)
    }

    /// How the process ended, if it has ended.
    pub(crate) fn exit(&mut self) -> Option<Exit> {
        self.exit = self.exit.or_else(|| self.exits.try_recv().ok());
        self.exit
    }

    /// Sends SIGTERM. Returns the time until the process ended, or `None` if the process had ended before
    /// the signal or did not end in time.
    pub(crate) fn stop(&mut self) -> Result<Option<Duration>> {
        if self.exit().is_some() {
            return Ok(None);
        }
        let start = Instant::now();
        kill(self.pid, Signal::SIGTERM)?;
        self.exit = self.exits.recv_timeout(PATIENCE).ok();
        Ok(self.exit.map(|(at, _)| at.duration_since(start)))
    }

    /// The number of bytes that the server wrote to its log.
    pub(crate) fn logged(&self) -> Result<u64> {
        Ok(fs::metadata(&self.log)?.len())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.exit().is_none() {
            // Fails if the process ends at this moment.
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = self.exits.recv_timeout(PATIENCE);
        }
        let _ = fs::remove_file(&self.log);
    }
}

/// The resident memory of a process in bytes; `None` if it has ended.
pub(crate) fn resident(pid: Pid) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
