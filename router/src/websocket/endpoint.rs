//! The sockets of one mounted module: their registry, the periodic sweep that wakes those with a check due,
//! and their shutdown.

use super::{Options, timers::Ticks};
use crate::{
    connection_count::ConnectionCount,
    hub::{Hub, Member},
    live::LiveCount,
    registry::Registry,
};
use std::{
    any::Any,
    ops::Deref,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::yield_now, time};
use tungstenite::protocol::frame::coding::CloseCode;

/// The phase of the server's shutdown, as sessions see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    Running,
    /// Every socket is closed with 1001.
    Stopping,
    /// Handlers that have not completed are dropped; `close` handlers still run.
    Cancelling,
    /// Sessions end immediately: `close` handlers are dropped and connections are reset.
    Aborting,
}

pub(crate) struct Endpoint {
    /// The module's type, for the log.
    pub(crate) name: &'static str,
    /// The module itself, for handlers that take `self: Arc<Self>`. Sessions hold it with its concrete
    /// type.
    module: Arc<dyn Any + Send + Sync>,
    pub(crate) options: Options,
    pub(crate) hub: Hub,
    pub(crate) ticks: Ticks,
    /// The number of sweeps so far.
    tick: AtomicU64,
    /// The number of sockets, counted from their handshake on.
    live: LiveCount,
    phase: AtomicU8,
    /// Whether a task that runs the sweeps exists.
    is_sweeping: AtomicBool,
    registry: Arc<Registry<Member>>,
    /// The count of all connections of the server, set when the server starts. A socket keeps the slot
    /// that its connection took there.
    connections: OnceLock<Arc<ConnectionCount>>,
}

impl Endpoint {
    pub(crate) fn new(
        name: &'static str,
        module: Arc<dyn Any + Send + Sync>,
        options: Options,
        hub: Hub,
    ) -> Self {
        if options.per_message_deflate.enabled {
            hub.allow_deflation(options.deflation());
        }
        Self {
            name,
            module,
            options,
            registry: hub.new_registry(),
            hub,
            ticks: Ticks::new(&options),
            tick: AtomicU64::new(0),
            live: LiveCount::new(),
            phase: AtomicU8::new(Phase::Running as u8),
            is_sweeping: AtomicBool::new(false),
            connections: OnceLock::new(),
        }
    }

    pub(super) fn module(&self) -> &Arc<dyn Any + Send + Sync> {
        &self.module
    }

    pub(crate) fn tick(&self) -> u64 {
        self.tick.load(Ordering::Relaxed)
    }

    pub(crate) fn phase(&self) -> Phase {
        // SeqCst, like the store of the phase and the count of sockets: a handshake takes its place in the
        // count and then reads the phase, and a shutdown sets the phase and then reads the count. So at least
        // one of the two sees the other.
        match self.phase.load(Ordering::SeqCst) {
            0 => Phase::Running,
            1 => Phase::Stopping,
            2 => Phase::Cancelling,
            _ => Phase::Aborting,
        }
    }

    /// The count of the sockets, from their handshake on.
    pub(crate) fn live(&self) -> &LiveCount {
        &self.live
    }

    /// Adds a connection to the registry and returns its place. If the server is already stopping, the
    /// connection is closed with 1001. The phase is read under the registry's lock, so either `stop`
    /// finds the connection in the registry, or this method sees the new phase.
    pub(super) fn register(&self, member: &Arc<Member>) -> u32 {
        let is_stopping = || self.phase() >= Phase::Stopping;
        let (place, stopping) = self.registry.enter(member, is_stopping);
        if stopping {
            member.close(CloseCode::Away, GOING_AWAY);
        }
        place
    }

    /// Removes a connection from the registry and releases its slot among the server's connections.
    pub(super) fn deregister(&self, place: u32) {
        // The session calls this while it is being dropped. It still holds the member, so `leave` returns it.
        let member = self.registry.leave(place);
        if let Some((connections, member)) = self.connections.get().zip(member) {
            connections.leave(member.remote().ip());
        }
    }

    /// Sets the server's connection count, in which this endpoint releases the slots of its sockets.
    pub(crate) fn count_connections(&self, connections: &Arc<ConnectionCount>) {
        // Cannot fail: a server runs only once.
        let _ = self.connections.set(connections.clone());
    }

    /// Spawns the sweeps, unless they run already. They end when there are no more sockets, so no server has
    /// to own and stop their task.
    pub(super) fn start_sweeps(self: &Arc<Self>) {
        if !self.is_sweeping.swap(true, Ordering::AcqRel) {
            let sweeping = Sweeping {
                endpoint: Arc::downgrade(self),
                has_ended: false,
            };
            tokio::spawn(sweeping.run(self.ticks.period));
        }
    }

    /// Nudges (wakes) each session whose next check is due, and frees unused compressors. A nudge carries no
    /// decision: the session itself checks whether its client is silent.
    async fn sweep(&self) {
        let tick = self.tick.fetch_add(1, Ordering::Relaxed) + 1;
        let frees = tick.is_multiple_of(self.ticks.compressor.into());
        self.for_each(|member| {
            member.nudge_if_due(tick);
            if frees {
                member.drop_idle_compressor();
            }
        })
        .await;
    }

    /// Whether the sweeps may end. A socket that is created at this moment either is counted here, or finds
    /// that it has to start the sweeps again.
    fn may_stop_sweeping(&self) -> bool {
        if self.live.count() > 0 {
            return false;
        }
        // A swap instead of a store: if the swap of a new socket came first, the second count sees that
        // socket.
        self.is_sweeping.swap(false, Ordering::AcqRel);
        self.live.count() == 0 || self.is_sweeping.swap(true, Ordering::AcqRel)
    }

    /// Closes every socket with 1001, including sockets that are registered later.
    pub(crate) async fn stop(&self) {
        let stop = || self.phase.store(Phase::Stopping as u8, Ordering::SeqCst);
        self.registry.change(stop);
        self.for_each(|member| member.close(CloseCode::Away, GOING_AWAY))
            .await;
    }

    /// Enters a later phase, and nudges every session so that it checks the phase.
    pub(crate) async fn advance(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
        self.for_each(|member| member.nudge()).await;
    }

    /// All connections in the registry.
    pub(crate) async fn members(&self) -> Vec<Arc<Member>> {
        let mut members = Vec::new();
        for slice in self.registry.slices() {
            members.extend(slice);
            yield_now().await;
        }
        members
    }

    /// Calls `visit` for each connection, without holding the registry's lock.
    async fn for_each(&self, visit: impl Fn(&Member)) {
        for slice in self.registry.slices() {
            slice.iter().for_each(|member| visit(member));
            drop(slice);
            yield_now().await;
        }
    }
}

/// The task that sweeps.
struct Sweeping {
    endpoint: Weak<Endpoint>,
    has_ended: bool,
}

impl Sweeping {
    async fn run(mut self, period: Duration) {
        let mut interval = time::interval(period);
        interval.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let Some(endpoint) = self.endpoint.upgrade() else {
                return;
            };
            endpoint.sweep().await;
            if endpoint.may_stop_sweeping() {
                self.has_ended = true;
                return;
            }
        }
    }
}

/// If the runtime of the sweeps is shut down, a socket on another runtime can start the sweeps again.
impl Drop for Sweeping {
    fn drop(&mut self) {
        if !self.has_ended
            && let Some(endpoint) = self.endpoint.upgrade()
        {
            endpoint.is_sweeping.store(false, Ordering::Release);
        }
    }
}

const GOING_AWAY: &str = "server shutting down";

/// A socket's slot among those of its endpoint, held from the handshake until the socket ends.
pub(crate) struct ConnectionPermit(Arc<Endpoint>);

impl ConnectionPermit {
    /// `None` if `max_connections` slots are taken.
    pub(super) fn take(endpoint: Arc<Endpoint>) -> Option<Self> {
        let limit = endpoint.options.max_connections as usize;
        // Not `then_some`, which would create a permit even if none is free: dropping that permit would
        // release a slot that was never taken.
        endpoint.live.enter(limit).then(|| Self(endpoint))
    }

    pub(super) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.0
    }
}

impl Deref for ConnectionPermit {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.0
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.0.live.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Arc<Endpoint> {
        let options = Options::DEFAULT;
        Arc::new(Endpoint::new("test", Arc::new(()), options, Hub::new()))
    }

    #[tokio::test(start_paused = true)]
    async fn sweeps_end_after_the_last_socket_and_begin_again_with_the_next() {
        let endpoint = endpoint();
        for _ in 0..2 {
            let permit = ConnectionPermit::take(endpoint.clone()).unwrap();
            let before = endpoint.tick();
            endpoint.start_sweeps();
            time::sleep(10 * endpoint.ticks.period).await;
            assert!(endpoint.tick() >= before + 10);
            drop(permit);
            time::sleep(2 * endpoint.ticks.period).await;
            let after = endpoint.tick();
            time::sleep(10 * endpoint.ticks.period).await;
            assert_eq!(endpoint.tick(), after);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_one_task_sweeps() {
        let endpoint = endpoint();
        let _permit = ConnectionPermit::take(endpoint.clone()).unwrap();
        for _ in 0..5 {
            endpoint.start_sweeps();
        }
        time::sleep(10 * endpoint.ticks.period).await;
        assert!(endpoint.tick() <= 11, "{}", endpoint.tick());
    }

    #[tokio::test(start_paused = true)]
    async fn sweeps_do_not_keep_the_endpoint() {
        let endpoint = endpoint();
        let permit = ConnectionPermit::take(endpoint.clone()).unwrap();
        endpoint.start_sweeps();
        let gone = Arc::downgrade(&endpoint);
        let period = endpoint.ticks.period;
        drop((permit, endpoint));
        time::sleep(2 * period).await;
        assert!(gone.upgrade().is_none());
    }
}
