//! A server process: starting it, and measuring what it has used.

use crate::Result;
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

const SERVER_CORE: usize = 0;
const OWN_CORE: usize = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerKind {
    Router,
    /// [`Router`](Self::Router), on two threads.
    RouterTwo,
    Bun,
    /// µWebSockets, built by `bench/uws/build.sh`.
    Uws,
    /// A server that does little more than one `recv` and one `send` per batch of messages: `peer floor`.
    Floor,
    Axum,
    Tungstenite,
    Fastwebsockets,
}

impl ServerKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Bun,
        Self::Router,
        Self::RouterTwo,
        Self::Uws,
        Self::Floor,
        Self::Axum,
        Self::Tungstenite,
        Self::Fastwebsockets,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::RouterTwo => "router-2-threads",
            Self::Bun => "bun",
            Self::Uws => "uws",
            Self::Floor => "floor",
            Self::Axum => "axum",
            Self::Tungstenite => "tungstenite",
            Self::Fastwebsockets => "fastwebsockets",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the cases with permessage-deflate are measured for this server.
    pub(crate) fn deflates(self) -> bool {
        matches!(self, Self::Router | Self::Bun | Self::Uws)
    }

    /// Whether the cases that publish to `/topic` are measured for this server. Except for
    /// the floor, a server that is measured publishes with a function of its library, or in the way that the
    /// library's documentation proposes.
    pub(crate) fn has_topics(self) -> bool {
        self.has_rooms() || self == Self::Axum
    }

    /// Whether the cases with topics by name (`/rooms`) are measured for this server.
    pub(crate) fn has_rooms(self) -> bool {
        self.has_subscriptions() || self == Self::Floor
    }

    /// Whether joining, leaving and the memory of subscriptions are measured for this server. They are not
    /// measured for the floor, where a subscription is only an entry in a list.
    pub(crate) fn has_subscriptions(self) -> bool {
        matches!(self, Self::Router | Self::Bun | Self::Uws)
    }

    /// Whether the server can be started. The programs of Bun, `router` and µWebSockets may be missing; the
    /// others are built together with this one.
    pub(crate) fn is_available(self) -> bool {
        match self {
            Self::Bun => {
                let path = env::var_os("PATH").unwrap_or_default();
                env::split_paths(&path).any(|folder| folder.join("bun").is_file())
            }
            Self::Router | Self::RouterTwo => beside("plain").is_ok_and(|file| file.is_file()),
            Self::Uws => beside("uws").is_ok_and(|file| file.is_file()),
            _ => true,
        }
    }

    fn command(self) -> Result<Command> {
        Ok(match self {
            Self::Router => Command::new(beside("plain")?),
            Self::RouterTwo => {
                let mut command = Command::new(beside("plain")?);
                command.env("THREADS", "2");
                command
            }
            Self::Bun => {
                let mut command = Command::new("bun");
                command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bun/server.js"));
                command
            }
            Self::Uws => Command::new(beside("uws")?),
            peer => {
                let mut command = Command::new(beside("peer")?);
                command.arg(peer.name());
                command
            }
        })
    }
}

/// The path of a program that was built with this one.
fn beside(name: &str) -> Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(name))
}

pub(crate) fn pin_this_program() -> Result<()> {
    pin(Pid::from_raw(0), OWN_CORE)
}

fn pin(pid: Pid, core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    sched_setaffinity(pid, &cores)
        .map_err(|error| format!("cannot pin to core {core}: {error}").into())
}

pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(kind: ServerKind, deflate: bool, pinned: bool) -> Result<Self> {
        let mut command = kind.command()?;
        command
            .env("PORT", "0")
            .env("DEFLATE", if deflate { "1" } else { "0" })
            .stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", kind.name()))?;
        if pinned {
            // Pinned directly after the start, usually before the server creates threads, which inherit the setting.
            pin(Pid::from_raw(process.id().cast_signed()), SERVER_CORE)?;
        }
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().rsplit('/').next().unwrap_or_default();
        let address = address
            .parse()
            .map_err(|_| format!("{} does not say where it listens: {line:?}", kind.name()))?;
        Ok(Self { process, address })
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        fs::read_to_string(&path).map_err(|error| format!("{path}: {error}").into())
    }

    /// CPU time used so far, user and system, by all threads.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu_of(&self.read("stat")?).ok_or_else(|| "/proc/PID/stat is not as expected".into())
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<usize> {
        resident_of(&self.read("status")?).ok_or_else(|| "no VmRSS in /proc/PID/status".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// CPU time used so far by this program.
pub(crate) fn own_cpu() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    cpu_of(&stat).ok_or_else(|| "/proc/self/stat is not as expected".into())
}

/// Parses the CPU time from `stat`. Linux counts it in hundredths of a second on every machine
/// (proc_pid_stat(5)).
fn cpu_of(stat: &str) -> Option<Duration> {
    // The program's name is in parentheses, and may contain spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis(10 * (user + system)))
}

fn resident_of(status: &str) -> Option<usize> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_parsed() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 9 1 1 1";
        assert_eq!(cpu_of(stat), Some(Duration::from_secs(3)));
        assert_eq!(resident_of("Name:\tx\nVmRSS:\t  2048 kB\n"), Some(2 << 20));
        assert_eq!(resident_of("Name:\tx\n"), None);
    }
}
