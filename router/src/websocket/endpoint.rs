//! The sockets of one mounted module: who they are, their clock, their shutdown.

use super::{Options, timers::Ticks};
use crate::{
    connection_count::ConnectionCount,
    hub::{Hub, Member},
    live::Live,
    registry::Registry,
};
use std::{
    any::Any,
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};
use tokio::{task::yield_now, time};
use tungstenite::protocol::frame::coding::CloseCode;

/// How far the server's shutdown has gone, as sessions see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    Running,
    /// Every socket gets 1001.
    Stopping,
    /// Handlers that still wait are dropped; `close` handlers run.
    Cancelling,
    /// Sessions end as they are.
    Aborting,
}

pub(crate) struct Endpoint {
    /// The module's type, for the log.
    pub(crate) name: &'static str,
    /// The module itself, for handlers that share it. The sessions have it under its own type.
    module: Arc<dyn Any + Send + Sync>,
    pub(crate) options: Options,
    pub(crate) hub: Hub,
    pub(crate) ticks: Ticks,
    /// Sweeps so far.
    tick: AtomicU64,
    /// The sockets, from their handshake on.
    live: Live,
    phase: AtomicU8,
    registry: Arc<Registry<Member>>,
    /// The count of all connections of the server, once there is one. A socket has taken over the place
    /// of its connection there.
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
            live: Live::new(),
            phase: AtomicU8::new(Phase::Running as u8),
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
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Running,
            1 => Phase::Stopping,
            2 => Phase::Cancelling,
            _ => Phase::Aborting,
        }
    }

    /// The sockets, from their handshake on.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// Lists a connection; returns its place. One that comes when the server is stopping is closed
    /// at once: either the shutdown sees it in the list, or it sees the shutdown.
    pub(super) fn register(&self, member: &Arc<Member>) -> u32 {
        let is_stopping = || self.phase() >= Phase::Stopping;
        let (place, stopping) = self.registry.enter(member, is_stopping);
        if stopping {
            member.close(CloseCode::Away, GOING_AWAY);
        }
        place
    }

    /// Removes a connection, and gives its place among the server's connections back.
    pub(super) fn deregister(&self, place: u32) {
        // The session calls this while it is dropped, and still holds the member.
        let member = self.registry.leave(place);
        if let Some((connections, member)) = self.connections.get().zip(member) {
            connections.leave(member.remote().ip());
        }
    }

    /// The server runs, and counts its connections here.
    pub(crate) fn count_connections(&self, connections: &Arc<ConnectionCount>) {
        // A server runs once.
        let _ = self.connections.set(connections.clone());
    }

    /// Nudges sessions whose time has come, for ever. A nudge is only that: the session looks for
    /// itself whether its client is silent.
    pub(crate) async fn sweep(&self) {
        let mut interval = time::interval(self.ticks.period);
        interval.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
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
    }

    /// Sends 1001 to every socket, and to those that come later.
    pub(crate) async fn stop(&self) {
        let stop = || self.phase.store(Phase::Stopping as u8, Ordering::Relaxed);
        self.registry.change(stop);
        self.for_each(|member| member.close(CloseCode::Away, GOING_AWAY))
            .await;
    }

    /// Goes on to a later phase, and makes every session see it.
    pub(crate) async fn advance(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
        self.for_each(|member| member.nudge()).await;
    }

    /// The connections that are listed.
    pub(crate) async fn members(&self) -> Vec<Arc<Member>> {
        let mut members = Vec::new();
        for slice in self.registry.slices() {
            members.extend(slice);
            yield_now().await;
        }
        members
    }

    /// Calls `visit` for each connection, without the lock.
    async fn for_each(&self, visit: impl Fn(&Member)) {
        for slice in self.registry.slices() {
            slice.iter().for_each(|member| visit(member));
            drop(slice);
            yield_now().await;
        }
    }
}

const GOING_AWAY: &str = "server shutting down";

/// One socket's place among those of its endpoint, from the handshake to the end.
pub(crate) struct Seat(Arc<Endpoint>);

impl Seat {
    /// `None` if `max_connections` are taken.
    pub(super) fn take(endpoint: Arc<Endpoint>) -> Option<Self> {
        let limit = endpoint.options.max_connections as usize;
        // Not `then_some`: a seat that is dropped where none is free would free one.
        endpoint.live.enter(limit).then(|| Self(endpoint))
    }

    pub(super) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.0
    }
}

impl Deref for Seat {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.live.leave();
    }
}
