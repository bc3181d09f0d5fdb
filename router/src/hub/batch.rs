//! What the handlers of one read batch publish.
//!
//! Consecutive publishes to one topic are gathered there, and handed out when the batch ends or a handler
//! waits. Whatever could be ordered against them hands them out first: publishes to another topic here,
//! messages of one client alone in [`Attached`](crate::outbox::Attached), and changes of members in the topic.

use super::{Hub, Published, topic::Topic};
use crate::{
    frame::{Head, Outgoing},
    outbox::{SocketId, Variants},
    turn,
};
use std::{cell::RefCell, future::poll_fn, pin::pin, sync::Arc};

/// A longer message is not copied, but shared by its receivers.
const GATHERED_BYTES: usize = 4096;

thread_local! {
    static BATCH: RefCell<Option<Batch>> = const { RefCell::new(None) };
}

/// The batch that is being handled on this thread.
struct Batch {
    publisher: SocketId,
    open: Option<Open>,
    /// Something else came in between: what is published from now on goes out one by one, and the receivers'
    /// sessions write it together.
    is_mixed: bool,
}

/// What is being gathered.
struct Open {
    /// Of the topic: its address.
    directory: usize,
    topic: Arc<Topic>,
    /// Who gets nothing of it.
    except: Option<SocketId>,
}

/// Runs a part of a session whose handlers may publish.
pub(crate) async fn in_batch<T>(publisher: SocketId, part: impl Future<Output = T>) -> T {
    let mut part = pin!(part);
    poll_fn(|cx| {
        let _end = Begun::new(publisher);
        part.as_mut().poll(cx)
    })
    .await
}

/// Ends the batch when it is dropped.
struct Begun;

impl Begun {
    fn new(publisher: SocketId) -> Self {
        BATCH.set(Some(Batch {
            publisher,
            open: None,
            is_mixed: false,
        }));
        Self
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(batch) = BATCH.take()
            && let Some(open) = batch.open
        {
            open.topic.hand_out_group(batch.publisher, true);
        }
    }
}

/// Hands out what is being gathered on this thread, before something else happens.
pub(super) fn settle() {
    settle_if(|_| true);
}

/// The same before something is queued for one connection, unless that gets nothing of what is gathered.
pub(super) fn settle_before(receiver: SocketId) {
    settle_if(|open| open.except != Some(receiver));
}

fn settle_if(concerns: impl FnOnce(&Open) -> bool) {
    // A thread that is ending handles no batch.
    let settled = BATCH.try_with(|batch| {
        let mut batch = batch.borrow_mut();
        let batch = batch.as_mut()?;
        let open = batch.open.take_if(|open| concerns(open))?;
        batch.is_mixed = true;
        Some((open.topic, batch.publisher))
    });
    if let Ok(Some((topic, publisher))) = settled {
        topic.hand_out_group(publisher, false);
    }
}

/// The publisher, and whether it gathers for this topic already. `None` if it does not gather, or gathers
/// something else.
fn gathers(name: &str, except: Option<SocketId>, hub: &Hub) -> Option<(SocketId, bool)> {
    let gathers = BATCH.try_with(|batch| {
        let batch = batch.borrow();
        let batch = batch.as_ref().filter(|batch| !batch.is_mixed)?;
        let is_same = |open: &Open| {
            open.except == except
                && open.topic.name() == name
                && hub.0.directory.address() == open.directory
        };
        match &batch.open {
            None => Some((batch.publisher, false)),
            Some(open) => is_same(open).then_some((batch.publisher, true)),
        }
    });
    // A thread that is ending handles no batch.
    gathers.ok().flatten()
}

impl Hub {
    /// Publishes by gathering, if that is possible.
    pub(super) fn gather(
        &self,
        except: Option<SocketId>,
        name: &str,
        message: &mut Outgoing<'_>,
    ) -> Option<Published> {
        let (publisher, go_on) = gathers(name, except, self)?;
        let gather = |topic: &Arc<Topic>| {
            let length = message.payload().len();
            let is_compressed = message.wants_compression() && topic.windows() != 0;
            if length > GATHERED_BYTES || is_compressed {
                return None;
            }
            let outward = self.outward(message);
            let head = Head::new(message.opcode(), length);
            let frame = [&*head, message.payload()];
            let alone = || Variants::plain(message);
            let began = || {
                if let Some(outward) = outward {
                    outward.forward(name);
                }
            };
            let published = topic.gather(frame, alone, publisher, except, go_on, began)?;
            if !go_on {
                turn::spend(topic.count());
            }
            Some((published, topic.clone()))
        };
        let gathered = self.0.directory.with(name, gather)?;
        BATCH.with_borrow_mut(|batch| {
            let batch = batch.as_mut()?;
            let Some((published, topic)) = gathered else {
                batch.is_mixed |= batch.open.is_none();
                return None;
            };
            batch.open.get_or_insert(Open {
                directory: self.0.directory.address(),
                topic,
                except,
            });
            Some(published)
        })
    }
}
