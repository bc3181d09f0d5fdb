//! Tests the queue against a model: the data frames in the order in which they were queued. Control frames
//! are checked separately.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Small(usize),
    Large(usize),
    Shared(usize),
    Control(bool, u8),
    /// Writes a batch, of which the kernel takes this many bytes.
    Write(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0usize..3000).prop_map(Step::Small),
        1 => (LARGE_FRAME_BYTES..2 * LARGE_FRAME_BYTES).prop_map(Step::Large),
        2 => (0usize..6000).prop_map(Step::Shared),
        1 => (any::<bool>(), any::<u8>()).prop_map(|(ping, fill)| Step::Control(ping, fill)),
        4 => (0usize..60_000).prop_map(Step::Write),
        1 => Just(Step::Write(usize::MAX)),
    ]
}

fn encoded(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    [&*Head::new(opcode, payload.len()), payload].concat()
}

/// Splits the bytes on the wire into data frames and control frames.
fn parse(mut wire: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut data, mut control) = (Vec::new(), Vec::new());
    while !wire.is_empty() {
        let (head, length) = match wire[1] {
            126 => (4, usize::from(u16::from_be_bytes([wire[2], wire[3]]))),
            127 => (
                10,
                u64::from_be_bytes(wire[2..10].try_into().unwrap()) as usize,
            ),
            short => (2, usize::from(short)),
        };
        let (frame, rest) = wire.split_at(head + length);
        if frame[0] & 0x08 == 0 {
            &mut data
        } else {
            &mut control
        }
        .push(frame.to_vec());
        wire = rest;
    }
    (data, control)
}

/// Writes one batch, of which the kernel takes `room` bytes. Returns whether it took the whole
/// batch.
fn write(queue: &mut Queue, room: usize, wire: &mut Vec<u8>) -> bool {
    let mut batch = queue.take_batch();
    let bytes: Vec<u8> = batch.with_slices(|slices| {
        assert!(slices.len() <= BATCH_SLICES);
        slices.iter().flat_map(|slice| slice.to_vec()).collect()
    });
    assert_eq!(bytes.len(), batch.len());
    let written = room.min(bytes.len());
    wire.extend_from_slice(&bytes[..written]);
    if written < bytes.len() {
        queue.put_back(&mut batch, written);
    }
    written == bytes.len()
}

#[test]
fn nothing_follows_the_close() {
    let (mut queue, mut wire) = (Queue::default(), Vec::new());
    queue.push(Frame::Small(Head::new(Opcode::Text, 5), b"hello"), false);
    assert!(!write(&mut queue, 3, &mut wire));
    queue.push(Frame::Control(Opcode::Pong, b"pong"), true);
    queue.push(Frame::Close(&[]), true);
    assert!(write(&mut queue, usize::MAX, &mut wire));
    let pong = encoded(Opcode::Pong, b"pong");
    assert_eq!(
        wire,
        [
            encoded(Opcode::Text, b"hello"),
            pong,
            encoded(Opcode::Close, b"")
        ]
        .concat()
    );
}

proptest! {
    #[test]
    fn what_goes_in_comes_out_in_order(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut queue, mut wire) = (Queue::default(), Vec::new());
        let (mut expected, mut controls) = (Vec::new(), Vec::new());
        let mut blocked = false;
        for step in steps {
            match step {
                Step::Small(length) => {
                    let payload = vec![length as u8; length];
                    expected.push(encoded(Opcode::Text, &payload));
                    queue.push(Frame::Small(Head::new(Opcode::Text, payload.len()), &payload), blocked);
                }
                Step::Large(length) => {
                    let payload = vec![length as u8; length];
                    expected.push(encoded(Opcode::Binary, &payload));
                    queue.push(Frame::Large(Head::new(Opcode::Binary, payload.len()), payload.into()), blocked);
                }
                Step::Shared(length) => {
                    let payload = Bytes::from(vec![length as u8; length]);
                    expected.push(encoded(Opcode::Text, &payload));
                    let shared = Encoded::shared(Opcode::Text, payload);
                    queue.push(Frame::Shared(Arc::new(shared)), blocked);
                }
                Step::Control(ping, fill) => {
                    let opcode = if ping { Opcode::Ping } else { Opcode::Pong };
                    let before = queue.bytes();
                    queue.push(Frame::Control(opcode, &[fill; 125]), blocked);
                    prop_assert!(queue.bytes() <= before + 127);
                    controls.push((blocked, encoded(opcode, &[fill; 125])));
                }
                Step::Write(room) => {
                    let all = queue.is_empty() || write(&mut queue, room, &mut wire);
                    blocked = if queue.is_empty() { false } else { blocked || !all };
                }
            }
            let surcharge: usize = queue.items.iter().map(QueuedItem::surcharge).sum();
            prop_assert_eq!(queue.cost() - queue.bytes(), surcharge);
        }
        let pending: usize = queue.bytes();
        let before = wire.len();
        while !queue.is_empty() {
            prop_assert!(write(&mut queue, usize::MAX, &mut wire));
        }
        prop_assert_eq!(wire.len() - before, pending);

        let (data, control) = parse(&wire);
        prop_assert_eq!(data, expected);
        // All control frames that were pushed while unblocked arrive; of the others, only the
        // newest must.
        let unblocked = controls.iter().filter(|(blocked, _)| !blocked).count();
        prop_assert!(unblocked <= control.len() && control.len() <= controls.len());
        for frame in &control {
            prop_assert!(controls.iter().any(|(_, sent)| sent == frame));
        }
        for kind in [0x89, 0x8A] {
            let newest = controls.iter().rfind(|(_, frame)| frame[0] == kind).map(|(_, f)| f);
            prop_assert!(newest.is_none_or(|newest| control.contains(newest)));
            let mut sent = controls.iter().map(|(_, frame)| frame);
            let mut received = control.iter().filter(|frame| frame[0] == kind);
            prop_assert!(received.all(|frame| sent.any(|sent| sent == frame)), "out of order");
        }
    }
}

#[test]
fn a_backlog_of_tiny_messages_is_as_large_as_what_it_costs() {
    let mut queue = Queue::default();
    for _ in 0..100 {
        let tiny = Encoded::shared(Opcode::Text, Bytes::from_static(b"x"));
        queue.push(Frame::Shared(Arc::new(tiny)), true);
    }
    assert_eq!((queue.bytes(), queue.cost()), (300, 9_600));
    assert_eq!(queue.displace(4_800).len(), 50);
    assert_eq!((queue.bytes(), queue.cost()), (150, 4_800));
    let mut wire = Vec::new();
    while !queue.is_empty() {
        write(&mut queue, 7, &mut wire);
    }
    assert_eq!((queue.cost(), wire.len()), (0, 150));
}

#[test]
fn a_flood_of_pings_costs_no_memory() {
    let mut queue = Queue::default();
    for fill in 0..=255 {
        queue.push(Frame::Control(Opcode::Pong, &[fill; 125]), true);
    }
    assert_eq!(queue.bytes(), 127);
    let mut wire = Vec::new();
    assert!(write(&mut queue, usize::MAX, &mut wire));
    assert_eq!(wire, encoded(Opcode::Pong, &[255; 125]));
}

#[test]
fn an_empty_queue_keeps_little() {
    let mut queue = Queue::default();
    for _ in 0..1000 {
        let shared = Encoded::copied(Opcode::Text, b"x");
        queue.push(Frame::Shared(Arc::new(shared)), true);
    }
    let mut wire = Vec::new();
    while !queue.is_empty() {
        write(&mut queue, usize::MAX, &mut wire);
    }
    assert!(queue.items.owns_nothing() && queue.slots.is_none());
}

#[test]
fn a_newer_pong_does_not_overtake_an_older_one() {
    let (mut queue, mut wire) = (Queue::default(), Vec::new());
    let text = |fill: u8| encoded(Opcode::Text, &[fill; 200]);
    let push_text = |queue: &mut Queue, fill: u8, blocked: bool| {
        queue.push(
            Frame::Small(Head::new(Opcode::Text, 200), &[fill; 200]),
            blocked,
        );
    };
    push_text(&mut queue, 1, false);
    queue.push(Frame::Control(Opcode::Pong, b"older"), false);
    // The kernel takes half of the text. Later frames are queued behind the Pong.
    assert!(!write(&mut queue, 100, &mut wire));
    let large = Bytes::from(vec![2; LARGE_FRAME_BYTES]);
    queue.push(
        Frame::Large(Head::new(Opcode::Binary, LARGE_FRAME_BYTES), large.clone()),
        true,
    );
    queue.push(Frame::Control(Opcode::Pong, b"newer"), true);
    queue.push(Frame::Control(Opcode::Pong, b"newest"), true);
    // Another partial write, with the newest Pong in the queue.
    assert!(!write(&mut queue, 50, &mut wire));
    assert!(write(&mut queue, usize::MAX, &mut wire));
    let expected = [
        text(1),
        encoded(Opcode::Pong, b"older"),
        encoded(Opcode::Pong, b"newest"),
        encoded(Opcode::Binary, &large),
    ];
    assert_eq!(wire, expected.concat());
}
