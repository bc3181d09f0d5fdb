//! Messages that the handlers of one read batch publish. A *read batch* is the messages that a session
//! receives in one read.
//!
//! Consecutive publishes to one topic are gathered in the topic, and handed out when the batch ends or a
//! handler waits. Every operation that must come after the gathered messages hands them out first. This
//! module does so for a publish to another topic, [`Attached`](crate::outbox::Attached) for a message to a
//! single client, and the topic for a change of its members.

use super::{Hub, Member, Published, member::MOST_WRITTEN, topic::Topic};
use crate::{
    frame::{Head, Outgoing},
    outbox::{PreparedMessage, SocketId},
    turn,
};
use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Waker,
};

/// A message of more than this number of bytes is not copied into the gathered messages; its receivers share
/// it.
const GATHERED_BYTES: usize = 4096;

thread_local! {
    static BATCH: RefCell<Option<Batch>> = const { RefCell::new(None) };

    /// The publisher of the last batch in which a member got something to write.
    static LAST: Cell<Option<SocketId>> = const { Cell::new(None) };
}

/// The read batch that is being handled on this thread.
struct Batch {
    publisher: SocketId,
    open: Option<Open>,
    /// Another operation came between the publishes. Later messages of the batch are published one by one,
    /// and the receivers' sessions write them together.
    is_mixed: bool,
    /// Members that have something to write, and the wakers of their sessions. The publisher writes for these
    /// members when the batch ends. If publishers alternate on this thread, the members' sessions write
    /// instead, and write the messages of several publishers together.
    written: Vec<(Arc<Member>, Waker)>,
    /// Whether `LAST` was this batch's publisher when the batch began. If so, publishers do not alternate on
    /// this thread.
    is_alone: bool,
}

/// A series of publishes that is being gathered.
struct Open {
    /// The address of the topic's directory.
    directory: usize,
    topic: Arc<Topic>,
    /// The socket that does not receive these messages.
    except: Option<SocketId>,
}

/// Runs a part of a session in which handlers may publish.
pub(crate) async fn in_batch<T>(publisher: SocketId, part: impl Future<Output = T>) -> T {
    let mut part = pin!(part);
    poll_fn(|cx| {
        let _end = Begun::new(publisher);
        part.as_mut().poll(cx)
    })
    .await
}

/// Ends the batch when it is dropped.
struct Begun {
    /// The batch during which this one began. A handler may run another runtime on this thread, and that
    /// runtime may run another session.
    outer: Option<Batch>,
}

impl Begun {
    fn new(publisher: SocketId) -> Self {
        settle();
        let outer = BATCH.replace(Some(Batch {
            publisher,
            open: None,
            is_mixed: false,
            written: Vec::new(),
            is_alone: LAST.get() == Some(publisher),
        }));
        Self { outer }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let Some(mut batch) = BATCH.replace(self.outer.take()) else {
            return;
        };
        if let Some(open) = batch.open.take() {
            open.topic.publish_group(batch.publisher, true);
        }
        for (member, waker) in batch.written {
            member.flush_for(waker);
        }
    }
}

/// Wakes a member's session, because the session has something to write. Within a batch, the publisher may
/// write for the session when the batch ends; the session is not woken then.
pub(super) fn wake_session(member: Arc<Member>, waker: Waker) {
    let mut entry = Some((member, waker));
    // A thread that is ending handles no batch.
    let _ = BATCH.try_with(|batch| {
        if let Some(batch) = batch.borrow_mut().as_mut() {
            LAST.set(Some(batch.publisher));
            if batch.is_alone && batch.written.len() < MOST_WRITTEN {
                batch.written.extend(entry.take());
            }
        }
    });
    if let Some((_, waker)) = entry {
        waker.wake();
    }
}

/// Hands out the messages that are being gathered on this thread, before another operation.
pub(super) fn settle() {
    settle_if(|_| true);
}

/// Like [`settle`], before something is queued for one connection. Does nothing if that connection does not
/// receive the gathered messages.
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
        topic.publish_group(publisher, false);
    }
}

/// Keeps the batch of this thread aside while a message is gathered: the broker may run meanwhile, and
/// messages that it publishes are not a part of the batch.
struct Suspended(Option<Batch>);

impl Suspended {
    fn new() -> Self {
        // A thread that is ending handles no batch.
        Self(BATCH.try_with(RefCell::take).ok().flatten())
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        if let Some(batch) = self.0.take() {
            BATCH.set(Some(batch));
        }
    }
}

impl Hub {
    /// Publishes by gathering; `None` if that is not possible.
    pub(super) fn gather(
        &self,
        except: Option<SocketId>,
        name: &str,
        message: &mut Outgoing<'_>,
    ) -> Option<Published> {
        let mut suspended = Suspended::new();
        let batch = suspended.0.as_mut().filter(|batch| !batch.is_mixed)?;
        let directory = self.0.directory.address();
        let is_same = |open: &Open| {
            open.except == except && open.topic.name() == name && open.directory == directory
        };
        if batch.open.as_ref().is_some_and(|open| !is_same(open)) {
            return None;
        }
        let (publisher, go_on) = (batch.publisher, batch.open.is_some());
        let gather = |topic: &Arc<Topic>| {
            let length = message.payload().len();
            let is_compressed = message.wants_compression() && topic.windows() != 0;
            if length > GATHERED_BYTES || is_compressed {
                return None;
            }
            let outward = self.outward(message);
            let head = Head::new(message.opcode(), length);
            let frame = [&*head, message.payload()];
            let alone = || PreparedMessage::plain(message);
            let began = || outward.forward(name);
            let published = topic.gather(frame, alone, publisher, except, go_on, began)?;
            if !go_on {
                turn::spend(topic.count());
                batch.open = Some(Open {
                    directory,
                    topic: topic.clone(),
                    except,
                });
            }
            Some(published)
        };
        let published = self.0.directory.with(name, gather)?;
        // If a series is open (`go_on`), the publish that follows sets `is_mixed` when it hands the series
        // out.
        batch.is_mixed |= published.is_none() && !go_on;
        published
    }
}
