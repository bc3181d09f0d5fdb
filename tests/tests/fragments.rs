//! RFC 6455 §5.4: messages in several frames.

use proptest::prelude::*;
use router::Router;
use router_tests::{Echo, Frame, RawClient, Seen, Server, assert_violation, opcode};

async fn echo() -> (Server, Seen) {
    let (echo, seen) = Echo::new();
    (Server::start(Router::new().mount(echo)).await, seen)
}

fn wire(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::encode).collect()
}

#[tokio::test]
async fn rfc6455_5_4_fragments_make_one_message() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client
        .send_all(&[Frame::text("Hel").unfinished(), Frame::continuation("lo")])
        .await;
    client.expect_text("Hello").await;
    let frames = [
        Frame::binary([1, 2]).unfinished(),
        Frame::continuation([3]).unfinished(),
        Frame::continuation([4, 5, 6]),
    ];
    client.send_all(&frames).await;
    assert_eq!(client.binary().await, [1, 2, 3, 4, 5, 6]);
    // One write per frame.
    for frame in frames {
        client.send(frame).await;
    }
    assert_eq!(client.binary().await, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn rfc6455_5_4_fragments_may_be_empty() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for parts in [
        ["", "", ""],
        ["a", "", ""],
        ["", "b", ""],
        ["", "", "c"],
        ["a", "", "c"],
    ] {
        let frames = [
            Frame::text(parts[0]).unfinished(),
            Frame::continuation(parts[1]).unfinished(),
            Frame::continuation(parts[2]),
        ];
        client.send_all(&frames).await;
        client.expect_text(&parts.concat()).await;
    }
}

#[tokio::test]
async fn rfc6455_5_4_control_frames_may_come_between_fragments() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("one ").unfinished(),
        Frame::ping("a"),
        Frame::continuation("two ").unfinished(),
        Frame::pong("b"),
        Frame::ping("c"),
        Frame::continuation("three"),
        Frame::ping("d"),
    ];
    client.send_all(&frames).await;
    assert_eq!(client.pong().await, b"a");
    assert_eq!(client.pong().await, b"c");
    client.expect_text("one two three").await;
    assert_eq!(client.pong().await, b"d");
    for event in ["ping [97]", "pong [98]", "ping [99]", "ping [100]"] {
        seen.expect(event).await;
    }
}

#[tokio::test]
async fn a_ping_is_answered_while_a_message_is_unfinished() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("begin ").unfinished()).await;
    client.send(Frame::ping("still there?")).await;
    assert_eq!(client.pong().await, b"still there?");
    client.send(Frame::continuation("end")).await;
    client.expect_text("begin end").await;
}

#[tokio::test]
async fn rfc6455_5_4_a_close_may_come_between_fragments() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client
        .send_all(&[
            Frame::text("never ").unfinished(),
            Frame::close(1000, "bye"),
        ])
        .await;
    client.expect_close(1000, "bye").await;
    client.expect_end().await;
    seen.expect("close 1000 bye").await;
}

#[tokio::test]
async fn rfc6455_5_4_a_continuation_with_nothing_to_continue_is_1002() {
    assert_violation(&Frame::continuation("x").encode(), 1002).await;
    assert_violation(&Frame::continuation("x").unfinished().encode(), 1002).await;
    assert_violation(&Frame::continuation("").encode(), 1002).await;
    // The same after a complete message and a control frame.
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("a").unfinished(),
        Frame::continuation("b"),
        Frame::ping(""),
        Frame::continuation("c"),
    ];
    client.send_all(&frames).await;
    client.expect_text("ab").await;
    assert_eq!(client.pong().await, b"");
    assert_eq!(client.close().await.0, 1002);
    seen.expect("ping []").await;
}

#[tokio::test]
async fn rfc6455_5_4_a_new_message_inside_one_is_1002() {
    for first in [opcode::TEXT, opcode::BINARY] {
        for second in [opcode::TEXT, opcode::BINARY] {
            let first = Frame::new(first, "one").unfinished();
            let second = Frame::new(second, "two");
            assert_violation(&wire(&[first.clone(), second.clone()]), 1002).await;
            assert_violation(&wire(&[first, second.unfinished()]), 1002).await;
        }
    }
}

#[tokio::test]
async fn rfc6455_5_2_reserved_bits_of_a_continuation_are_1002() {
    for bits in [0b100, 0b010, 0b001] {
        let frames = [
            Frame::text("a").unfinished(),
            Frame::continuation("b").rsv(bits),
        ];
        assert_violation(&wire(&frames), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_1_an_unmasked_continuation_is_1002() {
    let frames = [
        Frame::text("a").unfinished(),
        Frame::continuation("b").unmasked(),
    ];
    assert_violation(&wire(&frames), 1002).await;
}

#[tokio::test]
async fn each_fragment_may_have_a_mask_of_its_own() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("one ").unfinished().mask([1, 2, 3, 4]),
        Frame::continuation("two ").unfinished().mask([0; 4]),
        Frame::continuation("three").mask([0xFF, 0, 0xFF, 0]),
    ];
    client.send_all(&frames).await;
    client.expect_text("one two three").await;
}

#[tokio::test]
async fn sixty_five_thousand_fragments_of_one_byte_are_one_message() {
    const COUNT: usize = 65_536;
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let mut frames = vec![Frame::text("x").unfinished()];
    frames.extend((2..COUNT).map(|_| Frame::continuation("x").unfinished()));
    frames.push(Frame::continuation("y"));
    client.send_all(&frames).await;
    let text = client.text().await;
    assert_eq!((text.len(), &text[COUNT - 2..]), (COUNT, "xy"));
}

#[tokio::test]
async fn large_fragments_with_pings_between_make_one_message() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let part: Vec<u8> = (0..251).cycle().take(100_000).collect();
    client
        .send(Frame::binary(part.as_slice()).unfinished())
        .await;
    for n in 0..8 {
        client
            .send_all(&[
                Frame::ping([n]),
                Frame::continuation(part.as_slice()).unfinished(),
            ])
            .await;
        assert_eq!(client.pong().await, [n]);
    }
    client.send(Frame::continuation(part.as_slice())).await;
    assert!(client.binary().await == part.repeat(10));
}

/// A message in fragments with Pings between them, and the sizes of the writes that send it.
#[derive(Debug, Clone)]
struct Cut {
    text: bool,
    parts: Vec<String>,
    pings: Vec<Option<u8>>,
    mask: [u8; 4],
    writes: Vec<usize>,
}

fn cut() -> impl Strategy<Value = Cut> {
    let part = prop_oneof![4 => ".{0,20}", 1 => "[aé€𝄞]{0,400}"];
    (
        any::<bool>(),
        prop::collection::vec(part, 1..6),
        prop::collection::vec(prop::option::of(any::<u8>()), 6),
        any::<[u8; 4]>(),
        prop::collection::vec(1..200_usize, 0..12),
    )
        .prop_map(|(text, parts, pings, mask, writes)| Cut {
            text,
            parts,
            pings,
            mask,
            writes,
        })
}

impl Cut {
    /// The frames. Each fragment ends one byte inside the next part, so that characters are cut as well.
    fn frames(&self) -> Vec<Frame> {
        let bytes = self.parts.concat().into_bytes();
        let mut ends: Vec<usize> = self
            .parts
            .iter()
            .scan(1, |end, part| {
                *end += part.len();
                Some((*end).min(bytes.len()))
            })
            .collect();
        *ends.last_mut().expect("there is a part") = bytes.len();
        let mut frames = Vec::new();
        let mut start = 0;
        for (n, &end) in ends.iter().enumerate() {
            let opcode = match (n, self.text) {
                (0, true) => opcode::TEXT,
                (0, false) => opcode::BINARY,
                _ => opcode::CONTINUATION,
            };
            let frame = Frame::new(opcode, &bytes[start..end]).mask(self.mask);
            frames.push(if n + 1 == ends.len() {
                frame
            } else {
                frame.unfinished()
            });
            frames.extend(self.pings[n].map(|byte| Frame::ping([byte])));
            start = end;
        }
        frames
    }

    async fn echoes(&self, client: &mut RawClient) {
        let bytes = wire(&self.frames());
        let mut rest = &bytes[..];
        for &size in &self.writes {
            let (now, later) = rest.split_at(size.min(rest.len()));
            client.write(now).await;
            tokio::task::yield_now().await;
            rest = later;
        }
        client.write(rest).await;
        let (last, before) = self.pings[..self.parts.len()]
            .split_last()
            .expect("there is a part");
        for byte in before.iter().flatten() {
            assert_eq!(client.pong().await, [*byte]);
        }
        let expected = self.parts.concat();
        if self.text {
            assert_eq!(client.text().await, expected);
        } else {
            assert_eq!(client.binary().await, expected.as_bytes());
        }
        if let Some(byte) = last {
            assert_eq!(client.pong().await, [*byte]);
        }
    }
}

#[test]
fn a_message_arrives_whole_regardless_of_its_fragments_and_writes() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (server, _seen) = runtime.block_on(echo());
    proptest!(ProptestConfig::with_cases(200), |(cut in cut())| {
        runtime.block_on(async {
            let mut client = RawClient::open(server.addr(), "/").await;
            cut.echoes(&mut client).await;
        });
    });
}
