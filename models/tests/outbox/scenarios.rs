//! Scenarios for the outbox. They are a macro, so that they can be compiled against the original outbox and
//! against each mutant.
//!
//! Terms, beside those of `router/src/outbox/protocol.rs`:
//!
//! - *Session*: the task of a connection, which runs in `Connection::drive`. It is the only task that can
//!   wait for the kernel.
//! - *Guest*: a thread other than the session that writes without waiting.
//! - *Drain*: the session learns that the queue was written after the kernel had refused bytes.
//! - *Nudge*: makes the session check its state again.
//! - *Shed*: discards the queue and closes the connection, because the server needs the memory.

macro_rules! scenarios {
    ($protocol:ident) => {
        use super::{
            ending::Ending,
            queue::{Frame, Frames},
            status::{DropReason, SendStatus},
            wire::Pipe,
        };
        use loom::{
            sync::atomic::{AtomicBool, Ordering::Relaxed},
            thread,
        };
        use std::{future::poll_fn, sync::Arc, task::Poll};
        use $protocol::{Life, Outbox, Owed, Push, Pushed};

        /// The Close frame, which is the last frame.
        const CLOSE: &[u8; 2] = &[99, 100];

        struct Connection {
            outbox: Outbox,
            pipe: Pipe,
        }

        impl Connection {
            /// A connection to a kernel that takes `room` bytes and then refuses more.
            fn new(room: usize) -> Arc<Self> {
                Arc::new(Self {
                    outbox: Outbox::new(),
                    pipe: Pipe::new(room),
                })
            }

            fn pushed(&self, frame: &[u8; 2], limit: usize) -> Pushed {
                let push = Push {
                    frame: Frame(frame),
                    payload: 2,
                    limit,
                    epoch: None,
                    kind: $protocol::PushKind::Own,
                };
                self.outbox.push(&self.pipe, push)
            }

            fn push(&self, frame: &[u8; 2], limit: usize) -> SendStatus {
                let pushed = self.pushed(frame, limit);
                $protocol::wake_up(pushed.wake);
                pushed.status
            }

            /// Publishes a frame that has already been counted as accepted.
            fn through(&self, frame: [u8; 2]) {
                let deferred = self.outbox.deliver(&self.pipe, &Frames(frame), false, true);
                deferred.release();
            }

            /// Queues a frame, and writes it in place of the session if the session waits.
            fn push_and_write(&self, frame: &[u8; 2]) -> SendStatus {
                let pushed = self.pushed(frame, 0);
                if let Some(waker) = pushed.wake {
                    self.outbox.flush_for(&self.pipe, waker);
                }
                pushed.status
            }

            fn shed(&self) {
                self.outbox.shed(Frame(CLOSE), Ending);
            }

            fn close(&self) {
                $protocol::wake_up(self.outbox.close(Frame(CLOSE), Ending));
            }

            /// Runs the session: handles what is owed until `done` returns `true` or the Close frame has been
            /// written. Returns the number of drains.
            fn drive(&self, done: impl Fn(usize) -> bool) -> usize {
                let (mut seen, mut drains) = (Life::Open, 0);
                loom::future::block_on(poll_fn(move |cx| {
                    loop {
                        let owed = self
                            .outbox
                            .awake(seen, $protocol::Activity::Reading)
                            .map_or_else(
                                || {
                                    let activity = $protocol::Activity::Reading;
                                    self.outbox.poll_owed(&self.pipe, cx, seen, activity).owed
                                },
                                Poll::Ready,
                            );
                        match owed {
                            Poll::Ready(Owed::Drain { .. }) => drains += 1,
                            Poll::Ready(Owed::Life(life)) => seen = life,
                            Poll::Ready(Owed::Nudge) | Poll::Pending => {}
                        }
                        if done(drains) || seen >= Life::Flushed {
                            return Poll::Ready(drains);
                        }
                        if owed.is_pending() {
                            return Poll::Pending;
                        }
                    }
                }))
            }
        }

        /// Asserts what is on the wire: the accepted frames of each publisher in order, no refused frame, no
        /// torn frame, and the Close frame last if `closed` is set.
        fn assert_wire(written: &[u8], accepted: &[Vec<[u8; 2]>], closed: bool) {
            let (frames, rest) = written.as_chunks::<2>();
            assert!(rest.is_empty(), "a frame is torn: {written:?}");
            let (close, frames) = frames
                .split_last()
                .filter(|_| closed)
                .map_or((None, frames), |(c, f)| (Some(c), f));
            assert_eq!(close, closed.then_some(CLOSE));
            let total: usize = accepted.iter().map(Vec::len).sum();
            assert_eq!(frames.len(), total, "lost or doubled: {written:?}");
            for own in accepted {
                let found: Vec<_> = frames.iter().copied().filter(|f| own.contains(f)).collect();
                assert_eq!(&found, own, "reordered: {written:?}");
            }
        }

        fn accepted(status: SendStatus, frame: [u8; 2]) -> Option<[u8; 2]> {
            match status {
                SendStatus::Dropped(reason) => {
                    assert_eq!(reason, DropReason::Closed);
                    None
                }
                SendStatus::Sent(_) | SendStatus::Queued { .. } => Some(frame),
            }
        }

        /// Two publishers and a thread that closes the connection, with a kernel that takes all bytes.
        pub(super) fn two_publishers_and_a_closer() {
            let connection = Connection::new(usize::MAX);
            let publishers = [1, 2].map(|publisher: u8| {
                let connection = connection.clone();
                thread::spawn(move || {
                    let frame = [publisher * 10, publisher * 10 + 1];
                    accepted(connection.push(&frame, 0), frame)
                        .into_iter()
                        .collect::<Vec<_>>()
                })
            });
            let closer = {
                let connection = connection.clone();
                thread::spawn(move || connection.close())
            };
            assert_eq!(connection.drive(|_| false), 0);
            closer.join().unwrap();
            let accepted = publishers.map(|publisher| publisher.join().unwrap());
            assert_wire(&connection.pipe.written(), &accepted, true);
        }

        /// Two publishers. One writes its frame itself if nothing is queued. The other closes the connection
        /// after its own frame.
        pub(super) fn a_publisher_writes_through() {
            let connection = Connection::new(usize::MAX);
            let through = {
                let connection = connection.clone();
                thread::spawn(move || {
                    let is_open = connection.outbox.life() == Life::Open;
                    connection.through([20, 21]);
                    is_open
                })
            };
            let other = {
                let connection = connection.clone();
                thread::spawn(move || {
                    let frame = [10, 11];
                    let own = accepted(connection.push(&frame, 0), frame);
                    connection.close();
                    own.into_iter().collect::<Vec<_>>()
                })
            };
            assert_eq!(connection.drive(|_| false), 0);
            through.join().unwrap();
            let own = other.join().unwrap();
            // The frame is missing if the connection was no longer open.
            let written = connection.pipe.written();
            let arrived: Vec<_> = [[20, 21]]
                .into_iter()
                .filter(|f| written.contains(&f[0]))
                .collect();
            assert_wire(&written, &[own, arrived], true);
        }

        /// A frame that a publisher writes itself follows the frames that were accepted before, and the
        /// kernel takes only half a frame at first.
        pub(super) fn a_publisher_writes_through_half_a_frame() {
            let connection = Connection::new(1);
            let publisher = {
                let connection = connection.clone();
                thread::spawn(move || {
                    assert!(accepted(connection.push(&[10, 11], 0), [10, 11]).is_some());
                    connection.through([12, 13]);
                })
            };
            let reader = {
                let connection = connection.clone();
                thread::spawn(move || connection.pipe.open_once_refused())
            };
            let watched = connection.clone();
            let drains =
                connection.drive(move |drains| drains > 0 && watched.pipe.written().len() == 4);
            publisher.join().unwrap();
            reader.join().unwrap();
            assert_eq!(drains, 1);
            assert_wire(
                &connection.pipe.written(),
                &[vec![[10, 11], [12, 13]]],
                false,
            );
        }

        /// A publisher writes in place of the session while another thread closes the connection. The session
        /// must be notified.
        pub(super) fn a_publisher_writes_for_the_session() {
            let connection = Connection::new(usize::MAX);
            let publisher = {
                let connection = connection.clone();
                thread::spawn(move || {
                    let frame = [10, 11];
                    let own = accepted(connection.push_and_write(&frame), frame);
                    own.into_iter().collect::<Vec<_>>()
                })
            };
            let closer = {
                let connection = connection.clone();
                thread::spawn(move || connection.close())
            };
            assert_eq!(connection.drive(|_| false), 0);
            closer.join().unwrap();
            let own = publisher.join().unwrap();
            assert_wire(&connection.pipe.written(), &[own], true);
        }

        /// A publisher writes in place of the session to a kernel that refuses bytes. Only the session can
        /// wait for the kernel.
        pub(super) fn a_publisher_writes_for_the_session_and_is_refused() {
            let connection = Connection::new(1);
            let publisher = {
                let connection = connection.clone();
                thread::spawn(move || {
                    assert!(accepted(connection.push_and_write(&[10, 11]), [10, 11]).is_some());
                })
            };
            let reader = {
                let connection = connection.clone();
                thread::spawn(move || connection.pipe.open_once_refused())
            };
            assert_eq!(connection.drive(|drains| drains > 0), 1);
            publisher.join().unwrap();
            reader.join().unwrap();
            assert_wire(&connection.pipe.written(), &[vec![[10, 11]]], false);
        }

        /// A kernel that takes half a frame, and the rest only later: one backlog, one drain.
        pub(super) fn a_kernel_that_takes_half_a_frame() {
            let connection = Connection::new(1);
            let publisher = {
                let connection = connection.clone();
                thread::spawn(move || {
                    for frame in [[10, 11], [12, 13]] {
                        assert!(accepted(connection.push(&frame, 0), frame).is_some());
                    }
                })
            };
            let reader = {
                let connection = connection.clone();
                thread::spawn(move || connection.pipe.open_once_refused())
            };
            let all = |connection: &Connection| connection.pipe.written().len() == 4;
            let drains = {
                let watched = connection.clone();
                connection.drive(move |drains| drains > 0 && all(&watched))
            };
            publisher.join().unwrap();
            reader.join().unwrap();
            // Two backlogs would need a second refusal, and the kernel refuses nothing after the first.
            assert_eq!(drains, 1);
            assert_eq!(connection.outbox.buffered(), 0);
            assert_wire(
                &connection.pipe.written(),
                &[vec![[10, 11], [12, 13]]],
                false,
            );
        }

        /// A publisher over the limit must try to write before its message may be refused. The session writes
        /// the remainder.
        pub(super) fn a_guest_at_the_limit() {
            let connection = Connection::new(1);
            let publisher = {
                let connection = connection.clone();
                thread::spawn(move || {
                    let mut own = Vec::new();
                    for frame in [[10, 11], [12, 13]] {
                        match connection.push(&frame, 1) {
                            SendStatus::Dropped(_) => assert!(connection.pipe.was_asked()),
                            _ => own.push(frame),
                        }
                    }
                    connection.close();
                    own
                })
            };
            let reader = {
                let connection = connection.clone();
                thread::spawn(move || connection.pipe.open_once_refused())
            };
            connection.drive(|_| false);
            let own = publisher.join().unwrap();
            // The kernel takes only half a frame, so it is certain to refuse once.
            reader.join().unwrap();
            assert_wire(&connection.pipe.written(), &[own], true);
        }

        /// The kernel refuses the write of a guest, and the guest returns. Only the session can wait for the
        /// kernel.
        pub(super) fn a_guest_is_refused() {
            let connection = Connection::new(1);
            let guest = {
                let connection = connection.clone();
                thread::spawn(move || {
                    connection.push(&[10, 11], 0);
                    connection.outbox.flush_as_guest(&connection.pipe);
                })
            };
            let reader = {
                let connection = connection.clone();
                thread::spawn(move || connection.pipe.open_once_refused())
            };
            assert_eq!(connection.drive(|drains| drains > 0), 1);
            guest.join().unwrap();
            reader.join().unwrap();
            assert_wire(&connection.pipe.written(), &[vec![[10, 11]]], false);
        }

        /// The session checks a value before it waits, and another thread changes the value. A nudge makes
        /// the session check again.
        pub(super) fn a_nudge() {
            let connection = Connection::new(usize::MAX);
            let changed = Arc::new(AtomicBool::new(false));
            let other = {
                let (connection, changed) = (connection.clone(), changed.clone());
                thread::spawn(move || {
                    changed.store(true, Relaxed);
                    connection.outbox.nudge();
                })
            };
            loom::future::block_on(poll_fn(|cx| {
                loop {
                    if changed.load(Relaxed) {
                        return Poll::Ready(());
                    }
                    let (outbox, pipe) = (&connection.outbox, &connection.pipe);
                    let owed = outbox
                        .poll_owed(pipe, cx, Life::Open, $protocol::Activity::Reading)
                        .owed;
                    match owed {
                        Poll::Ready(owed) => assert_eq!(owed, Owed::Nudge),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }));
            other.join().unwrap();
        }

        /// Asserts what is on the wire after a shed: whole frames, and the Close frame last. If the
        /// connection ended at once, any bytes are allowed.
        fn assert_shed(connection: &Connection) {
            let written = connection.pipe.written();
            if connection.outbox.life() == Life::Flushed {
                let frames = (written.len() - CLOSE.len()) / 2;
                let accepted = [[10, 11], [12, 13]][..frames].to_vec();
                assert_wire(&written, &[accepted], true);
            }
        }

        /// A backlog is shed while half of a frame is on the wire. The session must be notified, and no frame
        /// may be torn.
        pub(super) fn a_shed_in_the_middle_of_a_frame() {
            let connection = Connection::new(1);
            for frame in [[10, 11], [12, 13]] {
                assert!(accepted(connection.push(&frame, 0), frame).is_some());
            }
            let reader = {
                let connection = connection.clone();
                thread::spawn(move || connection.pipe.open_once_refused())
            };
            let shedder = {
                let connection = connection.clone();
                thread::spawn(move || connection.shed())
            };
            connection.drive(|_| false);
            shedder.join().unwrap();
            connection.outbox.flush_as_guest(&connection.pipe);
            reader.join().unwrap();
            assert_shed(&connection);
        }

        /// A backlog is shed while another thread writes.
        pub(super) fn a_shed_while_a_guest_writes() {
            let connection = Connection::new(usize::MAX);
            let guest = {
                let connection = connection.clone();
                thread::spawn(move || {
                    connection.push(&[10, 11], 0);
                    connection.outbox.flush_as_guest(&connection.pipe);
                })
            };
            let shedder = {
                let connection = connection.clone();
                thread::spawn(move || connection.shed())
            };
            connection.drive(|_| false);
            guest.join().unwrap();
            shedder.join().unwrap();
            assert_shed(&connection);
        }

        /// A guest may write the Close frame, and the session must be notified.
        pub(super) fn a_guest_writes_the_close() {
            let connection = Connection::new(usize::MAX);
            let closer = {
                let connection = connection.clone();
                thread::spawn(move || connection.close())
            };
            let guest = {
                let connection = connection.clone();
                thread::spawn(move || {
                    let frame = [10, 11];
                    let own = accepted(connection.push(&frame, 0), frame);
                    connection.outbox.flush_as_guest(&connection.pipe);
                    own.into_iter().collect::<Vec<_>>()
                })
            };
            assert_eq!(connection.drive(|_| false), 0);
            closer.join().unwrap();
            let accepted = guest.join().unwrap();
            assert_wire(&connection.pipe.written(), &[accepted], true);
        }
    };
}

pub(super) use scenarios;
