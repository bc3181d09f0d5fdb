//! Counts the connections of a server, in total and per client.
//!
//! A connection takes a place when it is accepted: it gets a [`ConnectionSlot`], which releases the place
//! when it is dropped. To save memory, a WebSocket session does not store the slot. When a connection
//! becomes a WebSocket, the slot is handed over, and the endpoint releases the place when the socket ends.

use crate::log::{self, RateLimited};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// The number of connections of one server, including WebSockets, and its limits.
pub(crate) struct ConnectionCount {
    /// `usize::MAX` is no limit.
    limit: usize,
    open: AtomicUsize,
    /// Notified when a connection ends while the limit is reached.
    ended: Notify,
    /// `None` without a limit per client: then no client is stored, and no lock is taken.
    clients: Option<Clients>,
    /// Limits the log line that reports that `max_connections` is reached.
    full_line: RateLimited,
}

/// The number of connections of each client, and its limit.
struct Clients {
    limit: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
    /// The number of connections that were refused, and the limiter of the log line about them.
    refused: AtomicU64,
    refused_line: RateLimited,
}

impl ConnectionCount {
    /// A limit of 0 is no limit.
    pub(crate) fn new(limit: usize, limit_per_ip: usize) -> Self {
        Self {
            limit: if limit == 0 { usize::MAX } else { limit },
            open: AtomicUsize::new(0),
            ended: Notify::new(),
            clients: (limit_per_ip > 0).then(|| Clients {
                limit: limit_per_ip,
                open: Mutex::default(),
                refused: AtomicU64::new(0),
                refused_line: RateLimited::new(),
            }),
            full_line: RateLimited::new(),
        }
    }

    /// Whether one more connection may be accepted.
    pub(crate) fn has_room(&self) -> bool {
        self.open.load(Ordering::Relaxed) < self.limit
    }

    /// Resolves when one more connection may be accepted. Only the accept loop calls this, and it is
    /// also the only caller of [`admit`](Self::admit).
    pub(crate) async fn room(&self) {
        while !self.has_room() {
            if self.full_line.allows() {
                log::info!(
                    limit = self.limit,
                    "`max_connections` is reached: no connection is accepted until one ends"
                );
            }
            // A notification that was sent before this call is not lost.
            self.ended.notified().await;
        }
    }

    /// Takes a place for a connection. Returns `None` if its client has reached the limit per client.
    /// Does not check the limit of all connections: see [`room`](Self::room).
    pub(crate) fn admit(self: &Arc<Self>, remote: SocketAddr) -> Option<ConnectionSlot> {
        let ip = remote.ip();
        if let Some(clients) = &self.clients
            && !clients.enter(ip)
        {
            clients.note_refused(remote);
            return None;
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        Some(ConnectionSlot {
            count: self.clone(),
            ip,
            is_handed_over: false,
        })
    }

    /// Releases the place of a connection.
    pub(crate) fn leave(&self, ip: IpAddr) {
        if let Some(clients) = &self.clients {
            clients.leave(ip);
        }
        if self.open.fetch_sub(1, Ordering::Relaxed) >= self.limit {
            self.ended.notify_one();
        }
    }
}

impl Clients {
    fn enter(&self, ip: IpAddr) -> bool {
        let mut clients = self.open.lock();
        let open = clients.entry(client(ip)).or_default();
        let is_admitted = *open < self.limit;
        *open += usize::from(is_admitted);
        is_admitted
    }

    fn leave(&self, ip: IpAddr) {
        let mut clients = self.open.lock();
        let client = client(ip);
        match clients.get_mut(&client) {
            Some(open) if *open > 1 => *open -= 1,
            _ => {
                clients.remove(&client);
            }
        }
        if clients.is_empty() {
            clients.shrink_to_fit();
        }
    }

    fn note_refused(&self, remote: SocketAddr) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        if self.refused_line.allows() {
            log::info!(
                %remote,
                refused,
                "a connection is closed: `max_connections_per_ip` is reached"
            );
        }
    }
}

/// The address that identifies a client: an IPv4 address, or an IPv6 network of 64 bits, because a
/// single subscriber has all the addresses in such a network.
fn client(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
        ip => ip,
    }
}

/// The place of a connection. Dropping the slot releases the place, unless the slot was handed over.
pub(crate) struct ConnectionSlot {
    count: Arc<ConnectionCount>,
    ip: IpAddr,
    is_handed_over: bool,
}

impl ConnectionSlot {
    /// Hands the slot over when the connection has become a socket. The endpoint of the socket calls
    /// [`ConnectionCount::leave`] when the socket ends.
    pub(crate) fn hand_over(mut self) {
        self.is_handed_over = true;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        if !self.is_handed_over {
            self.count.leave(self.ip);
        }
    }
}

/// The default of [`Router::max_connections`](crate::Router::max_connections).
pub(crate) fn default_limit() -> usize {
    below_descriptors(open_files())
}

/// The soft limit of open files. `None` if there is no limit, or if it cannot be read.
#[cfg(unix)]
fn open_files() -> Option<u64> {
    let (soft, _) = rlimit::getrlimit(rlimit::Resource::NOFILE).ok()?;
    (soft != rlimit::INFINITY).then_some(soft)
}

#[cfg(not(unix))]
fn open_files() -> Option<u64> {
    None
}

/// Returns the number of connections that leaves 64 of the `open_files` to the program, or half of the
/// `open_files` if there are fewer than 128. 0 is no limit.
fn below_descriptors(open_files: Option<u64>) -> usize {
    const RESERVED: u64 = 64;
    match open_files {
        Some(files) => {
            let limit = (files - RESERVED.min(files / 2)).max(1);
            usize::try_from(limit).unwrap_or(0)
        }
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_default_leaves_descriptors_to_the_program() {
        for (files, limit) in [
            (None, 0),
            (Some(1_024), 960),
            (Some(129), 65),
            (Some(128), 64),
            (Some(64), 32),
            (Some(1), 1),
            (Some(0), 1),
        ] {
            assert_eq!(below_descriptors(files), limit, "{files:?}");
        }
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network_of_64_bits() {
        let same = |first: &str, second: &str| {
            let [first, second] = [first, second].map(|ip| client(ip.parse().unwrap()));
            first == second
        };
        assert!(same("10.0.0.1", "::ffff:10.0.0.1"));
        assert!(!same("10.0.0.1", "10.0.0.2"));
        assert!(!same("::ffff:10.0.0.1", "::ffff:10.0.0.2"));
        assert!(same("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert!(!same("2001:db8:0:1::1", "2001:db8:0:2::1"));
        // Not a mapped address, although its low bits look like one.
        assert!(!same("10.0.0.1", "::10.0.0.1"));
    }

    #[derive(Debug, Clone)]
    enum Step {
        /// A client connects.
        Connect(u8),
        /// One of the connections becomes a socket.
        Upgrade(prop::sample::Index),
        /// One of the connections or sockets ends.
        End(prop::sample::Index),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..4_u8).prop_map(Step::Connect),
            1 => any::<prop::sample::Index>().prop_map(Step::Upgrade),
            2 => any::<prop::sample::Index>().prop_map(Step::End),
        ]
    }

    /// The holder of a place: a connection with its slot, or a socket, whose slot was handed over.
    struct Held {
        ip: IpAddr,
        slot: Option<ConnectionSlot>,
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_connections_and_sockets_that_are_open(
            limit in 0..6_usize,
            limit_per_ip in 0..4_usize,
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let count = Arc::new(ConnectionCount::new(limit, limit_per_ip));
            let mut open: Vec<Held> = Vec::new();
            for step in steps {
                match step {
                    Step::Connect(client) => {
                        prop_assert_eq!(count.has_room(), limit == 0 || open.len() < limit);
                        if !count.has_room() {
                            continue;
                        }
                        let ip = IpAddr::from(Ipv4Addr::new(10, 0, 0, client));
                        let same = open.iter().filter(|held| held.ip == ip).count();
                        let slot = count.admit((ip, 1).into());
                        prop_assert_eq!(slot.is_some(), limit_per_ip == 0 || same < limit_per_ip);
                        open.extend(slot.map(|slot| Held { ip, slot: Some(slot) }));
                    }
                    Step::Upgrade(_) | Step::End(_) if open.is_empty() => {}
                    Step::Upgrade(index) => {
                        let place = index.index(open.len());
                        if let Some(slot) = open[place].slot.take() {
                            slot.hand_over();
                        }
                    }
                    Step::End(index) => {
                        let held = open.swap_remove(index.index(open.len()));
                        if held.slot.is_none() {
                            count.leave(held.ip);
                        }
                    }
                }
                prop_assert_eq!(count.open.load(Ordering::Relaxed), open.len());
            }
            for held in open {
                match held.slot {
                    Some(slot) => drop(slot),
                    None => count.leave(held.ip),
                }
            }
            prop_assert_eq!(count.open.load(Ordering::Relaxed), 0);
            prop_assert!(count.clients.as_ref().is_none_or(|clients| clients.open.lock().is_empty()));
        }
    }

    #[tokio::test]
    async fn a_place_that_is_given_back_before_anybody_waits_is_noticed() {
        let count = Arc::new(ConnectionCount::new(1, 0));
        let ip = IpAddr::from(Ipv4Addr::LOCALHOST);
        for _ in 0..3 {
            count.room().await;
            let slot = count.admit((ip, 1).into());
            assert!(!count.has_room());
            let waiting = tokio::spawn({
                let count = count.clone();
                async move { count.room().await }
            });
            drop(slot);
            waiting.await.unwrap();
        }
    }
}
