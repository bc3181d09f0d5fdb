//! The limit on held memory.

use super::{EXCEEDED, HELD};
use parking_lot::Mutex;
use std::sync::LazyLock;
use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// The limits of the servers that are running.
static LIMITS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A server's limit, in force while the server runs. The lowest of all limits applies.
#[derive(Debug)]
pub(crate) struct LimitGuard(usize);

impl LimitGuard {
    pub(crate) fn new(bytes: usize) -> Self {
        let mut limits = LIMITS.lock();
        limits.push(bytes);
        apply(&limits);
        Self(bytes)
    }
}

impl Drop for LimitGuard {
    fn drop(&mut self) {
        let mut limits = LIMITS.lock();
        if let Some(place) = limits.iter().position(|limit| *limit == self.0) {
            limits.swap_remove(place);
        }
        apply(&limits);
    }
}

fn apply(limits: &[usize]) {
    HELD.set_limit(limits.iter().copied().min().unwrap_or(usize::MAX));
    // The new limit may be exceeded already.
    EXCEEDED.notify_waiters();
}

/// The default of [`Router::memory_limit`](crate::Router::memory_limit).
pub(crate) fn default_limit() -> usize {
    static DEFAULT: LazyLock<usize> = LazyLock::new(quarter);
    *DEFAULT
}

/// A quarter of the system's memory, or of the memory that the process's control group may use if that is
/// less. `usize::MAX` if the amount is unknown.
fn quarter() -> usize {
    let Ok(mut system) = System::new() else {
        return usize::MAX;
    };
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let own = Pid::from_u32(std::process::id());
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[own]),
        false,
        ProcessRefreshKind::nothing(),
    );
    let group = system
        .process(own)
        .and_then(|process| process.cgroup_limits());
    let memory = group.map_or(system.total_memory(), |group| {
        group.total_memory.min(system.total_memory())
    });
    match usize::try_from(memory / 4) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(quarter) => quarter,
    }
}
