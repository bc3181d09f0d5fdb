//! Load shedding: when its memory is used up, the server closes the sockets that use most of it.

use crate::{
    app::App,
    hub::Member,
    log::{self, RateLimited},
    memory::{self, LimitGuard, default_limit},
};
use std::{cmp::Reverse, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::sleep};

/// Sockets that hold fewer bytes than this are never closed: closing them would free almost nothing.
const LEAST_OF_ALL: usize = 512;

/// The pause between two rounds of shedding, and the maximum that it grows to. The pauses are needed
/// because checking all sockets takes time as well.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The memory limit of a running app, and the task that closes sockets when the limit is exceeded. Dropping this
/// value ends both.
pub(super) struct MemoryLimit {
    _shedder: JoinSet<()>,
    _limit: LimitGuard,
}

impl MemoryLimit {
    /// Without a `limit` in bytes, the default applies.
    pub(super) fn enforce(app: &Arc<App>, limit: Option<usize>) -> Self {
        let limit = LimitGuard::new(limit.unwrap_or_else(default_limit));
        let mut tasks = JoinSet::new();
        tasks.spawn(shed(app.clone()));
        Self {
            _shedder: tasks,
            _limit: limit,
        }
    }
}

/// Closes sockets with code 1013, the largest first, whenever more memory is held than the limit allows.
/// Stops when an eighth of the limit is free again.
async fn shed(app: Arc<App>) {
    static LINE: RateLimited = RateLimited::new();
    // Smaller sockets are not closed as long as larger ones can be closed.
    let (mut pause, mut least) = (PAUSE, memory::SMALL);
    loop {
        memory::exceeded().await;
        let held = memory::held();
        let sockets = shed_once(&app, least).await;
        if LINE.allows() {
            log::warn!(
                held,
                limit = memory::limit(),
                sockets,
                "the memory limit is reached: new sockets are refused, and the largest sockets are closed"
            );
        }
        // Memory that is not held for sockets cannot be freed by checking more often. So if no socket
        // was closed, the next pause is longer, and smaller sockets are included.
        (pause, least) = match sockets {
            0 => (LONGEST_PAUSE.min(2 * pause), LEAST_OF_ALL.max(least / 2)),
            _ => (PAUSE, memory::SMALL),
        };
        sleep(pause).await;
    }
}

/// Closes sockets that hold at least `least` bytes, the largest first, until enough memory is freed.
/// Returns the number of closed sockets.
async fn shed_once(app: &App, least: usize) -> usize {
    let mut excess = memory::excess();
    let mut sockets: Vec<(usize, Arc<Member>)> = Vec::new();
    for endpoint in app.endpoints() {
        for member in endpoint.members().await {
            let mut held = member.held();
            if member.is_ending() {
                // The session frees these bytes when it next runs.
                excess = excess.saturating_sub(member.inbound());
            } else {
                held += member.inbound() + member.attached().held();
            }
            if held >= least {
                sockets.push((held, member));
            }
        }
    }
    sockets.sort_unstable_by_key(|(held, _)| Reverse(*held));
    let mut closed = 0;
    for (held, member) in sockets {
        if excess == 0 {
            break;
        }
        member.shed();
        excess = excess.saturating_sub(held);
        closed += 1;
    }
    closed
}
