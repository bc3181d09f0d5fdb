//! Compares gathering with publishing one by one: the results, the backlogs and the bytes must be
//! the same.

use super::*;
use crate::{
    frame::{Head, Opcode},
    hub::{Member, topic::Join},
    outbox::{Activity, Life, OnSlow, Owed, PreparedMessage, Settings, Transport},
};
use proptest::prelude::*;
use std::{
    net::Ipv4Addr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead as _, DuplexStream, ReadBuf, duplex};

#[derive(Debug, Clone)]
struct MemberKind {
    limit: u32,
    on_slow: OnSlow,
    /// How many bytes the member's stream takes before it refuses.
    capacity: usize,
}

#[derive(Debug, Clone)]
enum Op {
    /// Messages of one read batch, by their lengths.
    Batch(Vec<usize>),
    /// A message to this member alone.
    Send(usize, usize),
    /// The member's session runs.
    Session(usize),
    /// The member's client reads.
    Read(usize, usize),
    Close(usize),
}

const MEMBERS: usize = 4;

fn kinds() -> impl Strategy<Value = Vec<MemberKind>> {
    let on_slow = prop_oneof![
        Just(OnSlow::Drop),
        Just(OnSlow::Close),
        Just(OnSlow::DropOldest)
    ];
    let limit = prop_oneof![Just(0), 100_u32..4000];
    let kind = (limit, on_slow, 1_usize..6000).prop_map(|(limit, on_slow, capacity)| MemberKind {
        limit,
        on_slow,
        capacity,
    });
    proptest::collection::vec(kind, MEMBERS)
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    // Shorter messages cost more memory one by one than as a group, so a limit would admit more of
    // them as a group.
    let length = 96_usize..1500;
    let op = prop_oneof![
        4 => proptest::collection::vec(length.clone(), 1..20).prop_map(Op::Batch),
        1 => (0..MEMBERS, length).prop_map(|(member, length)| Op::Send(member, length)),
        4 => (0..MEMBERS).prop_map(Op::Session),
        4 => (0..MEMBERS, 1_usize..9000).prop_map(|(member, bytes)| Op::Read(member, bytes)),
        1 => (0..MEMBERS).prop_map(Op::Close),
    ];
    proptest::collection::vec(op, 1..40)
}

/// A topic, its members, and all results.
struct Run {
    gathers: bool,
    topic: Topic,
    members: Vec<(Arc<Member>, DuplexStream)>,
    number: usize,
    /// The results as text.
    seen: Vec<String>,
    wire: Vec<Vec<u8>>,
}

impl Run {
    fn new(kinds: &[MemberKind], gathers: bool) -> Self {
        let topic = Topic::new("room");
        let members = kinds.iter().map(|kind| {
            let (client, stream) = duplex(kind.capacity);
            let settings = Settings {
                limit: kind.limit,
                on_slow: kind.on_slow,
                ..Settings::PLAIN
            };
            let remote = (Ipv4Addr::LOCALHOST, 1).into();
            let member = Arc::new(Member::new(Transport::boxed(stream), remote, settings));
            assert_ne!(topic.join(&member), Join::Dead);
            (member, client)
        });
        Self {
            gathers,
            members: members.collect(),
            topic,
            number: 0,
            seen: Vec::new(),
            wire: vec![Vec::new(); MEMBERS],
        }
    }

    fn payload(&mut self, length: usize) -> Vec<u8> {
        self.number += 1;
        let number = self.number.to_be_bytes();
        number.into_iter().cycle().take(length).collect()
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::Batch(lengths) => self.batch(lengths),
            Op::Send(member, length) => {
                let payload = self.payload(*length);
                let status = self.members[*member].0.send((&payload).into(), false);
                self.seen.push(format!("{status:?}"));
            }
            Op::Session(member) => self.session(*member),
            Op::Read(member, bytes) => self.read(*member, *bytes),
            Op::Close(member) => self.members[*member].0.close(1000.into(), ""),
        }
        for (member, _) in &self.members {
            let (waits, life) = (member.buffered(), member.life());
            self.seen.push(format!("{waits} {life:?}"));
        }
    }

    fn batch(&mut self, lengths: &[usize]) {
        let publisher = self.members[0].0.id();
        let (mut is_open, mut gathers) = (false, self.gathers);
        for length in lengths {
            let payload = self.payload(*length);
            let head = Head::new(Opcode::Binary, payload.len());
            let gathered = gathers
                .then(|| {
                    let frame = [&*head, &payload];
                    let message = || PreparedMessage::plain(&(&payload).into());
                    let except = Some(publisher);
                    self.topic
                        .gather(frame, message, publisher, except, is_open, || ())
                })
                .flatten();
            let published = gathered.unwrap_or_else(|| {
                gathers = false;
                let message = PreparedMessage::new((&payload).into(), 0, None);
                let is_publisher = move |member: &Member| member.id() == publisher;
                self.topic.publish(message, is_publisher, || ())
            });
            is_open = gathers;
            self.seen.push(format!("{published:?}"));
        }
        self.topic.publish_group(publisher, true);
    }

    fn session(&mut self, member: usize) {
        let (member, _) = &self.members[member];
        let mut cx = Context::from_waker(Waker::noop());
        let mut seen = Life::Open;
        let mut next = |seen| member.poll_owed(&mut cx, seen, Activity::Reading).owed;
        while let Poll::Ready(owed) = next(seen) {
            self.seen.push(format!("{owed:?}"));
            if let Owed::Life(life) = owed {
                seen = life;
            }
        }
    }

    fn read(&mut self, member: usize, bytes: usize) {
        let mut space = vec![0; bytes];
        let mut buffer = ReadBuf::new(&mut space);
        let client = Pin::new(&mut self.members[member].1);
        let mut cx = Context::from_waker(Waker::noop());
        let _ = client.poll_read(&mut cx, &mut buffer);
        self.wire[member].extend_from_slice(buffer.filled());
    }
}

proptest! {
    #[test]
    fn gathering_changes_nothing_but_the_cost(kinds in kinds(), ops in ops()) {
        let mut one_by_one = Run::new(&kinds, false);
        let mut gathering = Run::new(&kinds, true);
        for op in ops {
            one_by_one.run(&op);
            gathering.run(&op);
            prop_assert_eq!(&one_by_one.seen, &gathering.seen);
            one_by_one.seen.clear();
            gathering.seen.clear();
        }
        for member in 0..MEMBERS {
            for _ in 0..100 {
                for run in [&mut one_by_one, &mut gathering] {
                    run.session(member);
                    run.read(member, 100_000);
                }
            }
        }
        prop_assert_eq!(&one_by_one.wire, &gathering.wire);
    }
}
