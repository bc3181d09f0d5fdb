//! The address of a client.

use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

/// A `SocketAddr` in half the space. An IPv6 address needs an allocation; IPv4 is the usual case.
pub(super) enum CompactAddr {
    V4(SocketAddrV4),
    V6(Box<SocketAddrV6>),
}

impl From<SocketAddr> for CompactAddr {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => Self::V4(address),
            SocketAddr::V6(address) => Self::V6(Box::new(address)),
        }
    }
}

impl From<&CompactAddr> for SocketAddr {
    fn from(address: &CompactAddr) -> Self {
        match address {
            CompactAddr::V4(address) => (*address).into(),
            CompactAddr::V6(address) => (**address).into(),
        }
    }
}
