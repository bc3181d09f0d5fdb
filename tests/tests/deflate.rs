//! RFC 7692 §6.2 and §7.2.2: reading compressed messages.

use router::prelude::*;
use router_tests::{Deflater, Frame, Log, RawClient, Seen, Server, recorder};

/// The `max_payload_length` of [`Sink`], in bytes.
const MAX_PAYLOAD: usize = 1024 * 1024;
const RSV1: u8 = 0b100;

struct Sink {
    log: Log,
}

impl Sink {
    async fn start() -> (Server, Seen) {
        let (log, seen) = recorder();
        (Server::start(Router::new().mount(Self { log })).await, seen)
    }
}

#[websocket(path = "/", data = (), per_message_deflate, max_payload_length = "1MB")]
impl Sink {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        match message {
            Message::Text(text) if text.len() < 100 => ws.send(text),
            message => ws.send(format!("{} bytes", message.as_bytes().len())),
        };
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

struct Takeover;

#[websocket(path = "/", data = (), per_message_deflate(decompress = "dedicated"))]
impl Takeover {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

fn compressed(text: &str) -> Vec<u8> {
    Deflater::new(15, false).message(text.as_bytes())
}

async fn assert_refused(frames: &[Frame], code: u16) {
    let (server, mut seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    client.send_all(frames).await;
    let (found, reason) = client.close().await;
    assert_eq!(found, code, "{reason}");
    client.expect_end().await;
    seen.expect(&format!("close {code} {reason}")).await;
    // The next client is served.
    RawClient::open_deflate(server.addr(), "/")
        .await
        .ask("still there", "still there")
        .await;
}

#[tokio::test]
async fn rfc7692_7_2_3_the_examples_of_the_rfc_are_read() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    for payload in [
        // §7.2.3.1
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..],
        // §7.2.3.3, a stored block
        &[
            0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
        ],
        // §7.2.3.4, a block that is marked as the last (BFINAL)
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        // §7.2.3.5, two blocks
        &[
            0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
        ],
    ] {
        client.send(Frame::text(payload).rsv(RSV1)).await;
        client.expect_text("Hello").await;
    }
    // §7.2.3.6, an empty message
    client.send(Frame::text([0x00]).rsv(RSV1)).await;
    client.expect_text("").await;
}

#[tokio::test]
async fn rfc7692_6_1_messages_may_be_compressed_or_not() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    client.ask("plain", "plain").await;
    client
        .send(Frame::text(compressed("small")).rsv(RSV1))
        .await;
    client.expect_text("small").await;
    client.ask("plain again", "plain again").await;
}

#[tokio::test]
async fn rfc7692_6_1_only_the_first_fragment_has_rsv1() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    let payload = compressed("in three fragments, with a ping between");
    let (first, rest) = payload.split_at(5);
    let (second, third) = rest.split_at(7);
    client
        .send_all(&[
            Frame::text(first).rsv(RSV1).unfinished(),
            Frame::continuation(second).unfinished(),
            Frame::ping("between"),
            Frame::continuation(third),
        ])
        .await;
    assert_eq!(client.pong().await, b"between");
    client
        .expect_text("in three fragments, with a ping between")
        .await;

    let second = [
        Frame::text(first).rsv(RSV1).unfinished(),
        Frame::continuation(second).rsv(RSV1).unfinished(),
    ];
    assert_refused(&second, 1002).await;
}

#[tokio::test]
async fn a_message_that_arrives_byte_by_byte_is_read() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    for byte in Frame::text(compressed("one at a time")).rsv(RSV1).encode() {
        client.write(&[byte]).await;
    }
    client.expect_text("one at a time").await;
}

#[tokio::test]
async fn rfc7692_6_2_rsv1_on_control_frames_and_other_reserved_bits_are_1002() {
    assert_refused(&[Frame::ping("x").rsv(RSV1)], 1002).await;
    assert_refused(&[Frame::close(1000, "").rsv(RSV1)], 1002).await;
    assert_refused(&[Frame::text(compressed("x")).rsv(0b110)], 1002).await;
    assert_refused(&[Frame::text(compressed("x")).rsv(0b101)], 1002).await;
}

#[tokio::test]
async fn without_the_extension_rsv1_is_1002() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text(compressed("x")).rsv(RSV1)).await;
    assert_eq!(client.close().await.0, 1002);
}

#[tokio::test]
async fn garbage_is_1007() {
    assert_refused(&[Frame::text([0xFF; 40]).rsv(RSV1)], 1007).await;
    assert_refused(&[Frame::binary([0x07, 1, 2, 3, 4, 5]).rsv(RSV1)], 1007).await;
}

#[tokio::test]
async fn inflated_text_must_be_utf8() {
    let bad = Deflater::new(15, false).message(b"caf\xe9");
    assert_refused(&[Frame::text(bad.clone()).rsv(RSV1)], 1007).await;
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    client.send(Frame::binary(bad).rsv(RSV1)).await;
    client.expect_text("4 bytes").await;
}

#[tokio::test]
async fn max_payload_length_limits_the_inflated_message() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    let most = compressed(&"a".repeat(MAX_PAYLOAD));
    client.send(Frame::text(most).rsv(RSV1)).await;
    client.expect_text(&format!("{MAX_PAYLOAD} bytes")).await;
    let more = compressed(&"a".repeat(MAX_PAYLOAD + 1));
    assert_refused(&[Frame::text(more).rsv(RSV1)], 1009).await;
}

#[tokio::test]
async fn a_decompression_bomb_is_1009() {
    let bomb = compressed(&"a".repeat(64 * MAX_PAYLOAD));
    assert!(bomb.len() < 70_000, "{}", bomb.len());
    assert_refused(&[Frame::text(bomb.clone()).rsv(RSV1)], 1009).await;

    let mut fragments: Vec<Frame> = bomb
        .chunks(bomb.len() / 1000)
        .map(|chunk| Frame::continuation(chunk).unfinished())
        .collect();
    fragments[0] = Frame::text(&bomb[..bomb.len() / 1000])
        .rsv(RSV1)
        .unfinished();
    let last = fragments.pop().unwrap();
    drop(last);
    fragments.push(Frame::continuation(
        &bomb[bomb.len() / 1000 * (fragments.len())..],
    ));
    assert_refused(&fragments, 1009).await;
}

#[tokio::test]
async fn too_many_compressed_bytes_are_1009_from_the_header_alone() {
    let header = Frame::binary("")
        .rsv(RSV1)
        .declare(MAX_PAYLOAD as u64 + 64 * 1024);
    assert_refused(&[header], 1009).await;
}

#[tokio::test]
async fn a_flood_of_empty_fragments_is_1008() {
    let (server, _seen) = Sink::start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    let empty = Frame::continuation("").unfinished().encode();
    let mut flood = Frame::text("").unfinished().encode();
    flood.extend(empty.repeat(20_000));
    client.takes(&flood).await;
    assert_eq!(client.close().await.0, 1008);
}

#[tokio::test]
async fn rfc7692_7_2_3_2_with_context_takeover_a_message_may_refer_to_earlier_messages() {
    let server = Server::start(Router::new().mount(Takeover)).await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    let mut deflater = Deflater::new(15, true);
    let text = "the same words over and over, the same words";
    let lengths: Vec<usize> = {
        let mut lengths = Vec::new();
        for _ in 0..20 {
            let payload = deflater.message(text.as_bytes());
            lengths.push(payload.len());
            client.send(Frame::text(payload).rsv(RSV1)).await;
            client.expect_text(text).await;
            // An uncompressed message does not become part of the window.
            client.ask("plain", "plain").await;
        }
        lengths
    };
    assert!(lengths[1] * 3 < lengths[0], "{lengths:?}");
}
