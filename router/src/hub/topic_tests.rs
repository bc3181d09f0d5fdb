//! Tests the topic against a model: the set of its members. Members join and leave, with and without an
//! index, and while positions are pinned as by a publish in chunks. At the end, a message is published.

use super::*;
use crate::outbox::{PreparedMessage, Settings, Transport};
use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener, TcpStream},
};

const MEMBERS: usize = 40;

fn members() -> Vec<Arc<Member>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (0..MEMBERS)
        .map(|_| {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nonblocking(true).unwrap();
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            Arc::new(Member::new(
                Transport::Tcp(stream),
                address,
                Settings::PLAIN,
            ))
        })
        .collect()
}

impl Members {
    fn assert_sound(&self) {
        let live = self.slots.iter().filter(|slot| slot.is_some()).count();
        if self.pinned.is_none() {
            assert_eq!(live, self.slots.len(), "no holes are left");
        }
        if let Some(index) = &self.index {
            assert_eq!(index.len(), live);
        }
        for (position, slot) in self.slots.iter().enumerate() {
            if let Some(member) = slot {
                assert_eq!(self.position(member), Some(position));
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Join(usize),
    Leave(usize),
    /// Pins or unpins positions, as a publish in chunks does.
    Turn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..MEMBERS).prop_map(Step::Join),
        3 => (0..MEMBERS).prop_map(Step::Leave),
        1 => Just(Step::Turn),
    ]
}

proptest! {
    #[test]
    fn members_are_a_set(steps in proptest::collection::vec(step(), 1..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _guard = runtime.enter();
        let members = members();
        let (topic, mut model) = (Topic::new("room"), BTreeSet::new());
        // A member that never leaves, because an emptied topic is dead.
        let anchor = members[0].clone();
        prop_assert_eq!(topic.join(&anchor), Join::First);
        model.insert(0);

        let mut pinned = false;
        for step in steps {
            match step {
                Step::Join(i) => {
                    let expected = if model.insert(i) { Join::Joined } else { Join::Already };
                    prop_assert_eq!(topic.join(&members[i]), expected);
                }
                Step::Leave(0) => {}
                Step::Leave(i) => {
                    let expected = if model.remove(&i) { Leave::Left } else { Leave::NotThere };
                    prop_assert_eq!(topic.leave(&members[i]), expected);
                }
                Step::Turn => {
                    let mut members = topic.members.lock();
                    if pinned { members.unpin() } else { members.pin() }
                    pinned = !pinned;
                }
            }
            topic.members.lock().assert_sound();
            prop_assert_eq!(topic.count(), model.len());
            let seen: BTreeSet<_> = topic.list().iter().map(|member| member.id()).collect();
            let expected = model.iter().map(|&i| members[i].id()).collect();
            prop_assert_eq!(seen, expected);
        }
        if pinned {
            topic.members.lock().unpin();
        }
        topic.members.lock().assert_sound();
        let frame = PreparedMessage::new("hello".into(), 0, None);
        let left_out = anchor.id();
        let published = topic.publish(frame, move |member| member.id() == left_out, || ());
        prop_assert_eq!(published.delivered, model.len() - 1);
        prop_assert_eq!(anchor.buffered(), 0);
    }
}

#[test]
fn a_topic_is_removed_with_its_last_member() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let _guard = runtime.enter();
    let members = members();
    let topic = Topic::new("room");
    assert_eq!(topic.join(&members[0]), Join::First);
    assert_eq!(topic.leave(&members[0]), Leave::Emptied);
    assert_eq!(topic.join(&members[1]), Join::Dead);
}
