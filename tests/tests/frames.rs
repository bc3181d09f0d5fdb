//! RFC 6455 §5: single frames, valid and invalid.

use router::prelude::*;
use router_tests::{
    Client, Echo, Frame, LengthForm, RawClient, Seen, Server, assert_violation, opcode,
};

async fn echo() -> (Server, Seen) {
    let (echo, seen) = Echo::new();
    (Server::start(Router::new().mount(echo)).await, seen)
}

/// Lengths around the boundaries of the three length forms.
const LENGTHS: [usize; 10] = [0, 1, 2, 124, 125, 126, 127, 65_534, 65_535, 65_536];

#[tokio::test]
async fn rfc6455_5_2_every_length_form_is_read_and_written() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for length in LENGTHS {
        let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
        client.send(Frame::binary(bytes.as_slice())).await;
        assert!(client.binary().await == bytes, "{length} bytes");
        let text = "x".repeat(length);
        client.send(Frame::text(text.as_str())).await;
        assert!(client.text().await == text, "{length} letters");
    }
}

#[tokio::test]
async fn rfc6455_5_2_a_length_that_is_not_in_its_shortest_form_is_1002() {
    for (length, form) in [
        (0, LengthForm::Sixteen),
        (5, LengthForm::Sixteen),
        (125, LengthForm::Sixteen),
        (0, LengthForm::SixtyFour),
        (125, LengthForm::SixtyFour),
        (126, LengthForm::SixtyFour),
        (65_535, LengthForm::SixtyFour),
    ] {
        let frame = Frame::binary(vec![b'x'; length]).form(form);
        assert_violation(&frame.encode(), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_2_the_top_bit_of_a_64_bit_length_is_1002() {
    for length in [1 << 63, u64::MAX] {
        assert_violation(&Frame::binary("x").declare(length).encode(), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_1_an_unmasked_client_frame_is_1002() {
    for opcode in [opcode::TEXT, opcode::BINARY, opcode::PING, opcode::PONG] {
        assert_violation(&Frame::new(opcode, "hello").unmasked().encode(), 1002).await;
        assert_violation(&Frame::new(opcode, "").unmasked().encode(), 1002).await;
    }
    assert_violation(&Frame::close(1000, "bye").unmasked().encode(), 1002).await;
}

#[tokio::test]
async fn rfc6455_5_3_every_mask_is_accepted() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for key in [[0; 4], [0xFF; 4], [1, 2, 3, 4], [0x80, 0, 0, 0]] {
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).collect();
            client.send(Frame::binary(bytes.as_slice()).mask(key)).await;
            assert_eq!(client.binary().await, bytes, "{length} bytes, key {key:?}");
        }
    }
}

#[tokio::test]
async fn rfc6455_5_2_reserved_bits_without_an_extension_are_1002() {
    for bits in 1..=7 {
        assert_violation(&Frame::text("hello").rsv(bits).encode(), 1002).await;
    }
    for frame in [Frame::ping(""), Frame::pong(""), Frame::close(1000, "")] {
        assert_violation(&frame.rsv(0b100).encode(), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_2_reserved_opcodes_are_1002() {
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        assert_violation(&Frame::new(opcode, "").encode(), 1002).await;
        assert_violation(&Frame::new(opcode, "hello").encode(), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_5_a_control_frame_of_more_than_125_bytes_is_1002() {
    for opcode in [opcode::PING, opcode::PONG, opcode::CLOSE] {
        let payload = [&1000_u16.to_be_bytes()[..], &[b'x'; 124]].concat();
        assert_violation(&Frame::new(opcode, payload).encode(), 1002).await;
        // The header is enough for the refusal.
        let header = Frame::new(opcode, "").declare(70_000).encode();
        assert_violation(&header, 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_5_a_fragmented_control_frame_is_1002() {
    for frame in [Frame::ping("x"), Frame::pong("x"), Frame::close(1000, "")] {
        assert_violation(&frame.unfinished().encode(), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_5_2_a_ping_is_answered_with_its_payload() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for payload in [
        vec![],
        b"hello".to_vec(),
        vec![0, 0xFF, 0x80],
        vec![b'x'; 125],
    ] {
        client.send(Frame::ping(payload.as_slice())).await;
        assert_eq!(client.pong().await, payload);
        seen.expect(&format!("ping {payload:?}")).await;
    }
}

#[tokio::test]
async fn rfc6455_5_5_2_every_ping_of_a_client_that_reads_is_answered_in_order() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let pings: Vec<Frame> = (0..50_u8).map(|n| Frame::ping([n])).collect();
    client.send_all(&pings).await;
    for n in 0..50 {
        assert_eq!(client.pong().await, [n]);
    }
}

#[tokio::test]
async fn rfc6455_5_5_3_an_unsolicited_pong_is_not_answered() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client
        .send_all(&[Frame::pong(""), Frame::pong("news"), Frame::text("hello")])
        .await;
    client.expect_text("hello").await;
    seen.expect("pong []").await;
    seen.expect(&format!("pong {:?}", b"news")).await;
}

#[tokio::test]
async fn frames_of_one_segment_are_answered_in_order() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let large = "y".repeat(20_000);
    let frames = [
        Frame::text("one"),
        Frame::ping("two"),
        Frame::binary("three"),
        Frame::text(""),
        Frame::text(large.as_str()),
        Frame::text("six"),
    ];
    client.send_all(&frames).await;
    client.expect_text("one").await;
    assert_eq!(client.pong().await, b"two");
    assert_eq!(client.binary().await, b"three");
    client.expect_text("").await;
    assert!(client.text().await == large);
    client.expect_text("six").await;
}

#[tokio::test]
async fn a_thousand_messages_of_one_write_are_answered_in_order() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames: Vec<Frame> = (0..1000)
        .map(|n| Frame::text(format!("message {n}")))
        .collect();
    client.send_all(&frames).await;
    for n in 0..1000 {
        client.expect_text(&format!("message {n}")).await;
    }
}

#[tokio::test]
async fn a_frame_may_be_split_at_every_byte() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    // An answer to this client shows that the server has read the first part.
    let mut other = Client::connect(server.addr(), "/").await;
    for text in ["short".to_owned(), "é".repeat(70)] {
        let bytes = Frame::text(text.as_str()).encode();
        for split in 1..bytes.len() {
            client.write(&bytes[..split]).await;
            other.ask("next", "next").await;
            client.write(&bytes[split..]).await;
            client.expect_text(&text).await;
        }
    }
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let mut other = Client::connect(server.addr(), "/").await;
    let frames = [
        Frame::ping("ping"),
        Frame::binary([7; 130]),
        Frame::close(1000, "bye"),
    ];
    for byte in frames.iter().flat_map(Frame::encode) {
        client.write(&[byte]).await;
        other.ask("next", "next").await;
    }
    assert_eq!(client.pong().await, b"ping");
    assert_eq!(client.binary().await, [7; 130]);
    client.expect_close(1000, "bye").await;
}

#[tokio::test]
async fn large_messages_arrive_whole() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for size in [200 * 1024, 1024 * 1024] {
        let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
        client.send(Frame::binary(bytes.as_slice())).await;
        assert!(client.binary().await == bytes, "{size} bytes");
        let text = "é".repeat(size / 2);
        client
            .send_all(&[Frame::text(text.as_str()), Frame::text("behind")])
            .await;
        assert!(client.text().await == text, "{size} bytes of text");
        client.expect_text("behind").await;
    }
}

#[tokio::test]
async fn frames_before_a_violation_are_handled_and_frames_after_it_are_ignored() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("before"),
        Frame::ping("before"),
        Frame::text("bad").rsv(0b010),
        Frame::text("behind"),
        Frame::ping("behind"),
    ];
    client.send_all(&frames).await;
    client.expect_text("before").await;
    assert_eq!(client.pong().await, b"before");
    let (code, reason) = client.close().await;
    assert_eq!(code, 1002);
    client.expect_end().await;
    seen.expect(&format!("ping {:?}", b"before")).await;
    seen.expect(&format!("close 1002 {reason}")).await;
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn a_connection_that_ends_without_a_close_is_1006() {
    let (server, mut seen) = echo().await;
    for bytes in [
        vec![],
        Frame::text("cut off").encode()[..3].to_vec(),
        Frame::text("cut off").encode()[..9].to_vec(),
        Frame::text("first half").unfinished().encode(),
    ] {
        let mut client = RawClient::open(server.addr(), "/").await;
        client.write(&bytes).await;
        client.finish().await;
        seen.expect("close 1006 ").await;
        assert_eq!(
            client.expect_gone().await,
            b"",
            "a client that has ended receives no Close"
        );
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_is_1006() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    // Answers that are never read make the kernel reset the connection.
    client.send(Frame::text("never read")).await;
    let mut other = Client::connect(server.addr(), "/").await;
    other.ask("hello", "hello").await;
    drop(client);
    seen.expect("close 1006 ").await;
    other.ask("hello", "hello").await;
}
