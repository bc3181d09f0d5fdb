//! An upgrade between the handler that accepts it and the connection that sends the response.

use crate::outbox::Transport;
use http::Extensions;
use parking_lot::Mutex;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The state of a request that asks for an upgrade, shared by the handler that may accept it and the
/// connection that sends the response. The two are separate because a layer in between may send another
/// response.
#[derive(Clone)]
pub(crate) struct PendingUpgrade(Arc<Pending>);

struct Pending {
    /// Whether a handler asked for the upgrade. If so, the request is a handshake that is either accepted
    /// or rejected.
    is_asked_for: AtomicBool,
    /// Whether an [`Upgrade`] was created for this request. At most one is created.
    is_taken: AtomicBool,
    /// Begins the session. `None` unless the upgrade was accepted.
    begin: Mutex<Option<Begin>>,
}

/// Begins a session, given the connection's stream and the bytes received after the request.
type Begin = Box<dyn FnOnce(Transport, Vec<u8>) + Send>;

impl PendingUpgrade {
    /// Attaches a new pending upgrade to a request.
    pub(crate) fn attach(extensions: &mut Extensions) -> Self {
        let pending = Self(Arc::new(Pending {
            is_asked_for: AtomicBool::new(false),
            is_taken: AtomicBool::new(false),
            begin: Mutex::new(None),
        }));
        extensions.insert(pending.clone());
        pending
    }

    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().cloned()
    }

    pub(crate) fn is_asked_for(&self) -> bool {
        self.0.is_asked_for.load(Ordering::Relaxed)
    }

    /// Records that a handler has asked whether it can upgrade the request.
    pub(crate) fn ask_for(&self) {
        self.0.is_asked_for.store(true, Ordering::Relaxed);
    }

    /// Marks the upgrade as taken. Returns whether this is the first call.
    pub(super) fn take(&self) -> bool {
        !self.0.is_taken.swap(true, Ordering::Relaxed)
    }

    pub(super) fn accept(&self, begin: Begin) {
        *self.0.begin.lock() = Some(begin);
    }

    /// Whether a handler has accepted the upgrade, and the session has been neither discarded nor begun.
    pub(crate) fn is_accepted(&self) -> bool {
        self.0.begin.lock().is_some()
    }

    /// Drops the accepted upgrade and its `ConnectionPermit`, because a response other than the 101 is sent.
    pub(crate) fn discard(&self) {
        drop(self.0.begin.lock().take());
    }

    /// Begins the session on the connection that `released` returns, and returns `true`. No session begins,
    /// and the result is `false`, if the client has disconnected, or if the 101 response came from another
    /// service, which takes over the connection itself.
    pub(crate) fn begin(&self, released: impl FnOnce() -> Option<(Transport, Vec<u8>)>) -> bool {
        let Some(begin) = self.0.begin.lock().take() else {
            return false;
        };
        let Some((transport, early)) = released() else {
            return false;
        };
        begin(transport, early);
        true
    }
}
