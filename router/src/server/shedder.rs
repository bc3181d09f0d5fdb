//! What the server does when its memory is used up: it closes the sockets that take most of it.

use crate::{
    app::App,
    hub::Member,
    log::{self, RateLimited},
    memory,
};
use std::{cmp::Reverse, sync::Arc, time::Duration};
use tokio::time::sleep;

/// Nothing is freed by closing a socket that takes less than this.
const LEAST_OF_ALL: usize = 512;

/// How often sockets are shed at most: looking at all of them takes time as well.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Closes sockets with 1013, the largest first, whenever more is held than the limit allows, and until
/// an eighth of it is free again.
pub(super) async fn shed(app: Arc<App>) {
    static LINE: RateLimited = RateLimited::new();
    // Smaller sockets are left as long as larger ones can be closed.
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
                "the memory limit is reached: new sockets are refused, and the largest ones are closed"
            );
        }
        // What is not held for sockets cannot be freed by looking again and again.
        (pause, least) = match sockets {
            0 => (LONGEST_PAUSE.min(2 * pause), LEAST_OF_ALL.max(least / 2)),
            _ => (PAUSE, memory::SMALL),
        };
        sleep(pause).await;
    }
}

/// Returns how many were closed.
async fn shed_once(app: &App, least: usize) -> usize {
    let mut excess = memory::excess();
    let mut sockets: Vec<(usize, Arc<Member>)> = Vec::new();
    for endpoint in app.endpoints() {
        for member in endpoint.members().await {
            let mut held = member.held();
            if member.is_ending() {
                // Its session frees this when it next runs.
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
