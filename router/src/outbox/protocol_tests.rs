//! Tests the outbox against a model, with a scripted kernel.

use super::*;
use crate::{
    frame::{Encoded, Head, Opcode},
    outbox::queue::Batch,
};
use proptest::{collection::vec, prelude::*};
use std::{
    cell::{Cell, RefCell},
    io::{self, ErrorKind},
    sync::Arc,
    task::{Context, Poll},
};

/// Takes `room` bytes and then refuses more. Every write fails if `fails` is set.
#[derive(Default)]
struct Kernel {
    room: Cell<usize>,
    fails: Cell<bool>,
    refusals: Cell<usize>,
    wire: RefCell<Vec<u8>>,
}

impl Wire for Kernel {
    fn try_write(&self, batch: &Batch, _: bool) -> io::Result<usize> {
        if self.fails.get() {
            return Err(ErrorKind::ConnectionReset.into());
        }
        let taken = batch.len().min(self.room.get());
        self.room.set(self.room.get() - taken);
        batch.with_slices(|slices| {
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            self.wire.borrow_mut().extend_from_slice(&bytes[..taken]);
        });
        if taken < batch.len() {
            self.refusals.set(self.refusals.get() + 1);
        }
        if taken == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(taken)
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.room.get() > 0 || self.fails.get() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

#[derive(Debug, Clone)]
enum Op {
    Send(usize),
    Publish(usize),
    /// Sends a message that was compressed this many epochs ago.
    SendAt(u32),
    PublishCompressed,
    Ping(u8),
    Pong(u8),
    Flush,
    Session {
        in_handler: bool,
    },
    Room(usize),
    Close,
    Fail,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0_usize..200).prop_map(Op::Send),
        2 => (15_000_usize..40_000).prop_map(Op::Send),
        4 => (4_usize..5000).prop_map(Op::Publish),
        2 => (0_u32..4).prop_map(Op::SendAt),
        2 => Just(Op::PublishCompressed),
        2 => any::<u8>().prop_map(Op::Ping),
        2 => any::<u8>().prop_map(Op::Pong),
        3 => Just(Op::Flush),
        8 => any::<bool>().prop_map(|in_handler| Op::Session { in_handler }),
        6 => (0_usize..60_000).prop_map(Op::Room),
        1 => Just(Op::Close),
        1 => Just(Op::Fail),
    ];
    vec(op, 1..80)
}

/// The expected state, by the documented rules.
struct Model {
    limit: usize,
    /// The kind of published messages.
    published: PushKind,
    /// Whole frames that were accepted, except Pings and Pongs.
    accepted: Vec<Accepted>,
    displaced: usize,
    missed: u32,
    /// The newest Ping and the newest Pong, which must arrive.
    ping: Option<u8>,
    pong: Option<u8>,
    controls: usize,
    epoch: u32,
    high: bool,
    drain_due: bool,
    life: Life,
    seen: Life,
}

struct Accepted {
    bytes: Vec<u8>,
    kind: PushKind,
    /// The frame was displaced by another. This is known only while there are no control frames,
    /// because their positions depend on how much the kernel has taken.
    displaced: bool,
}

struct Run {
    outbox: Outbox,
    kernel: Kernel,
    model: Model,
}

/// A payload that differs from message to message.
fn payload(number: usize, length: usize) -> Vec<u8> {
    (number as u32)
        .to_be_bytes()
        .into_iter()
        .cycle()
        .take(length)
        .collect()
}

fn frame(opcode: Opcode, payload: &[u8], compressed: bool) -> Vec<u8> {
    let encoded = if compressed {
        Encoded::compressed(opcode, payload)
    } else {
        Encoded::copied(opcode, payload)
    };
    encoded.parts().concat()
}

impl Run {
    fn new(limit: usize, published: PushKind) -> Self {
        Self {
            outbox: Outbox::new(),
            kernel: Kernel::default(),
            model: Model {
                limit,
                published,
                accepted: Vec::new(),
                displaced: 0,
                missed: 0,
                ping: None,
                pong: None,
                controls: 0,
                epoch: 0,
                high: false,
                drain_due: false,
                life: Life::Open,
                seen: Life::Open,
            },
        }
    }

    /// Runs an action that may write, and updates the model by the kernel's answer.
    fn writing<T>(&mut self, act: impl FnOnce(&Outbox, &Kernel) -> T) -> T {
        let refusals = self.kernel.refusals.get();
        let result = act(&self.outbox, &self.kernel);
        let model = &mut self.model;
        if self.outbox.life() == Life::Dead {
            model.life = Life::Dead;
        }
        if self.kernel.refusals.get() > refusals {
            model.high = true;
        }
        result
    }

    /// Ends the `high` episode when nothing waits any more.
    fn settle(&mut self) {
        let waits = self.outbox.state.lock().pending() > 0;
        if self.model.high && !waits && self.model.life != Life::Dead {
            self.model.high = false;
            self.model.drain_due = true;
        }
    }

    fn push(&mut self, frame: Frame<'_>, payload: usize, bytes: Vec<u8>, epoch: Option<u32>) {
        let limit = self.model.limit;
        let counted = matches!(&frame, Frame::Shared(shared) if shared.is_compressed());
        let kind = match frame {
            Frame::Shared(_) => self.model.published,
            _ => PushKind::Own,
        };
        let push = Push {
            frame,
            payload,
            limit,
            epoch,
            kind,
        };
        let pushed = self.writing(|outbox, kernel| outbox.push(kernel, push));
        let (waits, cost) = {
            let state = self.outbox.state.lock();
            (state.pending(), state.queue.cost())
        };
        self.displace(pushed.displaced, kind);
        let model = &mut self.model;
        match pushed.status {
            SendStatus::Dropped(DropReason::Closed) if pushed.stale => {
                assert_eq!(model.life, Life::Open);
                assert_ne!(epoch, Some(model.epoch));
            }
            SendStatus::Dropped(DropReason::Closed) => assert_ne!(model.life, Life::Open),
            SendStatus::Dropped(DropReason::Backpressure) => {
                assert!(limit > 0 && cost > limit, "{cost} of {limit}");
                model.high = true;
                model.missed += u32::from(kind != PushKind::Own);
            }
            SendStatus::Dropped(reason) => panic!("{reason:?}"),
            status => {
                assert_eq!(model.life, Life::Open);
                assert!(epoch.is_none_or(|epoch| epoch == model.epoch));
                assert!(limit == 0 || waits - bytes.len() <= limit);
                // The push itself may have emptied the queue first, which ended the `high` episode.
                let was_emptied = waits == bytes.len() && model.high && !status.is_queued();
                if was_emptied {
                    model.high = false;
                    model.drain_due = true;
                }
                let expected = if model.high {
                    SendStatus::Queued { buffered: waits }
                } else {
                    SendStatus::Sent(payload)
                };
                assert_eq!(status, expected);
                model.epoch += u32::from(counted);
                model.accepted.push(Accepted {
                    bytes,
                    kind,
                    displaced: false,
                });
            }
        }
    }

    /// Marks `count` messages as displaced, as a push reported.
    fn displace(&mut self, count: usize, by: PushKind) {
        if count == 0 {
            return;
        }
        assert_eq!(by, PushKind::Displacing);
        let model = &mut self.model;
        model.high = true;
        model.displaced += count;
        model.missed += count as u32;
        if model.controls > 0 {
            return;
        }
        // The oldest messages of which the kernel has taken nothing.
        let written = self.kernel.wire.borrow().len();
        let mut start = 0;
        let mut left = count;
        for accepted in model.accepted.iter_mut().filter(|a| !a.displaced) {
            let waits = start >= written;
            start += accepted.bytes.len();
            if waits && accepted.kind != PushKind::Own && left > 0 {
                accepted.displaced = true;
                left -= 1;
            }
        }
        assert_eq!(left, 0);
    }

    fn control(&mut self, opcode: Opcode, byte: u8) {
        let push = Push {
            frame: Frame::Control(opcode, &[byte]),
            payload: 1,
            limit: 0,
            epoch: None,
            kind: PushKind::Own,
        };
        let pushed = self.writing(|outbox, kernel| outbox.push(kernel, push));
        assert_eq!(pushed.status.is_dropped(), self.model.life != Life::Open);
        if self.model.life == Life::Open {
            self.model.controls += 1;
            match opcode {
                Opcode::Ping => self.model.ping = Some(byte),
                _ => self.model.pong = Some(byte),
            }
        }
    }

    /// Runs the session until it would wait.
    fn session(&mut self, in_handler: bool) {
        loop {
            let seen = self.model.seen;
            let mut cx = Context::from_waker(Waker::noop());
            let activity = if in_handler {
                Activity::InHandler
            } else {
                Activity::Reading
            };
            let polled =
                self.writing(|outbox, kernel| outbox.poll_owed(kernel, &mut cx, seen, activity));
            let owed = polled.owed;
            self.settle();
            let model = &mut self.model;
            match owed {
                Poll::Ready(Owed::Drain { missed }) => {
                    assert_eq!(missed, std::mem::take(&mut model.missed));
                    assert!(model.drain_due && !model.high && !in_handler);
                    assert_eq!(model.life, Life::Open);
                    model.drain_due = false;
                }
                Poll::Ready(Owed::Life(life)) => {
                    assert!(life > seen);
                    assert!(life >= model.life);
                    model.seen = life;
                }
                Poll::Ready(Owed::Nudge) => panic!("nobody nudged"),
                Poll::Pending => {
                    let told = model.drain_due && !model.high && !in_handler;
                    assert!(!told || model.life != Life::Open, "a drain is owed");
                    assert!(model.seen >= model.life);
                    return;
                }
            }
        }
    }

    fn act(&mut self, op: Op) {
        match op {
            Op::Send(length) => {
                let payload = payload(self.model.accepted.len(), length);
                let bytes = frame(Opcode::Binary, &payload, false);
                let head = Head::new(Opcode::Binary, length);
                let frame = if length >= LARGE_FRAME_BYTES {
                    Frame::Large(head, payload.clone().into())
                } else {
                    Frame::Small(head, &payload)
                };
                self.push(frame, length, bytes, None);
            }
            Op::Publish(length) => {
                let payload = payload(self.model.accepted.len(), length);
                let encoded = Encoded::copied(Opcode::Text, &payload);
                let bytes = frame(Opcode::Text, &payload, false);
                self.push(Frame::Shared(Arc::new(encoded)), length, bytes, None);
            }
            Op::SendAt(back) => {
                let epoch = self.model.epoch.wrapping_sub(back);
                let payload = payload(self.model.accepted.len(), 9);
                let bytes = frame(Opcode::Binary, &payload, true);
                let head = Head::compressed(Opcode::Binary, 9);
                self.push(Frame::Small(head, &payload), 9, bytes, Some(epoch));
            }
            Op::PublishCompressed => {
                let payload = payload(self.model.accepted.len(), 5);
                let encoded = Encoded::compressed(Opcode::Text, &payload);
                let bytes = frame(Opcode::Text, &payload, true);
                self.push(Frame::Shared(Arc::new(encoded)), 5, bytes, None);
            }
            Op::Ping(byte) => self.control(Opcode::Ping, byte),
            Op::Pong(byte) => self.control(Opcode::Pong, byte),
            Op::Flush => self.writing(|outbox, kernel| outbox.flush_as_guest(kernel)),
            Op::Session { in_handler } => self.session(in_handler),
            Op::Room(room) => self.kernel.room.set(room),
            Op::Close => {
                let ending = Ending::default();
                drop(self.outbox.close(Frame::Close(&[]), ending));
                if self.model.life == Life::Open {
                    self.model.life = Life::Closing;
                    self.model.accepted.push(Accepted {
                        bytes: vec![0x88, 0],
                        kind: PushKind::Own,
                        displaced: false,
                    });
                }
            }
            Op::Fail => self.kernel.fails.set(true),
        }
        self.settle();
        let expected = match self.model.life {
            Life::Open => self.outbox.state.lock().pending(),
            _ => 0,
        };
        assert_eq!(self.outbox.buffered(), expected);
        if self.model.life != Life::Dead && self.model.controls == 0 {
            // Each accepted message was written, waits, or was displaced.
            let accepted = self.model.accepted.iter().filter(|a| !a.displaced);
            let accepted: usize = accepted.map(|accepted| accepted.bytes.len()).sum();
            let waits = self.outbox.state.lock().pending();
            assert_eq!(accepted, self.kernel.wire.borrow().len() + waits);
        }
    }

    /// Lets the kernel take everything, and checks all bytes that were written.
    fn finish(mut self) {
        let died = self.kernel.fails.get();
        self.kernel.room.set(usize::MAX);
        self.session(false);
        let wire = self.kernel.wire.take();
        let mut rest = &wire[..];
        let mut accepted = self.model.accepted.iter();
        let mut controls = Vec::new();
        let mut displaced = 0;
        let mut skip = |accepted: &Accepted| {
            assert_ne!(accepted.kind, PushKind::Own);
            assert!(accepted.displaced || self.model.controls > 0);
            displaced += 1;
        };
        while let [first, second, ..] = *rest {
            if first == 0x89 || first == 0x8A {
                assert_eq!(second, 1);
                let Some(&byte) = rest.get(2) else { break };
                controls.push((first, byte));
                rest = &rest[3..];
                continue;
            }
            // Frames arrive in the order in which they were accepted, and nothing else arrives.
            let frame = loop {
                let next = accepted.next().expect("what comes was accepted");
                let common = rest.len().min(next.bytes.len());
                if rest[..common] == next.bytes[..common] {
                    assert!(!next.displaced);
                    break &next.bytes;
                }
                skip(next);
            };
            if rest.len() < frame.len() {
                assert!(died, "frames are whole");
                return;
            }
            rest = &rest[frame.len()..];
        }
        if !died {
            assert!(rest.is_empty());
            accepted.for_each(&mut skip);
            assert_eq!(displaced, self.model.displaced, "nothing else is lost");
            // The newest control frame of each kind arrives. Older ones may be omitted while the
            // kernel refuses.
            let newest = [(0x89, self.model.ping), (0x8A, self.model.pong)];
            for (first, byte) in newest {
                assert!(byte.is_none_or(|byte| controls.contains(&(first, byte))));
            }
            assert!(controls.len() <= self.model.controls);
            assert_eq!(self.outbox.buffered(), 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_outbox_agrees_with_a_model(
        ops in ops(),
        limit in prop_oneof![Just(0), Just(1), Just(20_000)],
        displacing in any::<bool>(),
    ) {
        let kind = if displacing { PushKind::Displacing } else { PushKind::Published };
        let mut run = Run::new(limit, kind);
        for op in ops {
            run.act(op);
        }
        run.finish();
    }
}

#[test]
fn a_session_waits_on_a_stream_that_died_while_it_was_blocked() {
    let mut run = Run::new(0, PushKind::Published);
    // The kernel refuses; then the stream fails, and is always ready.
    for op in [Op::Send(100), Op::Flush, Op::Fail, Op::Room(10)] {
        run.act(op);
    }
    let in_handler = true;
    run.act(Op::Session { in_handler });
    run.act(Op::Session { in_handler });
    assert_eq!(run.model.seen, Life::Dead);
}
